/* Power cuts at random points, on a disk that drops, tears and reorders what was not synced. After
 * each, recovery runs and every recording must play: bit-identical up to its last synced packet, at
 * most one second old. OC_POWER_CUTS sets how many (50). [E9] */
#include "cmocka_first.h"
#include "record_rig.h"

#include <stdio.h>
#include <stdlib.h>

#define SECOND INT64_C(1000000)

static uint64_t random_state, played, cut_off;
static char seed_text[64];

static uint64_t draw(uint64_t below) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (random_state >> 33) % below;
}

static void cut_once(uint64_t seed) {
    rig_t rig;
    rig_found_t found;
    oc_out_file_stats_t stats;
    random_state = seed;
    rig_source_t source = rig_default_source;
    source.audio = draw(4) != 0;
    source.video = !source.audio || draw(8) != 0;
    source.gop_frames = 10 + (uint32_t)draw(60);
    source.audio_late_us = (uint32_t)draw(300000);
    source.reordered = draw(2);
    record_rig_open(&rig, &source, 6000, seed * 977 + 5);
    oc_sim_disk_faults_t *faults = oc_sim_disk_faults(rig.disk);
    for (int kind = 0; kind < OC_SIM_DISK_KINDS; kind++)
        faults->delay_us[kind] = (int64_t)draw(20000);
    faults->delay_us[OC_FILE_SYNC] = (int64_t)draw(150000);
    bool slow = draw(6) == 0; /* several fragments wait for one SYNC; the one second cannot hold */
    if (slow)
        faults->delay_us[OC_FILE_SYNC] = SECOND + (int64_t)draw(SECOND);
    oc_out_file_config_t config = record_rig_config();
    config.segment_ms = 1000 + (uint32_t)draw(6000);
    record_rig_record(&rig, &config);
    record_rig_run(&rig, (int64_t)draw(12 * SECOND));
    if (draw(8) == 0)
        oc_out_file_stop(rig.out, rig.now_us);
    oc_out_file_stats(rig.out, &stats);
    int64_t gop_us = source.video ? (int64_t)source.gop_frames * SECOND / 30 : 0;
    if (!slow && rig.now_us - rig.epoch_us > gop_us + SECOND)
        assert_true(stats.synced_until_us >= rig.now_us - SECOND);
    oc_sim_disk_power_cut(rig.disk);
    cut_off += record_rig_recover(&rig);
    record_rig_check(&rig, &found);
    (void)record_rig_check_index(&rig);
    played += found.samples[0] + found.samples[1];
    assert_int_equal(found.open_files, 0);
    assert_int_equal(found.doubled, 0);
    /* of what was not synced, a later file may survive an earlier one; of the rest, nothing misses
     */
    if (found.missing[0] + found.missing[1] > 0)
        assert_true(found.first_missing_us > stats.synced_until_us);
    assert_true(found.last_capture_us >= stats.synced_until_us);
    record_rig_close(&rig);
}

static void test_power_cuts(void **state) {
    const char *count = getenv("OC_POWER_CUTS"), *only = getenv("OC_POWER_CUT_SEED");
    unsigned long cuts = count ? strtoul(count, NULL, 10) : 50;
    if (only) {
        cut_once(strtoul(only, NULL, 10));
        return;
    }
    for (unsigned long i = 1; i <= cuts; i++) {
        snprintf(seed_text, sizeof seed_text, "OC_POWER_CUT_SEED=%lu repeats it", i);
        cut_once(i);
    }
    print_message("%lu power cuts, %llu packets played back, %llu bytes cut off by repairs\n", cuts,
                  (unsigned long long)played, (unsigned long long)cut_off);
    seed_text[0] = 0;
}

static int report_seed(void **state) {
    if (seed_text[0])
        print_error("%s\n", seed_text);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(test_power_cuts, report_seed)};
    return cmocka_run_group_tests_name("power_cut", tests, NULL, NULL);
}
