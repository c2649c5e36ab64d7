/* The replay driver: what is in the file comes out, at its pace, round after round, also when the
 * file is damaged. Arguments of the program: the repository's root. */
#include "capture_conformance.h"
#include "oc_clock.h"
#include "oc_span.h"
#include "oc_timeline.h"

#define CLIP    ROOT "/assets/clip.mp4"
#define BFRAMES ROOT "/tests/corpora/mp4/h264-aac-bframes.mp4"
#define FRAG    ROOT "/tests/corpora/mp4/h264-aac-frag.mp4"
#define DAY_US  (24LL * 3600 / OC_TEST_DIVISOR * 1000000)

/* A file in memory, which a test may cut or damage. */
typedef struct memory_file {
    uint8_t *data;
    size_t len;
    int io_error_after; /* reads until OC_ERR_IO; -1 never */
    uint64_t version;   /* changed with the content */
} memory_file_t;

static memory_file_t file;
static rig_t rig;

static void load(const char *path) {
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    file.len = (size_t)ftell(f);
    file.data = (uint8_t *)malloc(file.len);
    file.io_error_after = -1;
    rewind(f);
    assert_int_equal(fread(file.data, 1, file.len, f), file.len);
    fclose(f);
}

static int memory_read(void *context, uint64_t offset, void *buffer, size_t len) {
    const memory_file_t *m = (const memory_file_t *)context;
    if (file.io_error_after == 0)
        return OC_ERR_IO;
    file.io_error_after -= file.io_error_after > 0;
    if (offset > m->len || len > m->len - offset)
        return OC_ERR_TRUNC;
    memcpy(buffer, m->data + offset, len);
    return OC_OK;
}
static int memory_open(void *context, const char *path, oc_mp4_source_t *source) {
    *source = (oc_mp4_source_t){memory_read, &file, file.len};
    ((rig_t *)context)->files++;
    return OC_OK;
}
static uint64_t memory_version(void *context, const char *path) {
    return file.version;
}
static void memory_close(void *context, oc_mp4_source_t *source) {
    ((rig_t *)context)->files--;
}

static void begin_memory(bool fast, bool loop) {
    rig_init(&rig, &oc_capture_replay, "replay:memory");
    rig.env.open_file = memory_open;
    rig.env.close_file = memory_close;
    rig.env.file_version = memory_version;
    rig.config.as_fast_as_possible = fast;
    rig.config.loop = loop;
}

static int unload(void **state) {
    free(file.data);
    file.data = NULL;
    return 0;
}

static void test_conformance(void **state) {
    conform(&oc_capture_replay, "replay:" BFRAMES, NULL);
    conform(&oc_capture_replay, CLIP, NULL);
    conform(&oc_capture_replay, "file:" FRAG, NULL);
}

static void test_open_errors(void **state) {
    rig_init(&rig, &oc_capture_replay, "/no/such.mp4");
    assert_int_equal(rig_open(&rig), OC_ERR_NOENT);
    assert_non_null(strstr(rig.config.why, "/no/such.mp4"));
    rig_close(&rig);
    rig_init(&rig, &oc_capture_replay, "/no/such.mp4?token=hunter2");
    assert_true(rig_open(&rig) < 0);
    assert_non_null(strstr(rig.config.why, "/no/such.mp4: "));
    assert_null(strstr(rig.config.why, "hunter2"));
    rig_close(&rig);
    rig_init(&rig, &oc_capture_replay, "file://" ROOT "/package.json");
    assert_true(rig_open(&rig) < 0);
    assert_non_null(strstr(rig.config.why, "package.json: "));
    rig_close(&rig);
}

static void test_open_tells_what_comes(void **state) {
    rig_init(&rig, &oc_capture_replay, CLIP);
    rig.config.fps_milli = 15000;
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(rig.config.track[0].codec, OC_CODEC_H264);
    assert_int_equal(rig.config.track[1].codec, OC_CODEC_AAC);
    assert_in_range(rig.config.fps_milli, 29900, 30100);
    assert_in_range(rig.config.packets_per_s, 76, 79);
    assert_true(rig.config.max_gop_bytes > 1000 && rig.config.max_gop_ms >= 200);
    assert_non_null(strstr(rig.config.adapted, "pictures/s, audio aac"));
    rig_close(&rig);
}

/* Tracks that are not carried are named; one that is carried after all is not. */
static void test_open_names_what_is_omitted(void **state) {
    rig_init(&rig, &oc_capture_replay, ROOT "/tests/corpora/mp4/mpeg4-mp3.mp4");
    assert_int_equal(rig_open(&rig), OC_ERR_FORMAT);
    assert_non_null(strstr(rig.config.why, "no track that can be read: video mp4v: audio mp3"));
    rig_close(&rig);
    rig_init(&rig, &oc_capture_replay, ROOT "/tests/corpora/mp4/h264-ac3.mp4");
    rig.config.audio = true;
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(rig.config.track[0].codec, OC_CODEC_H264);
    assert_int_equal(rig.config.track[1].codec, OC_CODEC_NONE);
    assert_int_equal(rig.config.track[1].omitted, 0x61632D33); /* ac-3 */
    assert_string_equal(rig.config.adapted, "not carried: audio ac-3");
    rig_close(&rig);
    rig_init(&rig, &oc_capture_replay, ROOT "/tests/corpora/mp4/h264-ac3.mp4");
    rig.config.audio = false; /* nobody wants it */
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(rig.config.track[1].omitted, 0);
    rig_close(&rig);
}

static void test_rotation_is_kept(void **state) {
    rig_init(&rig, &oc_capture_replay, ROOT "/tests/corpora/mp4/h264-rotated.mp4");
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(rig.config.track[0].rotation, 90);
    rig_close(&rig);
    rig_init(&rig, &oc_capture_replay, CLIP);
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(rig.config.track[0].rotation, 0);
    rig_close(&rig);
}

/* Every sample of the file, in its order, bytes and times as they are. */
static void same_as_file(const char *path, bool audio) {
    static uint8_t memory[OC_MP4_READ_BYTES] __attribute__((aligned(16)));
    oc_mp4_read_t *reader;
    oc_mp4_source_t source;
    oc_mp4_sample_t s;
    oc_handoff_item_t item;
    int described = 0;
    load(path);
    source = (oc_mp4_source_t){memory_read, &file, file.len};
    char why[200] = "";
    if (oc_mp4_read_open(&reader, memory, &source, why, sizeof why) != OC_OK)
        fail_msg("%s: %s", path, why);
    begin_memory(true, false);
    rig.config.audio = audio;
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(oc_capture_replay.start(rig.state, 5000), OC_OK);
    while (oc_mp4_read_next(reader, &s) == OC_OK) {
        if (s.track == 1 && !audio)
            continue;
        for (;; oc_handoff_release(&rig.handoff)) {
            assert_true(rig_next(&rig, &item, 0));
            if (item.kind != OC_HANDOFF_TRACK)
                break;
            described++;
        }
        assert_int_equal(item.packet.track, s.track);
        assert_int_equal(item.packet.dts, s.dts);
        assert_int_equal(item.packet.cts, s.cts);
        assert_int_equal(item.packet.duration, s.duration);
        assert_int_equal(item.packet.key, s.key);
        assert_int_equal(item.packet.len_bytes, s.len_bytes);
        assert_memory_equal(item.packet.data, file.data + s.offset, s.len_bytes);
        oc_handoff_release(&rig.handoff);
    }
    assert_true(rig_next(&rig, &item, 0));
    assert_int_equal(item.kind, OC_HANDOFF_ENDED);
    oc_handoff_release(&rig.handoff);
    assert_int_equal(oc_capture_replay.pump(rig.state, 1000000), INT64_MAX);
    assert_int_equal(described, audio ? 2 : 1);
    assert_int_equal(rig.handoff.dropped, 0);
    rig_close(&rig);
    unload(NULL);
}

static void test_bit_identical(void **state) {
    same_as_file(CLIP, true);
    same_as_file(CLIP, false);
    same_as_file(BFRAMES, true);
    same_as_file(FRAG, true);
    same_as_file(ROOT "/tests/corpora/mp4/mjpeg-opus.mp4", true);
    same_as_file(ROOT "/tests/corpora/mp4/h264-aac.mov", true); /* AAC as QuickTime wraps it */
    assert_int_equal(rig.config.track[1].codec, OC_CODEC_AAC);
    same_as_file(ROOT "/tests/corpora/mp4/vfr.mp4", false);
    same_as_file(ROOT "/tests/corpora/mp4/h265.mp4", false);
}

static void test_pace_is_real_time(void **state) {
    oc_handoff_item_t item;
    int64_t first = 0;
    load(CLIP);
    begin_memory(false, true);
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(oc_capture_replay.start(rig.state, rig.now_us), OC_OK);
    for (int i = 0; i < 2000; i++) { /* two and a half rounds */
        assert_true(rig_next(&rig, &item, 100000));
        if (item.kind == OC_HANDOFF_PACKET) {
            int64_t us =
                oc_clock_rescale(item.packet.dts, item.packet.track ? 48000 : 15360, 1000000);
            first = i < 2 ? us : first; /* i 0, 1: descriptions may come first */
            assert_int_equal(item.packet.capture_us, rig.now_us);
            assert_in_range(rig.now_us - 1000000 - (us - first) + 66, 0,
                            132); /* a tick where rounds meet */
        }
        oc_handoff_release(&rig.handoff);
    }
    assert_in_range(rig.now_us, 25000000, 28000000);
    rig_close(&rig);
}

static void test_24_hours_of_loops(void **state) {
    /* time stamps of the first round, per track */
    static int64_t round_dts[OC_TRACKS_MAX][1000];
    static uint32_t count[OC_TRACKS_MAX];
    static const uint32_t scale[OC_TRACKS_MAX] = {30000, 44100};
    /* the audio, whose last packet is short, is longer than 60 pictures of 1001/30000 s */
    const int64_t length = 87 * 1024 + 136;
    uint64_t n[OC_TRACKS_MAX] = {0, 0};
    int64_t last[OC_TRACKS_MAX] = {INT64_MIN, INT64_MIN};
    oc_timeline_t line;
    load(BFRAMES);
    begin_memory(true, false);
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(oc_capture_replay.start(rig.state, 0), OC_OK);
    for (oc_handoff_item_t item; rig_next(&rig, &item, 0); oc_handoff_release(&rig.handoff))
        if (item.kind == OC_HANDOFF_PACKET) {
            round_dts[item.packet.track][count[item.packet.track]++] = item.packet.dts;
        }
    rig_close(&rig);
    assert_int_equal(count[0], 60);
    assert_int_equal(count[1], 88);

    begin_memory(true, true);
    oc_timeline_init(&line);
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(oc_capture_replay.start(rig.state, 0), OC_OK);
    for (int64_t now_us = 0; now_us < DAY_US;) {
        oc_handoff_item_t item;
        assert_true(rig_next(&rig, &item, 0));
        if (item.kind == OC_HANDOFF_TRACK) {
            oc_timeline_track(&line, item.packet.track, item.track->timescale);
        } else {
            oc_packet_t p = item.packet;
            unsigned t = p.track;
            int64_t round = (int64_t)(n[t] / count[t]), i = (int64_t)(n[t] % count[t]);
            /* exactly the file's time plus whole rounds, rounded once: no drift in either track */
            int64_t want = round_dts[t][i] + oc_clock_rescale(round * length, 44100, scale[t]);
            assert_int_equal(p.dts, want);
            assert_true(p.dts >= last[t]);
            last[t] = p.dts;
            n[t]++;
            now_us = p.capture_us;
            assert_int_equal(oc_timeline_map(&line, &p), OC_OK);
            assert_false(p.jump);
        }
        oc_handoff_release(&rig.handoff);
    }
    assert_true(n[0] > 2500000 / OC_TEST_DIVISOR && n[1] > 3700000 / OC_TEST_DIVISOR);
    assert_int_equal(line.jumps + line.clamped + line.early, 0);
    rig_close(&rig);
}

#define WAITED 2000 /* packets: two and a half rounds of the clip */

/* Track and time stamp of the next packet. */
static int64_t next_stamp(int64_t limit_us) {
    oc_handoff_item_t item;
    do {
        assert_true(rig_next(&rig, &item, limit_us));
        oc_handoff_release(&rig.handoff);
    } while (item.kind != OC_HANDOFF_PACKET);
    return item.packet.dts * OC_TRACKS_MAX + item.packet.track;
}

/* Nobody takes a packet for 1, 2 and 5 s, again and again, or the process is stopped for so long:
 * every packet comes, in order, and after a pause at the usual pace. */
static void test_a_pause_loses_nothing(void **state) {
    static int64_t want[WAITED];
    static const int64_t pauses_s[] = {1, 2, 5, 3600};
    load(CLIP);
    begin_memory(true, true);
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(oc_capture_replay.start(rig.state, 0), OC_OK);
    for (int i = 0; i < WAITED; i++)
        want[i] = next_stamp(0);
    rig_close(&rig);
    begin_memory(false, true);
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(oc_capture_replay.start(rig.state, rig.now_us), OC_OK);
    for (int i = 0; i < WAITED; i++) {
        if (i % 200 == 100) { /* the consumer stands still */
            for (int64_t end = rig.now_us + pauses_s[i / 200 % 4] * 1000000; rig.now_us < end;
                 rig.now_us += 20000)
                oc_capture_replay.pump(rig.state, rig.now_us);
        } else if (i % 200 == 0) { /* and everything does */
            rig.now_us += pauses_s[i / 200 % 4] * 1000000;
        }
        assert_int_equal(next_stamp(1000000), want[i]);
    }
    assert_int_equal(rig.handoff.dropped, 0);
    rig_close(&rig);
}

static void test_after_a_pause_the_pace_goes_on(void **state) {
    load(CLIP);
    begin_memory(false, true);
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(oc_capture_replay.start(rig.state, rig.now_us), OC_OK);
    for (int i = 0; i < 100; i++)
        next_stamp(1000000);
    rig.now_us += 60 * 1000000LL;
    int64_t before_us = rig.now_us;
    for (int i = 0; i < 780; i++) /* ten seconds of them */
        next_stamp(1000000);
    assert_in_range(rig.now_us - before_us, 8900000, 10500000);
    rig_close(&rig);
}

/* Puts every fragment `seconds` later. scale: of track 1 and 2. */
static void shift_fragments(uint32_t seconds, const uint32_t scale[OC_TRACKS_MAX]) {
    unsigned track = 0, found = 0;
    for (size_t i = 0; i + 20 <= file.len; i++) {
        uint8_t *p = file.data + i;
        if (!memcmp(p, "tfhd", 4))
            track = p[11] - 1u;
        if (memcmp(p, "tfdt", 4) || track >= OC_TRACKS_MAX)
            continue;
        bool wide = p[4] == 1;
        uint64_t at = 0, more = (uint64_t)seconds * scale[track];
        for (int k = 0; k < (wide ? 8 : 4); k++)
            at = at << 8 | p[8 + k];
        at += more;
        for (int k = wide ? 8 : 4; k-- > 0; at >>= 8)
            p[8 + k] = (uint8_t)at;
        found++;
    }
    assert_true(found > 1);
}

/* Rates are those of what is played, wherever the file's time begins. */
static void test_a_file_that_does_not_start_at_0(void **state) {
    oc_capture_config_t usual;
    load(FRAG);
    begin_memory(false, true);
    assert_int_equal(rig_open(&rig), OC_OK);
    usual = rig.config;
    rig_close(&rig);
    shift_fragments(3600, (uint32_t[]){usual.track[0].timescale, usual.track[1].timescale});
    begin_memory(false, true);
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_in_range(rig.config.bitrate_bps, usual.bitrate_bps * 9 / 10,
                    usual.bitrate_bps * 11 / 10);
    assert_in_range(rig.config.packets_per_s, usual.packets_per_s - 2, usual.packets_per_s + 2);
    assert_in_range(rig.config.fps_milli, usual.fps_milli * 9 / 10, usual.fps_milli * 11 / 10);
    rig_close(&rig);
}

/* Another file takes the name, or the content changes: a loss, then the new one from its start. */
static void test_a_replaced_file_is_noticed(void **state) {
    oc_handoff_item_t item;
    int64_t rc = OC_OK;
    load(CLIP);
    file.version = 1;
    begin_memory(false, true);
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(oc_capture_replay.start(rig.state, rig.now_us), OC_OK);
    for (int i = 0; i < 100; i++)
        next_stamp(1000000);
    free(file.data);
    load(BFRAMES);
    file.version = 2;
    for (int i = 0; i < 1000 && rc >= 0; i++) {
        rc = oc_capture_replay.pump(rig.state, rig.now_us);
        assert_int_equal(oc_handoff_peek(&rig.handoff, &item), OC_AGAIN);
        rig.now_us += 10000;
    }
    assert_int_equal(rc, OC_ERR_STALE);
    oc_capture_replay.stop(rig.state);
    file.len = 1000; /* it is being written */
    file.version = 3;
    assert_true(oc_capture_replay.start(rig.state, rig.now_us) < 0);
    free(file.data);
    load(BFRAMES);
    file.version = 4;
    assert_int_equal(oc_capture_replay.start(rig.state, rig.now_us), OC_OK);
    for (int described = 0, i = 0; i < 500; i++) {
        assert_true(rig_next(&rig, &item, 1000000));
        described += item.kind == OC_HANDOFF_TRACK;
        assert_true(item.kind == OC_HANDOFF_TRACK || described);
        if (item.kind == OC_HANDOFF_TRACK && item.packet.track == 0)
            assert_int_equal(item.track->timescale, 30000);
        if (item.kind == OC_HANDOFF_PACKET && i < 2)
            assert_true(item.packet.key);
        oc_handoff_release(&rig.handoff);
    }
    file.version = 0; /* the name is gone: what is open goes on */
    for (int i = 0; i < 300; i++)
        next_stamp(1000000);
    rig_close(&rig);
}

static void test_torn_anywhere(void **state) {
    static const char *const paths[] = {BFRAMES, FRAG};
    for (int k = 0; k < 2; k++) {
        size_t whole;
        load(paths[k]);
        whole = file.len;
        for (size_t len = 0; len < whole; len += len < 4000 ? 13 * OC_TEST_DIVISOR : 1009) {
            int rc, packets = 0;
            file.len = len;
            begin_memory(true, false);
            rc = rig_open(&rig);
            assert_true((rc == OC_OK) == (rig.config.why[0] == 0));
            if (rc == OC_OK) {
                oc_handoff_item_t item;
                assert_int_equal(oc_capture_replay.start(rig.state, 0), OC_OK);
                for (; rig_next(&rig, &item, 0); packets++)
                    oc_handoff_release(&rig.handoff);
            }
            rig_close(&rig);
        }
        unload(NULL);
    }
}

static void test_damaged_anywhere(void **state) {
    static const char *const paths[] = {BFRAMES, FRAG};
    uint32_t x = 12345;
    for (int k = 0; k < 2; k++) {
        load(paths[k]);
        for (int n = 0; n < 1500 / OC_TEST_DIVISOR; n++) {
            uint8_t before[4];
            size_t at[4];
            oc_handoff_item_t item;
            for (int i = 0; i < 4; i++) {
                x ^= x << 13, x ^= x >> 17, x ^= x << 5;
                /* mostly in the first and last 4 KB, where the numbers are */
                at[i] = x % 3 ? x % 4096 : file.len - 1 - x % 4096;
                before[i] = file.data[at[i]];
                file.data[at[i]] = (uint8_t)(x >> 24);
            }
            begin_memory(true, n % 2);
            if (rig_open(&rig) == OC_OK && oc_capture_replay.start(rig.state, 0) == OC_OK)
                for (int i = 0; i < 400 && rig_next(&rig, &item, 0); i++)
                    oc_handoff_release(&rig.handoff);
            rig_close(&rig);
            for (int i = 4; i-- > 0;)
                file.data[at[i]] = before[i];
        }
        unload(NULL);
    }
}

static void test_read_error_is_a_loss(void **state) {
    oc_handoff_item_t item;
    int64_t rc = OC_OK;
    load(CLIP);
    begin_memory(true, true);
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(oc_capture_replay.start(rig.state, 0), OC_OK);
    assert_true(rig_next(&rig, &item, 0));
    file.io_error_after = 20;
    while (rc >= 0) {
        rc = oc_capture_replay.pump(rig.state, 0);
        rig_drain(&rig);
    }
    assert_int_equal(rc, OC_ERR_IO);
    oc_capture_replay.stop(rig.state);
    file.io_error_after = -1;
    assert_int_equal(oc_capture_replay.start(rig.state, 1000), OC_OK);
    while (rig_next(&rig, &item, 0) && item.kind != OC_HANDOFF_PACKET)
        oc_handoff_release(&rig.handoff);
    assert_true(item.packet.key); /* plays again, from a key packet */
    rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conformance),
        cmocka_unit_test(test_open_errors),
        cmocka_unit_test(test_open_tells_what_comes),
        cmocka_unit_test(test_open_names_what_is_omitted),
        cmocka_unit_test(test_rotation_is_kept),
        cmocka_unit_test(test_bit_identical),
        cmocka_unit_test_teardown(test_pace_is_real_time, unload),
        cmocka_unit_test_teardown(test_24_hours_of_loops, unload),
        cmocka_unit_test_teardown(test_a_pause_loses_nothing, unload),
        cmocka_unit_test_teardown(test_after_a_pause_the_pace_goes_on, unload),
        cmocka_unit_test_teardown(test_a_file_that_does_not_start_at_0, unload),
        cmocka_unit_test_teardown(test_a_replaced_file_is_noticed, unload),
        cmocka_unit_test(test_torn_anywhere),
        cmocka_unit_test(test_damaged_anywhere),
        cmocka_unit_test_teardown(test_read_error_is_a_loss, unload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
