/* A link to a server of live streams: what it says when the server is there, is none, refuses, goes
 * away, and that what is given arrives whole, in order and once. Servers are threads of this test
 * that speak as much RTMP as FFmpeg has to hear. FOLDER: of ocellus-ffmpeg. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "oc_err.h"
#include "oc_helper.h"
#include "oc_push_link.h"
#include "test_wait.h"

#define HANDSHAKE 1536
#define TAGS      60
#define TAG       5000
#define HEAD      13 /* of an FLV file, and the size in front of its first tag */
#define KEY       "k3y-of-the-stream"

/* ---- the server ---- */

typedef enum {
    TAKES,
    HTTP,
    DROPS,
    TURNS_AWAY,
    SHAKES_HANDS,
    BAD_NAME,
    OTHERWISE,
    LEAVES,
    SILENT
} way_t;

typedef struct {
    way_t way;
    int listener;
    uint16_t port;
    pthread_t thread;
    uint8_t *heard; /* behind the handshake */
    size_t bytes;
    atomic_bool ended;
} server_t;

static void put_text(uint8_t **at, const char *text) {
    size_t len = strlen(text);
    *(*at)++ = (uint8_t)(len >> 8);
    *(*at)++ = (uint8_t)len;
    memcpy(*at, text, len);
    *at += len;
}

static void put_member(uint8_t **at, const char *name, const char *value) {
    put_text(at, name);
    *(*at)++ = 2; /* AMF 0: a string */
    put_text(at, value);
}

static void put_number(uint8_t **at, uint8_t value) { /* 0 to 4 */
    static const uint8_t high[5][2] = {{0, 0}, {0x3F, 0xF0}, {0x40, 0}, {0x40, 8}, {0x40, 0x10}};
    memset(*at, 0, 9);
    memcpy(*at + 1, high[value], 2);
    *at += 9;
}

/* One message in one chunk: FFmpeg is told of a size of chunks that all fit. */
static void say(int fd, uint8_t type, const uint8_t *body, const uint8_t *end) {
    size_t len = (size_t)(end - body);
    uint8_t head[12] = {3, 0, 0, 0, 0, (uint8_t)(len >> 8), (uint8_t)len, type};
    send(fd, head, sizeof(head), MSG_NOSIGNAL);
    send(fd, body, len, MSG_NOSIGNAL);
}

static void answer(int fd, const char *command, uint8_t number, const char *level, const char *code,
                   const char *description) {
    uint8_t body[512], *at = body;
    *at++ = 2;
    put_text(&at, command);
    put_number(&at, number);
    *at++ = 5; /* null */
    if (code) {
        *at++ = 3; /* an object */
        put_member(&at, "level", level);
        put_member(&at, "code", code);
        put_member(&at, "description", description);
        memcpy(at, "\x00\x00\x09", 3);
        at += 3;
    } else {
        put_number(&at, 1); /* the number of the stream */
    }
    say(fd, 20, body, at);
}

static bool take(int fd, void *out, size_t len) {
    return recv(fd, out, len, MSG_WAITALL) == (ssize_t)len;
}

static void hear(server_t *server, int fd) {
    ssize_t n;
    while ((n = recv(fd, server->heard + server->bytes, 65536, 0)) > 0)
        server->bytes += (size_t)n;
}

/* False: the client has gone. */
static bool shake_hands(int fd) {
    uint8_t hello[1 + HANDSHAKE], version = 3;
    if (!take(fd, hello, sizeof(hello)))
        return false;
    send(fd, &version, 1, MSG_NOSIGNAL);
    for (int i = 0; i < 2; i++)
        send(fd, hello + 1, HANDSHAKE, MSG_NOSIGNAL);
    return take(fd, hello, HANDSHAKE);
}

static void accept_application(int fd) {
    say(fd, 1, (const uint8_t *)"\0\0\xff\xff", (const uint8_t *)"\0\0\xff\xff" + 4);
    answer(fd, "_result", 1, "status", "NetConnection.Connect.Success", "welcome");
}

static void serve(server_t *server, int fd) {
    static const char http[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    if (server->way == HTTP) {
        send(fd, http, sizeof(http) - 1, MSG_NOSIGNAL);
        hear(server, fd);
        return;
    }
    if (server->way == SILENT || !shake_hands(fd) || server->way == SHAKES_HANDS)
        return;
    accept_application(fd);
    if (server->way == DROPS)
        return;
    answer(fd, "_result", 4, NULL, NULL, NULL);
    if (server->way == BAD_NAME)
        answer(fd, "onStatus", 0, "error", "NetStream.Publish.BadName", "\"" KEY "\" is on air");
    else if (server->way == OTHERWISE)
        answer(fd, "onStatus", 0, "error", "NetStream.Record.NoAccess", "not before noon");
    else
        answer(fd, "onStatus", 0, "status", "NetStream.Publish.Start", "go on");
    if (server->way == LEAVES) {
        take(fd, server->heard, 20000);
        usleep(1100 * 1000); /* it has taken the stream */
    } else if (server->way != TURNS_AWAY)
        hear(server, fd);
}

static void *run_server(void *context) {
    server_t *server = context;
    int fd = accept(server->listener, NULL, NULL);
    if (fd < 0)
        return NULL;
    serve(server, fd);
    if (server->way == DROPS ||
        server->way == TURNS_AWAY) { /* what it sent arrives before the end of the connection */
        shutdown(fd, SHUT_WR);
        hear(server, fd);
    }
    close(fd);
    atomic_store(&server->ended, true);
    return NULL;
}

static void start_server(server_t *server, way_t way) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof(name);
    *server = (server_t){.way = way, .heard = malloc(4 << 20)};
    assert_non_null(server->heard);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&name, bytes), 0);
    assert_int_equal(listen(server->listener, 4), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&name, &bytes), 0);
    server->port = ntohs(name.sin_port);
    assert_int_equal(pthread_create(&server->thread, NULL, run_server, server), 0);
}

static void end_server(server_t *server) {
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    free(server->heard);
}

/* ---- the link ---- */

static atomic_uint woken, given_back;
static char why[OC_PUSH_LINK_WHY];
static int code;

static void on_wake(void *context) {
    assert_ptr_equal(context, &woken);
    atomic_fetch_add(&woken, 1);
}

static void on_release(void *context, const uint8_t *data) {
    assert_ptr_equal(context, &given_back);
    atomic_fetch_add(&given_back, 1);
    free((void *)data);
}

static oc_push_link_t *open_url(const char *url, bool ts) {
    oc_push_link_t *link = NULL;
    oc_push_link_config_t config = {
        .url = url, .pin = "", .ts = ts, .wake = on_wake, .context = &woken};
    if (oc_push_link_open(&link, &config, why, sizeof(why)) != OC_OK)
        fail_msg("%s", why);
    return link;
}

static oc_push_link_t *open_link(uint16_t port) {
    char url[100];
    snprintf(url, sizeof(url), "rtmp://127.0.0.1:%u/live/" KEY "?sign=a/b", port);
    return open_url(url, false);
}

/* Waits until it is no longer in that state. */
static oc_push_link_state_t behind(oc_push_link_t *link, oc_push_link_state_t state) {
    oc_push_link_state_t now;
    for (int ms = 0; ms < TEST_WAIT_MS; ms++) {
        now = oc_push_link_state(link, &code, why, sizeof(why));
        if (now != state)
            return now;
        usleep(1000);
    }
    return state;
}

static void give(oc_push_link_t *link, const uint8_t *bytes, size_t len) {
    uint8_t *body = malloc(len);
    int rc = OC_AGAIN;
    memcpy(body, bytes, len);
    for (int ms = 0; ms < TEST_WAIT_MS && rc == OC_AGAIN; ms++) {
        rc = oc_push_link_give(link, body, len, on_release, &given_back);
        if (rc == OC_AGAIN)
            usleep(1000);
    }
    assert_int_equal(rc, OC_OK);
}

/* An FLV stream of video tags, each with bytes of its own. */
static size_t make_flv(uint8_t *out) {
    uint8_t *at = out + HEAD;
    memcpy(out, "FLV\x01\x01\x00\x00\x00\x09\x00\x00\x00\x00", HEAD);
    for (unsigned i = 0; i < TAGS; i++) {
        const uint8_t head[11] = {9, 0, TAG >> 8, TAG & 0xFF, 0, 0, (uint8_t)i};
        memcpy(at, head, sizeof(head));
        for (unsigned b = 0; b < TAG; b++)
            at[11 + b] = (uint8_t)(i * 7 + b * (i + 1));
        const uint8_t tail[4] = {0, 0, (TAG + 11) >> 8, (TAG + 11) & 0xFF};
        memcpy(at + 11 + TAG, tail, sizeof(tail));
        at += 11 + TAG + 4;
    }
    return (size_t)(at - out);
}

static void ends_with(way_t way, int expected, const char *words) {
    static const uint8_t empty[HEAD + 15] = "FLV\x01\x01\0\0\0\x09\0\0\0\0\x09"; /* and one tag */
    server_t server;
    start_server(&server, way);
    oc_push_link_t *link = open_link(server.port);
    if (behind(link, OC_PUSH_LINK_CONNECTING) == OC_PUSH_LINK_OPEN)
        give(link, empty, sizeof(empty));
    assert_int_equal(behind(link, OC_PUSH_LINK_OPEN), OC_PUSH_LINK_ENDED);
    assert_string_equal(oc_err_name(code), oc_err_name(expected));
    assert_non_null(strstr(why, words));
    assert_null(strstr(why, KEY));
    oc_push_link_close(link);
    end_server(&server);
}

static void test_whole_and_in_order(void **state) {
    static uint8_t flv[HEAD + TAGS * (TAG + 15)];
    size_t len = make_flv(flv);
    server_t server;
    atomic_store(&woken, 0);
    atomic_store(&given_back, 0);
    start_server(&server, TAKES);
    oc_push_link_t *link = open_link(server.port);
    assert_int_equal(oc_push_link_give(link, flv, 1, on_release, &given_back), OC_AGAIN);
    assert_int_equal(behind(link, OC_PUSH_LINK_CONNECTING), OC_PUSH_LINK_OPEN);
    unsigned bodies = 0;
    for (size_t at = 0; at < len; bodies++) { /* of sizes that are no tag's */
        size_t piece = at + 8191 < len ? 8191 : len - at;
        give(link, flv + at, piece);
        at += piece;
    }
    while (oc_push_link_queued(link) > 0)
        usleep(1000);
    oc_push_link_close(link); /* what was taken leaves, and the goodbye */
    pthread_join(server.thread, NULL);
    const uint8_t *at = server.heard, *end = server.heard + server.bytes;
    for (unsigned i = 0; i < TAGS; i++) {
        const uint8_t *body = flv + HEAD + 11 + i * (TAG + 15);
        const uint8_t *found = memmem(at, (size_t)(end - at), body, TAG);
        assert_non_null(found);
        at = found + TAG;
        assert_null(memmem(at, (size_t)(end - at), body, TAG));
    }
    assert_non_null(memmem(at, (size_t)(end - at), "deleteStream", 12));
    assert_non_null(memmem(server.heard, server.bytes, KEY "?sign=a/b", strlen(KEY) + 9));
    close(server.listener);
    free(server.heard);
    assert_int_equal(atomic_load(&given_back), bodies);
    assert_true(atomic_load(&woken) > bodies / 2);
}

static void test_reasons(void **state) {
    ends_with(HTTP, OC_ERR_FORMAT, "no RTMP server");
    ends_with(BAD_NAME, OC_ERR_EXIST, "the server refuses: \"***\" is on air");
    ends_with(OTHERWISE, OC_ERR_PASSWORD, "the server refuses: not before noon");
    ends_with(DROPS, OC_ERR_PASSWORD, "in place of taking the stream");
    ends_with(SHAKES_HANDS, OC_ERR_PASSWORD, "in place of taking the stream");
    ends_with(TURNS_AWAY, OC_ERR_PASSWORD, "in place of taking the stream");
    ends_with(SILENT, OC_ERR_CLOSED, "closed the connection");
}

static void test_nobody_listens(void **state) {
    server_t server;
    start_server(&server, TAKES);
    end_server(&server); /* the port is free again */
    for (int ts = 0; ts < 2; ts++) {
        char url[100];
        snprintf(url, sizeof(url), ts ? "srt://127.0.0.1:%u" : "rtmp://127.0.0.1:%u/live/" KEY,
                 server.port);
        oc_push_link_t *link = open_url(url, ts);
        assert_int_equal(behind(link, OC_PUSH_LINK_CONNECTING), OC_PUSH_LINK_ENDED);
        assert_string_equal(oc_err_name(code), "REFUSED");
        oc_push_link_close(link);
    }
}

/* A body that is under way comes back when the server goes away, and nothing is taken any more. */
static void test_a_server_that_leaves(void **state) {
    static const uint8_t flv[65536] = "FLV\x01\x01\x00\x00\x00\x09\x00\x00\x00\x00\x09\x00\xff";
    server_t server;
    start_server(&server, LEAVES);
    oc_push_link_t *link = open_link(server.port);
    unsigned before = atomic_load(&given_back), bodies = 0;
    assert_int_equal(behind(link, OC_PUSH_LINK_CONNECTING), OC_PUSH_LINK_OPEN);
    for (int ms = 0; ms < TEST_WAIT_MS; ms++) {
        uint8_t *body = malloc(sizeof(flv));
        memcpy(body, flv + (bodies ? HEAD : 0), sizeof(flv) - HEAD);
        if (oc_push_link_give(link, body, sizeof(flv) - HEAD, on_release, &given_back) == OC_OK)
            bodies++;
        else
            free(body);
        if (oc_push_link_state(link, &code, why, sizeof(why)) == OC_PUSH_LINK_ENDED)
            break;
        usleep(1000);
    }
    assert_string_equal(oc_err_name(code), "CLOSED");
    assert_int_equal(atomic_load(&given_back) - before, bodies);
    assert_int_equal(oc_push_link_queued(link), 0);
    assert_int_equal(oc_push_link_give(link, flv, 1, on_release, &given_back), OC_AGAIN);
    oc_push_link_close(link);
    end_server(&server);
}

/* ---- its process ---- */

static atomic_int last_pid;

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void) {
    pid_t pid = __real_fork();
    if (pid > 0)
        atomic_store(&last_pid, pid);
    return pid;
}

static bool file_holds(pid_t pid, const char *name, const char *text) {
    static char bytes[65536];
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t n = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    return memmem(bytes, n, text, strlen(text)) != NULL;
}

static void test_each_has_a_process_that_may_die(void **state) {
    server_t server[2];
    oc_push_link_t *link[2];
    pid_t pid[2];
    for (int i = 0; i < 2; i++) {
        start_server(&server[i], TAKES);
        link[i] = open_link(server[i].port);
        assert_int_equal(behind(link[i], OC_PUSH_LINK_CONNECTING), OC_PUSH_LINK_OPEN);
        pid[i] = atomic_load(&last_pid);
        assert_false(file_holds(pid[i], "cmdline", KEY));
        assert_false(file_holds(pid[i], "environ", KEY));
        assert_true(file_holds(pid[i], "cmdline", "push"));
    }
    assert_int_not_equal(pid[0], pid[1]);
    assert_int_equal(kill(pid[0], SIGKILL), 0);
    assert_int_equal(behind(link[0], OC_PUSH_LINK_OPEN), OC_PUSH_LINK_ENDED);
    assert_string_equal(oc_err_name(code), "IO");
    assert_int_equal(oc_push_link_state(link[1], &code, why, sizeof(why)), OC_PUSH_LINK_OPEN);
    for (int i = 0; i < 2; i++) {
        oc_push_link_close(link[i]);
        end_server(&server[i]);
    }
}

/* Closed at any moment: also while its process starts, or with a body that nobody takes. */
static void test_closed_at_once(void **state) {
    server_t server;
    start_server(&server, TAKES);
    oc_push_link_close(open_link(server.port));
    end_server(&server);
    start_server(&server, SILENT);
    oc_push_link_t *link = open_link(server.port);
    usleep(10000);
    oc_push_link_close(link);
    end_server(&server);
}

static void test_no_such_way(void **state) {
    oc_push_link_t *link = NULL;
    oc_push_link_config_t config = {.url = "rtmp://h/live/" KEY, .pin = "", .wake = on_wake};
    oc_helper_folder("/nonexistent");
    assert_int_equal(oc_push_link_open(&link, &config, why, sizeof(why)), OC_ERR_NOTSUP);
    assert_non_null(strstr(why, "live push needs ocellus-ffmpeg"));
    oc_helper_folder(FOLDER);
    config.ts = true;
    assert_int_equal(oc_push_link_open(&link, &config, why, sizeof(why)), OC_ERR_FORMAT);
    config.url = "https://h/live/" KEY;
    assert_int_equal(oc_push_link_open(&link, &config, why, sizeof(why)), OC_ERR_NOTSUP);
    assert_null(link);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_such_way), /* first: no thread reads the folder yet */
        cmocka_unit_test(test_whole_and_in_order),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_nobody_listens),
        cmocka_unit_test(test_a_server_that_leaves),
        cmocka_unit_test(test_each_has_a_process_that_may_die),
        cmocka_unit_test(test_closed_at_once),
    };
    oc_helper_folder(FOLDER);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
