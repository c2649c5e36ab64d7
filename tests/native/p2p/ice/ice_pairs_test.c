/* The tables of an agent: which pairs are made, which give way, which is chosen, what goes when an
 * address goes. The other end is written by hand. */
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
    oc_random_seed(23);
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

static int add(const oc_addr_t *addr, oc_candidate_type_t type, bool local, int64_t now) {
    oc_candidate_t c = {.type = type, .component = 1, .addr = *addr, .base = *addr};
    c.priority = oc_candidate_priority(type, 60000, 1);
    return local ? oc_ice_add_local(&ice, &c, now) : oc_ice_add_remote(&ice, &c, now);
}

static bool is_selected(const oc_addr_t *remote) {
    oc_path_t path;
    return oc_ice_selected(&ice, &path) && oc_addr_equal(&path.remote, remote);
}

/* A check from there, answered, and ours answered. */
static void meet(const oc_addr_t *addr, bool use, int64_t now) {
    assert_int_equal(raw_check(&ice, &(raw_check_t){.use = use}, addr, now), OC_ICE_REQUEST);
    raw_answer_all(&ice, now);
}

static void link_local_meets_link_local_only(void **state) {
    oc_addr_t near = ip6("fe80::1", 5000), near_peer = ip6("fe80::2", 6000),
              far = ip6("2001:db8::2", 6000);
    oc_path_t to;
    oc_stun_msg_t msg;
    assert_int_equal(add(&near, OC_CANDIDATE_HOST, true, 0), OC_OK);
    assert_int_equal(add(&far, OC_CANDIDATE_HOST, false, 0), OC_OK);
    assert_false(raw_poll(&ice, 0, &to, &msg));
    assert_int_equal(add(&near_peer, OC_CANDIDATE_HOST, false, 0), OC_OK);
    assert_true(raw_poll(&ice, 0, &to, &msg));
    assert_true(oc_addr_equal(&to.remote, &near_peer) && oc_addr_equal(&to.local, &near));
}

/* Server-reflexive candidates of ours are pairs of their base: nothing is checked twice. */
static void reflexive_candidates_are_their_base(void **state) {
    oc_candidate_t c = {.type = OC_CANDIDATE_SRFLX, .component = 1, .addr = other, .base = here};
    assert_int_equal(oc_ice_add_local(&ice, &c, 0), OC_OK);
    c.base.family = 0;
    assert_int_equal(oc_ice_add_local(&ice, &c, 0), OC_ERR_INVAL);
    add(&there, OC_CANDIDATE_HOST, false, 0);
    add(&there, OC_CANDIDATE_HOST, false, 0);
    unsigned pairs = 0;
    for (unsigned i = 0; i < OC_ICE_PAIRS_MAX; i++)
        pairs += ice.pair[i].state != 0;
    assert_int_equal(pairs, 1);
    for (uint16_t n = 1; n < OC_ICE_HOST_MAX; n++) {
        here.port++;
        assert_int_equal(add(&here, OC_CANDIDATE_HOST, true, 0), OC_OK);
    }
    here.port++;
    assert_int_equal(add(&here, OC_CANDIDATE_HOST, true, 0), OC_ERR_BUSY);
}

/* Before anybody nominates, a direct pair replaces a relayed one, but not the other way round. */
static void direct_is_chosen_over_relayed(void **state) {
    oc_addr_t relay = ip4("203.0.113.50", 50000);
    add(&relay, OC_CANDIDATE_RELAY, false, 0);
    meet(&relay, false, 0);
    assert_true(is_selected(&relay));
    meet(&there, false, 10 * MS);
    assert_true(is_selected(&there));
    relay.port++;
    add(&relay, OC_CANDIDATE_RELAY, false, 20 * MS);
    meet(&relay, false, 20 * MS);
    assert_true(is_selected(&there));
    meet(&other, false, 30 * MS);
    assert_true(is_selected(&there)); /* nor does one that is no better */
}

/* A check was faster than the description: what that says counts from then on. */
static void the_description_corrects_what_a_check_taught(void **state) {
    meet(&there, false, 0);
    assert_int_equal(ice.remote[0].type, OC_CANDIDATE_PRFLX);
    assert_int_equal(ice.remote[0].priority, 0x6E001EFF);
    assert_int_equal(add(&there, OC_CANDIDATE_HOST, false, 0), OC_OK);
    assert_int_equal(ice.remote[0].type, OC_CANDIDATE_HOST);
    assert_int_equal(ice.remote[0].priority, oc_candidate_priority(OC_CANDIDATE_HOST, 60000, 1));
}

/* All pairs are in use by candidates that nobody answers: a peer that shows up gets a place. */
static void a_peer_that_shows_up_gets_a_place(void **state) {
    for (uint16_t n = 1; n < 4; n++) {
        here.port++;
        add(&here, OC_CANDIDATE_HOST, true, 0);
    }
    for (uint16_t n = 0; n < 20; n++) {
        oc_addr_t nobody = ip4("203.0.113.200", (uint16_t)(2000 + n));
        add(&nobody, OC_CANDIDATE_SRFLX, false, 0);
    }
    for (unsigned i = 0; i < OC_ICE_PAIRS_MAX; i++)
        assert_int_not_equal(ice.pair[i].state, 0);
    meet(&there, true, MS);
    assert_true(is_selected(&there));
    oc_path_t to;
    oc_stun_msg_t msg;
    for (int64_t now = 0; now < 10 * S; now += 100 * MS) /* all others fail */
        while (raw_poll(&ice, now, &to, &msg))
            ;
    meet(&other, true, 10 * S);
    assert_true(is_selected(&other));
}

/* More addresses on both sides than pairs: relays have their share all the same. */
static void relays_have_their_share(void **state) {
    oc_addr_t relay = ip4("203.0.113.50", 50000), theirs = ip4("203.0.113.60", 50000);
    unsigned relayed = 0, own = 0;
    for (uint16_t n = 1; n < OC_ICE_HOST_MAX; n++) {
        here.port++;
        assert_int_equal(add(&here, OC_CANDIDATE_HOST, true, 0), OC_OK);
    }
    for (uint16_t n = 0; n < 12; n++) {
        other.port++;
        assert_int_equal(add(&other, OC_CANDIDATE_HOST, false, 0), OC_OK);
    }
    oc_candidate_t c = {.type = OC_CANDIDATE_RELAY, .component = 1, .via = 1, .addr = relay};
    c.priority = oc_candidate_priority(c.type, 1, 1);
    assert_int_equal(oc_ice_add_local(&ice, &c, 0), OC_OK);
    assert_int_equal(add(&theirs, OC_CANDIDATE_RELAY, false, 0), OC_OK);
    for (uint16_t n = 0; n < 5; n++) { /* and nothing direct pushes them out */
        other.port++;
        assert_int_equal(add(&other, OC_CANDIDATE_HOST, false, 0), OC_OK);
    }
    for (uint8_t i = 0; i < OC_ICE_PAIRS_MAX; i++) {
        assert_int_not_equal(ice.pair[i].state, 0);
        bool via = ice.local[ice.pair[i].local].via;
        relayed += via || ice.remote[ice.pair[i].remote].type == OC_CANDIDATE_RELAY;
        own += via;
    }
    assert_int_equal(relayed, OC_ICE_RELAYED_MAX);
    assert_true(own > 0);
}

/* A new tuple every half second: the table is full of them; the second check of each finds room. */
static void tuples_that_were_left_give_way(void **state) {
    for (uint16_t n = 0; n < 200; n++) {
        int64_t now = n * 500 * MS;
        there.port = (uint16_t)(7000 + n);
        meet(&there, true, now);
        raw_events(&ice, OC_ICE_SELECTED, NULL);
        meet(&there, true, now + 200 * MS);
        raw_events(&ice, OC_ICE_SELECTED, NULL);
        assert_true(is_selected(&there));
    }
}

/* It was silent for long when it was left: it is kept five seconds all the same. */
static void a_silent_pair_is_kept_when_it_is_left(void **state) {
    oc_path_t to, old = {.remote = there};
    oc_stun_msg_t msg;
    meet(&there, true, 0);
    for (int64_t now = 0; now < 27 * S; now += 100 * MS)
        while (raw_poll(&ice, now, &to, &msg))
            ;
    meet(&other, true, 27 * S);
    assert_true(is_selected(&other));
    other.port++;
    meet(&other, true, 31500 * MS);
    assert_true(oc_ice_path_valid(&ice, &old));
}

/* An interface goes: the other pair takes over at once; the last one goes: consent is lost. */
static void what_is_left_takes_over_when_an_address_goes(void **state) {
    oc_addr_t here6 = ip6("2001:db8::1", 5000), there6 = ip6("2001:db8::7", 6000);
    oc_ice_event_t event;
    oc_path_t path = {.remote = there};
    add(&here6, OC_CANDIDATE_HOST, true, 0);
    meet(&there, true, 0);
    meet(&there6, false, 0);
    raw_events(&ice, OC_ICE_SELECTED, NULL);
    assert_true(is_selected(&there));
    oc_ice_remove_local(&ice, 0, &here, S);
    assert_true(is_selected(&there6));
    assert_false(oc_ice_path_valid(&ice, &path));
    assert_int_equal(oc_ice_poll_event(&ice, &event), OC_OK);
    assert_int_equal(event.kind, OC_ICE_PAIR_GONE);
    assert_true(oc_addr_equal(&event.path.remote, &there));
    assert_int_equal(oc_ice_poll_event(&ice, &event), OC_OK);
    assert_int_equal(event.kind, OC_ICE_SELECTED);
    assert_true(oc_addr_equal(&event.path.remote, &there6));
    oc_ice_remove_local(&ice, 0, &(oc_addr_t){0}, S); /* all of this socket */
    assert_false(oc_ice_selected(&ice, &path));
    assert_int_equal(raw_events(&ice, OC_ICE_CONSENT_LOST, NULL), 1);
    assert_int_equal(add(&here, OC_CANDIDATE_HOST, true, 2 * S), OC_OK); /* and is back */
    meet(&there, true, 2 * S);
    assert_true(is_selected(&there));
}

/* A pair of the new generation is used as soon as it answers, nominated or not. */
static void a_pair_of_the_new_generation_is_used_at_once(void **state) {
    char ufrag[OC_ICE_OUR_UFRAG + 1];
    meet(&there, true, 0);
    strcpy(ufrag, oc_ice_ufrag(&ice));
    assert_int_equal(oc_ice_set_remote(&ice, "others00", RAW_PWD, false, S), OC_ERR_STATE);
    oc_ice_restart(&ice, S);
    assert_true(oc_ice_is_ours(&ice, oc_span(ufrag, OC_ICE_OUR_UFRAG)) == false); /* no colon */
    assert_true(is_selected(&there));
    assert_int_equal(oc_ice_set_remote(&ice, "others00", RAW_PWD, false, S), OC_OK);
    meet(&other, false, S);
    assert_true(is_selected(&other));
    meet(&there, false, S + MS);
    assert_true(is_selected(&other));
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(link_local_meets_link_local_only),
        T(reflexive_candidates_are_their_base),
        T(direct_is_chosen_over_relayed),
        T(the_description_corrects_what_a_check_taught),
        T(a_peer_that_shows_up_gets_a_place),
        T(relays_have_their_share),
        T(tuples_that_were_left_give_way),
        T(a_silent_pair_is_kept_when_it_is_left),
        T(what_is_left_takes_over_when_an_address_goes),
        T(a_pair_of_the_new_generation_is_used_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
