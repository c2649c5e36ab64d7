#include "oc_fmp4.h"
#include <stdio.h>
#include "oc_aac.h"
#include "oc_err.h"
#include "oc_moov.h"

/* Box sizes in a fragment; all of them are fixed but the runs. */
#define MOOF_MFHD_BYTES 24u /* moof 8, mfhd 16 */
#define TRAF_BYTES      44u /* traf 8, tfhd 16, tfdt 20 */
#define TRUN_BYTES      20u /* trun without samples and without first_sample_flags */
#define MDAT_BYTES      8u
#define FRAGMENT_MAX    0x7FFFFFFFu /* trun data_offset is a signed 32-bit number */

/* trun flags, 14496-12 8.8.8.1 */
enum {
    TRUN_DATA_OFFSET = 0x1,
    TRUN_FIRST_FLAGS = 0x4,
    TRUN_DURATION = 0x100,
    TRUN_SIZE = 0x200,
    TRUN_FLAGS = 0x400,
    TRUN_CTS = 0x800
};
#define TRUN_VERSION 0x01000000u /* 1: signed composition offsets */

/* A fragment of one packet always looks like this; only the numbers at OFF_* differ. Per-packet
 * fragments are the hot path: one copy of 112 bytes and eight stores. */
#define ONE_BYTES 112
enum {
    OFF_SEQUENCE = 20,
    OFF_TRACK_ID = 44,
    OFF_TFDT = 60,
    OFF_DURATION = 88,
    OFF_SIZE = 92,
    OFF_FLAGS = 96,
    OFF_CTS = 100,
    OFF_MDAT = 104
};
static const uint8_t one_packet[ONE_BYTES] = {
    /* clang-format off */
    0, 0, 0, 104, 'm', 'o', 'o', 'f',
    0, 0, 0, 16,  'm', 'f', 'h', 'd', 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 80,  't', 'r', 'a', 'f',
    0, 0, 0, 16,  't', 'f', 'h', 'd', 0, 2, 0, 0, 0, 0, 0, 0, /* default-base-is-moof */
    0, 0, 0, 20,  't', 'f', 'd', 't', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 36,  't', 'r', 'u', 'n', 1, 0, 0x0F, 0x01, 0, 0, 0, 1, 0, 0, 0, ONE_BYTES,
    0, 0, 0, 0,   0, 0, 0, 0,         0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 8,   'm', 'd', 'a', 't'
    /* clang-format on */
};

static inline void store32(uint8_t *p, uint32_t v) {
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}
static inline void store64(uint8_t *p, uint64_t v) {
    store32(p, (uint32_t)(v >> 32));
    store32(p + 4, (uint32_t)v);
}

static inline bool is_present(const oc_fmp4_t *mux, const oc_packet_t *p) {
    return p->track < OC_TRACKS_MAX && mux->track[p->track].codec && p->len_bytes;
}

static inline uint32_t sample_flags(const oc_fmp4_t *mux, const oc_packet_t *p) {
    return p->key ? OC_MOOV_FLAGS_KEY : oc_moov_default_flags(&mux->track[p->track]);
}

int oc_fmp4_init(oc_fmp4_t *mux, const oc_track_t track[OC_TRACKS_MAX], const int64_t *base_dts) {
    unsigned present = 0;
    memset(mux, 0, sizeof *mux);
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        const oc_track_t *t = &track[i];
        mux->base_dts[i] = base_dts ? base_dts[i] : 0;
        if (t->codec == OC_CODEC_NONE)
            continue;
        bool config = t->codec == OC_CODEC_H264 || t->codec == OC_CODEC_H265 ||
                      t->codec == OC_CODEC_AAC || t->codec == OC_CODEC_OPUS;
        if (t->codec > OC_CODEC_PCMU || !t->timescale || t->config_len > OC_TRACK_CONFIG_MAX ||
            (config && !t->config_len))
            return OC_ERR_INVAL;
        mux->track[i] = *t;
        if (!config)
            mux->track[i].config_len = 0;
        present++;
    }
    return present ? OC_OK : OC_ERR_INVAL;
}

int oc_fmp4_init_segment(const oc_fmp4_t *mux, uint8_t *out, size_t out_size) {
    oc_wr_t w = oc_wr(out, out_size);
    oc_moov_write(&w, mux->track);
    return w.bad ? OC_ERR_NOMEM : (int)oc_wr_len(&w);
}

/* What the packets of one track add to a fragment. */
typedef struct run {
    uint32_t count, bytes; /* samples, and their payload */
    uint32_t flags;        /* trun flags */
    uint32_t first_flags;  /* of the first sample, with TRUN_FIRST_FLAGS */
    uint32_t last;         /* index of the last packet */
    uint32_t end_duration; /* of the last sample */
    int64_t first_dts;
    oc_fmp4_pace_t pace; /* of the track behind them */
} run_t;

static inline void note(oc_fmp4_pace_t *pace, int64_t dts) {
    uint64_t distance = pace->any ? (uint64_t)dts - (uint64_t)pace->dts : 0;
    pace->dts = dts;
    pace->any = true;
    if (distance == 0 || distance > UINT32_MAX)
        return;
    pace->distance[1] = pace->distance[0];
    pace->distance[0] = (uint32_t)distance;
}

void oc_fmp4_note(oc_fmp4_t *mux, const oc_packet_t *packet) {
    if (packet->track < OC_TRACKS_MAX)
        note(&mux->pace[packet->track], packet->dts);
}

/* The duration of a packet that does not say it, when the next one is not known. */
static uint32_t usual(const oc_fmp4_t *mux, unsigned track, const oc_fmp4_pace_t *pace) {
    uint32_t newest = pace->distance[0], before = pace->distance[1];
    if (mux->fixed[track])
        return mux->fixed[track];
    return before && before < newest ? before : newest;
}

/* The duration of a track's last packet in the list, -1 when it cannot be said in 32 bits. pace:
 * with that packet. */
static inline int64_t last_duration(const oc_fmp4_t *mux, const oc_packet_t *p,
                                    const int64_t *next_dts, const oc_fmp4_pace_t *pace) {
    if (next_dts && next_dts[p->track] >= 0) {
        uint64_t d = (uint64_t)next_dts[p->track] - (uint64_t)p->dts;
        return next_dts[p->track] < p->dts || d > UINT32_MAX ? -1 : (int64_t)d;
    }
    return p->duration ? p->duration : usual(mux, p->track, pace);
}

/* First pass: sizes and which fields the run needs. */
static int measure(const oc_fmp4_t *mux, const oc_packet_t *packets, size_t n, unsigned track,
                   const int64_t *next_dts, run_t *run) {
    uint32_t plain = oc_moov_default_flags(&mux->track[track]);
    uint64_t bytes = 0;
    bool unusual = false, cts = false;
    int64_t before = mux->base_dts[track];
    *run = (run_t){.first_flags = plain, .pace = mux->pace[track]};
    for (size_t i = 0; i < n; i++) {
        const oc_packet_t *p = &packets[i];
        if (p->track != track || !is_present(mux, p))
            continue;
        if (p->dts < before || (run->count && (uint64_t)p->dts - (uint64_t)before > UINT32_MAX))
            return OC_ERR_RANGE;
        if (!run->count) {
            run->first_dts = p->dts;
            run->first_flags = sample_flags(mux, p);
        } else {
            unusual |= sample_flags(mux, p) != plain;
        }
        before = p->dts;
        note(&run->pace, p->dts);
        cts |= p->cts != 0;
        bytes += p->len_bytes;
        run->last = (uint32_t)i;
        run->count++;
    }
    if (!run->count)
        return OC_OK;
    int64_t duration = last_duration(mux, &packets[run->last], next_dts, &run->pace);
    if (duration < 0 || bytes > FRAGMENT_MAX)
        return OC_ERR_RANGE;
    run->end_duration = (uint32_t)duration;
    run->bytes = (uint32_t)bytes;
    run->flags = TRUN_DATA_OFFSET | TRUN_DURATION | TRUN_SIZE | (cts ? TRUN_CTS : 0) |
                 (unusual                     ? TRUN_FLAGS
                  : run->first_flags != plain ? TRUN_FIRST_FLAGS
                                              : 0);
    return OC_OK;
}

static uint32_t trun_bytes(const run_t *run) {
    uint32_t entry = 8u + (run->flags & TRUN_FLAGS ? 4 : 0) + (run->flags & TRUN_CTS ? 4 : 0);
    return TRUN_BYTES + (run->flags & TRUN_FIRST_FLAGS ? 4 : 0) + run->count * entry;
}

/* Second pass: the run's entries, and its payloads as spans. */
static uint8_t *write_run(const oc_fmp4_t *mux, const oc_packet_t *packets, unsigned track,
                          const run_t *run, uint8_t *p, oc_fmp4_fragment_t *out) {
    const oc_packet_t *before = NULL;
    const uint8_t *end = out->spans_len > 1 ? out->spans[out->spans_len - 1].data +
                                                  out->spans[out->spans_len - 1].len
                                            : NULL;
    uint8_t *duration = p;
    for (size_t i = 0; i <= run->last; i++) {
        const oc_packet_t *q = &packets[i];
        if (q->track != track || !is_present(mux, q))
            continue;
        if (before)
            store32(duration, (uint32_t)(q->dts - before->dts));
        before = q;
        duration = p;
        store32(p + 4, q->len_bytes);
        p += 8;
        if (run->flags & TRUN_FLAGS) {
            store32(p, sample_flags(mux, q));
            p += 4;
        }
        if (run->flags & TRUN_CTS) {
            store32(p, (uint32_t)q->cts);
            p += 4;
        }
        if (q->data == end)
            out->spans[out->spans_len - 1].len += q->len_bytes;
        else
            out->spans[out->spans_len++] = oc_span(q->data, q->len_bytes);
        end = q->data + q->len_bytes;
    }
    store32(duration, run->end_duration);
    return p;
}

static uint8_t *write_box(uint8_t *p, uint32_t size, const char type[4]) {
    store32(p, size);
    memcpy(p + 4, type, 4);
    return p + 8;
}

static uint8_t *write_traf(const oc_fmp4_t *mux, const oc_packet_t *packets, unsigned track,
                           const run_t *run, uint32_t data_offset, uint8_t *p,
                           oc_fmp4_fragment_t *out) {
    p = write_box(p, TRAF_BYTES + trun_bytes(run), "traf");
    p = write_box(p, 16, "tfhd");
    store32(p, 0x020000); /* default-base-is-moof */
    store32(p + 4, track + 1);
    p = write_box(p + 8, 20, "tfdt");
    store32(p, 0x01000000);
    store64(p + 4, (uint64_t)run->first_dts - (uint64_t)mux->base_dts[track]);
    p = write_box(p + 12, trun_bytes(run), "trun");
    store32(p, TRUN_VERSION | run->flags);
    store32(p + 4, run->count);
    store32(p + 8, data_offset);
    p += 12;
    if (run->flags & TRUN_FIRST_FLAGS) {
        store32(p, run->first_flags);
        p += 4;
    }
    return write_run(mux, packets, track, run, p, out);
}

static int fragment_many(oc_fmp4_t *mux, const oc_packet_t *packets, size_t n,
                         const int64_t *next_dts, oc_fmp4_fragment_t *out) {
    run_t runs[OC_TRACKS_MAX];
    uint32_t moof = MOOF_MFHD_BYTES, count = 0;
    uint64_t payload = 0;
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++) {
        int rc = measure(mux, packets, n, t, next_dts, &runs[t]);
        if (rc)
            return rc;
        if (runs[t].count)
            moof += TRAF_BYTES + trun_bytes(&runs[t]);
        count += runs[t].count;
        payload += runs[t].bytes;
    }
    if (!count)
        return OC_AGAIN;
    if (out->head_size < moof + MDAT_BYTES || out->spans_size < count + 1)
        return OC_ERR_NOMEM;
    if (payload > FRAGMENT_MAX - moof - MDAT_BYTES)
        return OC_ERR_RANGE;
    uint8_t *p = write_box(out->head, moof, "moof");
    p = write_box(p, 16, "mfhd");
    store32(p, 0);
    store32(p + 4, ++mux->sequence);
    p += 8;
    uint32_t data_offset = moof + MDAT_BYTES;
    out->head_len = data_offset;
    out->spans_len = 1;
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++) {
        if (!runs[t].count)
            continue;
        p = write_traf(mux, packets, t, &runs[t], data_offset, p, out);
        data_offset += runs[t].bytes;
        mux->last_duration[t] = runs[t].end_duration;
        mux->pace[t] = runs[t].pace;
    }
    write_box(p, MDAT_BYTES + (uint32_t)payload, "mdat");
    out->spans[0] = oc_span(out->head, out->head_len);
    out->bytes = out->head_len + payload;
    return OC_OK;
}

static int fragment_one(oc_fmp4_t *mux, const oc_packet_t *p, const int64_t *next_dts,
                        oc_fmp4_fragment_t *out) {
    if (!is_present(mux, p))
        return OC_AGAIN;
    if (out->head_size < ONE_BYTES || out->spans_size < 2)
        return OC_ERR_NOMEM;
    oc_fmp4_pace_t pace = mux->pace[p->track];
    note(&pace, p->dts);
    int64_t duration = last_duration(mux, p, next_dts, &pace);
    if (duration < 0 || p->dts < mux->base_dts[p->track] || p->len_bytes > FRAGMENT_MAX - ONE_BYTES)
        return OC_ERR_RANGE;
    uint8_t *h = out->head;
    memcpy(h, one_packet, ONE_BYTES);
    store32(h + OFF_SEQUENCE, ++mux->sequence);
    store32(h + OFF_TRACK_ID, p->track + 1u);
    store64(h + OFF_TFDT, (uint64_t)p->dts - (uint64_t)mux->base_dts[p->track]);
    store32(h + OFF_DURATION, (uint32_t)duration);
    store32(h + OFF_SIZE, p->len_bytes);
    store32(h + OFF_FLAGS, sample_flags(mux, p));
    store32(h + OFF_CTS, (uint32_t)p->cts);
    store32(h + OFF_MDAT, MDAT_BYTES + p->len_bytes);
    mux->last_duration[p->track] = (uint32_t)duration;
    mux->pace[p->track] = pace;
    out->head_len = ONE_BYTES;
    out->spans[0] = oc_span(h, ONE_BYTES);
    out->spans[1] = oc_span(p->data, p->len_bytes);
    out->spans_len = 2;
    out->bytes = (uint64_t)ONE_BYTES + p->len_bytes;
    return OC_OK;
}

int oc_fmp4_fragment(oc_fmp4_t *mux, const oc_packet_t *packets, size_t n, const int64_t *next_dts,
                     oc_fmp4_fragment_t *out) {
    if (n == 1)
        return fragment_one(mux, packets, next_dts, out);
    if (!n || n > OC_FMP4_PACKETS_MAX)
        return n ? OC_ERR_RANGE : OC_AGAIN;
    return fragment_many(mux, packets, n, next_dts, out);
}

/* avc1.PPCCLL: profile, constraints and level as in avcC. RFC 6381 3.3. */
static int codec_h264(const oc_track_t *t, char *out, size_t size) {
    return snprintf(out, size, "%s.%02x%02x%02x", t->in_band ? "avc3" : "avc1", t->config[1],
                    t->config[2], t->config[3]);
}

/* hvc1.1.6.L93.B0: ISO/IEC 14496-15 Annex E.3. */
static int codec_h265(const oc_track_t *t, char *out, size_t size) {
    static const char space[4][2] = {"", "A", "B", "C"};
    const uint8_t *c = t->config;
    uint32_t given = (uint32_t)c[2] << 24 | (uint32_t)c[3] << 16 | (uint32_t)c[4] << 8 | c[5];
    uint32_t reversed = 0;
    for (unsigned i = 0; i < 32; i++)
        reversed |= (given >> i & 1) << (31 - i);
    int n = snprintf(out, size, "%s.%s%u.%lX.%c%u", t->in_band ? "hev1" : "hvc1", space[c[1] >> 6],
                     c[1] & 31u, (unsigned long)reversed, c[1] & 0x20 ? 'H' : 'L', c[12]);
    unsigned last = 11; /* constraint bytes 6..11, trailing zeros left out */
    while (last >= 6 && !c[last])
        last--;
    for (unsigned i = 6; i <= last && n > 0 && (size_t)n < size; i++)
        n += snprintf(out + n, size - (size_t)n, ".%X", c[i]);
    return n;
}

static int codec_name(const oc_track_t *t, char *out, size_t size) {
    static const char *const plain[] = {"", "", "", "mp4v.6c", "mp4a.40.2", "opus", "alaw", "ulaw"};
    if (t->codec == OC_CODEC_H264 && t->config_len >= 4)
        return codec_h264(t, out, size);
    if (t->codec == OC_CODEC_H265 && t->config_len >= 13)
        return codec_h265(t, out, size);
    oc_aac_config_t aac;
    if (t->codec == OC_CODEC_AAC && !oc_aac_parse_config(oc_span(t->config, t->config_len), &aac))
        return snprintf(out, size, "mp4a.40.%u", aac.object_type);
    return snprintf(out, size, "%s", plain[t->codec]);
}

int oc_fmp4_codecs(const oc_fmp4_t *mux, char *out, size_t out_size) {
    size_t used = 0;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        if (!mux->track[i].codec)
            continue;
        if (used + 2 > out_size)
            return OC_ERR_NOMEM;
        if (used)
            out[used++] = ',';
        int n = codec_name(&mux->track[i], out + used, out_size - used);
        if (n < 0 || (size_t)n >= out_size - used)
            return OC_ERR_NOMEM;
        used += (size_t)n;
    }
    return used ? OC_OK : OC_ERR_NOMEM;
}
