/* The push protocol over a real loopback socket, in user mode: sessions here, the sender's messages
 * through TCP; and a datagram through UDP, with the clock and random bytes a session over UDP will
 * need. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "oc_err.h"
#include "oc_push_session.h"
#include "oc_push_write.h"
#include "test_wait.h"
#include "xt_system.h"
#include "xt_user.h"

enum { AF_INET_LINUX = 2, STREAM = 1, DATAGRAM = 2, POLL_IN = 1 };

typedef struct address {
    uint16_t family, port; /* port: big-endian */
    uint8_t ip[4], zero[8];
} address_t;

typedef struct poll_entry {
    int fd;
    int16_t expected, seen;
} poll_entry_t;

#define CALL(name, ...) CALL_6(name, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_6(name, a, b, c, d, e, f, ...)                                                        \
    xt_user_call(XT_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

static int bound(int type, address_t *at) {
    uint32_t len = sizeof *at;
    int fd = (int)CALL(SOCKET, AF_INET_LINUX, type, 0);
    assert_true(fd >= 0);
    *at = (address_t){.family = AF_INET_LINUX, .ip = {127, 0, 0, 1}};
    assert_int_equal(CALL(BIND, fd, at, sizeof *at), 0);
    assert_int_equal(CALL(GETSOCKNAME, fd, at, &len), 0);
    return fd;
}

static size_t receive(int fd, uint8_t *out, size_t size) {
    poll_entry_t entry = {.fd = fd, .expected = POLL_IN};
    assert_int_equal(CALL(POLL, &entry, 1, TEST_WAIT_MS), 1);
    long n = CALL(RECVFROM, fd, out, size, 0, 0, 0);
    assert_true(n > 0);
    return (size_t)n;
}

/* What the C library here would do about a failed system call. */
static void errors_are_notified(void **state) {
    assert_int_equal(CALL(CLOSE, 999), -1);
    assert_int_equal(CALL(SENDTO, 999, "x", 1, 0, 0, 0), -1);
}

typedef struct pair {
    int sender, device; /* the two ends of one connection */
} pair_t;

static pair_t connected(void) {
    address_t at;
    pair_t pair;
    int listener = bound(STREAM, &at);
    assert_int_equal(CALL(LISTEN, listener, 1), 0);
    pair.sender = (int)CALL(SOCKET, AF_INET_LINUX, STREAM, 0);
    assert_int_equal(CALL(CONNECT, pair.sender, &at, sizeof at), 0);
    pair.device = (int)CALL(ACCEPT, listener, 0, 0);
    assert_true(pair.device >= 0);
    assert_int_equal(close(listener), 0);
    return pair;
}

/* A sender says hello to a device without such a channel: its refusal comes back by name. */
static void a_refusal_crosses_a_tcp_connection(void **state) {
    static oc_push_session_t session;
    uint8_t bytes[OC_PUSH_WIRE_REPLY_MAX];
    pair_t pair = connected();
    int n = oc_push_wire_hello("nobody", bytes, sizeof bytes);
    assert_int_equal(write(pair.sender, bytes, (size_t)n), n);
    oc_push_session_init(&session);
    size_t taken;
    int rc = OC_OK;
    while (rc == OC_OK)
        rc = oc_push_session_input(&session, bytes, receive(pair.device, bytes, 3), &taken);
    assert_int_equal(rc, OC_END);
    n = oc_push_session_poll_output(&session, bytes, sizeof bytes);
    assert_true(n > 0);
    assert_int_equal(write(pair.device, bytes, (size_t)n), n);
    oc_push_session_end(&session);
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(receive(pair.sender, bytes, sizeof bytes), n);
    assert_int_equal(bytes[4], OC_PUSH_WIRE_REFUSED);
    close(pair.sender);
    close(pair.device);
}

/* 300 packets, in whatever pieces the kernel makes of them. */
static void packets_cross_a_tcp_connection(void **state) {
    static uint8_t out[4096], in[1021];
    pair_t pair = connected();
    static oc_push_wire_t wire;
    uint32_t sent = 0, seen = 0, payload = 0;
    oc_push_wire_init(&wire);
    int n = oc_push_wire_hello("cam", out, sizeof out);
    assert_int_equal(write(pair.sender, out, (size_t)n), n);
    while (seen < 300) {
        if (sent < 300) {
            oc_packet_t p = {.len_bytes = 1 + sent * 37 % 3000, .dts = sent, .key = true};
            n = oc_push_wire_packet(&p, out, sizeof out);
            memset(out + n, (int)sent, p.len_bytes);
            assert_int_equal(write(pair.sender, out, (size_t)n + p.len_bytes),
                             n + (int)p.len_bytes);
            sent++;
        }
        oc_span_t span = oc_span(in, receive(pair.device, in, sizeof in));
        oc_push_wire_event_t event;
        while (oc_push_wire_input(&wire, &span, &event) == OC_OK) {
            if (event.kind == OC_PUSH_WIRE_ON_PACKET) {
                assert_int_equal(event.packet.dts, seen);
                assert_int_equal(event.packet.len_bytes, 1 + seen * 37 % 3000);
                payload = 0;
            } else if (event.kind == OC_PUSH_WIRE_ON_DATA) {
                payload += (uint32_t)event.data.len;
                assert_int_equal(event.data.data[event.data.len - 1], (uint8_t)seen);
            } else if (event.kind == OC_PUSH_WIRE_ON_END) {
                assert_int_equal(payload, 1 + seen * 37 % 3000);
                seen++;
            }
        }
        assert_false(wire.failed);
    }
    close(pair.sender);
    close(pair.device);
}

static void a_datagram_crosses_udp(void **state) {
    address_t here, there, from = {0};
    uint32_t len = sizeof from;
    uint8_t random[32] = {0}, got[64];
    int a = bound(DATAGRAM, &here), b = bound(DATAGRAM, &there);
    assert_int_equal(CALL(GETRANDOM, random, sizeof random, 0), sizeof random);
    assert_int_equal(CALL(SENDTO, a, random, sizeof random, 0, &there, sizeof there),
                     sizeof random);
    poll_entry_t entry = {.fd = b, .expected = POLL_IN};
    assert_int_equal(CALL(POLL, &entry, 1, TEST_WAIT_MS), 1);
    assert_int_equal(CALL(RECVFROM, b, got, sizeof got, 0, &from, &len), sizeof random);
    assert_memory_equal(got, random, sizeof random);
    assert_int_equal(from.port, here.port);
    close(a);
    close(b);
}

static void the_clock_goes_on(void **state) {
    uint64_t before = xt_clock_us();
    poll_entry_t none = {.fd = -1};
    assert_int_equal(CALL(POLL, &none, 1, 20), 0);
    assert_true(xt_clock_us() - before >= 19000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_notified),
        cmocka_unit_test(a_refusal_crosses_a_tcp_connection),
        cmocka_unit_test(packets_cross_a_tcp_connection),
        cmocka_unit_test(a_datagram_crosses_udp),
        cmocka_unit_test(the_clock_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
