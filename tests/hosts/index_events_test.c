/* Events on a real folder: what is kept is what the files say, whatever became of them, of the
 * database, and of the process. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_beneath.h"
#include "index_db_rig.h"
#include "oc_err.h"
#include "oc_index_events.h"
#include "oc_index_pictures.h"

#define T0        INT64_C(1795219200000) /* 2026-11-21 */
#define FILE_NAME "events/202611.ndjson"
#define MANY      50000

/* The process ends and starts. */
static void again(rig_t *rig) {
    oc_index_db_close(&rig->db);
    assert_int_equal(oc_index_db_open(&rig->db, rig->root), OC_OK);
}

/* The database is lost too. */
static void again_without_database(rig_t *rig) {
    oc_index_db_close(&rig->db);
    int folder = openat(rig->root, OC_INDEX_FOLDER, O_RDONLY | O_DIRECTORY);
    assert_int_equal(unlinkat(folder, "index.sqlite", 0), 0);
    (void)unlinkat(folder, "index.sqlite-wal", 0);
    close(folder);
    assert_int_equal(oc_index_db_open(&rig->db, rig->root), OC_OK);
}

static uint32_t begin(rig_t *rig, const char *kind, const char *channel, int64_t start_ms,
                      int64_t end_ms) {
    uint32_t id = 0;
    oc_event_begin_t event = {.start_ms = start_ms,
                              .end_ms = end_ms,
                              .mask = 1,
                              .kind = kind,
                              .channel = channel,
                              .data = ""};
    assert_int_equal(oc_index_events_begin(&rig->db, &event, &id), OC_OK);
    return id;
}

/* Rows of a query as text: fields with '|' behind each. */
static const char *rows(rig_t *rig, const oc_event_query_t *query, bool *more) {
    static char text[OC_PAGE_BYTES + 1];
    size_t len;
    assert_int_equal(oc_index_events_list(&rig->db, query, text, sizeof(text) - 1, &len, more),
                     OC_OK);
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\0')
            text[i] = '|';
    text[len] = '\0';
    return text;
}

static void assert_rows(rig_t *rig, oc_event_query_t query, const char *expected) {
    bool more;
    assert_string_equal(rows(rig, &query, &more), expected);
    assert_false(more);
}

static void an_event_is_kept(void **state) {
    rig_t *rig = *state;
    uint32_t id;
    oc_event_begin_t event = {.start_ms = T0,
                              .end_ms = -1,
                              .mask = 0x80000001u,
                              .kind = "motion",
                              .channel = "front",
                              .data = "{ \"a\":\n[1, 2] }",
                              .raised = true};
    assert_int_equal(oc_index_events_begin(&rig->db, &event, &id), OC_OK);
    assert_int_equal(id, 1);
    assert_int_equal(begin(rig, "motion", "front", T0 + 500, -1), 1);       /* belongs to it */
    assert_int_equal(begin(rig, "motion", "front", T0 - 900, T0 - 100), 2); /* the past does not */
    assert_int_equal(begin(rig, "motion", "back", T0 + 600, -1), 3);
    assert_int_equal(oc_index_events_end(&rig->db, 1, T0 + 5000), OC_OK);
    assert_int_equal(oc_index_events_end(&rig->db, 1, T0 + 9000), OC_OK); /* it has ended */
    assert_int_equal(oc_index_events_end(&rig->db, 3, T0), OC_OK);        /* not before it began */
    assert_int_equal(oc_index_events_end(&rig->db, 9, T0), OC_ERR_NOENT);
    static const char all[] =
        "2|1|1795219199100|1795219199900||motion|front||"
        "1|2147483649|1795219200000|1795219205000|r|motion|front|{\"a\":[1,2]}|"
        "3|1|1795219200600|1795219200600||motion|back||";
    assert_rows(rig, (oc_event_query_t){0}, all);
    again(rig);
    assert_rows(rig, (oc_event_query_t){0}, all);
    again_without_database(rig);
    assert_rows(rig, (oc_event_query_t){0}, all);
}

static void what_is_no_event_is_refused(void **state) {
    rig_t *rig = *state;
    uint32_t id;
    char *data = calloc(1, OC_EVENT_DATA_MAX + 8);
    oc_event_begin_t event = {.start_ms = T0, .end_ms = T0, .kind = "a", .channel = ""};
    event.data = "{bad";
    assert_int_equal(oc_index_events_begin(&rig->db, &event, &id), OC_ERR_INVAL);
    memset(data, '1', OC_EVENT_DATA_MAX + 1);
    event.data = data;
    assert_int_equal(oc_index_events_begin(&rig->db, &event, &id), OC_ERR_TOO_BIG);
    data[OC_EVENT_DATA_MAX] = '\0';
    assert_int_equal(oc_index_events_begin(&rig->db, &event, &id), OC_OK);
    assert_int_equal(id, 1);
    free(data);
}

static void a_protected_event_is_not_deleted(void **state) {
    rig_t *rig = *state;
    uint32_t id = begin(rig, "ring", "", T0, T0);
    assert_int_equal(oc_index_events_protect(&rig->db, id, true), OC_OK);
    assert_int_equal(oc_index_events_delete(&rig->db, id), OC_ERR_STATE);
    again_without_database(rig);
    assert_int_equal(oc_index_events_delete(&rig->db, id), OC_ERR_STATE);
    assert_int_equal(oc_index_events_protect(&rig->db, id, false), OC_OK);
    assert_int_equal(oc_index_events_delete(&rig->db, id), OC_OK);
    assert_int_equal(oc_index_events_delete(&rig->db, id), OC_ERR_NOENT);
    assert_int_equal(oc_index_events_protect(&rig->db, id, true), OC_ERR_NOENT);
    again_without_database(rig);
    assert_int_equal(begin(rig, "ring", "", T0, T0), 2); /* a number is never used again */
}

/* A line that was being written when the power went: the others stay, and the next one is whole. */
static void a_line_that_was_cut_off_is_removed(void **state) {
    static const char torn[] = "{\"op\":\"begin\",\"id\":3,\"at\":17952";
    rig_t *rig = *state;
    (void)begin(rig, "ring", "", T0, T0);
    (void)begin(rig, "ring", "", T0, T0);
    for (size_t len = 1; len < sizeof(torn); len += 7) {
        int fd = openat(rig->root, FILE_NAME, O_WRONLY | O_APPEND);
        assert_int_equal(write(fd, torn, len), len);
        close(fd);
        if (len % 2)
            again(rig);
        else
            again_without_database(rig);
        assert_rows(
            rig, (oc_event_query_t){0},
            "1|1|1795219200000|1795219200000||ring|||2|1|1795219200000|1795219200000||ring|||");
    }
    assert_int_equal(begin(rig, "ring", "", T0, T0), 3);
    again_without_database(rig);
    assert_int_equal(begin(rig, "ring", "", T0, T0), 4);
}

static void write_text(int root, const char *name, const char *text) {
    assert_int_equal(oc_beneath_mkdir(root, "events"), OC_OK);
    int fd = openat(root, name, O_WRONLY | O_APPEND | O_CREAT, 0600);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

/* Lines of a later version, or of nobody: passed over; and so is one that never ends.
 */
static void lines_that_are_not_ours_are_passed_over(void **state) {
    rig_t *rig = *state;
    size_t size = 200 * 1024;
    char *junk = malloc(size);
    memset(junk, 'x', size);
    junk[size - 1] = '\0';
    write_text(rig->root, FILE_NAME,
               "\n{}\n[]\nnull\n{\"op\":\"begin\"}\n{\"op\":\"begin\",\"id\":0}\n");
    write_text(rig->root, FILE_NAME,
               "{\"op\":\"later\",\"id\":7}\n{\"op\":\"end\",\"id\":\"x\"}\n");
    write_text(rig->root, FILE_NAME,
               "{\"op\":\"begin\",\"id\":8,\"at\":5,\"kind\":\"Bad\",\"channel\":\"\"}\n");
    write_text(rig->root, FILE_NAME, junk);
    write_text(
        rig->root, FILE_NAME,
        "\n{\"op\":\"begin\",\"id\":9,\"at\":5,\"kind\":\"ok\",\"channel\":\"\",\"data\":\"t\"}\n");
    write_text(rig->root, FILE_NAME, junk);
    free(junk);
    assert_rows(rig, (oc_event_query_t){0},
                "9|0|5||"
                "|ok||\"t\"|");
    assert_int_equal(begin(rig, "ring", "", T0, T0), 10);
    again_without_database(rig);
    assert_rows(rig, (oc_event_query_t){.limit = 200, .newest_first = true},
                "10|1|1795219200000|1795219200000||ring|||9|0|5||"
                "|ok||\"t\"|");
}

static void a_file_that_is_gone_takes_its_events_along(void **state) {
    rig_t *rig = *state;
    (void)begin(rig, "ring", "", T0, T0);
    (void)begin(rig, "ring", "", T0 + INT64_C(86400000) * 40, T0 + INT64_C(86400000) * 40);
    assert_int_equal(unlinkat(rig->root, FILE_NAME, 0), 0);
    again(rig);
    assert_rows(rig, (oc_event_query_t){0}, "2|1|1798675200000|1798675200000||ring|||");
}

static void what_went_on_is_over_at_the_next_start(void **state) {
    rig_t *rig = *state;
    (void)begin(rig, "motion", "front", T0, -1);
    again(rig);
    assert_int_equal(oc_index_events_end_open(&rig->db), OC_OK);
    assert_rows(rig, (oc_event_query_t){0}, "1|1|1795219200000|1795219200000||motion|front||");
    assert_int_equal(begin(rig, "motion", "front", T0 + 5, -1), 2);
}

static void a_query_filters_and_pages(void **state) {
    rig_t *rig = *state;
    bool more;
    for (int i = 0; i < 10; i++)
        (void)begin(rig, i % 2 ? "human" : "motion", i < 5 ? "front" : "back", T0 + i * 1000,
                    T0 + i * 1000 + 1500);
    oc_event_query_t query = {.newest_first = true, .limit = 4};
    const char *text = rows(rig, &query, &more);
    assert_true(more);
    assert_int_equal(strtol(text, NULL, 10), 10);
    query.after_id = 7;
    query.after_ms = T0 + 6000;
    assert_int_equal(strtol(rows(rig, &query, &more), NULL, 10), 6);
    query = (oc_event_query_t){.channel = "front", .kinds = "\nsound\nhuman\n"};
    text = rows(rig, &query, &more);
    assert_int_equal(strtol(text, NULL, 10), 2);
    assert_null(strstr(text, "motion"));
    query = (oc_event_query_t){.kinds = "\nhumanoid\n"};
    assert_string_equal(rows(rig, &query, &more), "");
    query = (oc_event_query_t){.from_ms = T0 + 4200, .to_ms = T0 + 5000};
    text = rows(rig, &query, &more); /* 4 goes on at from, 6 begins at to */
    assert_int_equal(strtol(text, NULL, 10), 4);
    assert_non_null(strstr(text, "|6|1|1795219205000|"));
    assert_null(strstr(text, "|7|1|"));
    query = (oc_event_query_t){.by_number = true, .after_id = 8};
    assert_int_equal(strtol(rows(rig, &query, &more), NULL, 10), 9);
    query.newest_first = true;
    assert_int_equal(strtol(rows(rig, &query, &more), NULL, 10), 10);
}

/* kill -9 while events are written: each that was answered is there, the file has whole lines. */
static void killed_while_it_writes(void **state) {
    rig_t *rig = *state;
    oc_index_db_close(&rig->db);
    uint32_t answered = 0;
    for (int round = 0; round < 20; round++) {
        int pipes[2];
        assert_int_equal(pipe(pipes), 0);
        pid_t child = fork();
        if (child == 0) {
            uint32_t id;
            oc_event_begin_t event = {
                .start_ms = T0, .end_ms = T0, .kind = "ring", .channel = "", .data = ""};
            if (oc_index_db_open(&rig->db, rig->root) != OC_OK)
                _exit(1);
            while (oc_index_events_begin(&rig->db, &event, &id) == OC_OK)
                if (write(pipes[1], &id, sizeof(id)) != sizeof(id))
                    _exit(1);
            _exit(1);
        }
        close(pipes[1]);
        for (int i = 0; i < 3 + round; i++)
            assert_int_equal(read(pipes[0], &answered, sizeof(answered)), sizeof(answered));
        assert_int_equal(kill(child, SIGKILL), 0);
        while (read(pipes[0], &answered, sizeof(answered)) == (ssize_t)sizeof(answered)) {
        }
        close(pipes[0]);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_int_equal(oc_index_db_open(&rig->db, rig->root), OC_OK);
        oc_event_query_t query = {.by_number = true, .newest_first = true, .limit = 1};
        bool more;
        assert_true(strtoul(rows(rig, &query, &more), NULL, 10) >= answered);
        oc_index_db_close(&rig->db);
    }
    assert_int_equal(oc_index_db_open(&rig->db, rig->root), OC_OK);
    oc_event_query_t query = {.by_number = true, .limit = 200};
    bool more = true;
    uint32_t count = 0; /* each number once, in order */
    while (more) {
        for (const char *p = rows(rig, &query, &more); *p; count++) {
            assert_int_equal(strtoul(p, NULL, 10), count + 1);
            for (int field = 0; field < 8; field++)
                p = strchr(p, '|') + 1;
        }
        query.after_id = count;
    }
    assert_true(count >= answered);
}

/* A full disk: the event is refused, and no half of its line stays. */
static void a_full_disk_refuses_events(void **state) {
    rig_t *rig = *state;
    struct rlimit limit, full = {0, 0};
    uint32_t id;
    oc_event_begin_t event = {
        .start_ms = T0, .end_ms = T0, .kind = "ring", .channel = "", .data = ""};
    (void)begin(rig, "ring", "", T0, T0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    full.rlim_max = limit.rlim_max;
    full.rlim_cur = 120;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
    int result = oc_index_events_begin(&rig->db, &event, &id);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(result, OC_ERR_DISK_FULL);
    assert_int_equal(begin(rig, "ring", "", T0, T0), 2);
    again_without_database(rig);
    assert_int_equal(begin(rig, "ring", "", T0, T0), 3);
}

/* Whether the picture of an event is there, for its owner only. */
static bool has_picture(const rig_t *rig, uint32_t id) {
    char path[OC_EVENT_LINE_PATH];
    struct stat about;
    oc_event_line_picture(T0, id, path);
    bool there = fstatat(rig->root, path, &about, 0) == 0;
    assert_true(!there || (about.st_mode & 0777) == 0600);
    return there;
}

static bool row_has_picture(rig_t *rig, uint32_t id) {
    char expected[80];
    bool more;
    snprintf(expected, sizeof(expected), "%u|1|%lld|%lld|i|", id, (long long)T0, (long long)T0);
    const oc_event_query_t query = {.by_number = true, .after_id = id - 1, .limit = 1};
    return strstr(rows(rig, &query, &more), expected) != NULL;
}

static void note_begun(void *context, uint32_t id, const char *channel, int64_t start_ms) {
    uint32_t *last = context;
    assert_string_equal(channel, "front");
    assert_int_equal(start_ms, T0);
    assert_int_equal(id, *last + 1);
    *last = id;
}

static void each_event_that_begins_is_reported_once(void **state) {
    rig_t *rig = *state;
    uint32_t last = 0;
    const oc_index_begun_t begun = {note_begun, &last};
    rig->db.begun = &begun;
    assert_int_equal(begin(rig, "motion", "front", T0, -1), 1);
    assert_int_equal(begin(rig, "motion", "front", T0, -1), 1); /* it goes on */
    assert_int_equal(begin(rig, "sound", "front", T0, -1), 2);
    assert_int_equal(last, 2);
    again_without_database(rig); /* what is read again does not begin */
    assert_int_equal(oc_index_events_read(&rig->db), OC_OK);
    assert_int_equal(last, 2);
}

static void an_event_has_a_picture(void **state) {
    rig_t *rig = *state;
    static const uint8_t jpeg[1000] = {0xFF, 0xD8};
    uint32_t id = begin(rig, "motion", "front", T0, T0);
    assert_false(row_has_picture(rig, id));
    assert_int_equal(oc_index_pictures_keep(&rig->db, id, T0, jpeg, sizeof(jpeg)), OC_OK);
    assert_true(row_has_picture(rig, id) && has_picture(rig, id));
    again_without_database(rig);
    assert_true(row_has_picture(rig, id));
    assert_int_equal(oc_index_events_delete(&rig->db, id), OC_OK);
    assert_false(has_picture(rig, id));
    /* its event went while it was made */
    assert_int_equal(oc_index_pictures_keep(&rig->db, id, T0, jpeg, sizeof(jpeg)), OC_ERR_NOENT);
    assert_false(has_picture(rig, id));
    id = begin(rig, "motion", "front", T0, T0);
    assert_int_equal(oc_index_pictures_keep(&rig->db, id, T0, jpeg, OC_EVENT_LINE_PICTURE_MAX + 1),
                     OC_ERR_TOO_BIG);
    assert_false(row_has_picture(rig, id));
}

static void the_oldest_pictures_go_but_protected_ones(void **state) {
    rig_t *rig = *state;
    static const uint8_t jpeg[1000] = {0xFF, 0xD8};
    for (uint32_t i = 1; i <= 10; i++) {
        assert_int_equal(begin(rig, "motion", "front", T0, T0), i);
        assert_int_equal(oc_index_pictures_keep(&rig->db, i, T0, jpeg, sizeof(jpeg)), OC_OK);
    }
    assert_int_equal(oc_index_events_protect(&rig->db, 2, true), OC_OK);
    assert_int_equal(oc_index_pictures_trim(&rig->db, 10000), OC_OK);
    assert_true(has_picture(rig, 1));
    assert_int_equal(oc_index_pictures_trim(&rig->db, 5999), OC_OK);
    for (uint32_t i = 1; i <= 10; i++)
        assert_int_equal(has_picture(rig, i), i == 2 || i > 6);
    again_without_database(rig);
    assert_false(row_has_picture(rig, 1));
    assert_true(row_has_picture(rig, 7));
    assert_int_equal(oc_index_pictures_trim(&rig->db, 0), OC_OK);
    for (uint32_t i = 1; i <= 10; i++)
        assert_int_equal(has_picture(rig, i), i == 2);
}

/* A disk without room: the event stays, without a picture. */
static void a_full_disk_refuses_pictures(void **state) {
    rig_t *rig = *state;
    static const uint8_t jpeg[60000] = {0xFF, 0xD8};
    uint32_t id = begin(rig, "motion", "front", T0, T0);
    struct rlimit limit, full;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    full = limit;
    full.rlim_cur = 1000;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
    int result = oc_index_pictures_keep(&rig->db, id, T0, jpeg, sizeof(jpeg));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(result, OC_ERR_DISK_FULL);
    assert_false(has_picture(rig, id));
    assert_false(row_has_picture(rig, id));
}

/* Of this process's work: other programs of a busy machine do not count. */
static double ms_now(void) {
    return (double)clock() * 1000 / CLOCKS_PER_SEC;
}

/* A week of events; with sanitizers all takes several times as long. */
static void fifty_thousand_events(void **state) {
    rig_t *rig = *state;
    bool more;
    size_t size = (size_t)MANY * 160, len = 0;
    char *text = malloc(size);
    for (uint32_t id = 1; id <= MANY; id++) {
        oc_event_begin_t event = {.id = id,
                                  .start_ms = T0 + (int64_t)id * 100,
                                  .end_ms = T0 + (int64_t)id * 100 + 50,
                                  .mask = 1,
                                  .kind = "motion",
                                  .channel = id % 2 ? "front" : "back",
                                  .data = ""};
        len += oc_event_line_begin(text + len, size - len, &event);
    }
    text[len] = '\0';
    write_text(rig->root, FILE_NAME, text);
    free(text);
    double began = ms_now();
    assert_int_equal(oc_index_events_read(&rig->db), OC_OK);
    double read_ms = ms_now() - began, slowest = 0;
    const oc_event_query_t queries[] = {
        {.newest_first = true, .limit = 200},
        {.newest_first = true, .limit = 200, .kinds = "\nhuman\nsound\n"},
        {.channel = "front", .limit = 200, .from_ms = T0 + 2500000, .to_ms = T0 + 2600000},
        {.by_number = true, .after_id = MANY - 10},
        {.from_ms = T0 + 4999990, .limit = 200},
    };
    for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
        began = ms_now();
        (void)rows(rig, &queries[i], &more);
        slowest = ms_now() - began > slowest ? ms_now() - began : slowest;
    }
    printf("%d events: read in %.0f ms, slowest query %.1f ms\n", MANY, read_ms, slowest);
    assert_true(read_ms < 30000);
    assert_true(slowest < 2000);
    assert_int_equal(begin(rig, "ring", "", T0, T0), MANY + 1);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_event_is_kept),
        TEST(what_is_no_event_is_refused),
        TEST(a_protected_event_is_not_deleted),
        TEST(a_line_that_was_cut_off_is_removed),
        TEST(lines_that_are_not_ours_are_passed_over),
        TEST(a_file_that_is_gone_takes_its_events_along),
        TEST(what_went_on_is_over_at_the_next_start),
        TEST(a_query_filters_and_pages),
        TEST(killed_while_it_writes),
        TEST(a_full_disk_refuses_events),
        TEST(each_event_that_begins_is_reported_once),
        TEST(an_event_has_a_picture),
        TEST(the_oldest_pictures_go_but_protected_ones),
        TEST(a_full_disk_refuses_pictures),
        TEST(fifty_thousand_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
