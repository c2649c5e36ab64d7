/* turn_probe - oc_gather with one TURN server and real sockets, driven by lines:
 *   turn_probe SERVER PORT udp|tcp|tls USER PASSWORD [CA DOMAIN]
 * Standard input: "echo COUNT BYTES MS" sends through the relay to a peer of its own, which echoes,
 * one datagram each MS; "again"; "stop" gives everything back and ends. Standard output: JSON
 * lines, one per event and one per finished command. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "oc_err.h"
#include "oc_gather.h"
#include "probe_stream.h"

#define PAYLOAD_MAX 1200
#define GRACE_US    2000000 /* for the last echo */

static struct probe {
    oc_gather_t gather;
    int udp, peer;
    oc_addr_t peer_addr;
    probe_stream_t stream;
    const char *ca, *domain;
    uint8_t via; /* of the allocation; 0 none now */
    unsigned left, bytes, interval_ms, sent, received, wrong, refused;
    int64_t next_us, end_us; /* end_us 0: no echo under way */
    bool stopping;
} probe = {.udp = -1, .peer = -1, .stream = {.file = -1}};

static int64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

_Noreturn static void die(const char *what) {
    fprintf(stderr, "turn_probe: %s: %s\n", what, strerror(errno));
    exit(2);
}

static int bound(const oc_addr_t *server, oc_addr_t *self) {
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    int file = socket(server->family == 4 ? AF_INET : AF_INET6,
                      SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    oc_addr_t any = *server;
    any.port = 0;
    if (!oc_addr_is_loopback(server)) { /* our address on the way to the server */
        unsigned n = probe_sockaddr(server, &address);
        if (file < 0 || connect(file, (struct sockaddr *)&address, n) ||
            getsockname(file, (struct sockaddr *)&address, &len))
            die("route to the server");
        close(file);
        const struct sockaddr_in *in = (const struct sockaddr_in *)&address;
        any = oc_addr4((const uint8_t *)&in->sin_addr, 0);
        file = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    }
    len = probe_sockaddr(&any, &address);
    if (file < 0 || bind(file, (struct sockaddr *)&address, len) ||
        getsockname(file, (struct sockaddr *)&address, &len))
        die("socket");
    *self = any;
    self->port =
        ntohs(((const struct sockaddr_in *)&address)->sin_port); /* same place in both families */
    return file;
}

static const char *reason_text(oc_turn_reason_t reason) {
    static const char *const texts[] = {
        [OC_TURN_STOPPED] = "stopped",
        [OC_TURN_NO_ANSWER] = "the server does not answer",
        [OC_TURN_NO_STREAM] = "no connection to the server",
        [OC_TURN_BAD_STREAM] = "the server does not speak TURN",
        [OC_TURN_UNAUTHORIZED] = "user name or password refused",
        [OC_TURN_MISMATCH] = "the server does not know the allocation",
        [OC_TURN_MOVED] = "our address changed",
        [OC_TURN_REFUSED] = "refused by the server",
        [OC_TURN_BAD_ANSWER] = "the server's answer cannot be used",
    };
    return (unsigned)reason < sizeof texts / sizeof texts[0] ? texts[reason] : "unknown";
}

static void print_event(const oc_gather_event_t *e) {
    static const char *const names[] = {"candidate",    "lost",   "changed", "ready",
                                        "connect-fail", "failed", "connect", "disconnect"};
    char addr[OC_ADDR_TEXT];
    oc_addr_print(&e->candidate.addr, addr, sizeof addr);
    printf("{\"event\":\"%s\",\"kind\":\"%s\",\"addr\":\"%s\",\"code\":%u,\"reason\":\"%s\"}\n",
           names[e->kind], e->candidate.kind == OC_GATHER_RELAYED ? "relayed" : "reflexive", addr,
           e->code,
           e->kind == OC_GATHER_LOST || e->kind == OC_GATHER_FAILED ? reason_text(e->reason) : "");
    fflush(stdout);
}

static void obey(const oc_gather_event_t *e) {
    print_event(e);
    if (e->kind == OC_GATHER_CANDIDATE && e->candidate.via)
        probe.via = e->candidate.via;
    else if (e->kind == OC_GATHER_LOST && e->candidate.via)
        probe.via = 0;
    else if (e->kind == OC_GATHER_DISCONNECT)
        probe_stream_close(&probe.stream);
    else if (e->kind == OC_GATHER_CONNECT) {
        bool up = probe_stream_open(&probe.stream, &e->addr, e->tls ? probe.ca : NULL, e->domain);
        oc_gather_stream(&probe.gather, e->candidate.via, up, now_us());
    }
}

static void transmit(const oc_path_t *to, const uint8_t *data, size_t len) {
    struct sockaddr_storage address;
    if (to->via) {
        if (probe.stream.file >= 0 && !probe_stream_write(&probe.stream, data, len)) {
            probe_stream_close(&probe.stream);
            oc_gather_stream(&probe.gather, to->via, false, now_us());
        }
        return;
    }
    unsigned n = probe_sockaddr(&to->remote, &address);
    (void)!sendto(probe.udp, data, len, 0, (struct sockaddr *)&address,
                  n); /* a lost datagram, at worst */
}

static void settle(void) {
    uint8_t buffer[OC_TURN_REQUEST_MAX];
    oc_gather_event_t event;
    oc_path_t to;
    int len;
    for (bool more = true; more;) {
        more = false;
        while (oc_gather_poll_event(&probe.gather, &event) == OC_OK)
            obey(&event);
        while ((len = oc_gather_poll_output(&probe.gather, now_us(), buffer, sizeof buffer, &to)) >
               0) {
            transmit(&to, buffer, (size_t)len);
            more = true;
        }
    }
}

/* The number of the datagram, then bytes that follow from it. */
static void fill(uint8_t *data, unsigned number) {
    for (unsigned i = 0; i < probe.bytes; i++)
        data[i] = i < 4 ? (uint8_t)(number >> 8 * i) : (uint8_t)(number + i);
}

static void send_one(void) {
    static uint8_t buffer[OC_TURN_HEADROOM + PAYLOAD_MAX + OC_TURN_TAILROOM];
    oc_path_t path = {.remote = probe.peer_addr, .via = probe.via}, wire;
    uint8_t *start;
    fill(buffer + OC_TURN_HEADROOM, probe.sent++);
    int n = oc_gather_wrap(&probe.gather, &path, buffer + OC_TURN_HEADROOM, probe.bytes, now_us(),
                           &start, &wire);
    settle();
    if (n > 0)
        transmit(&wire, start, (size_t)n);
    else
        probe.refused++;
}

static void work(void) {
    int64_t now = now_us();
    while (probe.left && now >= probe.next_us) {
        probe.left--;
        probe.next_us += (int64_t)probe.interval_ms * 1000;
        probe.end_us = now + GRACE_US;
        send_one();
    }
    if (!probe.end_us || probe.left || (now < probe.end_us && probe.received < probe.sent))
        return;
    oc_turn_stats_t stats;
    oc_turn_stats(&probe.gather.relay[0].turn, &stats);
    printf("{\"echo\":{\"sent\":%u,\"received\":%u,\"wrong\":%u,\"refused\":%u,\"byChannel\":%u,"
           "\"rttUs\":%u}}\n",
           probe.sent, probe.received, probe.wrong, probe.refused, (unsigned)stats.by_channel,
           stats.rtt_us);
    fflush(stdout);
    probe.end_us = 0;
}

static void arrived(const oc_path_t *from, uint8_t *data, size_t len) {
    oc_span_t bytes = oc_span(data, len);
    oc_gather_data_t out;
    uint8_t right[PAYLOAD_MAX];
    while (bytes.len) {
        int got = oc_gather_input(&probe.gather, from, &bytes, now_us(), &out);
        if (got < 0)
            return;
        if (got != OC_OK)
            continue;
        unsigned number = out.data.len < 4 ? 0
                                           : out.data.data[0] | (unsigned)out.data.data[1] << 8 |
                                                 (unsigned)out.data.data[2] << 16;
        fill(right, number);
        if (out.data.len == probe.bytes && memcmp(out.data.data, right, probe.bytes) == 0)
            probe.received++;
        else
            probe.wrong++;
    }
}

static void from_server(void) {
    static uint8_t buffer[4096];
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    ssize_t n;
    while ((n = recvfrom(probe.udp, buffer, sizeof buffer, 0, (struct sockaddr *)&address, &len)) >=
           0) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)&address;
        oc_path_t from = {.remote = oc_addr4((const uint8_t *)&in->sin_addr, ntohs(in->sin_port))};
        arrived(&from, buffer, (size_t)n);
        len = sizeof address;
    }
    int got = 0;
    oc_path_t stream = {.via = OC_GATHER_STREAM | 1};
    while (probe.stream.file >= 0 &&
           (got = probe_stream_read(&probe.stream, buffer, sizeof buffer)) > 0)
        arrived(&stream, buffer, (size_t)got);
    if (got < 0) {
        probe_stream_close(&probe.stream);
        oc_gather_stream(&probe.gather, OC_GATHER_STREAM | 1, false, now_us());
    }
}

static void echo(void) {
    uint8_t buffer[4096];
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    ssize_t n;
    while ((n = recvfrom(probe.peer, buffer, sizeof buffer, 0, (struct sockaddr *)&address,
                         &len)) >= 0) {
        (void)!sendto(probe.peer, buffer, (size_t)n, 0, (struct sockaddr *)&address, len);
        len = sizeof address;
    }
}

static void command(const char *line) {
    unsigned count, bytes, ms;
    char text[48];
    if (sscanf(line, "echo %u %u %u", &count, &bytes, &ms) == 3 && bytes >= 4 &&
        bytes <= PAYLOAD_MAX) {
        probe.left = count;
        probe.bytes = bytes;
        probe.interval_ms = ms;
        probe.sent = probe.received = probe.wrong = probe.refused = 0;
        probe.next_us = now_us();
        probe.end_us = probe.next_us + GRACE_US;
    } else if (sscanf(line, "peer %47s %u", text, &count) == 2 &&
               oc_addr_parse(text, &probe.peer_addr) == OC_OK) {
        probe.peer_addr.port = (uint16_t)count;
    } else if (!strcmp(line, "again")) {
        oc_gather_again(&probe.gather, now_us());
    } else if (!strcmp(line, "stop")) {
        probe.stopping = true;
        oc_gather_stop(&probe.gather, now_us());
    } else {
        fprintf(stderr, "turn_probe: not understood: %s\n", line);
        exit(2);
    }
}

static void from_input(void) {
    static char buffer[512];
    static size_t have;
    ssize_t n = read(STDIN_FILENO, buffer + have, sizeof buffer - 1 - have);
    if (n <= 0)
        exit(0);
    have += (size_t)n;
    buffer[have] = 0;
    for (char *end; (end = strchr(buffer, '\n'));) {
        *end = 0;
        command(buffer);
        have -= (size_t)(end + 1 - buffer);
        memmove(buffer, end + 1, have + 1);
    }
}

static void run(void) {
    for (;;) {
        settle();
        int64_t next = oc_gather_next_deadline(&probe.gather), now = now_us();
        if (probe.stopping && next == INT64_MAX) {
            puts("{\"stopped\":true}");
            return;
        }
        if (probe.left && probe.next_us < next)
            next = probe.next_us;
        if (probe.end_us && probe.end_us < next)
            next = probe.end_us;
        int64_t wait = next - now < 0 ? 0 : next - now > 1000000 ? 1000000 : next - now;
        struct timespec t = {wait / 1000000, wait % 1000000 * 1000};
        struct pollfd files[] = {{STDIN_FILENO, POLLIN, 0},
                                 {probe.udp, POLLIN, 0},
                                 {probe.peer, POLLIN, 0},
                                 {probe.stream.file, POLLIN, 0}};
        if (ppoll(files, 4, &t, NULL) > 0) {
            echo();
            from_server();
            if (files[0].revents)
                from_input();
        }
        oc_gather_advance(&probe.gather, now_us());
        work();
    }
}

int main(int argc, char **argv) {
    oc_gather_config_t config = {5, 3, true};
    oc_gather_server_t server = {.turn = true};
    if (argc < 6 || oc_addr_parse(argv[1], &server.addr4) != OC_OK || server.addr4.family != 4) {
        fputs("usage: turn_probe SERVER PORT udp|tcp|tls USER PASSWORD [CA DOMAIN]\n", stderr);
        return 2;
    }
    server.addr4.port = (uint16_t)atoi(argv[2]);
    server.transport = !strcmp(argv[3], "tls")   ? OC_TURN_TLS
                       : !strcmp(argv[3], "tcp") ? OC_TURN_TCP
                                                 : OC_TURN_UDP;
    server.username = argv[4];
    server.password = argv[5];
    probe.ca = argc > 7 ? argv[6] : "";
    probe.domain = server.domain = argc > 7 ? argv[7] : NULL;
    signal(SIGPIPE, SIG_IGN);
    oc_addr_t self;
    probe.udp = bound(&server.addr4, &self);
    probe.peer = bound(&server.addr4, &probe.peer_addr);
    if (oc_gather_init(&probe.gather, &config) != OC_OK ||
        oc_gather_set_server(&probe.gather, 0, &server, now_us()) != OC_OK) {
        fputs("turn_probe: server, user name or password cannot be used\n", stderr);
        return 2;
    }
    run();
    probe_stream_close(&probe.stream);
    oc_gather_deinit(&probe.gather);
    return 0;
}
