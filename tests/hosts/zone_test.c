/* oc_zone: names and files of the zone database, the environment, damaged files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_zone.h"
#include "test_folder.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define RULE        "CET-1CEST,M3.5.0,M10.5.0/3"

typedef struct rig {
    char path[64];
    int root;
} rig_t;

/* A file with a header of 44 bytes, something, and this end. */
static void write_zone(const rig_t *rig, const char *name, const char *magic, const char *end) {
    char bytes[256] = {0};
    memcpy(bytes, magic, strlen(magic));
    memcpy(bytes + 100, end, strlen(end));
    int fd = openat(rig->root, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, 100 + strlen(end)), 100 + strlen(end));
    close(fd);
}

static int set_up(void **state) {
    rig_t *rig = calloc(1, sizeof(*rig));
    rig->root = test_folder_make(rig->path);
    assert_true(rig->root >= 0);
    assert_int_equal(mkdirat(rig->root, "Europe", 0700), 0);
    write_zone(rig, "Europe/Berlin", "TZif2", "\n" RULE "\n");
    setenv("TZDIR", rig->path, 1);
    unsetenv("TZ");
    *state = rig;
    return 0;
}

static int tear_down(void **state) {
    rig_t *rig = *state;
    close(rig->root);
    test_folder_remove(rig->path);
    unsetenv("TZDIR");
    unsetenv("TZ");
    free(rig);
    return 0;
}

static void test_name(void **state) {
    oc_zone_t zone;
    assert_true(oc_zone_read("Europe/Berlin", &zone));
    assert_string_equal(zone.name, "Europe/Berlin");
    assert_string_equal(zone.rule, RULE);
    static const char *const none[] = {"Europe/Bonn",
                                       "Europe",
                                       "Europe/",
                                       "/Europe/Berlin",
                                       "Europe/../Europe/Berlin",
                                       "./Europe/Berlin",
                                       "Europe/Berlin\n",
                                       "CET-1",
                                       "Europe/Berlin/Berlin/Berlin/Berlin/Berlin/Berlin/Berlin/"
                                       "Berlin/Berlin"};
    for (size_t i = 0; i < COUNT(none); i++)
        assert_false(oc_zone_read(none[i], &zone));
}

static void test_damaged(void **state) {
    const rig_t *rig = *state;
    oc_zone_t zone;
    char text[100] = "\n";
    static const char *const ends[][2] = {
        {"TZif1", "\n" RULE "\n"}, /* has no rule */
        {"TZxf2", "\n" RULE "\n"}, {"TZif2", "\n" RULE}, {"TZif2", "\n\n"},
        {"TZif2", "\n"},           {"TZif2", ""},        {"TZif2", RULE "\n"}};
    for (size_t i = 0; i < COUNT(ends); i++) {
        write_zone(rig, "Bad", ends[i][0], ends[i][1]);
        assert_false(oc_zone_read("Bad", &zone));
    }
    test_folder_write(rig->root, "Short", "TZif2\n" RULE "\n");
    assert_false(oc_zone_read("Short", &zone));
    test_folder_write(rig->root, "Empty", "");
    assert_false(oc_zone_read("Empty", &zone));
    memset(text + 1, 'A', OC_ZONE_RULE_MAX - 1);
    text[OC_ZONE_RULE_MAX] = '\n';
    write_zone(rig, "Longest", "TZif2", text);
    assert_true(oc_zone_read("Longest", &zone));
    assert_int_equal(strlen(zone.rule), OC_ZONE_RULE_MAX - 1);
    memset(text + 1, 'A', OC_ZONE_RULE_MAX);
    text[OC_ZONE_RULE_MAX + 1] = '\n';
    write_zone(rig, "TooLong", "TZif2", text);
    assert_false(oc_zone_read("TooLong", &zone));
}

static void expect_system(const char *tz, const char *name, const char *rule) {
    oc_zone_t zone;
    setenv("TZ", tz, 1);
    assert_true(oc_zone_read("", &zone));
    assert_string_equal(zone.name, name);
    assert_string_equal(zone.rule, rule);
}

static void test_environment(void **state) {
    const rig_t *rig = *state;
    char path[128], link[128], text[200];
    expect_system("Europe/Berlin", "Europe/Berlin", RULE);
    expect_system(":Europe/Berlin", "Europe/Berlin", RULE);
    expect_system("EST5EDT,M3.2.0,M11.1.0", "EST5EDT,M3.2.0,M11.1.0", "EST5EDT,M3.2.0,M11.1.0");
    expect_system("", "UTC", "UTC0");
    snprintf(path, sizeof(path), "%s/Europe/Berlin", rig->path);
    expect_system(path, RULE, RULE); /* no zoneinfo/ in its path: the rule is its name */
    expect_system("/nowhere/at/all", "UTC", "UTC0");
    memset(text, 'A', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    expect_system(text, "UTC", "UTC0");
    assert_int_equal(mkdirat(rig->root, "zoneinfo", 0700), 0);
    write_zone(rig, "zoneinfo/Tokyo", "TZif2", "\nJST-9\n");
    snprintf(path, sizeof(path), "%s/zoneinfo/Tokyo", rig->path);
    snprintf(link, sizeof(link), "%s/localtime", rig->path);
    assert_int_equal(symlink(path, link), 0);
    expect_system(link, "Tokyo", "JST-9");
}

/* Whatever the machine that runs the test has: a zone, or UTC. */
static void test_machine(void **state) {
    oc_zone_t zone;
    unsetenv("TZDIR");
    assert_true(oc_zone_read("", &zone));
    assert_true(strlen(zone.name) > 0 && strlen(zone.rule) > 0);
    if (access("/usr/share/zoneinfo/Australia/Lord_Howe", R_OK) != 0)
        return;
    assert_true(oc_zone_read("Australia/Lord_Howe", &zone));
    assert_string_equal(zone.rule, "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_environment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_machine, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
