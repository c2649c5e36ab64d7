#include "oc_ts.h"

#include "oc_ts_unit.h"

/* Rec. ITU-T H.222.0.
 * 2.4.3.2 a TS packet; P: a PES packet or a section begins; A: adaptation field, D: payload follow:
 *   |  sync = 0x47  |0|P|0|           PID           |0 0|A|D|counter|
 * 2.4.3.4 the adaptation field, which also fills up the last packet of a PES packet:
 *   | bytes behind  | flags |  PCR: 33 bits of 90 kHz, 6 ones, 9 bits of 27 MHz = 0 |  0xFF ...
 * 2.4.3.6 a PES packet:
 *   |        start code = 1         |   stream id   |  bytes behind, 0 = not said   |
 *   |1 0 0 0 0 A 0 0|PTS|DTS|  0    |bytes of times |  PTS  |  DTS  |  access unit ...
 */
#define SYNC        0x47
#define BODY        (OC_TS_PACKET_BYTES - 4) /* bytes of a TS packet behind its header */
#define PID_PMT     0x1000
#define PID_TRACK   0x100               /* plus the codec: a PID never changes its coding */
#define PES_MAX     0xFFFF              /* bytes behind PES_packet_length */
#define PES_HEAD    9                   /* bytes of a PES header in front of its times */
#define PES_TIME    5                   /* bytes of a PTS or DTS */
#define ALIGNED     0x84                /* '10', data_alignment_indicator */
#define AUDIO_AHEAD (3 * OC_TS_HZ / 10) /* so far ahead of the clock sound moves it */

enum { FLAG_PCR = 0x10, FLAG_RANDOM_ACCESS = 0x40, FLAG_DISCONTINUITY = 0x80 };
enum { TYPE_PRIVATE = 0x06, TYPE_ADTS = 0x0F, TYPE_H264 = 0x1B, TYPE_H265 = 0x24 };
enum { STREAM_PRIVATE = 0xBD, STREAM_AUDIO = 0xC0, STREAM_VIDEO = 0xE0 };

/* What is written, or only counted. */
typedef struct writer {
    oc_ts_t *ts;
    uint8_t *at;   /* next byte; NULL: the TS packets are only counted */
    size_t bytes;  /* of TS packets so far */
    bool sizing;   /* put() only adds to `left` */
    size_t left;   /* bytes for which no TS packet was begun yet */
    unsigned room; /* bytes that the TS packet under way takes yet */
    unsigned pid;
} writer_t;

/* ---- TS packets ---- */

/* Begins a TS packet with as much of `left` as it takes; the rest of it is adaptation field. */
static void begin(writer_t *w, unsigned flags, bool start, uint8_t *counter) {
    unsigned field = (flags ? 2 : 0) + (flags & FLAG_PCR ? 6 : 0);
    w->room = w->left < BODY - field ? (unsigned)w->left : BODY - field;
    w->left -= w->room;
    field = BODY - w->room;
    w->bytes += OC_TS_PACKET_BYTES;
    if (w->room > 0)
        *counter = (*counter + 1) & 15;
    if (!w->at)
        return;
    oc_wr_t out = oc_wr(w->at, OC_TS_PACKET_BYTES);
    oc_wr_u8(&out, SYNC);
    oc_wr_u16(&out, (start ? 0x4000 : 0) | w->pid);
    oc_wr_u8(&out, (field > 0 ? 0x20u : 0) | (w->room > 0 ? 0x10u : 0) | *counter);
    if (field > 0)
        oc_wr_u8(&out, field - 1);
    if (field > 1) {
        oc_wr_u8(&out, flags);
        memset(out.p, 0xFF, field - 2);
        if (flags & FLAG_PCR)
            oc_wr_be(&out, (uint64_t)w->ts->clock << 15 | 0x7E00, 6);
    }
    w->at += 4 + field;
}

/* Payload of the PID under way. */
static void put(void *context, const void *data, size_t len) {
    writer_t *w = context;
    const uint8_t *from = data;
    if (w->sizing) {
        w->left += len;
        return;
    }
    while (len > 0) {
        if (w->room == 0)
            begin(w, 0, false, &w->ts->counter[w->pid - PID_TRACK]);
        size_t n = len < w->room ? len : w->room;
        memcpy(w->at, from, n);
        w->at += n;
        w->room -= (unsigned)n;
        from += n;
        len -= n;
    }
}

/* ---- tables ---- */

/* Annex A: CRC_32 of a section. */
static uint32_t crc32_of(const uint8_t *data, size_t len) {
    uint32_t crc = 0xFFFFFFFFu;
    while (len--) {
        crc ^= (uint32_t)*data++ << 24;
        for (unsigned i = 0; i < 8; i++)
            crc = crc << 1 ^ (crc >> 31 ? 0x04C11DB7u : 0);
    }
    return crc;
}

/* 2.4.4: one section in a packet of its own. body: what is between last_section_number and CRC. */
static void put_section(writer_t *w, unsigned pid, unsigned table_id, oc_span_t body) {
    oc_ts_t *ts = w->ts;
    uint8_t counter = (uint8_t)(ts->tables - 1); /* PAT and PMT always come together */
    w->pid = pid;
    w->left = BODY;
    begin(w, 0, true, &counter);
    if (!w->at)
        return;
    memset(w->at, 0xFF, BODY);
    oc_wr_t out = oc_wr(w->at, BODY);
    oc_wr_u8(&out, 0); /* pointer_field */
    oc_wr_u8(&out, table_id);
    oc_wr_u16(&out, 0xB000 | (uint32_t)(5 + body.len + 4)); /* section_length */
    oc_wr_u16(&out, 1); /* transport_stream_id, program_number */
    oc_wr_u8(&out, 0xC1 | (table_id ? (uint32_t)ts->version << 1 : 0));
    oc_wr_u16(&out, 0); /* one section */
    oc_wr_bytes(&out, body.data, body.len);
    oc_wr_u32(&out, crc32_of(w->at + 1, 8 + body.len));
    w->at += BODY;
}

static unsigned pid_of(const oc_track_t *track) {
    return PID_TRACK + track->codec;
}

static void put_stream(oc_wr_t *out, const oc_track_t *track) {
    static const uint8_t opus[] = {5, 4, 'O', 'p', 'u', 's', 0x7F, 2, 0x80}; /* and its channels */
    oc_codec_t codec = track->codec;
    oc_wr_u8(out, codec == OC_CODEC_H264   ? TYPE_H264
                  : codec == OC_CODEC_H265 ? TYPE_H265
                  : codec == OC_CODEC_AAC  ? TYPE_ADTS
                                           : TYPE_PRIVATE);
    oc_wr_u16(out, 0xE000 | pid_of(track));
    oc_wr_u16(out, 0xF000 | (codec == OC_CODEC_OPUS ? sizeof opus + 1 : 0));
    if (codec == OC_CODEC_OPUS) {
        oc_wr_bytes(out, opus, sizeof opus);
        oc_wr_u8(out, track->config[1]);
    }
}

static void put_tables(writer_t *w) {
    static const uint8_t program[] = {0, 1, 0xE0 | PID_PMT >> 8, PID_PMT & 0xFF};
    oc_ts_t *ts = w->ts;
    uint8_t body[64];
    oc_wr_t out = oc_wr(body, sizeof body);
    oc_wr_u16(&out, 0xE000 | pid_of(&ts->track[ts->lead])); /* PCR_PID */
    oc_wr_u16(&out, 0xF000);
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        if (ts->carried[i])
            put_stream(&out, &ts->track[i]);
    if (ts->sent_program != 0 && ts->sent_program != ts->program)
        ts->version = (ts->version + 1) & 31;
    ts->sent_program = ts->program;
    ts->tables = (ts->tables + 1) & 15;
    put_section(w, 0, 0, oc_span(program, sizeof program));
    put_section(w, PID_PMT, 2, oc_span(body, oc_wr_len(&out)));
    ts->tables_at = ts->clock;
    ts->tables_due = false;
}

/* ---- clock ---- */

/* True when the tables have to come before another PCR. */
static bool tables_due(const oc_ts_t *ts) {
    return ts->tables_due || ts->clock - ts->tables_at > OC_TS_TABLES_STEP - OC_TS_PCR_STEP;
}

static void put_clock(writer_t *w, int64_t clock, unsigned flags) {
    const oc_track_t *lead = &w->ts->track[w->ts->lead];
    w->ts->clock = clock;
    if (tables_due(w->ts))
        put_tables(w);
    w->pid = pid_of(lead);
    w->left = 0;
    begin(w, FLAG_PCR | flags, false, &w->ts->counter[lead->codec]);
}

/* Brings the clock near `now` in steps. Returns flags of the PCR that comes next. */
static unsigned advance(writer_t *w, int64_t now, bool leads) {
    oc_ts_t *ts = w->ts;
    bool gap = now - ts->clock > OC_TS_GAP_MAX;
    if (gap && leads)
        return FLAG_DISCONTINUITY;
    if (gap)
        put_clock(w, now, FLAG_DISCONTINUITY);
    while (now - ts->clock > OC_TS_PCR_STEP)
        put_clock(w, ts->clock + OC_TS_PCR_STEP, 0);
    return 0;
}

/* ---- PES ---- */

static void write_time(oc_wr_t *out, unsigned prefix, int64_t time) {
    uint64_t t = (uint64_t)time;
    oc_wr_be(out,
             (uint64_t)prefix << 36 | (t >> 30 & 7) << 33 | (t >> 15 & 0x7FFF) << 17 |
                 (t & 0x7FFF) << 1 | UINT64_C(0x100010001),
             5);
}

static void put_pes(writer_t *w, const oc_ts_unit_t *unit, int64_t dts, int64_t pts,
                    unsigned flags) {
    oc_codec_t codec = unit->track->codec;
    uint8_t head[PES_HEAD + 2 * PES_TIME];
    oc_wr_t out = oc_wr(head, sizeof head);
    unsigned times = dts != pts ? 2 : 1, id = STREAM_PRIVATE;
    w->left = 0;
    w->sizing = true;
    oc_ts_unit_put(unit, put, w);
    w->sizing = false;
    size_t behind = PES_HEAD - 6 + times * PES_TIME + w->left;
    if (codec != OC_CODEC_OPUS)
        id = codec == OC_CODEC_AAC ? STREAM_AUDIO : STREAM_VIDEO;
    oc_wr_u24(&out, 1);
    oc_wr_u8(&out, id);
    oc_wr_u16(&out, behind <= PES_MAX ? (uint32_t)behind : 0);
    oc_wr_u8(&out, ALIGNED);
    oc_wr_u8(&out, times == 2 ? 0xC0 : 0x80);
    oc_wr_u8(&out, times * PES_TIME);
    write_time(&out, times == 2 ? 3 : 2, pts);
    if (times == 2)
        write_time(&out, 1, dts);
    w->left += oc_wr_len(&out);
    w->pid = pid_of(unit->track);
    begin(w, flags, true, &w->ts->counter[codec]);
    if (!w->at) {
        w->bytes += (w->left + BODY - 1) / BODY * OC_TS_PACKET_BYTES;
        return;
    }
    put(w, head, oc_wr_len(&out));
    oc_ts_unit_put(unit, put, w);
}

/* Keeps a DTS from going back, as it may with another description of its track. */
static void go_on(oc_ts_t *ts, unsigned track, int64_t *dts) {
    if (*dts < ts->last_dts[track])
        *dts = ts->last_dts[track];
    ts->last_dts[track] = *dts;
}

/* Brings the times of a picture into the form of a transport stream: its PTS is not before its DTS,
 * and not for ever behind it. */
static void settle(oc_ts_t *ts, unsigned track, int64_t *dts, int64_t *pts) {
    if (*dts - ts->lag > *pts)
        ts->lag = *dts - *pts < OC_TS_LAG_MAX ? *dts - *pts : OC_TS_LAG_MAX;
    *dts -= ts->lag;
    go_on(ts, track, dts);
    if (*pts < *dts)
        *pts = *dts;
    if (*pts > *dts + OC_TS_AHEAD_MAX)
        *pts = *dts + OC_TS_AHEAD_MAX;
}

size_t oc_ts_write(oc_ts_t *ts, const oc_packet_t *packet, int64_t dts, int64_t pts, uint8_t *out) {
    writer_t w = {.ts = ts, .at = out};
    bool leads = packet->track == ts->lead;
    const oc_track_t *track = &ts->track[packet->track];
    bool video = oc_codec_is_video(track->codec);
    oc_ts_unit_t unit;
    if (!ts->carried[packet->track] ||
        !oc_ts_unit_of(packet, track, packet->key || ts->fresh[packet->track], &unit))
        return 0;
    if (video) {
        settle(ts, packet->track, &dts, &pts);
    } else {
        go_on(ts, packet->track, &dts);
        pts = dts;
    }
    int64_t now = OC_TS_START - OC_TS_DELAY + dts - (leads ? 0 : AUDIO_AHEAD);
    unsigned flags = advance(&w, now, leads);
    if (leads && now > ts->clock) {
        ts->clock = now;
        flags |= FLAG_PCR;
    }
    if (leads && packet->key)
        flags |= FLAG_RANDOM_ACCESS;
    if (tables_due(ts) || (video && packet->key))
        put_tables(&w);
    put_pes(&w, &unit, OC_TS_START + dts, OC_TS_START + pts, flags);
    ts->fresh[packet->track] = false;
    return w.bytes;
}

/* ---- the program ---- */

void oc_ts_init(oc_ts_t *ts, int64_t lag) {
    *ts = (oc_ts_t){.lag = lag < OC_TS_LAG_MAX ? lag : OC_TS_LAG_MAX, .tables = 15};
    memset(ts->counter, 15, sizeof ts->counter);
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        ts->last_dts[i] = -ts->lag;
    ts->clock = ts->tables_at = OC_TS_START - OC_TS_DELAY - ts->lag - 1; /* before the first */
}

void oc_ts_describe(oc_ts_t *ts, const oc_track_t track[OC_TRACKS_MAX]) {
    uint32_t program = 1;
    bool picture = false;
    ts->track = track;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        oc_codec_t codec = track[i].codec;
        ts->carried[i] = oc_ts_unit_carried(&track[i]);
        ts->fresh[i] = true;
        program <<= 12;
        if (!ts->carried[i])
            continue;
        program |= (uint32_t)codec << 4 | (codec == OC_CODEC_OPUS ? track[i].config[1] : 0u);
        if (!picture)
            ts->lead = i;
        picture |= oc_codec_is_video(codec);
    }
    ts->program = program;
    ts->tables_due = true;
}
