/* oc_addr - transport addresses (IP and port) and the path a datagram takes, as values without
 * padding rules: compare with the functions, not with memcmp. Pure; any thread. */
#ifndef OC_ADDR_H
#define OC_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OC_ADDR_TEXT 56 /* bytes with NUL of the longest "[IPv6]:port" */

/* An IPv4-mapped IPv6 address (::ffff:a.b.c.d) is never kept as such: oc_addr6 makes it IPv4. */
typedef struct oc_addr {
    uint8_t family; /* 0 none, 4 or 6 */
    uint16_t port;  /* host order; 0 none */
    uint32_t scope; /* interface of an IPv6 link-local address (RFC 4007), 0 none or unknown */
    uint8_t ip[16]; /* IPv4: the first 4, the others 0 */
} oc_addr_t;        /* 24 bytes */

/* Where a datagram came from or goes to. */
typedef struct oc_path {
    oc_addr_t local;  /* family 0: any address of ours; port 0: the socket's */
    oc_addr_t remote; /* the other end, behind the relay when there is one */
    uint8_t via;      /* 0: our UDP socket of that family; n: relay allocation n - 1 of the hub */
} oc_path_t;          /* 52 bytes */

/* An IPv4 address of 4 bytes, highest first. */
oc_addr_t oc_addr4(const uint8_t ip[4], uint16_t port);

/* An IPv6 address of 16 bytes, or the IPv4 address that it maps. */
oc_addr_t oc_addr6(const uint8_t ip[16], uint16_t port, uint32_t scope);

/* Same family, IP, port and scope; two of family 0 are equal. */
bool oc_addr_equal(const oc_addr_t *a, const oc_addr_t *b);

/* The same without the port. */
bool oc_addr_same_ip(const oc_addr_t *a, const oc_addr_t *b);

/* Local, remote and via are equal. "Any" is equal to "any" alone. */
bool oc_path_equal(const oc_path_t *a, const oc_path_t *b);

/* For hash tables that strangers fill: give a random seed that lives as long as the table. Equal
 * addresses have equal hashes. */
uint32_t oc_addr_hash(const oc_addr_t *addr, uint32_t seed);

/* Reads "192.0.2.1" or an IPv6 address (RFC 4291 section 2.2) that ends with its NUL: no port, no
 * brackets, no scope, no leading zeros in IPv4. port and scope become 0. OC_OK | OC_ERR_FORMAT, and
 * *out is of family 0. */
int oc_addr_parse(const char *text, oc_addr_t *out);

/* Writes the IP alone, IPv6 as RFC 5952 wants it, without scope; "" for family 0. The length
 * without NUL; 0 also when `size` (bytes, with NUL) is too small. */
size_t oc_addr_print_ip(const oc_addr_t *addr, char *out, size_t size);

/* The same with port: "192.0.2.1:80", "[2001:db8::1]:80". */
size_t oc_addr_print(const oc_addr_t *addr, char *out, size_t size);

/* 127/8 or ::1. */
bool oc_addr_is_loopback(const oc_addr_t *addr);

/* 224/4 or ff00::/8. */
bool oc_addr_is_multicast(const oc_addr_t *addr);

/* 255.255.255.255; a subnet's own broadcast address cannot be told from the address. */
bool oc_addr_is_broadcast(const oc_addr_t *addr);

/* 0/8, ::, or family 0. */
bool oc_addr_is_zero(const oc_addr_t *addr);

/* 169.254/16 or fe80::/10. */
bool oc_addr_is_link_local(const oc_addr_t *addr);

#endif
