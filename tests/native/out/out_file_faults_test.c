/* Recording on disks that are full, slow, read-only or broken: it never blocks or spins, says what
 * is wrong, keeps what is whole and goes on by itself. [E9] */
#include "cmocka_first.h"
#include "record_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include "oc_err.h"

#define SECOND INT64_C(1000000)

/* Every packet is in a file or was reported as lost; files are whole and under their final names.
 * Packets that a new file repeats from the ring are in `doubled`. */
static rig_found_t check_accounts(const rig_t *rig) {
    rig_found_t found;
    oc_out_file_stats_t stats;
    oc_ring_stats_t ring;
    record_rig_check(rig, &found);
    oc_out_file_stats(rig->out, &stats);
    assert_int_equal(found.samples[0] + found.samples[1] - found.doubled + stats.lost_packets,
                     rig->log_len);
    assert_int_equal(rig->gap_packets, stats.lost_packets);
    assert_int_equal(rig->outside_spans, 0);
    oc_ring_stats(rig->ring, &ring);
    assert_int_equal(ring.pinned_bytes + ring.readers, 0);
    return found;
}

static void test_disk_full_then_space(void **state) {
    rig_t rig;
    record_rig_open(&rig, &rig_default_source, 4000, 1);
    record_rig_record(&rig, NULL);
    record_rig_run(&rig, 5 * SECOND);
    uint64_t used = oc_sim_disk_bytes(rig.disk, 0).len;
    oc_sim_disk_faults(rig.disk)->capacity_bytes = used + 40000; /* less than a second more */
    record_rig_run(&rig, 17 * SECOND);
    assert_int_equal(rig.events[OC_OUT_FILE_FAILED], 1); /* once, although it was tried again */
    assert_int_equal(rig.last[OC_OUT_FILE_FAILED].code, OC_ERR_DISK_FULL);
    assert_non_null(strstr(rig.last[OC_OUT_FILE_FAILED].path, RIG_FOLDER "/cam1_"));
    assert_int_equal(rig.events[OC_OUT_FILE_RECOVERED], 0);
    assert_int_equal(rig.events[OC_OUT_FILE_CLOSED], 1); /* what was whole has its final name */
    oc_out_file_stats_t stats;
    oc_out_file_stats(rig.out, &stats);
    assert_true(stats.failing);
    assert_true(oc_sim_disk_files(rig.disk) <= 2); /* tries leave nothing behind */
    oc_sim_disk_faults(rig.disk)->capacity_bytes = 0;
    record_rig_run(&rig, 10 * SECOND);
    oc_out_file_stats(rig.out, &stats);
    assert_false(stats.failing);
    assert_int_equal(rig.events[OC_OUT_FILE_RECOVERED], 1);
    assert_int_equal(rig.last[OC_OUT_FILE_GAP].code, OC_ERR_DISK_FULL);
    record_rig_stop(&rig);
    rig_found_t found = check_accounts(&rig);
    assert_int_equal(found.files, 2);
    assert_int_equal(found.open_files, 0);
    record_rig_close(&rig);
}

/* A fault shorter than the ring costs at most the rest of one GOP. */
static void test_short_fault_loses_less_than_a_gop(void **state) {
    static const oc_file_kind_t kinds[] = {OC_FILE_WRITE, OC_FILE_SYNC};
    for (size_t i = 0; i < 2; i++) {
        rig_t rig;
        record_rig_open(&rig, &rig_default_source, 12000, 2);
        record_rig_record(&rig, NULL);
        record_rig_run(&rig, 5 * SECOND + SECOND / 3);
        oc_sim_disk_faults(rig.disk)->code[kinds[i]] = OC_ERR_IO;
        oc_sim_disk_faults(rig.disk)->tear_writes = true;
        record_rig_run(&rig, SECOND);
        oc_sim_disk_faults(rig.disk)->code[kinds[i]] = 0;
        record_rig_run(&rig, 10 * SECOND);
        record_rig_stop(&rig);
        assert_int_equal(rig.last[OC_OUT_FILE_FAILED].code, OC_ERR_IO);
        rig_found_t found = check_accounts(&rig);
        oc_out_file_stats_t stats;
        oc_out_file_stats(rig.out, &stats);
        assert_int_equal(found.files, 2);
        assert_int_equal(found.open_files, 0);
        assert_true(stats.lost_packets <= 77);
        record_rig_close(&rig);
    }
}

/* One write in the middle fails, later ones under way succeed: the hole is cut off. */
static void test_hole_is_cut_off(void **state) {
    rig_t rig;
    record_rig_open(&rig, &rig_default_source, 12000, 3);
    oc_sim_disk_faults_t *faults = oc_sim_disk_faults(rig.disk);
    record_rig_record(&rig, NULL);
    record_rig_run(&rig, 3 * SECOND);
    faults->delay_us[OC_FILE_SYNC] = 3 * SECOND; /* writes pile up behind it */
    record_rig_run(&rig, 2 * SECOND);
    faults->passes[OC_FILE_WRITE] = 2;
    faults->code[OC_FILE_WRITE] = OC_ERR_IO;
    faults->tear_writes = true;
    while (rig.events[OC_OUT_FILE_FAILED] == 0)
        record_rig_run(&rig, 1000);
    faults->code[OC_FILE_WRITE] = 0;
    faults->delay_us[OC_FILE_SYNC] = 0;
    record_rig_run(&rig, 12 * SECOND);
    record_rig_stop(&rig);
    rig_found_t found = check_accounts(&rig);
    assert_int_equal(found.files, 2);
    assert_int_equal(found.open_files, 0);
    record_rig_close(&rig);
}

static void test_read_only_and_missing_folder(void **state) {
    static const struct {
        oc_file_kind_t kind;
        int code;
    } faults[] = {
        {OC_FILE_MKDIR, OC_ERR_READ_ONLY},
        {OC_FILE_MKDIR, OC_ERR_NOENT},
        {OC_FILE_CREATE, OC_ERR_READ_ONLY},
        {OC_FILE_CREATE, OC_ERR_EXIST}, /* for ever: not only a name */
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        rig_t rig;
        record_rig_open(&rig, &rig_default_source, 4000, 4);
        oc_sim_disk_faults(rig.disk)->code[faults[i].kind] = faults[i].code;
        record_rig_record(&rig, NULL);
        record_rig_run(&rig, 12 * SECOND);
        assert_int_equal(rig.events[OC_OUT_FILE_FAILED], 1);
        assert_int_equal(rig.last[OC_OUT_FILE_FAILED].code, faults[i].code);
        assert_int_equal(oc_sim_disk_files(rig.disk), 0);
        oc_sim_disk_faults(rig.disk)->code[faults[i].kind] = 0;
        record_rig_run(&rig, 8 * SECOND);
        assert_int_equal(rig.events[OC_OUT_FILE_RECOVERED], 1);
        record_rig_stop(&rig);
        rig_found_t found = check_accounts(&rig);
        assert_int_equal(found.files, 1);
        record_rig_close(&rig);
    }
}

/* Somebody removes the folder while a file is open: said when it is closed, the next one is there.
 */
static void test_folder_removed(void **state) {
    rig_t rig;
    oc_out_file_config_t config = record_rig_config();
    config.segment_ms = 4000;
    record_rig_open(&rig, &rig_default_source, 4000, 5);
    record_rig_record(&rig, &config);
    record_rig_run(&rig, 2 * SECOND);
    oc_sim_disk_remove_folder(rig.disk, RIG_FOLDER);
    record_rig_run(&rig, 4 * SECOND);
    assert_int_equal(rig.events[OC_OUT_FILE_FAILED], 1);
    assert_int_equal(rig.last[OC_OUT_FILE_FAILED].code, OC_ERR_NOENT);
    assert_int_equal(rig.events[OC_OUT_FILE_RECOVERED], 1);
    record_rig_stop(&rig);
    rig_found_t found;
    record_rig_check(&rig, &found);
    assert_int_equal(found.files, 1);
    assert_int_equal(found.missing[0] + found.missing[1], 0);
    record_rig_close(&rig);
}

/* Renaming fails: the file keeps its open name for the repair at the next start. */
static void test_rename_fails(void **state) {
    rig_t rig;
    rig_found_t found;
    record_rig_open(&rig, &rig_default_source, 4000, 6);
    record_rig_record(&rig, NULL);
    record_rig_run(&rig, 2 * SECOND);
    oc_sim_disk_faults(rig.disk)->code[OC_FILE_RENAME] = OC_ERR_IO;
    record_rig_stop(&rig);
    record_rig_check(&rig, &found);
    assert_int_equal(found.files, 1);
    assert_int_equal(found.open_files, 1);
    assert_int_equal(found.samples[0] + found.samples[1], rig.log_len);
    assert_int_equal(rig.last[OC_OUT_FILE_STOPPED].code, OC_ERR_IO);
    record_rig_close(&rig);
}

/* Each SYNC takes 2 s. With room in the ring nothing is lost. */
static void test_slow_disk_with_room(void **state) {
    rig_t rig;
    record_rig_open(&rig, &rig_default_source, 12000, 7);
    oc_sim_disk_faults(rig.disk)->delay_us[OC_FILE_SYNC] = 2 * SECOND;
    record_rig_record(&rig, NULL);
    record_rig_run(&rig, 30 * SECOND);
    record_rig_stop(&rig);
    rig_found_t found = check_accounts(&rig);
    assert_int_equal(found.missing[0] + found.missing[1] + found.doubled, 0);
    assert_int_equal(found.samples[0] + found.samples[1], rig.log_len);
    assert_int_equal(rig.events[OC_OUT_FILE_GAP] + rig.events[OC_OUT_FILE_FAILED], 0);
    assert_true(rig.max_ops_under_way <= OC_OUT_FILE_JOBS + 4);
    record_rig_close(&rig);
}

/* A disk that cannot keep up with a small ring: GOPs are left out whole from some packet on, the
 * recording goes on at a key packet, the ring's writer and other readers do not notice. */
static void test_slow_disk_without_room(void **state) {
    rig_t rig;
    oc_ring_stats_t ring;
    record_rig_open(&rig, &rig_default_source, 4000, 8);
    int live = oc_ring_open(rig.ring, OC_RING_LIVE, 0, OC_RING_TO_NEWEST);
    oc_packet_t packet;
    uint64_t seen = 0;
    oc_sim_disk_faults(rig.disk)->delay_us[OC_FILE_WRITE] = 1500000;
    record_rig_record(&rig, NULL);
    for (int i = 0; i < 300; i++) {
        record_rig_run(&rig, SECOND / 10);
        int rc;
        while ((rc = oc_ring_peek(rig.ring, live, 0, &packet)) == OC_OK) {
            oc_ring_advance(rig.ring, live, 1);
            seen++;
        }
        assert_int_equal(rc, OC_AGAIN); /* never a gap for live */
    }
    assert_int_equal(seen, rig.log_len);
    oc_ring_close(rig.ring, live);
    oc_ring_stats(rig.ring, &ring);
    assert_int_equal(ring.pinned_gops, 0); /* nothing was refused because of pins */
    oc_sim_disk_faults(rig.disk)->delay_us[OC_FILE_WRITE] = 0;
    record_rig_run(&rig, 3 * SECOND);
    record_rig_stop(&rig);
    assert_true(rig.events[OC_OUT_FILE_GAP] > 2);
    assert_int_equal(rig.last[OC_OUT_FILE_GAP].code, OC_ERR_BUSY);
    assert_int_equal(rig.events[OC_OUT_FILE_FAILED], 0);
    rig_found_t found = check_accounts(&rig);
    assert_true(found.missing[0] > 100);
    assert_int_equal(found.doubled, 0);
    record_rig_close(&rig);
}

static void test_stop_while_failing(void **state) {
    rig_t rig;
    record_rig_open(&rig, &rig_default_source, 4000, 9);
    record_rig_record(&rig, NULL);
    record_rig_run(&rig, 3 * SECOND);
    oc_sim_disk_faults(rig.disk)->code[OC_FILE_WRITE] = OC_ERR_DISK_FULL;
    record_rig_run(&rig, 3 * SECOND);
    int64_t requested = rig.now_us;
    record_rig_stop(&rig);
    assert_true(rig.now_us - requested <= SECOND); /* it does not wait for the next try */
    assert_int_equal(rig.last[OC_OUT_FILE_STOPPED].code, OC_ERR_DISK_FULL);
    rig_found_t found = check_accounts(&rig);
    assert_int_equal(found.files, 1);
    assert_int_equal(found.open_files, 0);
    record_rig_close(&rig);
}

/* The last write of all fails after the stop. */
static void test_failure_after_stop(void **state) {
    rig_t rig;
    record_rig_open(&rig, &rig_default_source, 4000, 9);
    oc_sim_disk_faults(rig.disk)->delay_us[OC_FILE_WRITE] = 50000;
    record_rig_record(&rig, NULL);
    record_rig_run(&rig, 3 * SECOND + SECOND / 4);
    oc_sim_disk_faults(rig.disk)->code[OC_FILE_WRITE] = OC_ERR_IO;
    record_rig_stop(&rig);
    assert_int_equal(rig.events[OC_OUT_FILE_FAILED], 1);
    rig_found_t found = check_accounts(&rig);
    assert_int_equal(found.files, 1);
    assert_int_equal(found.open_files, 0);
    record_rig_close(&rig);
}

/* Faults of every kind at random, 200 short recordings: accounts are right, nothing spins (the rig
 * fails then), every file plays after the repair of those that have their open name. */
static void test_random_faults(void **state) {
    uint64_t random = 1;
    for (int round = 0; round < 200 / OC_TEST_DIVISOR; round++) {
        rig_t rig;
        oc_out_file_config_t config = record_rig_config();
        record_rig_open(&rig, &rig_default_source, 3000 + 500 * (uint32_t)(round % 8),
                        (uint64_t)round);
        oc_clock_t known = rig.clock;
        oc_sim_disk_faults_t *faults = oc_sim_disk_faults(rig.disk);
        config.segment_ms = 2000;
        record_rig_record(&rig, &config);
        for (int i = 0; i < 12; i++) {
            memset(faults, 0, sizeof *faults);
            rig.clock = round % 3 == 0 && i < 7 ? (oc_clock_t){0, OC_CLOCK_NONE} : known;
            for (int kind = 0; kind < OC_SIM_DISK_KINDS; kind++) {
                random = random * 6364136223846793005u + 1442695040888963407u;
                faults->delay_us[kind] = (int64_t)(random >> 40) % 200000;
                if ((random >> 33) % 12 == 0 && kind != OC_FILE_UNLINK) {
                    faults->code[kind] = (random >> 38) % 2 ? OC_ERR_IO : OC_ERR_DISK_FULL;
                    faults->passes[kind] = (random >> 50) % 4;
                    faults->tear_writes = true;
                }
            }
            record_rig_run(&rig, SECOND);
        }
        memset(faults, 0, sizeof *faults);
        if (round % 2)
            record_rig_run(&rig, 8 * SECOND);
        record_rig_stop(&rig);
        rig_found_t found;
        oc_ring_stats_t ring;
        oc_out_file_stats_t stats;
        record_rig_recover(&rig); /* of files that could not be cut or renamed */
        record_rig_check(&rig, &found);
        assert_int_equal(found.open_files, 0);
        oc_ring_stats(rig.ring, &ring);
        oc_out_file_stats(rig.out, &stats);
        assert_int_equal(ring.pinned_bytes + ring.readers + stats.jobs_under_way, 0);
        assert_int_equal(rig.outside_spans, 0);
        assert_true(found.samples[0] + found.samples[1] + stats.lost_packets >= rig.log_len);
        record_rig_close(&rig);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_disk_full_then_space),
        cmocka_unit_test(test_short_fault_loses_less_than_a_gop),
        cmocka_unit_test(test_hole_is_cut_off),
        cmocka_unit_test(test_read_only_and_missing_folder),
        cmocka_unit_test(test_folder_removed),
        cmocka_unit_test(test_rename_fails),
        cmocka_unit_test(test_slow_disk_with_room),
        cmocka_unit_test(test_slow_disk_without_room),
        cmocka_unit_test(test_stop_while_failing),
        cmocka_unit_test(test_failure_after_stop),
        cmocka_unit_test(test_random_faults),
    };
    return cmocka_run_group_tests_name("out_file_faults", tests, NULL, NULL);
}
