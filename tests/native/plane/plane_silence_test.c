/* [E20] A source that should deliver and does not: noticed in time awake, told once, over with the
 * next packet. In virtual time. */
#include "plane_list.h"

#include <stdio.h>
#include <string.h>
#include "oc_err.h"

#define SECOND INT64_C(1000000)
#define PLAIN  "fake:?fps=25&gop=25"

static plane_host_t host;

/* Runs until the stream has that state, a tenth of a second at a time. How long it took. */
static int64_t until(unsigned slot, uint32_t expected, int64_t limit_us) {
    int64_t begun_us = host.now_us;
    while (host_row(&host, slot).state != expected && host.now_us - begun_us < limit_us)
        host_run(&host, SECOND / 10);
    assert_int_equal(host_row(&host, slot).state, expected);
    return host.now_us - begun_us;
}

static void silence_is_a_state_until_packets_come(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN "&script=stall@50:20000");
    host_record(&host, channel);
    host_run(&host, 2 * SECOND);
    assert_int_equal(host_row(&host, channel).recording, 1);
    int64_t took_us = until(channel, OC_STREAM_SILENT, 30 * SECOND);
    assert_in_range(took_us, 4 * SECOND, 7 * SECOND);
    oc_stream_row_t row = host_row(&host, channel);
    assert_int_equal(row.failure, -OC_ERR_SILENT);
    assert_int_equal(row.recording, 0); /* nothing is being recorded */
    host_run(&host, 10 * SECOND);
    assert_int_equal(host_events(&host, "source-silent", NULL), 1); /* told once */
    until(channel, OC_STREAM_RUNNING, 30 * SECOND);
    const char *text;
    assert_int_equal(host_events(&host, "source-resumed", &text), 1);
    assert_non_null(strstr(text, "|after 20."));
    row = host_row(&host, channel);
    assert_int_equal(row.failure, 0);
    assert_int_equal(row.recording, 1);
    assert_int_equal(row.source_losses, 0); /* it was not lost */
    assert_int_equal(row.jumps, 0);
    assert_int_equal(host_stop(&host, channel)->code, OC_OK);
    host_found_t found = host_check(&host, channel);
    assert_true(found.samples[0] > 50);
    host_end(&host);
}

/* The process, or its machine, stood still: nobody could have sent anything. */
static void a_stall_of_the_machine_is_not_silence(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN "&script=stall@50:3000");
    host_run(&host, 2 * SECOND);
    host.now_us += 60 * SECOND; /* nothing ran, the source neither */
    host.capture[channel].due_us += 60 * SECOND;
    host_run(&host, SECOND / 2);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_RUNNING);
    host_run(&host, 30 * SECOND);
    assert_int_equal(host_events(&host, "source-silent", NULL), 0);
    host_end(&host);
}

static void a_slow_source_is_not_silent(void **state) {
    static const char *const slow[] = {
        "fake:?fps=1/2&gop=1",  /* a still picture every 2 s */
        "fake:?fps=1/10&gop=1", /* 10 s: it has said so */
        "fake:?fps=1&gop=10",   /* a GOP of 10 s may be late by three */
    };
    host_init(&host);
    for (size_t i = 0; i < sizeof slow / sizeof *slow; i++) {
        unsigned channel = host_open(&host, "cam1", slow[i]);
        host_run(&host, 65 * SECOND);
        assert_int_equal(host_row(&host, channel).state, OC_STREAM_RUNNING);
        assert_int_equal(host_close(&host, channel)->code, OC_OK);
    }
    assert_int_equal(host_events(&host, "source-silent", NULL), 0);
    host_end(&host);
}

/* Three of its GOPs of 4 s. */
static void long_gops_are_waited_for(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", "fake:?fps=25&gop=100&script=stall@205:60000");
    host_run(&host, 8 * SECOND + 200000);
    assert_in_range(until(channel, OC_STREAM_SILENT, 30 * SECOND), 11 * SECOND, 14 * SECOND);
    host_end(&host);
}

/* They have states of their own. */
static void who_has_ended_is_lost_or_waits_is_not_silent(void **state) {
    static const struct {
        const char *url;
        oc_stream_state_t state;
    } rows[] = {
        {PLAIN "&script=end@50", OC_STREAM_ENDED},
        {"push:door", OC_STREAM_RUNNING}, /* no sender is there */
    };
    host_init(&host);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned channel = host_open(&host, "cam1", rows[i].url);
        host_run(&host, 60 * SECOND);
        assert_int_equal(host_row(&host, channel).state, rows[i].state);
        assert_int_equal(host_row(&host, channel).failure, 0);
        assert_int_equal(host_close(&host, channel)->code, OC_OK);
    }
    assert_int_equal(host_events(&host, "source-silent", NULL), 0);
    host_end(&host);
}

/* One that never delivers anything is silent, too. */
static void a_source_that_never_delivers_is_silent(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN "&script=stall@0:60000");
    assert_in_range(until(channel, OC_STREAM_SILENT, 30 * SECOND), 4 * SECOND, 7 * SECOND);
    assert_int_equal(host_row(&host, channel).source_losses, 0);
    until(channel, OC_STREAM_RUNNING, 90 * SECOND);
    host_end(&host);
}

/* With nobody to miss the plane sleeps. */
static void nothing_is_looked_at_without_sources(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", "push:door");
    host_run(&host, 60 * SECOND);
    int64_t due_us = oc_plane_advance(host.plane, host.now_us);
    assert_true(due_us == INT64_MAX || due_us > host.now_us + 5 * SECOND);
    (void)channel;
    host_end(&host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_is_a_state_until_packets_come),
        cmocka_unit_test(a_stall_of_the_machine_is_not_silence),
        cmocka_unit_test(a_slow_source_is_not_silent),
        cmocka_unit_test(long_gops_are_waited_for),
        cmocka_unit_test(who_has_ended_is_lost_or_waits_is_not_silent),
        cmocka_unit_test(a_source_that_never_delivers_is_silent),
        cmocka_unit_test(nothing_is_looked_at_without_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
