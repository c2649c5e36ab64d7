/* Test declarations: what hosts/esp32 uses of lwIP's resolver and addresses. Not the real header.
 */
#ifndef LWIP_DNS_H
#define LWIP_DNS_H
#include <stdint.h>
typedef int8_t err_t;
#define ERR_OK         0
#define ERR_INPROGRESS (-5)
#define ERR_ARG        (-16)
typedef struct ip4_addr {
    uint32_t addr; /* network order */
} ip4_addr_t;
typedef struct ip6_addr {
    uint32_t addr[4];
    uint8_t zone;
} ip6_addr_t;
typedef struct ip_addr {
    union {
        ip6_addr_t ip6;
        ip4_addr_t ip4;
    } u_addr;
    uint8_t type;
} ip_addr_t;
#define IPADDR_TYPE_V4    0U
#define IPADDR_TYPE_V6    6U
#define IP_IS_V4(address) ((address)->type == IPADDR_TYPE_V4)
#define ip_2_ip4(address) (&(address)->u_addr.ip4)
#define ip_2_ip6(address) (&(address)->u_addr.ip6)
typedef void (*dns_found_callback)(const char *name, const ip_addr_t *address, void *context);
err_t dns_gethostbyname(const char *name, ip_addr_t *address, dns_found_callback found,
                        void *context);
#endif
