/* oc_mp4_read: what oc_fmp4 wrote comes back bit by bit with equal times; torn files end at their
 * last whole sample. Plain files and hostile ones: mp4_tables_test. */
#include "media_fixture.h"
#include "oc_clock.h"

#define PACKETS 400

/* A stream to be written: packets of both tracks in ring order with random payloads. */
typedef struct stream {
    oc_track_t tracks[OC_TRACKS_MAX];
    oc_packet_t packets[PACKETS];
    uint8_t bytes[PACKETS * 64];
    unsigned count;
} stream_t;

enum { B_FRAMES = 1, VARIABLE_RATE = 2, AUDIO_LATE = 4, AUDIO_MISSING = 8, JUMP = 16, FAR = 32 };

static void make(stream_t *s, oc_codec_t video, oc_codec_t audio, unsigned traits, uint64_t seed) {
    int64_t dts[2] = {0, 0};
    size_t used = 0;
    s->tracks[0] = fixture_track(video);
    s->tracks[1] = fixture_track(audio);
    if (traits & FAR)
        dts[0] = (int64_t)30000 << 33, dts[1] = (int64_t)s->tracks[1].timescale << 33;
    for (s->count = 0; s->count < PACKETS; s->count++) {
        unsigned i = s->count, second = i / 50;
        bool silent =
            ((traits & AUDIO_LATE) && i < 120) || ((traits & AUDIO_MISSING) && second % 3 == 1);
        unsigned track = video == OC_CODEC_NONE ||
                         (audio != OC_CODEC_NONE && !silent &&
                          oc_clock_compare(dts[1], s->tracks[1].timescale, dts[0], 30000) < 0);
        oc_packet_t *p = &s->packets[i];
        bool coded = video == OC_CODEC_H264 || video == OC_CODEC_H265;
        *p = (oc_packet_t){.data = s->bytes + used,
                           .len_bytes = 1 + fixture_random(&seed) % 60,
                           .dts = dts[track],
                           .duration = track ? 1024 : 1001,
                           .track = (uint8_t)track,
                           .key = track || !coded || i % 25 == 0};
        if ((traits & VARIABLE_RATE) && !track)
            p->duration = 1 + fixture_random(&seed) % 9000;
        if ((traits & B_FRAMES) && !track)
            p->cts = 1001 * (int32_t)(fixture_random(&seed) % 4) - 1001;
        if ((traits & JUMP) && i % 97 == 96)
            dts[track] += 100000 * (int64_t)(1 + fixture_random(&seed) % 1000);
        dts[track] = (traits & JUMP) ? dts[track] + p->duration : p->dts + p->duration;
        for (unsigned b = 0; b < p->len_bytes; b++)
            s->bytes[used++] = (uint8_t)fixture_random(&seed);
    }
}

/* Writes the stream in fragments of `group` packets. */
static void write_stream(const stream_t *s, unsigned group, fixture_file_t *f) {
    oc_fmp4_t mux;
    assert_int_equal(oc_fmp4_init(&mux, s->tracks, NULL), OC_OK);
    fixture_init_segment(f, &mux);
    for (unsigned i = 0; i < s->count; i += group) {
        unsigned n = s->count - i < group ? s->count - i : group;
        int64_t next[OC_TRACKS_MAX] = {-1, -1};
        for (unsigned k = s->count; k-- > i + n;)
            next[s->packets[k].track] = s->packets[k].dts;
        assert_int_equal(fixture_fragment(f, &mux, s->packets + i, n, next), OC_OK);
    }
}

static void assert_same_track(const oc_track_t *read, const oc_track_t *written) {
    if (written->codec == OC_CODEC_NONE) {
        assert_null(read);
        return;
    }
    assert_non_null(read);
    assert_int_equal(read->codec, written->codec);
    assert_int_equal(read->timescale, written->timescale);
    assert_int_equal(read->width, written->width);
    assert_int_equal(read->height, written->height);
    assert_int_equal(read->sample_rate, written->sample_rate);
    assert_int_equal(read->channels, written->channels);
    assert_int_equal(read->in_band, written->in_band);
    assert_int_equal(read->config_len, written->config_len);
    assert_memory_equal(read->config, written->config, written->config_len);
}

/* Reads the file and compares every packet, each track in its order, both in order of time. */
static void compare(const stream_t *s, fixture_file_t *f) {
    void *memory;
    oc_mp4_read_t *reader = fixture_open(f, &memory);
    unsigned next[OC_TRACKS_MAX] = {0, 0}, seen = 0;
    oc_mp4_sample_t sample, before = {0};
    int rc;
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++)
        assert_same_track(oc_mp4_read_track(reader, t), &s->tracks[t]);
    while ((rc = oc_mp4_read_next(reader, &sample)) == OC_OK) {
        unsigned *i = &next[sample.track];
        while (*i < s->count && s->packets[*i].track != sample.track)
            ++*i;
        assert_true(*i < s->count);
        const oc_packet_t *p = &s->packets[(*i)++];
        assert_true(sample.dts == p->dts);
        assert_int_equal(sample.cts, p->cts);
        assert_int_equal(sample.len_bytes, p->len_bytes);
        assert_int_equal(sample.key, p->key);
        assert_false(sample.new_config);
        assert_memory_equal(f->data + sample.offset, p->data, p->len_bytes);
        if (seen++)
            assert_true(oc_clock_compare(before.dts, s->tracks[before.track].timescale, sample.dts,
                                         s->tracks[sample.track].timescale) <= 0);
        before = sample;
    }
    assert_int_equal(rc, OC_END);
    assert_int_equal(seen, s->count);
    assert_int_equal(oc_mp4_read_next(reader, &sample), OC_END);
    free(memory);
}

static void round_trip(oc_codec_t video, oc_codec_t audio, unsigned traits, bool in_band) {
    static stream_t s;
    static const unsigned groups[] = {1, 7, 50, PACKETS};
    make(&s, video, audio, traits, 1 + traits + video * 100 + audio);
    s.tracks[0].in_band = in_band;
    for (unsigned g = 0; g < 4; g++) {
        fixture_file_t f = {0};
        write_stream(&s, groups[g], &f);
        compare(&s, &f);
        free(f.data);
    }
}

/* [D2] [E10] the output is never sought in; audio alone is a recording too */
static void every_codec_comes_back_bit_by_bit(void **state) {
    static const oc_codec_t videos[] = {OC_CODEC_NONE, OC_CODEC_H264, OC_CODEC_H265,
                                        OC_CODEC_MJPEG};
    static const oc_codec_t audios[] = {OC_CODEC_NONE, OC_CODEC_AAC, OC_CODEC_OPUS, OC_CODEC_PCMA,
                                        OC_CODEC_PCMU};
    for (unsigned v = 0; v < 4; v++) {
        for (unsigned a = 0; a < 5; a++) {
            if (v || a)
                round_trip(videos[v], audios[a], 0, false);
        }
    }
    round_trip(OC_CODEC_H264, OC_CODEC_AAC, 0, true); /* avc3 */
    round_trip(OC_CODEC_H265, OC_CODEC_AAC, 0, true); /* hev1 */
}

static void times_of_every_kind_come_back_exactly(void **state) {
    static const unsigned traits[] = {B_FRAMES,
                                      VARIABLE_RATE,
                                      AUDIO_LATE,
                                      AUDIO_MISSING,
                                      JUMP,
                                      FAR,
                                      B_FRAMES | VARIABLE_RATE | AUDIO_MISSING | JUMP | FAR};
    for (unsigned i = 0; i < sizeof traits / sizeof traits[0]; i++)
        round_trip(OC_CODEC_H264, OC_CODEC_AAC, traits[i], false);
}

static void a_base_time_becomes_zero_of_the_file(void **state) {
    static stream_t s;
    const int64_t base[OC_TRACKS_MAX] = {123456789012345, 987654321};
    oc_fmp4_t mux;
    fixture_file_t f = {0};
    make(&s, OC_CODEC_H264, OC_CODEC_AAC, 0, 3);
    assert_int_equal(oc_fmp4_init(&mux, s.tracks, base), OC_OK);
    fixture_init_segment(&f, &mux);
    for (unsigned i = 0; i < s.count; i++)
        s.packets[i].dts += base[s.packets[i].track];
    assert_int_equal(fixture_fragment(&f, &mux, s.packets, s.count, NULL), OC_OK);
    for (unsigned i = 0; i < s.count; i++)
        s.packets[i].dts -= base[s.packets[i].track];
    compare(&s, &f);
    free(f.data);
}

static void unknown_durations_are_taken_from_what_is_known(void **state) {
    static const uint8_t bytes[64];
    oc_track_t tracks[OC_TRACKS_MAX] = {fixture_track(OC_CODEC_H264), {.codec = OC_CODEC_NONE}};
    oc_fmp4_t mux;
    fixture_file_t f = {0};
    void *memory;
    oc_packet_t p[3];
    for (unsigned i = 0; i < 3; i++)
        p[i] = (oc_packet_t){.data = bytes, .len_bytes = 3, .dts = i * 1000, .key = i == 0};
    assert_int_equal(oc_fmp4_init(&mux, tracks, NULL), OC_OK);
    fixture_init_segment(&f, &mux);
    int64_t next[OC_TRACKS_MAX] = {2000, -1};
    assert_int_equal(fixture_fragment(&f, &mux, p, 2, next), OC_OK);
    assert_int_equal(fixture_fragment(&f, &mux, p + 2, 1, NULL), OC_OK);
    static const uint32_t expected[3] = {1000, 1000, 1000}; /* the last: as the one before it */
    oc_mp4_read_t *reader = fixture_open(&f, &memory);
    oc_mp4_sample_t s;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(oc_mp4_read_next(reader, &s), OC_OK);
        assert_int_equal(s.duration, expected[i]);
    }
    free(memory);
    free(f.data);
}

/* [E9] playable at any instant: whatever was written before the cut plays */
static void a_torn_tail_costs_only_what_was_torn(void **state) {
    static stream_t s;
    fixture_file_t f = {0};
    size_t ends[8], init_len;
    unsigned fragments = 0;
    oc_fmp4_t mux;
    make(&s, OC_CODEC_H264, OC_CODEC_AAC, B_FRAMES, 5);
    assert_int_equal(oc_fmp4_init(&mux, s.tracks, NULL), OC_OK);
    fixture_init_segment(&f, &mux);
    init_len = f.len;
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(fixture_fragment(&f, &mux, s.packets + i * 4, i == 2 ? 1 : 4, NULL),
                         OC_OK);
        ends[fragments++] = f.len;
    }
    for (size_t cut = 0; cut <= f.len; cut++) {
        /* memory of exactly this length: the sanitizer sees reads behind it */
        fixture_file_t torn = {.data = malloc(cut + 1), .len = cut};
        void *memory = aligned_alloc(16, OC_MP4_READ_BYTES);
        oc_mp4_source_t source = fixture_source(&torn);
        oc_mp4_read_t *reader;
        memcpy(torn.data, f.data, cut);
        int rc = oc_mp4_read_open(&reader, memory, &source, NULL, 0);
        if (cut < init_len) {
            assert_true(rc == OC_ERR_TRUNC || rc == OC_ERR_FORMAT);
        } else {
            assert_int_equal(rc, OC_OK);
            unsigned whole = 0, samples = 0;
            while (whole < fragments && ends[whole] <= cut)
                whole++;
            oc_mp4_sample_t sample;
            while ((rc = oc_mp4_read_next(reader, &sample)) == OC_OK) {
                assert_true(sample.offset + sample.len_bytes <= cut);
                samples++;
            }
            assert_int_equal(rc, OC_END);
            assert_true(samples >= whole * 4 - (whole > 2 ? 3 : 0));
            oc_mp4_info_t info;
            assert_int_equal(oc_mp4_read_info(reader, &info), OC_OK);
            assert_int_equal(info.fragments, whole);
            assert_true(info.valid_bytes == (whole ? ends[whole - 1] : init_len));
            assert_int_equal(info.torn, info.valid_bytes != cut);
        }
        free(memory);
        free(torn.data);
    }
    free(f.data);
}

static void zeros_behind_the_last_fragment_are_a_torn_tail(void **state) {
    static stream_t s;
    static const uint8_t zeros[5000];
    fixture_file_t f = {0};
    void *memory;
    oc_mp4_info_t info;
    make(&s, OC_CODEC_H264, OC_CODEC_AAC, 0, 5);
    write_stream(&s, 50, &f);
    size_t whole = f.len;
    fixture_put(&f, zeros, sizeof zeros);
    compare(&s, &f);
    oc_mp4_read_t *reader = fixture_open(&f, &memory);
    assert_int_equal(oc_mp4_read_info(reader, &info), OC_OK);
    assert_true(info.torn);
    assert_true(info.valid_bytes == whole);
    free(memory);
    free(f.data);
}

static void the_whole_is_described(void **state) {
    static stream_t s;
    fixture_file_t f = {0};
    void *memory;
    oc_mp4_info_t info, again;
    oc_mp4_sample_t first, second;
    make(&s, OC_CODEC_H264, OC_CODEC_AAC, 0, 9);
    write_stream(&s, 25, &f);
    oc_mp4_read_t *reader = fixture_open(&f, &memory);
    assert_int_equal(oc_mp4_read_next(reader, &first), OC_OK);
    assert_int_equal(oc_mp4_read_info(reader, &info), OC_OK);
    assert_int_equal(oc_mp4_read_next(reader, &second), OC_OK);
    assert_true(second.offset > first.offset); /* the position was kept */
    uint64_t samples[2] = {0, 0}, bytes = 0, gop = 0, largest = 0;
    int64_t end[2] = {0, 0};
    for (unsigned i = 0; i < s.count; i++) {
        const oc_packet_t *p = &s.packets[i];
        samples[p->track]++;
        end[p->track] = p->dts + p->duration;
        if (!p->track && p->key)
            gop = 0;
        gop += p->len_bytes;
        bytes += p->len_bytes;
        largest = gop > largest ? gop : largest;
    }
    assert_true(info.fragmented);
    assert_false(info.torn);
    assert_int_equal(info.fragments, PACKETS / 25);
    assert_true(info.valid_bytes == f.len);
    for (unsigned t = 0; t < 2; t++) {
        assert_true(info.samples[t] == samples[t]);
        assert_true(info.end_dts[t] == end[t]);
    }
    assert_int_equal(info.max_gop_bytes, largest);
    int64_t us = oc_clock_rescale(end[0], 30000, 1000000);
    int64_t audio_us = oc_clock_rescale(end[1], 44100, 1000000);
    us = audio_us > us ? audio_us : us;
    assert_true(info.duration_us == us);
    uint64_t exact = bytes * 8 * 1000000 / (uint64_t)us;
    assert_true(info.bitrate_bps >= exact - exact / 100 && info.bitrate_bps <= exact + exact / 100);
    assert_int_equal(oc_mp4_read_info(reader, &again), OC_OK);
    assert_memory_equal(&info, &again, sizeof info);
    free(memory);
    free(f.data);
}

/* The last video key packet with pts <= us, or the first. */
static const oc_packet_t *expected_key(const stream_t *s, int64_t us, unsigned lead) {
    const oc_packet_t *best = NULL;
    for (unsigned i = 0; i < s->count; i++) {
        const oc_packet_t *p = &s->packets[i];
        if (p->track != lead || !p->key)
            continue;
        if (!best || oc_clock_compare(p->dts + p->cts, s->tracks[lead].timescale, us, 1000000) <= 0)
            best = p;
        else
            break;
    }
    return best;
}

static void seeking_stands_at_the_key_packet_before(void **state) {
    static stream_t s;
    static const oc_codec_t codecs[][2] = {{OC_CODEC_H264, OC_CODEC_AAC},
                                           {OC_CODEC_MJPEG, OC_CODEC_PCMA},
                                           {OC_CODEC_NONE, OC_CODEC_OPUS}};
    for (unsigned c = 0; c < 3; c++) {
        fixture_file_t f = {0};
        void *memory;
        unsigned lead = codecs[c][0] == OC_CODEC_NONE;
        make(&s, codecs[c][0], codecs[c][1], c == 0 ? B_FRAMES : 0, 11);
        write_stream(&s, 30, &f);
        oc_mp4_read_t *reader = fixture_open(&f, &memory);
        for (int64_t us = -1000000; us < 14000000; us += 77777) {
            oc_mp4_sample_t sample;
            const oc_packet_t *p = expected_key(&s, us, lead);
            bool found = false;
            assert_int_equal(oc_mp4_read_seek(reader, us), OC_OK);
            for (unsigned n = 0; n < 4 && !found; n++) { /* audio may come first */
                assert_int_equal(oc_mp4_read_next(reader, &sample), OC_OK);
                found = sample.track == lead;
            }
            assert_true(found && sample.dts == p->dts && sample.key);
            assert_memory_equal(f.data + sample.offset, p->data, p->len_bytes);
        }
        free(memory);
        free(f.data);
    }
}

/* 24 hours at 30000/1001 and 44.1 kHz, one byte per packet, fragments of ten seconds at most. */
static void a_day_of_virtual_time_does_not_drift(void **state) {
    const int64_t seconds = 24 * 3600 / OC_TEST_DIVISOR;
    const int64_t frames = seconds * 30000 / 1001, blocks = seconds * 44100 / 1024;
    static oc_packet_t packets[OC_FMP4_PACKETS_MAX];
    static const uint8_t byte[1] = {7};
    oc_track_t tracks[OC_TRACKS_MAX] = {fixture_track(OC_CODEC_H264), fixture_track(OC_CODEC_AAC)};
    fixture_file_t f = {.room = 72u << 20, .data = malloc(72u << 20)};
    oc_fmp4_t mux;
    int64_t written[2] = {0, 0}, read[2] = {0, 0};
    assert_int_equal(oc_fmp4_init(&mux, tracks, NULL), OC_OK);
    fixture_init_segment(&f, &mux);
    while (written[0] < frames || written[1] < blocks) {
        unsigned n = 0;
        for (; n < 700 && n < OC_FMP4_PACKETS_MAX && (written[0] < frames || written[1] < blocks);
             n++) {
            unsigned t = written[0] == frames ||
                         (written[1] < blocks &&
                          oc_clock_compare(written[1] * 1024, 44100, written[0] * 1001, 30000) < 0);
            packets[n] = (oc_packet_t){.data = byte,
                                       .len_bytes = 1,
                                       .dts = written[t] * (t ? 1024 : 1001),
                                       .duration = t ? 1024 : 1001,
                                       .track = (uint8_t)t,
                                       .key = t || written[0] % 60 == 0};
            written[t]++;
        }
        assert_int_equal(fixture_fragment(&f, &mux, packets, n, NULL), OC_OK);
    }
    void *memory;
    oc_mp4_read_t *reader = fixture_open(&f, &memory);
    oc_mp4_sample_t s;
    oc_mp4_info_t info;
    while (oc_mp4_read_next(reader, &s) == OC_OK) {
        if (s.dts != read[s.track] * (s.track ? 1024 : 1001))
            fail_msg("track %u, packet %lld", s.track, (long long)read[s.track]);
        read[s.track]++;
    }
    assert_true(read[0] == frames && read[1] == blocks);
    assert_int_equal(oc_mp4_read_info(reader, &info), OC_OK);
    assert_true(info.end_dts[0] == frames * 1001);
    assert_true(info.end_dts[1] == blocks * 1024);
    assert_true(info.duration_us == oc_clock_rescale(blocks * 1024, 44100, 1000000));
    free(memory);
    free(f.data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_codec_comes_back_bit_by_bit),
        cmocka_unit_test(times_of_every_kind_come_back_exactly),
        cmocka_unit_test(a_base_time_becomes_zero_of_the_file),
        cmocka_unit_test(unknown_durations_are_taken_from_what_is_known),
        cmocka_unit_test(a_torn_tail_costs_only_what_was_torn),
        cmocka_unit_test(zeros_behind_the_last_fragment_are_a_torn_tail),
        cmocka_unit_test(the_whole_is_described),
        cmocka_unit_test(seeking_stands_at_the_key_packet_before),
        cmocka_unit_test(a_day_of_virtual_time_does_not_drift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
