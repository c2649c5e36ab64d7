/* lan_loopback - for tests, loaded with LD_PRELOAD: loopback looks like a network to whoever lists
 * the interfaces, and there is no other. So a program finds cameras of a test alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stddef.h>

typedef int getifaddrs_t(struct ifaddrs **);

int getifaddrs(struct ifaddrs **list) {
    getifaddrs_t *original = (getifaddrs_t *)dlsym(RTLD_NEXT, "getifaddrs");
    int result = original(list);
    for (struct ifaddrs *one = result == 0 ? *list : NULL; one; one = one->ifa_next)
        if (one->ifa_flags & IFF_LOOPBACK)
            one->ifa_flags = (one->ifa_flags | IFF_MULTICAST) & ~(unsigned)IFF_LOOPBACK;
        else
            one->ifa_flags &= ~(unsigned)IFF_MULTICAST;
    return result;
}
