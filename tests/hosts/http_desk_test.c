/* Requests between the HTTP thread, the script and the plane: who answers, and who does not any
 * more; what waits for a part of a live stream. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_http_desk.h"
#include "oc_plane_live.h"
#include "oc_posix.h"
#include "test_folder.h"

#define FIRST 1 /* generations */
#define NEXT  2

static int last_status, answers;

static void on_answer(void *context, const oc_http_answer_t *answer) {
    last_status = answer->status;
    answers++;
}

static void on_answer_freed(void *context, const oc_http_answer_t *answer) {
    on_answer(context, answer);
    oc_media_thread_release(answer->body);
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

static int fall_back(void *context, const oc_http_ask_t *ask, char *out, size_t size, size_t *len) {
    *len = (size_t)snprintf(out, size, "{}");
    return strcmp(ask->path, "/api/status") == 0 ? 200 : 0;
}

static void ask_path(oc_http_desk_t *desk, const char *path, int64_t until_us) {
    oc_http_ask_t *question = calloc(1, sizeof(*question));
    *question =
        (oc_http_ask_t){.id = 9, .kind = OC_HTTP_ASK_API, .method = "GET", .until_us = until_us};
    snprintf(question->path, sizeof(question->path), "%s", path);
    oc_media_call_t call = oc_http_desk_call(desk, question);
    call.run(NULL, &call);
}

/* Without a script, or with one that does not come to it, the host answers what it can. */
static void test_the_host_answers_in_the_script_s_place(void **state) {
    oc_mailbox_env_t env = {.allocate = allocate, .release = release};
    void *memory = malloc(oc_mailbox_bytes());
    oc_http_desk_t *desk = malloc(sizeof(*desk));
    int64_t now = oc_posix_now_us(), until = now + OC_HTTP_API_US;
    oc_http_desk_init(desk, NULL, oc_mailbox_init(memory, &env));
    desk->answer = on_answer_freed;
    desk->fallback = fall_back;
    answers = 0;
    ask_path(desk, "/api/status", until);
    assert_int_equal(last_status, 200);
    ask_path(desk, "/api/settings", until);
    assert_int_equal(last_status, 503);
    assert_true(oc_http_desk_ready(desk, FIRST));
    ask_path(desk, "/api/status", until);
    ask_path(desk, "/api/settings", until);
    oc_http_desk_late(desk, now + OC_HTTP_STATUS_US - 1);
    assert_int_equal(answers, 2); /* the script has its time */
    oc_http_desk_late(desk, now + OC_HTTP_STATUS_US);
    assert_int_equal(answers, 3);
    assert_int_equal(last_status, 200);
    oc_http_desk_end(desk, FIRST);
    assert_int_equal(answers, 4);
    assert_int_equal(last_status, 503);
    free(desk);
    free(memory);
}

/* ---- live requests that wait; everything of the desk runs on the media thread ---- */

#define WAIT_US     (20 * 1000000)
#define PATIENCE_US (60 * 1000000) /* the desk's clock is behind: no request is too late here */
#define IDS         512

typedef struct rig {
    int root;
    char path[64];
    oc_media_thread_t *media;
    _Atomic bool open;
    oc_http_desk_t desk;
    _Atomic int status[IDS]; /* by id; 0 = no answer yet */
    _Atomic uint32_t len[IDS];
    uint32_t msn, part; /* what is hinted */
    _Atomic bool hinted;
} rig_t;

static void live_answer(void *context, const oc_http_answer_t *answer) {
    rig_t *rig = context;
    atomic_store(&rig->len[answer->id], answer->len);
    atomic_fetch_sub(&rig->desk.body_bytes, answer->body ? answer->len : 0);
    oc_media_thread_release(answer->body);
    atomic_store(&rig->status[answer->id], answer->status); /* last: the test goes on */
}

static void on_advanced(void *context, int64_t now_us) {
    rig_t *rig = context;
    if (!atomic_load(&rig->open))
        return;
    oc_http_desk_advance(&rig->desk, now_us - PATIENCE_US);
}

static void wake_script(void *context) {}

static void nap(void) {
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

static void open_channel(rig_t *rig) {
    oc_mailbox_t *box = oc_media_thread_mailbox(rig->media);
    oc_channel_config_t config = {
        .name = "cam", .ring_ms = 6000, .hls_target_ms = 500, .hls_part_ms = 100};
    oc_reply_t reply = {0};
    snprintf(config.url, sizeof(config.url), "fake:?fps=30&gop=15&size=2000&key=4000");
    oc_mailbox_new_generation(box);
    oc_command_t posted = {.kind = OC_COMMAND_CHANNEL_OPEN};
    posted.parcel = (oc_parcel_t){oc_mailbox_parcel_alloc(box, sizeof(config)), sizeof(config)};
    memcpy(posted.parcel.data, &config, sizeof(config));
    assert_true(oc_mailbox_post(box, &posted) > 0);
    int64_t until = oc_posix_now_us() + WAIT_US;
    while (oc_mailbox_take_reply(box, &reply) != OC_OK) {
        assert_true(oc_posix_now_us() < until);
        nap();
    }
    assert_int_equal(reply.code, OC_OK);
    oc_mailbox_parcel_free(box, &reply.parcel);
}

static int set_up(void **state) {
    rig_t *rig = calloc(1, sizeof(*rig));
    rig->root = test_folder_make(rig->path);
    oc_media_thread_config_t config = {
        .root = rig->root, .wake_script = wake_script, .advanced = on_advanced, .context = rig};
    if (rig->root < 0 || oc_media_thread_start(&rig->media, &config) != OC_OK)
        return 1;
    oc_http_desk_init(&rig->desk, oc_media_thread_plane(rig->media),
                      oc_media_thread_mailbox(rig->media));
    rig->desk.answer = live_answer;
    rig->desk.context = rig;
    atomic_store(&rig->open, true);
    open_channel(rig);
    *state = rig;
    return 0;
}

static int tear_down(void **state) {
    rig_t *rig = *state;
    if (!oc_media_thread_stop(rig->media, oc_posix_now_us() + WAIT_US))
        return 1;
    close(rig->root);
    test_folder_remove(rig->path);
    free(rig);
    return 0;
}

/* The queue of the media thread may be full for a moment. */
static void post(rig_t *rig, oc_media_call_t call) {
    int64_t until = oc_posix_now_us() + WAIT_US;
    while (oc_media_thread_post(rig->media, &call) != OC_OK) {
        assert_true(oc_posix_now_us() < until);
        nap();
    }
}

static oc_media_call_t live_call(rig_t *rig, uint32_t id, const char *path, const char *query) {
    oc_http_ask_t *question = calloc(1, sizeof(*question));
    question->id = id;
    question->kind = OC_HTTP_ASK_LIVE;
    question->method = "GET";
    snprintf(question->path, sizeof(question->path), "%s", path);
    snprintf(question->query, sizeof(question->query), "%s", query);
    atomic_store(&rig->status[id], 0);
    return oc_http_desk_call(&rig->desk, question);
}

static void ask_for(rig_t *rig, uint32_t id, const char *path, const char *query) {
    post(rig, live_call(rig, id, path, query));
}

static int answer_of(rig_t *rig, uint32_t id) {
    int64_t until = oc_posix_now_us() + WAIT_US;
    while (atomic_load(&rig->status[id]) == 0) {
        assert_true(oc_posix_now_us() < until);
        nap();
    }
    return atomic_load(&rig->status[id]);
}

/* Reads the hint out of the newest playlist. */
static void read_hint(oc_media_thread_t *media, const oc_media_call_t *call) {
    rig_t *rig = call->context;
    oc_plane_body_t body;
    unsigned msn, part;
    if (oc_plane_live_get(rig->desk.plane, "cam", "index.m3u8", "", &body) != OC_OK)
        return;
    body.data[body.len - 1] = 0;
    const char *hint = strstr((char *)body.data, "URI=\"p");
    for (const char *next = hint; next; next = strstr(next + 1, "URI=\"p"))
        hint = next;
    if (hint && sscanf(hint, "URI=\"p%u.%u.", &msn, &part) == 2) {
        rig->msn = msn;
        rig->part = part;
        atomic_store(&rig->hinted, true);
    }
    oc_media_thread_release(body.data);
}

static void find_hint(rig_t *rig) {
    int64_t until = oc_posix_now_us() + WAIT_US;
    atomic_store(&rig->hinted, false);
    while (!atomic_load(&rig->hinted)) {
        post(rig, (oc_media_call_t){.run = read_hint, .context = rig});
        assert_true(oc_posix_now_us() < until);
        nap();
    }
}

static void test_waits_until_it_is_there(void **state) {
    rig_t *rig = *state;
    char path[64], query[64];
    find_hint(rig);
    snprintf(path, sizeof(path), "cam/p%u.%u.m4s", rig->msn, rig->part);
    snprintf(query, sizeof(query), "_HLS_msn=%u&_HLS_part=%u", rig->msn + 1, 1u);
    ask_for(rig, 1, "cam/index.m3u8", query);
    ask_for(rig, 2, path, "");
    ask_for(rig, 3, "cam/index.m3u8", "_HLS_msn=4294967296");
    ask_for(rig, 4, "cam/p0.0.m4s", "");
    ask_for(rig, 5, "nobody/index.m3u8", "_HLS_msn=1");
    assert_int_equal(answer_of(rig, 3), 400);
    assert_int_equal(answer_of(rig, 4), 404);
    assert_int_equal(answer_of(rig, 5), 404);
    assert_int_equal(answer_of(rig, 2), 200);
    assert_int_equal(answer_of(rig, 1), 200);
    assert_true(atomic_load(&rig->len[1]) > 300 && atomic_load(&rig->len[2]) > 2000);
}

/* On the media thread: asks for the segment after the one that is hinted, under the numbers from
 * call->a to call->b. What one call asks waits together, for no picture comes meanwhile. */
static void ask_next(oc_media_thread_t *media, const oc_media_call_t *call) {
    rig_t *rig = call->context;
    char query[64];
    snprintf(query, sizeof(query), "_HLS_msn=%u", rig->msn + 1);
    for (uint32_t id = call->a; id <= call->b; id++) {
        oc_media_call_t ask = live_call(rig, id, "cam/index.m3u8", query);
        ask.run(media, &ask);
    }
}

static void ask_too_many(oc_media_thread_t *media, const oc_media_call_t *call) {
    rig_t *rig = call->context;
    read_hint(media, call);
    ask_next(media, &(oc_media_call_t){.context = rig, .a = 1, .b = OC_HTTP_WAITS + 4});
    for (uint32_t id = 1; id <= 4; id++) {
        oc_media_call_t cancel = oc_http_desk_cancel(&rig->desk, id);
        cancel.run(media, &cancel);
    }
    ask_next(media,
             &(oc_media_call_t){.context = rig, .a = OC_HTTP_WAITS + 5, .b = OC_HTTP_WAITS + 8});
}

/* As many as may wait do, one more is told at once; what is taken back makes room. */
static void test_bounded(void **state) {
    rig_t *rig = *state;
    find_hint(rig);
    post(rig, (oc_media_call_t){.run = ask_too_many, .context = rig});
    for (uint32_t id = OC_HTTP_WAITS + 1; id <= OC_HTTP_WAITS + 4; id++)
        assert_int_equal(answer_of(rig, id), 503);
    for (uint32_t id = 5; id <= OC_HTTP_WAITS; id++)
        assert_int_equal(answer_of(rig, id), 200);
    for (uint32_t id = OC_HTTP_WAITS + 5; id <= OC_HTTP_WAITS + 8; id++)
        assert_int_equal(answer_of(rig, id), 200);
    for (uint32_t id = 1; id <= 4; id++)
        assert_int_equal(atomic_load(&rig->status[id]), 0);
    assert_int_equal(atomic_load(&rig->desk.body_bytes), 0);
}

/* Posts in the place of the script, which is silent: the plane takes it before the next picture. */
static void ask_and_close(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_command_t close_it = {.kind = OC_COMMAND_CHANNEL_CLOSE};
    read_hint(media, call);
    ask_next(media, &(oc_media_call_t){.context = call->context, .a = 1, .b = 1});
    (void)oc_mailbox_post(oc_media_thread_mailbox(media), &close_it);
}

/* A channel that ends: who waits for it is told, not left to the deadline. */
static void test_channel_ends(void **state) {
    rig_t *rig = *state;
    find_hint(rig);
    post(rig, (oc_media_call_t){.run = ask_and_close, .context = rig});
    assert_int_equal(answer_of(rig, 1), 404);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_end_before_ready),
        cmocka_unit_test(test_the_host_answers_in_the_script_s_place),
        cmocka_unit_test_setup_teardown(test_waits_until_it_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_channel_ends, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
