#include "oc_connect_policy.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PORT_RTSP  554
#define PORT_RTSPS 322
#define PORT_RTMP  1935
#define PORT_HTTP  80
#define PORT_HTTPS 443

static uint16_t default_port(const char *target) {
    if (strncasecmp(target, "rtsps:", 6) == 0)
        return PORT_RTSPS;
    if (strncasecmp(target, "rtsp:", 5) == 0)
        return PORT_RTSP;
    if (strncasecmp(target, "rtmp:", 5) == 0)
        return PORT_RTMP;
    bool tls = strncasecmp(target, "https:", 6) == 0 || strncasecmp(target, "rtmps:", 6) == 0;
    return tls ? PORT_HTTPS : PORT_HTTP;
}

void oc_connect_own(oc_plugin_kind_t kind, const char *target, oc_connect_own_t *out) {
    const char *slashes = strstr(target, "://");
    memset(out, 0, sizeof(*out));
    if (!oc_plugin_far(kind) || !slashes)
        return;
    const char *host = slashes + 3, *end = host + strcspn(host, "/?#");
    for (const char *p = host; p < end; p++) /* the last @, as libavformat takes it */
        host = *p == '@' ? p + 1 : host;
    const char *stop = host + strcspn(host, ":/?#"), *colon = stop;
    if (*host == '[') {
        host++;
        stop = host + strcspn(host, "]/?#");
        colon = stop + (*stop == ']');
    }
    if ((size_t)(stop - host) >= sizeof(out->host))
        return;
    snprintf(out->host, sizeof(out->host), "%.*s", (int)(stop - host), host);
    out->port = default_port(target);
    if (*colon == ':' && colon[1] >= '0' && colon[1] <= '9')
        out->port = (uint16_t)strtoul(colon + 1, NULL, 10);
    out->foreign = kind != OC_PLUGIN_PUSH;
}

bool oc_connect_is_own(const oc_connect_own_t *own, const char *host, uint16_t port,
                       bool datagrams) {
    return own->host[0] && strcasecmp(own->host, host) == 0 &&
           ((datagrams && own->foreign) || own->port == port);
}

static bool inside_v4(uint32_t address) { /* host order */
    return address >> 24 == 127 || address >> 24 == 0 || address >= 0xE0000000u;
}

bool oc_connect_is_inside(const struct sockaddr *address) {
    if (address->sa_family == AF_INET)
        return inside_v4(ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
    if (address->sa_family != AF_INET6)
        return true;
    const struct in6_addr *in = &((const struct sockaddr_in6 *)address)->sin6_addr;
    uint32_t last;
    memcpy(&last, &in->s6_addr[12], sizeof(last));
    if (IN6_IS_ADDR_V4MAPPED(in) || IN6_IS_ADDR_V4COMPAT(in)) /* the latter holds :: and ::1 */
        return inside_v4(ntohl(last));
    return IN6_IS_ADDR_LOOPBACK(in) || IN6_IS_ADDR_UNSPECIFIED(in) || IN6_IS_ADDR_MULTICAST(in);
}

bool oc_connect_allowed(const oc_connect_own_t *own, const char *host, uint16_t port,
                        bool datagrams, const struct sockaddr *address, bool listens) {
    if (oc_connect_is_own(own, host, port, datagrams))
        return true;
    return own->foreign && !datagrams && !listens && !oc_connect_is_inside(address);
}
