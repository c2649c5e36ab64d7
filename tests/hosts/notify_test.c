/* oc_notify: what a service manager is sent. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_notify.h"

#define SECOND INT64_C(1000000)

static int listen_at(const char *path) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    memcpy(at.sun_path, path, strlen(path));
    if (path[0] == '@')
        at.sun_path[0] = '\0';
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
    return fd;
}

static void expect_word(int fd, bool word) {
    char text[64];
    ssize_t got = recv(fd, text, sizeof(text), 0);
    assert_int_equal(got, word ? 10 : -1);
    if (word)
        assert_memory_equal(text, "WATCHDOG=1", 10);
}

static void test_the_manager_hears_twice_in_its_time(void **state) {
    char folder[] = "/tmp/oc_notify_XXXXXX", paths[2][64], number[24];
    assert_non_null(mkdtemp(folder));
    snprintf(paths[0], sizeof(paths[0]), "%s/socket", folder);
    snprintf(paths[1], sizeof(paths[1]), "@%s", folder); /* without a file */
    for (int i = 0; i < 2; i++) {
        oc_notify_t notify;
        int fd = listen_at(paths[i]);
        setenv("NOTIFY_SOCKET", paths[i], 1);
        setenv("WATCHDOG_USEC", "20000000", 1);
        snprintf(number, sizeof(number), "%d", (int)getpid());
        setenv("WATCHDOG_PID", number, 1);
        oc_notify_open(&notify);
        oc_notify_turn(&notify, 100 * SECOND);
        expect_word(fd, true);
        oc_notify_turn(&notify, 110 * SECOND - 1);
        expect_word(fd, false);
        oc_notify_turn(&notify, 110 * SECOND);
        expect_word(fd, true);
        oc_notify_close(&notify);
        oc_notify_close(&notify);
        oc_notify_turn(&notify, 200 * SECOND);
        expect_word(fd, false);
        close(fd);
    }
    unlink(paths[0]);
    rmdir(folder);
}

static void test_nobody_hears_who_does_not_want_to(void **state) {
    oc_notify_t notify;
    static const char *const bad[][3] = {{NULL, "20000000", NULL},
                                         {"/tmp/no/such/socket", "20000000", NULL},
                                         {"relative", "20000000", NULL},
                                         {"", "20000000", NULL},
                                         {"/tmp/x", NULL, NULL},
                                         {"/tmp/x", "word", NULL},
                                         {"/tmp/x", "-5", NULL},
                                         {"/tmp/x", "20000000", "1"}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        static const char *const names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"};
        for (size_t n = 0; n < 3; n++) {
            unsetenv(names[n]);
            if (bad[i][n])
                setenv(names[n], bad[i][n], 1);
        }
        oc_notify_open(&notify);
        assert_int_equal(notify.fd, -1);
        oc_notify_turn(&notify, SECOND);
        oc_notify_close(&notify);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_manager_hears_twice_in_its_time),
        cmocka_unit_test(test_nobody_hears_who_does_not_want_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
