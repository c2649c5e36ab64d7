/* Descriptions of real peers, both forms, bundles, and what is refused with which line. */
#include "cmocka_first.h"

#include <stdio.h>
#include <stdlib.h>

#include "oc_err.h"
#include "oc_sdp.h"
#include "sdp_vectors.h"

#define FP                                                                                         \
    "64:4B:D2:EC:B0:01:2B:6E:20:C0:8C:36:9F:AE:E3:64:14:75:68:04:1A:49:A8:74:9A:BD:DA:51:8D:2C:"   \
    "EF:9D"
#define HEAD "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
#define ICE  "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n"
#define REST ICE "a=fingerprint:sha-256 " FP "\r\na=setup:actpass\r\n"
#define DATA "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"

static oc_sdp_t sdp;

static int parse(const char *text, oc_sdp_kind_t kind) {
    return oc_sdp_parse(oc_span(text, strlen(text)), kind, &sdp);
}

static int offer(const char *text) {
    return parse(text, OC_SDP_OFFER);
}

static void test_chromium(void **state) {
    assert_int_equal(offer(chromium_offer_nat), OC_OK);
    assert_string_equal(sdp.ufrag, "tT7s");
    assert_string_equal(sdp.pwd, "cmbm0bp5YAeV1EZn+HGQMh7e");
    assert_int_equal(sdp.fingerprints, 1);
    assert_int_equal(sdp.fingerprint[0].hash, OC_HASH_SHA256);
    assert_int_equal(sdp.fingerprint[0].len, 32);
    assert_int_equal(sdp.fingerprint[0].value[0], 0x61);
    assert_int_equal(sdp.fingerprint[0].value[31], 0x8F);
    assert_int_equal(sdp.setup, OC_SDP_ACTPASS);
    assert_int_equal(sdp.form, OC_SDP_UDP_DTLS_SCTP);
    assert_int_equal(sdp.sctp_port, 5000);
    assert_int_equal(sdp.max_message, 262144);
    assert_string_equal(sdp.mid, "0");
    assert_true(sdp.bundle && sdp.trickle);
    assert_false(sdp.ice_lite || sdp.end_of_candidates || sdp.renomination);
    assert_int_equal(sdp.candidates, 3);
    assert_int_equal(sdp.candidates_ignored, 0);
    assert_int_equal(sdp.candidate[0].type, OC_CANDIDATE_HOST);
    assert_int_equal(sdp.candidate[2].type, OC_CANDIDATE_RELAY);
    assert_int_equal(sdp.candidate[2].addr.port, 63133);
    assert_int_equal(sdp.sections, 1);
    assert_null(sdp.error);
    assert_int_equal(offer(chromium_offer), OC_OK);
    assert_int_equal(sdp.candidates, 1);
}

static void test_werift(void **state) {
    assert_int_equal(parse(werift_answer_nat, OC_SDP_ANSWER), OC_OK);
    assert_string_equal(sdp.ufrag, "cce5");
    assert_int_equal(sdp.setup, OC_SDP_ACTIVE);
    assert_int_equal(sdp.max_message, 65536);
    assert_int_equal(sdp.candidates, 3);
    assert_true(sdp.end_of_candidates);
    assert_int_equal(parse(werift_answer, OC_SDP_ANSWER), OC_OK);
    assert_string_equal(sdp.pwd, "c37c05fbff434e3b3acad4");
}

/* Firefox once: the data channel bundled behind a rejected sound, the transport said there. */
static void test_older_form_in_bundle(void **state) {
    assert_int_equal(
        offer(HEAD "a=fingerprint:sha-256 " FP "\r\na=group:BUNDLE s d\r\na=ice-options:trickle "
                   "renomination\r\n"
                   "m=audio 9 UDP/TLS/RTP/SAVPF 109 0\r\nc=IN IP4 0.0.0.0\r\na=mid:s\r\n"
                   "a=candidate:0 1 UDP 2122252543 10.0.0.2 49203 typ host\r\n" ICE
                   "a=setup:actpass\r\na=sctp-port:77\r\na=max-message-size:1\r\n"
                   "m=application 0 DTLS/SCTP 5001\r\na=bundle-only\r\na=mid:d\r\n"
                   "a=sctpmap:5001 webrtc-datachannel 256\r\na=max-message-size:1073741823\r\n"),
        OC_OK);
    assert_int_equal(sdp.form, OC_SDP_DTLS_SCTP);
    assert_int_equal(sdp.sctp_port, 5001);
    assert_int_equal(sdp.max_message, OC_SDP_MESSAGE_MAX);
    assert_string_equal(sdp.mid, "d");
    assert_string_equal(sdp.ufrag, "abcd");
    assert_true(sdp.bundle && sdp.renomination);
    assert_int_equal(sdp.candidates, 1);
    assert_int_equal(sdp.fingerprints, 1);
    assert_int_equal(sdp.ours, 1);
    assert_int_equal(sdp.sections, 2);
    assert_memory_equal(sdp.section[0].formats.data, "109 0", 5);
}

/* What the media line says holds against session and bundle. */
static void test_nearer_holds(void **state) {
    assert_int_equal(
        offer(HEAD "a=group:BUNDLE 0 1\r\na=ice-ufrag:sess\r\na=ice-pwd:ssssssssssssssssssssss\r\n"
                   "a=setup:passive\r\na=fingerprint:sha-256 61"
                   ":61:61:61:61:61:61:61:61:61:61:61:"
                   "61:61:61:61:61:61:61:61:61:61:61:61:61:61:61:61:61:61:61:61\r\n"
                   "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=ice-ufrag:tagg\r\n"
                   "a=candidate:0 1 udp 5 10.0.0.1 2 typ host\r\n"
                   "a=candidate:0 1 udp 5 10.0.0.2 2 typ host\r\n" DATA "a=mid:1\r\n"
                   "a=candidate:0 1 udp 5 10.0.0.3 2 typ host\r\n" REST),
        OC_OK);
    assert_string_equal(sdp.ufrag, "abcd");
    assert_int_equal(sdp.setup, OC_SDP_ACTPASS);
    assert_int_equal(sdp.candidates, 1);
    assert_int_equal(sdp.candidate[0].addr.ip[3], 3);
    assert_int_equal(sdp.fingerprints, 1);
    assert_int_equal(sdp.fingerprint[0].value[0], 0x64);
}

#define INIT "a=sctp-init:AQAAHrVO8AsAUAAA/////4GKeVzAAAAEgAgABoLA\r\n" /* of Chromium 156 */

/* SNAP: the bytes are kept, whatever they mean; only those of our media line. */
static void test_sctp_init(void **state) {
    static const struct {
        const char *line;
        int rc, len;
    } rows[] = {{"", OC_OK, 0},
                {INIT, OC_OK, 30},
                {"a=SCTP-INIT:AA==\r\n", OC_OK, 1},
                {"a=sctp-init:AAA=\r\n", OC_OK, 2},
                {"a=sctp-init:\r\n", OC_ERR_FORMAT, 0},
                {"a=sctp-init\r\n", OC_ERR_FORMAT, 0},
                {"a=sctp-init:AAA\r\n", OC_ERR_FORMAT, 0},
                {"a=sctp-init:A===\r\n", OC_ERR_FORMAT, 0},
                {"a=sctp-init:AB==\r\n", OC_ERR_FORMAT, 0}, /* bits that mean nothing */
                {"a=sctp-init:=AAA\r\n", OC_ERR_FORMAT, 0},
                {"a=sctp-init:AA=A\r\n", OC_ERR_FORMAT, 0},
                {"a=sctp-init:AA A\r\n", OC_ERR_FORMAT, 0},
                {"a=sctp-init:AA-_\r\n", OC_ERR_FORMAT, 0},
                {"a=sctp-init:\xC3\xA4" "AA\r\n", OC_ERR_FORMAT, 0}};
    char text[2048], value[400];
    (void)state;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(text, sizeof text, HEAD DATA REST "%s", rows[i].line);
        assert_int_equal(offer(text), rows[i].rc);
        assert_int_equal(sdp.sctp_init_len, rows[i].len);
        if (rows[i].rc != OC_OK)
            assert_string_equal(sdp.error, "sctp-init: a chunk in base64");
    }
    for (unsigned bytes = 254; bytes < 260; bytes++) {
        memset(value, 'A', sizeof value);
        unsigned digits = (bytes + 2) / 3 * 4, pads = (3 - bytes % 3) % 3;
        memset(value + digits - pads, '=', pads);
        value[digits] = '\0';
        snprintf(text, sizeof text, HEAD DATA REST "a=sctp-init:%s\r\n", value);
        assert_int_equal(offer(text), bytes <= OC_SDP_INIT_MAX ? OC_OK : OC_ERR_TOO_BIG);
        if (bytes <= OC_SDP_INIT_MAX)
            assert_int_equal(sdp.sctp_init_len, bytes);
    }
    assert_int_equal(offer(HEAD INIT DATA REST), OC_OK); /* of the session: nothing */
    assert_int_equal(sdp.sctp_init_len, 0);
    assert_int_equal(offer(HEAD "m=application 9 DTLS/SCTP 5000\r\n" REST INIT), OC_OK);
    assert_int_equal(sdp.sctp_init_len, 0);
}

static void test_max_message(void **state) {
    static const struct {
        const char *line;
        uint32_t bytes;
    } rows[] = {{"", 65536},
                {"a=max-message-size:0\r\n", 262144},
                {"a=max-message-size:1\r\n", 1},
                {"a=max-message-size:262144\r\n", 262144},
                {"a=max-message-size:262145\r\n", 262144},
                {"a=max-message-size:99999999999999999999999\r\n", 262144}};
    char text[1024];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(text, sizeof text, HEAD DATA REST "%s", rows[i].line);
        assert_int_equal(offer(text), OC_OK);
        assert_int_equal(sdp.max_message, rows[i].bytes);
    }
    assert_int_equal(offer(HEAD DATA REST "a=max-message-size:x\r\n"), OC_ERR_FORMAT);
    assert_int_equal(sdp.line, 10);
}

static void test_setup(void **state) {
    assert_int_equal(offer(HEAD DATA ICE "a=fingerprint:SHA-256 " FP "\r\n"), OC_OK);
    assert_int_equal(sdp.setup, OC_SDP_ACTIVE);
    assert_int_equal(parse(HEAD DATA ICE "a=fingerprint:SHA-256 " FP "\r\n", OC_SDP_ANSWER), OC_OK);
    assert_int_equal(sdp.setup, OC_SDP_PASSIVE);
    assert_int_equal(offer(HEAD DATA REST "a=setup:PASSIVE\r\n"), OC_OK);
    assert_int_equal(sdp.setup, OC_SDP_PASSIVE);
    assert_int_equal(parse(HEAD DATA REST, OC_SDP_ANSWER), OC_ERR_FORMAT); /* actpass */
    assert_int_equal(offer(HEAD DATA REST "a=setup:holdconn\r\n"), OC_ERR_NOTSUP);
    assert_int_equal(offer(HEAD DATA REST "a=setup:other\r\n"), OC_ERR_FORMAT);
    assert_int_equal(oc_sdp_answer_setup(OC_SDP_ACTPASS), OC_SDP_ACTIVE);
    assert_int_equal(oc_sdp_answer_setup(OC_SDP_PASSIVE), OC_SDP_ACTIVE);
    assert_int_equal(oc_sdp_answer_setup(OC_SDP_ACTIVE), OC_SDP_PASSIVE);
}

/* "00:01:02...", of n bytes. */
static const char *hex(unsigned n, bool lower) {
    static char text[3 * 65];
    for (unsigned i = 0; i < n; i++)
        snprintf(text + 3 * i, 4, lower ? "%02x:" : "%02X:", i + 0xA0);
    text[3 * n - 1] = '\0';
    return text;
}

static void test_fingerprints(void **state) {
    char text[4096];
    snprintf(text, sizeof text, HEAD DATA ICE "a=fingerprint:sha-1 %s\r\na=fingerprint:sha-384 ",
             hex(20, false));
    size_t len = strlen(text);
    snprintf(text + len, sizeof text - len, "%s\r\na=fingerprint:Sha-512 ", hex(48, true));
    len = strlen(text);
    snprintf(text + len, sizeof text - len, "%s\r\n", hex(64, false));
    assert_int_equal(offer(text), OC_OK);
    assert_int_equal(sdp.fingerprints, 2);
    assert_int_equal(sdp.fingerprint[0].hash, OC_HASH_SHA384);
    assert_int_equal(sdp.fingerprint[0].value[47], 0xA0 + 47);
    assert_int_equal(sdp.fingerprint[1].hash, OC_HASH_SHA512);
    assert_int_equal(sdp.fingerprint[1].len, 64);
    snprintf(text, sizeof text, HEAD DATA ICE "a=fingerprint:sha-1 %s\r\n", hex(20, false));
    assert_int_equal(offer(text), OC_ERR_NOTSUP);
    snprintf(text, sizeof text, HEAD DATA ICE "a=fingerprint:sha-256 %s\r\n", hex(31, false));
    assert_int_equal(offer(text), OC_ERR_FORMAT);
    assert_int_equal(sdp.line, 8);
    assert_int_equal(offer(HEAD DATA ICE), OC_ERR_FORMAT);
    assert_string_equal(sdp.error, "the fingerprint is missing");
    assert_int_equal(offer(HEAD DATA REST
                           "a=fingerprint:sha-256 " FP "\r\na=fingerprint:sha-256 " FP
                           "\r\na=fingerprint:sha-256 " FP "\r\na=fingerprint:sha-256 " FP "\r\n"),
                     OC_ERR_TOO_BIG);
    assert_int_equal(sdp.line, 13);
}

/* Candidates that are not kept are counted, and harm nobody. */
static void test_candidates(void **state) {
    static char text[OC_SDP_MAX];
    size_t len = (size_t)snprintf(text, sizeof text,
                                  HEAD DATA REST
                                  "a=candidate:1 1 tcp 5 10.0.0.1 9 typ host tcptype active\r\n"
                                  "a=candidate:nonsense\r\n"
                                  "a=candidate:1 1 udp 5 10.0.0.1 9 typ host ufrag old1\r\n"
                                  "a=candidate:1 1 udp 5 10.0.0.2 9 typ host ufrag abcd\r\n");
    assert_int_equal(offer(text), OC_OK);
    assert_int_equal(sdp.candidates, 1);
    assert_int_equal(sdp.candidates_ignored, 3);
    assert_int_equal(sdp.candidate[0].addr.ip[3], 2);
    for (unsigned i = 0; i < 40; i++)
        len += (size_t)snprintf(text + len, sizeof text - len,
                                "a=candidate:1 1 udp 5 10.0.1.%u 9 typ host\r\n", i);
    assert_int_equal(offer(text), OC_OK);
    assert_int_equal(sdp.candidates, 31); /* 32 were read, one of them was of an old generation */
    assert_int_equal(sdp.candidates + sdp.candidates_ignored, 44);
}

/* "a=x:" and n bytes more. */
static void add_line(char *text, size_t *len, size_t n) {
    memcpy(text + *len, "a=x:", 4);
    memset(text + *len + 4, 'y', n);
    *len += n + 4;
    memcpy(text + *len, "\r\n", 3);
    *len += 2;
}

static void test_limits(void **state) {
    static char text[OC_SDP_MAX + 4096];
    size_t len = strlen(HEAD DATA REST);
    memcpy(text, HEAD DATA REST, len);
    add_line(text, &len, OC_SDP_LINE_MAX - 4);
    assert_int_equal(offer(text), OC_OK);
    add_line(text, &len, OC_SDP_LINE_MAX - 3);
    assert_int_equal(offer(text), OC_ERR_TOO_BIG);
    assert_int_equal(sdp.line, 11);
    len = strlen(HEAD DATA REST);
    while (len + 1002 <= OC_SDP_MAX)
        add_line(text, &len, 996);
    while (len < OC_SDP_MAX)
        text[len++] = '\n'; /* what follows an empty line is no description any more */
    text[len] = '\0';
    assert_int_equal(parse(text, OC_SDP_OFFER), OC_ERR_FORMAT);
    text[len++] = '\n';
    text[len] = '\0';
    assert_int_equal(offer(text), OC_ERR_TOO_BIG);
    assert_int_equal(sdp.line, 0);
    assert_int_equal(offer(HEAD DATA REST "m=a 1 b c\r\nm=a 1 b c\r\nm=a 1 b c\r\nm=a 1 b c\r\n"
                                          "m=a 1 b c\r\nm=a 1 b c\r\nm=a 1 b c\r\nm=a 1 b c\r\n"),
                     OC_OK);
    assert_int_equal(sdp.sections, OC_SDP_SECTIONS);
    assert_int_equal(offer(HEAD DATA REST "m=a 1 b c\r\nm=a 1 b c\r\nm=a 1 b c\r\nm=a 1 b c\r\n"
                                          "m=a 1 b c\r\nm=a 1 b c\r\nm=a 1 b c\r\nm=a 1 b c\r\n"
                                          "m=a 1 b c\r\n"),
                     OC_ERR_TOO_BIG);
}

static void test_refused(void **state) {
    static const struct {
        const char *text;
        int code;
        unsigned line;
    } rows[] = {
        {"", OC_ERR_FORMAT, 0},
        {"{\"sdp\":\"v=0\"}", OC_ERR_FORMAT, 1},
        {"s=-\r\n" HEAD DATA REST, OC_ERR_FORMAT, 1},
        {"v=1\r\n", OC_ERR_FORMAT, 1},
        {HEAD "a=\x01\r\n" DATA REST, OC_ERR_FORMAT, 5},
        {HEAD "\r\n" DATA REST, OC_ERR_FORMAT, 5},
        {HEAD "hello\r\n" DATA REST, OC_ERR_FORMAT, 5},
        {HEAD REST, OC_ERR_NOTSUP, 0},
        {HEAD "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" REST, OC_ERR_NOTSUP, 0},
        {HEAD "m=application 9 UDP/DTLS/SCTP other\r\n" REST, OC_ERR_NOTSUP, 0},
        {HEAD "m=application 9 DTLS/SCTP webrtc-datachannel\r\n" REST, OC_ERR_NOTSUP, 0},
        {HEAD "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n" REST, OC_ERR_NOTSUP, 0},
        {HEAD "m=application 65536 UDP/DTLS/SCTP webrtc-datachannel\r\n" REST, OC_ERR_FORMAT, 5},
        {HEAD "m=application 9 UDP/DTLS/SCTP\r\n" REST, OC_ERR_FORMAT, 5},
        {HEAD "m=application\r\n" REST, OC_ERR_FORMAT, 5},
        {HEAD DATA REST "a=sctp-port:0\r\n", OC_ERR_NOTSUP, 10},
        {HEAD DATA REST "a=sctp-port:65536\r\n", OC_ERR_FORMAT, 10},
        {HEAD DATA REST "a=ice-ufrag:abc\r\n", OC_ERR_FORMAT, 10},
        {HEAD DATA REST "a=ice-ufrag:ab:d\r\n", OC_ERR_FORMAT, 10},
        {HEAD DATA REST "a=ice-pwd:012345678901234567890\r\n", OC_ERR_FORMAT, 10},
        {HEAD DATA REST "a=mid:\r\n", OC_ERR_TOO_BIG, 10},
        {HEAD DATA "a=fingerprint:sha-256 " FP "\r\n", OC_ERR_FORMAT, 0},
        {HEAD "m=application 9 DTLS/SCTP 5000\r\n" REST "a=sctpmap:5000 other 16\r\n",
         OC_ERR_NOTSUP, 10},
        {HEAD "m=application 9 DTLS/SCTP 5000\r\n" REST "a=sctpmap:\r\n", OC_ERR_FORMAT, 10},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(offer(rows[i].text), rows[i].code);
        assert_int_equal(sdp.line, rows[i].line);
        assert_non_null(sdp.error);
    }
}

/* Every beginning of a text is refused or read, with the bytes behind it out of bounds. */
static void test_cut_off(void **state) {
    size_t len = strlen(chromium_offer_nat);
    unsigned read = 0;
    for (size_t i = 0; i < len; i++) {
        uint8_t *copy = malloc(i ? i : 1);
        assert_non_null(copy);
        memcpy(copy, chromium_offer_nat, i);
        read += oc_sdp_parse(oc_span(copy, i), OC_SDP_OFFER, &sdp) == OC_OK;
        free(copy);
    }
    assert_true(read > 0 && read < 120); /* only without its last lines */
}

static void test_line_ends(void **state) {
    char text[2048];
    size_t len = 0;
    for (const char *p = chromium_offer; *p; p++)
        if (*p != '\r')
            text[len++] = *p;
    assert_int_equal(oc_sdp_parse(oc_span(text, len), OC_SDP_OFFER, &sdp), OC_OK);
    assert_int_equal(oc_sdp_parse(oc_span(text, len - 1), OC_SDP_OFFER, &sdp), OC_OK);
    assert_int_equal(sdp.max_message, 262144);
    text[len] = '\n';
    assert_int_equal(oc_sdp_parse(oc_span(text, len + 1), OC_SDP_OFFER, &sdp), OC_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chromium),
        cmocka_unit_test(test_werift),
        cmocka_unit_test(test_older_form_in_bundle),
        cmocka_unit_test(test_nearer_holds),
        cmocka_unit_test(test_sctp_init),
        cmocka_unit_test(test_max_message),
        cmocka_unit_test(test_setup),
        cmocka_unit_test(test_fingerprints),
        cmocka_unit_test(test_candidates),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_cut_off),
        cmocka_unit_test(test_line_ends),
    };
    return cmocka_run_group_tests_name("sdp", tests, NULL, NULL);
}
