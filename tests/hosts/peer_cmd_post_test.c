/* The POST of `ocellus peer --offer-to` against servers that never end: it gives up in time, and at
 * once when it is told to stop. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "oc_err.h"
#include "oc_peer_cmd_post.h"

typedef struct server {
    pthread_t thread;
    int fd;
    uint16_t port;
    bool drips;       /* a byte of an answer now and then; else it never says anything */
    atomic_bool gone; /* it is to end */
    atomic_bool
        *stop_client; /* set when the offer has come whole: the client waits for an answer */
} server_t;

#define OFFER "v=0\r\n"

static void nap(void) {
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

/* Reads until the offer that ends the request is there; false: the client went before. */
static bool take_offer(int fd) {
    char request[2048] = "";
    size_t len = 0;
    while (!strstr(request, "\r\n\r\n" OFFER)) {
        ssize_t n = recv(fd, request + len, sizeof request - 1 - len, 0);
        if (n <= 0)
            return false;
        len += (size_t)n;
        request[len] = '\0';
    }
    return true;
}

static void *serve(void *context) {
    server_t *s = context;
    int fd = accept(s->fd, NULL, NULL);
    if (take_offer(fd) && s->stop_client)
        atomic_store(s->stop_client, true);
    while (fd >= 0 && !atomic_load(&s->gone)) {
        if (s->drips)
            (void)!send(fd, "x", 1, MSG_NOSIGNAL);
        nap();
    }
    close(fd);
    return NULL;
}

static void start(server_t *s) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(s->fd, 1), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &size), 0);
    s->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

/* Posts to it; the milliseconds that it took. */
static int64_t post_to(server_t *s, uint32_t limit_ms, const atomic_bool *stop, const char *says) {
    char why[256] = "", *answer = NULL;
    size_t len = 0;
    struct timespec from, to;
    start(s);
    const oc_peer_cmd_post_t post = {"127.0.0.1",      "/offer", s->port, OFFER,
                                     sizeof OFFER - 1, limit_ms, stop};
    clock_gettime(CLOCK_MONOTONIC, &from);
    assert_int_equal(oc_peer_cmd_post(&post, &answer, &len, why, sizeof why), OC_ERR_IO);
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_null(answer);
    assert_string_equal(why, says);
    atomic_store(&s->gone, true);
    pthread_join(s->thread, NULL);
    close(s->fd);
    return (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
}

static void silent_or_slow_servers_have_one_limit(void **state) {
    atomic_bool stop = false;
    server_t silent = {.drips = false}, slow = {.drips = true};
    assert_in_range(post_to(&silent, 200, &stop, "no answer: Connection timed out"), 199, 5000);
    assert_in_range(post_to(&slow, 200, &stop, "no answer: Connection timed out"), 199, 5000);
}

static void it_stops_when_told(void **state) {
    atomic_bool stop = false;
    server_t silent = {.stop_client = &stop};
    assert_in_range(post_to(&silent, OC_PEER_CMD_POST_MS, &stop, "no answer: Operation canceled"),
                    0, 5000);
    stop = false;
    server_t slow = {.drips = true, .stop_client = &stop};
    assert_in_range(post_to(&slow, OC_PEER_CMD_POST_MS, &stop, "no answer: Operation canceled"), 0,
                    5000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silent_or_slow_servers_have_one_limit),
        cmocka_unit_test(it_stops_when_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
