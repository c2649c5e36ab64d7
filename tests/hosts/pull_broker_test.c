/* Clients of progressive streams at the broker: who is answered when, and who is forgotten. */
#include "plane_list.h"

#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_pull_broker.h"

#define SECOND INT64_C(1000000)

static plane_host_t host;
static oc_pull_broker_t pulls;
static oc_http_answers_t sink;
static oc_http_answer_t last;
static unsigned answers;

static void on_answer(void *context, const oc_http_answer_t *answer) {
    last = *answer;
    answers++;
    if (answer->pull > 0 && answer->body) { /* a piece, from the plane's memory */
        host.blocks--;
        free(answer->body);
    } else {
        oc_media_thread_release(answer->body);
    }
    atomic_fetch_sub(&sink.body_bytes, answer->body ? answer->len : 0);
}

static int setup(void **state) {
    host_init(&host);
    sink = (oc_http_answers_t){.add = on_answer};
    oc_pull_broker_init(&pulls, host.plane, &sink);
    answers = 0;
    return 0;
}

static int teardown(void **state) {
    host_end(&host);
    return 0;
}

static void open_at(const char *path, const char *query) {
    oc_http_request_t req = {.id = 7, .kind = OC_HTTP_REQUEST_PULL};
    strcpy(req.path, path);
    strcpy(req.query, query);
    oc_pull_broker_open(&pulls, &req, host.now_us);
}

static void run(oc_media_call_t call) {
    call.run(NULL, &call);
}

/* Opens a viewer and asks until it waits. */
static int32_t waiting(void) {
    host_open(&host, "cam1", "fake:?fps=30&gop=30");
    host_run(&host, SECOND);
    open_at("cam1.mp4", "");
    assert_int_equal(last.status, 200);
    assert_int_equal(last.id, 7);
    assert_string_equal(last.type, "video/mp4");
    int32_t number = last.pull;
    assert_true(number > 0);
    for (unsigned before = 0; before != answers;) {
        before = answers;
        run(oc_pull_broker_next(&pulls, number));
    }
    assert_int_equal(last.id, 0);
    return number;
}

static void test_answers_when_there_is_something(void **state) {
    int32_t number = waiting();
    unsigned before = answers;
    oc_pull_broker_advance(&pulls, host.now_us);
    assert_int_equal(answers, before);
    host_run(&host, SECOND / 10);
    oc_pull_broker_advance(&pulls, host.now_us);
    assert_int_equal(answers, before + 1); /* one piece, however much there is */
    oc_pull_broker_advance(&pulls, host.now_us);
    assert_int_equal(answers, before + 1); /* nobody asked for the next */
    assert_int_equal(last.status, 200);
    assert_int_equal(last.pull, number);
    run(oc_pull_broker_close(&pulls, number));
    run(oc_pull_broker_close(&pulls, number));
    run(oc_pull_broker_next(&pulls, number));
    assert_int_equal(last.status, 410);
    run(oc_pull_broker_next(&pulls, -5));
    assert_int_equal(last.status, 410);
}

static void test_waits_while_others_are_sent(void **state) {
    int32_t number = waiting();
    unsigned before = answers;
    atomic_store(&sink.body_bytes, OC_HTTP_BODIES_BYTES);
    host_run(&host, SECOND / 10);
    oc_pull_broker_advance(&pulls, host.now_us);
    assert_int_equal(answers, before);
    atomic_store(&sink.body_bytes, 0);
    oc_pull_broker_advance(&pulls, host.now_us);
    assert_int_equal(answers, before + 1);
    run(oc_pull_broker_close(&pulls, number));
}

/* The HTTP server could not tell that its peer has left: too many calls waited. */
static void test_forgets_clients_without_requests(void **state) {
    int32_t number = waiting();
    host_run(&host, SECOND / 10);
    oc_pull_broker_advance(&pulls, host.now_us); /* answered */
    int64_t requested_us = pulls.row[number % OC_PULLS_MAX].requested_us;
    oc_pull_broker_advance(&pulls, requested_us + OC_PULL_FORGET_US);
    host_run(&host, SECOND);
    assert_int_equal(host_row(&host, 0).viewers, 1);
    oc_pull_broker_advance(&pulls, requested_us + OC_PULL_FORGET_US + 1);
    host_run(&host, SECOND);
    assert_int_equal(host_row(&host, 0).viewers, 0);
    run(oc_pull_broker_next(&pulls, number));
    assert_int_equal(last.status, 410);
}

static void test_who_waits_is_not_forgotten(void **state) {
    int32_t number = waiting();
    unsigned before = answers;
    oc_pull_broker_advance(&pulls, INT64_MAX / 2); /* a source that is silent for long */
    assert_int_equal(answers, before);
    host_close(&host, 0);
    oc_pull_broker_advance(&pulls, host.now_us);
    if (last.status == 200) { /* what came before the end */
        run(oc_pull_broker_next(&pulls, number));
    }
    assert_int_equal(last.status, 410);
    assert_int_equal(last.pull, number);
    assert_int_equal(pulls.row[number % OC_PULLS_MAX].number, 0);
}

static void test_refuses(void **state) {
    open_at("cam1.mp4", "");
    assert_int_equal(last.status, 404);
    assert_int_equal(last.pull, 0);
    host_open(&host, "cam1", "fake:?fps=30&gop=30");
    host_run(&host, SECOND);
    open_at("cam1.mjpeg", "");
    assert_int_equal(last.status, 415);
    assert_true(last.len > 30);
    open_at("cam1.mp4", "stream=sub");
    assert_int_equal(last.status, 404);
    open_at("cam1.avi", "");
    assert_int_equal(last.status, 404);
    open_at("a-name-that-is-much-longer-than-any-channel-of-ours-can-be.mp4", "");
    assert_int_equal(last.status, 404);
    open_at("cam1.mp4", "stream=main");
    assert_int_equal(last.status, 200);
    run(oc_pull_broker_close(&pulls, last.pull));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_answers_when_there_is_something),
        TEST(test_waits_while_others_are_sent),
        TEST(test_forgets_clients_without_requests),
        TEST(test_who_waits_is_not_forgotten),
        TEST(test_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
