/* oc_udp over loopback: batches, groups of one length, our own address, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include "oc_err.h"
#include "oc_local_addrs.h"
#include "oc_udp.h"
#include "test_ipv6.h"
#include "test_wait.h"

static oc_udp_t *open_udp(uint8_t family, bool plain) {
    oc_udp_t *udp = NULL;
    oc_udp_config_t config = {.family = family, .plain = plain};
    int rc = oc_udp_open(&udp, &config);
    if (rc == OC_ERR_NOTSUP)
        return NULL;
    assert_int_equal(rc, OC_OK);
    assert_true(oc_udp_port(udp));
    return udp;
}

static oc_path_t to_port(uint8_t family, uint16_t port) {
    oc_path_t path = {0};
    static const uint8_t four[4] = {127, 0, 0, 1}, six[16] = {[15] = 1};
    path.remote = family == 4 ? oc_addr4(four, port) : oc_addr6(six, port, 0);
    return path;
}

static void put(oc_udp_t *udp, const oc_path_t *path, uint8_t first, size_t len) {
    size_t size;
    uint8_t *at = oc_udp_room(udp, &size);
    assert_non_null(at);
    assert_true(size >= 1500);
    memset(at, first, len);
    oc_udp_commit(udp, path, len, false);
}

static void wait_readable(oc_udp_t *udp) {
    struct pollfd p = {.fd = oc_udp_fd(udp), .events = POLLIN};
    assert_int_equal(poll(&p, 1, TEST_WAIT_MS), 1);
}

static void take(oc_udp_t *udp, uint8_t first, size_t len, oc_path_t *path) {
    uint8_t *data;
    size_t n;
    if (oc_udp_receive(udp, path, &data, &n) != OC_OK) {
        wait_readable(udp);
        assert_int_equal(oc_udp_receive(udp, path, &data, &n), OC_OK);
    }
    assert_int_equal(n, len);
    assert_int_equal(data[0], first);
    assert_int_equal(data[n - 1], first);
}

static void many_come_as_they_went(uint8_t family, bool plain) {
    oc_udp_t *a = open_udp(family, plain), *b = open_udp(family, plain);
    oc_udp_stats_t stats;
    if (!a || !b)
        skip(); /* no such family here */
    oc_path_t to_b = to_port(family, oc_udp_port(b)), from = {0};
    for (unsigned round = 0; round < 20; round++) {
        for (unsigned i = 0; i < 40; i++) /* one group, one that ends it, others */
            put(a, &to_b, (uint8_t)i, i < 30 ? 1200 : 100 + i);
        assert_int_equal(oc_udp_flush(a), OC_OK);
        for (unsigned i = 0; i < 40; i++)
            take(b, (uint8_t)i, i < 30 ? 1200 : 100 + i, &from);
    }
    assert_int_equal(from.remote.port, oc_udp_port(a));
    assert_true(oc_addr_same_ip(&from.remote, &to_b.remote));
    assert_true(oc_addr_same_ip(&from.local, &to_b.remote)); /* the address it was sent to */
    assert_int_equal(from.local.port, oc_udp_port(b));
    oc_udp_stats(a, &stats);
    assert_int_equal(stats.sent, 20 * 40);
    assert_int_equal(stats.refused, 0);
    assert_true(stats.send_calls <= 20 * 40);
    assert_true(plain ? !stats.gso : true);
    oc_udp_stats(b, &stats);
    assert_int_equal(stats.received, 20 * 40);
    assert_int_equal(stats.overflowed + stats.truncated, 0);
    assert_true(stats.receive_buffer > 0);
    oc_udp_close(a);
    oc_udp_close(b);
}

static void ipv4(void **state) {
    many_come_as_they_went(4, false);
}
static void ipv4_plain(void **state) {
    many_come_as_they_went(4, true);
}
static void ipv6(void **state) {
    TEST_NEEDS_IPV6();
    many_come_as_they_went(6, false);
}

/* 127.0.0.2 is ours too: what is sent from it comes from it. */
static void source_address_is_chosen(void **state) {
    oc_udp_t *a = open_udp(4, false), *b = open_udp(4, false);
    oc_path_t path = to_port(4, oc_udp_port(b)), from;
    path.local = oc_addr4((const uint8_t[]){127, 0, 0, 2}, oc_udp_port(a));
    put(a, &path, 7, 10);
    assert_int_equal(oc_udp_flush(a), OC_OK);
    take(b, 7, 10, &from);
    assert_true(oc_addr_equal(&from.remote, &path.local));
    oc_udp_close(a);
    oc_udp_close(b);
}

/* What cannot go is dropped and counted, what follows goes. */
static void refused_ones_do_not_block(void **state) {
    oc_udp_t *a = open_udp(4, false), *b = open_udp(4, false);
    oc_path_t path = to_port(4, oc_udp_port(b)), nowhere = path, from;
    oc_udp_stats_t stats;
    nowhere.local = oc_addr4((const uint8_t[]){192, 0, 2, 77}, 0); /* not ours */
    put(a, &nowhere, 1, 10);
    put(a, &path, 2, 20);
    assert_int_equal(oc_udp_flush(a), OC_OK);
    take(b, 2, 20, &from);
    oc_udp_stats(a, &stats);
    assert_int_equal(stats.refused, 1);
    assert_int_equal(stats.sent, 1);
    oc_udp_close(a);
    oc_udp_close(b);
}

static void groups_to_several_places(void **state) {
    oc_udp_t *a = open_udp(4, false), *b = open_udp(4, false), *c = open_udp(4, false);
    oc_path_t to_b = to_port(4, oc_udp_port(b)), to_c = to_port(4, oc_udp_port(c)), from;
    for (unsigned i = 0; i < 30; i++)
        put(a, i % 10 < 5 ? &to_b : &to_c, (uint8_t)i, 500);
    assert_int_equal(oc_udp_flush(a), OC_OK);
    for (unsigned i = 0; i < 30; i++)
        take(i % 10 < 5 ? b : c, (uint8_t)i, 500, &from);
    oc_udp_close(a);
    oc_udp_close(b);
    oc_udp_close(c);
}

static void full_queue_is_reported(void **state) {
    oc_udp_t *a = open_udp(4, false), *b = open_udp(4, false);
    oc_path_t path = to_port(4, oc_udp_port(b));
    size_t size;
    unsigned n = 0;
    while (n < 1000 && oc_udp_room(a, &size))
        put(a, &path, 1, (n++ & 1) ? 1400 : 1000);
    assert_in_range(n, OC_UDP_SEND_GROUPS, 999);
    assert_int_equal(oc_udp_flush(a), OC_OK);
    assert_non_null(oc_udp_room(a, &size));
    assert_int_equal(size, OC_UDP_SEND_BYTES);
    oc_udp_close(a);
    oc_udp_close(b);
}

/* What IP may cut goes alone, and what follows may not be cut again. (Loopback itself cuts
 * nothing.) */
static void cut_only_where_reported(void **state) {
    oc_udp_t *a = open_udp(4, false), *b = open_udp(4, false);
    oc_path_t path = to_port(4, oc_udp_port(b)), from;
    oc_udp_stats_t stats;
    size_t size;
    int mode = 0;
    socklen_t len = sizeof mode;
    put(a, &path, 1, 100);
    memset(oc_udp_room(a, &size), 2, 3000);
    oc_udp_commit(a, &path, 3000, true);
    put(a, &path, 3, 100);
    assert_int_equal(oc_udp_flush(a), OC_OK);
    take(b, 1, 100, &from);
    take(b, 2, 3000, &from);
    take(b, 3, 100, &from);
    oc_udp_stats(a, &stats);
    assert_int_equal(stats.refused, 0);
    assert_int_equal(stats.send_calls, 3);
    assert_int_equal(getsockopt(oc_udp_fd(a), IPPROTO_IP, IP_MTU_DISCOVER, &mode, &len), 0);
    assert_int_equal(mode, IP_PMTUDISC_PROBE);
    oc_udp_close(a);
    oc_udp_close(b);
}

static void taken_port_is_busy(void **state) {
    oc_udp_t *a = open_udp(4, false), *b = NULL;
    oc_udp_config_t config = {.family = 4, .port = oc_udp_port(a)};
    assert_int_equal(oc_udp_open(&b, &config), OC_ERR_BUSY);
    assert_null(b);
    oc_udp_close(a);
    oc_udp_close(NULL);
}

static void loopback_only_when_asked_for(void **state) {
    oc_addr_t list[16];
    unsigned with = oc_local_addrs(list, 16, OC_LOCAL_ADDRS_IPV4 | OC_LOCAL_ADDRS_LOOPBACK);
    bool found = false;
    for (unsigned i = 0; i < with; i++) {
        found = found || oc_addr_is_loopback(&list[i]);
        assert_int_equal(list[i].family, 4);
        assert_int_equal(list[i].port, 0);
    }
    assert_true(found);
    unsigned n = oc_local_addrs(list, 16, OC_LOCAL_ADDRS_IPV4 | OC_LOCAL_ADDRS_IPV6);
    for (unsigned i = 0; i < n; i++)
        assert_false(oc_addr_is_loopback(&list[i]) || oc_addr_is_link_local(&list[i]) ||
                     list[i].scope);
    assert_int_equal(oc_local_addrs(list, 0, OC_LOCAL_ADDRS_IPV4 | OC_LOCAL_ADDRS_LOOPBACK), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv4),
        cmocka_unit_test(ipv4_plain),
        cmocka_unit_test(ipv6),
        cmocka_unit_test(source_address_is_chosen),
        cmocka_unit_test(refused_ones_do_not_block),
        cmocka_unit_test(groups_to_several_places),
        cmocka_unit_test(full_queue_is_reported),
        cmocka_unit_test(cut_only_where_reported),
        cmocka_unit_test(taken_port_is_busy),
        cmocka_unit_test(loopback_only_when_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
