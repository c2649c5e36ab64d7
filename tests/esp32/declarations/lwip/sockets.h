/* Test declarations: what hosts/esp32 uses of lwIP's sockets (lwIP 2.2 as ESP-IDF 6 has it; layouts
 * and numbers are lwIP's, not those of the system the tests run on). Not the real header. */
#ifndef LWIP_SOCKETS_H
#define LWIP_SOCKETS_H
#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>
typedef uint32_t socklen_t;
typedef uint8_t sa_family_t;
struct sockaddr {
    uint8_t sa_len;
    sa_family_t sa_family;
    char sa_data[14];
};
struct in_addr {
    uint32_t s_addr;
};
struct in6_addr {
    union {
        uint32_t u32_addr[4];
        uint8_t u8_addr[16];
    } un;
};
struct sockaddr_in {
    uint8_t sin_len;
    sa_family_t sin_family;
    uint16_t sin_port;
    struct in_addr sin_addr;
    char sin_zero[8];
};
struct sockaddr_in6 {
    uint8_t sin6_len;
    sa_family_t sin6_family;
    uint16_t sin6_port;
    uint32_t sin6_flowinfo;
    struct in6_addr sin6_addr;
    uint32_t sin6_scope_id;
};
struct sockaddr_storage {
    uint8_t s2_len;
    sa_family_t ss_family;
    char s2_data1[2];
    uint32_t s2_data2[3];
    uint32_t s2_data3[3];
};
#define AF_INET           2
#define AF_INET6          10
#define SOCK_DGRAM        2
#define IPPROTO_IPV6      41
#define IPV6_V6ONLY       27
#define MSG_DONTWAIT      0x08
#define INADDR_ANY        ((uint32_t)0)
#define SOL_SOCKET        0xfff
#define SO_REUSEADDR      0x0004
#define IPPROTO_IP        0
#define IP_ADD_MEMBERSHIP 3
#define IP_MULTICAST_TTL  5
struct ip_mreq {
    struct in_addr imr_multiaddr, imr_interface;
};
#ifndef FD_SET /* the C library may have them, as newlib has */
typedef struct {
    unsigned long fds_bits[16];
} fd_set;
#define FD_ZERO(set)      (*(set) = (fd_set){{0}})
#define FD_BITS           (8 * (int)sizeof(unsigned long))
#define FD_SET(fd, set)   ((set)->fds_bits[(fd) / FD_BITS] |= 1ul << ((fd) % FD_BITS))
#define FD_ISSET(fd, set) (((set)->fds_bits[(fd) / FD_BITS] >> ((fd) % FD_BITS)) & 1ul)
#endif
int lwip_socket(int domain, int type, int protocol);
int lwip_bind(int fd, const struct sockaddr *name, socklen_t len);
int lwip_getsockname(int fd, struct sockaddr *name, socklen_t *len);
int lwip_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
ptrdiff_t lwip_recvfrom(int fd, void *data, size_t size, int flags, struct sockaddr *from,
                        socklen_t *from_len);
ptrdiff_t lwip_sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
                      socklen_t to_len);
int lwip_select(int count, fd_set *read, fd_set *write, fd_set *except, struct timeval *timeout);
int lwip_close(int fd);
uint16_t lwip_htons(uint16_t number);
#define lwip_ntohs lwip_htons
#endif
