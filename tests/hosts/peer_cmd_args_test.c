/* The command line of `ocellus-peer`: what is taken, and one clear line for what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "oc_peer_cmd_args.h"

static oc_peer_cmd_args_t args;
static char words[24][128];

/* Words in blanks, as after `ocellus`. */
static char **parse(const char *line) {
    static char *argv[25];
    int count = 0;
    while (*line) {
        size_t len = strcspn(line, " ");
        assert_true(len < sizeof words[0] && count < 24);
        memcpy(words[count], line, len);
        words[count][len] = '\0';
        argv[count] = words[count];
        count++;
        line += len + (line[len] == ' ');
    }
    argv[count] = NULL;
    oc_peer_cmd_args_parse(&args, count, argv);
    return argv;
}

static void assert_right(const char *line) {
    parse(line);
    assert_string_equal(args.error, "");
}

static void test_all_options(void **state) {
    assert_right(
        "peer --http 127.0.0.1:8090 --stun stun.example:3478 --turn [2001:db8::1]:3479,u,p,w "
        "--turn-transport tls --ipv6 --relay-only --loopback --json --plain-udp --udp-port "
        "5000");
    assert_true(args.serve && args.ipv6 && args.relay_only && args.loopback && args.json &&
                args.plain && !args.offer);
    assert_string_equal(args.address, "127.0.0.1");
    assert_int_equal(args.port, 8090);
    assert_int_equal(args.udp_port, 5000);
    assert_int_equal(args.servers, 2);
    assert_false(args.server[0].turn);
    assert_string_equal(args.server[0].host, "stun.example");
    assert_int_equal(args.server[0].port, 3478);
    assert_true(args.server[1].turn);
    assert_string_equal(args.server[1].host, "2001:db8::1");
    assert_int_equal(args.server[1].port, 3479);
    assert_string_equal(args.server[1].user, "u");
    assert_string_equal(args.server[1].password, "p,w");
    assert_int_equal(args.transport, OC_PEER_CMD_TLS);
    assert_right("peer --http=[::1]:0");
    assert_string_equal(args.address, "::1");
    assert_int_equal(args.port, 0);
    assert_right("peer --http localhost:1");
    assert_right("peer --help");
    assert_true(args.help);
}

static void test_offer(void **state) {
    assert_right(
        "peer --offer-to http://10.0.0.1:8090/offer?x=1 --open echo --open source?bytes=1");
    assert_true(args.offer && !args.serve);
    assert_string_equal(args.offer_host, "10.0.0.1");
    assert_int_equal(args.offer_port, 8090);
    assert_string_equal(args.offer_path, "/offer?x=1");
    assert_int_equal(args.opens, 2);
    assert_string_equal(args.open[1], "source?bytes=1");
    assert_right("peer --offer-to http://host.example");
    assert_int_equal(args.offer_port, 80);
    assert_string_equal(args.offer_path, "/");
    assert_right("peer --offer-to http://[::1]:9/");
    assert_string_equal(args.offer_host, "::1");
}

/* Other users of the machine see argv: names stay, secrets do not. */
static void test_passwords_are_hidden(void **state) {
    char **argv = parse("peer --http 127.0.0.1:0 --turn 10.0.0.1:3478,alice,secret");
    assert_string_equal(args.server[0].password, "secret");
    assert_string_equal(argv[4], "10.0.0.1:3478,************");
    argv = parse("peer --turn=10.0.0.1,alice,secret");
    assert_null(strstr(argv[1], "secret"));
    assert_null(strstr(args.error, "secret"));
    assert_string_not_equal(args.error, "");
}

static void test_wrong(void **state) {
    static const struct {
        const char *line, *error;
    } rows[] = {
        {"peer", "peer: --http ADDR:PORT or --offer-to URL is missing; see ocellus-peer --help"},
        {"peer --http", "peer: missing value after --http"},
        {"peer --udp-port", "peer: missing value after --udp-port"},
        {"peer --stu", "peer: unknown option --stu; see ocellus-peer --help"},
        {"peer --early=1", "peer: unknown option --early=1; see ocellus-peer --help"},
        {"peer -x", "peer: unknown option -x; see ocellus-peer --help"},
        {"peer --htt 127.0.0.1:1", "peer: unknown option --htt; see ocellus-peer --help"},
        {"peer x", "peer: unknown word x; see ocellus-peer --help"},
        {"peer --http 127.0.0.1",
         "peer: --http: \"127.0.0.1\" is not allowed; use a loopback address "
         "and a port, like 127.0.0.1:8090"},
        {"peer --http 0.0.0.0:80",
         "peer: --http: \"0.0.0.0:80\" is not allowed; use a loopback address "
         "and a port, like 127.0.0.1:8090"},
        {"peer --http 127.0.0.1:65536", "peer: --http: \"127.0.0.1:65536\" is not allowed; use a "
                                        "loopback address and a port, like 127.0.0.1:8090"},
        {"peer --stun host", "peer: --stun: \"host\" is not allowed; use HOST:PORT"},
        {"peer --stun host:0", "peer: --stun: \"host:0\" is not allowed; use HOST:PORT"},
        {"peer --stun :1", "peer: --stun: \":1\" is not allowed; use HOST:PORT"},
        {"peer --stun [::1:1", "peer: --stun: \"[::1:1\" is not allowed; use HOST:PORT"},
        {"peer --turn host:1", "peer: --turn: not of the form HOST:PORT,USER,PASSWORD"},
        {"peer --turn host:1,u", "peer: --turn: not of the form HOST:PORT,USER,PASSWORD"},
        {"peer --turn host:1,,p", "peer: --turn: not of the form HOST:PORT,USER,PASSWORD"},
        {"peer --turn host:1,u,", "peer: --turn: not of the form HOST:PORT,USER,PASSWORD"},
        {"peer --turn-transport sctp",
         "peer: --turn-transport: \"sctp\" is not allowed; use udp, tcp or tls"},
        {"peer --udp-port -1", "peer: --udp-port: \"-1\" is not allowed; use 0 to 65535"},
        {"peer --offer-to https://a/",
         "peer: --offer-to: \"https://a/\" is not allowed; use http://HOST:PORT/PATH"},
        {"peer --offer-to http:///x",
         "peer: --offer-to: \"http:///x\" is not allowed; use http://HOST:PORT/PATH"},
        {"peer --offer-to http://a:0/",
         "peer: --offer-to: \"http://a:0/\" is not allowed; use http://HOST:PORT/PATH"},
        {"peer --offer-to http://u@a/",
         "peer: --offer-to: \"http://u@a/\" is not allowed; use http://HOST:PORT/PATH"},
        {"peer --http 127.0.0.1:1 --relay-only",
         "peer: --relay-only: no --turn server is named; see ocellus-peer --help"},
        {"peer --http 127.0.0.1:1 --open echo",
         "peer: --open: only with --offer-to; see ocellus-peer --help"},
        {"peer --stun a:1 --stun a:1 --stun a:1 --stun a:1 --stun a:1",
         "peer: --stun: at most 4 servers"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        parse(rows[i].line);
        assert_string_equal(args.error, rows[i].error);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_options),
        cmocka_unit_test(test_offer),
        cmocka_unit_test(test_passwords_are_hidden),
        cmocka_unit_test(test_wrong),
    };
    return cmocka_run_group_tests_name("peer_cmd_args", tests, NULL, NULL);
}
