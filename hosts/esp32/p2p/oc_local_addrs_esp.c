#include "oc_local_addrs_esp.h"

#include <string.h>
#include "esp_event.h"
#include "esp_netif.h"
#include "oc_err.h"

typedef struct listing {
    oc_addr_t *out;
    unsigned max, count, flags;
} listing_t;

static bool useless(const oc_addr_t *addr, unsigned flags) {
    bool site_local = addr->family == 6 && addr->ip[0] == 0xFE && (addr->ip[1] & 0xC0) == 0xC0;
    if (oc_addr_is_loopback(addr))
        return !(flags & OC_LOCAL_ADDRS_ESP_LOOPBACK);
    return oc_addr_is_zero(addr) || oc_addr_is_multicast(addr) || oc_addr_is_broadcast(addr) ||
           site_local || (addr->family == 6 && oc_addr_is_link_local(addr));
}

static void take(listing_t *list, const oc_addr_t *addr) {
    if (useless(addr, list->flags) || list->count == list->max)
        return;
    for (unsigned i = 0; i < list->count; i++)
        if (oc_addr_same_ip(&list->out[i], addr))
            return;
    list->out[list->count++] = *addr;
}

static void take_interface(listing_t *list, esp_netif_t *interface) {
    esp_netif_ip_info_t four;
    esp_ip6_addr_t six[CONFIG_LWIP_IPV6_NUM_ADDRESSES];
    oc_addr_t addr;
    if (list->flags & OC_LOCAL_ADDRS_ESP_IPV4 &&
        esp_netif_get_ip_info(interface, &four) == ESP_OK) {
        addr = oc_addr4((const uint8_t *)&four.ip.addr, 0); /* network order there */
        take(list, &addr);
    }
    if (!(list->flags & OC_LOCAL_ADDRS_ESP_IPV6))
        return;
    int count = esp_netif_get_all_preferred_ip6(interface, six);
    for (int i = 0; i < count; i++) {
        addr = oc_addr6((const uint8_t *)six[i].addr, 0, 0);
        take(list, &addr);
    }
}

/* On lwIP's task: interfaces neither come nor go meanwhile. */
static esp_err_t list_all(void *context) {
    listing_t *list = context;
    for (esp_netif_t *i = esp_netif_next_unsafe(NULL); i; i = esp_netif_next_unsafe(i))
        if (esp_netif_is_netif_up(i))
            take_interface(list, i);
    return ESP_OK;
}

unsigned oc_local_addrs_esp(oc_addr_t *out, unsigned max, unsigned flags) {
    listing_t list = {out, max, 0, flags};
    return esp_netif_tcpip_exec(list_all, &list) == ESP_OK ? list.count : 0;
}

static void on_event(void *context, esp_event_base_t base, int32_t id, void *data) {
    oc_local_addrs_watch_t *watch = context;
    (void)base, (void)data;
    if (id != IP_EVENT_TX_RX)
        watch->changed(watch->context);
}

int oc_local_addrs_watch(oc_local_addrs_watch_t *watch, void (*changed)(void *context),
                         void *context) {
    *watch = (oc_local_addrs_watch_t){NULL, changed, context};
    esp_err_t result = esp_event_handler_instance_register(IP_EVENT, ESP_EVENT_ANY_ID, on_event,
                                                           watch, &watch->instance);
    if (result == ESP_OK)
        return OC_OK;
    watch->instance = NULL;
    return result == ESP_ERR_NO_MEM ? OC_ERR_NOMEM : OC_ERR_STATE;
}

void oc_local_addrs_unwatch(oc_local_addrs_watch_t *watch) {
    if (watch->instance)
        esp_event_handler_instance_unregister(IP_EVENT, ESP_EVENT_ANY_ID, watch->instance);
    watch->instance = NULL;
}
