/* The POST of `ocellus-peer --offer-to`: what it sends, which answers it takes, one line for every
 * other end; against servers that never end it gives up in time, and at once when told to stop. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "oc_err.h"
#include "oc_peer_cmd_post.h"
#include "test_ipv6.h"
#include "test_wait.h"

#define OFFER         "v=0\r\n"
#define REQUEST_BYTES (128 * 1024)
#define HEAD          "HTTP/1.1 200 OK\r\n"

/* A server of one connection. */
typedef struct server {
    pthread_t thread;
    int fd;
    uint16_t port;
    bool six;
    bool slow;          /* takes the offer in small pieces */
    bool drips;         /* a byte of an answer now and then */
    const char *answer; /* sent when the offer is there; NULL = nothing */
    size_t answer_len;
    bool ends;        /* closes behind it; else the client has to know that it is whole */
    atomic_bool gone; /* it is to end */
    atomic_bool
        *stop_client; /* set when the offer has come whole: the client waits for an answer */
    const char *offer;
    size_t offer_len;
    char *request; /* what came, NUL added */
    unsigned more; /* connections behind the first one */
} server_t;

static void nap(void) {
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

/* Reads until the offer that ends the request is there; false: the client went before. */
static bool take_offer(server_t *s, int fd) {
    size_t len = 0;
    for (;;) {
        ssize_t n = recv(fd, s->request + len, s->slow ? 1000 : REQUEST_BYTES - 1 - len, 0);
        if (n <= 0)
            return false;
        len += (size_t)n;
        s->request[len] = '\0';
        char *body = strstr(s->request, "\r\n\r\n");
        if (body && len == (size_t)(body - s->request) + 4 + s->offer_len)
            return memcmp(body + 4, s->offer, s->offer_len) == 0;
        if (s->slow)
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

static void *serve(void *context) {
    server_t *s = context;
    int fd = accept(s->fd, NULL, NULL);
    bool taken = take_offer(s, fd);
    if (taken && s->stop_client)
        atomic_store(s->stop_client, true);
    for (size_t at = 0; taken && s->answer && at < s->answer_len;) {
        ssize_t n = send(fd, s->answer + at, s->answer_len - at, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    while (!s->ends && !atomic_load(&s->gone)) {
        if (s->drips)
            (void)!send(fd, "x", 1, MSG_NOSIGNAL);
        nap();
    }
    close(fd);
    struct pollfd again = {.fd = s->fd, .events = POLLIN};
    while (!atomic_load(&s->gone))
        s->more += poll(&again, 1, 10) > 0;
    return NULL;
}

static void bind_any(server_t *s) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 at6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    socklen_t size = s->six ? sizeof at6 : sizeof at;
    struct sockaddr *address = s->six ? (void *)&at6 : (void *)&at;
    s->fd = socket(s->six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(s->fd, address, size), 0);
    assert_int_equal(getsockname(s->fd, address, &size), 0);
    s->port = ntohs(s->six ? at6.sin6_port : at.sin_port);
}

static void start(server_t *s) {
    if (!s->offer) {
        s->offer = OFFER;
        s->offer_len = sizeof OFFER - 1;
    }
    s->request = calloc(1, REQUEST_BYTES);
    assert_non_null(s->request);
    bind_any(s);
    assert_int_equal(listen(s->fd, 4), 0);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void stop(server_t *s) {
    atomic_store(&s->gone, true);
    pthread_join(s->thread, NULL);
    close(s->fd);
    free(s->request);
}

/* What one call returned. */
typedef struct result {
    int rc;
    char why[256];
    char *answer; /* free it */
    size_t len;
    int64_t ms;
} result_t;

static result_t post_to(const server_t *s, const char *host, uint32_t limit_ms,
                        const atomic_bool *stop) {
    result_t r = {.why = ""};
    struct timespec from, to;
    const oc_peer_cmd_post_t post = {host,         "/offer?open=0:a", s->port, s->offer,
                                     s->offer_len, limit_ms,          stop};
    clock_gettime(CLOCK_MONOTONIC, &from);
    r.rc = oc_peer_cmd_post(&post, &r.answer, &r.len, r.why, sizeof r.why);
    clock_gettime(CLOCK_MONOTONIC, &to);
    r.ms = (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
    if (r.rc != OC_OK)
        assert_null(r.answer);
    return r;
}

/* Against a server that never ends; the milliseconds that it took. */
static int64_t give_up(server_t *s, uint32_t limit_ms, const atomic_bool *notified,
                       const char *reports) {
    start(s);
    result_t r = post_to(s, "127.0.0.1", limit_ms, notified);
    stop(s);
    assert_string_equal(r.why, reports);
    assert_int_equal(r.rc, OC_ERR_IO);
    return r.ms;
}

static void silent_or_slow_servers_have_one_limit(void **state) {
    atomic_bool notified = false;
    const char *reports = "no answer: Connection timed out";
    server_t silent = {.drips = false}, slow = {.drips = true};
    assert_true(give_up(&silent, 200, &notified, reports) >= 199);
    assert_true(give_up(&slow, 200, &notified, reports) >= 199);
    server_t body = {.drips = true, .answer = HEAD "\r\n", .answer_len = sizeof HEAD + 1};
    assert_true(give_up(&body, 200, &notified, reports) >= 199);
}

static void it_stops_on_request(void **state) {
    atomic_bool notified = false;
    const char *reports = "no answer: Operation canceled";
    server_t silent = {.stop_client = &notified};
    (void)give_up(&silent, TEST_WAIT_MS, &notified, reports);
    notified = false;
    server_t slow = {.drips = true, .stop_client = &notified};
    (void)give_up(&slow, TEST_WAIT_MS, &notified, reports);
}

/* A queue of one connection that is full: another one's packets are dropped. */
static void the_limit_counts_while_it_connects(void **state) {
    atomic_bool notified = false;
    server_t full = {.offer = OFFER, .offer_len = sizeof OFFER - 1};
    int others[4];
    char reports[64];
    bind_any(&full);
    assert_int_equal(listen(full.fd, 0), 0);
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons(full.port)};
    for (unsigned i = 0; i < 4; i++) {
        others[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)!connect(others[i], (struct sockaddr *)&at, sizeof at);
    }
    nap();
    result_t r = post_to(&full, "127.0.0.1", 250, &notified);
    snprintf(reports, sizeof reports, "127.0.0.1:%u: Connection timed out", full.port);
    assert_string_equal(r.why, reports);
    assert_int_equal(r.rc, OC_ERR_IO);
    assert_true(r.ms >= 249);
    notified = true;
    r = post_to(&full, "127.0.0.1", TEST_WAIT_MS, &notified);
    snprintf(reports, sizeof reports, "127.0.0.1:%u: Operation canceled", full.port);
    assert_string_equal(r.why, reports);
    for (unsigned i = 0; i < 4; i++)
        close(others[i]);
    close(full.fd);
}

static void check_refused(bool six) {
    atomic_bool notified = false;
    char reports[64];
    server_t deaf = {.offer = OFFER, .offer_len = sizeof OFFER - 1, .six = six};
    bind_any(&deaf); /* and no listen */
    result_t r = post_to(&deaf, six ? "::1" : "127.0.0.1", TEST_WAIT_MS, &notified);
    snprintf(reports, sizeof reports, "%s:%u: Connection refused", six ? "::1" : "127.0.0.1",
             deaf.port);
    assert_string_equal(r.why, reports);
    assert_int_equal(r.rc, OC_ERR_IO);
    close(deaf.fd);
}

static void a_refused_connection_is_told_so(void **state) {
    check_refused(false);
}
static void a_refused_connection_over_ipv6(void **state) {
    TEST_NEEDS_IPV6();
    check_refused(true);
}

/* How the answer's end is known, and what comes of it. */
typedef struct answer_case {
    const char *answer;
    size_t len;
    bool ends;
    int rc;
    const char *reports; /* the body when rc is OC_OK, else why */
} answer_case_t;

#define ANSWER(text) text, sizeof(text) - 1

static void check_answer(const answer_case_t *one) {
    atomic_bool notified = false;
    server_t s = {.answer = one->answer, .answer_len = one->len, .ends = one->ends};
    start(&s);
    result_t r = post_to(&s, "127.0.0.1", TEST_WAIT_MS, &notified);
    stop(&s);
    assert_string_equal(r.rc == OC_OK ? r.answer : r.why, one->reports);
    assert_int_equal(r.rc, one->rc);
    assert_int_equal(s.more, 0); /* asked once */
    if (r.rc == OC_OK)
        assert_int_equal(r.len, strlen(one->reports));
    free(r.answer);
}

#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n"

static void whole_answers_are_taken(void **state) {
    static const answer_case_t cases[] = {
        {ANSWER(HEAD "Content-Length: 6\r\n\r\nanswer"), false, OC_OK, "answer"},
        {ANSWER(HEAD "content-length: 0\r\n\r\n"), false, OC_OK, ""},
        {ANSWER(HEAD CHUNKED "3\r\nans\r\n003\r\nwer\r\n0\r\n\r\n"), false, OC_OK, "answer"},
        {ANSWER(HEAD CHUNKED "A\r\n0123456789\r\n0\r\n\r\n"), true, OC_OK, "0123456789"},
        {ANSWER(HEAD "\r\nto the end"), true, OC_OK, "to the end"},
        {ANSWER("HTTP/1.0 201 Created\r\nX-Any: 1\r\n\r\nold"), true, OC_OK, "old"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_answer(&cases[i]);
}

static void other_answers_are_one_line(void **state) {
    static const answer_case_t cases[] = {
        {ANSWER("HTTP/1.1 503 Busy\r\nContent-Length: 19\r\n\r\nbusy \033[1mtoo\nmany\n\n"), false,
         OC_ERR_IO, "answered 503: busy  [1mtoo"},
        {ANSWER("HTTP/1.1 404 No\r\n\r\n"), true, OC_ERR_IO, "answered 404"},
        {ANSWER("HTTP/1.1 302 There\r\nLocation: /there\r\nContent-Length: 4\r\n\r\ngone"), false,
         OC_ERR_IO, "answered 302: gone"},
        {ANSWER("HTTP/1.1 307 There\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"),
         false, OC_ERR_IO, "answered 307"},
        {ANSWER("HTTP/1.1 500 No\r\nContent-Length: 90\r\n\r\ncut"), true, OC_ERR_IO,
         "answered 500: cut"},
        {ANSWER(""), true, OC_ERR_FORMAT, "no HTTP answer"},
        {ANSWER("\0\0\0\1\377garbage\r\n\r\n"), true, OC_ERR_FORMAT, "no HTTP answer"},
        {ANSWER("SSH-2.0-OpenSSH_9.2\r\n\r\n"), true, OC_ERR_FORMAT, "no HTTP answer"},
        {ANSWER("HTTP/1.1 yes\r\n\r\nbody"), true, OC_ERR_FORMAT, "no HTTP answer"},
        {ANSWER("HTTP/1.1 2"), true, OC_ERR_FORMAT, "no HTTP answer"},
        {ANSWER(HEAD "Content-Length: 9\r\n\r\ncut"), true, OC_ERR_FORMAT,
         "no HTTP answer: it ends too early"},
        {ANSWER(HEAD CHUNKED "3\r\ncut\r\n"), true, OC_ERR_FORMAT,
         "no HTTP answer: malformed chunks"},
        {ANSWER(HEAD CHUNKED "6\r\ncut"), true, OC_ERR_FORMAT, "no HTTP answer: malformed chunks"},
        {ANSWER(HEAD CHUNKED "q\r\nabc\r\n0\r\n\r\n"), false, OC_ERR_FORMAT,
         "no HTTP answer: malformed chunks"},
        {ANSWER(HEAD CHUNKED "FFFFFFFF\r\nabc"), false, OC_ERR_TOO_BIG,
         "an answer of more than 80 KB"},
        {ANSWER(HEAD "Transfer-Encoding: gzip\r\n\r\nabc"), false, OC_ERR_FORMAT,
         "no HTTP answer: a transfer coding but chunked"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_answer(&cases[i]);
}

static void an_answer_has_a_largest_size(void **state) {
    atomic_bool notified = false;
    for (size_t len = OC_PEER_CMD_POST_MAX; len <= OC_PEER_CMD_POST_MAX + 1; len++) {
        char *answer = malloc(128 + len);
        assert_non_null(answer);
        int head = snprintf(answer, 128, HEAD "Content-Length: %zu\r\n\r\n", len);
        memset(answer + head, 'x', len);
        server_t s = {.answer = answer, .answer_len = (size_t)head + len};
        start(&s);
        result_t r = post_to(&s, "127.0.0.1", TEST_WAIT_MS, &notified);
        stop(&s);
        if (len == OC_PEER_CMD_POST_MAX) {
            assert_int_equal(r.rc, OC_OK);
            assert_int_equal(r.len, len);
            assert_memory_equal(r.answer, answer + head, len);
        } else {
            assert_int_equal(r.rc, OC_ERR_TOO_BIG);
            assert_string_equal(r.why, "an answer of more than 80 KB");
        }
        free(r.answer);
        free(answer);
    }
}

/* Also with a proxy in the environment, of which nobody would know the network. */
static void check_request(const char *host, bool six) {
    atomic_bool notified = false;
    char line[64];
    server_t s = {.six = six, .answer = ANSWER(HEAD "Content-Length: 2\r\n\r\nok")};
    start(&s);
    result_t r = post_to(&s, host, TEST_WAIT_MS, &notified);
    assert_string_equal(r.rc == OC_OK ? r.answer : r.why, "ok");
    free(r.answer);
    assert_ptr_equal(strstr(s.request, "POST /offer?open=0:a HTTP/1.1\r\n"), s.request);
    snprintf(line, sizeof line, "\r\nHost: %s%s%s:%u\r\n", six ? "[" : "", host, six ? "]" : "",
             s.port);
    assert_non_null(strcasestr(s.request, line));
    assert_non_null(strcasestr(s.request, "\r\nContent-Type: application/sdp\r\n"));
    assert_non_null(strcasestr(s.request, "\r\nContent-Length: 5\r\n"));
    assert_non_null(strcasestr(s.request, "\r\nConnection: close\r\n"));
    assert_null(strcasestr(s.request, "\r\nOrigin:"));
    stop(&s);
}

static void the_request_is_whole(void **state) {
    check_request("127.0.0.1", false);
    check_request("localhost", false);
}
static void the_request_is_whole_over_ipv6(void **state) {
    TEST_NEEDS_IPV6();
    check_request("::1", true);
}

static void a_long_offer_arrives_at_a_slow_reader(void **state) {
    atomic_bool notified = false;
    static char offer[72 * 1024];
    for (size_t i = 0; i < sizeof offer; i++)
        offer[i] = (char)('a' + i % 23);
    server_t s = {.slow = true,
                  .offer = offer,
                  .offer_len = sizeof offer,
                  .answer = ANSWER(HEAD CHUNKED "2\r\nok\r\n0\r\n\r\n")};
    start(&s);
    result_t r = post_to(&s, "127.0.0.1", TEST_WAIT_MS, &notified);
    stop(&s);
    assert_string_equal(r.rc == OC_OK ? r.answer : r.why, "ok");
    free(r.answer);
}

static void names_and_paths_have_a_largest_size(void **state) {
    atomic_bool notified = false;
    char *answer = NULL, why[256], host[OC_PEER_CMD_POST_HOST + 1], path[OC_PEER_CMD_POST_PATH + 1];
    size_t len;
    memset(host, 'h', sizeof host);
    memset(path, '/', sizeof path);
    host[OC_PEER_CMD_POST_HOST] = path[OC_PEER_CMD_POST_PATH] = '\0';
    oc_peer_cmd_post_t post = {host, "/", 1, OFFER, sizeof OFFER - 1, TEST_WAIT_MS, &notified};
    assert_int_equal(oc_peer_cmd_post(&post, &answer, &len, why, sizeof why), OC_ERR_TOO_BIG);
    assert_string_equal(why, "host name longer than 111 bytes");
    post.host = "127.0.0.1";
    post.path = path;
    assert_int_equal(oc_peer_cmd_post(&post, &answer, &len, why, sizeof why), OC_ERR_TOO_BIG);
    assert_string_equal(why, "a path with query of more than 2000 bytes");
    server_t s = {.answer = ANSWER(HEAD "\r\nok"), .ends = true};
    start(&s);
    path[OC_PEER_CMD_POST_PATH - 1] = '\0';
    post.port = s.port;
    assert_int_equal(oc_peer_cmd_post(&post, &answer, &len, why, sizeof why), OC_OK);
    assert_string_equal(answer, "ok");
    assert_memory_equal(s.request + 5, path, OC_PEER_CMD_POST_PATH - 1);
    assert_memory_equal(s.request + 5 + OC_PEER_CMD_POST_PATH - 1, " HTTP/1.1\r\n", 11);
    free(answer);
    stop(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silent_or_slow_servers_have_one_limit),
        cmocka_unit_test(it_stops_on_request),
        cmocka_unit_test(the_limit_counts_while_it_connects),
        cmocka_unit_test(a_refused_connection_is_told_so),
        cmocka_unit_test(a_refused_connection_over_ipv6),
        cmocka_unit_test(whole_answers_are_taken),
        cmocka_unit_test(other_answers_are_one_line),
        cmocka_unit_test(an_answer_has_a_largest_size),
        cmocka_unit_test(the_request_is_whole),
        cmocka_unit_test(the_request_is_whole_over_ipv6),
        cmocka_unit_test(a_long_offer_arrives_at_a_slow_reader),
        cmocka_unit_test(names_and_paths_have_a_largest_size),
    };
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
