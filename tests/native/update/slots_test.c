/* oc_slots and oc_slot_record: which application runs, and what is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "oc_bundle_write.h"
#include "oc_err.h"
#include "slots_medium.h"

#define FACTORY "0.9.0"

static medium_t medium;
static oc_trust_t trust;
static oc_slots_t slots;
static oc_slots_choice_t choice;
static oc_bundle_host_t host = {"0.1.0", "xs-13.3", 1};
static const char *factory = FACTORY;
static uint8_t memory[MEDIUM_BYTES], bytes[MEDIUM_BYTES], key[3][OC_P256_POINT], id[3][OC_KEY_ID];
static oc_bundle_t bundle;
static oc_bundle_why_t why;

/* The host starts. */
static enum oc_slot boot(void) {
    oc_slots_io_t io = medium_io(&medium);
    memset(&trust, 0, sizeof trust);
    for (unsigned n = 0; n < 2; n++)
        assert_int_equal(oc_trust_add(&trust, key[n]), OC_OK);
    assert_int_equal(oc_slots_open(&slots, &io, &trust), OC_OK);
    oc_slots_boot(&slots, "camera", factory, &host, (oc_slots_memory_t){memory, sizeof memory},
                  &choice);
    return choice.run;
}

static int set_up(void **state) {
    (void)state;
    for (uint8_t n = 0; n < 3; n++) {
        oc_p256_fake_point(n, key[n]);
        oc_key_id(key[n], id[n]);
    }
    factory = FACTORY;
    host.version = "0.1.0";
    medium_init(&medium, false, 1);
    assert_int_equal(boot(), OC_SLOT_FACTORY);
    return 0;
}

/* A verified bundle of a version; by: the number of its key; revokes: of another one, or -1. */
static const oc_bundle_t *make(const char *version, uint32_t counter, unsigned by, int revokes) {
    oc_bundle_recipe_t recipe = {.name = "camera",
                                 .version = version,
                                 .channel = "stable",
                                 .host = "0.1.0",
                                 .counter = counter,
                                 .engines = {"xs-13.3"},
                                 .archives = {oc_span(version, strlen(version))},
                                 .revoked = {revokes < 0 ? NULL : id[revokes]},
                                 .signers = {key[by]}};
    size_t size = oc_bundle_write(&recipe, bytes, sizeof bytes);
    assert_int_equal(oc_bundle_read(&bundle, oc_span(bytes, size), &why), OC_OK);
    assert_int_equal(oc_bundle_verify(&bundle, &trust, &why), OC_OK);
    return &bundle;
}

static void try(const char *version, uint32_t counter) {
    const oc_bundle_t *made = make(version, counter, 0, -1);
    assert_int_equal(oc_slots_admit(&slots, made, "camera", "0.0.1", false, &why), OC_OK);
    assert_int_equal(oc_slots_stage(&slots, made), OC_OK);
    assert_int_equal(oc_slots_try(&slots), OC_OK);
}

static void install(const char *version, uint32_t counter) {
    try(version, counter);
    assert_int_equal(oc_slots_commit(&slots, &bundle), OC_OK);
}

static void assert_runs(enum oc_slot slot, const char *version) {
    assert_int_equal(boot(), slot);
    assert_string_equal(choice.bundle.version, version);
    assert_false(choice.settings_back);
}

static void a_committed_update_runs_at_the_next_boot(void **state) {
    (void)state;
    install("1.0.0", 1);
    assert_int_equal(slots.running, OC_SLOT_A);
    assert_runs(OC_SLOT_A, "1.0.0");
    install("1.1.0", 2);
    assert_runs(OC_SLOT_B, "1.1.0");
    assert_int_equal(slots.record.previous, OC_SLOT_A);
    install("1.2.0", 2);
    assert_runs(OC_SLOT_A, "1.2.0");
    assert_int_equal(slots.record.counter, 2);
}

static void an_interrupted_trial_is_over_and_three_are_a_failure(void **state) {
    (void)state;
    install("1.0.0", 1);
    for (unsigned i = 0; i < OC_SLOT_TRIES; i++) {
        const oc_bundle_t *made = make("1.1.0", 1, 0, -1);
        assert_int_equal(oc_slots_admit(&slots, made, "camera", "1.0.0", false, &why), OC_OK);
        assert_int_equal(oc_slots_stage(&slots, made), OC_OK);
        assert_int_equal(oc_slots_try(&slots), OC_OK);
        for (unsigned again = 0; again < 2; again++) { /* until the settings are back */
            assert_int_equal(boot(), OC_SLOT_A);
            assert_string_equal(choice.bundle.version, "1.0.0");
            assert_true(choice.settings_back);
        }
        assert_int_equal(oc_slots_give_up(&slots, OC_SLOTS_INTERRUPTED), OC_OK);
        assert_runs(OC_SLOT_A, "1.0.0");
    }
    const oc_bundle_t *made = make("1.1.0", 1, 0, -1);
    assert_int_equal(oc_slots_admit(&slots, made, "camera", "1.0.0", false, &why), OC_ERR_STATE);
    assert_int_equal(why.fault, OC_BUNDLE_FAILED);
}

static void a_stop_of_the_program_is_no_failure(void **state) {
    (void)state;
    for (unsigned i = 0; i <= OC_SLOT_TRIES; i++) {
        try("1.0.0", 1);
        assert_int_equal(oc_slots_give_up(&slots, OC_SLOTS_STOPPED), OC_OK);
    }
    try("1.0.0", 1);
    assert_int_equal(oc_slots_give_up(&slots, OC_SLOTS_FAILED), OC_OK);
    assert_int_equal(oc_slots_admit(&slots, make("1.0.0", 1, 0, -1), "camera", "0", false, &why),
                     OC_ERR_STATE);
    assert_int_equal(boot(), OC_SLOT_FACTORY);
}

static void an_older_counter_and_the_same_version_are_refused(void **state) {
    (void)state;
    install("1.0.0", 5);
    const oc_bundle_t *made = make("2.0.0", 4, 0, -1);
    assert_int_equal(oc_slots_admit(&slots, made, "camera", "1.0.0", false, &why), OC_ERR_STALE);
    assert_int_equal(why.fault, OC_BUNDLE_COUNTER);
    made = make("1.0.0", 5, 0, -1);
    assert_int_equal(oc_slots_admit(&slots, made, "camera", "1.0.0", false, &why), OC_ERR_EXIST);
    assert_int_equal(why.fault, OC_BUNDLE_SAME);
    assert_int_equal(oc_slots_admit(&slots, made, "door", "1.0.0", false, &why), OC_OK);
    made = make("0.9.0", 5, 0, -1); /* older, with the counter of now */
    assert_int_equal(oc_slots_admit(&slots, made, "camera", "1.0.0", false, &why), OC_ERR_STALE);
    assert_int_equal(why.fault, OC_BUNDLE_COUNTER);
    assert_int_equal(oc_slots_admit(&slots, made, "camera", "1.0.0", true, &why), OC_OK);
    assert_int_equal(oc_slots_admit(&slots, made, "door", "1.0.0", false, &why), OC_OK);
    made = make("0.9.0", 6, 0, -1);
    assert_int_equal(oc_slots_admit(&slots, made, "camera", "1.0.0", false, &why), OC_OK);
}

static void a_damaged_slot_falls_back(void **state) {
    (void)state;
    install("1.0.0", 1);
    install("1.1.0", 1);
    medium.places[OC_SLOTS_B][medium.len[OC_SLOTS_B] - 1] ^= 1;
    assert_runs(OC_SLOT_A, "1.0.0");
    assert_int_equal(choice.why[1].fault, OC_BUNDLE_HASH);
    /* the next update takes the place of the damaged one, not of the one that runs */
    try("1.2.0", 1);
    assert_int_equal(slots.record.trial, OC_SLOT_B);
    assert_int_equal(slots.record.active, OC_SLOT_A);
    assert_int_equal(oc_slots_give_up(&slots, OC_SLOTS_FAILED), OC_OK);
    assert_runs(OC_SLOT_A, "1.0.0");
    medium.len[OC_SLOTS_A] = 10;
    assert_int_equal(boot(), OC_SLOT_FACTORY);
    assert_int_equal(choice.why[0].fault, OC_BUNDLE_FORMAT);
}

static void an_older_bundle_in_a_slot_is_noticed(void **state) {
    (void)state;
    install("1.0.0", 1);
    size_t size = make("0.8.0", 1, 0, -1)->bytes.len;
    assert_int_equal(size, slots.record.bytes[0]);
    memcpy(medium.places[OC_SLOTS_A], bytes, size);
    assert_int_equal(boot(), OC_SLOT_FACTORY);
    assert_int_equal(choice.why[0].fault, OC_BUNDLE_HASH);
}

static void a_factory_that_came_with_a_newer_host_runs(void **state) {
    (void)state;
    install("0.8.0", 1); /* the owner wants an older one than FACTORY: it stays */
    assert_runs(OC_SLOT_A, "0.8.0");
    factory = "0.8.1";
    assert_int_equal(boot(), OC_SLOT_FACTORY);
    assert_true(choice.factory_newer);
    install("0.9.1", 1);
    assert_int_equal(slots.record.previous, OC_SLOT_FACTORY);
    assert_runs(OC_SLOT_B, "0.9.1");
    factory = "0.9.1-rc.1";
    assert_runs(OC_SLOT_B, "0.9.1");
}

static void an_older_host_runs_what_fits(void **state) {
    (void)state;
    install("1.0.0", 1);
    host.version = "0.0.9";
    assert_int_equal(boot(), OC_SLOT_FACTORY);
    assert_int_equal(choice.why[0].fault, OC_BUNDLE_HOST);
}

static void going_back_is_a_trial_too(void **state) {
    (void)state;
    assert_int_equal(oc_slots_try_previous(&slots), OC_ERR_NOENT);
    install("1.0.0", 1);
    install("1.1.0", 2);
    assert_int_equal(oc_slots_try_previous(&slots), OC_OK);
    assert_int_equal(oc_slots_try_previous(&slots), OC_ERR_STATE);
    assert_int_equal(oc_slots_commit(&slots, NULL), OC_OK);
    assert_runs(OC_SLOT_A, "1.0.0");
    assert_int_equal(slots.record.counter, 2);
    assert_int_equal(oc_slots_try_previous(&slots), OC_OK);
    assert_int_equal(oc_slots_commit(&slots, NULL), OC_OK);
    assert_runs(OC_SLOT_B, "1.1.0");
    assert_int_equal(oc_slots_reset(&slots), OC_OK);
    install("1.2.0", 2);
    assert_int_equal(oc_slots_try_previous(&slots), OC_OK); /* the factory application */
    assert_int_equal(oc_slots_commit(&slots, NULL), OC_OK);
    assert_int_equal(boot(), OC_SLOT_FACTORY);
    assert_false(choice.factory_newer);
}

static void early_ends_go_down_step_by_step(void **state) {
    (void)state;
    install("1.0.0", 1);
    install("1.1.0", 1);
    assert_int_equal(oc_slots_ended(&slots), OC_OK);
    assert_int_equal(oc_slots_ended(&slots), OC_OK);
    assert_int_equal(oc_slots_lived(&slots), OC_OK);
    assert_int_equal(oc_slots_ended(&slots), OC_OK);
    assert_runs(OC_SLOT_B, "1.1.0"); /* the count is kept over a restart */
    assert_int_equal(oc_slots_ended(&slots), OC_OK);
    assert_int_equal(oc_slots_ended(&slots), OC_END);
    assert_runs(OC_SLOT_A, "1.0.0");
    const oc_bundle_t *made = make("1.1.0", 1, 0, -1);
    assert_int_equal(oc_slots_admit(&slots, made, "camera", "1.0.0", false, &why), OC_ERR_STATE);
    for (unsigned i = 1; i < OC_SLOTS_ENDS; i++)
        assert_int_equal(oc_slots_ended(&slots), OC_OK);
    assert_int_equal(oc_slots_ended(&slots), OC_END);
    assert_int_equal(boot(), OC_SLOT_FACTORY);
    assert_int_equal(oc_slots_ended(&slots), OC_ERR_STATE);
}

static void revocations_stay(void **state) {
    (void)state;
    install("1.0.0", 1);
    oc_bundle_recipe_t recipe = {.name = "camera",
                                 .version = "1.0.0",
                                 .channel = "stable",
                                 .host = "0.1.0",
                                 .revoked = {id[0]},
                                 .signers = {key[1]}};
    size_t size = oc_bundle_write(&recipe, bytes, sizeof bytes);
    assert_int_equal(oc_bundle_read(&bundle, oc_span(bytes, size), &why), OC_OK);
    assert_int_equal(oc_bundle_verify(&bundle, &trust, &why), OC_OK);
    assert_int_equal(oc_slots_admit(&slots, &bundle, "camera", "1.0.0", false, &why), OC_OK);
    assert_int_equal(oc_slots_stage(&slots, &bundle), OC_ERR_INVAL);
    assert_int_equal(oc_slots_revoke(&slots, &bundle), OC_OK);
    assert_true(oc_trust_is_revoked(&trust, id[0]));
    assert_int_equal(boot(), OC_SLOT_FACTORY); /* what the revoked key signed */
    assert_int_equal(choice.why[0].fault, OC_BUNDLE_REVOKED_KEY);
    assert_int_equal(oc_slots_reset(&slots), OC_OK);
    boot();
    assert_true(oc_trust_is_revoked(&trust, id[0]));
    assert_int_equal(slots.record.counter, 1);
}

static void revocations_of_an_update_count_from_its_commit_on(void **state) {
    (void)state;
    install("1.0.0", 1);
    assert_int_equal(oc_slots_stage(&slots, make("1.1.0", 1, 1, 0)), OC_OK);
    assert_int_equal(oc_slots_try(&slots), OC_OK);
    assert_int_equal(boot(), OC_SLOT_A);
    assert_int_equal(oc_slots_give_up(&slots, OC_SLOTS_INTERRUPTED), OC_OK);
    assert_int_equal(trust.revoked_count, 0);
    assert_int_equal(oc_slots_stage(&slots, make("1.1.0", 1, 1, 0)), OC_OK);
    assert_int_equal(oc_slots_try(&slots), OC_OK);
    assert_int_equal(oc_slots_commit(&slots, &bundle), OC_OK);
    assert_true(oc_trust_is_revoked(&trust, id[0]));
    assert_runs(OC_SLOT_B, "1.1.0");
    assert_true(oc_trust_is_revoked(&trust, id[0]));
    medium.places[OC_SLOTS_B][40] ^= 1;
    assert_int_equal(boot(), OC_SLOT_FACTORY); /* the previous one was signed by the revoked key */
}

static void each_failing_operation_changes_nothing(void **state) {
    (void)state;
    install("1.0.0", 1);
    for (unsigned fail = 1; fail <= 6; fail++) { /* erase, write, flush of record and slot */
        const oc_bundle_t *made = make("1.1.0", 1, 0, -1);
        medium.fail = fail;
        int result = oc_slots_stage(&slots, made);
        if (result == OC_OK)
            result = oc_slots_try(&slots);
        assert_int_equal(result, OC_ERR_DISK_FULL);
        assert_int_equal(oc_slots_try(&slots), fail <= 3 ? OC_ERR_STATE : OC_OK);
        if (fail > 3)
            assert_int_equal(oc_slots_give_up(&slots, OC_SLOTS_STOPPED), OC_OK);
        assert_runs(OC_SLOT_A, "1.0.0");
    }
}

/* Of the place that slots is moved to. */
static medium_t there;

static int move(void) {
    oc_slots_io_t io = medium_io(&there);
    return oc_slots_move(&slots, &io, (oc_slots_memory_t){memory, sizeof memory});
}

static void another_place_gets_what_runs(void **state) {
    (void)state;
    for (unsigned used = 0; used < 2; used++) {
        set_up(NULL);
        if (used) { /* it has a higher counter, a revoked key and another bundle */
            install("3.0.0", 9);
            assert_int_equal(oc_slots_revoke(&slots, make("3.0.1", 9, 1, 0)), OC_OK);
            there = medium;
            set_up(NULL);
        } else {
            medium_init(&there, false, 1);
        }
        install("1.0.0", 5);
        install("1.1.0", 6);
        int result;
        for (unsigned fail = 1; (there.fail = fail, result = move()) != OC_OK; fail++) {
            assert_int_equal(result, OC_ERR_DISK_FULL);
            assert_runs(OC_SLOT_B, "1.1.0"); /* where it was */
        }
        assert_int_equal(slots.record.counter, used ? 9 : 6);
        assert_int_equal(slots.trust->revoked_count, used);
        medium = there; /* a start from there; who signed it may be revoked there */
        assert_int_equal(boot(), used ? OC_SLOT_FACTORY : OC_SLOT_B);
        assert_int_equal(slots.record.counter, used ? 9 : 6);
        assert_int_equal(slots.record.previous, OC_SLOT_A);
        const oc_bundle_t *made = make("2.0.0", 5, 1, -1);
        assert_int_equal(oc_slots_admit(&slots, made, "camera", "1.1.0", false, &why),
                         OC_ERR_STALE);
    }
}

static void calls_in_another_state_are_refused(void **state) {
    (void)state;
    assert_int_equal(oc_slots_try(&slots), OC_ERR_STATE);
    assert_int_equal(oc_slots_commit(&slots, NULL), OC_ERR_STATE);
    assert_int_equal(oc_slots_give_up(&slots, OC_SLOTS_FAILED), OC_ERR_STATE);
    try("1.0.0", 1);
    assert_int_equal(oc_slots_try(&slots), OC_ERR_STATE);
    assert_int_equal(oc_slots_stage(&slots, &bundle), OC_ERR_STATE);
    assert_int_equal(
        oc_slots_load(&slots, OC_SLOT_B, (oc_slots_memory_t){memory, sizeof memory}, &bundle, &why),
        OC_ERR_NOENT);
    assert_int_equal(
        oc_slots_load(&slots, OC_SLOT_A, (oc_slots_memory_t){memory, 100}, &bundle, &why),
        OC_ERR_TOO_BIG);
    assert_int_equal(
        oc_slots_load(&slots, OC_SLOT_A, (oc_slots_memory_t){memory, sizeof memory}, &bundle, &why),
        OC_OK);
}

static void a_lost_record_is_noticed(void **state) {
    (void)state;
    assert_int_equal(slots.found, OC_SLOTS_FRESH);
    install("1.0.0", 3);
    boot();
    assert_int_equal(slots.found, OC_SLOTS_FOUND);
    medium.places[OC_SLOTS_RECORD_0][100] ^= 1;
    boot();
    assert_int_equal(slots.found, OC_SLOTS_FOUND);
    medium.places[OC_SLOTS_RECORD_1][100] ^= 1;
    assert_int_equal(boot(), OC_SLOT_FACTORY);
    assert_int_equal(slots.found, OC_SLOTS_LOST);
    medium.off = true;
    oc_slots_io_t io = medium_io(&medium);
    assert_int_equal(oc_slots_open(&slots, &io, &trust), OC_ERR_IO);
    medium.off = false;
}

/* ---- the record ---- */

static void a_record_is_what_was_written(void **state) {
    (void)state;
    oc_slot_record_t in = {.sequence = 0x01020304,
                           .active = OC_SLOT_B,
                           .previous = OC_SLOT_NONE,
                           .trial = OC_SLOT_A,
                           .counter = 77,
                           .ends = 2,
                           .bytes = {5, 6},
                           .revoked_count = 2};
    oc_slot_record_t out;
    uint8_t copy[OC_SLOT_RECORD_BYTES], again[OC_SLOT_RECORD_BYTES];
    memset(in.digest, 0xAB, sizeof in.digest);
    memset(in.factory, 0xCD, sizeof in.factory);
    memset(in.revoked[1], 0xEF, OC_KEY_ID);
    in.failed[3].tries = 3;
    oc_slot_record_write(&in, copy);
    assert_int_equal(oc_slot_record_read(&out, copy), OC_OK);
    oc_slot_record_write(&out, again);
    assert_memory_equal(copy, again, sizeof copy);
    assert_int_equal(out.sequence, in.sequence);
    assert_int_equal(out.counter, 77);
    assert_int_equal(out.failed[3].tries, 3);
    assert_memory_equal(copy, "ocsr\x01\x02\x03\x01\x01\x02\x03\x04\0\0\0\x4D", 16);
    for (unsigned bit = 0; bit < 8 * sizeof copy; bit++) {
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(oc_slot_record_read(&out, copy), OC_ERR_FORMAT);
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    memset(copy, 0xFF, sizeof copy);
    assert_int_equal(oc_slot_record_read(&out, copy), OC_ERR_NOENT);
    memset(copy, 0, sizeof copy);
    assert_int_equal(oc_slot_record_read(&out, copy), OC_ERR_NOENT);
    assert_string_equal(oc_slot_name(OC_SLOT_FACTORY), "factory");
    assert_string_equal(oc_slot_name(OC_SLOT_B), "b");
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_committed_update_runs_at_the_next_boot),
        TEST(an_interrupted_trial_is_over_and_three_are_a_failure),
        TEST(a_stop_of_the_program_is_no_failure),
        TEST(an_older_counter_and_the_same_version_are_refused),
        TEST(a_damaged_slot_falls_back),
        TEST(an_older_bundle_in_a_slot_is_noticed),
        TEST(a_factory_that_came_with_a_newer_host_runs),
        TEST(an_older_host_runs_what_fits),
        TEST(going_back_is_a_trial_too),
        TEST(early_ends_go_down_step_by_step),
        TEST(revocations_stay),
        TEST(revocations_of_an_update_count_from_its_commit_on),
        TEST(each_failing_operation_changes_nothing),
        TEST(another_place_gets_what_runs),
        TEST(calls_in_another_state_are_refused),
        TEST(a_lost_record_is_noticed),
        TEST(a_record_is_what_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
