/* Live requests between the HTTP thread and the plane: those that wait for a part of a stream. */
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
#include "oc_live_broker.h"
#include "oc_plane_live.h"
#include "oc_posix.h"
#include "test_folder.h"
#include "test_letter.h"
#include "test_wait.h"

/* ---- live requests that wait; everything of the broker runs on the media thread ---- */

#define IDS 512

typedef struct rig {
    int root;
    char path[64];
    oc_media_thread_t *media;
    _Atomic bool open;
    oc_live_broker_t live;
    _Atomic int status[IDS]; /* by id; 0 = no answer yet */
    _Atomic uint32_t len[IDS];
    uint32_t msn, part; /* what is hinted */
    _Atomic bool hinted;
} rig_t;

static void live_answer(void *context, const oc_http_answer_t *answer) {
    rig_t *rig = context;
    atomic_store(&rig->len[answer->id], answer->len);
    atomic_fetch_sub(&rig->live.answers.body_bytes, answer->body ? answer->len : 0);
    oc_media_thread_release(answer->body);
    atomic_store(&rig->status[answer->id], answer->status); /* last: the test goes on */
}

static int64_t on_advanced(void *context, int64_t now_us) {
    rig_t *rig = context;
    if (atomic_load(&rig->open))
        oc_live_broker_advance(&rig->live, now_us - TEST_WAIT_US); /* so that none is too late */
    return now_us + 250000;
}

static void wake_script(void *context) {}

static void nap(void) {
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

/* Posts a list in the place of the script, which is silent. */
static void post_list(oc_mailbox_t *box, const test_letter_t *letter) {
    oc_command_t posted = test_letter_command(letter);
    uint32_t bytes = (uint32_t)test_letter_bytes(letter);
    posted.parcel = (oc_parcel_t){oc_mailbox_parcel_alloc(box, bytes), bytes};
    memcpy(posted.parcel.data, letter, bytes);
    assert_true(oc_mailbox_post(box, &posted) > 0);
}

static void open_channel(rig_t *rig) {
    oc_mailbox_t *box = oc_media_thread_mailbox(rig->media);
    oc_channel_config_t config = {
        .name = "cam", .ring_ms = 6000, .hls_target_ms = 500, .hls_part_ms = 100};
    test_letter_t letter = {0};
    int code = 0;
    snprintf(config.url, sizeof(config.url), "fake:?fps=30&gop=15&size=2000&key=4000");
    test_letter_add(&letter, &config);
    oc_mailbox_new_generation(box);
    post_list(box, &letter);
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    while (!test_letter_tried(oc_media_thread_plane(rig->media), "cam", 1, &code, NULL)) {
        assert_true(oc_posix_now_us() < until);
        nap();
    }
    assert_int_equal(code, OC_OK);
}

static int set_up(void **state) {
    rig_t *rig = calloc(1, sizeof(*rig));
    rig->root = test_folder_make(rig->path);
    oc_media_thread_config_t config = {
        .root = rig->root, .wake_script = wake_script, .advanced = on_advanced, .context = rig};
    if (rig->root < 0 || oc_media_thread_start(&rig->media, &config) != OC_OK)
        return 1;
    oc_live_broker_init(&rig->live, oc_media_thread_plane(rig->media));
    rig->live.answers.add = live_answer;
    rig->live.answers.context = rig;
    atomic_store(&rig->open, true);
    open_channel(rig);
    *state = rig;
    return 0;
}

static int tear_down(void **state) {
    rig_t *rig = *state;
    if (!oc_media_thread_stop(rig->media, oc_posix_now_us() + TEST_WAIT_US))
        return 1;
    close(rig->root);
    test_folder_remove(rig->path);
    free(rig);
    return 0;
}

/* The queue of the media thread may be full for a moment. */
static void post(rig_t *rig, oc_media_call_t call) {
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    while (oc_media_thread_post(rig->media, &call) != OC_OK) {
        assert_true(oc_posix_now_us() < until);
        nap();
    }
}

static oc_media_call_t live_call(rig_t *rig, uint32_t id, const char *path, const char *query) {
    oc_http_request_t *request = calloc(1, sizeof(*request));
    request->id = id;
    request->kind = OC_HTTP_REQUEST_LIVE;
    snprintf(request->path, sizeof(request->path), "%s", path);
    snprintf(request->query, sizeof(request->query), "%s", query);
    atomic_store(&rig->status[id], 0);
    return oc_live_broker_call(&rig->live, request);
}

static void request_for(rig_t *rig, uint32_t id, const char *path, const char *query) {
    post(rig, live_call(rig, id, path, query));
}

static int answer_of(rig_t *rig, uint32_t id) {
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
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
    if (oc_plane_live_get(rig->live.plane, "cam", "index.m3u8", "", &body) != OC_OK)
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
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
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
    request_for(rig, 1, "cam/index.m3u8", query);
    request_for(rig, 2, path, "");
    request_for(rig, 3, "cam/index.m3u8", "_HLS_msn=4294967296");
    request_for(rig, 4, "cam/p0.0.m4s", "");
    request_for(rig, 5, "nobody/index.m3u8", "_HLS_msn=1");
    assert_int_equal(answer_of(rig, 3), 400);
    assert_int_equal(answer_of(rig, 4), 404);
    assert_int_equal(answer_of(rig, 5), 404);
    assert_int_equal(answer_of(rig, 2), 200);
    assert_int_equal(answer_of(rig, 1), 200);
    assert_true(atomic_load(&rig->len[1]) > 300 && atomic_load(&rig->len[2]) > 2000);
}

/* On the media thread: asks for the segment after the one that is hinted, under the numbers from
 * call->a to call->b. What one call asks waits together, for no picture comes meanwhile. */
static void request_next(oc_media_thread_t *media, const oc_media_call_t *call) {
    rig_t *rig = call->context;
    char query[64];
    snprintf(query, sizeof(query), "_HLS_msn=%u", rig->msn + 1);
    for (uint32_t id = call->a; id <= call->b; id++) {
        oc_media_call_t req = live_call(rig, id, "cam/index.m3u8", query);
        req.run(media, &req);
    }
}

static void request_too_many(oc_media_thread_t *media, const oc_media_call_t *call) {
    rig_t *rig = call->context;
    read_hint(media, call);
    request_next(media, &(oc_media_call_t){.context = rig, .a = 1, .b = OC_HTTP_WAITS + 4});
    for (uint32_t id = 1; id <= 4; id++) {
        oc_media_call_t cancel = oc_live_broker_cancel(&rig->live, id);
        cancel.run(media, &cancel);
    }
    request_next(
        media, &(oc_media_call_t){.context = rig, .a = OC_HTTP_WAITS + 5, .b = OC_HTTP_WAITS + 8});
}

/* As many as may wait do, one more is told at once; what is taken back makes room. */
static void test_bounded(void **state) {
    rig_t *rig = *state;
    find_hint(rig);
    post(rig, (oc_media_call_t){.run = request_too_many, .context = rig});
    for (uint32_t id = OC_HTTP_WAITS + 1; id <= OC_HTTP_WAITS + 4; id++)
        assert_int_equal(answer_of(rig, id), 503);
    for (uint32_t id = 5; id <= OC_HTTP_WAITS; id++)
        assert_int_equal(answer_of(rig, id), 200);
    for (uint32_t id = OC_HTTP_WAITS + 5; id <= OC_HTTP_WAITS + 8; id++)
        assert_int_equal(answer_of(rig, id), 200);
    for (uint32_t id = 1; id <= 4; id++)
        assert_int_equal(atomic_load(&rig->status[id]), 0);
    assert_int_equal(atomic_load(&rig->live.answers.body_bytes), 0);
}

/* The plane takes it before the next picture. */
static void request_and_close(oc_media_thread_t *media, const oc_media_call_t *call) {
    read_hint(media, call);
    request_next(media, &(oc_media_call_t){.context = call->context, .a = 1, .b = 1});
    post_list(oc_media_thread_mailbox(media), &(test_letter_t){0});
}

/* A channel that ends: who waits for it is told, not left to the deadline. */
static void test_channel_ends(void **state) {
    rig_t *rig = *state;
    find_hint(rig);
    post(rig, (oc_media_call_t){.run = request_and_close, .context = rig});
    assert_int_equal(answer_of(rig, 1), 404);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_waits_until_it_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_channel_ends, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
