#include "oc_access_proxy.h"

#include <arpa/inet.h>
#include <string.h>

/* One entry without the spaces around it. False: no address. */
static bool read_entry(const char *entry, size_t len, oc_access_peer_t *peer,
                       char text[OC_ACCESS_ADDRESS_MAX]) {
    uint8_t bytes[16];
    char copy[OC_ACCESS_ADDRESS_MAX];
    while (len > 0 && strchr(" \t", entry[0])) {
        entry++;
        len--;
    }
    while (len > 0 && strchr(" \t", entry[len - 1]))
        len--;
    if (len == 0 || len >= sizeof(copy))
        return false;
    memcpy(copy, entry, len);
    copy[len] = '\0';
    int family = strchr(copy, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(family, copy, bytes) != 1)
        return false;
    *peer = oc_access_rate_peer(bytes, family == AF_INET ? 4 : 16);
    return inet_ntop(family, bytes, text, OC_ACCESS_ADDRESS_MAX) != NULL;
}

bool oc_access_proxy_client(const oc_access_names_t *proxies, const char *header,
                            oc_access_peer_t *peer, char text[OC_ACCESS_ADDRESS_MAX]) {
    size_t end = strlen(header);
    for (;;) {
        size_t begin = end;
        while (begin > 0 && header[begin - 1] != ',')
            begin--;
        if (!read_entry(header + begin, end - begin, peer, text))
            return false;
        if (!oc_access_names_has(proxies, text))
            return true;
        if (begin == 0)
            return false;
        end = begin - 1;
    }
}
