/* Requests to /api between the HTTP thread, the script and the media thread: who answers, who does
 * not any more, and what happens when everybody works at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "oc_api_broker.h"
#include "oc_route.h"
#include "oc_err.h"
#include "oc_posix.h"
#include "test_folder.h"
#include "test_wait.h"

#define START_US INT64_C(1000000)
#define IDS      4096

/* The program in small: media thread, broker; the test is HTTP thread and script thread. */
typedef struct rig {
    int root;
    char path[64];
    oc_media_thread_t *media;
    oc_http_answers_t sink;
    oc_api_broker_t broker;
    _Atomic bool open;
    _Atomic int64_t ahead_us; /* how far the broker's clock has gone */
    _Atomic int status[IDS];  /* by id; 0 = no answer yet */
    _Atomic uint32_t answers, edges;
    char body[64]; /* of the last answer, under lock */
    pthread_mutex_t lock;
} rig_t;

static void on_answer(void *context, const oc_http_answer_t *answer) {
    rig_t *rig = context;
    pthread_mutex_lock(&rig->lock);
    snprintf(rig->body, sizeof(rig->body), "%.*s", (int)answer->len,
             answer->body ? (const char *)answer->body : "");
    pthread_mutex_unlock(&rig->lock);
    if (answer->body)
        atomic_fetch_sub(&rig->sink.body_bytes, answer->len);
    oc_media_thread_release(answer->body);
    if (atomic_exchange(&rig->status[answer->id], answer->status) == 0)
        atomic_fetch_add(&rig->answers, 1);
    else
        abort(); /* answered twice */
}

/* The broker's clock goes on when a test says so: nothing is late where a machine stands still. */
static int64_t clock_us(rig_t *rig) {
    return START_US + atomic_load(&rig->ahead_us);
}

static int64_t on_advanced(void *context, int64_t now_us) {
    rig_t *rig = context;
    if (atomic_load(&rig->open))
        oc_api_broker_turn(&rig->broker, clock_us(rig));
    return now_us + 250000;
}

static void wake_script(void *context) {
    atomic_fetch_add(&((rig_t *)context)->edges, 1);
}

/* As oc_host does. */
static bool deliver(void *context, const oc_command_t *command) {
    rig_t *rig = context;
    if (command->kind == OC_COMMAND_HTTP_TAKE)
        oc_api_broker_take(&rig->broker, command, clock_us(rig));
    else if (command->kind == OC_COMMAND_HTTP_REPLY)
        oc_api_broker_reply(&rig->broker, command, clock_us(rig));
    else
        return false;
    return true;
}

static int fall_back(void *context, const oc_api_request_t *request, char *out, size_t size,
                     size_t *len) {
    bool status = strcmp(request->own_path, "/api/status") == 0;
    *len = (size_t)snprintf(out, size, "{\"host\":\"%.*s\"}", (int)request->body_bytes,
                            request->text.data ? (const char *)request->text.data : "");
    return status ? 200 : 0;
}

static int set_up(void **state) {
    rig_t *rig = calloc(1, sizeof(*rig));
    pthread_mutex_init(&rig->lock, NULL);
    rig->root = test_folder_make(rig->path);
    oc_media_thread_config_t config = {.root = rig->root,
                                       .wake_script = wake_script,
                                       .deliver = deliver,
                                       .advanced = on_advanced,
                                       .context = rig};
    if (rig->root < 0 || oc_media_thread_start(&rig->media, &config) != OC_OK)
        return 1;
    rig->sink.add = on_answer;
    rig->sink.context = rig;
    oc_api_broker_init(&rig->broker, &rig->sink, oc_media_thread_mailbox(rig->media), rig->media);
    rig->broker.fallback = fall_back;
    atomic_store(&rig->open, true);
    oc_mailbox_new_generation(oc_media_thread_mailbox(rig->media));
    *state = rig;
    return 0;
}

static int tear_down(void **state) {
    rig_t *rig = *state;
    oc_mailbox_t *box = oc_media_thread_mailbox(rig->media);
    oc_api_broker_end(&rig->broker);
    oc_mailbox_new_generation(box);
    bool leaked = oc_mailbox_parcel_bytes(box) != 0;
    if (!oc_media_thread_stop(rig->media, oc_posix_now_us() + TEST_WAIT_US))
        return 1;
    leaked |= atomic_load(&rig->sink.body_bytes) != 0;
    close(rig->root);
    test_folder_remove(rig->path);
    pthread_mutex_destroy(&rig->lock);
    free(rig);
    return leaked;
}

/* As the table of addresses has it. */
static const char *own_path(const char *path) {
    const oc_route_t *route = oc_route_find(path, OC_METHOD_GET);
    return route->fallback ? route->path : NULL;
}

/* What the HTTP thread does with a request. False: 503 at once. */
static bool add(rig_t *rig, uint32_t id, const char *method, const char *path, const char *body) {
    uint32_t bytes = (uint32_t)strlen(body);
    uint8_t *text = oc_api_broker_text(&rig->broker, bytes + 100);
    assert_non_null(text);
    memcpy(text, body, bytes);
    int head = snprintf((char *)text + bytes, 100, "%s%c%s%c%c7%c", method, 0, path, 0, 0, 0);
    int64_t now = clock_us(rig);
    oc_api_request_t request = {.id = id,
                                .method = method,
                                .own_path = own_path(path),
                                .until_us = now + OC_API_US,
                                .body_bytes = bytes,
                                .text = {text, bytes + (uint32_t)head}};
    return oc_api_broker_add(&rig->broker, &request, now);
}

static int answer_of(rig_t *rig, uint32_t id) {
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    while (atomic_load(&rig->status[id]) == 0) {
        assert_true(oc_posix_now_us() < until);
        oc_media_thread_wake(rig->media);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return atomic_load(&rig->status[id]);
}

/* Posts on the script thread and takes the reply, which is there at once: no thread in between. */
static oc_reply_t command(rig_t *rig, uint16_t kind, int32_t arg0, int32_t arg1, const char *text) {
    oc_mailbox_t *box = oc_media_thread_mailbox(rig->media);
    oc_command_t posted = {.kind = kind, .arg = {arg0, arg1}};
    oc_reply_t reply;
    if (text) {
        posted.parcel.len = (uint32_t)strlen(text);
        posted.parcel.data = oc_mailbox_parcel_alloc(box, posted.parcel.len);
        memcpy(posted.parcel.data, text, posted.parcel.len);
    }
    int32_t request = oc_mailbox_post(box, &posted);
    assert_true(request > 0);
    assert_int_equal(oc_mailbox_take_reply(box, &reply), OC_OK);
    assert_int_equal(reply.request, request);
    return reply;
}

static int take(rig_t *rig, int32_t *id, char *text, size_t size) {
    oc_reply_t reply = command(rig, OC_COMMAND_HTTP_TAKE, 0, 0, NULL);
    if (reply.code == OC_OK) {
        *id = reply.value[0];
        snprintf(text, size, "%.*s", reply.value[1], (const char *)reply.parcel.data);
    }
    oc_mailbox_parcel_free(oc_media_thread_mailbox(rig->media), &reply.parcel);
    return reply.code;
}

static int answer(rig_t *rig, int32_t id, int status, const char *text) {
    oc_reply_t reply = command(rig, OC_COMMAND_HTTP_REPLY, id, status, text);
    oc_mailbox_parcel_free(oc_media_thread_mailbox(rig->media), &reply.parcel); /* why not */
    return reply.code;
}

static void a_request_goes_to_the_script_and_back(void **state) {
    rig_t *rig = *state;
    char text[64] = "";
    int32_t id = 0;
    oc_api_broker_ready(&rig->broker);
    assert_int_equal(take(rig, &id, text, sizeof(text)), OC_AGAIN);
    assert_true(add(rig, 5, "POST", "/api/channels", "{\"name\":\"door\"}"));
    uint32_t count;
    assert_int_equal(oc_mailbox_take_edge(oc_media_thread_mailbox(rig->media), &count),
                     OC_OBJECT_HTTP);
    assert_int_equal(answer(rig, 5, 200, "{}"), OC_ERR_NOENT); /* nobody has taken it */
    assert_int_equal(take(rig, &id, text, sizeof(text)), OC_OK);
    assert_int_equal(id, 5);
    assert_string_equal(text, "{\"name\":\"door\"}");
    assert_int_equal(take(rig, &id, text, sizeof(text)), OC_AGAIN); /* once */
    assert_int_equal(answer(rig, 5, 99, "{}"), OC_ERR_RANGE);
    assert_int_equal(answer(rig, 5, 201, "{\"a\":1}"), OC_OK);
    assert_int_equal(atomic_load(&rig->status[5]), 201);
    assert_string_equal(rig->body, "{\"a\":1}");
    assert_int_equal(answer(rig, 5, 201, "{}"), OC_ERR_NOENT); /* twice */
}

static void without_a_script_the_host_answers_what_it_can(void **state) {
    rig_t *rig = *state;
    char text[64];
    int32_t id;
    assert_true(add(rig, 1, "GET", "/api/status", ""));
    assert_int_equal(answer_of(rig, 1), 200);
    assert_false(add(rig, 2, "GET", "/api/settings", ""));  /* 503 at once */
    assert_true(add(rig, 3, "POST", "/api/privacy", "{}")); /* the host refuses this one */
    assert_int_equal(answer_of(rig, 3), 503);
    oc_api_broker_ready(&rig->broker);
    assert_true(add(rig, 4, "GET", "/api/status", ""));
    assert_true(add(rig, 5, "GET", "/api/settings", ""));
    assert_true(add(rig, 6, "POST", "/api/privacy", "{}"));
    assert_true(add(rig, 7, "HEAD", "/api/status", ""));
    assert_int_equal(take(rig, &id, text, sizeof(text)), OC_OK); /* under way, taken or not */
    oc_api_broker_end(&rig->broker);
    assert_int_equal(answer_of(rig, 4), 200);
    assert_int_equal(answer_of(rig, 5), 503);
    assert_int_equal(answer_of(rig, 6), 503); /* may have changed something */
    assert_int_equal(answer_of(rig, 7), 200);
    assert_false(add(rig, 8, "GET", "/api/settings", ""));
    assert_int_equal(answer(rig, 4, 200, "{}"), OC_ERR_NOENT); /* of the ended script */
    oc_api_broker_ready(&rig->broker);
    assert_true(add(rig, 9, "GET", "/api/settings", ""));
}

static void what_is_late_is_not_left_to_the_script(void **state) {
    rig_t *rig = *state;
    char text[64];
    int32_t id;
    oc_api_broker_ready(&rig->broker);
    assert_true(add(rig, 1, "GET", "/api/status", ""));
    assert_true(add(rig, 2, "GET", "/api/settings", ""));
    assert_int_equal(take(rig, &id, text, sizeof(text)), OC_OK);
    atomic_store(&rig->ahead_us, OC_API_STATUS_US);
    assert_int_equal(answer_of(rig, 1), 200); /* though the script has it */
    assert_int_equal(atomic_load(&rig->status[2]), 0);
    atomic_store(&rig->ahead_us, OC_API_US); /* the HTTP thread answers this one */
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    while (atomic_load(&rig->broker.count) > 0) {
        assert_true(oc_posix_now_us() < until);
        oc_media_thread_wake(rig->media);
    }
    assert_int_equal(take(rig, &id, text, sizeof(text)), OC_AGAIN);
    assert_int_equal(atomic_load(&rig->status[2]), 0);
}

static void a_stuck_script_answers_nobody(void **state) {
    rig_t *rig = *state;
    oc_api_broker_ready(&rig->broker);
    assert_true(add(rig, 1, "GET", "/api/settings", ""));
    assert_true(add(rig, 2, "GET", "/api/status", ""));
    oc_api_broker_stuck(&rig->broker);
    assert_int_equal(answer_of(rig, 1), 503);
    assert_int_equal(answer_of(rig, 2), 200);
}

/* As many as are allowed, none more; a body that takes no place in the script's parcels. */
static void full_is_an_answer(void **state) {
    rig_t *rig = *state;
    char text[64], *body = malloc(OC_API_BODY_MAX + 1);
    int32_t id;
    memset(body, 'x', OC_API_BODY_MAX);
    body[OC_API_BODY_MAX] = '\0';
    oc_api_broker_ready(&rig->broker);
    for (uint32_t i = 1; i <= OC_API_REQUESTS; i++)
        assert_true(add(rig, i, "POST", "/api/channels", body));
    assert_int_equal(oc_mailbox_parcel_bytes(oc_media_thread_mailbox(rig->media)), 0);
    assert_false(add(rig, IDS - 1, "POST", "/api/channels", body));
    assert_true(add(rig, IDS - 2, "GET", "/api/status", ""));
    assert_int_equal(answer_of(rig, IDS - 2), 200); /* the host has room */
    for (uint32_t i = 1; i <= OC_API_REQUESTS; i++) {
        assert_int_equal(take(rig, &id, text, sizeof(text)), OC_OK);
        assert_int_equal(id, i); /* the oldest first */
    }
    assert_int_equal(answer(rig, 1, 200, "{}"), OC_OK);
    assert_true(add(rig, IDS - 1, "GET", "/api/settings", ""));
    free(body);
}

/* ---- everybody at once ---- */

#define STORM 2000

typedef struct storm {
    rig_t *rig;
    _Atomic uint32_t refused;
} storm_t;

/* The HTTP thread. */
static void *bring(void *context) {
    storm_t *storm = context;
    for (uint32_t id = 1; id <= STORM; id++) {
        bool own = id % 7 == 0;
        if (!add(storm->rig, id, "GET", own ? "/api/status" : "/api/settings", ""))
            atomic_fetch_add(&storm->refused, 1);
        if (id % 16 == 0)
            sched_yield();
    }
    return NULL;
}

/* Every request is answered once, by whomever, while scripts come and go and the media thread looks
 * for late ones. */
static void nothing_is_lost_and_nothing_answered_twice(void **state) {
    rig_t *rig = *state;
    storm_t storm = {.rig = rig};
    pthread_t http;
    char text[64];
    assert_int_equal(pthread_create(&http, NULL, bring, &storm), 0);
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    for (unsigned turn = 0; atomic_load(&rig->answers) + atomic_load(&storm.refused) < STORM;
         turn++) {
        int32_t id;
        assert_true(oc_posix_now_us() < until);
        if (turn % 97 == 0) { /* a new script */
            oc_api_broker_end(&rig->broker);
            oc_mailbox_new_generation(oc_media_thread_mailbox(rig->media));
            oc_api_broker_ready(&rig->broker);
        }
        if (take(rig, &id, text, sizeof(text)) == OC_OK && id % 5 != 0)
            (void)answer(rig, id, 200, "{}"); /* others are left to the end of the script */
        oc_media_thread_wake(rig->media);
    }
    pthread_join(http, NULL);
    for (uint32_t id = 1; id <= STORM; id++) {
        int status = atomic_load(&rig->status[id]);
        assert_true(status == 200 || status == 503 || status == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_request_goes_to_the_script_and_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_script_the_host_answers_what_it_can, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_late_is_not_left_to_the_script, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stuck_script_answers_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(full_is_an_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_lost_and_nothing_answered_twice, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
