/* live_watch - see the header. */
#include "live_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include "oc_err.h"

uint32_t watch_part_ms;

static uint8_t heads[OC_FMP4_HEAD_MAX(OC_FMP4_PACKETS_MAX)];
static oc_span_t spans[OC_FMP4_PACKETS_MAX + 1];

void watch_open(watch_t *w, const rig_source_t *source, uint32_t ring_ms, uint32_t target_ms) {
    memset(w, 0, sizeof *w);
    w->step_us = 100000;
    w->part_ms = watch_part_ms;
    record_rig_open(&w->rig, source, ring_ms, 1);
    w->live = malloc(oc_out_live_bytes());
    assert_non_null(w->live);
    assert_int_equal(oc_out_live_init(w->live, w->rig.ring, target_ms, w->part_ms, 1), OC_OK);
    w->reader = oc_ring_open(w->rig.ring, OC_RING_OLDEST, 0, OC_RING_TO_NEWEST);
}

void watch_take(watch_t *w) {
    oc_packet_t packet;
    for (;;) {
        int rc = oc_ring_peek(w->rig.ring, w->reader, 0, &packet);
        if (rc == OC_GAP) {
            oc_out_live_gap(w->live);
            continue;
        }
        if (rc != OC_OK)
            return;
        oc_out_live_packet(w->live, oc_ring_position(w->rig.ring, w->reader), &packet);
        oc_ring_advance(w->rig.ring, w->reader, 1);
    }
}

void watch_close(watch_t *w) {
    free(w->live);
    record_rig_close(&w->rig);
}

int watch_segment(watch_t *w, uint32_t number, int64_t index, oc_fmp4_fragment_t *out) {
    *out = (oc_fmp4_fragment_t){.head = heads,
                                .head_size = sizeof heads,
                                .spans = spans,
                                .spans_size = OC_FMP4_PACKETS_MAX + 1};
    return index < 0 ? oc_out_live_segment(w->live, number, out)
                     : oc_out_live_part(w->live, number, (uint32_t)index, out);
}

int watch_text(watch_t *w, bool plain, bool skip, char *text, size_t size) {
    return oc_out_live_playlist(
        w->live, &(oc_out_live_request_t){.clock = &w->rig.clock, .plain = plain, .skip = skip},
        text, size);
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
    assert_int_equal(watch_segment(w, number, -1, &fragment), OC_OK);
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
        w->heads += first && t == (w->rig.source.video ? 0 : 1) && !sample.key;
        first = false;
        next[t] = at + 1;
        w->samples++;
    }
    w->fetched = (uint32_t)listed->sequence;
}

/* Fetches the playlist as a player does; false = none yet. */
bool watch_reload(watch_t *w) {
    char text[OC_OUT_LIVE_PLAYLIST_MAX];
    int len = watch_text(w, false, false, text, sizeof text);
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

/* What was on a list at most one target duration ago can be fetched (section 6.2.2). */
static void check_kept(watch_t *w) {
    oc_fmp4_fragment_t fragment;
    uint32_t last = (uint32_t)(w->list.media_sequence + w->list.len - 1);
    for (size_t i = 0; i < w->list.len; i++)
        w->listed_at[w->list.segment[i].sequence % 1024] = w->rig.now_us;
    for (uint32_t n = last > 20 ? last - 20 : 1; n <= last; n++)
        if (w->rig.now_us - w->listed_at[n % 1024] <= (int64_t)w->list.target_s * SECOND)
            assert_int_equal(watch_segment(w, n, -1, &fragment), OC_OK);
}

/* Lets time go by; the player fetches the list and each new segment. */
void watch_run(watch_t *w, int64_t us) {
    for (int64_t t = 0; t < us; t += w->step_us) {
        record_rig_run(&w->rig, w->step_us);
        watch_take(w);
        if (!watch_reload(w))
            continue;
        if (!w->too_small)
            check_kept(w);
        for (size_t i = 0; i < w->list.len; i++)
            if (w->list.segment[i].sequence > w->fetched)
                play(w, &w->list.segment[i]);
    }
}
