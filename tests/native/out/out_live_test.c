/* Live segments from the ring, and their playlists against an independent reader of RFC 8216. */
#include "cmocka_first.h"
#include "m3u8_check.h"
#include "record_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include "oc_err.h"
#include "oc_out_live.h"
#include "oc_playlist.h"

#define SECOND INT64_C(1000000)

typedef struct watch {
    rig_t rig;
    oc_out_live_t *live;
    m3u8_t list;
    bool has_list;
    uint32_t fetched;  /* number of the newest segment fetched and looked at */
    uint64_t samples;  /* in the segments fetched */
    uint64_t missing;  /* logged packets between them */
    uint64_t next_log; /* where the search in the log goes on */
    uint64_t outside;  /* payload spans that are not in the ring */
} watch_t;

static uint8_t heads[OC_FMP4_HEAD_MAX(OC_FMP4_PACKETS_MAX)];
static oc_span_t spans[OC_FMP4_PACKETS_MAX + 1];

static void watch_open(watch_t *w, const rig_source_t *source, uint32_t ring_ms,
                       uint32_t target_ms) {
    memset(w, 0, sizeof *w);
    rig_open(&w->rig, source, ring_ms, 1);
    w->live = malloc(oc_out_live_bytes());
    assert_non_null(w->live);
    assert_int_equal(oc_out_live_init(w->live, w->rig.ring, target_ms), OC_OK);
}

static void watch_close(watch_t *w) {
    oc_out_live_close(w->live);
    oc_out_live_close(w->live);
    free(w->live);
    rig_close(&w->rig);
}

static int segment(watch_t *w, uint32_t number, oc_fmp4_fragment_t *out) {
    *out = (oc_fmp4_fragment_t){.head = heads,
                                .head_size = sizeof heads,
                                .spans = spans,
                                .spans_size = OC_FMP4_PACKETS_MAX + 1};
    return oc_out_live_segment(w->live, number, out);
}

/* Bytes of init segment and segment, as a player puts them together. */
static oc_span_t assemble(watch_t *w, const m3u8_segment_t *listed) {
    static uint8_t file[4 * 1024 * 1024];
    oc_fmp4_fragment_t fragment;
    unsigned init, number;
    assert_int_equal(sscanf(listed->map, "i%u.mp4", &init), 1);
    assert_int_equal(sscanf(listed->uri, "s%u.m4s", &number), 1);
    assert_int_equal(number, listed->sequence);
    int len = oc_out_live_init_segment(w->live, init, file, OC_FMP4_INIT_MAX);
    assert_true(len > 0);
    assert_int_equal(segment(w, number, &fragment), OC_OK);
    size_t at = (size_t)len;
    const uint8_t *ring = w->rig.ring_memory;
    for (size_t i = 0; i < fragment.spans_len; i++) {
        bool head =
            fragment.spans[i].data >= heads && fragment.spans[i].data < heads + sizeof heads;
        bool inside = fragment.spans[i].data >= ring &&
                      fragment.spans[i].data < ring + w->rig.ring_size.total_bytes;
        w->outside += !head && !inside;
        assert_true(at + fragment.spans[i].len <= sizeof file);
        memcpy(file + at, fragment.spans[i].data, fragment.spans[i].len);
        at += fragment.spans[i].len;
    }
    assert_int_equal(at, (size_t)len + fragment.bytes);
    return oc_span(file, at);
}

static int read_span(void *context, uint64_t offset, void *buffer, size_t len) {
    const oc_span_t *s = context;
    if (offset > s->len || len > s->len - offset)
        return OC_ERR_TRUNC;
    memcpy(buffer, s->data + offset, len);
    return OC_OK;
}

/* Every sample of the segment is the next logged packet of its track, byte for byte. */
static void play(watch_t *w, const m3u8_segment_t *listed) {
    static _Alignas(16) uint8_t memory[OC_MP4_READ_BYTES];
    static uint64_t next[OC_TRACKS_MAX];
    oc_span_t file = assemble(w, listed);
    oc_mp4_source_t source = {read_span, &file, file.len};
    oc_mp4_read_t *reader;
    oc_mp4_sample_t sample;
    char why[200] = "";
    bool first = true;
    if (w->fetched == 0)
        next[0] = next[1] = 0;
    if (oc_mp4_read_open(&reader, memory, &source, why, sizeof why) != OC_OK)
        fail_msg("%s: %s", listed->uri, why);
    while (oc_mp4_read_next(reader, &sample) == OC_OK) {
        unsigned t = sample.track;
        uint64_t at = next[t];
        while (at < w->rig.log_len &&
               (w->rig.log[at].packet.track != t || w->rig.log[at].packet.dts != sample.dts)) {
            w->missing += w->samples > 0 && w->rig.log[at].packet.track == t && at >= next[t];
            at++;
        }
        assert_true(at < w->rig.log_len);
        assert_int_equal(w->rig.log[at].packet.len_bytes, sample.len_bytes);
        uint64_t hash = 0xCBF29CE484222325u;
        for (uint32_t i = 0; i < sample.len_bytes; i++)
            hash = (hash ^ file.data[sample.offset + i]) * 0x100000001B3u;
        assert_true(hash == w->rig.log[at].hash);
        if (first && t == 0)
            assert_true(sample.key);
        first = false;
        next[t] = at + 1;
        w->samples++;
    }
    w->fetched = (uint32_t)listed->sequence;
}

/* Fetches the playlist as a player does; false = none yet. */
static bool reload(watch_t *w) {
    char text[OC_OUT_LIVE_PLAYLIST_MAX];
    int len = oc_out_live_playlist(w->live, &w->rig.clock, text, sizeof text);
    if (len == OC_AGAIN)
        return false;
    assert_true(len > 0);
    m3u8_t list;
    const char *why = m3u8_read(text, (size_t)len, &list);
    if (!why && w->has_list)
        why = m3u8_follows(&w->list, &list);
    if (why)
        fail_msg("%s:\n%.*s", why, len, text);
    w->list = list;
    w->has_list = true;
    return true;
}

/* Lets time go by in steps of 100 ms; the player fetches the list and each new segment. */
static void watch_run(watch_t *w, int64_t us) {
    for (int64_t t = 0; t < us; t += 100000) {
        rig_run(&w->rig, 100000);
        oc_out_live_advance(w->live);
        if (!reload(w))
            continue;
        for (size_t i = 0; i < w->list.len; i++) {
            oc_fmp4_fragment_t fragment;
            assert_int_equal(segment(w, (uint32_t)w->list.segment[i].sequence, &fragment), OC_OK);
            if (w->list.segment[i].sequence > w->fetched)
                play(w, &w->list.segment[i]);
        }
    }
}

static void test_plays_everything(void **state) {
    watch_t w;
    watch_open(&w, &rig_default_source, 12000, 1000);
    watch_run(&w, 30 * SECOND);
    assert_int_equal(w.missing, 0);
    assert_int_equal(w.outside, 0);
    assert_true(w.fetched >= 28);
    assert_true(w.list.len >= 4 && w.list.len <= OC_OUT_LIVE_SEGMENTS);
    assert_int_equal(w.list.target_s, 1);
    assert_true(w.samples > 28 * (30 + 46));
    watch_close(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plays_everything),
    };
    return cmocka_run_group_tests_name("out_live", tests, NULL, NULL);
}
