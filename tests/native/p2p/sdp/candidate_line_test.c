/* Candidate lines: those of real peers, what is refused and why, and the way back. */
#include "cmocka_first.h"

#include "oc_candidate_line.h"
#include "oc_err.h"

static int parse(const char *text, oc_candidate_t *c) {
    return oc_candidate_line_parse(oc_span(text, strlen(text)), c, NULL);
}

static void assert_address(const oc_addr_t *addr, const char *ip, unsigned port) {
    char text[OC_ADDR_TEXT];
    oc_addr_print_ip(addr, text, sizeof text);
    assert_string_equal(text, ip);
    assert_int_equal(addr->port, port);
}

static void test_captured(void **state) {
    oc_candidate_t c;
    oc_span_t ufrag;
    static const char werift[] =
        "candidate:481721c8f410c5e2bcc4334f8 1 udp 2116026367 10.2.0.2 34139 "
        "typ host generation 0 ufrag cce5";
    assert_int_equal(parse("candidate:266766633 1 udp 1677729535 100.64.0.1 52849 typ srflx raddr "
                           "10.1.0.2 rport 52849 generation 0 network-cost 999",
                           &c),
                     OC_OK);
    assert_int_equal(c.type, OC_CANDIDATE_SRFLX);
    assert_string_equal(c.foundation, "266766633");
    assert_int_equal(c.component, 1);
    assert_int_equal(c.priority, 1677729535);
    assert_address(&c.addr, "100.64.0.1", 52849);
    assert_address(&c.base, "10.1.0.2", 52849);
    assert_string_equal(c.mdns, "");
    assert_int_equal(oc_candidate_line_parse(oc_span(werift, sizeof werift - 1), &c, &ufrag),
                     OC_OK);
    assert_int_equal(c.type, OC_CANDIDATE_HOST);
    assert_string_equal(c.foundation, "481721c8f410c5e2bcc4334f8");
    assert_int_equal(ufrag.len, 4);
    assert_memory_equal(ufrag.data, "cce5", 4);
}

static void test_names_and_ipv6(void **state) {
    oc_candidate_t c;
    assert_int_equal(
        parse("a=candidate:0 1 UDP 2122252543 8d28ad41-1a72-41b1-aa98-d3aa98e7a7b6.local 49203 typ "
              "host",
              &c),
        OC_OK);
    assert_int_equal(c.addr.family, 0);
    assert_int_equal(c.addr.port, 49203);
    assert_string_equal(c.mdns, "8d28ad41-1a72-41b1-aa98-d3aa98e7a7b6.local");
    assert_int_equal(parse("2 1 udp 41885439 2001:DB8::1 3478 typ RELAY raddr :: rport 9", &c),
                     OC_OK);
    assert_int_equal(c.type, OC_CANDIDATE_RELAY);
    assert_address(&c.addr, "2001:db8::1", 3478);
    assert_int_equal(c.base.family, 0);
    assert_int_equal(
        parse("2 1 udp 1 ::ffff:10.0.0.1 3478 typ prflx raddr hidden.local rport 9", &c), OC_OK);
    assert_int_equal(c.addr.family, 4);
    assert_int_equal(c.base.family, 0);
}

/* What is well formed, but nothing that can be sent to. */
static void test_of_no_use(void **state) {
    static const char *const lines[] = {
        "candidate:1 1 TCP 2105524479 10.0.0.2 9 typ host tcptype active",
        "candidate:1 1 ssltcp 2105524479 10.0.0.2 443 typ host",
        "candidate:1 2 udp 2105524479 10.0.0.2 9 typ host",
        "candidate:1 1 udp 2105524479 host.example 9 typ host",
        "candidate:1 1 udp 2105524479 8d28ad41-1a72-41b1-aa98-d3aa98e7a7b6.example 9 typ host",
        "candidate:1 1 udp 2105524479 8d28ad41-1a72-41b1-aa98-d3aa98e7a7bg.local 9 typ host",
        "candidate:1 1 udp 2105524479 8d28ad41-1a72-41b1-aa98-d3aa98e7a7b6.local 9 typ srflx raddr "
        "1.1.1.1 rport 1",
        "candidate:1 1 udp 2105524479 10.0.0.2 9 typ other",
        "candidate:1 1 udp 2105524479 10.0.0.256 9 typ host",
    };
    oc_candidate_t c;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_int_equal(parse(lines[i], &c), OC_ERR_NOTSUP);
}

static void test_refused(void **state) {
    static const char *const lines[] = {
        "",
        "candidate:",
        "candidate:1",
        "candidate:1 1 udp 5 10.0.0.2 9",
        "candidate:1 1 udp 5 10.0.0.2 9 typ",
        "candidate:1 1 udp 5 10.0.0.2 9 is host",
        "candidate:1 1 udp 0 10.0.0.2 9 typ host",
        "candidate:1 1 udp 2147483648 10.0.0.2 9 typ host",
        "candidate:1 1 udp 99999999999999999999 10.0.0.2 9 typ host",
        "candidate:1 0 udp 5 10.0.0.2 9 typ host",
        "candidate:1 257 udp 5 10.0.0.2 9 typ host",
        "candidate:1 1 udp 5 10.0.0.2 65536 typ host",
        "candidate:1 1 udp 5 10.0.0.2 -1 typ host",
        "candidate:1 1 udp 0x5 10.0.0.2 9 typ host",
        "candidate:a_b 1 udp 5 10.0.0.2 9 typ host",
        "candidate:123456789012345678901234567890123 1 udp 5 10.0.0.2 9 typ host",
        "candidate:1 1 udp 5 10.0.0.2 9 typ host generation",
        "candidate:1 1 udp 5 10.0.0.2 9 typ srflx raddr 10.0.0.3 rport 65536",
    };
    oc_candidate_t c = {.component = 77};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_int_equal(parse(lines[i], &c), OC_ERR_FORMAT);
    assert_int_equal(c.component, 77); /* nothing was written */
    char longest[OC_CANDIDATE_LINE_MAX + 2];
    memset(longest, ' ', sizeof longest);
    static const char line[] = "1 1 udp 5 10.0.0.2 9 typ host";
    memcpy(longest, line, sizeof line - 1);
    assert_int_equal(oc_candidate_line_parse(oc_span(longest, OC_CANDIDATE_LINE_MAX), &c, NULL),
                     OC_OK);
    assert_int_equal(oc_candidate_line_parse(oc_span(longest, OC_CANDIDATE_LINE_MAX + 1), &c, NULL),
                     OC_ERR_TOO_BIG);
    assert_int_equal(
        oc_candidate_line_parse(oc_span("1 1 udp 5 10.0.0.2\0x 9 typ host", 31), &c, NULL),
        OC_ERR_NOTSUP);
}

static void test_round_trip(void **state) {
    static const char *const lines[] = {
        "candidate:1 1 udp 2113937151 10.1.0.2 42040 typ host",
        "candidate:266766633 1 udp 1677729535 100.64.0.1 52849 typ srflx raddr 10.1.0.2 rport "
        "52849",
        "candidate:4 1 udp 2113937151 fd00::2 42040 typ host",
        "candidate:0 1 udp 5 8d28ad41-1a72-41b1-aa98-d3aa98e7a7b6.local 49203 typ host",
        "candidate:+/ 1 udp 50339839 100.64.9.1 63133 typ relay raddr 0.0.0.0 rport 9",
        "candidate:9 1 udp 1 2001:db8::1 65535 typ prflx raddr :: rport 9",
    };
    oc_candidate_t c;
    char text[OC_CANDIDATE_TEXT_MAX];
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(parse(lines[i], &c), OC_OK);
        assert_int_equal(oc_candidate_line_print(&c, NULL, text, sizeof text), strlen(lines[i]));
        assert_string_equal(text, lines[i]);
    }
    assert_int_equal(parse(lines[0], &c), OC_OK);
    assert_true(oc_candidate_line_print(&c, "LvkC", text, sizeof text) > 0);
    assert_string_equal(text, "candidate:1 1 udp 2113937151 10.1.0.2 42040 typ host ufrag LvkC");
    assert_int_equal(oc_candidate_line_print(&c, NULL, text, strlen(lines[0])), OC_ERR_NOMEM);
    assert_true(oc_candidate_line_print(&c, NULL, text, strlen(lines[0]) + 1) > 0);
    assert_int_equal(oc_candidate_line_print(&(oc_candidate_t){0}, NULL, text, sizeof text),
                     OC_ERR_INVAL);
}

/* A relay's candidate says nothing of the network behind it; our own base is the same address. */
static void test_relay_hides(void **state) {
    oc_candidate_t c;
    char text[OC_CANDIDATE_TEXT_MAX];
    assert_int_equal(parse("1 1 udp 5 100.64.9.1 63133 typ relay", &c), OC_OK);
    c.base = c.addr;
    assert_true(oc_candidate_line_print(&c, NULL, text, sizeof text) > 0);
    assert_string_equal(text,
                        "candidate:1 1 udp 5 100.64.9.1 63133 typ relay raddr 0.0.0.0 rport 9");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captured),   cmocka_unit_test(test_names_and_ipv6),
        cmocka_unit_test(test_of_no_use),  cmocka_unit_test(test_refused),
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_relay_hides),
    };
    return cmocka_run_group_tests_name("candidate_line", tests, NULL, NULL);
}
