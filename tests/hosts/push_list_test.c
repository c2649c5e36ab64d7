/* oc_push_list against a naive world: lists come, some of them the same again from another script;
 * channels are away, servers refuse, fall silent and come back. The world knows only what was begun
 * and what became of it; each END and BEGIN has to be justified by it, at its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_push_list.h"

#define SECOND INT64_C(1000000)
#define START  (1000 * SECOND)
#define SEEDS  (OC_TEST_DIVISOR > 1 ? 40 : 400)
#define STEPS  500
#define IDS    24 /* more than there are places */
#define FAILED 512

/* What is known of an id, whatever the list says. */
typedef struct known {
    bool wanted;
    oc_push_target_t target;
    bool begun, connected, asked; /* asked: BEGIN was said, and not answered yet */
    int64_t failed_us[FAILED];    /* of failures in a row */
    unsigned failures, total, connections;
    int64_t run_us, opened_us;
    int64_t due_us[2]; /* BEGIN not before, and at the first look after */
    uint64_t packets, bytes;
} known_t;

static oc_push_list_t list;
static known_t known[IDS + 1];
static int64_t now, lost_us; /* of any connection that ran; < 0: never */
static uint32_t state;

static uint32_t dice(uint32_t sides) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % sides;
}

static oc_push_target_t target_of(uint32_t id, unsigned content) {
    oc_push_target_t target = {.id = id, .sub = content & 1, .audio_only = content & 2};
    snprintf(target.channel, sizeof target.channel, "cam%u", id % 5);
    snprintf(target.url, sizeof target.url, "rtmp://host/app/key%u", content);
    snprintf(target.name, sizeof target.name, "cam/%u", id);
    return target;
}

static void forget(known_t *k) {
    if (k->connected)
        lost_us = now;
    *k = (known_t){0};
}

/* The wait behind the last failure, by the rule as it is written down. */
static int64_t rule_us(const known_t *k, int code) {
    bool own = (code == OC_ERR_EXIST || code == OC_ERR_PASSWORD) && lost_us >= 0 &&
               now - lost_us <= 60 * SECOND;
    bool lasting = code == OC_ERR_PASSWORD || code == OC_ERR_CERTIFICATE || code == OC_ERR_NOTSUP ||
                   code == OC_ERR_EXIST;
    static const unsigned early[] = {1, 2, 4}, late[] = {8, 16, 30};
    unsigned behind = 0;
    if (lasting && !own)
        return 30 * SECOND;
    if (now - k->failed_us[0] < 120 * SECOND)
        return early[k->failures < 3 ? k->failures - 1 : 2] * SECOND;
    for (unsigned i = 0; i < k->failures; i++)
        behind += k->failed_us[i] - k->failed_us[0] >= 120 * SECOND;
    return late[behind < 3 ? behind - 1 : 2] * SECOND;
}

static unsigned place_of(uint32_t id) {
    for (unsigned i = 0; i < OC_PUSHES_MAX; i++)
        if (list.push[i].target.id == id)
            return i;
    fail_msg("%u has no place", id);
    return 0;
}

static void do_fail(known_t *k, uint32_t id) {
    static const int codes[] = {OC_ERR_REFUSED,  OC_ERR_TIMEOUT,     OC_ERR_CLOSED, OC_ERR_EXIST,
                                OC_ERR_PASSWORD, OC_ERR_CERTIFICATE, OC_ERR_NOTSUP, OC_ERR_IO};
    int code = codes[dice(k->connected ? 3 : 8)];
    if (k->connected && now - k->run_us >= 60 * SECOND)
        k->failures = 0;
    assert_true(k->failures < FAILED);
    k->failed_us[k->failures++] = now;
    k->total++;
    if (k->connected)
        lost_us = now;
    k->begun = k->connected = false;
    int64_t wait_us = rule_us(k, code);
    oc_push_list_failed(&list, place_of(id), code, "why", now);
    k->due_us[0] = now + wait_us * 4 / 5;
    k->due_us[1] = now + wait_us * 6 / 5;
    oc_push_row_t row;
    oc_push_list_row(&list, place_of(id), &row);
    assert_int_equal(row.phase, OC_PUSH_RETRIES);
    assert_int_equal(row.failure, -code);
    assert_int_equal(row.failures, k->failures);
    assert_int_equal(row.failures_total, k->total);
    uint64_t due_ms = row.due_ms_lo | (uint64_t)row.due_ms_hi << 32;
    assert_in_range(due_ms, k->due_us[0] / 1000, k->due_us[1] / 1000 + 1);
    k->due_us[0] = k->due_us[1] = list.push[place_of(id)].next_us; /* that very moment */
}

/* What becomes of a push that was begun. */
static void go_on(known_t *k, uint32_t id) {
    unsigned place = place_of(id);
    if (k->asked) {
        k->asked = false;
        if (dice(4) == 0) {
            oc_push_list_waits(&list, place, dice(2) ? OC_ERR_NOENT : 0, "", now);
            k->begun = false;
            k->due_us[0] = k->due_us[1] = now + OC_PUSH_LOOK_US;
            return;
        }
        oc_push_list_connecting(&list, place, now);
        k->opened_us = now;
    } else if (!k->connected) {
        if (dice(2) == 0) {
            do_fail(k, id);
            return;
        }
        oc_push_list_connected(&list, place, now);
        k->connected = true;
        k->connections++;
        k->run_us = now;
    } else if (dice(20) == 0) {
        do_fail(k, id);
    } else if (dice(20) == 0) {
        oc_push_list_ended(&list, place, now);
        k->begun = k->connected = false;
        lost_us = now;
        int64_t again_us = k->opened_us + OC_PUSH_AGAIN_US;
        k->due_us[0] = k->due_us[1] = again_us > now ? again_us : now;
    } else {
        oc_push_list_delivered(&list, place, 3, 1000, now);
        k->packets += 3;
        k->bytes += 1000;
        if (now - k->run_us >= 60 * SECOND)
            k->failures = 0;
    }
}

/* Everything that is due, and what is due is done. */
static void poll_all(void) {
    unsigned place;
    oc_push_do_t what;
    bool stale[OC_PUSHES_MAX];
    for (unsigned i = 0; i < OC_PUSHES_MAX; i++)
        stale[i] = list.push[i].stale;
    while (oc_push_list_poll(&list, now, &place, &what)) {
        assert_true(place < OC_PUSHES_MAX);
        if (what == OC_PUSH_END) { /* only what a list has ended */
            assert_true(stale[place]);
            stale[place] = false;
            continue;
        }
        assert_false(stale[place]);
        known_t *k = &known[list.push[place].target.id];
        assert_true(k->wanted && !k->begun && now >= k->due_us[0]);
        k->begun = k->asked = true;
    }
    int64_t next_us = INT64_MAX;
    for (uint32_t id = 1; id <= IDS; id++) {
        assert_true(!known[id].wanted || known[id].begun || now < known[id].due_us[1]);
        if (known[id].wanted && !known[id].begun && known[id].due_us[0] < next_us)
            next_us = known[id].due_us[0];
    }
    assert_true(oc_push_list_next_deadline(&list) == next_us);
}

static void give(oc_push_targets_t *targets) {
    bool ends[OC_PUSHES_MAX] = {false};
    oc_push_t before[OC_PUSHES_MAX];
    memcpy(before, list.push, sizeof before);
    for (uint32_t id = 1; id <= IDS; id++) {
        known_t *k = &known[id];
        const oc_push_target_t *now_wanted = NULL;
        for (uint32_t i = 0; i < targets->targets; i++)
            if (targets->target[i].id == id)
                now_wanted = &targets->target[i];
        bool same = now_wanted && k->wanted && strcmp(now_wanted->url, k->target.url) == 0;
        if (k->wanted && !same) {
            ends[place_of(id)] = k->begun;
            forget(k);
        }
        if (now_wanted && !same) {
            k->wanted = true;
            k->due_us[0] = k->due_us[1] = now;
        }
        if (now_wanted)
            k->target = *now_wanted;
    }
    char why[160];
    assert_int_equal(oc_push_list_set(&list, targets, now, why, sizeof why), OC_OK);
    for (unsigned i = 0; i < OC_PUSHES_MAX; i++) {
        assert_int_equal(list.push[i].stale, ends[i]);
        if (list.push[i].target.id && list.push[i].target.id == before[i].target.id && !ends[i] &&
            list.push[i].begun) { /* nothing of it has changed but what it is called */
            memcpy(before[i].target.name, list.push[i].target.name, OC_PUSH_LABEL_MAX);
            assert_memory_equal(&before[i], &list.push[i], sizeof before[i]);
        }
    }
    poll_all();
}

/* The list in force, some targets of it other than before. */
static void new_list(unsigned changes) {
    static oc_push_targets_t targets;
    memset(&targets, 0, sizeof targets);
    for (uint32_t id = 1; id <= IDS; id++)
        if (known[id].wanted)
            targets.target[targets.targets++] = known[id].target;
    for (; changes > 0; changes--) {
        uint32_t id = 1 + dice(IDS), at = 0;
        while (at < targets.targets && targets.target[at].id != id)
            at++;
        if (at < targets.targets && dice(3) == 0) {
            targets.target[at] = targets.target[--targets.targets];
        } else if (at < targets.targets && dice(2) == 0) {
            snprintf(targets.target[at].name, OC_PUSH_LABEL_MAX, "other%u", dice(100));
        } else if (at < OC_PUSHES_MAX) {
            targets.target[at] = target_of(id, dice(6));
            targets.targets += at == targets.targets;
        }
    }
    give(&targets);
}

static void live(uint32_t seed) {
    state = seed;
    now = START;
    memset(known, 0, sizeof known);
    lost_us = -1;
    oc_push_list_init(&list, seed);
    assert_true(oc_push_list_next_deadline(&list) == INT64_MAX);
    for (unsigned step = 0; step < STEPS; step++) {
        if (dice(30) == 0)
            new_list(dice(2) * (1 + dice(12))); /* 0: another script has the same */
        now += dice(3) ? dice(2 * SECOND) : dice(40 * SECOND);
        poll_all();
        for (uint32_t id = 1; id <= IDS; id++)
            if (known[id].begun && dice(2))
                go_on(&known[id], id);
    }
    for (uint32_t id = 1; id <= IDS; id++) {
        oc_push_row_t row;
        if (!known[id].wanted)
            continue;
        oc_push_list_row(&list, place_of(id), &row);
        assert_int_equal(row.packets_lo, known[id].packets);
        assert_int_equal(row.bytes_lo, known[id].bytes);
        unsigned connections = known[id].connections;
        assert_int_equal(row.reconnects, connections > 0 ? connections - 1 : 0);
    }
    oc_push_list_clear(&list, now);
    unsigned place;
    oc_push_do_t what;
    while (oc_push_list_poll(&list, now, &place, &what))
        assert_int_equal(what, OC_PUSH_END);
    assert_true(oc_push_list_next_deadline(&list) == INT64_MAX);
}

static void any_life_is_justified(void **unused) {
    for (uint32_t seed = 1; seed <= SEEDS; seed++)
        live(seed);
}

/* One target, begun. */
static void begin(uint32_t seed) {
    static oc_push_targets_t targets;
    char why[160];
    unsigned place;
    oc_push_do_t what;
    now = START;
    targets.targets = 1;
    targets.target[0] = target_of(1, 1);
    oc_push_list_init(&list, seed);
    assert_int_equal(oc_push_list_set(&list, &targets, now, why, sizeof why), OC_OK);
    assert_true(oc_push_list_poll(&list, now, &place, &what));
    assert_int_equal(place, 0);
    oc_push_list_connecting(&list, 0, now);
}

static void try_again(void) {
    unsigned place;
    oc_push_do_t what;
    now = oc_push_list_next_deadline(&list);
    assert_true(oc_push_list_poll(&list, now, &place, &what));
    assert_int_equal(what, OC_PUSH_BEGIN);
    oc_push_list_connecting(&list, 0, now);
}

/* A server that was away for less than two minutes has the stream back within 5 s. */
static void a_server_that_comes_back_is_found(void **unused) {
    double least = 9, most = 0;
    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        begin(seed);
        oc_push_list_connected(&list, 0, now);
        now += 10 * SECOND;
        int64_t since_us = now;
        oc_push_list_failed(&list, 0, OC_ERR_CLOSED, "", now);
        while (now - since_us < 120 * SECOND) {
            int64_t before_us = now;
            try_again();
            assert_true(now - before_us <= 4900000);
            double part = (double)(now - before_us) / 4e6;
            if (list.push[0].failures > 3) {
                least = part < least ? part : least;
                most = part > most ? part : most;
            }
            oc_push_list_failed(&list, 0, OC_ERR_REFUSED, "", now);
        }
        for (unsigned i = 0; i < 10; i++) {
            int64_t before_us = now;
            try_again();
            assert_true(now - before_us <= 36 * SECOND);
            oc_push_list_failed(&list, 0, OC_ERR_REFUSED, "", now);
        }
    }
    assert_true(least > 0.799 && least < 0.82 && most > 1.18 && most < 1.201);
}

/* Our own old session at the server is no reason to wait long; somebody else's is. */
static void who_publishes_there(int code) {
    begin(1);
    oc_push_list_failed(&list, 0, code, "", now);
    assert_in_range(oc_push_list_next_deadline(&list) - now, 24 * SECOND, 36 * SECOND);
    try_again();
    oc_push_list_connected(&list, 0, now);
    now += 90 * SECOND;
    oc_push_list_failed(&list, 0, OC_ERR_CLOSED, "", now);
    assert_in_range(oc_push_list_next_deadline(&list) - now, SECOND * 4 / 5, SECOND * 6 / 5);
    try_again();
    oc_push_list_failed(&list, 0, code, "", now);
    assert_in_range(oc_push_list_next_deadline(&list) - now, SECOND * 8 / 5, SECOND * 12 / 5);
    now += 61 * SECOND;
    oc_push_list_failed(&list, 0, code, "", now);
    assert_in_range(oc_push_list_next_deadline(&list) - now, 24 * SECOND, 36 * SECOND);
}

static void who_publishes_there_already(void **unused) {
    who_publishes_there(OC_ERR_EXIST);
    who_publishes_there(OC_ERR_PASSWORD); /* of a server that says no reason */
}

static void what_is_no_list_changes_nothing(void **unused) {
    static oc_push_targets_t targets;
    char why[160];
    begin(1);
    oc_push_list_t before = list;
    targets = (oc_push_targets_t){.targets = 2, .target = {target_of(1, 2), target_of(2, 2)}};
    targets.target[1].id = 1;
    assert_int_equal(oc_push_list_set(&list, &targets, now, why, sizeof why), OC_ERR_INVAL);
    assert_string_equal(why, "live push 1 (cam/2): its id is there twice");
    targets.target[1].id = 0;
    assert_int_equal(oc_push_list_set(&list, &targets, now, why, sizeof why), OC_ERR_INVAL);
    targets.target[1] = target_of(2, 2);
    targets.target[1].format = OC_PUSH_FORMATS;
    assert_int_equal(oc_push_list_set(&list, &targets, now, why, sizeof why), OC_ERR_INVAL);
    targets.target[1] = target_of(2, 2);
    targets.target[1].channel[0] = 0;
    assert_int_equal(oc_push_list_set(&list, &targets, now, why, sizeof why), OC_ERR_INVAL);
    assert_memory_equal(&before, &list, sizeof before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_life_is_justified),
        cmocka_unit_test(a_server_that_comes_back_is_found),
        cmocka_unit_test(who_publishes_there_already),
        cmocka_unit_test(what_is_no_list_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
