/* oc_channel_watch: which channels must be recorded under the next script. The tables are those of
 * this test, in place of a plane's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "oc_channel_watch.h"
#include "oc_err.h"
#include "oc_stream_row.h"

#define NEXT 2 /* generation of the script that is watched */

static oc_table_t tables[OC_STREAMS_MAX];
static _Atomic uint32_t words[OC_STREAMS_MAX][OC_TABLE_WORDS(OC_STREAM_ROW_WORDS)];
static oc_stream_row_t rows[OC_STREAMS_MAX];
static oc_desired_keep_t desired;
static oc_channel_watch_t watch;

const oc_table_t *oc_plane_stream_table(const oc_plane_t *plane, unsigned slot) {
    (void)plane;
    return slot < OC_STREAMS_MAX ? &tables[slot] : NULL;
}

void oc_plane_channel_name(const oc_plane_t *plane, unsigned slot, char *out) {
    (void)plane;
    snprintf(out, OC_CHANNEL_NAME_MAX, "%s", slot == 0 ? "front" : "");
}

static void put(unsigned slot, oc_stream_state_t state, bool recording) {
    rows[slot].state = state;
    rows[slot].recording = recording;
    oc_table_write(&tables[slot], (const uint32_t *)&rows[slot]);
}

/* The list of a script, with the one channel or another. */
static void hand_over(uint32_t generation, const char *name, bool always) {
    const oc_desired_head_t head = {.name = "home", .count = 1};
    static oc_desired_entry_t entry;
    memset(&entry, 0, sizeof(entry));
    snprintf(entry.channel.name, sizeof(entry.channel.name), "%s", name);
    entry.always = always;
    oc_desired_listed(&desired, generation, &head, &entry);
}

static void tell(bool always) {
    hand_over(NEXT, "front", always);
}

/* The channel as it is when the script before ends. */
static void begin(bool always, oc_stream_state_t state, bool main, bool sub) {
    memset(rows, 0, sizeof(rows));
    oc_desired_init(&desired);
    for (unsigned i = 0; i < OC_STREAMS_MAX; i++)
        oc_table_init(&tables[i], words[i], OC_STREAM_ROW_WORDS);
    hand_over(NEXT - 1, "front", always);
    put(0, state, main);
    put(OC_CHANNELS_MAX, state, sub);
    oc_channel_watch_begin(&watch, NULL, &desired);
    tell(always);
}

static void assert_unrecorded(unsigned expected) {
    oc_channel_watched_t watched = oc_channel_watch_look(&watch, NULL, &desired, NEXT);
    assert_int_equal(watched.unrecorded, expected);
    assert_int_equal(watched.lost + watched.open, 0);
}

static void a_recording_that_ends_is_missed(void **state) {
    (void)state;
    begin(true, OC_STREAM_RUNNING, true, false);
    assert_unrecorded(0);
    tell(false); /* what the next script says by itself counts for nothing */
    put(0, OC_STREAM_RUNNING, false);
    assert_unrecorded(1);
    put(OC_CHANNELS_MAX, OC_STREAM_RUNNING, true); /* the other stream is a recording too */
    assert_unrecorded(0);
    begin(true, OC_STREAM_RUNNING, false, true);
    put(OC_CHANNELS_MAX, OC_STREAM_RUNNING, false);
    assert_unrecorded(1);
}

static void a_source_that_delivers_nothing_is_excused(void **state) {
    (void)state;
    static const oc_stream_state_t states[] = {OC_STREAM_LOST, OC_STREAM_ENDED, OC_STREAM_SILENT};
    for (unsigned i = 0; i < sizeof(states) / sizeof(*states); i++) {
        begin(true, OC_STREAM_RUNNING, true, false);
        put(0, states[i], false);
        assert_unrecorded(0);
        put(0, OC_STREAM_RUNNING, false); /* it is back, and not recorded */
        assert_unrecorded(1);
        begin(true, OC_STREAM_RUNNING, false, true); /* the sub stream alone */
        put(OC_CHANNELS_MAX, states[i], false);
        assert_unrecorded(0);
    }
}

static void hours_and_what_was_not_recorded_count_for_nothing(void **state) {
    (void)state;
    begin(false, OC_STREAM_RUNNING, true, false); /* by hours, by hand, by an application */
    put(0, OC_STREAM_RUNNING, false);
    assert_unrecorded(0);
    begin(true, OC_STREAM_RUNNING, false, false);
    assert_unrecorded(0);
    oc_channel_watch_follow(&watch, &desired);
    assert_unrecorded(0);
}

static void the_next_script_has_the_channel_in_its_list(void **state) {
    (void)state;
    begin(false, OC_STREAM_RUNNING, false, false);
    assert_int_equal(oc_channel_watch_look(&watch, NULL, &desired, NEXT).open, 0);
    assert_int_equal(oc_channel_watch_look(&watch, NULL, &desired, NEXT + 1).open, 1);
    hand_over(NEXT, "back", false);
    assert_int_equal(oc_channel_watch_look(&watch, NULL, &desired, NEXT).open, 1);
    put(0, OC_STREAM_FAILED, false); /* it is closed, and not opened again so far */
    oc_channel_watched_t watched = oc_channel_watch_look(&watch, NULL, &desired, NEXT);
    assert_int_equal(watched.lost, 1);
    assert_int_equal(watched.open, 0);
}

static void a_person_decides_anew(void **state) {
    (void)state;
    begin(true, OC_STREAM_RUNNING, true, false);
    put(0, OC_STREAM_RUNNING, false);
    oc_channel_watch_follow(&watch, &desired); /* something else was changed */
    assert_unrecorded(1);
    tell(false);
    oc_channel_watch_follow(&watch, &desired);
    assert_unrecorded(0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recording_that_ends_is_missed),
        cmocka_unit_test(a_source_that_delivers_nothing_is_excused),
        cmocka_unit_test(hours_and_what_was_not_recorded_count_for_nothing),
        cmocka_unit_test(the_next_script_has_the_channel_in_its_list),
        cmocka_unit_test(a_person_decides_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
