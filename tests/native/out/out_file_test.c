/* Recording on a disk without faults: what is pushed is what is in the files. [E9] [E10] */
#include "cmocka_first.h"
#include "record_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include "oc_err.h"
#include "oc_key_read.h"
#include "oc_record_name.h"

#define SECOND INT64_C(1000000)

/* Everything the ring took is in the files, once. */
static void check_exact(const rig_t *rig, size_t files) {
    rig_found_t found;
    record_rig_check(rig, &found);
    assert_int_equal(found.files, files);
    assert_int_equal(found.open_files, 0);
    assert_int_equal(found.samples[0] + found.samples[1], rig->log_len);
    assert_int_equal(found.missing[0] + found.missing[1] + found.doubled, 0);
    assert_int_equal(rig->outside_spans, 0);
    assert_true(rig->payload_spans > 0);
}

static oc_record_name_t name_of(const rig_t *rig, size_t file) {
    oc_record_name_t name;
    const char *path = strrchr(oc_sim_disk_path(rig->disk, file), '/') + 1;
    assert_int_equal(oc_record_name_parse(path, strlen(path), &name), OC_OK);
    return name;
}

static void test_one_file(void **state) {
    rig_t rig;
    oc_out_file_stats_t stats;
    record_rig_open(&rig, &rig_default_source, 4000, 1);
    record_rig_record(&rig, NULL);
    record_rig_run(&rig, 10 * SECOND);
    oc_out_file_stats(rig.out, &stats);
    assert_true(stats.recording && !stats.failing);
    assert_int_equal(stats.lost_packets, 0);
    assert_true(stats.fragments >= 18 && stats.fragments <= 21);
    assert_true(rig.worst_age_us <= 1000000); /* what a power cut would lose */
    record_rig_stop(&rig);
    check_exact(&rig, 1);
    assert_int_equal(record_rig_check_index(&rig), 1);
    assert_int_equal(rig.events[OC_OUT_FILE_OPENED], 1);
    assert_int_equal(rig.events[OC_OUT_FILE_CLOSED], 1);
    assert_int_equal(rig.events[OC_OUT_FILE_STOPPED], 1);
    assert_int_equal(rig.events[OC_OUT_FILE_GAP] + rig.events[OC_OUT_FILE_FAILED], 0);
    const oc_out_file_info_t *closed = &rig.last[OC_OUT_FILE_CLOSED];
    assert_string_equal(closed->path, oc_sim_disk_path(rig.disk, 0));
    assert_int_equal(closed->bytes, oc_sim_disk_bytes(rig.disk, 0).len);
    oc_record_name_t name = name_of(&rig, 0);
    assert_int_equal(name.start_us, RIG_WALL_US);
    assert_true(llabs(name.end_us - RIG_WALL_US - 10 * SECOND) <= 50000);
    assert_int_equal(closed->start_us, name.start_us);
    record_rig_close(&rig);
}

/* The process stands still while a file would begin: its packets come late, in one go, and are
 * named by when they were captured. A line that began far away is no reason to date a file by it.
 */
static void test_names_behind_a_pause(void **state) {
    static const int64_t off_us[] = {0, SECOND, -2 * OC_OUT_FILE_LATE_MAX_US};
    for (int i = 0; i < 3; i++) {
        rig_t rig;
        oc_out_file_config_t config = record_rig_config();
        config.segment_ms = 5000;
        record_rig_open(&rig, &rig_default_source, 6000, 2);
        record_rig_record(&rig, &config);
        record_rig_run(&rig, 4 * SECOND);
        oc_out_file_zero(rig.out, RIG_START_US + off_us[i]);
        rig.now_us += 3 * SECOND;
        record_rig_run(&rig, 2 * SECOND);
        record_rig_stop(&rig);
        check_exact(&rig, 2);
        int64_t late_us = i == 0 ? 0 : i == 1 ? SECOND : 2 * SECOND;
        assert_int_equal(name_of(&rig, 1).start_us, RIG_WALL_US + 5 * SECOND + late_us);
        record_rig_close(&rig);
    }
}

/* Three splits, with late audio, reordered pictures and rates that do not divide. */
static void test_splits(void **state) {
    for (int variant = 0; variant < 6; variant++) {
        rig_t rig;
        rig_source_t source = rig_default_source;
        oc_out_file_config_t config = record_rig_config();
        source.reordered = variant & 1;
        source.audio_late_us = variant >= 2 ? 250000 : 0;
        source.no_durations = variant >= 4;
        source.first_s = variant * 100000;
        if (variant & 2) {
            source.video_timescale = 30000;
            source.frame_ticks = 1001;
            source.audio_timescale = 44100;
        }
        config.segment_ms = 5000;
        record_rig_open(&rig, &source, 6000, 2);
        record_rig_record(&rig, &config);
        record_rig_run(&rig, 19 * SECOND + SECOND / 2);
        record_rig_stop(&rig);
        check_exact(&rig, 4);
        assert_int_equal(rig.events[OC_OUT_FILE_CLOSED], 4);
        for (size_t i = 0; i + 1 < 4; i++) { /* each starts where the one before ended */
            oc_record_name_t a = name_of(&rig, i), b = name_of(&rig, i + 1);
            assert_true(a.start_us < b.start_us);
            assert_true(llabs(b.start_us - a.end_us) <= 100000 + source.audio_late_us);
        }
        record_rig_close(&rig);
    }
}

/* 25 frames per second and a GOP of 2 s: a split waits for the key packet. */
static void test_split_waits_for_key(void **state) {
    rig_t rig;
    rig_source_t source = rig_default_source;
    oc_out_file_config_t config = record_rig_config();
    source.frame_ticks = 3600;
    source.gop_frames = 50;
    config.segment_ms = 3000;
    record_rig_open(&rig, &source, 6000, 2);
    record_rig_record(&rig, &config);
    record_rig_run(&rig, 11 * SECOND);
    record_rig_stop(&rig);
    check_exact(&rig, 3);
    assert_int_equal(name_of(&rig, 1).start_us - name_of(&rig, 0).start_us, 4 * SECOND);
    record_rig_close(&rig);
}

/* Bytes of a simulated file. */
static int read_disk(void *context, uint64_t offset, void *buffer, size_t len) {
    const oc_span_t *bytes = context;
    if (offset > bytes->len || len > bytes->len - offset)
        return OC_ERR_TRUNC;
    memcpy(buffer, bytes->data + offset, len);
    return OC_OK;
}

/* Key frames that fragments of a file begin with. */
static uint32_t keys_of(const rig_t *rig, size_t file) {
    oc_span_t bytes = oc_sim_disk_bytes(rig->disk, file);
    const oc_mp4_source_t source = {read_disk, &bytes, bytes.len};
    oc_key_read_t *read = calloc(1, sizeof(*read));
    uint8_t memory[4096];
    assert_int_equal(oc_key_read_open(read, memory, sizeof memory, &source), OC_OK);
    assert_int_equal(oc_key_read_more(read, &source, UINT32_MAX), OC_OK);
    uint32_t keys = read->table.count;
    free(read);
    return keys;
}

/* Whatever the length of a GOP, each begins a fragment, or most of a file could not be sought. */
static void test_gops_begin_fragments(void **state) {
    static const uint32_t frames[] = {8, 15, 16, 20, 31, 36, 44, 50, 61};
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        rig_t rig;
        rig_source_t source = rig_default_source;
        source.gop_frames = frames[i];
        record_rig_open(&rig, &source, 6000, 2);
        record_rig_record(&rig, NULL);
        record_rig_run(&rig, 20 * SECOND);
        record_rig_stop(&rig);
        check_exact(&rig, 1);
        uint32_t pictures = 0;
        for (size_t n = 0; n < rig.log_len; n++)
            pictures += rig.log[n].packet.track == 0 && rig.log[n].packet.key;
        assert_int_equal(keys_of(&rig, 0), pictures);
        record_rig_close(&rig);
    }
}

static void test_preroll(void **state) {
    rig_t rig;
    rig_found_t found;
    oc_out_file_config_t config = record_rig_config();
    config.preroll_ms = 3000;
    record_rig_open(&rig, &rig_default_source, 8000, 3);
    record_rig_run(&rig, 20 * SECOND + SECOND / 4);
    int64_t requested = rig.now_us;
    record_rig_record(&rig, &config);
    record_rig_run(&rig, 5 * SECOND);
    record_rig_stop(&rig);
    record_rig_check(&rig, &found);
    int64_t first = rig.log[found.first[0]].packet.capture_us;
    assert_true(first <= requested - 3 * SECOND && first >= requested - 4 * SECOND - SECOND / 2);
    assert_int_equal(found.missing[0] + found.missing[1], 0);
    assert_int_equal(found.last[0] > found.last[1] ? found.last[0] : found.last[1],
                     rig.log_len - 1);
    assert_int_equal(name_of(&rig, 0).start_us, first - RIG_START_US + RIG_WALL_US);
    record_rig_close(&rig);
}

static void test_without_preroll_starts_at_next_key(void **state) {
    rig_t rig;
    rig_found_t found;
    record_rig_open(&rig, &rig_default_source, 8000, 3);
    record_rig_run(&rig, 5 * SECOND + SECOND / 4);
    int64_t requested = rig.now_us;
    record_rig_record(&rig, NULL);
    record_rig_run(&rig, 5 * SECOND);
    record_rig_stop(&rig);
    record_rig_check(&rig, &found);
    int64_t first = rig.log[found.first[0]].packet.capture_us;
    assert_true(first > requested && first <= requested + SECOND);
    record_rig_close(&rig);
}

/* New parameter sets come with the next key packet: a new file describes them. */
static void test_parameter_change(void **state) {
    rig_t rig;
    rig_source_t source = rig_default_source;
    record_rig_open(&rig, &source, 6000, 4);
    record_rig_record(&rig, NULL);
    record_rig_run(&rig, 5 * SECOND - 10000); /* the next packet is a key packet */
    record_rig_change_config(&rig, 0);
    record_rig_run(&rig, 5 * SECOND);
    record_rig_stop(&rig);
    check_exact(&rig, 2);
    record_rig_close(&rig);
}

/* Sound changes in the middle of a GOP: packets that the file does not describe are left out and
 * counted; from the next key packet on a new file has them. */
static void test_audio_change(void **state) {
    rig_t rig;
    rig_found_t found;
    oc_out_file_stats_t stats;
    record_rig_open(&rig, &rig_default_source, 6000, 4);
    record_rig_record(&rig, NULL);
    record_rig_run(&rig, 5 * SECOND + SECOND / 2);
    record_rig_change_config(&rig, 1);
    record_rig_run(&rig, 5 * SECOND);
    record_rig_stop(&rig);
    record_rig_check(&rig, &found);
    oc_out_file_stats(rig.out, &stats);
    assert_int_equal(found.files, 2);
    assert_int_equal(found.missing[0], 0);
    assert_true(found.missing[1] >= 20 && found.missing[1] <= 30);
    assert_int_equal(found.missing[1], stats.lost_packets);
    assert_int_equal(rig.gap_packets, stats.lost_packets);
    assert_int_equal(rig.last[OC_OUT_FILE_GAP].code, OC_ERR_NOTSUP);
    record_rig_close(&rig);
}

/* The source's time line jumps by an hour: a new file, which starts at time 0 again
 * (record_rig_check). When the jump comes with a packet that no file can start with, packets up to
 * the next key packet are left out. */
/* Variant 1: sound comes ahead of the first key frame behind the jump. No file begins with it: it
 * is left out and counted. */
static void test_jump(void **state) {
    for (int variant = 0; variant < 2; variant++) {
        rig_t rig;
        oc_out_file_stats_t stats;
        record_rig_open(&rig, &rig_default_source, 6000, 4);
        record_rig_record(&rig, NULL);
        record_rig_run(&rig,
                       5 * SECOND - (variant ? 10000 : 5000)); /* sound, or a key packet, is next */
        rig.next_dts[0] += INT64_C(3600) * 90000;
        rig.next_dts[1] += INT64_C(3600) * 48000;
        rig.epoch_us -= 3600 * SECOND;
        rig.jump = true;
        record_rig_run(&rig, 5 * SECOND);
        record_rig_stop(&rig);
        oc_out_file_stats(rig.out, &stats);
        assert_in_range(stats.lost_packets, variant, variant);
        assert_int_equal(rig.events[OC_OUT_FILE_GAP], variant);
        if (variant == 0)
            check_exact(&rig, 2);
        for (size_t i = 0; i < 2; i++) {
            oc_record_name_t name = name_of(&rig, i);
            assert_true(llabs(name.end_us - name.start_us - 5 * SECOND) < SECOND / 10);
        }
        record_rig_close(&rig);
    }
}

static void test_audio_only(void **state) { /* [E10] */
    rig_t rig;
    rig_source_t source = rig_default_source;
    oc_out_file_config_t config = record_rig_config();
    source.video = false;
    config.segment_ms = 5000;
    record_rig_open(&rig, &source, 4000, 5);
    record_rig_record(&rig, &config);
    record_rig_run(&rig, 12 * SECOND);
    oc_out_file_stats_t stats;
    oc_out_file_stats(rig.out, &stats);
    assert_true(stats.fragments <= 26); /* not one per packet, although each is a key packet */
    record_rig_stop(&rig);
    check_exact(&rig, 3);
    record_rig_close(&rig);
}

static void test_video_only(void **state) {
    rig_t rig;
    rig_source_t source = rig_default_source;
    source.audio = false;
    record_rig_open(&rig, &source, 4000, 5);
    record_rig_record(&rig, NULL);
    record_rig_run(&rig, 5 * SECOND);
    record_rig_stop(&rig);
    check_exact(&rig, 1);
    record_rig_close(&rig);
}

/* A source that stands still: what came before is on the disk all the same. */
static void test_quiet_source(void **state) {
    rig_t rig;
    oc_out_file_stats_t stats;
    record_rig_open(&rig, &rig_default_source, 4000, 6);
    record_rig_record(&rig, NULL);
    record_rig_run(&rig, 3 * SECOND + SECOND / 10);
    rig.quiet = true;
    record_rig_run(&rig, SECOND);
    oc_out_file_stats(rig.out, &stats);
    assert_int_equal(stats.synced_until_us, rig.log[rig.log_len - 1].packet.capture_us);
    record_rig_stop(&rig);
    check_exact(&rig, 1);
    record_rig_close(&rig);
}

static void test_stop_twice(void **state) {
    rig_t rig;
    record_rig_open(&rig, &rig_default_source, 4000, 7);
    record_rig_record(&rig, NULL);
    record_rig_run(&rig, 2 * SECOND);
    oc_out_file_stop(rig.out, rig.now_us);
    record_rig_run(&rig, SECOND); /* packets after the stop are not recorded */
    record_rig_stop(&rig);
    record_rig_stop(&rig);
    oc_out_file_complete(rig.out, 12345, OC_OK, rig.now_us);
    assert_int_equal(rig.events[OC_OUT_FILE_STOPPED], 1);
    rig_found_t found;
    record_rig_check(&rig, &found);
    assert_int_equal(found.missing[0] + found.missing[1], 0);
    assert_int_equal(found.files, 1);
    assert_true(found.last_capture_us <= RIG_START_US + 2 * SECOND);
    assert_true(found.last_capture_us >= RIG_START_US + 2 * SECOND - 40000);
    record_rig_close(&rig);
}

static void test_stop_at_once(void **state) {
    rig_t rig;
    oc_ring_stats_t ring;
    record_rig_open(&rig, &rig_default_source, 4000, 7);
    record_rig_record(&rig, NULL);
    record_rig_stop(&rig);
    assert_int_equal(oc_sim_disk_files(rig.disk), 0);
    assert_int_equal(rig.events[OC_OUT_FILE_STOPPED], 1);
    oc_ring_stats(rig.ring, &ring);
    assert_int_equal(ring.readers + ring.pinned_bytes, 0);
    record_rig_close(&rig);
}

/* Until the wall clock is set names carry monotonic time; a clock set meanwhile names the file when
 * it is closed. */
static void test_clock_not_set(void **state) {
    rig_t rig;
    oc_out_file_config_t config = record_rig_config();
    config.segment_ms = 4000;
    record_rig_open(&rig, &rig_default_source, 4000, 8);
    oc_clock_t known = rig.clock;
    rig.clock = (oc_clock_t){0, OC_CLOCK_NONE};
    record_rig_record(&rig, &config);
    record_rig_run(&rig, 2 * SECOND);
    assert_string_equal(oc_sim_disk_path(rig.disk, 0), RIG_FOLDER "/cam1_m0000000050000_open.mp4");
    record_rig_run(&rig, 4 * SECOND); /* the first file is closed without a clock */
    rig.clock = known;
    record_rig_run(&rig, 4 * SECOND); /* the second with one; the third is opened with it */
    record_rig_stop(&rig);
    rig_found_t found; /* the monotonic name sorts behind the others: not in the order of time */
    record_rig_check(&rig, &found);
    assert_int_equal(found.files, 3);
    assert_int_equal(found.samples[0] + found.samples[1], rig.log_len);
    assert_string_equal(oc_sim_disk_path(rig.disk, 2),
                        RIG_FOLDER "/cam1_m0000000050000_m0000000054010.mp4");
    assert_int_equal(name_of(&rig, 0).start_us, RIG_WALL_US + 4 * SECOND);
    assert_int_equal(name_of(&rig, 1).start_us, RIG_WALL_US + 8 * SECOND);
    record_rig_close(&rig);
}

/* Names that exist already are stepped over, nothing is lost and nothing overwritten. */
static void test_names_exist(void **state) {
    rig_t rig;
    char path[OC_FILE_PATH_MAX];
    oc_record_name_t name = {.name = "cam1", .start_us = RIG_WALL_US, .open = true};
    record_rig_open(&rig, &rig_default_source, 6000, 9);
    for (int i = 0; i < 3; i++) {
        name.start_us = RIG_WALL_US + i * 1000;
        assert_int_equal(oc_record_name_path(&name, RIG_FOLDER, path, sizeof path), OC_OK);
        oc_sim_disk_put(rig.disk, path, oc_span("mine", 4));
    }
    record_rig_record(&rig, NULL);
    record_rig_run(&rig, 3 * SECOND);
    record_rig_stop(&rig);
    assert_int_equal(oc_sim_disk_files(rig.disk), 4);
    assert_int_equal(rig.events[OC_OUT_FILE_FAILED] + rig.events[OC_OUT_FILE_GAP], 0);
    name.start_us = RIG_WALL_US;
    for (int i = 0; i < 3; i++) {
        name.start_us = RIG_WALL_US + i * 1000;
        assert_int_equal(oc_record_name_path(&name, RIG_FOLDER, path, sizeof path), OC_OK);
        oc_span_t kept = oc_sim_disk_bytes(rig.disk, (size_t)oc_sim_disk_find(rig.disk, path));
        assert_int_equal(kept.len, 4);
        oc_file_op_t unlink = {.kind = OC_FILE_UNLINK};
        memcpy(unlink.path, path, sizeof path);
        assert_int_equal(oc_sim_disk_do(rig.disk, &unlink), OC_OK);
    }
    check_exact(&rig, 1);
    record_rig_close(&rig);
}

/* Stop while the first name is found to exist: the packets still get a file. */
static void test_stop_with_name_that_exists(void **state) {
    rig_t rig;
    char path[OC_FILE_PATH_MAX];
    oc_record_name_t name = {.name = "cam1", .start_us = RIG_WALL_US, .open = true};
    record_rig_open(&rig, &rig_default_source, 6000, 9);
    assert_int_equal(oc_record_name_path(&name, RIG_FOLDER, path, sizeof path), OC_OK);
    oc_sim_disk_put(rig.disk, path, oc_span("mine", 4));
    record_rig_record(&rig, NULL);
    record_rig_run(&rig, SECOND / 4);
    record_rig_stop(&rig);
    assert_int_equal(rig.events[OC_OUT_FILE_CLOSED], 1);
    assert_int_equal(oc_sim_disk_files(rig.disk), 2);
    record_rig_close(&rig);
}

static void test_bad_config(void **state) {
    static const char *const names[] = {"", "a_b", "a/b", "..", "a b", "\xC3\xA4", "a.mp4"};
    static const char *const folders[] = {"",  "/abs",  "a//b", "a/../b", "..",
                                          ".", "a/./b", "a/b/", "a\nb",   "a\\b"};
    rig_t rig;
    char why[400];
    record_rig_open(&rig, &rig_default_source, 4000, 10);
    oc_out_file_t *out = malloc(oc_out_file_bytes());
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        oc_out_file_config_t config = record_rig_config();
        memset(config.name, 0, sizeof config.name);
        memcpy(config.name, names[i], strlen(names[i]));
        assert_int_equal(oc_out_file_init(out, rig.ring, &rig.clock, &config, why, sizeof why),
                         OC_ERR_INVAL);
        assert_non_null(strstr(why, "name"));
    }
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        oc_out_file_config_t config = record_rig_config();
        memset(config.directory, 0, sizeof config.directory);
        memcpy(config.directory, folders[i], strlen(folders[i]));
        assert_int_equal(oc_out_file_init(out, rig.ring, &rig.clock, &config, why, sizeof why),
                         OC_ERR_INVAL);
        assert_non_null(strstr(why, "directory"));
    }
    oc_out_file_config_t config = record_rig_config();
    config.fragment_ms = 99;
    assert_int_equal(oc_out_file_init(out, rig.ring, &rig.clock, &config, why, sizeof why),
                     OC_ERR_RANGE);
    assert_string_equal(why, "recording fragment 99 ms: allowed are 100 to 1000 ms");
    assert_int_equal(oc_out_file_init(out, rig.ring, &rig.clock, &config, NULL, 0), OC_ERR_RANGE);
    config.fragment_ms = 0;
    for (int i = 0; i < OC_RING_READERS; i++)
        assert_true(oc_ring_open(rig.ring, OC_RING_NEXT, 0, OC_RING_TO_OLDEST) >= 0);
    assert_int_equal(oc_out_file_init(out, rig.ring, &rig.clock, &config, why, sizeof why),
                     OC_ERR_BUSY);
    free(out);
    record_rig_close(&rig);
}

/* A day at rates that do not divide: 30000/1001/6 frames and 44100 Hz. Files, names and times stay
 * right, and no packet is lost at any of the 15 splits. */
static void test_a_day(void **state) {
    rig_t rig;
    rig_source_t source = rig_default_source;
    source.video_timescale = 30000;
    source.frame_ticks = 6006;
    source.audio_timescale = 44100;
    source.audio_ticks = 22050;
    source.gop_frames = 10;
    source.video_bytes = 24;
    source.key_bytes = 48;
    source.audio_bytes = 16;
    record_rig_open(&rig, &source, 20000, 11);
    record_rig_record(&rig, NULL);
    const int64_t seconds = OC_TEST_DIVISOR > 1 ? 4 * 3600 : 86400;
    const size_t files = (size_t)(seconds + 90 * 60 - 1) / (90 * 60);
    record_rig_run(&rig, seconds * SECOND);
    record_rig_stop(&rig);
    check_exact(&rig, files);
    oc_out_file_stats_t stats;
    oc_out_file_stats(rig.out, &stats);
    assert_int_equal(stats.lost_packets + stats.gaps, 0);
    assert_int_equal(stats.written_bytes, stats.synced_bytes);
    oc_record_name_t last = name_of(&rig, files - 1);
    assert_true(llabs(last.end_us - RIG_WALL_US - seconds * SECOND) <= SECOND);
    for (size_t i = 1; i < files; i++)
        assert_true(llabs(name_of(&rig, i).start_us - name_of(&rig, i - 1).end_us) <= 600000);
    record_rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_file),
        cmocka_unit_test(test_names_behind_a_pause),
        cmocka_unit_test(test_splits),
        cmocka_unit_test(test_split_waits_for_key),
        cmocka_unit_test(test_gops_begin_fragments),
        cmocka_unit_test(test_preroll),
        cmocka_unit_test(test_without_preroll_starts_at_next_key),
        cmocka_unit_test(test_parameter_change),
        cmocka_unit_test(test_audio_change),
        cmocka_unit_test(test_jump),
        cmocka_unit_test(test_audio_only),
        cmocka_unit_test(test_video_only),
        cmocka_unit_test(test_quiet_source),
        cmocka_unit_test(test_stop_twice),
        cmocka_unit_test(test_stop_at_once),
        cmocka_unit_test(test_clock_not_set),
        cmocka_unit_test(test_names_exist),
        cmocka_unit_test(test_stop_with_name_that_exists),
        cmocka_unit_test(test_bad_config),
        cmocka_unit_test(test_a_day),
    };
    return cmocka_run_group_tests_name("out_file", tests, NULL, NULL);
}
