/* oc_addr: text both ways, kinds, equality, hashes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_addr.h"
#include "oc_err.h"

static oc_addr_t parsed(const char *text) {
    oc_addr_t addr;
    if (oc_addr_parse(text, &addr) != OC_OK)
        fail_msg("%s is refused", text);
    return addr;
}

static void assert_printed(const char *text, const char *expected) {
    char out[OC_ADDR_TEXT];
    oc_addr_t addr = parsed(text);
    assert_int_equal(oc_addr_print_ip(&addr, out, sizeof(out)), strlen(expected));
    assert_string_equal(out, expected);
}

static void text_goes_both_ways(void **state) {
    (void)state;
    static const char *const same[] = {"0.0.0.0",
                                       "192.0.2.1",
                                       "255.255.255.255",
                                       "::",
                                       "::1",
                                       "2001:db8::1",
                                       "fe80::1234:5678:9abc:def0",
                                       "1:2:3:4:5:6:7:8",
                                       "2001:db8:0:1:1:1:1:1",
                                       "1::",
                                       "ff02::fb"};
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        assert_printed(same[i], same[i]);
}

static void ip6_is_printed_as_rfc_5952_wants_it(void **state) {
    (void)state;
    assert_printed("2001:DB8:0:0:0:0:0:1", "2001:db8::1");
    assert_printed("2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1");
    assert_printed("2001:0:0:1:0:0:0:1", "2001:0:0:1::1");
    assert_printed("0:0:0:0:0:0:0:0", "::");
    assert_printed("1:0:0:0:0:0:0:0", "1::");
    assert_printed("64:ff9b::192.0.2.33", "64:ff9b::c000:221");
    assert_printed("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304");
    assert_printed("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"); /* one group is not shortened */
}

static void mapped_is_ip4(void **state) {
    (void)state;
    oc_addr_t mapped = parsed("::ffff:192.0.2.1"), plain = parsed("192.0.2.1");
    assert_int_equal(mapped.family, 4);
    assert_true(oc_addr_equal(&mapped, &plain));
}

static void malformed_text_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "1.2.3",
                                      "1.2.3.4.5",
                                      "256.1.1.1",
                                      "01.2.3.4",
                                      "1.2.3.4 ",
                                      "1.2.3.-4",
                                      ":",
                                      ":::",
                                      "1:2",
                                      "1:2:3:4:5:6:7:8:9",
                                      "1::2::3",
                                      "12345::",
                                      "g::",
                                      "::1%eth0",
                                      "[::1]",
                                      "1:2:3:4:5:6:7:",
                                      ":1:2:3:4:5:6:7",
                                      "::1.2.3",
                                      "1.2.3.4::",
                                      "::1.2.3.4:5",
                                      "host.local",
                                      "1:2:3:4:5:6:7::8",
                                      "1.2.3.4:80",
                                      "1..2.3",
                                      "::ffff:1.2.3.256"};
    oc_addr_t addr;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        addr.family = 99;
        if (oc_addr_parse(bad[i], &addr) != OC_ERR_FORMAT)
            fail_msg("%s is taken", bad[i]);
        assert_int_equal(addr.family, 0);
    }
}

static void ports_are_printed_and_small_buffers_refused(void **state) {
    (void)state;
    char out[OC_ADDR_TEXT];
    oc_addr_t four = parsed("192.0.2.1"), six = parsed("2001:db8::1"), none = {.family = 0};
    four.port = 65535;
    six.port = 1;
    assert_int_equal(oc_addr_print(&four, out, sizeof(out)), 15);
    assert_string_equal(out, "192.0.2.1:65535");
    assert_int_equal(oc_addr_print(&six, out, sizeof(out)), 15);
    assert_string_equal(out, "[2001:db8::1]:1");
    assert_int_equal(oc_addr_print(&none, out, sizeof(out)), 0);
    assert_string_equal(out, "");
    assert_int_equal(oc_addr_print(&four, out, 15), 0);
    assert_string_equal(out, "");
    assert_int_equal(oc_addr_print(&four, out, 16), 15);
    assert_int_equal(oc_addr_print(&four, NULL, 0), 0);
    memset(six.ip, 0xFF, 16);
    six.port = 65535;
    assert_true(oc_addr_print(&six, out, sizeof(out)) > 0);
}

static void kinds(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool loopback, multicast, broadcast, zero, link_local;
    } rows[] = {{"127.0.0.1", true, false, false, false, false},
                {"127.255.0.9", true, false, false, false, false},
                {"128.0.0.1", false, false, false, false, false},
                {"::1", true, false, false, false, false},
                {"::2", false, false, false, false, false},
                {"224.0.0.251", false, true, false, false, false},
                {"239.255.255.255", false, true, false, false, false},
                {"240.0.0.1", false, false, false, false, false},
                {"ff02::fb", false, true, false, false, false},
                {"255.255.255.255", false, false, true, false, false},
                {"0.0.0.0", false, false, false, true, false},
                {"0.1.2.3", false, false, false, true, false},
                {"::", false, false, false, true, false},
                {"169.254.1.1", false, false, false, false, true},
                {"fe80::1", false, false, false, false, true},
                {"febf::1", false, false, false, false, true},
                {"fec0::1", false, false, false, false, false},
                {"192.168.1.1", false, false, false, false, false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        oc_addr_t addr = parsed(rows[i].text);
        assert_int_equal(oc_addr_is_loopback(&addr), rows[i].loopback);
        assert_int_equal(oc_addr_is_multicast(&addr), rows[i].multicast);
        assert_int_equal(oc_addr_is_broadcast(&addr), rows[i].broadcast);
        assert_int_equal(oc_addr_is_zero(&addr), rows[i].zero);
        assert_int_equal(oc_addr_is_link_local(&addr), rows[i].link_local);
    }
    oc_addr_t none = {.family = 0};
    assert_true(oc_addr_is_zero(&none));
}

static void equality_looks_at_every_field(void **state) {
    (void)state;
    oc_path_t a = {.local = parsed("192.0.2.1"), .remote = parsed("fe80::1"), .via = 1}, b = a;
    assert_true(oc_path_equal(&a, &b));
    b.remote.port = 1;
    assert_false(oc_path_equal(&a, &b));
    assert_true(oc_addr_same_ip(&a.remote, &b.remote));
    b = a;
    b.remote.scope = 2;
    assert_false(oc_path_equal(&a, &b));
    b = a;
    b.via = 0;
    assert_false(oc_path_equal(&a, &b));
    b = a;
    b.local.family = 0;
    assert_false(oc_path_equal(&a, &b));
    memset(b.local.ip, 7, sizeof(b.local.ip));
    a.local.family = 0;
    assert_true(oc_path_equal(&a, &b)); /* nothing counts in an address of no family */
}

static void hashes_depend_on_seed_and_spread(void **state) {
    (void)state;
    unsigned buckets[64] = {0};
    oc_addr_t addr = parsed("198.51.100.7");
    for (unsigned port = 1; port <= 6400; port++) {
        addr.port = (uint16_t)port;
        buckets[oc_addr_hash(&addr, 12345) % 64]++;
    }
    for (unsigned i = 0; i < 64; i++)
        assert_in_range(buckets[i], 50, 160);
    assert_int_not_equal(oc_addr_hash(&addr, 1), oc_addr_hash(&addr, 2));
    oc_addr_t same = addr;
    same.ip[5] = 9; /* behind the 4 bytes that count */
    assert_int_equal(oc_addr_hash(&addr, 1), oc_addr_hash(&same, 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_goes_both_ways),
        cmocka_unit_test(ip6_is_printed_as_rfc_5952_wants_it),
        cmocka_unit_test(mapped_is_ip4),
        cmocka_unit_test(malformed_text_is_refused),
        cmocka_unit_test(ports_are_printed_and_small_buffers_refused),
        cmocka_unit_test(kinds),
        cmocka_unit_test(equality_looks_at_every_field),
        cmocka_unit_test(hashes_depend_on_seed_and_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
