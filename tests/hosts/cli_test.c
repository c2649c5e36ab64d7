/* oc_cli: what is split off a command line, and what is refused before a script sees it. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "oc_cli.h"

#define PARSE(cli, ...)                                                                            \
    do {                                                                                           \
        char *argv[] = {"ocellus", __VA_ARGS__, NULL};                                             \
        oc_cli_parse(cli, (int)(sizeof(argv) / sizeof(argv[0])) - 1, argv);                        \
    } while (0)

static void test_run(void **state) {
    oc_cli_t cli;
    PARSE(&cli, "run", "--input", "a=b.mp4", "--input=c.mp4", "--port", "0", "--json", "--data",
          "/d", "--log", "debug");
    assert_int_equal(cli.action, OC_CLI_RUN);
    assert_int_equal(cli.option_count, 6);
    assert_string_equal(cli.options[0].name, "input");
    assert_string_equal(cli.options[0].value, "a=b.mp4");
    assert_string_equal(cli.options[1].value, "c.mp4");
    assert_string_equal(cli.options[3].name, "json");
    assert_string_equal(cli.options[3].value, "");
    assert_string_equal(cli.data, "/d");
    assert_int_equal(cli.log, OC_LOG_DEBUG);
    assert_true(cli.log_given);
}

static void test_defaults(void **state) {
    oc_cli_t cli;
    PARSE(&cli, "run");
    assert_int_equal(cli.action, OC_CLI_RUN);
    assert_int_equal(cli.option_count, 0);
    assert_int_equal(cli.log, OC_LOG_INFO);
    assert_null(cli.data);
    PARSE(&cli, "run", "--log", "loud"); /* refused by the script, with what is allowed */
    assert_int_equal(cli.action, OC_CLI_RUN);
    assert_false(cli.log_given);
}

static void test_questions(void **state) {
    oc_cli_t cli;
    PARSE(&cli, "--help");
    assert_int_equal(cli.action, OC_CLI_HELP);
    PARSE(&cli, "run", "--version");
    assert_int_equal(cli.action, OC_CLI_VERSION);
    PARSE(&cli, "--licenses");
    assert_int_equal(cli.action, OC_CLI_LICENSES);
    assert_non_null(strstr(oc_cli_help(), "--segment-minutes"));
}

/* Behind a command with options of its own the help is that of the command, with all of them. */
static void test_help_of_a_command(void **state) {
    static const char *const options[][12] = {
        {"reset", "--settings", "--keys", "--footage", "--yes", "--data"},
        {"export", "--channel", "--from", "--to", "--out", "--format", "--json", "--data"},
        {"transcode", "--endpoint", "--region", "--path-style", "--keys", "--ca", "--bitrate",
         "--encoder", "--force", "--json"},
        {"watch", "--record", "--stats", "--seconds", "--json"}};
    oc_cli_t cli;
    for (unsigned i = 0; i < sizeof options / sizeof *options; i++) {
        char *argv[] = {"ocellus", (char *)options[i][0], "--help", NULL};
        oc_cli_parse(&cli, 3, argv);
        assert_int_equal(cli.action, OC_CLI_HELP);
        const char *text = oc_cli_help_of(cli.asked);
        assert_ptr_not_equal(text, oc_cli_help());
        for (unsigned j = 0; options[i][j]; j++)
            assert_non_null(strstr(text, options[i][j]));
    }
    PARSE(&cli, "run", "--help");
    assert_ptr_equal(oc_cli_help_of(cli.asked), oc_cli_help());
    PARSE(&cli, "--help");
    assert_ptr_equal(oc_cli_help_of(cli.asked), oc_cli_help());
}

static void test_password(void **state) {
    oc_cli_t cli;
    PARSE(&cli, "password");
    assert_int_equal(cli.action, OC_CLI_PASSWORD);
    assert_false(cli.remove);
    PARSE(&cli, "password", "--remove", "--data", "/d");
    assert_int_equal(cli.action, OC_CLI_PASSWORD);
    assert_true(cli.remove);
    assert_string_equal(cli.data, "/d");
    PARSE(&cli, "password", "hunter2-hunter2");
    assert_int_equal(cli.action, OC_CLI_WRONG);
    assert_null(strstr(cli.error, "hunter2")); /* what may be a password is not shown */
    PARSE(&cli, "password", "--port", "1");
    assert_int_equal(cli.action, OC_CLI_WRONG);
    PARSE(&cli, "run", "--remove");
    assert_int_equal(cli.action, OC_CLI_WRONG);
}

static void expect_wrong(oc_cli_t *cli, const char *word) {
    assert_int_equal(cli->action, OC_CLI_WRONG);
    assert_non_null(strstr(cli->error, word));
    assert_null(strchr(cli->error, '\n'));
}

static void test_wrong(void **state) {
    oc_cli_t cli;
    PARSE(&cli, "run", "--what");
    expect_wrong(&cli, "--what");
    PARSE(&cli, "run", "--what=3");
    expect_wrong(&cli, "--what=3");
    PARSE(&cli, "run", "--port");
    expect_wrong(&cli, "--port");
    PARSE(&cli, "run", "-x");
    expect_wrong(&cli, "-x");
    PARSE(&cli, "run", "--json=1");
    expect_wrong(&cli, "--json");
    PARSE(&cli, "run", "surplus");
    expect_wrong(&cli, "surplus");
    PARSE(&cli, "walk");
    expect_wrong(&cli, "walk");
    char *none[] = {"ocellus", NULL};
    oc_cli_parse(&cli, 1, none);
    expect_wrong(&cli, "ocellus run");
}

static void test_privacy(void **state) {
    oc_cli_t cli;
    PARSE(&cli, "privacy", "on", "--data", "/d");
    assert_int_equal(cli.action, OC_CLI_PRIVACY);
    assert_string_equal(cli.word, "on");
    assert_string_equal(cli.data, "/d");
    PARSE(&cli, "privacy", "status");
    assert_int_equal(cli.action, OC_CLI_PRIVACY);
    PARSE(&cli, "privacy");
    expect_wrong(&cli, "privacy: a word is missing: on, off or status");
    PARSE(&cli, "privacy", "maybe");
    expect_wrong(&cli, "privacy: \"maybe\" is not allowed; use on, off or status");
    PARSE(&cli, "privacy", "on", "off");
    expect_wrong(&cli, "unexpected word \"off\"");
    PARSE(&cli, "privacy", "on", "--port", "1");
    expect_wrong(&cli, "ocellus privacy has no option --port");
}

static void test_transcode(void **state) {
    oc_cli_t cli;
    PARSE(&cli, "transcode", "in.avi", "s3://b/k", "--endpoint", "https://s", "--force", "--json",
          "--path-style=off", "--keys", "k", "--ca", "c", "--region", "r", "--bitrate", "1",
          "--encoder", "x264");
    assert_int_equal(cli.action, OC_CLI_TRANSCODE);
    assert_string_equal(cli.file, "in.avi");
    assert_string_equal(cli.second_file, "s3://b/k");
    assert_string_equal(cli.transcode.endpoint, "https://s");
    assert_string_equal(cli.transcode.path_style, "off");
    assert_string_equal(cli.transcode.keys, "k");
    assert_string_equal(cli.transcode.ca, "c");
    assert_string_equal(cli.transcode.region, "r");
    assert_string_equal(cli.transcode.bitrate, "1");
    assert_string_equal(cli.transcode.encoder, "x264");
    assert_true(cli.transcode.force && cli.json);
    PARSE(&cli, "transcode", "in.avi");
    expect_wrong(&cli, "transcode: an input and an output are needed");
    PARSE(&cli, "transcode", "a", "b", "c");
    expect_wrong(&cli, "unexpected word \"c\"");
    PARSE(&cli, "transcode", "a", "b", "--data", "/d");
    expect_wrong(&cli, "unknown option --data");
    PARSE(&cli, "run", "--endpoint", "x");
    expect_wrong(&cli, "unknown option --endpoint");
}

static void test_watch(void **state) {
    oc_cli_t cli;
    PARSE(&cli, "watch", "https://h/x", "--record", "a.mp4", "--stats", "--seconds=9", "--json");
    assert_int_equal(cli.action, OC_CLI_WATCH);
    assert_string_equal(cli.file, "https://h/x");
    assert_string_equal(cli.watch.record, "a.mp4");
    assert_string_equal(cli.watch.seconds, "9");
    assert_true(cli.watch.stats && cli.json);
    PARSE(&cli, "watch");
    expect_wrong(&cli, "watch: an address is needed");
    PARSE(&cli, "watch", "a", "b");
    expect_wrong(&cli, "unexpected word \"b\"");
    PARSE(&cli, "watch", "a", "--data", "/d");
    expect_wrong(&cli, "unknown option --data");
}

static void test_settings(void **state) {
    oc_cli_t cli;
    PARSE(&cli, "settings", "export");
    assert_int_equal(cli.action, OC_CLI_SETTINGS);
    assert_string_equal(cli.word, "export");
    assert_null(cli.file);
    assert_false(cli.secrets);
    PARSE(&cli, "settings", "export", "f.json", "--with-secrets", "--data", "/d");
    assert_string_equal(cli.file, "f.json");
    assert_true(cli.secrets);
    PARSE(&cli, "settings", "import", "-");
    assert_string_equal(cli.file, "-");
    PARSE(&cli, "settings");
    expect_wrong(&cli, "settings: a word is missing: export or import");
    PARSE(&cli, "settings", "");
    expect_wrong(&cli, "is not allowed; use export or import");
    PARSE(&cli, "settings", "export import");
    expect_wrong(&cli, "\"export import\" is not allowed");
    PARSE(&cli, "settings", "ex");
    expect_wrong(&cli, "settings: \"ex\" is not allowed");
    PARSE(&cli, "settings", "export", "a", "b");
    expect_wrong(&cli, "unexpected word \"b\"");
    PARSE(&cli, "settings", "import", "a", "--with-secrets");
    expect_wrong(&cli, "--with-secrets");
    PARSE(&cli, "settings", "export", "--port", "1");
    expect_wrong(&cli, "ocellus settings has no option --port");
    PARSE(&cli, "run", "--with-secrets");
    expect_wrong(&cli, "ocellus run has no option --with-secrets");
}

static void test_reset(void **state) {
    oc_cli_t cli;
    PARSE(&cli, "reset", "--settings", "--data", "/d", "--yes");
    assert_int_equal(cli.action, OC_CLI_RESET);
    assert_true(cli.wipe_settings && cli.yes && !cli.wipe_keys && !cli.wipe_footage);
    assert_string_equal(cli.data, "/d");
    assert_null(cli.settings);
    PARSE(&cli, "reset", "--keys", "--footage");
    assert_true(cli.wipe_keys && cli.wipe_footage && !cli.wipe_settings && !cli.yes);
    PARSE(&cli, "reset");
    expect_wrong(&cli, "say what to remove");
    PARSE(&cli, "reset", "--yes");
    expect_wrong(&cli, "say what to remove");
    PARSE(&cli, "reset", "all", "--keys");
    expect_wrong(&cli, "unexpected word \"all\"");
    PARSE(&cli, "reset", "--key");
    expect_wrong(&cli, "unknown option --key;");
    PARSE(&cli, "reset", "--keys", "--port", "1");
    expect_wrong(&cli, "--port");
    PARSE(&cli, "--data", "/d", "reset", "--settings", "--yes"); /* --settings FILE else */
    expect_wrong(&cli, "reset: give its options after it");
    PARSE(&cli, "reset", "--help");
    assert_int_equal(cli.action, OC_CLI_HELP);
}

static void test_too_many(void **state) {
    oc_cli_t cli;
    char *argv[2 * OC_CLI_OPTIONS + 5] = {"ocellus", "run"};
    int argc = 2;
    for (int i = 0; i <= OC_CLI_OPTIONS; i++) { /* one more than fits */
        argv[argc++] = "--input";
        argv[argc++] = "x";
    }
    oc_cli_parse(&cli, argc, argv);
    expect_wrong(&cli, "too many");
}

/* getopt_long alone would take --d for --data and write into a folder named 1. */
static void test_whole_names(void **state) {
    oc_cli_t cli;
    PARSE(&cli, "run", "--d", "1");
    expect_wrong(&cli, "--d;");
    PARSE(&cli, "run", "--dur=1");
    expect_wrong(&cli, "--dur=1");
    PARSE(&cli, "--port", "--port", "run", "--js");
    expect_wrong(&cli, "--js");
    PARSE(&cli, "run", "--data", "");
    expect_wrong(&cli, "--data");
    char path[PATH_MAX + 1];
    memset(path, '/', sizeof(path) - 1);
    path[PATH_MAX] = 0;
    PARSE(&cli, "run", "--data", path); /* the beginning of it is another folder */
    expect_wrong(&cli, "--data");
    PARSE(&cli, "run", "--data", path + 1);
    assert_int_equal(cli.action, OC_CLI_RUN);
    PARSE(&cli, "run", "--port=", "--port", "--port", "--json");
    assert_int_equal(cli.action, OC_CLI_RUN);
    assert_true(cli.json);
}

static void test_depth(void **state) {
    char text[2 * OC_CLI_DEPTH + 8] = "";
    memset(text, '[', OC_CLI_DEPTH);
    assert_false(oc_cli_too_deep(text));
    text[OC_CLI_DEPTH] = '{';
    assert_true(oc_cli_too_deep(text));
    for (unsigned i = 0; i <= OC_CLI_DEPTH; i++)
        memcpy(text + 2 * i, "[]", 2);
    assert_false(oc_cli_too_deep(text));
    memset(text, '[', sizeof(text) - 1);
    memcpy(text, "\"\\\"", 3);
    assert_false(oc_cli_too_deep(text)); /* inside a string */
    assert_false(oc_cli_too_deep("\"\\"));
}

static void test_hide(void **state) {
    char program[] = "ocellus", port[] = "8080";
    char input[] = "cam=rtsp://me:pw@host:554/live?token=1";
    char both[] = "--input=rtsp://h/user=a_password=b,sub=rtsp://me:pw@h/live#password=c";
    char option[] = "--app-set", own[] = "token=hush", joined[] = "--app-set=token=hu=sh";
    char *words[] = {program, input, port, both, option, own, joined};
    assert_int_equal(oc_cli_hide(7, words), OC_OK);
    assert_string_equal(words[5], "token=hush");
    assert_string_equal(own, "token=****");
    assert_string_equal(joined, "--app-set=token=*****");
    assert_string_equal(words[1], "cam=rtsp://me:pw@host:554/live?token=1");
    assert_string_equal(input, "cam=rtsp://*****@host:554/live?token=*");
    assert_string_equal(both,
                        "--input=rtsp://h/*****************,sub=rtsp://*****@h/live#password=*");
    assert_string_equal(program, "ocellus");
    assert_string_equal(port, "8080");
    for (int i = 0; i < 7; i++)
        free(words[i]); /* the program keeps them */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hide),
        cmocka_unit_test(test_run),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_help_of_a_command),
        cmocka_unit_test(test_password),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_whole_names),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_privacy),
        cmocka_unit_test(test_transcode),
        cmocka_unit_test(test_watch),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
