/* The socket of pushed frames: the file it is, who may connect and for how long, what a sender is
 * told. The channel is a push driver that this thread opens and pumps itself. Built a second time
 * with the thread sanitizer. */
#define _GNU_SOURCE
#include "capture_conformance.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "oc_fake_media.h"
#include "oc_log.h"
#include "oc_posix.h"
#include "oc_push_session.h"
#include "oc_push_socket.h"
#include "oc_push_write.h"
#include "test_folder.h"
#include "test_wait.h"

#define PATIENT_US (INT64_C(600) * OC_PUSH_SOCKET_HELLO_US) /* no sender is too slow */

static char folder[64], path[96];
static int root = -1;
static oc_push_socket_t *push;
static rig_t rig;
static _Atomic int warnings, errors;
static char last_error[OC_LOG_LINE_MAX]; /* read after the thread has ended */

static void on_log(void *context, oc_log_level_t level, const char *room, const char *line) {
    if (level == OC_LOG_ERROR)
        snprintf(last_error, sizeof(last_error), "%s", line);
    warnings += level == OC_LOG_WARN;
    errors += level == OC_LOG_ERROR;
}

static void nap(void) {
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

static void on_wake(void *context) { /* the sender's thread: rig.wakes is not for two threads */
}

static int set_up(void **state) {
    root = test_folder_make(folder);
    snprintf(path, sizeof(path), "%s/" OC_PUSH_SOCKET_NAME, folder);
    atomic_store(&warnings, 0);
    atomic_store(&errors, 0);
    rig_init(&rig, &oc_capture_push, "push:cam");
    rig.env.wake = on_wake;
    push = NULL;
    return root < 0 || rig_open(&rig) != OC_OK || oc_capture_push.start(rig.state, 0) != OC_OK;
}

static int tear_down(void **state) {
    oc_push_socket_stop(push);
    rig_close(&rig);
    close(root);
    test_folder_remove(folder);
    return 0;
}

static void begin(uid_t user, int64_t hello_us) {
    oc_push_socket_config_t config = {folder, user, hello_us};
    assert_int_equal(oc_push_socket_start(&push, &config), OC_OK);
}

static int try_connect(void) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    strcpy(a.sun_path, path);
    if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
        return fd;
    close(fd);
    return -1;
}

static int connect_here(void) {
    int fd;
    for (int ms = 0; (fd = try_connect()) < 0; ms += 2) {
        assert_true(ms < TEST_WAIT_MS);
        nap();
    }
    return fd;
}

/* Reads one message; its type, or 0 when the other side has closed. */
static int reply(int fd, uint8_t *out) {
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&wait, 1, TEST_WAIT_MS), 1);
    if (recv(fd, out, OC_PUSH_WIRE_FRAME, MSG_WAITALL) != OC_PUSH_WIRE_FRAME)
        return 0;
    size_t rest = ((size_t)out[2] << 8 | out[3]) - 1;
    assert_true(rest <= OC_PUSH_WIRE_REPLY_MAX - OC_PUSH_WIRE_FRAME);
    assert_int_equal(rest ? recv(fd, out + OC_PUSH_WIRE_FRAME, rest, MSG_WAITALL) : 0, rest);
    return out[4];
}

static void hello(int fd) {
    uint8_t bytes[64];
    int n = oc_push_wire_hello("cam", bytes, sizeof(bytes));
    assert_int_equal(send(fd, bytes, (size_t)n, MSG_NOSIGNAL), n);
}

static void refused(int fd, const char *why) {
    uint8_t out[OC_PUSH_WIRE_REPLY_MAX + 1] = {0};
    assert_int_equal(reply(fd, out), OC_PUSH_WIRE_REFUSED);
    assert_non_null(strstr((char *)out + OC_PUSH_WIRE_FRAME + 4, why));
    assert_int_equal(reply(fd, out), 0);
    close(fd);
}

static void test_the_file(void **state) {
    struct stat about;
    mode_t before = umask(0);
    begin(geteuid(), OC_PUSH_SOCKET_HELLO_US);
    int fd = connect_here();
    umask(before);
    assert_int_equal(lstat(path, &about), 0);
    assert_true(S_ISSOCK(about.st_mode));
    assert_int_equal(about.st_mode & 07777, 0600);
    close(fd);
    oc_push_socket_stop(push);
    push = NULL;
    assert_int_equal(lstat(path, &about), -1); /* gone with its thread */
}

/* What a killed process leaves behind. */
static void test_a_dead_socket_is_replaced(void **state) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int dead = socket(AF_UNIX, SOCK_STREAM, 0);
    strcpy(a.sun_path, path);
    assert_int_equal(bind(dead, (struct sockaddr *)&a, sizeof(a)), 0);
    close(dead);
    begin(geteuid(), OC_PUSH_SOCKET_HELLO_US);
    close(connect_here());
    assert_int_equal(errors, 0);
}

static void no_socket(const char *why) {
    begin(geteuid(), OC_PUSH_SOCKET_HELLO_US);
    for (int ms = 0; !errors; ms += 2) {
        assert_true(ms < TEST_WAIT_MS);
        nap();
    }
    oc_push_socket_stop(push);
    push = NULL;
    assert_int_equal(errors, 1);
    assert_non_null(strstr(last_error, why));
    assert_non_null(strstr(last_error, folder));
}

static void test_what_is_in_its_place_is_left_alone(void **state) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    test_folder_write(root, OC_PUSH_SOCKET_NAME, "mine");
    no_socket("not a socket has this name");
    assert_int_equal(test_folder_size(root, OC_PUSH_SOCKET_NAME), 4);
    unlink(path);
    int alive = socket(AF_UNIX, SOCK_STREAM, 0);
    strcpy(a.sun_path, path);
    assert_int_equal(bind(alive, (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(listen(alive, 1), 0);
    errors = 0;
    no_socket("another program listens");
    close(connect_here()); /* and still does */
    close(alive);
}

static void test_a_deleted_socket_is_made_again(void **state) {
    begin(geteuid(), OC_PUSH_SOCKET_HELLO_US);
    close(connect_here());
    assert_int_equal(unlink(path), 0);
    close(connect_here());
    assert_int_equal(errors, 0);
}

static void test_a_path_that_is_too_long(void **state) {
    char deep[200];
    snprintf(deep, sizeof(deep), "%s/%0100d", folder, 0);
    assert_int_equal(mkdir(deep, 0700), 0);
    oc_push_socket_config_t config = {deep, geteuid(), OC_PUSH_SOCKET_HELLO_US};
    assert_int_equal(oc_push_socket_start(&push, &config), OC_OK);
    oc_push_socket_wake(push);
    oc_push_socket_stop(push);
    push = NULL;
    assert_int_equal(errors, 1);
    assert_non_null(strstr(last_error, "at most 107 bytes"));
    assert_non_null(strstr(last_error, deep));
}

static void test_other_users_are_turned_away(void **state) {
    begin(geteuid() + 1, OC_PUSH_SOCKET_HELLO_US);
    refused(connect_here(), "own user");
    assert_int_equal(warnings, 1);
}

/* Connects and says HELLO until that was in time; `late`: how often it was not. */
static int connect_in_time(int *late) {
    uint8_t out[OC_PUSH_WIRE_REPLY_MAX], bytes[64];
    int n = oc_push_wire_hello("cam", bytes, sizeof(bytes));
    for (*late = 0;; ++*late) {
        int fd = connect_here();
        (void)!send(fd, bytes, (size_t)n, MSG_NOSIGNAL);
        if (reply(fd, out) == OC_PUSH_WIRE_WELCOME)
            return fd;
        close(fd);
        assert_true(*late < 50);
    }
}

static void test_a_silent_sender_is_closed(void **state) {
    uint8_t out[OC_PUSH_WIRE_REPLY_MAX];
    int late;
    begin(geteuid(), 100000);
    int good = connect_in_time(&late), silent = connect_here(), half = connect_here();
    (void)!send(half, "\0\0\0\12", 4, MSG_NOSIGNAL);
    assert_int_equal(reply(silent, out), 0);
    assert_int_equal(reply(half, out), 0);
    assert_int_equal(warnings, 2 + late);
    oc_capture_push.request_key(rig.state); /* who said HELLO may be silent */
    oc_push_socket_wake(push);
    assert_int_equal(reply(good, out), OC_PUSH_WIRE_KEY);
    close(silent);
    close(half);
    close(good);
}

static void test_garbage_is_one_line(void **state) {
    uint8_t out[OC_PUSH_WIRE_REPLY_MAX];
    begin(geteuid(), PATIENT_US);
    int fd = connect_here();
    assert_int_equal(send(fd, "GET / HTTP/1.1\r\n", 16, MSG_NOSIGNAL), 16);
    assert_int_equal(reply(fd, out), OC_PUSH_WIRE_REFUSED);
    assert_int_equal(reply(fd, out), 0);
    assert_int_equal(warnings, 1);
    close(fd);
}

/* Whoever keeps silent gives way to who comes later; whoever said HELLO stays. */
static void test_silent_connections_lock_nobody_out(void **state) {
    int fds[OC_PUSH_SOCKET_SENDERS];
    uint8_t out[OC_PUSH_WIRE_REPLY_MAX + 1] = {0};
    begin(geteuid(), PATIENT_US);
    for (int i = 0; i < OC_PUSH_SOCKET_SENDERS; i++)
        fds[i] = connect_here();
    int late = connect_here();
    hello(late);
    assert_int_equal(reply(late, out), OC_PUSH_WIRE_WELCOME);
    refused(fds[0], "too many");                       /* the oldest one */
    for (int i = 1; i < OC_PUSH_SOCKET_SENDERS; i++) { /* in turn, the silent ones only */
        int fd = connect_here();
        refused(fds[i], "too many");
        fds[i] = fd;
    }
    oc_capture_push.request_key(rig.state);
    oc_push_socket_wake(push);
    assert_int_equal(reply(late, out), OC_PUSH_WIRE_KEY);
    assert_int_equal(warnings, 1);
    for (int i = 1; i < OC_PUSH_SOCKET_SENDERS; i++)
        close(fds[i]);
    close(late);
}

/* What it had said before it was its turn to go is read first. */
static void test_a_hello_that_was_not_read_yet_counts(void **state) {
    int fds[OC_PUSH_SOCKET_SENDERS];
    uint8_t out[OC_PUSH_WIRE_REPLY_MAX + 1] = {0};
    begin(geteuid(), PATIENT_US);
    int good = connect_here();
    hello(good);
    for (int i = 0; i < OC_PUSH_SOCKET_SENDERS; i++)
        fds[i] = connect_here();
    assert_int_equal(reply(good, out), OC_PUSH_WIRE_WELCOME);
    refused(fds[0], "too many");
    for (int i = 1; i < OC_PUSH_SOCKET_SENDERS; i++)
        close(fds[i]);
    close(good);
}

static void test_frames_arrive_and_the_end_is_told(void **state) {
    uint8_t out[OC_PUSH_WIRE_REPLY_MAX];
    static uint8_t bytes[2000], payload[1000];
    oc_handoff_item_t item;
    oc_track_t t;
    oc_packet_t p = {.len_bytes = sizeof(payload), .dts = 9, .duration = 3000, .key = true};
    oc_fake_video_track(&t, 320, 240, 30, 1, 0);
    memset(payload, 7, sizeof(payload));
    begin(geteuid(), PATIENT_US);
    int fd = connect_here();
    hello(fd);
    assert_int_equal(reply(fd, out), OC_PUSH_WIRE_WELCOME);
    int n = oc_push_wire_track(0, &t, bytes, sizeof(bytes));
    n += oc_push_wire_packet(&p, bytes + n, sizeof(bytes) - (size_t)n);
    memcpy(bytes + n, payload, sizeof(payload));
    n += (int)sizeof(payload);
    for (int at = 0; at < n; at += 500)
        assert_true(send(fd, bytes + at, (size_t)(n - at < 500 ? n - at : 500), MSG_NOSIGNAL) > 0);
    for (int ms = 0; oc_handoff_pushed(&rig.handoff) < 2; ms += 2) {
        assert_true(ms < TEST_WAIT_MS);
        oc_capture_push.pump(rig.state, 1);
        nap();
    }
    assert_int_equal(oc_handoff_peek(&rig.handoff, &item), OC_OK);
    assert_int_equal(item.track->width, 320);
    oc_handoff_release(&rig.handoff);
    assert_int_equal(oc_handoff_peek(&rig.handoff, &item), OC_OK);
    assert_int_equal(item.packet.len_bytes, sizeof(payload));
    assert_memory_equal(item.packet.data, payload, sizeof(payload));
    oc_handoff_release(&rig.handoff);
    oc_push_socket_stop(push);
    push = NULL;
    refused(fd, "closed");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_the_file),
        TEST(test_a_dead_socket_is_replaced),
        TEST(test_what_is_in_its_place_is_left_alone),
        TEST(test_a_deleted_socket_is_made_again),
        TEST(test_a_path_that_is_too_long),
        TEST(test_other_users_are_turned_away),
        TEST(test_a_silent_sender_is_closed),
        TEST(test_garbage_is_one_line),
        TEST(test_silent_connections_lock_nobody_out),
        TEST(test_a_hello_that_was_not_read_yet_counts),
        TEST(test_frames_arrive_and_the_end_is_told),
    };
    oc_log_set(on_log, NULL, OC_LOG_WARN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
