#include "oc_mdns_lwip.h"

#include "oc_err.h"
#include "oc_lwip_addr.h"

#define BATCH 16 /* datagrams of one turn */

static const uint8_t group[4] = {224, 0, 0, 251}; /* OC_MDNS_GROUP4 */

void oc_mdns_lwip_init(oc_mdns_lwip_t *mdns,
                       void (*found)(void *context, uint64_t tag, const oc_addr_t *addr),
                       void *context) {
    *mdns = (oc_mdns_lwip_t){.fd = -1, .found = found, .context = context};
}

/* Beside others that listen on the port. From another one answers come only from those who know
 * plain DNS (RFC 6762 section 6.7): better than nothing. */
static bool bind_port(int fd) {
    struct sockaddr_storage at;
    oc_addr_t any = {.family = 4, .port = OC_MDNS_PORT};
    socklen_t len = oc_lwip_addr_to(&any, &at);
    if (lwip_bind(fd, (struct sockaddr *)&at, len) == 0)
        return true;
    any.port = 0;
    len = oc_lwip_addr_to(&any, &at);
    return lwip_bind(fd, (struct sockaddr *)&at, len) == 0;
}

static bool open_socket(oc_mdns_lwip_t *mdns) {
    const int one = 1;
    const uint8_t hops = 255;                                     /* RFC 6762 section 11 */
    struct ip_mreq member = {.imr_interface.s_addr = INADDR_ANY}; /* every interface */
    if (mdns->fd >= 0)
        return true;
    int fd = lwip_socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0)
        return false;
    memcpy(&member.imr_multiaddr, group, sizeof group);
    (void)lwip_setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    (void)lwip_setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &hops, sizeof hops);
    if (!bind_port(fd) ||
        lwip_setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &member, sizeof member) != 0) {
        lwip_close(fd);
        return false;
    }
    mdns->fd = fd;
    return true;
}

int oc_mdns_lwip_resolve(oc_mdns_lwip_t *mdns, uint64_t tag, const char *name, uint16_t port,
                         int64_t now_us) {
    if (!open_socket(mdns))
        return OC_ERR_IO;
    return oc_mdns_lookup_add(&mdns->lookup, tag, name, port, now_us);
}

static void take(oc_mdns_lwip_t *mdns, oc_span_t datagram) {
    oc_mdns_answer_t answers[4]; /* a browser's answer has one */
    int count = oc_mdns_read_answers(datagram, answers, sizeof answers / sizeof *answers);
    for (int i = 0; i < count; i++) {
        uint64_t tag;
        oc_addr_t addr;
        while (oc_mdns_lookup_take(&mdns->lookup, &answers[i], 0, &tag, &addr))
            mdns->found(mdns->context, tag, &addr);
    }
}

int64_t oc_mdns_lwip_turn(oc_mdns_lwip_t *mdns, int64_t now_us, uint8_t *buffer, size_t size) {
    struct sockaddr_storage to;
    oc_addr_t all = oc_addr4(group, OC_MDNS_PORT);
    socklen_t to_len = oc_lwip_addr_to(&all, &to);
    size_t len;
    if (mdns->fd < 0)
        return INT64_MAX;
    for (unsigned i = 0; i < BATCH; i++) {
        struct sockaddr_storage from;
        socklen_t from_len = sizeof from;
        int n = (int)lwip_recvfrom(mdns->fd, buffer, size, MSG_DONTWAIT, (struct sockaddr *)&from,
                                   &from_len);
        if (n < 0)
            break;
        take(mdns, oc_span(buffer, (size_t)n));
    }
    if (oc_mdns_lookup_advance(&mdns->lookup, now_us) == INT64_MAX) {
        oc_mdns_lwip_close(mdns);
        return INT64_MAX;
    }
    while ((len = oc_mdns_lookup_poll(&mdns->lookup, now_us, buffer, size)) > 0)
        (void)lwip_sendto(mdns->fd, buffer, len, MSG_DONTWAIT, (struct sockaddr *)&to, to_len);
    return now_us + OC_MDNS_LWIP_LOOK_US; /* one that is lost is asked again */
}

void oc_mdns_lwip_close(oc_mdns_lwip_t *mdns) {
    if (mdns->fd >= 0)
        lwip_close(mdns->fd);
    mdns->fd = -1;
    memset(&mdns->lookup, 0, sizeof mdns->lookup);
}
