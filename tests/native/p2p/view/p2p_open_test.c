/* oc_p2p_open: what P2P_OPEN may say, what of it is refused, and that passwords do not stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_p2p_open.h"

static oc_p2p_config_t config;
static oc_p2p_open_t got;
static const char *why;

static int read_config(void) {
    return oc_p2p_open_read(oc_span(&config, sizeof config), &got, &why);
}

static int read_servers(const char *servers) {
    config = (oc_p2p_config_t){.ipv4 = 1};
    snprintf(config.servers, sizeof config.servers, "%s", servers);
    return read_config();
}

static void everything_is_taken_over(void **state) {
    config = (oc_p2p_config_t){.port = 4000,
                               .sessions = 3,
                               .loopback = 1,
                               .relay_only = 1,
                               .ipv4 = 1,
                               .ipv6 = 1,
                               .keep_alive_s = 255,
                               .keep_alive_attempts = 10,
                               .ca = "/etc/ca.pem"};
    assert_int_equal(read_config(), OC_OK);
    assert_int_equal(got.port, 4000);
    assert_int_equal(got.sessions, 3);
    assert_true(got.loopback && got.relay_only && got.ipv4 && got.ipv6);
    assert_int_equal(got.keep_alive_s, 255);
    assert_int_equal(got.keep_alive_attempts, 10);
    assert_int_equal(got.servers, 0);
    assert_string_equal(got.ca, "/etc/ca.pem");
    config.sessions = 0;
    assert_int_equal(read_config(), OC_OK);
    assert_int_equal(got.sessions, OC_SESSIONS_MAX);
}

static void servers_are_taken_apart(void **state) {
    assert_int_equal(read_servers("stun:stun.example\n"
                                  "turn:192.0.2.1:3479 cam pass word\n"
                                  "turn:[2001:db8::1]:80?transport=tcp u p\n"
                                  "turns:relay.example u p"),
                     OC_OK);
    assert_int_equal(got.servers, 4);
    const oc_p2p_server_t *s = got.server;
    assert_false(s[0].turn);
    assert_string_equal(s[0].host, "stun.example");
    assert_int_equal(s[0].port, 3478);
    assert_true(s[1].turn);
    assert_int_equal(s[1].transport, OC_TURN_UDP);
    assert_int_equal(s[1].port, 3479);
    assert_string_equal(s[1].user, "cam");
    assert_string_equal(s[1].password, "pass word");
    assert_string_equal(s[2].host, "2001:db8::1");
    assert_int_equal(s[2].port, 80);
    assert_int_equal(s[2].transport, OC_TURN_TCP);
    assert_int_equal(s[3].transport, OC_TURN_TLS);
    assert_int_equal(s[3].port, 5349);
    assert_int_equal(read_servers("turn:a?transport=udp u p\n"), OC_OK);
    assert_int_equal(got.servers, 1);
    assert_int_equal(read_servers("turns:a?transport=tcp u p"), OC_OK);
    assert_int_equal(got.server[0].transport, OC_TURN_TLS);
}

static bool wiped(void) {
    static const oc_p2p_open_t nothing;
    return memcmp(&got, &nothing, sizeof got) == 0;
}

static void lines_that_are_no_servers_are_refused(void **state) {
    static const char *const bad[] = {"a",
                                      "stun:",
                                      "stun:a u p",
                                      "stun:a ",
                                      "turn:a",
                                      "turn:a u",
                                      "turn:a u ",
                                      "turn:a  p",
                                      "turn: u p",
                                      "turn:a:0 u p",
                                      "turn:a: u p",
                                      "turn:a:65536 u p",
                                      "turn:a:1x u p",
                                      "turn:a:000001 u p",
                                      "turn:[::1 u p",
                                      "turn:[] u p",
                                      "turn:[::1]x u p",
                                      "turn:a?tcp u p",
                                      "turn:a?transport=tls u p",
                                      "turns:a?transport=udp u p",
                                      "stun:a?transport=udp",
                                      "\nstun:a",
                                      "http:a",
                                      " stun:a"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(read_servers(bad[i]), OC_ERR_INVAL);
        assert_true(wiped());
        assert_null(strstr(why, " p ")); /* never what was given */
    }
    assert_int_equal(read_servers("stun:a\nstun:b\nstun:c\nstun:d\nstun:e"), OC_ERR_RANGE);
    assert_true(wiped());
}

static void texts_that_are_too_long_are_refused(void **state) {
    char line[1024];
    memset(line, 'a', sizeof line);
    memcpy(line, "turn:", 5);
    snprintf(line + 5 + OC_P2P_HOST_MAX - 1, 8, " u p");
    assert_int_equal(read_servers(line), OC_OK);
    line[5 + OC_P2P_HOST_MAX - 1] = 'a';
    snprintf(line + 5 + OC_P2P_HOST_MAX, 8, " u p");
    assert_int_equal(read_servers(line), OC_ERR_INVAL);
}

static void values_out_of_range_are_refused(void **state) {
    config = (oc_p2p_config_t){.ipv4 = 1};
    assert_int_equal(oc_p2p_open_read(oc_span(&config, sizeof config - 1), &got, &why),
                     OC_ERR_INVAL);
    assert_int_equal(oc_p2p_open_read((oc_span_t){0}, &got, &why), OC_ERR_INVAL);
    config.port = 65536;
    assert_int_equal(read_config(), OC_ERR_RANGE);
    config = (oc_p2p_config_t){.ipv4 = 1, .sessions = OC_SESSIONS_MAX + 1};
    assert_int_equal(read_config(), OC_ERR_RANGE);
    config = (oc_p2p_config_t){.ipv4 = 1, .keep_alive_s = 256};
    assert_int_equal(read_config(), OC_ERR_RANGE);
    config = (oc_p2p_config_t){.ipv4 = 1, .keep_alive_attempts = 11};
    assert_int_equal(read_config(), OC_ERR_RANGE);
    config = (oc_p2p_config_t){0};
    assert_int_equal(read_config(), OC_ERR_INVAL);
    config = (oc_p2p_config_t){.ipv4 = 1};
    memset(&config.loopback, 2, 1); /* no flag */
    assert_int_equal(read_config(), OC_ERR_INVAL);
    config = (oc_p2p_config_t){.ipv4 = 1};
    memset(config.servers, 'a', sizeof config.servers);
    assert_int_equal(read_config(), OC_ERR_INVAL);
    config = (oc_p2p_config_t){.ipv4 = 1};
    memset(config.ca, 'a', sizeof config.ca);
    assert_int_equal(read_config(), OC_ERR_INVAL);
    assert_true(wiped());
}

static void what_was_read_can_be_wiped(void **state) {
    assert_int_equal(read_servers("turn:a user secret"), OC_OK);
    oc_p2p_open_wipe(&got);
    assert_true(wiped());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_taken_over),
        cmocka_unit_test(servers_are_taken_apart),
        cmocka_unit_test(lines_that_are_no_servers_are_refused),
        cmocka_unit_test(texts_that_are_too_long_are_refused),
        cmocka_unit_test(values_out_of_range_are_refused),
        cmocka_unit_test(what_was_read_can_be_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
