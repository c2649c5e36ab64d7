/* oc_watch_fragments on any messages: no sample lies outside of what came, and what was read is not
 * held. Input: messages of a byte of kind, two of length (big-endian), and their bytes; kind 0 is a
 * text. */
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_fmp4.h"
#include "oc_span.h"
#include "oc_watch_fragments.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size);

static void must(bool holds) {
    if (!holds)
        abort();
}

/* Every byte of a sample is read. */
static unsigned sum(const oc_watch_sample_t *sample) {
    unsigned all = 0;
    for (uint32_t i = 0; i < sample->mp4.len_bytes; i++)
        all += sample->data[i];
    return all;
}

static int drain(oc_watch_fragments_t *fragments, size_t size) {
    oc_watch_sample_t sample;
    size_t left = 2 * size + 2; /* a sample has a byte of its own */
    int rc;
    while ((rc = oc_watch_fragments_next(fragments, &sample)) == OC_OK) {
        must(left-- > 0);
        must(sample.mp4.track < OC_TRACKS_MAX && sample.mp4.len_bytes <= size);
        must(oc_watch_fragments_track(fragments, sample.mp4.track) != NULL);
        must(sum(&sample) != UINT32_MAX);
    }
    must(rc == OC_AGAIN || rc == OC_ERR_FORMAT);
    must(fragments->len <= size);
    return rc;
}

static int give(oc_watch_fragments_t *fragments, oc_span_t message) {
    uint8_t *room = oc_watch_fragments_room(fragments, message.len);
    if (!room)
        return OC_ERR_TOO_BIG;
    if (message.len)
        memcpy(room, message.data, message.len);
    return oc_watch_fragments_came(fragments, message.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    oc_watch_fragments_t fragments;
    oc_rd_t rd = oc_rd(oc_span(data, size));
    if (oc_watch_fragments_init(&fragments) != OC_OK)
        return 0;
    for (int rc = OC_AGAIN; rc == OC_AGAIN && oc_rd_left(&rd) > 3;) {
        bool text = oc_rd_u8(&rd) == 0;
        size_t len = (size_t)oc_rd_be(&rd, 2), left = oc_rd_left(&rd);
        oc_span_t message =
            oc_span(oc_rd_bytes(&rd, len < left ? len : left), len < left ? len : left);
        if (text)
            oc_watch_fragments_text(&fragments);
        else if (give(&fragments, message) == OC_OK)
            rc = drain(&fragments, size);
        else
            rc = OC_ERR_FORMAT;
    }
    oc_watch_fragments_deinit(&fragments);
    return 0;
}

/* ---- the seed: what a camera sends ---- */

static const uint8_t payload[700];

static void put_message(oc_wr_t *w, bool text, const oc_span_t *spans, size_t count) {
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += spans[i].len;
    oc_wr_u8(w, !text);
    oc_wr_u16(w, (uint16_t)len);
    for (size_t i = 0; i < count; i++)
        oc_wr_bytes(w, spans[i].data, spans[i].len);
}

static void put_packets(oc_wr_t *w, oc_fmp4_t *mux) {
    uint8_t head[OC_FMP4_HEAD_MAX(1)];
    oc_span_t spans[2];
    for (int i = 0; i < 6; i++) {
        bool audio = i % 2;
        oc_packet_t packet = {.data = payload,
                              .len_bytes = audio ? 160 : sizeof payload,
                              .dts = audio ? i * 80 : i * 1800,
                              .duration = audio ? 160 : 3600,
                              .track = audio,
                              .key = true};
        oc_fmp4_fragment_t fragment = {
            .head = head, .head_size = sizeof head, .spans = spans, .spans_size = 2};
        if (oc_fmp4_fragment(mux, &packet, 1, NULL, &fragment) == OC_OK)
            put_message(w, false, spans, fragment.spans_len);
    }
}

size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size) {
    static const oc_track_t tracks[OC_TRACKS_MAX] = {
        {.codec = OC_CODEC_MJPEG, .timescale = 90000, .width = 64, .height = 48},
        {.codec = OC_CODEC_PCMA, .timescale = 8000, .sample_rate = 8000, .channels = 1}};
    uint8_t init[OC_FMP4_INIT_MAX];
    oc_fmp4_t mux;
    oc_wr_t w = oc_wr(out, size);
    if (index > 0 || oc_fmp4_init(&mux, tracks, NULL) != OC_OK)
        return 0;
    int len = oc_fmp4_init_segment(&mux, init, sizeof init);
    oc_span_t whole = oc_span(init, len > 0 ? (size_t)len : 0);
    put_message(&w, true, NULL, 0);
    put_message(&w, false, &whole, 1);
    put_packets(&w, &mux);
    return w.bad ? 0 : oc_wr_len(&w);
}
