/* Test declarations: what hosts/esp32 uses of ESP-IDF's esp_netif.h. Not the real header. */
#ifndef ESP_NETIF_H
#define ESP_NETIF_H
#include <stdbool.h>
#include <stdint.h>
#include "esp_err.h"
#include "esp_event.h"
#define CONFIG_LWIP_IPV6_NUM_ADDRESSES 3
typedef struct esp_netif_obj esp_netif_t;
typedef struct esp_ip4_addr {
    uint32_t addr; /* network order */
} esp_ip4_addr_t;
typedef struct esp_ip6_addr {
    uint32_t addr[4];
    uint8_t zone;
} esp_ip6_addr_t;
typedef struct {
    esp_ip4_addr_t ip, netmask, gw;
} esp_netif_ip_info_t;
typedef esp_err_t (*esp_netif_callback_fn)(void *context);
typedef enum { IP_EVENT_STA_GOT_IP, IP_EVENT_STA_LOST_IP, IP_EVENT_TX_RX = 8 } ip_event_t;
ESP_EVENT_DECLARE_BASE(IP_EVENT);
esp_err_t esp_netif_init(void);
esp_netif_t *esp_netif_next_unsafe(esp_netif_t *netif);
bool esp_netif_is_netif_up(esp_netif_t *netif);
esp_err_t esp_netif_get_ip_info(esp_netif_t *netif, esp_netif_ip_info_t *info);
int esp_netif_get_all_preferred_ip6(esp_netif_t *netif, esp_ip6_addr_t list[]);
esp_err_t esp_netif_tcpip_exec(esp_netif_callback_fn run, void *context);
#endif
