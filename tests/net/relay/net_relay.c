/* net_relay - a wide area network between two namespaces: two TUN devices, and between them delay,
 * jitter, loss, duplication, reordering, a rate with a queue, and outages, seeded; the kernel of a
 * test machine need not have netem. net_relay NAMESPACE DEVICE NAMESPACE DEVICE [--mtu N] [--seed
 * N] [--PROPERTY VALUE]... Properties: relay_command.h. Says "up", then obeys lines of standard
 * input: set PROPERTY VALUE    answers "ok" or "bad: ..." stats                 one line of JSON,
 * counted from the start Ends at the end of standard input, with the counters as its last line. A
 * packet above the MTU means that some device still sends segments as one: the figures would be
 * wrong, so the program aborts. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include "relay_command.h"
#include "relay_tun.h"

#define BATCH 64 /* packets of one device before the other is looked at */

static struct relay {
    oc_sim_net_t *net;
    oc_sim_link_t *link[2]; /* 0: from the first namespace to the second */
    int file[2];
    unsigned mtu;
    char line[256];
    size_t line_len;
    uint64_t refused; /* packets a device did not take */
} relay;

static int64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void print_stats(void) {
    relay_print_stats(oc_sim_net_stats(relay.net, 0, 1), oc_sim_net_stats(relay.net, 1, 0));
}

/* Packets of one device into the network. */
static void take(unsigned end) {
    static uint8_t packet[65536];
    for (int n = 0; n < BATCH; n++) {
        ssize_t len = read(relay.file[end], packet, sizeof packet);
        if (len < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (len <= 0)
            relay_die("read from", end ? "the second device" : "the first device");
        if ((size_t)len > relay.mtu) {
            fprintf(stderr,
                    "net_relay: a packet of %zd bytes, MTU %u: segmentation offload is on\n", len,
                    relay.mtu);
            abort();
        }
        oc_sim_net_send(relay.net, end, !end, NULL, 0, packet, (size_t)len, now_us());
    }
}

/* What has arrived, out of the network. A full device drops, as a router does. */
static void give(void) {
    static oc_sim_datagram_t d;
    while (oc_sim_net_receive(relay.net, now_us(), &d))
        if (write(relay.file[d.to], d.data, d.len) < 0)
            relay.refused++;
}

static void obey(char *line) {
    char property[64], value[64];
    if (!strcmp(line, "stats")) {
        print_stats();
        return;
    }
    if (sscanf(line, "set %63s %63s", property, value) == 2 &&
        relay_set(relay.link[0], relay.link[1], property, value))
        puts("ok");
    else
        printf("bad: %s\n", line);
    fflush(stdout);
}

/* false: the end of standard input. */
static bool listen_to_input(void) {
    ssize_t n =
        read(STDIN_FILENO, relay.line + relay.line_len, sizeof relay.line - 1 - relay.line_len);
    if (n <= 0)
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    relay.line_len += (size_t)n;
    relay.line[relay.line_len] = 0;
    for (char *end; (end = strchr(relay.line, '\n'));) {
        *end = 0;
        obey(relay.line);
        relay.line_len -= (size_t)(end + 1 - relay.line);
        memmove(relay.line, end + 1, relay.line_len + 1);
    }
    if (relay.line_len == sizeof relay.line - 1)
        relay.line_len = 0;
    return true;
}

static void run(void) {
    struct pollfd files[3] = {
        {STDIN_FILENO, POLLIN, 0}, {relay.file[0], POLLIN, 0}, {relay.file[1], POLLIN, 0}};
    for (bool more = true; more;) {
        give();
        int64_t wait = oc_sim_net_due(relay.net);
        wait = wait == INT64_MAX ? 1000000 : wait - now_us();
        wait = wait < 0 ? 0 : wait > 1000000 ? 1000000 : wait;
        struct timespec t = {wait / 1000000, wait % 1000000 * 1000};
        if (ppoll(files, 3, &t, NULL) <= 0)
            continue;
        for (unsigned end = 0; end < 2; end++)
            if (files[1 + end].revents)
                take(end);
        if (files[0].revents)
            more = listen_to_input();
    }
}

static void option(const char *name, const char *value) {
    if (value && !strncmp(name, "--", 2)) {
        if (!strcmp(name, "--mtu") && atoi(value) >= 576 && atoi(value) <= OC_SIM_NET_DATA) {
            relay.mtu = (unsigned)atoi(value);
            return;
        }
        if (!strcmp(name, "--seed"))
            return; /* read before */
        if (relay_set(relay.link[0], relay.link[1], name + 2, value))
            return;
    }
    fprintf(stderr, "net_relay: not understood: %s %s\n", name, value ? value : "");
    exit(2);
}

int main(int argc, char **argv) {
    uint64_t seed = 1;
    if (argc < 5) {
        fputs("usage: net_relay NAMESPACE DEVICE NAMESPACE DEVICE [--mtu N] [--seed N] [--PROPERTY "
              "VALUE]...\n",
              stderr);
        return 2;
    }
    for (int i = 5; i + 1 < argc; i += 2)
        if (!strcmp(argv[i], "--seed"))
            seed = strtoull(argv[i + 1], NULL, 10);
    relay.net = oc_sim_net_create(seed);
    relay.mtu = 1500;
    oc_sim_net_end(relay.net, argv[1]);
    oc_sim_net_end(relay.net, argv[3]);
    relay.link[0] = oc_sim_net_link(relay.net, 0, 1);
    relay.link[1] = oc_sim_net_link(relay.net, 1, 0);
    for (int i = 5; i < argc; i += 2)
        option(argv[i], i + 1 < argc ? argv[i + 1] : NULL);
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN); /* of a terminal: whoever started us closes standard input */
    relay.file[0] = relay_tun_open(argv[1], argv[2], relay.mtu);
    relay.file[1] = relay_tun_open(argv[3], argv[4], relay.mtu);
    puts("up");
    fflush(stdout);
    run();
    print_stats();
    oc_sim_net_destroy(relay.net);
    return 0;
}
