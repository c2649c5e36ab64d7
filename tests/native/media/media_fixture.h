/* What the tests of media/ share: tracks of every codec with real configurations, packets with
 * payloads that can be told apart, and a file in memory that the reader can read. */
#ifndef MEDIA_FIXTURE_H
#define MEDIA_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_fmp4.h"
#include "oc_mp4_read.h"

/* Parameter sets of x264 and x265: 1920x1080 after cropping. */
static const uint8_t fixture_sps[] = {
    0x67, 0x64, 0x00, 0x28, 0xac, 0xd9, 0x40, 0x78, 0x02, 0x27, 0xe5, 0xff, 0xc0, 0x02, 0x40, 0x04,
    0x04, 0x00, 0x00, 0x03, 0x00, 0x04, 0x00, 0x00, 0x03, 0x00, 0xc8, 0x3c, 0x60, 0xc6, 0x58};
static const uint8_t fixture_pps[] = {0x68, 0xef, 0xbc, 0xb0};
static const uint8_t fixture_hevc_vps[] = {0x40, 0x01, 0x0c, 0x01, 0xff, 0xff, 0x01, 0x60,
                                           0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03,
                                           0x00, 0x00, 0x03, 0x00, 0x78, 0x95, 0x98, 0x09};
static const uint8_t fixture_hevc_sps[] = {
    0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03,
    0x00, 0x78, 0xa0, 0x03, 0xc0, 0x80, 0x10, 0xe5, 0x96, 0x56, 0x69, 0x24, 0xca, 0xff, 0xf0, 0x00,
    0x90, 0x01, 0x06, 0x80, 0x80, 0x00, 0x00, 0x03, 0x00, 0x80, 0x00, 0x00, 0x0c, 0x84};
static const uint8_t fixture_hevc_pps[] = {0x44, 0x01, 0xc1, 0x72, 0xb4, 0x62, 0x40};

#define SPAN(array) oc_span(array, sizeof(array))

static inline oc_track_t fixture_track(oc_codec_t codec) {
    static const uint8_t avcc[] = {1, 0x64, 0, 0x28, 0xFF, 0xE1, 0,    4,    0x67, 0x64, 0x00, 0x28,
                                   1, 0,    4, 0x68, 0xef, 0xbc, 0xb0, 0xFD, 0xF8, 0xF8, 0};
    static const uint8_t hvcc[] = {1,    1,    0x60, 0,    0,    0,    0x90, 0, 0, 0,    0, 0,
                                   0x78, 0xF0, 0,    0xFC, 0xFD, 0xF8, 0xF8, 0, 0, 0x0F, 0};
    static const uint8_t asc[] = {0x12, 0x10}; /* AAC-LC, 44100 Hz, 2 channels */
    static const uint8_t dops[] = {0, 2, 1, 0x38, 0, 0, 0xbb, 0x80, 0, 0, 0};
    oc_track_t t = {.codec = codec};
    const void *config = NULL;
    if (oc_codec_is_video(codec)) {
        t.timescale = 30000;
        t.width = 1920;
        t.height = 1080;
    } else {
        t.timescale = t.sample_rate = codec == OC_CODEC_AAC    ? 44100
                                      : codec == OC_CODEC_OPUS ? 48000
                                                               : 8000;
        t.channels = codec == OC_CODEC_AAC || codec == OC_CODEC_OPUS ? 2 : 1;
    }
    if (codec == OC_CODEC_H264) {
        config = avcc;
        t.config_len = sizeof avcc;
    } else if (codec == OC_CODEC_H265) {
        config = hvcc;
        t.config_len = sizeof hvcc;
    } else if (codec == OC_CODEC_AAC) {
        config = asc;
        t.config_len = sizeof asc;
    } else if (codec == OC_CODEC_OPUS) {
        config = dops;
        t.config_len = sizeof dops;
    }
    if (config)
        memcpy(t.config, config, t.config_len);
    return t;
}

/* A file in memory; `limit` cuts it off for the reader. */
typedef struct fixture_file {
    uint8_t *data;
    size_t len, room;
    uint64_t reads, read_bytes; /* counters */
} fixture_file_t;

static inline void fixture_put(fixture_file_t *f, const void *data, size_t len) {
    if (f->room - f->len < len) {
        f->room = (f->len + len) * 2;
        f->data = (uint8_t *)realloc(f->data, f->room);
        assert_non_null(f->data);
    }
    memcpy(f->data + f->len, data, len);
    f->len += len;
}

static inline int fixture_read_at(void *context, uint64_t offset, void *buffer, size_t len) {
    fixture_file_t *f = (fixture_file_t *)context;
    f->reads++;
    f->read_bytes += len;
    if (offset > f->len || len > f->len - offset)
        return OC_ERR_TRUNC;
    memcpy(buffer, f->data + offset, len);
    return OC_OK;
}

static inline oc_mp4_source_t fixture_source(fixture_file_t *f) {
    return (oc_mp4_source_t){fixture_read_at, f, f->len};
}

/* A reader in memory of exactly the promised size, so that a sanitizer sees it being exceeded. */
static inline oc_mp4_read_t *fixture_open(fixture_file_t *f, void **memory) {
    char why[96];
    oc_mp4_read_t *reader = NULL;
    oc_mp4_source_t source = fixture_source(f);
    *memory = aligned_alloc(16, OC_MP4_READ_BYTES);
    int rc = oc_mp4_read_open(&reader, *memory, &source, why, sizeof why);
    if (rc)
        fail_msg("open: %s: %s", oc_err_text(rc), why);
    return reader;
}

static inline void fixture_init_segment(fixture_file_t *f, const oc_fmp4_t *mux) {
    uint8_t init[OC_FMP4_INIT_MAX];
    int len = oc_fmp4_init_segment(mux, init, sizeof init);
    assert_true(len > 0);
    fixture_put(f, init, (size_t)len);
}

/* Appends one fragment; returns what oc_fmp4_fragment said. */
static inline int fixture_fragment(fixture_file_t *f, oc_fmp4_t *mux, const oc_packet_t *packets,
                                   size_t n, const int64_t *next_dts) {
    static uint8_t head[OC_FMP4_HEAD_MAX(OC_FMP4_PACKETS_MAX)];
    static oc_span_t spans[OC_FMP4_PACKETS_MAX + 1];
    oc_fmp4_fragment_t out = {
        .head = head, .head_size = OC_FMP4_HEAD_MAX(n), .spans = spans, .spans_size = n + 1};
    int rc = oc_fmp4_fragment(mux, packets, n, next_dts, &out);
    for (size_t i = 0; rc == OC_OK && i < out.spans_len; i++)
        fixture_put(f, out.spans[i].data, out.spans[i].len);
    return rc;
}

/* xorshift: the same numbers in every run. */
static inline uint32_t fixture_random(uint64_t *s) {
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return (uint32_t)(*s >> 16);
}

#endif
