/* Recording without sound: the picture is whole, nothing counts as lost, and no byte of sound is on
 * the disk. */
#include "cmocka_first.h"

#include <string.h>

#include "oc_err.h"
#include "record_rig.h"

#define SECOND INT64_C(1000000)

static rig_t rig;

static void begin(const rig_source_t *source, uint32_t segment_ms) {
    oc_out_file_config_t config = record_rig_config();
    config.no_audio = true;
    config.segment_ms = segment_ms;
    record_rig_open(&rig, source, 4000, 5);
    record_rig_record(&rig, &config);
}

/* Stops; the picture is complete in so many files, and there is nothing else. */
static void end(size_t files) {
    rig_found_t found;
    oc_out_file_stats_t stats;
    record_rig_stop(&rig);
    record_rig_check(&rig, &found);
    oc_out_file_stats(rig.out, &stats);
    assert_int_equal(found.files, files);
    assert_int_equal(found.open_files, 0);
    assert_int_equal(found.missing[0], 0);
    assert_int_equal(found.doubled, 0);
    assert_int_equal(found.samples[1], 0);
    assert_int_equal(stats.lost_packets, 0);
    assert_int_equal(rig.events[OC_OUT_FILE_GAP], 0);
    for (size_t i = 0; i < oc_sim_disk_files(rig.disk); i++) {
        oc_span_t bytes = oc_sim_disk_bytes(rig.disk, i);
        for (size_t at = 0; at + 4 < bytes.len && at < 4096; at++)
            assert_memory_not_equal(bytes.data + at, "soun", 4); /* no handler of a sound track */
    }
    record_rig_close(&rig);
}

static void the_picture_is_whole(void **state) {
    rig_source_t source = rig_default_source;
    begin(&source, 5000);
    record_rig_run(&rig, 12 * SECOND);
    rig_found_t found;
    record_rig_check(&rig, &found);
    assert_true(found.samples[0] > 300);
    end(3);
    source.reordered = true;
    source.no_durations = true;
    begin(&source, 0);
    record_rig_run(&rig, 4 * SECOND);
    end(1);
}

/* More packets of sound than a fragment has room for. */
static void much_sound_changes_nothing(void **state) {
    rig_source_t source = rig_default_source;
    source.audio_ticks = 48;
    source.audio_bytes = 20;
    begin(&source, 0);
    record_rig_run(&rig, 4 * SECOND);
    end(1);
}

/* A new description of what is not recorded is no reason to split. */
static void a_change_of_the_sound_splits_nothing(void **state) {
    begin(&rig_default_source, 0);
    record_rig_run(&rig, 2 * SECOND);
    record_rig_change_config(&rig, 1);
    record_rig_run(&rig, 2 * SECOND);
    end(1);
}

static void a_change_of_the_picture_splits(void **state) {
    begin(&rig_default_source, 0);
    record_rig_run(&rig, 2 * SECOND);
    record_rig_change_config(&rig, 0);
    record_rig_run(&rig, 3 * SECOND);
    end(2);
}

/* Sound alone gives no file, and stopping does not wait for one. */
static void sound_alone_is_no_file(void **state) {
    rig_source_t source = rig_default_source;
    source.video = false;
    begin(&source, 5000);
    record_rig_run(&rig, 12 * SECOND);
    assert_int_equal(oc_sim_disk_files(rig.disk), 0);
    end(0);
}

/* A full disk, then room: the picture goes on from what is still in the ring. */
static void a_disk_that_fails_is_taken_up_again(void **state) {
    oc_out_file_stats_t stats;
    begin(&rig_default_source, 0);
    record_rig_run(&rig, 3 * SECOND);
    oc_sim_disk_faults(rig.disk)->code[OC_FILE_WRITE] = OC_ERR_DISK_FULL;
    record_rig_run(&rig, 2 * SECOND);
    oc_out_file_stats(rig.out, &stats);
    assert_true(stats.failing);
    oc_sim_disk_faults(rig.disk)->code[OC_FILE_WRITE] = 0;
    record_rig_run(&rig, 8 * SECOND);
    oc_out_file_stats(rig.out, &stats);
    assert_false(stats.failing);
    record_rig_stop(&rig);
    rig_found_t found;
    record_rig_check(&rig, &found);
    assert_int_equal(found.samples[1], 0);
    assert_true(found.samples[0] > 250);
    record_rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_picture_is_whole),
        cmocka_unit_test(much_sound_changes_nothing),
        cmocka_unit_test(a_change_of_the_sound_splits_nothing),
        cmocka_unit_test(a_change_of_the_picture_splits),
        cmocka_unit_test(sound_alone_is_no_file),
        cmocka_unit_test(a_disk_that_fails_is_taken_up_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
