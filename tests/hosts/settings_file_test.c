/* Copies of the settings that updates keep: what a person changes at any moment of an update stays,
 * what a program's migration has written is undone, wherever the disk stops or is full. openat,
 * renameat, unlinkat, mkdirat and pwritev are wrapped: from one of their calls on, the disk takes
 * nothing any more. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "oc_err.h"
#include "oc_privacy_file.h"
#include "oc_settings_file.h"
#include "oc_store.h"
#include "test_folder.h"

/* ---- the disk ---- */

enum fault { SOUND, DEAD, FULL };
static enum fault fault;
static long calls, last_good; /* calls behind last_good fail */

int __real_openat(int folder, const char *path, int flags, ...);
int __wrap_openat(int folder, const char *path, int flags, ...);
int __real_renameat(int from, const char *old, int to, const char *name);
int __wrap_renameat(int from, const char *old, int to, const char *name);
int __real_unlinkat(int folder, const char *path, int flags);
int __wrap_unlinkat(int folder, const char *path, int flags);
int __real_mkdirat(int folder, const char *path, mode_t mode);
int __wrap_mkdirat(int folder, const char *path, mode_t mode);
ssize_t __real_pwritev(int fd, const struct iovec *parts, int count, off_t at);
ssize_t __wrap_pwritev(int fd, const struct iovec *parts, int count, off_t at);

/* Nothing is cut off here that was written: tests/model has what a flush is for. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd) {
    return 0;
}

/* needs: it takes room. */
static bool fails(bool needs) {
    if (fault == SOUND || (fault == FULL && !needs) || ++calls <= last_good)
        return false;
    errno = fault == FULL ? ENOSPC : EIO;
    return true;
}

int __wrap_openat(int folder, const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    return flags & O_CREAT && fails(true) ? -1 : __real_openat(folder, path, flags, mode);
}

int __wrap_renameat(int from, const char *old, int to, const char *name) {
    return fails(false) ? -1 : __real_renameat(from, old, to, name);
}

int __wrap_unlinkat(int folder, const char *path, int flags) {
    return fails(false) ? -1 : __real_unlinkat(folder, path, flags);
}

int __wrap_mkdirat(int folder, const char *path, mode_t mode) {
    struct stat about;
    if (fstatat(folder, path, &about, 0) != 0 && fails(true))
        return -1;
    return __real_mkdirat(folder, path, mode);
}

ssize_t __wrap_pwritev(int fd, const struct iovec *parts, int count, off_t at) {
    return fails(true) ? -1 : __real_pwritev(fd, parts, count, at);
}

/* ---- a device: two applications, whose settings have version 1 and 2 ---- */

enum { FIRST = 1, SECOND = 2, NONE = 0 };
static const char *const owners[] = {"none", "factory", "a"};

static char path[64];
static int root;
static struct {
    int active, previous, trial; /* the switch record */
    int code;                    /* the application that runs */
    int asked, done;             /* the last change of a person, and the last one that was kept */
    int own_form, own;           /* the last one of a key that both know in another form */
    bool stopped;                /* the disk is dead: so is the process */
} device;

static json_t *settings(void) {
    size_t len = 0;
    int result;
    char *text = oc_store_read(root, OC_SETTINGS_STORE, &len, &result);
    json_t *value = text ? json_loadb(text, len, 0, NULL) : json_object();
    free(text);
    assert_non_null(value);
    return value;
}

static int version_of(const json_t *value) {
    return (int)json_integer_value(json_object_get(json_object_get(value, "app"), "_version"));
}

static int store(json_t *value, oc_settings_by_t by) {
    char *text = json_dumps(value, 0);
    int result = oc_settings_write(root, text, strlen(text), by);
    free(text);
    json_decref(value);
    return result;
}

static json_t *own_of(json_t *value) {
    json_t *own = json_object_get(value, "app");
    if (!own)
        json_object_set_new(value, "app", own = json_object());
    return own;
}

/* Seconds become milliseconds. */
static void start(int code) {
    json_t *value = settings(), *own = own_of(value);
    int form = version_of(value);
    device.code = code;
    assert_true(form <= code); /* an older application never finds a newer form */
    if (form == code) {
        json_decref(value);
        return;
    }
    long number = (long)json_integer_value(json_object_get(own, "seconds"));
    json_object_set_new(own, "_version", json_integer(code));
    if (code == SECOND) {
        json_object_del(own, "seconds");
        json_object_set_new(own, "ms", json_integer(number * 1000));
    }
    (void)store(value, OC_SETTINGS_BY_PROGRAM);
}

/* Somebody changes what both applications know, and what only this one knows in its form. */
static void change(void) {
    json_t *value = settings(), *own = own_of(value);
    json_t *record = json_object_get(value, "record");
    int number = ++device.asked;
    if (!record)
        json_object_set_new(value, "record", record = json_object());
    json_object_set_new(value, "port", json_integer(number));
    json_object_set_new(record, "name", json_integer(number));
    json_object_set_new(own, "note", json_integer(number));
    json_object_set_new(own, device.code == SECOND ? "ms" : "seconds",
                        json_integer(device.code == SECOND ? number * 1000 : number));
    if (store(value, OC_SETTINGS_BY_PERSON) != OC_OK)
        return;
    device.done = number;
    device.own_form = device.code;
    device.own = number;
}

static void back(int code) {
    char lost[128];
    int result = oc_settings_put_back(root, OC_SETTINGS_COPY, lost, sizeof(lost));
    if (result == OC_OK || result == OC_ERR_NOENT)
        device.trial = NONE;
    if (!device.trial)
        start(code);
}

/* One step of an update; false: it cannot go on. */
static bool step(char what) {
    int before;
    switch (what) {
    case 'P': /* a person */
        change();
        return true;
    case 'C': /* the settings are copied, the record says so */
        if (oc_settings_copy(root, OC_SETTINGS_COPY, owners[device.code]) != OC_OK)
            return false;
        return true;
    case 'T':
        device.trial = device.code == FIRST ? SECOND : FIRST;
        return true;
    case 'U': /* the previous one gets what it left, and runs on trial */
        if (oc_settings_use(root, OC_SETTINGS_PREVIOUS) != OC_OK)
            return false;
        start(device.trial);
        return true;
    case 'S': /* the new one runs */
        start(device.trial);
        return true;
    case 'K': /* committed */
        before = device.active;
        device.active = device.trial;
        device.previous = before;
        device.trial = NONE;
        return true;
    case 'M':
        return oc_settings_keep(root) == OC_OK;
    case 'B': /* the trial has failed */
        back(device.active);
        return !device.trial;
    case 'F': /* it ends again and again: the record says that the one before runs */
        device.active = device.previous;
        device.previous = NONE;
        return true;
    default: { /* 'G': and it gets its settings */
        char lost[128];
        int result = oc_settings_put_back(root, OC_SETTINGS_PREVIOUS, lost, sizeof(lost));
        if (result == OC_OK)
            start(device.active);
        return result == OC_OK;
    }
    }
}

static void boot(void) {
    char lost[128];
    if (device.trial)
        back(device.active);
    else {
        assert_int_equal(oc_settings_settle(root, owners[device.active], owners[device.previous],
                                            lost, sizeof(lost)),
                         OC_OK);
        start(device.active);
    }
}

/* form: it is that of the application, which could write it. */
static void assert_kept(const char *what, bool form) {
    json_t *value = settings(), *own = json_object_get(value, "app");
    int port = (int)json_integer_value(json_object_get(value, "port"));
    int name = (int)json_integer_value(json_object_get(json_object_get(value, "record"), "name"));
    int note = (int)json_integer_value(json_object_get(own, "note"));
    /* one that was not confirmed may have been kept all the same */
    bool kept = port >= device.done && port <= device.asked && name == port && note == port;
    if (form && device.own_form == device.code) {
        int number =
            (int)json_integer_value(json_object_get(own, device.code == SECOND ? "ms" : "seconds"));
        number /= device.code == SECOND ? 1000 : 1;
        kept = kept && number >= device.own && number <= device.asked;
    }
    if (!kept || version_of(value) > device.code || (form && version_of(value) != device.code))
        fail_msg("%s: %d asked, %d kept, form %d of %d: %s", what, device.asked, device.done,
                 version_of(value), device.code, json_dumps(value, 0));
    json_decref(value);
}

/* In memory where there is such a folder: thousands of them are made. */
static void make_folder(void) {
    strcpy(path, "/dev/shm/ocellus-test-XXXXXX");
    root = mkdtemp(path) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : test_folder_make(path);
    assert_true(root >= 0);
}

/* Whether the steps went to their end. */
static bool run(const char *steps, enum fault how, long good) {
    char what[128];
    snprintf(what, sizeof(what), "%s, %s behind %ld", steps, how == DEAD ? "dead" : "full", good);
    make_folder();
    memset(&device, 0, sizeof(device));
    device.active = FIRST;
    start(FIRST);
    assert_int_equal(oc_privacy_file_write(root, true), OC_OK);
    calls = 0;
    last_good = good;
    fault = how;
    const char *at = steps;
    while (*at && step(*at) && !(how == DEAD && calls > last_good))
        at++;
    bool whole = *at == '\0' && calls <= last_good;
    if (how == FULL && !device.trial && !*at)
        assert_kept(what, false);    /* with no room it went to its end */
    if (how == FULL && device.trial) /* what could not go on is undone */
        back(device.active);
    if (how == FULL && *at == 'C') /* it was refused */
        assert_int_equal(oc_settings_drop(root, OC_SETTINGS_COPY), OC_OK);
    fault = SOUND;
    boot();
    assert_kept(what, true);
    char why[128];
    assert_int_equal(oc_privacy_file_read(root, why, sizeof(why)), OC_PRIVACY_FILE_ON);
    close(root);
    test_folder_remove(path);
    return whole;
}

/* Updates, step by step. */
static const char *const ways[] = {
    "CTSB",           /* an update that fails */
    "CTSKM",          /* a good one */
    "CTSKMCTUB",      /* back by hand, which fails */
    "CTSKMCTUKM",     /* back by hand */
    "CTSKMCTUKMCTUB", /* and forward again, which fails */
    "CTSKMFG",        /* one that ends again and again */
};

/* A person's change at one place, or at all. */
static void with_changes(char out[64], const char *way, size_t place) {
    size_t len = strlen(way), to = 0;
    for (size_t i = 0; i <= len; i++) {
        if (place == i || place > len)
            out[to++] = 'P';
        if (i < len)
            out[to++] = way[i];
    }
    out[to] = '\0';
}

static void everywhere(enum fault how) {
    char steps[64];
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        for (size_t place = 0; place <= strlen(ways[i]) + 1; place++) {
            with_changes(steps, ways[i], place);
            for (long good = 0; !run(steps, how, good); good++)
                assert_true(good < 1000);
        }
}

static void what_a_person_sets_stays_wherever_the_process_ends(void **state) {
    everywhere(DEAD);
}

static void a_full_disk_undoes_a_trial_all_the_same(void **state) {
    everywhere(FULL);
}

/* ---- what is lost is said ---- */

static int in_folder(void **state) {
    fault = SOUND;
    root = test_folder_make(path);
    return root < 0;
}

static int out_of_folder(void **state) {
    close(root);
    test_folder_remove(path);
    return 0;
}

static void write_text(const char *text, oc_settings_by_t by) {
    assert_int_equal(oc_settings_write(root, text, strlen(text), by), OC_OK);
}

static void assert_settings(const char *text) {
    json_t *value = settings(), *expected = json_loads(text, 0, NULL);
    if (!json_equal(value, expected))
        fail_msg("%s instead of %s", json_dumps(value, 0), text);
    json_decref(value);
    json_decref(expected);
}

static void keys_of_another_form_are_named(void **state) {
    char lost[128];
    write_text("{\"port\":1,\"app\":{\"_version\":1,\"seconds\":9}}", OC_SETTINGS_BY_PERSON);
    assert_int_equal(oc_settings_copy(root, OC_SETTINGS_COPY, "factory"), OC_OK);
    write_text("{\"port\":1,\"app\":{\"_version\":2,\"ms\":9000}}", OC_SETTINGS_BY_PROGRAM);
    write_text("{\"port\":2,\"app\":{\"_version\":2,\"ms\":7000}}", OC_SETTINGS_BY_PERSON);
    assert_int_equal(oc_settings_put_back(root, OC_SETTINGS_COPY, lost, sizeof(lost)), OC_OK);
    assert_string_equal(lost, "app.ms");
    assert_settings("{\"port\":2,\"app\":{\"_version\":1,\"seconds\":9}}");
    assert_int_equal(oc_settings_put_back(root, OC_SETTINGS_COPY, lost, sizeof(lost)),
                     OC_ERR_NOENT);
}

static void groups_come_and_go(void **state) {
    char lost[128];
    write_text("{\"a\":{\"b\":{\"c\":1,\"d\":2}},\"list\":[1,2]}", OC_SETTINGS_BY_PERSON);
    assert_int_equal(oc_settings_copy(root, OC_SETTINGS_COPY, "factory"), OC_OK);
    write_text("{\"a\":{\"b\":{\"c\":5,\"d\":2}},\"list\":[1,2],\"x\":1}", OC_SETTINGS_BY_PROGRAM);
    write_text("{\"a\":{\"e\":3},\"list\":[2]}", OC_SETTINGS_BY_PERSON);
    assert_int_equal(oc_settings_put_back(root, OC_SETTINGS_COPY, lost, sizeof(lost)), OC_OK);
    assert_string_equal(lost, "a.b.c, x");
    assert_settings("{\"a\":{\"b\":{\"c\":1},\"e\":3},\"list\":[2]}");
}

static void without_a_write_of_a_program_nothing_is_put_back(void **state) {
    char lost[128];
    write_text("{\"port\":1}", OC_SETTINGS_BY_PERSON);
    assert_int_equal(oc_settings_copy(root, OC_SETTINGS_COPY, "factory"), OC_OK);
    test_folder_write(root, "settings.json", "{\"port\":7}"); /* by an editor */
    assert_int_equal(oc_settings_put_back(root, OC_SETTINGS_COPY, lost, sizeof(lost)), OC_OK);
    assert_settings("{\"port\":7}");
}

static void settings_that_a_program_sets_aside_come_back(void **state) {
    char lost[128];
    write_text("{\"port\":1}", OC_SETTINGS_BY_PERSON);
    assert_int_equal(oc_settings_copy(root, OC_SETTINGS_COPY, "factory"), OC_OK);
    assert_int_equal(oc_settings_set_aside(root), OC_OK);
    write_text("{\"port\":2}", OC_SETTINGS_BY_PERSON);
    assert_int_equal(oc_settings_put_back(root, OC_SETTINGS_COPY, lost, sizeof(lost)), OC_OK);
    assert_string_equal(lost, "all");
    assert_settings("{\"port\":1}");
}

static void brackets_without_end_are_no_settings(void **state) {
    static char deep[40001];
    char lost[128];
    memset(deep, '[', sizeof(deep) - 1);
    test_folder_write(root, "settings.json", deep);
    assert_int_equal(oc_settings_copy(root, OC_SETTINGS_COPY, "factory"), OC_OK);
    assert_int_equal(oc_settings_set_aside(root), OC_OK);
    write_text("{\"name\":\"[[[\\\"[[[\"}", OC_SETTINGS_BY_PROGRAM);
    assert_settings("{\"name\":\"[[[\\\"[[[\"}");
    assert_int_equal(oc_settings_put_back(root, OC_SETTINGS_COPY, lost, sizeof(lost)), OC_OK);
    assert_int_equal(test_folder_size(root, "settings.json"), (int)sizeof(deep) - 1);
}

static void where_nothing_was_kept_nothing_is(void **state) {
    char lost[128];
    assert_int_equal(oc_settings_copy(root, OC_SETTINGS_COPY, "factory"), OC_OK);
    write_text("{\"port\":1}", OC_SETTINGS_BY_PROGRAM);
    test_folder_write(root, "recordnow.json", "{}");
    assert_int_equal(oc_settings_put_back(root, OC_SETTINGS_COPY, lost, sizeof(lost)), OC_OK);
    assert_int_equal(test_folder_size(root, "settings.json"), -1);
    assert_int_equal(test_folder_size(root, "recordnow.json"), 2);
}

int main(void) {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, in_folder, out_of_folder)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_person_sets_stays_wherever_the_process_ends),
        cmocka_unit_test(a_full_disk_undoes_a_trial_all_the_same),
        IN_FOLDER(keys_of_another_form_are_named),
        IN_FOLDER(groups_come_and_go),
        IN_FOLDER(without_a_write_of_a_program_nothing_is_put_back),
        IN_FOLDER(settings_that_a_program_sets_aside_come_back),
        IN_FOLDER(brackets_without_end_are_no_settings),
        IN_FOLDER(where_nothing_was_kept_nothing_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
