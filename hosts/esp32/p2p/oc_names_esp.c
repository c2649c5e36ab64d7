#include "oc_names_esp.h"

#include <stdatomic.h>
#include <string.h>
#include "esp_netif.h"
#include "lwip/dns.h"
#include "oc_err.h"

enum { IDLE, REQUESTED, FOUND, UNKNOWN };

/* Static: lwIP answers whatever has ended meanwhile. */
static struct place {
    _Atomic int state;
    oc_addr_t addr;
    const char *name; /* while it is being asked for */
} places[OC_NAMES_ESP];
static struct {
    void (*_Atomic run)(void *context);
    void *context;
} waker;

void oc_names_esp_wake(void (*wake)(void *context), void *context) {
    atomic_store(&waker.run, NULL);
    waker.context = context;
    atomic_store(&waker.run, wake);
}

static void answer(struct place *place, const ip_addr_t *found) {
    if (found && IP_IS_V4(found))
        place->addr = oc_addr4((const uint8_t *)&ip_2_ip4(found)->addr, 0);
    else if (found)
        place->addr = oc_addr6((const uint8_t *)ip_2_ip6(found)->addr, 0, 0);
    atomic_store(&place->state, found ? FOUND : UNKNOWN);
    void (*wake)(void *context) = atomic_load(&waker.run);
    if (wake)
        wake(waker.context);
}

static void on_found(const char *name, const ip_addr_t *found, void *context) {
    (void)name;
    answer(context, found);
}

/* On lwIP's task. */
static esp_err_t req(void *context) {
    struct place *place = context;
    ip_addr_t known;
    err_t result = dns_gethostbyname(place->name, &known, on_found, place);
    if (result != ERR_INPROGRESS)
        answer(place, result == ERR_OK ? &known : NULL);
    return ESP_OK;
}

int oc_names_esp_request(unsigned number, const char *name) {
    struct place *place = &places[number];
    if (atomic_load(&place->state) == REQUESTED)
        return OC_ERR_BUSY;
    place->name = name;
    atomic_store(&place->state, REQUESTED);
    if (esp_netif_tcpip_exec(req, place) != ESP_OK)
        atomic_store(&place->state, UNKNOWN);
    return OC_OK;
}

int oc_names_esp_take(unsigned number, oc_addr_t *out) {
    struct place *place = &places[number];
    switch (atomic_load(&place->state)) {
    case FOUND:
        *out = place->addr;
        return OC_OK;
    case REQUESTED:
        return OC_ERR_BUSY;
    default:
        return OC_ERR_NOENT;
    }
}
