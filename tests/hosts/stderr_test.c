/* The queue in front of stderr: nobody waits for its reader, and what is left out is counted. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_err.h"
#include "oc_posix.h"
#include "oc_stderr.h"
#include "test_wait.h"

#define LINES 4000 /* of 100 bytes: more than the pipe and the queue hold */

static int reader, pipe_end, before; /* what stderr was before; assertions are said there */

/* The line at `*at` without its end, and *at behind it; NULL: no whole line. */
static char *next_line(char **at) {
    char *line = *at, *end = strchr(line, '\n');
    if (!end)
        return NULL;
    *end = '\0';
    *at = end + 1;
    return line;
}

/* All that comes, until the queue is empty. */
static size_t read_all(char *text, size_t size) {
    size_t len = 0;
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    for (int quiet = 0; quiet < 20 && oc_posix_now_us() < until;) {
        ssize_t got = read(reader, text + len, size - len - 1);
        if (got > 0)
            len += (size_t)got;
        quiet = got > 0 ? 0 : quiet + 1;
        if (got <= 0)
            oc_stderr_flush(oc_posix_now_us() + 10 * 1000); /* wall time: again below */
    }
    text[len] = '\0';
    return len;
}

static void test_full(void **state) {
    static char text[1024 * 1024];
    char line[100], *at = text;
    for (unsigned i = 0; i < LINES; i++) {
        snprintf(line, sizeof(line), "%06u %080d", i, 0);
        oc_stderr_report(line);
    }
    oc_stderr_flush(oc_posix_now_us() + 100 * 1000); /* wall time: gives up */
    read_all(text, sizeof(text));
    dup2(before, STDERR_FILENO);
    unsigned seen = 0, left_out = 0, number, last = 0;
    for (char *next; (next = next_line(&at));) {
        char *note = strstr(next, " lines dropped");
        if (note) {
            while (note > next && note[-1] >= '0' && note[-1] <= '9')
                note--;
            left_out += (unsigned)strtoul(note, NULL, 10);
        } else {
            assert_int_equal(sscanf(next, "ocellus: %u", &number), 1);
            assert_true(seen == 0 || number > last); /* whole and in order */
            assert_int_equal(strlen(next), strlen("ocellus: 000000 ") + 80);
            last = number;
            seen++;
        }
    }
    assert_true((seen + 1) * 97 > OC_STDERR_QUEUE_BYTES);
    assert_true(left_out > 0);
    assert_int_equal(seen + left_out, LINES);
}

static void test_room_again(void **state) {
    char text[4096];
    dup2(pipe_end, STDERR_FILENO);
    oc_log(OC_LOG_INFO, "test", "a line\nand no other");
    oc_log(OC_LOG_DEBUG, "test", "not shown");
    oc_stderr_report("one\nline");
    read_all(text, sizeof(text));
    dup2(before, STDERR_FILENO);
    assert_non_null(strstr(text, "Z info  test      a line and no other\n"));
    assert_null(strstr(text, "not shown"));
    assert_non_null(strstr(text, "ocellus: one?line\n"));
    char reported[5];
    oc_stderr_reported(reported, sizeof(reported));
    assert_string_equal(reported, "one?"); /* cut, without the name in front */
}

/* Nobody reads: the threads go on. When all is read they end, and what comes then is written at
 * once; they can be started again. */
static void test_stop(void **state) {
    static char text[1024 * 1024];
    char line[128];
    memset(line, 'x', sizeof(line) - 1);
    line[sizeof(line) - 1] = '\0';
    dup2(pipe_end, STDERR_FILENO);
    for (unsigned i = 0; i < LINES; i++)
        oc_stderr_report(line);
    assert_false(oc_stderr_stop(oc_posix_now_us() + 50 * 1000)); /* wall time: gives up */
    read_all(text, sizeof(text));
    assert_true(oc_stderr_stop(oc_posix_now_us() + TEST_WAIT_US));
    assert_true(oc_stderr_stop(0)); /* nothing is left to stop */
    for (int round = 0; round < 2; round++) {
        oc_stderr_report("written at once");
        assert_true(read(reader, text, sizeof(text)) == sizeof("ocellus: written at once"));
        assert_int_equal(oc_stderr_start(), OC_OK);
        oc_stderr_report("queued");
        assert_true(oc_stderr_stop(oc_posix_now_us() + TEST_WAIT_US));
        assert_true(read(reader, text, sizeof(text)) == sizeof("ocellus: queued"));
    }
    dup2(before, STDERR_FILENO);
}

/* systemd says in the environment what stderr leads to; another one's is none of ours. */
static void test_journal(void **state) {
    char text[4096], stream[64];
    struct stat about;
    assert_int_equal(fstat(pipe_end, &about), 0);
    dup2(pipe_end, STDERR_FILENO);
    for (unsigned other = 0; other < 2; other++) {
        snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)about.st_dev,
                 (unsigned long long)about.st_ino + other);
        setenv("JOURNAL_STREAM", stream, 1);
        oc_stderr_log(OC_LOG_INFO);
        oc_log(OC_LOG_WARN, "test", "a line");
        oc_stderr_report("said");
        size_t len = read_all(text, sizeof(text));
        if (other == 0)
            assert_string_equal(text, "<4>test      a line\n<3>ocellus: said\n");
        else
            assert_true(len > 40 && text[0] == '2' && strstr(text, "\nocellus: said\n"));
    }
    unsetenv("JOURNAL_STREAM");
    oc_stderr_log(OC_LOG_INFO);
    dup2(before, STDERR_FILENO);
}

static int set_up(void **state) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    reader = ends[0];
    before = dup(STDERR_FILENO);
    pipe_end = ends[1];
    dup2(pipe_end, STDERR_FILENO);
    oc_stderr_log(OC_LOG_INFO);
    return fcntl(reader, F_SETFL, O_NONBLOCK) == 0 ? oc_stderr_start() : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_full),
                                       cmocka_unit_test(test_room_again),
                                       cmocka_unit_test(test_journal), cmocka_unit_test(test_stop)};
    return cmocka_run_group_tests(tests, set_up, NULL);
}
