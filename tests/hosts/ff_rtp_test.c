/* Which packets of an RTSP connection are those of its source: SSRC, RTCP, channels, messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "oc_ff_rtsp.h"

#define OWN   0x11111111u
#define OTHER 0x22222222u
#define THIRD 0x33333333u
#define MS    1000

/* ---- one session ---- */

typedef struct {
    oc_ff_rtp_t session;
    uint16_t seq[3]; /* of OWN, OTHER, THIRD */
} rig_t;

static void put32(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* 16 bytes. */
static void make_rtp(uint8_t out[16], uint32_t ssrc, uint16_t seq) {
    memset(out, 0x55, 16);
    out[0] = 0x80;
    out[1] = 0x80 | 96;
    out[2] = (uint8_t)(seq >> 8);
    out[3] = (uint8_t)seq;
    put32(out + 8, ssrc);
}

/* A report without blocks, of 8 bytes, and another packet of 8 behind it. */
static void make_rtcp(uint8_t out[16], uint32_t ssrc, uint8_t second) {
    memset(out, 0, 16);
    out[0] = out[8] = 0x80;
    out[1] = 201;
    out[3] = out[11] = 1;
    out[9] = second;
    put32(out + 4, ssrc);
    put32(out + 12, ssrc);
}

static oc_ff_rtp_verdict_t rtp(rig_t *rig, uint32_t ssrc, int64_t now_us) {
    uint8_t packet[16];
    make_rtp(packet, ssrc, rig->seq[ssrc / OWN - 1]++);
    return oc_ff_rtp_judge(&rig->session, oc_span(packet, sizeof(packet)), now_us);
}

static oc_ff_rtp_verdict_t rtcp(rig_t *rig, uint32_t ssrc, uint8_t second) {
    uint8_t packet[16];
    make_rtcp(packet, ssrc, second);
    return oc_ff_rtp_judge(&rig->session, oc_span(packet, sizeof(packet)), 0);
}

static void the_first_source_is_the_session(void **state) {
    rig_t rig = {.seq = {65530, 7, 900}};
    for (int i = 0; i < 1000; i++) { /* both all the time: nobody takes anybody's place */
        assert_int_equal(rtp(&rig, OWN, i * 40 * MS), OC_FF_RTP_OWN);
        assert_int_equal(rtp(&rig, OTHER, i * 40 * MS), OC_FF_RTP_FOREIGN);
        assert_int_equal(rtp(&rig, OTHER, i * 40 * MS), OC_FF_RTP_FOREIGN);
        assert_int_equal(rtp(&rig, THIRD, i * 40 * MS), OC_FF_RTP_FOREIGN);
    }
}

static void an_announced_source_is_the_session_before_it_speaks(void **state) {
    rig_t rig = {0};
    oc_ff_rtp_announce(&rig.session, OWN);
    for (int i = 0; i < 10; i++)
        assert_int_equal(rtp(&rig, OTHER, i * 40 * MS), OC_FF_RTP_FOREIGN);
    assert_int_equal(rtp(&rig, OWN, 410 * MS), OC_FF_RTP_OWN);
    for (int i = 11; i < 60; i++)
        assert_int_equal(rtp(&rig, OTHER, i * 40 * MS), OC_FF_RTP_FOREIGN);
}

static void a_wrong_announcement_costs_half_a_second(void **state) {
    rig_t rig = {0};
    int lost = 0;
    oc_ff_rtp_announce(&rig.session, THIRD);
    while (rtp(&rig, OWN, lost * 40 * MS) == OC_FF_RTP_FOREIGN)
        lost++;
    assert_in_range(lost * 40 * MS, OC_FF_RTP_UNHEARD_US, OC_FF_RTP_UNHEARD_US + 40 * MS);
    assert_int_equal(rtp(&rig, OWN, lost * 40 * MS), OC_FF_RTP_OWN);
    assert_int_equal(rtp(&rig, OTHER, lost * 40 * MS), OC_FF_RTP_FOREIGN);
}

static void a_source_that_is_outlasted_is_over(void **state) {
    rig_t rig = {0};
    int64_t now_us = 0;
    for (int i = 0; i < 10; i++)
        rtp(&rig, OWN, now_us = i * 40 * MS);
    int64_t silent_us = now_us += 60 * 1000 * MS; /* a pause of everybody is nobody's end */
    assert_int_equal(rtp(&rig, OTHER, now_us), OC_FF_RTP_FOREIGN);
    while (rtp(&rig, OTHER, now_us += 40 * MS) == OC_FF_RTP_FOREIGN)
        assert_true(now_us - silent_us < OC_FF_RTP_SILENT_US);
    assert_in_range(now_us - silent_us, OC_FF_RTP_SILENT_US, OC_FF_RTP_SILENT_US + 40 * MS);
    assert_int_equal(rtp(&rig, OTHER, now_us), OC_FF_RTP_CHANGED); /* until it is set up again */
    assert_int_equal(rtp(&rig, OWN, now_us), OC_FF_RTP_OWN);
    assert_int_equal(rtp(&rig, OTHER, now_us), OC_FF_RTP_FOREIGN);
}

static void strays_are_no_source(void **state) {
    rig_t rig = {0};
    rtp(&rig, OWN, 0);
    for (int i = 1; i < 200; i++) { /* never two in sequence */
        rig.seq[1] = (uint16_t)(i * 100);
        assert_int_equal(rtp(&rig, OTHER, i * 100 * MS), OC_FF_RTP_FOREIGN);
    }
    assert_int_equal(rtp(&rig, OTHER, 30 * 1000 * MS), OC_FF_RTP_CHANGED);
}

static void a_third_does_not_hold_up_the_second(void **state) {
    rig_t rig = {0};
    bool changed = false;
    rtp(&rig, OWN, 0);
    for (int i = 1; i < 60 && !changed; i++) { /* one by one */
        changed = rtp(&rig, OTHER, i * 40 * MS) == OC_FF_RTP_CHANGED;
        changed |= rtp(&rig, THIRD, i * 40 * MS) == OC_FF_RTP_CHANGED;
    }
    assert_true(changed);
    changed = false;
    rtp(&rig, OWN, 10 * 1000 * MS);
    rtp(&rig, THIRD, 10 * 1000 * MS); /* valid, and gone */
    rtp(&rig, THIRD, 10 * 1000 * MS);
    for (int i = 1; i < 110 && !changed; i++)
        changed = rtp(&rig, OTHER, (10 * 1000 + i * 40) * MS) == OC_FF_RTP_CHANGED;
    assert_true(changed);
}

static void rtcp_of_others_is_no_rtcp_of_the_session(void **state) {
    rig_t rig = {0};
    assert_int_equal(rtcp(&rig, OTHER, 202), OC_FF_RTP_OWN); /* nothing is known yet */
    assert_int_equal(rtcp(&rig, OTHER, 203), OC_FF_RTP_CONTROL);
    rtp(&rig, OWN, 0);
    assert_int_equal(rtcp(&rig, OWN, 203), OC_FF_RTP_OWN);
    assert_int_equal(rtcp(&rig, OTHER, 203), OC_FF_RTP_CONTROL);
    assert_int_equal(rtcp(&rig, OTHER, 202), OC_FF_RTP_CONTROL);
}

static void what_is_no_rtp_is_left_to_ffmpeg(void **state) {
    uint8_t packet[16];
    rig_t rig = {0};
    rtp(&rig, OWN, 0);
    make_rtp(packet, OTHER, 1);
    for (size_t len = 0; len < 12; len++)
        assert_int_equal(oc_ff_rtp_judge(&rig.session, oc_span(packet, len), 0), OC_FF_RTP_OWN);
    packet[0] = 0x40;
    assert_int_equal(oc_ff_rtp_judge(&rig.session, oc_span(packet, 16), 0), OC_FF_RTP_OWN);
}

/* ---- a connection ---- */

static oc_ff_rtsp_t rtsp;

typedef struct {
    uint8_t bytes[200000];
    size_t len;
} text_t;

static void add(text_t *text, const void *bytes, size_t len) {
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
}

static void say(text_t *text, const char *line) {
    add(text, line, strlen(line));
}

static void add_frame(text_t *text, uint8_t channel, uint32_t ssrc, uint16_t seq) {
    uint8_t frame[20] = {'$', channel, 0, 16};
    make_rtp(frame + 4, ssrc, seq);
    add(text, frame, sizeof(frame));
}

/* Hands over `in` in pieces of `step` bytes; out: what FFmpeg gets, `take` bytes at most at once.
 */
static void pass(const text_t *in, size_t step, size_t take, text_t *out) {
    size_t done = 0, size, n;
    out->len = 0;
    while (done < in->len) {
        uint8_t *room = oc_ff_rtsp_room(&rtsp, &size);
        n = in->len - done < step ? in->len - done : step;
        n = n < size ? n : size;
        assert_true(n > 0);
        memcpy(room, in->bytes + done, n);
        done += n;
        oc_ff_rtsp_put(&rtsp, n, 0);
        while ((n = oc_ff_rtsp_take(&rtsp, out->bytes + out->len, take)) > 0)
            out->len += n;
    }
}

static const struct {
    size_t step, take;
} ways[] = {{1, 1}, {3, 70000}, {17, 1}, {1460, 3}, {200000, 70000}};

static void assert_passes(const text_t *in, const text_t *expected, uint32_t foreign) {
    static text_t out;
    for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
        oc_ff_rtsp_begin(&rtsp);
        pass(in, ways[i].step, ways[i].take, &out);
        assert_int_equal(out.len, expected->len);
        assert_memory_equal(out.bytes, expected->bytes, out.len);
        assert_int_equal(rtsp.foreign, foreign);
    }
}

#define SETUP0 "RTSP/1.0 200 OK\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n"
#define SETUP2 "RTSP/1.0 200 OK\r\ntransport:RTP/AVP/TCP;Interleaved=2-3;SSRC=33333333\r\n\r\n"

static void frames_of_others_are_taken_out(void **state) {
    static text_t in, out;
    in.len = out.len = 0;
    say(&in, SETUP0 SETUP2);
    say(&out, SETUP0 SETUP2);
    for (uint16_t i = 0; i < 50; i++) {
        add_frame(&in, 0, OWN, i);
        add_frame(&out, 0, OWN, i);
        add_frame(&in, 0, OTHER, i);
        add_frame(&in, 2, OWN, i); /* another session, whose source is announced */
        add_frame(&in, 2, THIRD, i);
        add_frame(&out, 2, THIRD, i);
        add_frame(&in, 6, (uint32_t)i << 16, i); /* of no session */
        add_frame(&out, 6, (uint32_t)i << 16, i);
    }
    assert_passes(&in, &out, 100);
}

static void control_of_others_is_taken_out_and_no_packet_lost(void **state) {
    static text_t in, out;
    uint8_t frame[20] = {'$', 1, 0, 16};
    in.len = out.len = 0;
    say(&in, SETUP0);
    add_frame(&in, 0, OWN, 1);
    add(&out, in.bytes, in.len);
    make_rtcp(frame + 4, OTHER, 203);
    add(&in, frame, sizeof(frame));
    make_rtcp(frame + 4, OWN, 202);
    add(&in, frame, sizeof(frame));
    add(&out, frame, sizeof(frame));
    assert_passes(&in, &out, 0);
}

static void messages_pass_whatever_is_in_them(void **state) {
    static text_t in, out;
    static uint8_t frame[4 + 65535] = {'$', 9, 0xFF, 0xFF};
    static char length[5000];
    memset(length, 'a', sizeof(length));
    in.len = out.len = 0;
    say(&in, SETUP0);
    add_frame(&in, 0, OWN, 1);
    say(&in, "RTSP/1.0 200 OK\r\nContent-Length: 24\r\n\r\n");
    add_frame(&in, 0, OTHER, 2); /* its body */
    say(&in, "\r\n\r\n");
    say(&in, "ANNOUNCE rtsp://x RTSP/1.0\n"); /* a line may begin with a frame, and have no end */
    add_frame(&in, 0, OWN, 2);
    add(&in, length, sizeof(length));
    say(&in, "\r\n\r\n");
    add(&in, frame, sizeof(frame));
    say(&in, "$\1");
    add(&in, "\0\7", 2); /* too short for FFmpeg: a line begins behind it */
    add_frame(&in, 0, OWN, 3);
    add(&out, in.bytes, in.len);
    add_frame(&in, 0, OTHER, 2);
    say(&in, SETUP2);
    say(&out, SETUP2);
    assert_passes(&in, &out, 1);
}

static void an_announcement_of_zero_is_none(void **state) {
    static text_t in, out;
    static const char *const ways_to_say[] = {";ssrc=00000000", "", ";ssrc=", ";ssrc=zz"};
    for (size_t i = 0; i < sizeof(ways_to_say) / sizeof(*ways_to_say); i++) {
        in.len = out.len = 0;
        say(&in, "RTSP/1.0 200 OK\r\nTransport: RTP/AVP/TCP;interleaved=0-1");
        say(&in, ways_to_say[i]);
        say(&in, ",RTP/AVP;client_port=1-2;ssrc=99999999\r\n\r\n");
        add_frame(&in, 0, OWN, 1);
        add(&out, in.bytes, in.len);
        assert_passes(&in, &out, 0);
    }
}

static void datagrams_are_judged_by_their_port(void **state) {
    static text_t in, out;
    uint8_t packet[16];
    in.len = 0;
    say(&in, "RTSP/1.0 200 OK\r\nTransport: RTP/AVP;client_port=5000-5001;ssrc=11111111\r\n\r\n");
    oc_ff_rtsp_begin(&rtsp);
    pass(&in, 1000, 1000, &out);
    make_rtp(packet, OTHER, 1);
    assert_false(oc_ff_rtsp_datagram(&rtsp, 5000, oc_span(packet, 16), 0));
    assert_true(oc_ff_rtsp_datagram(&rtsp, 5002, oc_span(packet, 16), 0)); /* not announced */
    assert_true(oc_ff_rtsp_datagram(&rtsp, 0, oc_span(packet, 16), 0));    /* not known */
    make_rtcp(packet, OTHER, 203);
    assert_false(oc_ff_rtsp_datagram(&rtsp, 5001, oc_span(packet, 16), 0));
    assert_true(oc_ff_rtsp_datagram(&rtsp, 5003, oc_span(packet, 16), 0));
    make_rtp(packet, OWN, 1);
    assert_true(oc_ff_rtsp_datagram(&rtsp, 5000, oc_span(packet, 16), 0));
    assert_false(oc_ff_rtsp_datagram(&rtsp, 5002, oc_span(packet, 16), 0));
    assert_int_equal(rtsp.foreign, 2);
    assert_false(rtsp.changed);
}

static void sessions_have_a_bound(void **state) {
    uint8_t packet[16];
    oc_ff_rtsp_begin(&rtsp);
    for (uint16_t i = 0; i < 200; i++) {
        make_rtp(packet, OWN, 1);
        assert_true(oc_ff_rtsp_datagram(&rtsp, 2000 + 2 * i, oc_span(packet, 16), 0));
    }
    assert_int_equal(rtsp.sessions, OC_FF_RTSP_SESSIONS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_source_is_the_session),
        cmocka_unit_test(an_announced_source_is_the_session_before_it_speaks),
        cmocka_unit_test(a_wrong_announcement_costs_half_a_second),
        cmocka_unit_test(a_source_that_is_outlasted_is_over),
        cmocka_unit_test(strays_are_no_source),
        cmocka_unit_test(a_third_does_not_hold_up_the_second),
        cmocka_unit_test(rtcp_of_others_is_no_rtcp_of_the_session),
        cmocka_unit_test(what_is_no_rtp_is_left_to_ffmpeg),
        cmocka_unit_test(frames_of_others_are_taken_out),
        cmocka_unit_test(control_of_others_is_taken_out_and_no_packet_lost),
        cmocka_unit_test(messages_pass_whatever_is_in_them),
        cmocka_unit_test(an_announcement_of_zero_is_none),
        cmocka_unit_test(datagrams_are_judged_by_their_port),
        cmocka_unit_test(sessions_have_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
