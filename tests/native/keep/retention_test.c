/* oc_retention on random disks: what goes is the oldest that may go, no more than is needed, and a
 * disk of any size records for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "oc_retention.h"

#define FILES    200
#define CHANNELS 3

static uint64_t seed;

static uint32_t random_below(uint32_t limit) {
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % limit;
}

typedef struct disk {
    oc_retention_file_t files[FILES];
    unsigned channel[FILES];
    bool gone[FILES];
    unsigned count;
    oc_retention_t retention;
    oc_retention_channel_t channels[CHANNELS];
} disk_t;

static void make(disk_t *disk) {
    memset(disk, 0, sizeof *disk);
    disk->count = random_below(FILES);
    disk->retention.now_ms = 1000000;
    for (unsigned i = 0; i < disk->count; i++) {
        disk->channel[i] = random_below(CHANNELS);
        disk->files[i] = (oc_retention_file_t){.bytes = random_below(1000),
                                               .end_ms = 1000 * (int64_t)i + 1,
                                               .open = random_below(10) == 0,
                                               .kept = random_below(5) == 0};
        disk->retention.bytes += disk->files[i].bytes;
        disk->channels[disk->channel[i]].bytes += disk->files[i].bytes;
    }
    disk->retention.free_bytes = random_below(20000);
    if (random_below(2))
        disk->retention.keep_free = random_below(50000);
    if (random_below(2))
        disk->retention.limits.bytes = 1 + random_below(100000);
    if (random_below(3) == 0)
        disk->retention.limits.age_ms = 1 + random_below(1000000);
    for (unsigned i = 0; i < CHANNELS; i++)
        disk->channels[i].limits = (oc_retention_limits_t){
            random_below(2) ? 1 + random_below(30000) : 0, random_below(4) ? 0 : 500000};
}

static void judge_all(disk_t *disk) {
    for (unsigned i = 0; i < disk->count; i++) {
        oc_retention_t before = disk->retention;
        oc_retention_channel_t *channel = &disk->channels[disk->channel[i]], share = *channel;
        oc_retention_why_t why = oc_retention_judge(&disk->retention, channel, &disk->files[i]);
        disk->gone[i] = why != OC_RETENTION_STAYS;
        if (disk->gone[i])
            assert_false(disk->files[i].open || disk->files[i].kept);
        /* nothing goes without need */
        if (why == OC_RETENTION_SPACE)
            assert_true(before.free_bytes < before.keep_free);
        if (why == OC_RETENTION_BYTES)
            assert_true(before.bytes > before.limits.bytes);
        if (why == OC_RETENTION_CHANNEL)
            assert_true(share.bytes > share.limits.bytes);
    }
}

static void test_random_disks(void **state) {
    for (seed = 1; seed < 20000; seed += 7) {
        static disk_t disk;
        make(&disk);
        uint64_t start = seed, bytes = 0, of_channel[CHANNELS] = {0};
        judge_all(&disk);
        for (unsigned i = 0; i < disk.count; i++) {
            bool may = !disk.files[i].open && !disk.files[i].kept;
            if (!disk.gone[i]) {
                bytes += disk.files[i].bytes;
                of_channel[disk.channel[i]] += disk.files[i].bytes;
            }
            const oc_retention_limits_t *own = &disk.channels[disk.channel[i]].limits;
            int64_t age_ms = disk.retention.now_ms - disk.files[i].end_ms;
            bool old = (own->age_ms > 0 && age_ms > own->age_ms) ||
                       (disk.retention.limits.age_ms > 0 && age_ms > disk.retention.limits.age_ms);
            if (may && old)
                assert_true(disk.gone[i]);
            /* what may go and stays is proof that nothing is short */
            if (may && !disk.gone[i] && disk.files[i].bytes > 0)
                assert_false(oc_retention_short(&disk.retention));
        }
        assert_int_equal(bytes, disk.retention.bytes);
        for (unsigned i = 0; i < CHANNELS; i++)
            assert_int_equal(of_channel[i], disk.channels[i].bytes);
        seed = start;
    }
}

static void test_nothing_is_too_old_without_a_clock(void **state) {
    oc_retention_t retention = {.limits = {.age_ms = 1}};
    oc_retention_channel_t channel = {.limits = {.age_ms = 1}};
    oc_retention_file_t file = {.bytes = 1, .end_ms = 5};
    assert_int_equal(oc_retention_judge(&retention, &channel, &file), OC_RETENTION_STAYS);
    retention.now_ms = 7;
    file.end_ms = 0; /* without a date */
    assert_int_equal(oc_retention_judge(&retention, &channel, &file), OC_RETENTION_STAYS);
    file.end_ms = 5;
    assert_int_equal(oc_retention_judge(&retention, &channel, &file), OC_RETENTION_AGE);
    assert_string_equal(oc_retention_text(OC_RETENTION_AGE), "age");
}

static void test_what_stays_free(void **state) {
    assert_int_equal(oc_retention_keep_free(100000000000, 10, 5000), 5000000000);
    assert_int_equal(oc_retention_keep_free(10000000000, 10, 5000), 1000000000);
    assert_int_equal(oc_retention_keep_free(10000000000, 0, 5000), 5000000000);
    assert_int_equal(oc_retention_keep_free(10000000000, 20, 0), 2000000000);
    assert_int_equal(oc_retention_keep_free(10000000000, 0, 0), 0);
}

/* A disk of so many bytes, written by so many channels at once. */
static void record_for_ever(uint64_t total, uint32_t channels) {
    static uint64_t closed[4096];
    size_t first = 0, count = 0;
    uint64_t open[4] = {0}, used = 0;
    for (int step = 0; step < 20000; step++) {
        oc_retention_t retention = {.keep_free = oc_retention_keep_free(total, 10, 5000),
                                    .bytes = used,
                                    .free_bytes = total - used};
        uint64_t split = oc_retention_split(&retention, channels);
        for (uint32_t i = 0; i < channels; i++) {
            uint64_t gop = 100000 + random_below(200000);
            assert_true(used + gop <= total); /* there is always room */
            open[i] += gop;
            used += gop;
            if (open[i] < split)
                continue;
            assert_true(count < 4096);
            closed[(first + count++) % 4096] = open[i];
            open[i] = 0;
        }
        oc_retention_channel_t share = {.bytes = used};
        retention.bytes = used;
        retention.free_bytes = total - used;
        while (count > 0 && oc_retention_short(&retention)) {
            oc_retention_file_t file = {.bytes = closed[first]};
            assert_int_equal(oc_retention_judge(&retention, &share, &file), OC_RETENTION_SPACE);
            used -= closed[first];
            first = (first + 1) % 4096;
            count--;
        }
    }
    assert_true(used > total / 2); /* and it is used */
}

static void test_small_disks_record_for_ever(void **state) {
    seed = 1;
    record_for_ever(60000000, 1);
    record_for_ever(60000000, 4);
    record_for_ever(1000000000, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_disks),
        cmocka_unit_test(test_nothing_is_too_old_without_a_clock),
        cmocka_unit_test(test_what_stays_free),
        cmocka_unit_test(test_small_disks_record_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
