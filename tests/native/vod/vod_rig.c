#include "vod_rig.h"

#include <stdio.h>

#define HALF 15000 /* ticks of a picture's clock in half a second */

uint32_t rig_payload(unsigned file, unsigned track, uint64_t n, bool key, uint8_t *out) {
    uint32_t len = track ? 40 + (uint32_t)(n % 5) : key ? 900 : 100 + (uint32_t)(n % 37);
    for (uint32_t i = 0; i < len; i++)
        out[i] = (uint8_t)(file * 91 + track * 57 + n * 13 + (n >> 8) * 7 + i * 3);
    return len;
}

static void put_u32(fixture_file_t *f, uint32_t v) {
    const uint8_t bytes[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
                              (uint8_t)v};
    fixture_put(f, bytes, 4);
}

static void put_check(fixture_file_t *f) {
    put_u32(f, 32);
    fixture_put(f, "free", 4);
    for (unsigned i = 0; i < 6; i++)
        put_u32(f, 0x4F436300 + i);
}

/* Writes the fragments of a file; false behind the last one. */
static void write_fragments(rig_t *rig, unsigned which, const rig_config_t *config, oc_fmp4_t *mux,
                            oc_key_table_t *table) {
    static uint8_t bytes[64][1024];
    fixture_file_t *f = &rig->file[which];
    uint64_t picture = 0, sound = 0, pictures = (uint64_t)config->seconds * RIG_FPS;
    while (picture < pictures) {
        oc_packet_t row[64];
        unsigned n = 0;
        int64_t begin = (int64_t)picture * RIG_PICTURE;
        uint64_t at = f->len;
        put_check(f);
        while (picture < pictures && n < 30) {
            int64_t dts = (int64_t)picture * RIG_PICTURE;
            bool key = picture % config->gop == 0;
            if (dts - begin >= HALF || (n > 0 && key && dts - begin >= HALF / 2))
                break;
            uint32_t len = rig_payload(which, 0, picture, key, bytes[n]);
            int64_t cts = config->reordered ? RIG_PICTURE * (int64_t)(1 + picture % 2) : 0;
            if (config->cut)
                cts = picture % 3 == 0 ? 3 * RIG_PICTURE : 0;
            row[n] = (oc_packet_t){.data = bytes[n],
                                   .len_bytes = len,
                                   .dts = dts,
                                   .cts = (int32_t)cts,
                                   .duration = RIG_PICTURE,
                                   .key = key};
            n++;
            if (key)
                (void)oc_key_table_append(table, (uint64_t)(dts + cts + 15) / 30, at);
            picture++;
        }
        while (!config->silent &&
               sound * RIG_SOUND * 30000 < picture * RIG_PICTURE * UINT64_C(44100)) {
            uint32_t len = rig_payload(which, 1, sound, true, bytes[n]);
            row[n] = (oc_packet_t){.data = bytes[n],
                                   .len_bytes = len,
                                   .track = 1,
                                   .key = true,
                                   .dts = (int64_t)sound * RIG_SOUND + 441,
                                   .duration = RIG_SOUND};
            n++;
            sound++;
        }
        assert_int_equal(fixture_fragment(f, mux, row, n, NULL), OC_OK);
        if (!(config->open && picture == pictures))
            rig->whole[which] = f->len;
    }
}

static int open_file(void *context, uint32_t index, oc_mp4_source_t *out, oc_span_t *keys) {
    rig_t *rig = context;
    if (rig->error[index] != OC_OK)
        return rig->error[index];
    if (rig->gone[index])
        return OC_ERR_NOENT;
    rig->opened++;
    if (keys)
        *keys = rig->key[index];
    *out = fixture_source(&rig->file[index]);
    out->size = rig->entry[index].bytes;
    return OC_OK;
}

static void close_file(void *context, uint32_t index, oc_mp4_source_t *source) {
    ((rig_t *)context)->closed++;
}

void rig_add(rig_t *rig, const rig_config_t *config) {
    unsigned which = rig->span.count++;
    fixture_file_t *f = &rig->file[which];
    oc_track_t track[OC_TRACKS_MAX] = {fixture_track(OC_CODEC_H264), fixture_track(OC_CODEC_AAC)};
    oc_key_table_t table;
    oc_fmp4_t mux;
    if (config->silent)
        track[1].codec = OC_CODEC_NONE;
    track[0].config[3] = (uint8_t)(0x28 + config->level);
    assert_int_equal(oc_fmp4_init(&mux, track, NULL), OC_OK);
    oc_key_table_init(&table, rig->keys[which], sizeof rig->keys[which]);
    fixture_init_segment(f, &mux);
    write_fragments(rig, which, config, &mux, &table);
    if (config->open)
        f->len -= 50;
    else {
        put_u32(f, 16);
        fixture_put(f, "mfra\0\0\0\0\0\0\0\0", 12);
    }
    int64_t start = RIG_START + config->start_ms;
    snprintf(rig->path[which], sizeof rig->path[which], "cam/%u.mp4", which);
    rig->entry[which] =
        (oc_vod_entry_t){.path = rig->path[which],
                         .start_ms = start,
                         .end_ms = config->open ? 0 : start + config->seconds * 1000,
                         .bytes = f->len};
    rig->key[which] = config->keyless ? oc_span(NULL, 0) : oc_key_table_encoded(&table);
    rig->span.entry = rig->entry;
    rig->span.open = open_file;
    rig->span.close = close_file;
    rig->span.context = rig;
}

void rig_free(rig_t *rig) {
    assert_int_equal(rig->opened, rig->closed);
    for (unsigned i = 0; i < RIG_FILES; i++)
        free(rig->file[i].data);
    memset(rig, 0, sizeof *rig);
}
