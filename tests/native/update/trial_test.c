/* oc_trial: the way of an update event by event, and every interleaving of events with a host that
 * may fail at each of its actions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_trial.h"

#define S INT64_C(1000000)

static oc_trial_t trial;
static int64_t now;
static const oc_trial_health_t healthy;

static void assert_next(enum oc_trial_action action) {
    assert_int_equal(oc_trial_next(&trial, now), action);
    assert_int_equal(oc_trial_next(&trial, now), OC_TRIAL_NOTHING);
}

static void begin(void) {
    trial = (oc_trial_t){0};
    now = 5 * S;
    assert_int_equal(oc_trial_begin(&trial, now, 0), OC_OK);
    assert_next(OC_TRIAL_PREPARE);
}

static void until_asking(void) {
    begin();
    oc_trial_prepared(&trial, now, true);
    assert_next(OC_TRIAL_REQUEST);
}

static void until_starting(void) {
    until_asking();
    oc_trial_answered(&trial, now);
    assert_next(OC_TRIAL_END);
    oc_trial_gone(&trial, now, OC_TRIAL_WHY_NONE);
    assert_next(OC_TRIAL_START);
    oc_trial_started(&trial, now, true);
}

static void until_watching(void) {
    until_starting();
    oc_trial_ready(&trial, now);
    assert_next(OC_TRIAL_NOTHING);
}

static void until_committing(void) {
    until_watching();
    now = oc_trial_deadline(&trial);
    oc_trial_check(&trial, now, &healthy);
    assert_next(OC_TRIAL_COMMIT);
}

static void assert_done(enum oc_trial_result result, enum oc_trial_why why) {
    assert_next(OC_TRIAL_DONE);
    assert_int_equal(trial.result, result);
    assert_int_equal(trial.why, why);
    assert_int_equal(trial.state, OC_TRIAL_IDLE);
    assert_int_equal(oc_trial_begin(&trial, now, 1), OC_OK);
}

/* The new machine is deleted, everything put back, the old application made. */
static void assert_rolled_back(enum oc_trial_why why) {
    assert_next(OC_TRIAL_END);
    oc_trial_gone(&trial, now, OC_TRIAL_WHY_NONE);
    assert_next(OC_TRIAL_RESTORE);
    assert_true(trial.begun);
    oc_trial_restored(&trial, now);
    assert_next(OC_TRIAL_RETURN);
    oc_trial_started(&trial, now, true);
    assert_done(OC_TRIAL_ROLLED_BACK, why);
}

static void a_healthy_one_is_committed(void **state) {
    (void)state;
    until_watching();
    int64_t end = now + OC_TRIAL_SECONDS * S;
    assert_int_equal(oc_trial_deadline(&trial), end);
    for (; now < end; now += S / 2) {
        oc_trial_check(&trial, now, &healthy);
        assert_next(OC_TRIAL_NOTHING);
    }
    oc_trial_check(&trial, now, &healthy);
    assert_next(OC_TRIAL_COMMIT);
    oc_trial_committed(&trial, now, true);
    assert_done(OC_TRIAL_COMMITTED, OC_TRIAL_WHY_NONE);
}

static void time_alone_does_not_commit(void **state) {
    (void)state;
    until_watching();
    now += 1000 * S;
    assert_next(OC_TRIAL_NOTHING);
    assert_int_equal(trial.state, OC_TRIAL_WATCHING);
}

static void no_answer_is_not_awaited_for_long(void **state) {
    (void)state;
    until_asking();
    assert_int_equal(oc_trial_deadline(&trial), now + OC_TRIAL_ANSWER_US);
    now += OC_TRIAL_ANSWER_US - 1;
    assert_next(OC_TRIAL_NOTHING);
    now++;
    assert_next(OC_TRIAL_END);
    oc_trial_answered(&trial, now); /* late */
    assert_next(OC_TRIAL_NOTHING);
    oc_trial_gone(&trial, now, OC_TRIAL_WHY_NONE);
    assert_next(OC_TRIAL_START);
}

static void what_was_given_before_the_request_is_no_answer(void **state) {
    (void)state;
    begin();
    oc_trial_prepared(&trial, now, true);
    oc_trial_answered(&trial, now); /* to an update before */
    assert_next(OC_TRIAL_REQUEST);
    oc_trial_answered(&trial, now);
    assert_next(OC_TRIAL_END);
}

static void an_old_script_that_ends_meanwhile_is_replaced(void **state) {
    (void)state;
    until_asking();
    oc_trial_gone(&trial, now, OC_TRIAL_WHY_THREW);
    assert_next(OC_TRIAL_START);
    assert_int_equal(trial.why, OC_TRIAL_WHY_NONE);
    begin();
    oc_trial_gone(&trial, now, OC_TRIAL_WHY_THREW);
    assert_next(OC_TRIAL_NOTHING);
    oc_trial_prepared(&trial, now, true);
    assert_next(OC_TRIAL_START);
}

static void nothing_begins_unless_prepared(void **state) {
    (void)state;
    begin();
    oc_trial_prepared(&trial, now, false);
    assert_true(trial.machine);
    assert_done(OC_TRIAL_REFUSED, OC_TRIAL_WHY_PREPARE);
    begin();
    oc_trial_gone(&trial, now, OC_TRIAL_WHY_ENDED);
    oc_trial_prepared(&trial, now, false);
    assert_next(OC_TRIAL_RETURN);
    oc_trial_started(&trial, now, true);
    assert_done(OC_TRIAL_REFUSED, OC_TRIAL_WHY_PREPARE);
}

static void a_late_ready_is_none(void **state) {
    (void)state;
    until_starting();
    now += OC_TRIAL_READY_US;
    oc_trial_ready(&trial, now);
    assert_rolled_back(OC_TRIAL_WHY_READY);
    until_starting();
    now += OC_TRIAL_READY_US;
    assert_next(OC_TRIAL_END);
    oc_trial_ready(&trial, now);
    oc_trial_gone(&trial, now, OC_TRIAL_WHY_NONE);
    assert_next(OC_TRIAL_RESTORE);
    assert_int_equal(trial.why, OC_TRIAL_WHY_READY);
}

static void ends_of_the_new_one_bring_the_old_one_back(void **state) {
    (void)state;
    static const enum oc_trial_why whys[] = {OC_TRIAL_WHY_ENDED, OC_TRIAL_WHY_THREW,
                                             OC_TRIAL_WHY_REFUSED, OC_TRIAL_WHY_WATCHDOG};
    for (unsigned i = 0; i < sizeof whys / sizeof *whys; i++)
        for (unsigned ready = 0; ready < 2; ready++) {
            until_starting();
            if (ready)
                oc_trial_ready(&trial, now);
            oc_trial_gone(&trial, now, whys[i]);
            assert_next(OC_TRIAL_RESTORE);
            oc_trial_restored(&trial, now);
            assert_next(OC_TRIAL_RETURN);
            oc_trial_started(&trial, now, true);
            assert_done(OC_TRIAL_ROLLED_BACK, whys[i]);
        }
    until_asking();
    oc_trial_gone(&trial, now, OC_TRIAL_WHY_NONE);
    assert_next(OC_TRIAL_START);
    oc_trial_started(&trial, now, false);
    assert_next(OC_TRIAL_RESTORE);
    assert_int_equal(trial.why, OC_TRIAL_WHY_START);
}

static void each_sign_of_bad_health_rolls_back(void **state) {
    (void)state;
    static const struct {
        oc_trial_health_t health;
        enum oc_trial_why why;
    } rows[] = {
        {{.heap = OC_TRIAL_HEAP + 1}, OC_TRIAL_WHY_HEAP},
        {{.lag_ms = OC_TRIAL_LAG_MS + 1}, OC_TRIAL_WHY_LAG},
        {{.watchdog_stops = 1}, OC_TRIAL_WHY_WATCHDOG},
        {{.channels_lost = 1}, OC_TRIAL_WHY_CHANNEL},
        {{.heap = OC_TRIAL_HEAP + 1, .privacy = true}, OC_TRIAL_WHY_HEAP},
    };
    const oc_trial_health_t edge = {.heap = OC_TRIAL_HEAP, .lag_ms = OC_TRIAL_LAG_MS};
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        until_watching();
        oc_trial_check(&trial, now, &edge);
        assert_next(OC_TRIAL_NOTHING);
        oc_trial_check(&trial, now, &rows[i].health);
        assert_rolled_back(rows[i].why);
    }
}

static void channels_have_ten_seconds(void **state) {
    (void)state;
    const oc_trial_health_t open = {.channels_open = 1};
    until_watching();
    int64_t ready = now;
    for (; now < ready + OC_TRIAL_ADOPT_US; now += S) {
        oc_trial_check(&trial, now, &open);
        assert_next(OC_TRIAL_NOTHING);
    }
    oc_trial_check(&trial, now, &open);
    assert_rolled_back(OC_TRIAL_WHY_UNLISTED);
}

static void a_short_trial_lasts_until_channels_are_listed(void **state) {
    (void)state;
    const oc_trial_health_t open = {.channels_open = 1};
    until_watching();
    trial.watch_us = S;
    now += 5 * S;
    oc_trial_check(&trial, now, &open);
    assert_next(OC_TRIAL_NOTHING);
    oc_trial_check(&trial, now, &healthy);
    assert_next(OC_TRIAL_COMMIT);
}

static void privacy_excuses_channels(void **state) {
    (void)state;
    const oc_trial_health_t private = {.privacy = true, .channels_open = 2, .channels_lost = 1};
    const oc_trial_health_t open = {.channels_open = 2};
    until_watching();
    now += 15 * S;
    oc_trial_check(&trial, now, &private);
    assert_next(OC_TRIAL_NOTHING);
    now += 4 * S; /* off again: they have ten seconds from then on */
    oc_trial_check(&trial, now, &open);
    assert_next(OC_TRIAL_NOTHING);
    now += S;
    oc_trial_check(&trial, now, &private);
    assert_next(OC_TRIAL_COMMIT);
}

static void recordings_have_ten_seconds_each_time(void **state) {
    (void)state;
    const oc_trial_health_t unrecorded = {.unrecorded = 1};
    until_watching();
    for (unsigned gap = 0; gap < 3; gap++) { /* one that is begun anew */
        now += OC_TRIAL_ADOPT_US / 2;
        oc_trial_check(&trial, now, &unrecorded);
        assert_next(OC_TRIAL_NOTHING);
        oc_trial_check(&trial, now, &healthy);
        assert_next(OC_TRIAL_NOTHING);
    }
    now += OC_TRIAL_ADOPT_US - 1; /* the time of watching is over: it waits */
    oc_trial_check(&trial, now, &unrecorded);
    assert_next(OC_TRIAL_NOTHING);
    now++;
    oc_trial_check(&trial, now, &unrecorded);
    assert_rolled_back(OC_TRIAL_WHY_RECORDING);
}

static void a_short_trial_lasts_until_all_is_recorded(void **state) {
    (void)state;
    const oc_trial_health_t unrecorded = {.unrecorded = 1};
    until_watching();
    trial.watch_us = S;
    now += 5 * S;
    oc_trial_check(&trial, now, &unrecorded);
    assert_next(OC_TRIAL_NOTHING);
    oc_trial_check(&trial, now, &healthy);
    assert_next(OC_TRIAL_COMMIT);
}

static void privacy_excuses_recordings(void **state) {
    (void)state;
    const oc_trial_health_t private = {.privacy = true, .unrecorded = 1};
    until_watching();
    now += OC_TRIAL_SECONDS * S;
    oc_trial_check(&trial, now, &private);
    assert_next(OC_TRIAL_COMMIT);
}

static void a_commit_that_fails_is_a_failure(void **state) {
    (void)state;
    until_committing();
    oc_trial_committed(&trial, now, false);
    assert_rolled_back(OC_TRIAL_WHY_RECORD);
    until_committing();
    oc_trial_gone(&trial, now, OC_TRIAL_WHY_THREW); /* it was healthy: an end as any later one */
    assert_next(OC_TRIAL_NOTHING);
    oc_trial_committed(&trial, now, true);
    assert_false(trial.machine);
    assert_done(OC_TRIAL_COMMITTED, OC_TRIAL_WHY_NONE);
}

static void a_second_update_waits_for_the_first(void **state) {
    (void)state;
    void (*const untils[])(void) = {begin, until_asking, until_starting, until_watching,
                                    until_committing};
    for (unsigned i = 0; i < sizeof untils / sizeof *untils; i++) {
        untils[i]();
        assert_int_equal(oc_trial_begin(&trial, now, 0), OC_ERR_BUSY);
    }
    oc_trial_committed(&trial, now, true);
    assert_int_equal(oc_trial_begin(&trial, now, 0), OC_ERR_BUSY); /* DONE was not taken yet */
    assert_next(OC_TRIAL_DONE);
    assert_int_equal(oc_trial_begin(&trial, now, OC_TRIAL_SECONDS_MAX + 1), OC_ERR_RANGE);
    assert_int_equal(oc_trial_begin(&trial, now, OC_TRIAL_SECONDS_MAX), OC_OK);
}

static void a_stop_ends_every_state(void **state) {
    (void)state;
    void (*const untils[])(void) = {until_asking, until_starting, until_watching};
    for (unsigned i = 0; i < sizeof untils / sizeof *untils; i++) {
        untils[i]();
        oc_trial_stop(&trial, now);
        assert_next(OC_TRIAL_END);
        oc_trial_gone(&trial, now, OC_TRIAL_WHY_NONE);
        assert_next(OC_TRIAL_RESTORE);
        assert_int_equal(trial.begun, i > 0);
        oc_trial_restored(&trial, now);
        assert_done(OC_TRIAL_INTERRUPTED, OC_TRIAL_WHY_STOPPED);
    }
    begin();
    oc_trial_stop(&trial, now);
    assert_next(OC_TRIAL_NOTHING);
    oc_trial_prepared(&trial, now, true);
    assert_next(OC_TRIAL_END);
    oc_trial_gone(&trial, now, OC_TRIAL_WHY_NONE);
    assert_next(OC_TRIAL_RESTORE);
    oc_trial_restored(&trial, now);
    assert_done(OC_TRIAL_INTERRUPTED, OC_TRIAL_WHY_STOPPED);
    until_committing();
    oc_trial_stop(&trial, now);
    assert_next(OC_TRIAL_NOTHING);
    oc_trial_committed(&trial, now, true);
    assert_done(OC_TRIAL_COMMITTED, OC_TRIAL_WHY_NONE);
    until_starting();
    oc_trial_gone(&trial, now, OC_TRIAL_WHY_THREW);
    assert_next(OC_TRIAL_RESTORE);
    oc_trial_stop(&trial, now);
    oc_trial_restored(&trial, now);
    assert_done(OC_TRIAL_ROLLED_BACK, OC_TRIAL_WHY_THREW);
}

static void who_ends_the_program_on_trial_has_failed(void **state) {
    (void)state;
    void (*const untils[])(void) = {until_starting, until_watching};
    for (unsigned i = 0; i < sizeof untils / sizeof *untils; i++) {
        untils[i]();
        assert_true(oc_trial_exits(&trial, now));
        assert_true(oc_trial_exits(&trial, now) || trial.state == OC_TRIAL_UNDOING);
        assert_rolled_back(OC_TRIAL_WHY_EXIT);
    }
    until_asking();
    assert_false(oc_trial_exits(&trial, now)); /* the one before: it may */
    until_committing();
    assert_false(oc_trial_exits(&trial, now));
}

static void a_stop_behind_a_minute_in_health_is_another_one(void **state) {
    (void)state;
    until_watching();
    now += OC_TRIAL_WELL_US - 1;
    oc_trial_stop(&trial, now);
    assert_int_equal(trial.why, OC_TRIAL_WHY_STOPPED);
    until_watching();
    now += OC_TRIAL_WELL_US;
    oc_trial_stop(&trial, now);
    assert_next(OC_TRIAL_END);
    oc_trial_gone(&trial, now, OC_TRIAL_WHY_STOPPED);
    assert_next(OC_TRIAL_RESTORE);
    oc_trial_restored(&trial, now);
    assert_done(OC_TRIAL_INTERRUPTED, OC_TRIAL_WHY_STOPPED_WELL);
}

static void reasons_have_names(void **state) {
    (void)state;
    assert_string_equal(oc_trial_why_name(OC_TRIAL_WHY_READY), "not-ready");
    assert_string_equal(oc_trial_why_text(OC_TRIAL_WHY_THREW), "its script threw an exception");
    assert_string_equal(oc_trial_why_name(OC_TRIAL_WHY_NONE), "");
    assert_string_equal(oc_trial_why_text(OC_TRIAL_WHY_NONE), "");
}

/* ---- every interleaving ---- */

enum machine { NO_MACHINE, OLD, NEW };
enum record { SETTLED, ON_TRIAL, COMMITTED };

/* A host: what it was told and has not answered yet, and what is true of it. */
typedef struct {
    oc_trial_t trial; /* with times relative to now, but since a deadline has passed */
    uint8_t busy[OC_TRIAL_DONE + 1];
    enum machine machine;
    enum record record;
    bool well; /* the last check */
} node_t;

#define NODES 20000
static node_t nodes[NODES];
static unsigned node_count;

static void add(node_t node) {
    node.trial.since_us = node.trial.placed_us = 0; /* an event may also come at the deadline */
    for (unsigned i = 0; i < node_count; i++)
        if (memcmp(&nodes[i], &node, sizeof node) == 0)
            return;
    assert_true(node_count < NODES);
    memcpy(&nodes[node_count++], &node, sizeof node);
}

/* The host takes actions until there is none; what must hold is asserted. */
static void act(node_t *node, int64_t at) {
    for (;;) {
        enum oc_trial_action action = oc_trial_next(&node->trial, at);
        if (action == OC_TRIAL_NOTHING)
            return;
        if (action == OC_TRIAL_START || action == OC_TRIAL_RETURN) {
            assert_int_equal(node->machine, NO_MACHINE); /* never two */
            assert_false(node->trial.stopping);
            assert_int_equal(node->record == ON_TRIAL, action == OC_TRIAL_START);
            node->machine = action == OC_TRIAL_START ? NEW : OLD;
        }
        if (action == OC_TRIAL_END)
            assert_int_not_equal(node->machine, NO_MACHINE);
        if (action == OC_TRIAL_COMMIT)
            assert_true(node->well && node->record == ON_TRIAL);
        if (action == OC_TRIAL_RESTORE)
            assert_true(node->machine == NO_MACHINE && node->record == ON_TRIAL);
        if (action != OC_TRIAL_DONE) {
            assert_false(node->busy[action]);
            node->busy[action] = action != OC_TRIAL_REQUEST;
            continue;
        }
        assert_int_equal(node->record == COMMITTED, node->trial.result == OC_TRIAL_COMMITTED);
        assert_int_not_equal(node->record, ON_TRIAL);
        assert_true(node->machine != NEW || node->trial.result == OC_TRIAL_COMMITTED);
        return;
    }
}

/* One event at a time from here; what comes of each is a node. */
static void after(const node_t *from, int event, bool good, int64_t at) {
    node_t node = *from;
    oc_trial_health_t health = {.channels_lost = !good};
    switch (event) {
    case 0: /* what it was told is done */
        for (int action = 0; action <= OC_TRIAL_DONE; action++) {
            node = *from;
            if (!node.busy[action])
                continue;
            node.busy[action] = 0;
            if (action == OC_TRIAL_PREPARE) {
                node.record = good ? ON_TRIAL : SETTLED;
                oc_trial_prepared(&node.trial, at, good);
            } else if (action == OC_TRIAL_END) {
                if (node.machine == NO_MACHINE)
                    continue;
                node.machine = NO_MACHINE;
                oc_trial_gone(&node.trial, at, OC_TRIAL_WHY_NONE);
            } else if (action == OC_TRIAL_COMMIT) {
                node.record = good ? COMMITTED : node.record;
                oc_trial_committed(&node.trial, at, good);
            } else if (action == OC_TRIAL_RESTORE) {
                node.record = SETTLED;
                oc_trial_restored(&node.trial, at);
            } else {
                if (!good)
                    node.machine = NO_MACHINE;
                oc_trial_started(&node.trial, at, good);
            }
            act(&node, at);
            add(node);
        }
        return;
    case 1:
        oc_trial_answered(&node.trial, at);
        break;
    case 2: /* by itself, unless it is being made */
        if (node.machine == NO_MACHINE || node.busy[OC_TRIAL_START] || node.busy[OC_TRIAL_RETURN])
            return;
        node.machine = NO_MACHINE;
        node.busy[OC_TRIAL_END] = 0;
        oc_trial_gone(&node.trial, at, OC_TRIAL_WHY_THREW);
        break;
    case 3:
        if (node.machine == NEW)
            oc_trial_ready(&node.trial, at);
        break;
    case 4:
        node.well = good;
        oc_trial_check(&node.trial, at, &health);
        break;
    case 5:
        if (node.trial.state == OC_TRIAL_IDLE || node.trial.stopping)
            return;
        oc_trial_stop(&node.trial, at);
        break;
    case 6:
        if (node.machine != NEW || node.busy[OC_TRIAL_START] || !oc_trial_exits(&node.trial, at))
            return;
        break;
    default: /* time passes */
        break;
    }
    act(&node, at);
    add(node);
}

static bool has_a_way_on(const node_t *node) {
    for (int action = 0; action <= OC_TRIAL_DONE; action++)
        if (node->busy[action])
            return true;
    return oc_trial_deadline(&node->trial) != OC_TRIAL_NEVER;
}

static void every_interleaving_holds(void **state) {
    (void)state;
    unsigned ends[OC_TRIAL_INTERRUPTED + 1] = {0};
    node_t first;
    memset(&first, 0, sizeof first);
    memset(nodes, 0, sizeof nodes);
    node_count = 0;
    first.machine = OLD;
    assert_int_equal(oc_trial_begin(&first.trial, 0, 1), OC_OK);
    act(&first, 0);
    add(first);
    for (unsigned i = 0; i < node_count; i++) {
        if (nodes[i].trial.state == OC_TRIAL_IDLE) {
            ends[nodes[i].trial.result]++;
            continue;
        }
        assert_true(has_a_way_on(&nodes[i]));
        for (int event = 0; event <= 7; event++)
            for (unsigned variant = 0; variant < 4; variant++)
                after(&nodes[i], event, variant & 1, variant & 2 ? 20 * S : 1);
    }
    printf("%u states; ends: %u committed, %u rolled back, %u refused, %u interrupted\n",
           node_count, ends[OC_TRIAL_COMMITTED], ends[OC_TRIAL_ROLLED_BACK], ends[OC_TRIAL_REFUSED],
           ends[OC_TRIAL_INTERRUPTED]);
    for (int result = OC_TRIAL_COMMITTED; result <= OC_TRIAL_INTERRUPTED; result++)
        assert_true(ends[result] > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_one_is_committed),
        cmocka_unit_test(time_alone_does_not_commit),
        cmocka_unit_test(no_answer_is_not_awaited_for_long),
        cmocka_unit_test(what_was_given_before_the_request_is_no_answer),
        cmocka_unit_test(an_old_script_that_ends_meanwhile_is_replaced),
        cmocka_unit_test(nothing_begins_unless_prepared),
        cmocka_unit_test(a_late_ready_is_none),
        cmocka_unit_test(ends_of_the_new_one_bring_the_old_one_back),
        cmocka_unit_test(each_sign_of_bad_health_rolls_back),
        cmocka_unit_test(channels_have_ten_seconds),
        cmocka_unit_test(a_short_trial_lasts_until_channels_are_listed),
        cmocka_unit_test(privacy_excuses_channels),
        cmocka_unit_test(recordings_have_ten_seconds_each_time),
        cmocka_unit_test(a_short_trial_lasts_until_all_is_recorded),
        cmocka_unit_test(privacy_excuses_recordings),
        cmocka_unit_test(a_commit_that_fails_is_a_failure),
        cmocka_unit_test(a_second_update_waits_for_the_first),
        cmocka_unit_test(a_stop_ends_every_state),
        cmocka_unit_test(who_ends_the_program_on_trial_has_failed),
        cmocka_unit_test(a_stop_behind_a_minute_in_health_is_another_one),
        cmocka_unit_test(reasons_have_names),
        cmocka_unit_test(every_interleaving_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
