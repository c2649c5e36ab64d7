/* What an agent makes of single datagrams: who is answered, who is not, and which tuple is
 * followed. The other end is written by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "ice_net.h"
#include "ice_raw.h"
#include "oc_err.h"
#include "oc_random_seeded.h"

static oc_ice_t ice;
static oc_addr_t here, there, other;

static int setup(void **state) {
    oc_random_seed(7);
    here = ip4("192.0.2.1", 5000);
    there = ip4("198.51.100.7", 6000);
    other = ip4("198.51.100.8", 6001);
    raw_init(&ice, &(oc_ice_config_t){0}, &here);
    return 0;
}

static int teardown(void **state) {
    oc_ice_deinit(&ice);
    return 0;
}

static bool silent(void) {
    oc_path_t to;
    oc_stun_msg_t msg;
    oc_ice_event_t event;
    return !raw_poll(&ice, 0, &to, &msg) && oc_ice_poll_event(&ice, &event) == OC_AGAIN;
}

static void strangers_are_not_answered(void **state) {
    assert_int_equal(raw_check(&ice, &(raw_check_t){.username = "nobody:theirs00"}, &there, 0),
                     OC_ERR_NOENT);
    assert_true(silent());
    assert_int_equal(raw_check(&ice, &(raw_check_t){.pwd = "wrongwrongwrongwrongwrong"}, &there, 0),
                     OC_ERR_STALE);
    assert_true(silent());
    assert_int_equal(raw_check(&ice, &(raw_check_t){.no_integrity = true}, &there, 0),
                     OC_ERR_STALE);
    assert_true(silent());
    assert_int_equal(raw_check(&ice, &(raw_check_t){.no_fingerprint = true}, &there, 0),
                     OC_ERR_FORMAT);
    assert_true(silent());
    assert_int_equal(raw_check(&ice, &(raw_check_t){.bad_fingerprint = true}, &there, 0),
                     OC_ERR_FORMAT);
    assert_true(silent());
    const uint8_t junk[3] = {0, 1, 0};
    oc_path_t from = {.remote = there};
    assert_int_equal(oc_ice_input(&ice, &from, oc_span(junk, sizeof junk), 0), OC_ERR_FORMAT);
    assert_true(silent());
    assert_int_equal(ice.stats.refused, 6);
    assert_int_equal(ice.stats.requests, 0);
}

/* The answer carries the address as seen, signed with our password; a check of ours follows. */
static void a_check_is_answered_and_returned(void **state) {
    oc_path_t to;
    oc_stun_msg_t msg;
    const char *pwd = oc_ice_pwd(&ice);
    assert_int_equal(raw_check(&ice, &(raw_check_t){.txid = 0x55}, &there, 0), OC_ICE_REQUEST);
    assert_true(raw_poll(&ice, 0, &to, &msg));
    assert_int_equal(msg.cls, OC_STUN_SUCCESS);
    assert_int_equal(msg.txid[0], 0x55);
    assert_true(oc_addr_equal(&msg.mapped, &there));
    assert_true(oc_addr_equal(&to.remote, &there));
    assert_int_equal(oc_stun_check_integrity(&msg, oc_span(pwd, strlen(pwd))), OC_OK);
    assert_true(raw_poll(&ice, 0, &to, &msg));
    assert_int_equal(msg.cls, OC_STUN_REQUEST);
    assert_true(oc_addr_equal(&to.remote, &there));
    assert_int_equal(oc_stun_check_integrity(&msg, oc_span(RAW_PWD, strlen(RAW_PWD))), OC_OK);
    assert_true(OC_STUN_HAS(&msg, OC_STUN_F_CONTROLLED));
    assert_false(OC_STUN_HAS(&msg, OC_STUN_F_USE_CANDIDATE));
    assert_int_equal(msg.priority >> 24, OC_CANDIDATE_PREFER_PRFLX);
    assert_true(oc_ice_owns_txid(&ice, msg.txid));
    assert_false(oc_ice_path_valid(&ice, &to));
    assert_int_equal(raw_answer(&ice, &msg, &to, 0, 40 * MS), OC_ICE_RESPONSE);
    assert_true(oc_ice_path_valid(&ice, &to));
    assert_int_equal(oc_ice_rtt_us(&ice), 40 * MS);
    assert_true(oc_ice_selected(&ice, &to)); /* data does not wait for a nomination */
    assert_int_equal(raw_events(&ice, OC_ICE_SELECTED, NULL), 1);
}

static void answers_from_elsewhere_or_wrong_do_not_count(void **state) {
    oc_path_t to, wrong;
    oc_stun_msg_t msg;
    raw_check(&ice, &(raw_check_t){0}, &there, 0);
    while (raw_poll(&ice, 0, &to, &msg) && msg.cls != OC_STUN_REQUEST)
        ;
    wrong = to;
    wrong.remote = other;
    assert_int_equal(raw_answer(&ice, &msg, &wrong, 0, MS), OC_ERR_STALE);
    wrong = to;
    wrong.via = 1;
    assert_int_equal(raw_answer(&ice, &msg, &wrong, 0, MS), OC_ERR_STALE);
    uint8_t txid[12] = {9};
    oc_stun_msg_t unasked = msg;
    unasked.txid = txid;
    assert_int_equal(raw_answer(&ice, &unasked, &to, 0, MS), OC_ERR_NOENT);
    assert_false(oc_ice_path_valid(&ice, &to));
    assert_int_equal(raw_answer(&ice, &msg, &to, 0, MS), OC_ICE_RESPONSE);
    assert_int_equal(raw_answer(&ice, &msg, &to, 0, MS), OC_ERR_NOENT); /* only once */
}

static void unknown_attributes_are_refused_with_420(void **state) {
    oc_path_t to;
    oc_stun_msg_t msg;
    raw_check(&ice, &(raw_check_t){.unknown = 0x7F01}, &there, 0);
    assert_true(raw_poll(&ice, 0, &to, &msg));
    assert_int_equal(msg.error, 420);
    assert_false(raw_poll(&ice, 0, &to, &msg));                    /* and no check follows */
    raw_check(&ice, &(raw_check_t){.unknown = 0xC057}, &there, 0); /* GOOG: may be ignored */
    assert_true(raw_poll(&ice, 0, &to, &msg));
    assert_int_equal(msg.cls, OC_STUN_SUCCESS);
}

/* Chromium nominates as it likes: the latest nomination that works is followed. */
static void the_latest_nomination_is_followed(void **state) {
    oc_ice_event_t event;
    raw_check(&ice, &(raw_check_t){.use = true}, &there, 0);
    raw_answer_all(&ice, 10 * MS);
    assert_int_equal(raw_events(&ice, OC_ICE_SELECTED, &event), 1);
    assert_true(oc_addr_equal(&event.path.remote, &there));
    raw_check(&ice, &(raw_check_t){.use = true}, &other, S); /* a network switch, no signalling */
    assert_true(oc_ice_selected(&ice, &event.path));
    assert_true(oc_addr_equal(&event.path.remote, &there)); /* not before it is proven */
    raw_answer_all(&ice, S + 10 * MS);
    assert_int_equal(raw_events(&ice, OC_ICE_SELECTED, &event), 1);
    assert_true(oc_addr_equal(&event.path.remote, &other));
    raw_check(&ice, &(raw_check_t){.use = true}, &there, 2 * S); /* and back: both are valid */
    assert_int_equal(raw_events(&ice, OC_ICE_SELECTED, &event), 1);
    assert_true(oc_addr_equal(&event.path.remote, &there));
    raw_check(&ice, &(raw_check_t){0}, &other, 2 * S); /* not a nomination */
    assert_int_equal(raw_events(&ice, OC_ICE_SELECTED, NULL), 0);
}

/* An older nomination that becomes valid late does not win. */
static void a_late_answer_does_not_undo_a_newer_nomination(void **state) {
    oc_path_t to, late_to = {0};
    oc_stun_msg_t msg, late = {0};
    uint8_t txid[12];
    raw_check(&ice, &(raw_check_t){.use = true}, &there, 0);
    while (raw_poll(&ice, 0, &to, &msg))
        if (msg.cls == OC_STUN_REQUEST) {
            memcpy(txid, msg.txid, 12);
            late = msg;
            late.txid = txid;
            late_to = to;
        }
    raw_check(&ice, &(raw_check_t){.use = true}, &other, 10 * MS);
    raw_answer_all(&ice, 10 * MS);
    assert_int_equal(raw_answer(&ice, &late, &late_to, 0, 20 * MS), OC_ICE_RESPONSE);
    assert_true(oc_ice_path_valid(&ice, &late_to));
    assert_true(oc_ice_selected(&ice, &to));
    assert_true(oc_addr_equal(&to.remote, &other));
}

/* The pair that is left is still listened to for five seconds and more, and then told as gone. */
static void the_pair_that_was_left_is_kept_a_while(void **state) {
    oc_path_t old = {.remote = there};
    oc_ice_event_t event;
    raw_check(&ice, &(raw_check_t){.use = true}, &there, 0);
    raw_answer_all(&ice, 0);
    raw_check(&ice, &(raw_check_t){.use = true}, &other, S);
    raw_answer_all(&ice, S);
    raw_events(&ice, OC_ICE_SELECTED, NULL);
    int64_t now = S, gone = 0;
    while (!gone && now < 60 * S) {
        int64_t next = oc_ice_next_deadline(&ice);
        assert_true(next > now);
        now = next;
        raw_answer_all(&ice, now);
        if (now < S + OC_ICE_KEEP_US)
            assert_true(oc_ice_path_valid(&ice, &old));
        if (raw_events(&ice, OC_ICE_PAIR_GONE, &event))
            gone = now;
    }
    assert_true(gone > S + OC_ICE_KEEP_US && gone < 45 * S);
    assert_true(oc_addr_equal(&event.path.remote, &there));
    assert_false(oc_ice_path_valid(&ice, &old));
}

static void role_conflicts_are_settled_by_the_tie_breaker(void **state) {
    oc_path_t to;
    oc_stun_msg_t msg;
    ice.tie_breaker = 1000;
    /* controlled, so is the peer, and we are larger: we control from now on */
    raw_check(&ice, &(raw_check_t){.controlled = true, .tie_breaker = 999}, &there, 0);
    assert_true(oc_ice_is_controlling(&ice));
    assert_int_equal(raw_events(&ice, OC_ICE_ROLE, NULL), 1);
    assert_true(raw_poll(&ice, 0, &to, &msg));
    assert_int_equal(msg.cls, OC_STUN_SUCCESS);
    assert_true(raw_poll(&ice, 0, &to, &msg));
    assert_true(OC_STUN_HAS(&msg, OC_STUN_F_CONTROLLING));
    /* controlling, so is the peer, and we are larger: it is told */
    raw_check(&ice, &(raw_check_t){.tie_breaker = 999}, &there, MS);
    assert_true(raw_poll(&ice, MS, &to, &msg));
    assert_int_equal(msg.error, 487);
    assert_true(oc_ice_is_controlling(&ice));
    /* controlling, so is the peer, and it is larger: we give way */
    raw_check(&ice, &(raw_check_t){.tie_breaker = 1001}, &there, MS);
    assert_false(oc_ice_is_controlling(&ice));
    /* controlled, so is the peer, and it is larger: it is told */
    raw_answer_all(&ice, MS);
    raw_check(&ice, &(raw_check_t){.controlled = true, .tie_breaker = 1001}, &there, MS);
    assert_true(raw_poll(&ice, MS, &to, &msg));
    assert_int_equal(msg.error, 487);
    assert_false(oc_ice_is_controlling(&ice));
}

static void an_answer_487_changes_the_role_and_asks_again(void **state) {
    oc_path_t to;
    oc_stun_msg_t msg;
    raw_check(&ice, &(raw_check_t){0}, &there, 0);
    while (raw_poll(&ice, 0, &to, &msg) && msg.cls != OC_STUN_REQUEST)
        ;
    assert_int_equal(raw_answer(&ice, &msg, &to, 487, MS), OC_ICE_RESPONSE);
    assert_true(oc_ice_is_controlling(&ice));
    assert_true(raw_poll(&ice, MS, &to, &msg));
    assert_true(OC_STUN_HAS(&msg, OC_STUN_F_CONTROLLING));
    assert_int_equal(raw_answer(&ice, &msg, &to, 0, MS), OC_ICE_RESPONSE);
    assert_true(oc_ice_path_valid(&ice, &to));
}

/* One direction alone is no consent: requests come, our checks are not answered. */
static void requests_are_no_consent(void **state) {
    oc_path_t to;
    oc_stun_msg_t msg;
    raw_check(&ice, &(raw_check_t){.use = true}, &there, 0);
    raw_answer_all(&ice, 0);
    for (int64_t now = 0; now < 30 * S; now += S) {
        raw_check(&ice, &(raw_check_t){.use = true}, &there, now);
        while (raw_poll(&ice, now, &to, &msg))
            ;
        assert_true(oc_ice_selected(&ice, &to));
    }
    oc_ice_advance(&ice, 30 * S);
    assert_false(oc_ice_selected(&ice, &to));
    assert_int_equal(raw_events(&ice, OC_ICE_CONSENT_LOST, NULL), 1);
    raw_check(&ice, &(raw_check_t){.use = true}, &there, 31 * S);
    raw_answer_all(&ice, 31 * S); /* it answers again: consent is back */
    assert_true(oc_ice_selected(&ice, &to));
}

/* A tuple that another viewer had: only credentials tell whose it is. */
static void a_tuple_is_whose_password_signed(void **state) {
    oc_ice_t second;
    oc_path_t path = {.remote = there};
    uint8_t bytes[OC_ICE_DATAGRAM];
    raw_init(&second, &(oc_ice_config_t){0}, &here);
    raw_check(&ice, &(raw_check_t){.use = true}, &there, 0);
    raw_answer_all(&ice, 0);
    size_t len = raw_write_check(&second, &(raw_check_t){.use = true}, bytes, sizeof bytes);
    assert_int_equal(oc_ice_input(&ice, &path, oc_span(bytes, len), S), OC_ERR_NOENT);
    assert_int_equal(oc_ice_input(&second, &path, oc_span(bytes, len), S), OC_ICE_REQUEST);
    raw_answer_all(&second, S);
    assert_true(oc_ice_path_valid(&second, &path) && oc_ice_path_valid(&ice, &path));
    /* nobody answers the first one there any more: it has no consent soon, the other has */
    int64_t now = S;
    oc_path_t to;
    oc_stun_msg_t msg;
    while (oc_ice_selected(&ice, &to) && now < 60 * S) {
        now = oc_ice_next_deadline(&ice) < now + S ? oc_ice_next_deadline(&ice) : now + S;
        while (raw_poll(&ice, now, &to, &msg))
            ;
        raw_answer_all(&second, now);
    }
    assert_int_equal(now, 30 * S);
    assert_true(oc_ice_selected(&second, &to));
    oc_ice_deinit(&second);
}

/* A new NAT mapping for every minute of an hour: room is made by forgetting the oldest. */
static void many_moves_do_not_fill_the_tables(void **state) {
    oc_path_t to;
    for (int i = 0; i < 3000; i++) {
        int64_t now = i * 6 * S;
        oc_addr_t from = there;
        from.port = (uint16_t)(2000 + i);
        raw_check(&ice, &(raw_check_t){.use = true}, &from, now);
        raw_answer_all(&ice, now + 10 * MS);
        raw_events(&ice, OC_ICE_SELECTED, NULL);
        assert_true(oc_ice_selected(&ice, &to));
        assert_int_equal(to.remote.port, from.port);
    }
}

static void a_changed_mapped_address_is_told(void **state) {
    oc_path_t to;
    oc_stun_msg_t msg;
    oc_ice_event_t event;
    raw_check(&ice, &(raw_check_t){.use = true}, &there, 0);
    raw_answer_all(&ice, 0);
    assert_int_equal(raw_events(&ice, OC_ICE_MAPPED, NULL), 0);
    int64_t now = oc_ice_next_deadline(&ice);
    assert_true(raw_poll(&ice, now, &to, &msg));
    to.local.port = 7777; /* our NAT has another port for us now */
    assert_int_equal(raw_answer(&ice, &msg, &to, 0, now), OC_ICE_RESPONSE);
    assert_int_equal(raw_events(&ice, OC_ICE_MAPPED, &event), 1);
    assert_int_equal(event.mapped.port, 7777);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(strangers_are_not_answered),
        T(a_check_is_answered_and_returned),
        T(answers_from_elsewhere_or_wrong_do_not_count),
        T(unknown_attributes_are_refused_with_420),
        T(the_latest_nomination_is_followed),
        T(a_late_answer_does_not_undo_a_newer_nomination),
        T(the_pair_that_was_left_is_kept_a_while),
        T(role_conflicts_are_settled_by_the_tie_breaker),
        T(an_answer_487_changes_the_role_and_asks_again),
        T(requests_are_no_consent),
        T(a_tuple_is_whose_password_signed),
        T(many_moves_do_not_fill_the_tables),
        T(a_changed_mapped_address_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
