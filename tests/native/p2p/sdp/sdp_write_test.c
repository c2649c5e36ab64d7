/* Our own descriptions: read back, and word for word. */
#include "cmocka_first.h"

#include <stdio.h>

#include "oc_candidate_line.h"
#include "oc_err.h"
#include "oc_sdp.h"
#include "sdp_vectors.h"

static oc_sdp_t offer, back;
static char text[8192];

static oc_candidate_t candidate(const char *line) {
    oc_candidate_t c = {0};
    assert_int_equal(oc_candidate_line_parse(oc_span(line, strlen(line)), &c, NULL), OC_OK);
    return c;
}

static oc_sdp_local_t local(void) {
    oc_sdp_local_t l = {.session = UINT64_C(0x8000000000000123),
                        .version = 3,
                        .ufrag = "ufrG",
                        .pwd = "pppppppppppppppppppppp",
                        .setup = OC_SDP_ACTPASS,
                        .max_message = 262144,
                        .trickle = true,
                        .fingerprint = {.hash = OC_HASH_SHA256, .len = 32}};
    for (unsigned i = 0; i < 32; i++)
        l.fingerprint.value[i] = (uint8_t)(i * 8);
    return l;
}

static void test_offer(void **state) {
    oc_candidate_t c[] = {candidate("1 1 udp 2113937151 10.1.0.2 42040 typ host"),
                          candidate("2 1 udp 5 fd00::2 42041 typ host")};
    oc_sdp_local_t l = local();
    l.candidate = c;
    l.candidates = 2;
    l.end_of_candidates = true;
    int len = oc_sdp_write(&l, text, sizeof text);
    assert_int_equal(len, strlen(text));
    assert_string_equal(
        text, "v=0\r\no=- 291 3 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
              "m=application 42040 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 10.1.0.2\r\n"
              "a=candidate:1 1 udp 2113937151 10.1.0.2 42040 typ host\r\n"
              "a=candidate:2 1 udp 5 fd00::2 42041 typ host\r\na=end-of-candidates\r\n"
              "a=ice-ufrag:ufrG\r\na=ice-pwd:pppppppppppppppppppppp\r\na=ice-options:trickle\r\n"
              "a=fingerprint:sha-256 "
              "00:08:10:18:20:28:30:38:40:48:50:58:60:68:70:78:80:88:90:98:A0:A8:B0:B8:C0:C8:D0:D8:"
              "E0:E8:F0:F8\r\na=setup:actpass\r\na=mid:0\r\na=sctp-port:5000\r\n"
              "a=max-message-size:262144\r\n");
    assert_int_equal(oc_sdp_parse(oc_span(text, (size_t)len), OC_SDP_OFFER, &back), OC_OK);
    assert_string_equal(back.ufrag, "ufrG");
    assert_int_equal(back.candidates, 2);
    assert_true(back.end_of_candidates && back.trickle && back.bundle);
    assert_memory_equal(back.fingerprint[0].value, l.fingerprint.value, 32);
    for (int size = 0; size <= len; size++)
        assert_int_equal(oc_sdp_write(&l, text, (size_t)size), OC_ERR_NOMEM);
    assert_int_equal(oc_sdp_write(&l, text, (size_t)len + 1), len);
}

/* Every length comes back; the older form has no place for it. */
static void test_sctp_init(void **state) {
    uint8_t bytes[OC_SDP_INIT_MAX + 1];
    oc_sdp_local_t l = local();
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37 + 11);
    for (unsigned n = 1; n <= OC_SDP_INIT_MAX; n++) {
        l.sctp_init = oc_span(bytes, n);
        int len = oc_sdp_write(&l, text, sizeof text);
        assert_int_equal(oc_sdp_parse(oc_span(text, (size_t)len), OC_SDP_OFFER, &back), OC_OK);
        assert_int_equal(back.sctp_init_len, n);
        assert_memory_equal(back.sctp_init, bytes, n);
    }
    l.sctp_init = oc_span("\1\0\0\x1e", 4);
    assert_true(oc_sdp_write(&l, text, sizeof text) > 0);
    assert_non_null(strstr(text, "a=max-message-size:262144\r\na=sctp-init:AQAAHg==\r\n"));
    l.form = OC_SDP_DTLS_SCTP;
    assert_true(oc_sdp_write(&l, text, sizeof text) > 0);
    assert_null(strstr(text, "sctp-init"));
    l.sctp_init = oc_span(bytes, sizeof bytes);
    assert_int_equal(oc_sdp_write(&l, text, sizeof text), OC_ERR_INVAL);
}

static void test_answer_to_chromium(void **state) {
    oc_sdp_local_t l = local();
    assert_int_equal(
        oc_sdp_parse(oc_span(chromium_offer, strlen(chromium_offer)), OC_SDP_OFFER, &offer), OC_OK);
    l.offer = &offer;
    assert_int_equal(oc_sdp_write(&l, text, sizeof text), OC_ERR_INVAL); /* actpass */
    l.setup = oc_sdp_answer_setup(offer.setup);
    int len = oc_sdp_write(&l, text, sizeof text);
    assert_true(len > 0);
    assert_non_null(strstr(text, "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
                                 "c=IN IP4 0.0.0.0\r\n"));
    assert_int_equal(oc_sdp_parse(oc_span(text, (size_t)len), OC_SDP_ANSWER, &back), OC_OK);
    assert_int_equal(back.setup, OC_SDP_ACTIVE);
    assert_string_equal(back.mid, "0");
    assert_false(back.end_of_candidates);
}

/* Sound and picture are rejected in their places; the older form is answered in kind. */
static void test_answer_to_many(void **state) {
    static const char many[] =
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE a d v\r\n"
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9\r\na=mid:a\r\n"
        "m=application 9 DTLS/SCTP 6000\r\na=mid:d\r\na=sctpmap:6000 webrtc-datachannel 1024\r\n"
        "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=setup:active\r\n"
        "a=fingerprint:sha-256 "
        "64:4B:D2:EC:B0:01:2B:6E:20:C0:8C:36:9F:AE:E3:64:14:75:68:04:1A:49:A8:74:9A:BD:DA:51:8D:2C:"
        "EF:9D\r\n"
        "m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=bundle-only\r\na=mid:v\r\n"
        "m=text 9 RTP/AVP 98\r\n";
    oc_sdp_local_t l = local();
    assert_int_equal(oc_sdp_parse(oc_span(many, sizeof many - 1), OC_SDP_OFFER, &offer), OC_OK);
    l.offer = &offer;
    l.setup = oc_sdp_answer_setup(offer.setup);
    assert_int_equal(l.setup, OC_SDP_PASSIVE);
    assert_true(oc_sdp_write(&l, text, sizeof text) > 0);
    assert_non_null(strstr(text, "a=group:BUNDLE d\r\nm=audio 0 UDP/TLS/RTP/SAVPF 111 63 9\r\n"
                                 "c=IN IP4 0.0.0.0\r\na=inactive\r\na=mid:a\r\n"
                                 "m=application 9 DTLS/SCTP 5000\r\n"));
    assert_non_null(strstr(text,
                           "a=mid:d\r\na=sctpmap:5000 webrtc-datachannel 1024\r\n"
                           "a=max-message-size:262144\r\nm=video 0 UDP/TLS/RTP/SAVPF 96\r\n"));
    assert_non_null(
        strstr(text, "a=mid:v\r\nm=text 0 RTP/AVP 98\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\n"));
    assert_int_equal(oc_sdp_parse(oc_span(text, strlen(text)), OC_SDP_ANSWER, &back), OC_OK);
    assert_int_equal(back.ours, 1);
    assert_int_equal(back.sections, 4);
    assert_int_equal(back.sctp_port, 5000);
}

/* Without a mid in the offer there is none in the answer, nor a group. */
static void test_answer_without_mid(void **state) {
    static const char plain[] =
        "v=0\no=- 1 2 IN IP4 127.0.0.1\ns=-\nt=0 0\nm=application 9 UDP/DTLS/SCTP "
        "webrtc-datachannel\na=ice-ufrag:abcd\na=ice-pwd:0123456789012345678901\na=fingerprint:sha-"
        "256 "
        "64:4B:D2:EC:B0:01:2B:6E:20:C0:8C:36:9F:AE:E3:64:14:75:68:04:1A:49:A8:74:9A:BD:DA:51:8D:"
        "2C:EF:9D\n";
    oc_sdp_local_t l = local();
    assert_int_equal(oc_sdp_parse(oc_span(plain, sizeof plain - 1), OC_SDP_OFFER, &offer), OC_OK);
    l.offer = &offer;
    l.setup = OC_SDP_PASSIVE;
    l.trickle = false;
    assert_true(oc_sdp_write(&l, text, sizeof text) > 0);
    assert_null(strstr(text, "a=mid"));
    assert_null(strstr(text, "BUNDLE"));
    assert_null(strstr(text, "trickle"));
}

/* The address an end without ICE would use: relayed before reflexive before host, IPv4 first. */
static void test_default_address(void **state) {
    oc_candidate_t c[] = {
        candidate("1 1 udp 9 fd00::2 1 typ host"), candidate("1 1 udp 9 10.0.0.1 2 typ host"),
        candidate("1 1 udp 9 1.2.3.4 3 typ srflx"), candidate("1 1 udp 9 2001:db8::1 4 typ relay"),
        candidate("1 1 udp 9 5.6.7.8 5 typ relay")};
    static const char *const lines[] = {"9 UDP", "1 UDP", "2 UDP", "3 UDP", "4 UDP", "5 UDP"};
    static const char *const from[] = {"c=IN IP4 0.0.0.0\r\n",     "c=IN IP6 fd00::2\r\n",
                                       "c=IN IP4 10.0.0.1\r\n",    "c=IN IP4 1.2.3.4\r\n",
                                       "c=IN IP6 2001:db8::1\r\n", "c=IN IP4 5.6.7.8\r\n"};
    oc_sdp_local_t l = local();
    l.candidate = c;
    for (l.candidates = 0; l.candidates <= 5; l.candidates++) {
        assert_true(oc_sdp_write(&l, text, sizeof text) > 0);
        const char *media = strstr(text, "m=application ") + 14;
        assert_memory_equal(media, lines[l.candidates], 5);
        assert_non_null(strstr(media, from[l.candidates]));
    }
}

static void test_invalid(void **state) {
    oc_sdp_local_t l = local();
    l.ufrag = NULL;
    assert_int_equal(oc_sdp_write(&l, text, sizeof text), OC_ERR_INVAL);
    l = local();
    l.fingerprint.len = 0;
    assert_int_equal(oc_sdp_write(&l, text, sizeof text), OC_ERR_INVAL);
    l = local();
    l.form = OC_SDP_DTLS_SCTP;
    l.sctp_port = 5001;
    assert_true(oc_sdp_write(&l, text, sizeof text) > 0);
    assert_int_equal(oc_sdp_parse(oc_span(text, strlen(text)), OC_SDP_OFFER, &back), OC_OK);
    assert_int_equal(back.sctp_port, 5001);
    assert_int_equal(back.form, OC_SDP_DTLS_SCTP);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sctp_init),       cmocka_unit_test(test_offer),           cmocka_unit_test(test_answer_to_chromium),
        cmocka_unit_test(test_answer_to_many),  cmocka_unit_test(test_answer_without_mid),
        cmocka_unit_test(test_default_address), cmocka_unit_test(test_invalid),
    };
    return cmocka_run_group_tests_name("sdp_write", tests, NULL, NULL);
}
