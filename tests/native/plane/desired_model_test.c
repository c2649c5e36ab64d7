/* The desired list against a naive world: sources that open late or not at all, settings that can
 * be changed or not, recordings that end late, privacy mode, and lists that change meanwhile. The
 * world knows only what was opened, changed and recorded with; each action has to be justified by
 * it, and at rest nothing may be left that is not as wanted and not explained. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_desired_list.h"
#include "oc_err.h"

#define SECOND INT64_C(1000000)
#define START  (1000 * SECOND)
#define MOST   OC_CHANNELS_MAX       /* entries of a list */
#define NAMES  (OC_CHANNELS_MAX + 4) /* more than can be open: numbers change hands */
#define SEEDS  (OC_TEST_DIVISOR > 1 ? 40 : 200)
#define STEPS  400
#define FULL   20 /* each such life has full lists, for fewer steps */

/* How a try of the world will end, and when. */
typedef struct pending {
    int code;
    int64_t at_us; /* 0: nothing is under way */
} pending_t;

/* What exists at one number, whatever the list says. */
typedef struct source {
    bool exists, open, closing;
    oc_desired_entry_t with; /* as it was opened, and changed since */
    bool must_reopen;        /* a change could not be done in place, or somebody asked */
    pending_t opens, closes, changes, record_ends;
    oc_desired_entry_t changing_to;
    int change_code; /* of the last one that failed */
    int64_t change_failed_us;
    bool sub_open, recording, stopping; /* stopping: it was told to, or that it is ending is */
    oc_desired_recording_t record;
    int64_t until_us;
    bool follows, follows_audio; /* what a recording that begins now follows */
    oc_desired_detect_t detect;
} source_t;

/* What is known of a channel by its name. */
typedef struct known {
    int number; /* -1: it is not in the list */
    unsigned failures, record_failures, change_failures;
    int code, record_code;
    int64_t failed_us, record_failed_us;
    bool retried; /* since it failed */
    bool tried;
} known_t;

typedef struct letter {
    oc_desired_head_t head;
    oc_desired_entry_t entry[MOST];
} letter_t;

static oc_desired_list_t list;
static source_t world[OC_CHANNELS_MAX];
static known_t known[NAMES];
static letter_t letter;
static int64_t now_us;
static unsigned names, most; /* of this life */
static bool closed;
static bool works; /* everything does from now on */
static uint32_t state;
static unsigned long seen[6];

static uint32_t random_below(uint32_t below) {
    state = state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(state >> 8) * below >> 24);
}

static bool often(uint32_t in) {
    return random_below(in) != 0;
}

/* ---- lists ---- */

static oc_desired_entry_t random_entry(unsigned name) {
    oc_desired_entry_t entry;
    memset(&entry, 0, sizeof entry);
    snprintf(entry.channel.name, sizeof entry.channel.name, "cam%u", name);
    snprintf(entry.channel.url, sizeof entry.channel.url, "rtsp://camera/%u", random_below(2));
    if (random_below(3) == 0)
        snprintf(entry.channel.sub_url, sizeof entry.channel.sub_url, "rtsp://camera/sub");
    entry.channel.audio = often(4);
    entry.channel.loop = random_below(8) == 0;
    entry.channel.ring_ms = 6000 + 1000 * random_below(2);
    entry.records = random_below(2);
    if (entry.records) {
        snprintf(entry.record.name, sizeof entry.record.name, "r%u", random_below(2));
        entry.record.audio = random_below(2);
        entry.record.stream = entry.channel.sub_url[0] ? random_below(2) : 0;
        if (random_below(3) == 0) {
            uint64_t until_ms = (uint64_t)now_us / 1000 - 5000 + random_below(40000);
            entry.until_lo = (uint32_t)until_ms;
            entry.until_hi = (uint32_t)(until_ms >> 32);
        }
    }
    entry.detect.sensitivity = random_below(2);
    return entry;
}

/* One thing differs. */
static oc_desired_entry_t changed_entry(const oc_desired_entry_t *before, unsigned name) {
    oc_desired_entry_t entry = *before, other = random_entry(name);
    switch (random_below(5)) {
    case 0:
        return other;
    case 1:
        entry.channel.ring_ms = other.channel.ring_ms;
        break;
    case 2:
        entry.until_lo = entry.records ? other.until_lo : 0;
        entry.until_hi = entry.records ? other.until_hi : 0;
        break;
    case 3:
        entry.record.audio = entry.records ? other.record.audio : 0;
        break;
    default:
        entry.records = !entry.records;
    }
    return entry;
}

/* Some entries go, some come, some change, in any order. */
static void random_letter(void) {
    letter_t next;
    memset(&next, 0, sizeof next);
    for (unsigned name = 0; name < names && next.head.count < most; name++) {
        const oc_desired_entry_t *before = NULL;
        for (uint32_t i = 0; i < letter.head.count; i++) {
            char text[OC_CHANNEL_NAME_MAX];
            snprintf(text, sizeof text, "cam%u", name);
            if (strcmp(letter.entry[i].channel.name, text) == 0)
                before = &letter.entry[i];
        }
        bool stays = before ? often(6) : random_below(most > 8 ? 2 : 4) == 0;
        if (stays)
            next.entry[next.head.count++] = !before    ? random_entry(name)
                                            : often(3) ? *before
                                                       : changed_entry(before, name);
    }
    for (uint32_t i = next.head.count; i > 1; i--) {
        uint32_t with = random_below(i);
        oc_desired_entry_t swap = next.entry[i - 1];
        next.entry[i - 1] = next.entry[with];
        next.entry[with] = swap;
    }
    letter = next;
}

static bool same_source(const oc_desired_entry_t *a, const oc_desired_entry_t *b) {
    return strcmp(a->channel.name, b->channel.name) == 0 &&
           strcmp(a->channel.url, b->channel.url) == 0 &&
           strcmp(a->channel.sub_url, b->channel.sub_url) == 0 &&
           a->channel.audio == b->channel.audio && a->channel.loop == b->channel.loop;
}

static bool same_channel(const oc_desired_entry_t *a, const oc_desired_entry_t *b) {
    return same_source(a, b) && a->channel.ring_ms == b->channel.ring_ms;
}

static bool same_recording(const oc_desired_entry_t *a, const oc_desired_entry_t *b) {
    return a->records == b->records &&
           (!a->records || (memcmp(&a->record, &b->record, sizeof a->record) == 0 &&
                            a->until_lo == b->until_lo && a->until_hi == b->until_hi));
}

static const oc_desired_entry_t *entry_of(unsigned name) {
    char text[OC_CHANNEL_NAME_MAX];
    snprintf(text, sizeof text, "cam%u", name);
    for (uint32_t i = 0; i < letter.head.count; i++)
        if (strcmp(letter.entry[i].channel.name, text) == 0)
            return &letter.entry[i];
    return NULL;
}

/* The name that has a number; NAMES: none. */
static unsigned name_of(unsigned number) {
    unsigned name = 0;
    while (name < NAMES && known[name].number != (int)number)
        name++;
    return name;
}

static void take(void) {
    letter_t before = letter;
    char why[256] = "";
    if (often(5))
        random_letter();
    size_t bytes = sizeof letter.head + letter.head.count * sizeof letter.entry[0];
    oc_desired_list_check(&letter, bytes, why, sizeof why);
    assert_string_equal(why, "");
    uint32_t revision = list.revision;
    bool is_new = oc_desired_list_take(&list, &letter);
    assert_int_equal(list.revision, revision + is_new);
    for (unsigned name = 0; name < NAMES; name++) {
        known_t *one = &known[name];
        const oc_desired_entry_t *now = entry_of(name), *was = NULL;
        for (uint32_t i = 0; now && i < before.head.count; i++)
            if (strcmp(before.entry[i].channel.name, now->channel.name) == 0)
                was = &before.entry[i];
        int number = -1;
        for (unsigned i = 0; now && i < OC_CHANNELS_MAX; i++) {
            const oc_desired_entry_t *entry = oc_desired_list_entry(&list, i);
            if (entry && strcmp(entry->channel.name, now->channel.name) == 0) {
                assert_int_equal(number, -1);
                assert_memory_equal(entry, now, sizeof *now);
                number = (int)i;
            }
        }
        assert_int_equal(number >= 0, now != NULL);
        if (was && one->number >= 0)
            assert_int_equal(number, one->number);
        if (!was || one->number < 0)
            *one = (known_t){0};
        one->number = number;
        if (was && !same_channel(was, now)) {
            one->failures = one->change_failures = 0;
            one->code = 0;
        }
        if (was && !(same_channel(was, now) && same_recording(was, now))) {
            one->record_failures = 0;
            one->record_code = 0;
            one->tried = false;
        }
    }
}

/* ---- what the list says is done, when there is a reason ---- */

static int64_t wait_us(int code, unsigned failures) {
    int64_t us = code == OC_ERR_PASSWORD ? 8 * 60 * SECOND : SECOND;
    int64_t max_us = code == OC_ERR_PASSWORD ? 4 * 3600 * SECOND : 30 * SECOND;
    for (unsigned i = 1; i < failures && us < max_us; i++)
        us *= code == OC_ERR_PASSWORD ? 4 : 2;
    return us < max_us ? us : max_us;
}

static bool waits(int code, unsigned failures, int64_t failed_us) {
    return failures > 0 && now_us < failed_us + wait_us(code, failures);
}

static int64_t later(int64_t most_us) {
    return now_us + 1 + random_below((uint32_t)most_us);
}

static void gone(unsigned number, int code) {
    source_t *source = &world[number];
    unsigned name = name_of(number);
    if (code < 0 && code != OC_ERR_PRIVATE && name < NAMES && !source->closing) {
        known_t *one = &known[name];
        one->failures++;
        one->code = code;
        one->failed_us = now_us;
        one->retried = false;
    }
    *source = (source_t){.detect = source->detect};
    if (name < NAMES) {
        known[name].record_failures = known[name].change_failures = 0;
        known[name].record_code = 0;
    }
    oc_desired_list_gone(&list, number, code, code < 0 ? "it is off" : "", now_us);
}

static int opening_code(void) {
    static const int codes[] = {OC_ERR_IO, OC_ERR_TIMEOUT, OC_ERR_PASSWORD};
    return works || often(3) ? OC_OK : codes[random_below(3)];
}

static void do_open(unsigned number, const oc_desired_entry_t *entry, known_t *one) {
    source_t *source = &world[number];
    assert_false(closed);
    assert_false(source->exists);
    assert_true(one->retried || !waits(one->code, one->failures, one->failed_us));
    source->exists = true;
    source->with = *entry;
    source->opens = (pending_t){opening_code(), later(20 * SECOND)};
    if (source->opens.code < 0 && !often(4))
        gone(number, source->opens.code); /* the driver knows at once */
}

static void do_close(unsigned number, const oc_desired_entry_t *entry) {
    source_t *source = &world[number];
    assert_true(source->exists);
    assert_false(source->closing);
    bool same = entry && (source->open ? same_source(entry, &source->with)
                                       : same_channel(entry, &source->with));
    assert_true(!same || closed || source->must_reopen);
    source->closing = true;
    source->closes = (pending_t){OC_OK, later(5 * SECOND)};
}

static void changed(unsigned number, int code) {
    source_t *source = &world[number];
    known_t *one = &known[name_of(number)];
    source->changes.at_us = 0;
    if (code == OC_OK) {
        source->with.channel.ring_ms = source->changing_to.channel.ring_ms;
        one->change_failures = 0;
        source->change_code = 0;
    } else if (code == OC_ERR_NOTSUP || code == OC_ERR_NOMEM) {
        source->must_reopen = true;
    } else {
        one->change_failures++;
        source->change_code = code;
        source->change_failed_us = now_us;
    }
    oc_desired_list_changed(&list, number, code, "ring: too small", now_us);
}

static void do_change(unsigned number, const oc_desired_entry_t *entry, known_t *one) {
    static const int codes[] = {OC_ERR_NOTSUP, OC_ERR_NOMEM, OC_ERR_RANGE, OC_ERR_BUSY};
    source_t *source = &world[number];
    const oc_desired_entry_t *last = source->changes.at_us ? &source->changing_to : &source->with;
    assert_true(source->open && !source->closing && same_source(entry, &source->with));
    assert_true(!same_channel(entry, last) || source->change_code);
    if (one->change_failures > 0) {
        assert_int_equal(source->change_code, OC_ERR_BUSY);
        assert_false(waits(source->change_code, one->change_failures, source->change_failed_us));
    }
    int code = works || random_below(2) ? OC_OK : codes[random_below(4)];
    source->changing_to = *entry;
    source->changes.at_us = 0;
    if (random_below(2))
        source->changes = (pending_t){code, later(3 * SECOND)};
    else
        changed(number, code);
}

static bool is_wanted(const oc_desired_entry_t *entry) {
    int64_t until_us = oc_desired_until_us(entry);
    return entry->records && (until_us == 0 || now_us < until_us);
}

static bool has_stream(const source_t *source, const oc_desired_entry_t *entry) {
    return source->open && !source->closing &&
           (entry->record.stream == OC_STREAM_MAIN || source->sub_open);
}

static bool is_right(const source_t *source, const oc_desired_entry_t *entry) {
    return source->recording && !source->stopping && entry->records &&
           memcmp(&source->record, &entry->record, sizeof entry->record) == 0 &&
           source->until_us == oc_desired_until_us(entry);
}

static void do_record(unsigned number, const oc_desired_entry_t *entry, known_t *one, bool resume) {
    source_t *source = &world[number];
    assert_true(is_wanted(entry));
    assert_true(has_stream(source, entry));
    assert_int_equal(source->changes.at_us, 0);
    if (source->recording) { /* its end moves, or it is just ending by itself */
        assert_memory_equal(&source->record, &entry->record, sizeof entry->record);
        assert_true(source->until_us != oc_desired_until_us(entry));
        if (source->record_ends.at_us) {
            source->follows = source->stopping = true;
            source->follows_audio = source->record.audio;
        } else {
            source->until_us = oc_desired_until_us(entry);
        }
        oc_desired_list_recorded(&list, number, source->record_ends.at_us ? OC_AGAIN : OC_OK, "",
                                 now_us);
        return;
    }
    assert_true(one->retried ||
                !waits(one->record_code, one->record_failures, one->record_failed_us));
    bool audio = source->follows_audio || !entry->record.audio;
    assert_int_equal(resume, source->follows && audio);
    source->follows = false;
    if (!works && !often(4)) {
        bool news = one->record_failures == 0;
        one->record_failures++;
        one->record_code = OC_ERR_RANGE;
        one->record_failed_us = now_us;
        one->retried = false;
        assert_int_equal(oc_desired_list_recorded(&list, number, OC_ERR_RANGE, "no", now_us), news);
        return;
    }
    source->recording = true;
    source->record = entry->record;
    source->until_us = oc_desired_until_us(entry);
    one->record_failures = 0;
    one->record_code = 0;
    oc_desired_list_recorded(&list, number, OC_OK, "", now_us);
}

static void do_stop(unsigned number, const oc_desired_entry_t *entry) {
    source_t *source = &world[number];
    assert_true(source->recording && !is_right(source, entry));
    bool same =
        entry->records && memcmp(&source->record, &entry->record, sizeof entry->record) == 0;
    assert_true(!is_wanted(entry) || !same);
    source->stopping = true;
    source->follows = is_wanted(entry);
    source->follows_audio = source->record.audio;
    source->record_ends.at_us = later(3 * SECOND);
}

static void do_action(const oc_desired_action_t *action) {
    static const oc_desired_detect_t none;
    unsigned number = action->number, name = name_of(number);
    const oc_desired_entry_t *entry = name < NAMES ? entry_of(name) : NULL;
    known_t *one = name < NAMES ? &known[name] : NULL;
    seen[action->what]++;
    if (action->what == OC_DESIRED_CLOSE) {
        do_close(number, entry);
        return;
    }
    if (action->what == OC_DESIRED_DETECT) {
        world[number].detect = entry ? entry->detect : none;
        return;
    }
    assert_non_null(entry);
    if (action->what == OC_DESIRED_OPEN)
        do_open(number, entry, one);
    else if (action->what == OC_DESIRED_CHANGE)
        do_change(number, entry, one);
    else if (action->what == OC_DESIRED_RECORD)
        do_record(number, entry, one, action->resume);
    else
        do_stop(number, entry);
}

/* ---- the world goes on ---- */

static bool is_due(pending_t *pending) {
    if (pending->at_us == 0 || now_us < pending->at_us)
        return false;
    pending->at_us = 0;
    return true;
}

static void go_on(unsigned number) {
    source_t *source = &world[number];
    if (!source->exists)
        return;
    if (source->closing) {
        bool was_open = source->open;
        if (is_due(&source->closes)) /* one that was just opening says why it did not */
            gone(number, was_open ? OC_OK : closed ? OC_ERR_PRIVATE : OC_ERR_CLOSED);
        return;
    }
    if (!source->open && is_due(&source->opens)) {
        if (source->opens.code < 0) {
            gone(number, source->opens.code);
            return;
        }
        source->open = true;
        known[name_of(number)].failures = 0;
        known[name_of(number)].code = 0;
        oc_desired_list_opened(&list, number);
    }
    if (source->changes.at_us && now_us >= source->changes.at_us)
        changed(number, source->changes.code);
    bool over = source->recording && source->until_us && now_us >= source->until_us;
    if (over && source->record_ends.at_us == 0)
        source->record_ends.at_us = later(2 * SECOND);
    if (is_due(&source->record_ends)) {
        source->recording = source->stopping = false;
        oc_desired_list_record_ended(&list, number);
    }
}

static void cut(void) {
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++)
        if (world[i].exists && !world[i].closing) {
            world[i].closing = true;
            world[i].closes = (pending_t){OC_OK, later(2 * SECOND)};
        }
}

static void happen(void) {
    unsigned number = random_below(OC_CHANNELS_MAX), name = name_of(number);
    source_t *source = &world[number];
    switch (random_below(8)) {
    case 0:
        closed = !closed && !often(3);
        if (closed)
            cut();
        break;
    case 1:
        if (name < NAMES && source->open && !source->closing) {
            source->must_reopen = true;
            known[name].retried = true;
            oc_desired_list_retry(&list, number, true);
        } else if (name < NAMES) {
            known[name].retried = true;
            oc_desired_list_retry(&list, number, false);
        }
        break;
    case 2:
    case 3:
        if (source->open && !source->closing && source->with.channel.sub_url[0]) {
            source->sub_open = !source->sub_open;
            if (!source->sub_open && source->recording && source->record.stream) {
                source->recording = source->stopping = false;
                source->record_ends.at_us = 0;
                source->follows = false;
                oc_desired_list_record_ended(&list, number);
            }
            oc_desired_list_sub(&list, number, source->sub_open);
        }
        break;
    default:
        take();
    }
}

/* ---- at rest ---- */

static bool record_is_tried(const source_t *source, const oc_desired_entry_t *entry,
                            const known_t *one) {
    if (source->recording)
        return is_right(source, entry);
    return !is_wanted(entry) || !has_stream(source, entry) || one->record_failures > 0;
}

static void check_open(const source_t *source, const oc_desired_entry_t *entry,
                       const known_t *one) {
    assert_true(same_source(entry, &source->with));
    assert_false(source->must_reopen);
    if (source->changes.at_us)
        return;
    assert_true(same_channel(entry, &source->with) || one->change_failures > 0);
    if (is_right(source, entry) || (source->recording && source->record_ends.at_us))
        return;
    assert_false(source->recording);
    assert_true(!is_wanted(entry) || !has_stream(source, entry) ||
                waits(one->record_code, one->record_failures, one->record_failed_us));
}

static int expected_code(const source_t *source, const known_t *one) {
    return closed                     ? OC_ERR_PRIVATE
           : one->failures > 0        ? one->code
           : one->change_failures > 0 ? source->change_code
                                      : one->record_code;
}

static void check(unsigned name) {
    known_t *one = &known[name];
    const oc_desired_entry_t *entry = entry_of(name);
    const char *why;
    if (!entry)
        return;
    const source_t *source = &world[one->number];
    assert_memory_equal(&source->detect, &entry->detect, sizeof entry->detect);
    bool runs = source->exists && source->open && !source->closing;
    if (closed)
        assert_true(!source->exists || source->closing);
    else if (!source->exists)
        assert_true(waits(one->code, one->failures, one->failed_us));
    else if (runs)
        check_open(source, entry, one);
    else if (!source->closing)
        assert_true(same_channel(entry, &source->with));
    if (!source->exists ||
        (runs && source->changes.at_us == 0 && !closed && record_is_tried(source, entry, one)))
        one->tried = true;
    uint32_t revision = oc_desired_list_revision(&list, (unsigned)one->number);
    assert_true(revision <= list.revision);
    assert_int_equal(revision == list.revision, one->tried);
    if (!source->closing || closed)
        assert_int_equal(oc_desired_list_failure(&list, (unsigned)one->number, closed, &why),
                         expected_code(source, one));
}

static void settle(void) {
    oc_desired_action_t action;
    unsigned turns = 0;
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++)
        if (world[i].closing)
            oc_desired_list_closing(&list, i);
    while (oc_desired_list_next(&list, closed, now_us, &action)) {
        do_action(&action);
        assert_true(++turns < 1000);
    }
    oc_desired_list_settle(&list, closed, now_us);
    for (unsigned name = 0; name < NAMES; name++)
        check(name);
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        static const oc_desired_detect_t none;
        bool named = name_of(i) < NAMES;
        assert_true(named || !world[i].exists || world[i].closing);
        assert_true(named || memcmp(&world[i].detect, &none, sizeof none) == 0);
    }
}

/* When something happens next; INT64_MAX: never. */
static int64_t next_us(void) {
    int64_t next = oc_desired_list_due(&list, closed, now_us);
    assert_true(next > now_us);
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        const source_t *s = &world[i];
        const pending_t all[] = {s->opens, s->closes, s->changes, s->record_ends};
        for (unsigned k = 0; k < 4; k++)
            if (all[k].at_us > now_us && all[k].at_us < next)
                next = all[k].at_us;
        if (s->recording && s->until_us > now_us && s->until_us < next)
            next = s->until_us;
    }
    return next;
}

static void go_to(int64_t at_us) {
    now_us = at_us;
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++)
        go_on(i);
    settle();
}

static void a_random_life(uint32_t seed) {
    memset(&list, 0, sizeof list);
    memset(world, 0, sizeof world);
    memset(&letter, 0, sizeof letter);
    for (unsigned name = 0; name < NAMES; name++)
        known[name] = (known_t){.number = -1};
    now_us = START;
    closed = works = false;
    state = seed;
    bool full = seed % FULL == 0 || OC_CHANNELS_MAX < 8;
    most = full ? MOST : 6;
    names = full ? NAMES : 8;
    for (unsigned step = 0; step < (full ? STEPS / 4 : STEPS); step++) {
        int64_t at_us = now_us + 1 + random_below(3 * SECOND);
        for (int64_t next = next_us(); next <= at_us; next = next_us())
            go_to(next);
        go_to(at_us);
        happen();
        settle();
    }
    works = true;
    closed = false;
    take();
    settle();
    for (int64_t next = next_us(); next < INT64_MAX; next = next_us())
        go_to(next);
    for (unsigned name = 0; name < NAMES; name++) {
        const oc_desired_entry_t *entry = entry_of(name);
        if (!entry)
            continue;
        const source_t *source = &world[known[name].number];
        assert_true(source->open && !source->closing);
        assert_true(same_channel(entry, &source->with) || source->change_code == OC_ERR_RANGE);
        assert_true(is_wanted(entry) && has_stream(source, entry) ? is_right(source, entry)
                                                                  : !source->recording);
        assert_int_equal(oc_desired_list_revision(&list, (unsigned)known[name].number),
                         list.revision);
    }
}

static void what_runs_becomes_what_is_wanted(void **unused) {
    for (uint32_t seed = 1; seed <= SEEDS; seed++)
        a_random_life(seed);
    for (unsigned what = 0; what < 6; what++)
        assert_true(seen[what] > (OC_CHANNELS_MAX < 8 ? SEEDS / 8 : SEEDS)); /* fewer on a board */
}

/* ---- letters ---- */

static int check_letter(const char **why) {
    static char text[256];
    size_t bytes = sizeof letter.head + letter.head.count * sizeof letter.entry[0];
    text[0] = 0;
    *why = text;
    return oc_desired_list_check(&letter, bytes, text, sizeof text);
}

static void a_fault_names_channel_and_field(void **unused) {
    const char *why;
    state = 1;
    memset(&letter, 0, sizeof letter);
    letter.head.count = 2;
    letter.entry[0] = random_entry(0);
    letter.entry[1] = random_entry(1);
    letter_t good = letter;
    assert_int_equal(check_letter(&why), OC_OK);
    memcpy(letter.entry[1].channel.name, "cam0", 5);
    assert_int_equal(check_letter(&why), OC_ERR_INVAL);
    assert_string_equal(why, "channels.cam0.name: there are two of this name");
    letter = good;
    memset(letter.entry[1].channel.name, 'a', OC_CHANNEL_NAME_MAX);
    assert_int_equal(check_letter(&why), OC_ERR_INVAL);
    assert_non_null(strstr(why, "channels[1].name"));
    letter = good;
    memset(letter.entry[0].channel.url, 'a', OC_CAPTURE_URL_MAX);
    assert_int_equal(check_letter(&why), OC_ERR_INVAL);
    assert_string_equal(why, "channels.cam0.url: no such value is allowed");
    letter = good;
    memset(&letter.entry[1].record.audio, 2, 1);
    assert_int_equal(check_letter(&why), OC_ERR_INVAL);
    assert_string_equal(why, "channels.cam1.record.audio: no such value is allowed");
    letter = good;
    letter.entry[0].records = 1;
    letter.entry[0].record.stream = 1;
    letter.entry[0].channel.sub_url[0] = 0;
    assert_int_equal(check_letter(&why), OC_ERR_INVAL);
    assert_string_equal(why, "channels.cam0.record.stream: no such value is allowed");
    letter = good;
    letter.head.count = OC_CHANNELS_MAX + 1;
    assert_int_equal(oc_desired_list_check(&letter, sizeof letter, (char[256]){0}, 256),
                     OC_ERR_RANGE);
    letter = good;
    assert_int_equal(oc_desired_list_check(&letter, sizeof letter.head, (char[256]){0}, 256),
                     OC_ERR_INVAL);
    assert_int_equal(oc_desired_list_check(&letter, 7, (char[256]){0}, 256), OC_ERR_INVAL);
}

static void a_reason_that_is_too_long_ends_with_a_whole_character(void **unused) {
    oc_desired_action_t action;
    const char *why;
    char text[OC_DESIRED_WHY_MAX + 8];
    state = 1;
    memset(&list, 0, sizeof list);
    memset(&letter, 0, sizeof letter);
    letter.head.count = 1;
    letter.entry[0] = random_entry(0);
    oc_desired_list_take(&list, &letter);
    while (oc_desired_list_next(&list, false, START, &action))
        ;
    memset(text, 'x', sizeof text);
    memcpy(text + OC_DESIRED_WHY_MAX - 3, "\xe2\x82\xac", 4); /* its last byte has no room */
    oc_desired_list_gone(&list, 0, OC_ERR_IO, text, START);
    oc_desired_list_failure(&list, 0, false, &why);
    assert_int_equal(strlen(why), OC_DESIRED_WHY_MAX - 3);
    for (const char *p = why; *p; p++)
        assert_int_equal(*p, 'x');
}

static void a_part_holds_whole_entries(void **unused) {
    uint32_t head = sizeof(oc_desired_head_t), entry = sizeof(oc_desired_entry_t);
    assert_true(oc_desired_part_whole(0, head));
    assert_true(oc_desired_part_whole(0, head + 3 * entry));
    assert_true(oc_desired_part_whole(head + 2 * entry, entry));
    assert_false(oc_desired_part_whole(0, head - 1));
    assert_false(oc_desired_part_whole(0, head + entry + 1));
    assert_false(oc_desired_part_whole(head - 1, entry));
    assert_false(oc_desired_part_whole(head + 1, entry));
    assert_false(oc_desired_part_whole(head + entry, entry / 2));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_runs_becomes_what_is_wanted),
        cmocka_unit_test(a_fault_names_channel_and_field),
        cmocka_unit_test(a_reason_that_is_too_long_ends_with_a_whole_character),
        cmocka_unit_test(a_part_holds_whole_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
