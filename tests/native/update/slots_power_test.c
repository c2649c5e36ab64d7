/* oc_slots against power cuts: 1,000 of them inside of long random sequences of updates, on a disk
 * (writes torn at any byte, dropped, reordered until a flush) and on flash (blocks are erased,
 * writes only clear bits). After each one a boot finds what was acknowledged last, or what was on
 * its way; it is complete and verifies; counter and revocations are never lost; settings of an
 * application that was never committed are put back. */
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

#define CUTS           (1000 / OC_TEST_DIVISOR)
#define CUTS_OF_A_LIFE 20
#define VERSIONS       4096 /* of a life, at most */
#define FACTORY        0
#define NONE           (-1)
#define KEYS           3
#define MAYBE          24 /* states that the medium may hold */

/* What the record says, with applications by their number: 0 is the factory one. */
typedef struct {
    int active, previous, trial;
    uint32_t counter;
    unsigned revoked; /* bits of the keys */
} content_t;

/* A device. */
typedef struct {
    medium_t medium;
    oc_trust_t trust;
    oc_slots_t slots;
    oc_slots_choice_t choice;
    content_t kept;         /* acknowledged */
    content_t maybe[MAYBE]; /* not acknowledged, but it may have arrived */
    unsigned maybes;
    int running, staged, versions, settings, copy;
    uint8_t key_of[VERSIONS], slot_of[VERSIONS];
    bool committed[VERSIONS];
    const char *wrong; /* what was found; NULL: nothing */
    unsigned boots, commits;
} device_t;

static uint8_t key[KEYS][OC_P256_POINT], id[KEYS][OC_KEY_ID];
static uint8_t bytes[MEDIUM_BYTES], memory[MEDIUM_BYTES];
static device_t device;

static uint32_t below(uint32_t n) {
    return medium_random(&device.medium, n);
}

static void expect(bool right, const char *what) {
    if (!right && !device.wrong)
        device.wrong = what;
}

/* ---- bundles ---- */

static oc_span_t archive_of(int version) {
    static uint8_t archive[6000];
    size_t size = 1 + (size_t)version * 977 % sizeof archive;
    memset(archive, version & 0xFF, size);
    return oc_span(archive, size);
}

static void version_text(int version, char text[16]) {
    snprintf(text, 16, "1.%d.0", version);
}

/* A bundle of application `version`, or one that only revokes (NONE). */
static oc_bundle_t make(int version, uint32_t counter, unsigned by, int revokes) {
    char text[16];
    oc_bundle_t bundle;
    version_text(version < 0 ? 0 : version, text);
    oc_bundle_recipe_t recipe = {.name = "camera",
                                 .version = text,
                                 .channel = "stable",
                                 .host = "0.1.0",
                                 .counter = counter,
                                 .engines = {version < 0 ? NULL : "xs-13.3"},
                                 .archives = {archive_of(version < 0 ? 0 : version)},
                                 .revoked = {revokes < 0 ? NULL : id[revokes]},
                                 .signers = {key[by]}};
    size_t size = oc_bundle_write(&recipe, bytes, sizeof bytes);
    assert_true(size > 0);
    assert_int_equal(oc_bundle_read(&bundle, oc_span(bytes, size), NULL), OC_OK);
    assert_int_equal(oc_bundle_verify(&bundle, &device.trust, NULL), OC_OK);
    return bundle;
}

static unsigned revoked_bits(void) {
    unsigned bits = 0;
    for (unsigned n = 0; n < KEYS; n++)
        bits |= (unsigned)oc_trust_is_revoked(&device.trust, id[n]) << n;
    return bits;
}

/* A key that may sign. */
static unsigned good_key(void) {
    unsigned n;
    do
        n = below(KEYS);
    while (revoked_bits() >> n & 1);
    return n;
}

/* ---- what the record has to hold ---- */

static int number_of(enum oc_slot slot) {
    int found = slot == OC_SLOT_NONE ? NONE : FACTORY;
    for (int n = 1; n <= device.versions && (slot == OC_SLOT_A || slot == OC_SLOT_B); n++)
        if (device.slot_of[n] == slot) /* the newest that was put there */
            found = n;
    return found;
}

static bool matches(const content_t *c) {
    const oc_slot_record_t *record = &device.slots.record;
    return number_of(record->active) == c->active && number_of(record->previous) == c->previous &&
           number_of(record->trial) == c->trial && record->counter == c->counter &&
           revoked_bits() == c->revoked;
}

/* An operation is about to make the record hold `after`; did: its result. */
static bool judge(const content_t *after, int result) {
    if (result == OC_OK || result == OC_END) {
        device.kept = *after;
        device.maybes = 0;
        return true;
    }
    if (!device.medium.off && matches(after) &&
        !matches(&device.kept)) { /* what failed came behind it */
        device.kept = *after;
        device.maybes = 0;
        return false;
    }
    expect(device.maybes < MAYBE, "test: too many states");
    device.maybe[device.maybes++ % MAYBE] = *after;
    return false;
}

static bool usable(int n) {
    return n == FACTORY || (n > 0 && !(revoked_bits() >> device.key_of[n] & 1));
}

/* What a boot has to choose. */
static int expected(const content_t *c) {
    return usable(c->active) ? c->active : usable(c->previous) ? c->previous : FACTORY;
}

/* ---- a start of the host ---- */

static void check_choice(void) {
    char text[16];
    int run = number_of(device.choice.run);
    expect(run == expected(&device.kept), "another application runs");
    for (unsigned i = 0; i < OC_SLOT_BUNDLES; i++)
        expect(device.choice.why[i].fault == OC_BUNDLE_FINE ||
                   device.choice.why[i].fault == OC_BUNDLE_REVOKED_KEY,
               "a slot in use is damaged");
    if (run > 0) {
        oc_span_t got = oc_bundle_archive(&device.choice.bundle, "xs-13.3"), want = archive_of(run);
        version_text(run, text);
        expect(strcmp(device.choice.bundle.version, text) == 0, "another version than its slot's");
        expect(got.len == want.len && memcmp(got.data, want.data, got.len) == 0,
               "another archive than its own");
    }
    expect(device.choice.settings_back == (device.kept.trial != NONE), "settings back");
    device.running = run;
}

static void give_up(enum oc_slots_verdict verdict) {
    content_t after = device.kept;
    device.settings = device.copy;
    after.trial = NONE;
    judge(&after, oc_slots_give_up(&device.slots, verdict));
}

static void boot(void) {
    static const oc_bundle_host_t host = {"0.1.0", "xs-13.3", 1};
    oc_slots_io_t io = medium_io(&device.medium);
    memset(&device.trust, 0, sizeof device.trust);
    for (unsigned n = 0; n < KEYS; n++)
        assert_int_equal(oc_trust_add(&device.trust, key[n]), OC_OK);
    expect(oc_slots_open(&device.slots, &io, &device.trust) == OC_OK, "the record cannot be read");
    expect(device.slots.found != OC_SLOTS_LOST, "the record is lost");
    bool known = matches(&device.kept);
    for (unsigned i = 0; i < device.maybes && !known; i++)
        if (matches(&device.maybe[i])) {
            device.kept = device.maybe[i];
            known = true;
        }
    expect(known, "the record says what nobody wrote");
    device.maybes = 0;
    device.staged = NONE;
    oc_slots_boot(&device.slots, "camera", "0.9.0", &host,
                  (oc_slots_memory_t){memory, sizeof memory}, &device.choice);
    if (device.wrong)
        return;
    device.committed[device.kept.active] = true;
    check_choice();
    device.boots++;
    if (device.choice.settings_back)
        give_up(OC_SLOTS_INTERRUPTED);
    else
        expect(device.committed[device.settings], "settings of a failed application");
}

/* ---- what happens to it ---- */

static void stage(void) {
    content_t after = device.kept;
    unsigned by = good_key();
    uint32_t counter = after.counter + below(3);
    int version = device.versions + 1, revokes = below(8) == 0 ? (int)below(KEYS) : NONE;
    if (revokes == (int)by)
        revokes = NONE;
    if (device.kept.trial != NONE || version >= VERSIONS)
        return;
    oc_bundle_t bundle = make(version, counter, by, revokes);
    if (counter > 0) {
        bundle.counter = after.counter - 1;
        int result = oc_slots_admit(&device.slots, &bundle, "camera", "", false, NULL);
        expect(after.counter == 0 || result == OC_ERR_STALE, "an older counter is taken");
        bundle.counter = counter;
    }
    expect(oc_slots_admit(&device.slots, &bundle, "camera", "", false, NULL) == OC_OK, "refused");
    enum oc_slot running = device.slots.running,
                 other = after.active > 0 ? device.slot_of[after.active] : OC_SLOT_B;
    enum oc_slot slot = running == OC_SLOT_A   ? OC_SLOT_B
                        : running == OC_SLOT_B ? OC_SLOT_A
                        : other == OC_SLOT_A   ? OC_SLOT_B
                                               : OC_SLOT_A;
    if (after.active > 0 && device.slot_of[after.active] == slot)
        after.active = device.running;
    if ((after.previous > 0 && device.slot_of[after.previous] == slot) ||
        after.previous == after.active)
        after.previous = NONE;
    if (!judge(&after, oc_slots_stage(&device.slots, &bundle)))
        return;
    expect(device.slots.staged == slot, "another slot");
    for (int n = 1; n < version; n++) /* what was there is not any more */
        if (device.slot_of[n] == slot)
            device.slot_of[n] = OC_SLOT_NONE;
    device.versions = device.staged = version;
    device.key_of[version] = (uint8_t)by;
    device.slot_of[version] = (uint8_t)slot;
    device.copy = device.settings;
    after.trial = version;
    if (!judge(&after, oc_slots_try(&device.slots)))
        return;
    device.settings = version; /* it runs and writes */
    if (below(2) == 0 && !device.medium.off) {
        after.active = version;
        after.previous = device.running;
        after.trial = NONE;
        after.counter = counter > after.counter ? counter : after.counter;
        after.revoked |= revokes < 0 ? 0 : 1u << revokes;
        if (judge(&after, oc_slots_commit(&device.slots, &bundle))) {
            device.committed[version] = true;
            device.running = version;
            device.commits++;
        } else if (!device.medium.off)
            give_up(OC_SLOTS_FAILED);
    } else if (below(2) == 0)
        give_up(below(2) ? OC_SLOTS_FAILED : OC_SLOTS_STOPPED);
}

static void go_back(void) {
    content_t after = device.kept;
    if (after.trial != NONE || after.previous == NONE || after.previous == device.running)
        return;
    after.trial = after.previous;
    device.copy = device.settings;
    if (!judge(&after, oc_slots_try_previous(&device.slots)))
        return;
    device.settings = after.trial;
    after.active = after.trial;
    after.previous = device.running;
    after.trial = NONE;
    if (judge(&after, oc_slots_commit(&device.slots, NULL))) {
        device.running = after.active;
        device.commits++;
    } else if (!device.medium.off)
        give_up(OC_SLOTS_FAILED);
}

static void end_early(void) {
    content_t after = device.kept;
    if (after.trial != NONE || device.running == FACTORY)
        return;
    bool falls = device.slots.record.ends + 1 >= OC_SLOTS_ENDS;
    if (falls) {
        after.active =
            after.active == device.running && after.previous != NONE ? after.previous : FACTORY;
        after.previous = NONE;
    }
    int result = oc_slots_ended(&device.slots);
    expect(result != OC_OK || !falls, "one early end too many");
    judge(&after, result);
    if (result == OC_END)
        boot();
}

static void revoke(void) {
    content_t after = device.kept;
    unsigned by = good_key();
    int which = (int)below(KEYS);
    if (which == (int)by || oc_trust_left(&device.trust) == 1)
        return;
    oc_bundle_t bundle = make(NONE, 0, by, which);
    after.revoked |= 1u << which;
    judge(&after, oc_slots_revoke(&device.slots, &bundle));
}

static void reset(void) {
    content_t after = device.kept;
    after.active = FACTORY;
    after.previous = after.trial = NONE;
    device.settings = device.copy = FACTORY;
    if (judge(&after, oc_slots_reset(&device.slots)))
        device.running = FACTORY;
}

static void step(void) {
    unsigned dice = below(100);
    if (below(20) == 0)
        device.medium.fail = 1 + below(6);
    if (device.kept.trial != NONE)
        give_up(OC_SLOTS_FAILED);
    else if (dice < 50)
        stage();
    else if (dice < 62)
        go_back();
    else if (dice < 80)
        end_early();
    else if (dice < 90)
        judge(&device.kept, oc_slots_lived(&device.slots));
    else if (dice < 93)
        revoke();
    else if (dice < 95)
        reset();
    else
        boot(); /* a clean restart */
}

/* One device from new to `cuts` power cuts. */
static void live(uint32_t seed, bool flash, bool drop_flush, unsigned cuts) {
    memset(&device, 0, sizeof device);
    medium_init(&device.medium, flash, seed);
    device.medium.drop_flush = drop_flush;
    device.kept.previous = device.kept.trial = NONE;
    device.committed[FACTORY] = true;
    boot();
    for (unsigned cut = 0; cut < cuts && !device.wrong; cut++) {
        device.medium.fuse = 1 + below(60);
        while (!device.medium.off && !device.wrong)
            step();
        medium_cut(&device.medium);
        boot();
        while (device.kept.trial != NONE && !device.wrong) { /* its settings are put back */
            medium_cut(&device.medium);
            boot();
        }
    }
}

static int set_up(void **state) {
    (void)state;
    for (uint8_t n = 0; n < KEYS; n++) {
        oc_p256_fake_point(n, key[n]);
        oc_key_id(key[n], id[n]);
    }
    return 0;
}

static void lives(bool flash) {
    unsigned boots = 0, commits = 0;
    for (unsigned cuts = 0, n = 1; cuts < CUTS / 2; cuts += CUTS_OF_A_LIFE, n++) {
        uint32_t seed = 0x9E3779B9u * n;
        live(seed, flash, false, CUTS_OF_A_LIFE);
        if (device.wrong)
            fail_msg("seed %#x: %s", (unsigned)seed, device.wrong);
        boots += device.boots;
        commits += device.commits;
    }
    printf("%s: %u power cuts, %u boots, %u commits, seeds 0x9e3779b9 * n\n",
           flash ? "flash" : "disk", CUTS / 2, boots, commits);
    assert_true(commits > CUTS / 2);
}

static void every_cut_on_a_disk_is_survived(void **state) {
    (void)state;
    lives(false);
}

static void every_cut_on_flash_is_survived(void **state) {
    (void)state;
    lives(true);
}

static void a_flush_left_out_is_noticed(void **state) {
    (void)state;
    const unsigned lives = OC_TEST_DIVISOR > 1 ? 4 : 20;
    unsigned found = 0;
    for (uint32_t seed = 1; seed <= lives; seed++) {
        live(seed * 7919, false, true, CUTS_OF_A_LIFE);
        found += device.wrong != NULL;
    }
    assert_true(found > lives / 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_on_a_disk_is_survived),
        cmocka_unit_test(every_cut_on_flash_is_survived),
        cmocka_unit_test(a_flush_left_out_is_noticed),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
