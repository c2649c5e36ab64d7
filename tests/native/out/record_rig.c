/* record_rig - see the header. */
#include "cmocka_first.h"
#include "record_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include "oc_err.h"
#include "oc_key_read.h"
#include "oc_record_name.h"
#include "oc_recover.h"

#define PACKET_MAX 65536

const rig_source_t rig_default_source = {
    .video = true,
    .audio = true,
    .video_timescale = 90000,
    .frame_ticks = 3000,
    .audio_timescale = 48000,
    .audio_ticks = 1024,
    .gop_frames = 30,
    .video_bytes = 1500,
    .key_bytes = 8000,
    .audio_bytes = 200,
};

static uint64_t mix(uint64_t z) {
    z += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static uint64_t hash_bytes(const uint8_t *p, size_t n) {
    uint64_t h = 0xCBF29CE484222325u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 0x100000001B3u;
    return h;
}

static void video_track(const rig_source_t *source, uint8_t variant, oc_track_t *track) {
    /* avcC of a made-up 640x360 Baseline stream; the variant is the level */
    const uint8_t config[] = {1,    0x42, 0xC0, 30,   0xFF, 0xE1, 0, 9, 0x67, 0x42, 0xC0, 30,
                              0xD9, 0x00, 0xA0, 0x47, 0xFE, 1,    0, 4, 0x68, 0xCE, 0x3C, 0x80};
    *track = (oc_track_t){.codec = OC_CODEC_H264,
                          .timescale = source->video_timescale,
                          .width = 640,
                          .height = 360,
                          .config_len = sizeof config};
    memcpy(track->config, config, sizeof config);
    track->config[3] = (uint8_t)(30 + variant);
    if (source->mjpeg)
        *track = (oc_track_t){.codec = OC_CODEC_MJPEG,
                              .timescale = source->video_timescale,
                              .width = (uint16_t)(640 + 16 * variant),
                              .height = 360};
}

static void audio_track(const rig_source_t *source, uint8_t variant, oc_track_t *track) {
    *track = (oc_track_t){.codec = OC_CODEC_AAC,
                          .timescale = source->audio_timescale,
                          .sample_rate = source->audio_timescale,
                          .channels = (uint8_t)(1 + variant % 2),
                          .config_len = 2,
                          .config = {0x11, (uint8_t)(0x88 + 8 * (variant % 2))}};
    if (source->alaw) {
        track->codec = OC_CODEC_PCMA;
        track->config_len = 0;
    }
}

static void set_track(rig_t *rig, unsigned index, uint8_t variant) {
    oc_track_t track;
    if (index == 0)
        video_track(&rig->source, variant, &track);
    else
        audio_track(&rig->source, variant, &track);
    int id = oc_ring_set_track(rig->ring, index, &track);
    assert_true(id > 0);
    rig->config_id[index] = (uint16_t)id;
}

void record_rig_open(rig_t *rig, const rig_source_t *source, uint32_t ring_ms, uint64_t seed) {
    memset(rig, 0, sizeof *rig);
    rig->source = *source;
    rig->now_us = rig->epoch_us = RIG_START_US;
    rig->epoch_us -= source->first_s * INT64_C(1000000);
    rig->next_dts[0] = (int64_t)source->first_s * source->video_timescale;
    rig->next_dts[1] = (int64_t)source->first_s * source->audio_timescale;
    rig->clock = (oc_clock_t){RIG_WALL_US - RIG_START_US, OC_CLOCK_NTP};
    uint32_t fps = source->video ? source->video_timescale / source->frame_ticks + 1 : 0;
    uint32_t bytes_per_s =
        source->audio ? source->audio_timescale / source->audio_ticks * source->audio_bytes + 1 : 0;
    if (source->video)
        bytes_per_s +=
            fps * source->video_bytes + source->key_bytes * (fps / source->gop_frames + 1);
    oc_ring_plan_t plan = {
        .milliseconds = ring_ms,
        .bitrate_bps = bytes_per_s * 8,
        .packets_per_s =
            fps + (source->audio ? source->audio_timescale / source->audio_ticks + 1 : 0)};
    char why[200];
    if (oc_ring_plan(&plan, &rig->ring_size, why, sizeof why) != OC_OK)
        fail_msg("ring plan: %s", why);
    rig->ring_memory = aligned_alloc(16, (rig->ring_size.total_bytes + 15) / 16 * 16);
    rig->ring = oc_ring_init(rig->ring_memory, NULL, &plan, &rig->ring_size);
    assert_non_null(rig->ring);
    if (source->video)
        set_track(rig, 0, 0);
    if (source->audio)
        set_track(rig, 1, 0);
    rig->disk = oc_sim_disk_create(seed);
}

oc_out_file_config_t record_rig_config(void) {
    return (oc_out_file_config_t){.directory = RIG_FOLDER, .name = "cam1"};
}

void record_rig_record(rig_t *rig, const oc_out_file_config_t *config) {
    oc_out_file_config_t usual = record_rig_config();
    char why[400] = "";
    free(rig->out_memory);
    rig->out_memory = malloc(oc_out_file_bytes());
    assert_non_null(rig->out_memory);
    rig->out = rig->out_memory;
    if (oc_out_file_init(rig->out, rig->ring, &rig->clock, config ? config : &usual, why,
                         sizeof why) != OC_OK)
        fail_msg("oc_out_file_init: %s", why);
}

void record_rig_close(rig_t *rig) {
    oc_sim_disk_destroy(rig->disk);
    free(rig->out_memory);
    free(rig->ring_memory);
    free(rig->log);
}

void record_rig_change_config(rig_t *rig, unsigned track) {
    set_track(rig, track, ++rig->variant);
}

static void push(rig_t *rig, oc_packet_t *packet) {
    static uint8_t data[PACKET_MAX];
    uint64_t seed = mix(rig->log_len + 1) ^ (uint64_t)packet->dts;
    for (uint32_t i = 0; i < packet->len_bytes; i += 8) {
        uint64_t word = mix(seed + i);
        memcpy(data + i, &word, 8);
    }
    if (packet->track == 0) { /* one NAL unit with its length in front */
        uint32_t nal = packet->len_bytes - 4;
        for (unsigned i = 0; i < 4; i++)
            data[i] = (uint8_t)(nal >> 8 * (3 - i));
        data[4] = packet->key ? 0x65 : 0x41;
    }
    packet->data = data;
    int rc = oc_ring_push(rig->ring, packet);
    if (rc != OC_OK)
        return;
    if (rig->log_len == rig->log_room) {
        rig->log_room = rig->log_room ? rig->log_room * 2 : 4096;
        rig->log = realloc(rig->log, rig->log_room * sizeof *rig->log);
        assert_non_null(rig->log);
    }
    rig->log[rig->log_len].packet = *packet;
    rig->log[rig->log_len++].hash = hash_bytes(data, packet->len_bytes);
}

static uint32_t vary(const rig_t *rig, uint32_t bytes) {
    return bytes / 2 + 8 + (uint32_t)(mix(rig->log_len ^ 77) % (bytes + 1));
}

/* Monotonic time at which the next packet of a track comes. */
static int64_t due(const rig_t *rig, unsigned track) {
    const rig_source_t *s = &rig->source;
    if (track == 0)
        return s->video
                   ? rig->epoch_us + oc_clock_rescale(rig->next_dts[0], s->video_timescale, 1000000)
                   : INT64_MAX;
    return s->audio ? rig->epoch_us + s->audio_late_us +
                          oc_clock_rescale(rig->next_dts[1], s->audio_timescale, 1000000)
                    : INT64_MAX;
}

static void make_packet(rig_t *rig, unsigned track) {
    const rig_source_t *s = &rig->source;
    oc_packet_t packet = {.track = (uint8_t)track,
                          .dts = rig->next_dts[track],
                          .capture_us = rig->now_us,
                          .config_id = rig->config_id[track],
                          .key = true,
                          .jump = rig->jump};
    rig->jump = false;
    if (track == 0) {
        packet.key = s->mjpeg || rig->frames % s->gop_frames == 0;
        packet.len_bytes = vary(rig, packet.key ? s->key_bytes : s->video_bytes);
        packet.duration = s->frame_ticks;
        if (s->reordered) /* decode order I P B: shown I B P */
            packet.cts = (int32_t)s->frame_ticks * (packet.key ? 1 : rig->frames % 2 ? 2 : 0);
        rig->frames++;
    } else {
        packet.len_bytes = vary(rig, s->audio_bytes);
        packet.duration = s->audio_ticks;
    }
    rig->next_dts[track] += packet.duration;
    if (s->no_durations)
        packet.duration = 0;
    push(rig, &packet);
}

static void note_events(rig_t *rig) {
    oc_out_file_info_t info;
    while (oc_out_file_poll_event(rig->out, &info) == OC_OK) {
        rig->events[info.event]++;
        rig->last[info.event] = info;
        rig->gap_packets += info.lost_packets;
    }
}

/* Spans behind the first (the fragment's head) point into the ring: nothing was copied. */
static void look_at_spans(rig_t *rig, const oc_file_op_t *op) {
    const uint8_t *ring = rig->ring_memory;
    for (uint32_t i = 1; i < op->spans_len; i++) {
        rig->payload_spans++;
        if (op->spans[i].data < ring ||
            op->spans[i].data + op->spans[i].len > ring + rig->ring_size.total_bytes)
            rig->outside_spans++;
    }
}

static int64_t serve(rig_t *rig) {
    const oc_file_op_t *op;
    uint32_t id;
    int result;
    int64_t deadline = INT64_MAX;
    if (!rig->out)
        return deadline;
    for (bool more = true; more;) {
        more = false;
        deadline = oc_out_file_advance(rig->out, rig->now_us);
        while (oc_out_file_poll_op(rig->out, &op) == OC_OK) {
            if (op->kind == OC_FILE_WRITE && op->offset > 0) /* not the head */
                look_at_spans(rig, op);
            oc_sim_disk_submit(rig->disk, op, rig->now_us);
            if (++rig->ops_under_way > rig->max_ops_under_way)
                rig->max_ops_under_way = rig->ops_under_way;
        }
        while (oc_sim_disk_done(rig->disk, rig->now_us, &id, &result)) {
            rig->ops_under_way--;
            oc_out_file_complete(rig->out, id, result, rig->now_us);
            more = true;
        }
    }
    note_events(rig);
    return deadline;
}

void record_rig_run(rig_t *rig, int64_t us) {
    int64_t end = rig->now_us + us;
    for (;;) {
        int64_t deadline = serve(rig);
        assert_true(deadline > rig->now_us); /* nobody spins */
        oc_out_file_stats_t stats = {0};
        if (rig->out)
            oc_out_file_stats(rig->out, &stats);
        if (stats.synced_until_us && rig->now_us - stats.synced_until_us > rig->worst_age_us)
            rig->worst_age_us = rig->now_us - stats.synced_until_us;
        int64_t video = rig->quiet ? INT64_MAX : due(rig, 0);
        int64_t audio = rig->quiet ? INT64_MAX : due(rig, 1);
        int64_t disk = oc_sim_disk_due(rig->disk);
        int64_t next = deadline;
        next = video < next ? video : next;
        next = audio < next ? audio : next;
        next = disk < next ? disk : next;
        if (next >= end)
            break;
        rig->now_us = next > rig->now_us ? next : rig->now_us;
        if (next == video)
            make_packet(rig, 0);
        else if (next == audio)
            make_packet(rig, 1);
    }
    rig->now_us = end;
}

void record_rig_stop(rig_t *rig) {
    bool quiet = rig->quiet;
    oc_out_file_stop(rig->out, rig->now_us);
    rig->quiet = true;
    for (int i = 0; i < 600 && !oc_out_file_idle(rig->out); i++)
        record_rig_run(rig, 100000);
    assert_true(oc_out_file_idle(rig->out));
    note_events(rig);
    rig->quiet = quiet;
}

/* ---- reading back ---- */

uint64_t record_rig_recover(rig_t *rig) {
    static _Alignas(16) uint8_t memory[OC_RECOVER_BYTES];
    uint64_t lost = 0;
    for (size_t i = 0; i < oc_sim_disk_files(rig->disk);) {
        oc_recover_t plan;
        oc_mp4_source_t source;
        const char *slash = strrchr(oc_sim_disk_path(rig->disk, i), '/');
        oc_sim_disk_source(rig->disk, i, &source);
        int rc = oc_recover_plan(&plan, RIG_FOLDER, slash + 1, &source, memory);
        if (rc == OC_AGAIN) {
            i++;
            continue;
        }
        assert_int_equal(rc, OC_OK);
        lost += plan.lost_bytes;
        for (uint32_t k = 0; k < plan.ops; k++) {
            rc = oc_sim_disk_do(rig->disk, &plan.op[k]);
            while (rc == OC_ERR_EXIST && oc_recover_other_name(&plan) == OC_OK)
                rc = oc_sim_disk_do(rig->disk, &plan.op[k]);
            assert_int_equal(rc, OC_OK);
        }
        i = 0; /* the order of the files has changed */
    }
    return lost;
}

size_t record_rig_check_index(rig_t *rig) {
    size_t more = 0;
    static oc_key_read_t by_index, by_fragments;
    static uint8_t memory[2][OC_KEY_TABLE_BYTES];
    for (size_t i = 0; i < oc_sim_disk_files(rig->disk); i++) {
        oc_mp4_source_t source;
        oc_sim_disk_source(rig->disk, i, &source);
        assert_int_equal(oc_key_read_open(&by_index, memory[0], sizeof memory[0], &source), OC_OK);
        assert_true(by_index.indexed);
        more += by_index.read_bytes < source.size;
        source.size = by_index.read_bytes;
        assert_int_equal(oc_key_read_open(&by_fragments, memory[1], sizeof memory[1], &source),
                         OC_OK);
        by_fragments.indexed = false;
        oc_key_table_init(&by_fragments.table, memory[1], sizeof memory[1]);
        oc_mp4_frag_start(&by_fragments.at, by_fragments.moov.end, 0, INT64_MIN);
        assert_int_equal(oc_key_read_more(&by_fragments, &source, UINT32_MAX), OC_OK);
        oc_span_t one = oc_key_table_encoded(&by_index.table);
        oc_span_t other = oc_key_table_encoded(&by_fragments.table);
        assert_int_equal(one.len, other.len);
        assert_memory_equal(one.data, other.data, one.len);
    }
    return more;
}

typedef struct reading {
    const rig_t *rig;
    rig_found_t *found;
    uint64_t next[OC_TRACKS_MAX]; /* where in the log the search goes on */
    bool any[OC_TRACKS_MAX];
} reading_t;

/* The logged packet with these bytes; looked for from the expected place on, then from the start
 * (a file made after a failure may begin with packets that the one before held too). */
static uint64_t find_packet(reading_t *r, const oc_mp4_sample_t *sample, uint64_t hash) {
    const rig_t *rig = r->rig;
    for (int pass = 0; pass < 2; pass++)
        for (uint64_t i = pass ? 0 : r->next[sample->track]; i < rig->log_len; i++)
            if (rig->log[i].hash == hash && rig->log[i].packet.len_bytes == sample->len_bytes &&
                rig->log[i].packet.track == sample->track)
                return i;
    fail_msg("a sample of track %u, dts %lld, %u bytes is no packet that was pushed", sample->track,
             (long long)sample->dts, (unsigned)sample->len_bytes);
    return 0;
}

static void count_sample(reading_t *r, unsigned track, uint64_t at) {
    rig_found_t *found = r->found;
    found->samples[track]++;
    if (!r->any[track])
        found->first[track] = at;
    else if (at < r->next[track])
        found->doubled++;
    for (uint64_t i = r->next[track]; r->any[track] && i < at; i++)
        if (r->rig->log[i].packet.track == track) {
            found->missing[track]++;
            if (r->rig->log[i].packet.capture_us < found->first_missing_us)
                found->first_missing_us = r->rig->log[i].packet.capture_us;
        }
    r->any[track] = true;
    found->last[track] = at;
    r->next[track] = at + 1;
    if (r->rig->log[at].packet.capture_us > found->last_capture_us)
        found->last_capture_us = r->rig->log[at].packet.capture_us;
}

typedef struct origins {
    bool known[OC_TRACKS_MAX];
    int64_t base[OC_TRACKS_MAX]; /* logged dts - dts in the file */
} origins_t;

static void check_sample(reading_t *r, const oc_mp4_source_t *source, const oc_mp4_sample_t *sample,
                         origins_t *origins) {
    uint8_t *data = malloc(sample->len_bytes);
    assert_int_equal(source->read_at(source->context, sample->offset, data, sample->len_bytes),
                     OC_OK);
    uint64_t at = find_packet(r, sample, hash_bytes(data, sample->len_bytes));
    free(data);
    const oc_packet_t *packet = &r->rig->log[at].packet;
    unsigned t = sample->track;
    assert_int_equal(sample->key, packet->key);
    assert_int_equal(sample->cts, packet->cts);
    if (!origins->known[t])
        origins->base[t] = packet->dts - sample->dts;
    origins->known[t] = true;
    assert_int_equal(packet->dts - sample->dts, origins->base[t]);
    count_sample(r, t, at);
}

static void check_file(reading_t *r, size_t file) {
    static _Alignas(16) uint8_t memory[OC_MP4_READ_BYTES];
    oc_mp4_source_t source;
    oc_mp4_read_t *reader;
    oc_mp4_sample_t sample;
    origins_t origins = {0};
    char why[200] = "";
    int rc;
    bool first = true;
    oc_sim_disk_source(r->rig->disk, file, &source);
    if (oc_mp4_read_open(&reader, memory, &source, why, sizeof why) != OC_OK)
        fail_msg("%s: %s", oc_sim_disk_path(r->rig->disk, file), why);
    while ((rc = oc_mp4_read_next(reader, &sample)) == OC_OK) {
        if (first) {
            int64_t scale =
                sample.track == 0 ? r->rig->source.video_timescale : r->rig->source.audio_timescale;
            assert_true(sample.dts >= 0 && sample.dts * 1000 <= 40 * scale);
        }
        if (sample.track == (r->rig->source.video ? 0 : 1) && !origins.known[sample.track])
            assert_true(sample.key);
        first = false;
        check_sample(r, &source, &sample, &origins);
    }
    assert_int_equal(rc, OC_END);
    if (origins.known[0] && origins.known[1]) /* the same instant in both tracks' ticks */
        assert_true(origins.base[0] * (int64_t)r->rig->source.audio_timescale ==
                    origins.base[1] * (int64_t)r->rig->source.video_timescale);
}

void record_rig_check(const rig_t *rig, rig_found_t *found) {
    reading_t r = {.rig = rig, .found = found};
    memset(found, 0, sizeof *found);
    found->first_missing_us = INT64_MAX;
    size_t files = oc_sim_disk_files(rig->disk);
    for (size_t i = 0; i < files; i++) {
        oc_record_name_t name;
        const char *path = oc_sim_disk_path(rig->disk, i), *slash = strrchr(path, '/');
        assert_non_null(slash);
        if (oc_record_name_parse(slash + 1, strlen(slash + 1), &name) != OC_OK)
            fail_msg("%s: not the name of a recording", path);
        found->files++;
        found->open_files += name.open;
        check_file(&r, i);
    }
}
