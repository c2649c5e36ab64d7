/* test_ipv6 - leaves out a test with a reason where this machine has no IPv6 on loopback; for tests
 * with sockets of the system. */
#ifndef TEST_IPV6_H
#define TEST_IPV6_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* Whether ::1 can be bound. */
static inline bool test_has_ipv6(void) {
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    bool has = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0;
    if (fd >= 0)
        close(fd);
    return has;
}

/* First in a test, whose function is named in cmocka's list; the runner reads the line. */
#define TEST_NEEDS_IPV6()                                                                          \
    do {                                                                                           \
        if (!test_has_ipv6()) {                                                                    \
            print_message("skip %s: no IPv6 on loopback\n", __func__);                             \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

#endif
