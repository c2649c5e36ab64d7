/* See fake_net.h: lwIP's side. */
#include "fake_net.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "lwip/dns.h"
#include "lwip/sockets.h"
#include "oc_err.h"

#define WAITED    8
#define REQUESTED 4

uint16_t lwip_htons(uint16_t number) {
    return (uint16_t)(number << 8 | number >> 8);
}

static oc_addr_t read_name(const struct sockaddr *name, socklen_t len) {
    const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)name;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)name;
    if (name->sa_family == AF_INET && len == sizeof *in && in->sin_len == len)
        return oc_addr4((const uint8_t *)&in->sin_addr, lwip_ntohs(in->sin_port));
    if (name->sa_family != AF_INET6 || len != sizeof *in6 || in6->sin6_len != len)
        abort(); /* lwIP asserts */
    oc_addr_t addr = {.family = 6, .port = lwip_ntohs(in6->sin6_port)};
    addr.scope = in6->sin6_scope_id;
    memcpy(addr.ip, &in6->sin6_addr, 16);
    return addr;
}

static void write_name(const oc_addr_t *addr, struct sockaddr *name, socklen_t *len) {
    struct sockaddr_in in = {.sin_len = sizeof in, .sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_len = sizeof in6, .sin6_family = AF_INET6};
    in.sin_port = in6.sin6_port = lwip_htons(addr->port);
    in6.sin6_scope_id = addr->scope;
    memcpy(&in.sin_addr, addr->ip, 4);
    memcpy(&in6.sin6_addr, addr->ip, 16);
    if (*len < sizeof in6)
        abort();
    *len = addr->family == 4 ? sizeof in : sizeof in6;
    memcpy(name, addr->family == 4 ? (void *)&in : (void *)&in6, *len);
}

int lwip_socket(int domain, int type, int protocol) {
    if (type != SOCK_DGRAM || protocol != 0)
        abort();
    return fake_socket(domain == AF_INET ? 4 : 6);
}

int lwip_bind(int fd, const struct sockaddr *name, socklen_t len) {
    oc_addr_t at = read_name(name, len);
    return fake_bind(fd, &at);
}

int lwip_getsockname(int fd, struct sockaddr *name, socklen_t *len) {
    oc_addr_t at;
    if (fake_name(fd, &at) != 0)
        return -1;
    write_name(&at, name, len);
    return 0;
}

int lwip_setsockopt(int fd, int level, int name, const void *value, socklen_t len) {
    const struct ip_mreq *member = value;
    const uint8_t group[4] = {224, 0, 0, 251};
    (void)fd;
    if (level == IPPROTO_IP && name == IP_ADD_MEMBERSHIP)
        return len == sizeof *member && memcmp(&member->imr_multiaddr, group, 4) == 0 ? 0 : -1;
    if (level == IPPROTO_IP && name == IP_MULTICAST_TTL)
        return len == 1 && *(const uint8_t *)value == 255 ? 0 : -1;
    bool known = (level == IPPROTO_IPV6 && name == IPV6_V6ONLY) ||
                 (level == SOL_SOCKET && name == SO_REUSEADDR);
    return known && len == sizeof(int) ? 0 : -1;
}

ptrdiff_t lwip_recvfrom(int fd, void *data, size_t size, int flags, struct sockaddr *from,
                        socklen_t *from_len) {
    oc_addr_t at;
    if (flags != MSG_DONTWAIT)
        abort(); /* the media task would wait */
    long n = fake_receive(fd, data, size, &at);
    if (n >= 0)
        write_name(&at, from, from_len);
    return n;
}

ptrdiff_t lwip_sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
                      socklen_t to_len) {
    oc_addr_t at = read_name(to, to_len);
    if (flags != MSG_DONTWAIT)
        abort();
    return fake_send(fd, data, size, &at);
}

int lwip_select(int count, fd_set *readable, fd_set *writable, fd_set *except,
                struct timeval *timeout) {
    int fd[WAITED];
    unsigned n = 0;
    if (writable || except)
        abort();
    for (int i = 0; i < count && n < WAITED; i++)
        if (FD_ISSET(i, readable))
            fd[n++] = i;
    long ready = fake_wait(fd, n, (int)(timeout->tv_sec * 1000 + timeout->tv_usec / 1000));
    if (ready < 0)
        return -1;
    FD_ZERO(readable);
    int found = 0;
    for (unsigned i = 0; i < n; i++)
        if (ready >> i & 1) {
            FD_SET(fd[i], readable);
            found++;
        }
    return found;
}

int lwip_close(int fd) {
    return fake_close(fd);
}

/* ---- the resolver ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    char name[64]; /* "": free; as lwIP, it keeps a copy */
    dns_found_callback found;
    void *context;
} requested[REQUESTED];

err_t dns_gethostbyname(const char *name, ip_addr_t *address, dns_found_callback found,
                        void *context) {
    oc_addr_t literal;
    err_t result = ERR_ARG;
    if (oc_addr_parse(name, &literal) == OC_OK) {
        address->type = literal.family == 4 ? IPADDR_TYPE_V4 : IPADDR_TYPE_V6;
        memcpy(&address->u_addr, literal.ip, 16);
        return ERR_OK;
    }
    pthread_mutex_lock(&lock);
    for (unsigned i = 0; i < REQUESTED && result != ERR_INPROGRESS; i++) {
        if (requested[i].name[0] || strlen(name) >= sizeof requested[i].name)
            continue;
        strcpy(requested[i].name, name);
        requested[i].found = found;
        requested[i].context = context;
        result = ERR_INPROGRESS;
    }
    pthread_mutex_unlock(&lock);
    return result;
}

unsigned fake_net_resolve(void) {
    unsigned answered = 0;
    for (unsigned i = 0; i < REQUESTED; i++) {
        ip_addr_t address = {.type = IPADDR_TYPE_V4};
        const uint8_t ip[4] = {127, 0, 0, 1};
        const char *known = fake_net.known;
        char name[64];
        memcpy(&address.u_addr, ip, 4);
        pthread_mutex_lock(&lock);
        memcpy(name, requested[i].name, sizeof name);
        requested[i].name[0] = 0;
        pthread_mutex_unlock(&lock);
        if (!name[0])
            continue;
        answered++;
        requested[i].found(name, known && strcmp(name, known) == 0 ? &address : NULL,
                           requested[i].context);
    }
    return answered;
}
