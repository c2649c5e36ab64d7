#define _GNU_SOURCE
#include "oc_local_names.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Flags of /proc/net/if_inet6 (linux/if_addr.h): temporary, failed, deprecated, tentative. */
#define UNSTABLE (0x01 | 0x08 | 0x20 | 0x40)

static void add_ipv4(oc_access_names_t *names) {
    struct ifaddrs *all, *one;
    if (getifaddrs(&all) != 0)
        return;
    for (one = all; one; one = one->ifa_next) {
        char text[INET_ADDRSTRLEN];
        struct sockaddr_in address;
        if (!one->ifa_addr || one->ifa_addr->sa_family != AF_INET || !(one->ifa_flags & IFF_UP))
            continue;
        memcpy(&address, one->ifa_addr, sizeof(address));
        if (inet_ntop(AF_INET, &address.sin_addr, text, sizeof(text)))
            oc_access_names_add(names, text);
    }
    freeifaddrs(all);
}

/* Of getifaddrs one cannot tell temporary addresses, which change every day. */
static void add_ipv6(oc_access_names_t *names) {
    FILE *file = fopen("/proc/net/if_inet6", "re");
    char line[128], digits[33];
    unsigned scope, flags;
    while (file && fgets(line, sizeof(line), file)) {
        char text[INET6_ADDRSTRLEN];
        uint8_t address[16];
        if (sscanf(line, "%32[0-9a-f] %*x %*x %x %x", digits, &scope, &flags) != 3 ||
            strlen(digits) != 32 || scope != 0 || flags & UNSTABLE)
            continue;
        for (int i = 0; i < 16; i++) {
            unsigned byte;
            sscanf(digits + 2 * i, "%2x", &byte);
            address[i] = (uint8_t)byte;
        }
        if (inet_ntop(AF_INET6, address, text, sizeof(text)))
            oc_access_names_add(names, text);
    }
    if (file)
        fclose(file);
}

void oc_local_names(oc_access_names_t *names) {
    char name[64], local[80], checked[OC_ACCESS_NAME_MAX];
    oc_access_names_add(names, "localhost");
    oc_access_names_add(names, "127.0.0.1");
    oc_access_names_add(names, "::1");
    if (gethostname(name, sizeof(name)) == 0) {
        name[sizeof(name) - 1] = '\0';
        if (oc_access_names_split(name, checked) && strcmp(name, checked) == 0) {
            oc_access_names_add(names, name);
            snprintf(local, sizeof(local), "%.*s.local", (int)strcspn(name, "."), name);
            oc_access_names_add(names, local);
        }
    }
    add_ipv4(names);
    add_ipv6(names);
}
