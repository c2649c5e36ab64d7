/* Requests between the HTTP thread and the script: who answers, and who does not any more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "oc_err.h"
#include "oc_http_desk.h"

#define FIRST 1 /* generations */
#define NEXT  2

static int last_status, answers;

static void on_answer(void *context, const oc_http_answer_t *answer) {
    last_status = answer->status;
    answers++;
}

static void *allocate(void *context, size_t bytes) {
    return malloc(bytes);
}

static void release(void *context, void *memory) {
    free(memory);
}

static void ask(oc_http_desk_t *desk, uint32_t id) {
    oc_http_ask_t *question = calloc(1, sizeof(*question));
    question->id = id;
    question->kind = OC_HTTP_ASK_API;
    question->method = "GET";
    question->until_us = INT64_MAX;
    oc_media_call_t call = oc_http_desk_call(desk, question);
    call.run(NULL, &call);
}

static void test_end_before_ready(void **state) {
    oc_mailbox_env_t env = {.allocate = allocate, .release = release};
    void *memory = malloc(oc_mailbox_bytes());
    oc_http_desk_t *desk = malloc(sizeof(*desk));
    oc_http_desk_init(desk, NULL, oc_mailbox_init(memory, &env));
    desk->answer = on_answer;
    ask(desk, 1);
    assert_int_equal(last_status, 503); /* no script has said that it is ready */
    assert_true(oc_http_desk_ready(desk, FIRST));
    ask(desk, 2);
    assert_int_equal(answers, 1); /* waits for the script ... */
    oc_http_desk_end(desk, FIRST);
    assert_int_equal(answers, 2); /* ... which has ended */
    assert_false(oc_http_desk_ready(desk, FIRST));
    ask(desk, 3);
    assert_int_equal(answers, 3); /* at once, not when its time is over */
    assert_int_equal(last_status, 503);
    oc_http_desk_end(desk, 0);
    assert_true(oc_http_desk_ready(desk, NEXT));
    ask(desk, 4);
    assert_int_equal(answers, 3);
    oc_http_desk_end(desk, NEXT);
    free(desk);
    free(memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_end_before_ready)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
