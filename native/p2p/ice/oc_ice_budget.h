/* oc_ice_budget - what the agents of a process have in common. What keeps an offer from aiming us
 * at somebody else: one allowance of unanswered checks, and the addresses that are never sent to.
 * And the time at which they ask for consent together. One thread. */
#ifndef OC_ICE_BUDGET_H
#define OC_ICE_BUDGET_H

#include "oc_addr.h"

#define OC_ICE_UNANSWERED_PER_S 200 /* checks of all agents that nobody has answered (yet) */
#define OC_ICE_BURST            40  /* of them that may leave at once */
#define OC_ICE_RESERVE          10 /* of the burst: kept for tuples that a verified request came from */

/* An allowance that refills with time. In any second at most OC_ICE_UNANSWERED_PER_S are taken and
 * not given back. */
typedef struct oc_ice_budget {
    int64_t filled_us; /* when `micro` was right */
    int64_t micro;     /* millionths of checks that may leave now */
    int64_t meet_us;   /* the next time that many ask for consent; past: none */
} oc_ice_budget_t;

/* Full. now_us: the time of all later calls goes on from here. */
void oc_ice_budget_init(oc_ice_budget_t *budget, int64_t now_us);

/* Takes one check. urgent: the tuple sent a verified request, so the reserve is open to it.
 * True: it may leave. */
bool oc_ice_budget_take(oc_ice_budget_t *budget, bool urgent, int64_t now_us);

/* One that was taken has been answered. */
void oc_ice_budget_give(oc_ice_budget_t *budget);

/* When oc_ice_budget_take can succeed next, if nobody else takes; may be now. */
int64_t oc_ice_budget_when(const oc_ice_budget_t *budget, bool urgent, int64_t now_us);

/* When an agent that may ask for consent from from_us to until_us does: together with others if
 * their next time lies in between, so that one wake-up serves all of them; else at own_us, its own
 * random time, which others may take then when there is no other. */
int64_t oc_ice_budget_meet(oc_ice_budget_t *budget, int64_t from_us, int64_t until_us,
                           int64_t own_us, int64_t now_us);

/* Whether anything may be sent to an address that a stranger named: no multicast, no broadcast, no
 * 0/8, no loopback unless allowed, no port 0 and none below 1,024 but 443 and 3478. */
bool oc_ice_address_allowed(const oc_addr_t *addr, bool allow_loopback);

#endif
