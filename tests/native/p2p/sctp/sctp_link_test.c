/* Two associations over a link that loses, doubles, reorders and corrupts, in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include "oc_sctp_send_stats.h"
#include "sctp_rig.h"

static rig_t rig;

static void both_ends_connect_at_once(void **state) {
    oc_sctp_config_t config = oc_sctp_camera_config(NULL);
    config.rtt_us = 40000;
    rig_init(&rig, &config, 128, 1);
    rig_connect(&rig);
    rig_run(&rig, 1000000);
    assert_true(rig.end[0].up && rig.end[1].up);
    assert_true(rig.end[0].up_us <= 80000 && rig.end[1].up_us <= 80000);          /* 2 RTT */
    assert_true(oc_sctp_next_deadline(rig.end[0].sctp, rig.now_us) == INT64_MAX); /* no ticking */
    assert_int_equal(rig.end[0].pool.used, 0);
    rig_end(&rig);
}

static void messages_of_every_size_come_through(void **state) {
    oc_sctp_config_t config = oc_sctp_camera_config(NULL);
    rig_init(&rig, &config, 128, 2);
    rig_connect(&rig);
    assert_int_equal(rig_open(&rig, 0, 0, 50, 1, 100, false), OC_OK);
    assert_int_equal(rig_open(&rig, 0, 1, 40, 1000, 16384, false), OC_OK);
    assert_int_equal(rig_open(&rig, 1, 2, 40, 1, 16384, false), OC_OK);
    rig_run(&rig, 30000000);
    assert_int_equal(rig.end[1].stream[0].received, 50);
    assert_int_equal(rig.end[1].stream[1].received, 40);
    assert_int_equal(rig.end[0].stream[2].received, 40);
    assert_int_equal(rig.end[0].stream[1].done, 40);
    rig_end(&rig);
}

/* One bad link after the other; OC_SOAK_SEEDS asks for more of them. */
static void nothing_is_lost_on_a_bad_link(void **state) {
    const char *soak = getenv("OC_SOAK_SEEDS");
    unsigned seeds = soak ? (unsigned)atoi(soak) : 12;
    oc_sctp_config_t config = oc_sctp_camera_config(NULL);
    for (unsigned seed = 1; seed <= seeds; seed++) {
        config.zero_checksum = seed % 2; /* no checksum: something else finds damaged packets */
        rig_init(&rig, &config, 128, seed);
        for (unsigned i = 0; i < 2; i++)
            rig.link[i] = (rig_link_t){.delay_us = 1000 + rig_random(&rig, 40000),
                                       .jitter_us = rig_random(&rig, 30000),
                                       .loss = rig_random(&rig, 200),
                                       .twice = rig_random(&rig, 100),
                                       .corrupt = seed % 2 ? 0 : rig_random(&rig, 50)};
        rig_connect(&rig);
        rig.end[0].stream[3].unordered = true;
        assert_int_equal(rig_open(&rig, 0, 0, 100, 1, 60, false), OC_OK);
        assert_int_equal(rig_open(&rig, 0, 1, 20, 500, 16384, false), OC_OK);
        assert_int_equal(rig_open(&rig, 1, 2, 30, 1, 9000, false), OC_OK);
        assert_int_equal(rig_open(&rig, 0, 3, 60, 1, 3000, false), OC_OK);
        rig_run(&rig, 600000000);
        assert_int_equal(rig.end[1].stream[0].received, 100);
        assert_int_equal(rig.end[1].stream[1].received, 20);
        assert_int_equal(rig.end[0].stream[2].received, 30);
        assert_int_equal(rig.end[1].stream[3].received, 60);
        assert_false(rig.end[0].down || rig.end[1].down);
        rig_end(&rig);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_connect_at_once),
        cmocka_unit_test(messages_of_every_size_come_through),
        cmocka_unit_test(nothing_is_lost_on_a_bad_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
