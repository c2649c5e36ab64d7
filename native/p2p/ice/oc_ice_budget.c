#include "oc_ice_budget.h"

#define CHECK 1000000 /* one check in the unit of `micro` */
#define REFILL                                                                                     \
    (OC_ICE_UNANSWERED_PER_S - OC_ICE_BURST) /* per second: with the burst, the limit              \
                                              */

void oc_ice_budget_init(oc_ice_budget_t *budget, int64_t now_us) {
    budget->filled_us = now_us;
    budget->micro = (int64_t)OC_ICE_BURST * CHECK;
    budget->meet_us = now_us;
}

static int64_t level(const oc_ice_budget_t *budget, int64_t now_us) {
    const int64_t full = (int64_t)OC_ICE_BURST * CHECK;
    int64_t passed = now_us > budget->filled_us ? now_us - budget->filled_us : 0;
    if (passed > 1000000)
        return full;
    int64_t micro = budget->micro + passed * REFILL;
    return micro < full ? micro : full;
}

static int64_t needed(bool urgent) {
    return (int64_t)(urgent ? 1 : OC_ICE_RESERVE + 1) * CHECK;
}

bool oc_ice_budget_take(oc_ice_budget_t *budget, bool urgent, int64_t now_us) {
    budget->micro = level(budget, now_us);
    if (now_us > budget->filled_us)
        budget->filled_us = now_us;
    if (budget->micro < needed(urgent))
        return false;
    budget->micro -= CHECK;
    return true;
}

void oc_ice_budget_give(oc_ice_budget_t *budget) {
    budget->micro += CHECK;
    if (budget->micro > (int64_t)OC_ICE_BURST * CHECK)
        budget->micro = (int64_t)OC_ICE_BURST * CHECK;
}

int64_t oc_ice_budget_when(const oc_ice_budget_t *budget, bool urgent, int64_t now_us) {
    int64_t missing = needed(urgent) - level(budget, now_us);
    return missing <= 0 ? now_us : now_us + (missing + REFILL - 1) / REFILL;
}

int64_t oc_ice_budget_meet(oc_ice_budget_t *budget, int64_t from_us, int64_t until_us,
                           int64_t own_us, int64_t now_us) {
    if (budget->meet_us >= from_us && budget->meet_us <= until_us)
        return budget->meet_us;
    if (budget->meet_us <= now_us)
        budget->meet_us = own_us;
    return own_us;
}

bool oc_ice_address_allowed(const oc_addr_t *addr, bool allow_loopback) {
    if (addr->family != 4 && addr->family != 6)
        return false;
    if (oc_addr_is_zero(addr) || oc_addr_is_multicast(addr) || oc_addr_is_broadcast(addr))
        return false;
    if (oc_addr_is_loopback(addr) && !allow_loopback)
        return false;
    return addr->port >= 1024 || addr->port == 443 || addr->port == 3478;
}
