/* oc_span_bodies: spans of a ring that other threads read while the media thread writes, and every
 * way in which they end. Built a second time with the thread sanitizer. */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_err.h"
#include "oc_command.h"
#include "oc_media_thread.h"
#include "oc_plane_live.h"
#include "oc_posix.h"
#include "oc_ring.h"
#include "oc_span_bodies.h"
#include "test_folder.h"
#include "test_letter.h"
#include "test_wait.h"

#define READERS  3
#define FILE_MAX (256 * 1024)
#define LATER_US (OC_SPAN_BODY_TAKE_US + 1000)
#define QUIET    "fake:?fps=100&gop=10&size=500&key=900"
#define SOMETIMES                                                                                  \
    "big@200:180000,big@400:180000,big@700:180000,big@1100:180000,big@1600:180000,"                \
    "big@2200:180000,big@2900:180000,big@3700:180000,big@4600:180000"

typedef struct rig {
    char path[64];
    int root;
    oc_media_thread_t *media;
    oc_mailbox_t *box;
    oc_span_bodies_t spans;
    _Atomic bool open;
    uint32_t generation;
    _Atomic bool called;
    _Atomic int64_t shift_us; /* of the clock that the spans see */
} rig_t;

static uint8_t picture[OC_SPAN_BODIES_BYTES];

static void on_wake(void *context) {}

static void on_host_command(void *context, const oc_command_t *command) {
    rig_t *rig = context;
    assert_int_equal(command->kind, OC_COMMAND_SPAN_BODY);
    const oc_span_body_asker_t asker = {command->request, command->generation};
    if (!(command->arg[3] & OC_SPAN_BODY_JPEG))
        oc_span_bodies_make(&rig->spans, command, oc_posix_now_us());
    else if (command->arg[0] > 0) /* as if a decoder had made so many bytes */
        oc_span_bodies_give(&rig->spans, &asker, picture, (uint32_t)command->arg[0],
                            oc_posix_now_us());
    else
        oc_span_bodies_refuse(&rig->spans, &asker, OC_ERR_STATE, "no decoder");
}

static int64_t on_advanced(void *context, int64_t now_us) {
    rig_t *rig = context;
    if (atomic_load(&rig->open))
        oc_span_bodies_advance(&rig->spans, now_us + atomic_load(&rig->shift_us));
    return now_us + 20000;
}

static void on_ring_gone(void *context, unsigned slot) {
    rig_t *rig = context;
    oc_span_bodies_ring_gone(&rig->spans, slot);
}

static void nap(void) {
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

static void on_new_script(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_plane_new_script(oc_media_thread_plane(media), call->a, oc_posix_now_us());
}

static int set_up(void **state) {
    rig_t *rig = calloc(1, sizeof(*rig));
    rig->root = test_folder_make(rig->path);
    oc_media_thread_config_t config = {.root = rig->root,
                                       .wake_script = on_wake,
                                       .host_command = on_host_command,
                                       .advanced = on_advanced,
                                       .ring_gone = on_ring_gone,
                                       .context = rig};
    if (rig->root < 0 || oc_media_thread_start(&rig->media, &config) != OC_OK)
        return 1;
    rig->box = oc_media_thread_mailbox(rig->media);
    oc_span_bodies_init(&rig->spans, oc_media_thread_plane(rig->media), rig->box);
    atomic_store(&rig->open, true);
    rig->generation = oc_mailbox_new_generation(rig->box);
    oc_media_call_t call = {.run = on_new_script, .a = rig->generation};
    *state = rig;
    return oc_media_thread_post(rig->media, &call);
}

static int tear_down(void **state) {
    rig_t *rig = *state;
    if (!oc_media_thread_stop(rig->media, oc_posix_now_us() + TEST_WAIT_US))
        return 1;
    oc_span_bodies_free(&rig->spans);
    close(rig->root);
    test_folder_remove(rig->path);
    free(rig);
    return 0;
}

/* Posts a command and waits for its reply; *why (160 bytes) gets its text. */
static oc_reply_t command(rig_t *rig, oc_command_t posted, const void *record, size_t len,
                          char *why) {
    oc_reply_t reply = {0};
    if (len > 0) {
        posted.parcel =
            (oc_parcel_t){oc_mailbox_parcel_alloc(rig->box, (uint32_t)len), (uint32_t)len};
        memcpy(posted.parcel.data, record, len);
    }
    assert_true(oc_mailbox_post(rig->box, &posted) > 0);
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    while (oc_mailbox_take_reply(rig->box, &reply) != OC_OK) {
        assert_true(oc_posix_now_us() < until);
        nap();
    }
    if (why)
        snprintf(why, 160, "%.*s", (int)reply.parcel.len, (const char *)reply.parcel.data);
    oc_mailbox_parcel_free(rig->box, &reply.parcel);
    return reply;
}

/* Hands over a list of one channel, or of none. */
static oc_reply_t hand_over(rig_t *rig, const test_letter_t *letter) {
    oc_reply_t reply =
        command(rig, test_letter_command(letter), letter, test_letter_bytes(letter), NULL);
    assert_int_equal(reply.code, OC_OK);
    return reply;
}

static uint16_t open_fake(rig_t *rig, const char *url, uint32_t ring_bytes) {
    oc_channel_config_t config = {
        .name = "cam", .ring_bytes = ring_bytes, .max_gop_bytes = ring_bytes};
    test_letter_t letter = {0};
    unsigned number = 0;
    int code = 0;
    snprintf(config.url, sizeof(config.url), "%s", url);
    test_letter_add(&letter, &config);
    uint32_t revision = (uint32_t)hand_over(rig, &letter).value[0];
    for (int64_t until = oc_posix_now_us() + TEST_WAIT_US;
         !test_letter_tried(oc_media_thread_plane(rig->media), "cam", revision, &code, &number);
         nap())
        assert_true(oc_posix_now_us() < until);
    assert_int_equal(code, OC_OK);
    return (uint16_t)number;
}

static void close_fake(rig_t *rig, unsigned number) {
    hand_over(rig, &(test_letter_t){0});
    for (int64_t until = oc_posix_now_us() + TEST_WAIT_US;
         !test_letter_gone(oc_media_thread_plane(rig->media), number); nap())
        assert_true(oc_posix_now_us() < until);
}

static oc_reply_t request(rig_t *rig, uint16_t channel, int32_t before_ms, char *why) {
    oc_command_t posted = {.kind = OC_COMMAND_SPAN_BODY, .object = channel, .arg = {before_ms}};
    return command(rig, posted, NULL, 0, why);
}

/* A body of the last moments, as soon as there is one. */
static oc_body_ref_t make(rig_t *rig, uint16_t channel, int32_t before_ms) {
    oc_body_ref_t ref = {0};
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    oc_reply_t reply;
    while ((reply = request(rig, channel, before_ms, NULL)).code != OC_OK) {
        assert_true(reply.code == OC_ERR_STATE || reply.code == OC_ERR_BUSY);
        assert_true(oc_posix_now_us() < until);
        nap();
    }
    assert_int_equal(
        oc_span_bodies_take(&rig->spans, (uint32_t)reply.value[0], rig->generation + 1, &ref),
        OC_ERR_NOENT); /* another script's */
    assert_int_equal(
        oc_span_bodies_take(&rig->spans, (uint32_t)reply.value[0], rig->generation, &ref), OC_OK);
    assert_int_equal(
        oc_span_bodies_take(&rig->spans, (uint32_t)reply.value[0], rig->generation, &ref),
        OC_ERR_NOENT); /* once */
    return ref;
}

/* All of it, or OC_ERR_*. */
static int64_t read_all(const oc_body_ref_t *ref, uint8_t *out) {
    uint64_t at = 0;
    assert_true(ref->bytes <= FILE_MAX);
    while (at < ref->bytes) {
        int64_t got = oc_body_read(ref, at, out + at, (size_t)(ref->bytes - at));
        if (got < 0)
            return got;
        assert_in_range(got, 1, OC_SPAN_BODY_COPY);
        at += (uint64_t)got;
    }
    return (int64_t)at;
}

static void until_it_ends(const oc_body_ref_t *ref, int why) {
    uint8_t byte;
    int64_t got, until = oc_posix_now_us() + TEST_WAIT_US;
    while ((got = oc_body_read(ref, 0, &byte, 1)) == 1) {
        assert_true(oc_posix_now_us() < until);
        nap();
    }
    assert_int_equal(got, why);
}

static void until_none_is_left(rig_t *rig) {
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    while (atomic_load(&rig->spans.count) > 0) {
        assert_true(oc_posix_now_us() < until);
        nap();
    }
}

static void end_script(oc_media_thread_t *media, const oc_media_call_t *call) {
    rig_t *rig = call->context;
    oc_span_bodies_script_gone(&rig->spans, call->a);
    atomic_store(&rig->called, true);
}

static void script_ends(rig_t *rig, uint32_t generation) {
    oc_media_call_t call = {.run = end_script, .context = rig, .a = generation};
    atomic_store(&rig->called, false);
    assert_int_equal(oc_media_thread_post(rig->media, &call), OC_OK);
    while (!atomic_load(&rig->called))
        nap();
}

/* ---- tests ---- */

static void test_it_stays_as_it_was(void **state) {
    rig_t *rig = *state;
    uint8_t *first = malloc(FILE_MAX), *again = malloc(FILE_MAX);
    uint16_t channel = open_fake(rig, QUIET, 100000); /* less than 2 s */
    oc_body_ref_t ref = make(rig, channel, 300);
    assert_string_equal(ref.body->type, "video/mp4");
    int64_t bytes = read_all(&ref, first);
    assert_memory_equal(first + 4, "ftyp", 4);
    int64_t until = oc_posix_now_us() + 4000000; /* wall time: two rounds */
    while (oc_posix_now_us() < until) {
        assert_int_equal(read_all(&ref, again), bytes);
        assert_memory_equal(first, again, bytes);
        nap();
    }
    oc_body_ref_t part = oc_body_keep(ref, 8, 20);
    oc_body_drop(&ref);
    assert_int_equal(oc_body_read(&part, 2, again, 100), 10); /* kept by whoever sends it */
    assert_memory_equal(first + 10, again, 10);
    oc_body_drop(&part);
    until_none_is_left(rig);
    free(first);
    free(again);
}

static void test_a_channel_is_closed(void **state) {
    rig_t *rig = *state;
    uint16_t channel = open_fake(rig, QUIET, 100000);
    oc_body_ref_t ref = make(rig, channel, 300);
    close_fake(rig, channel);
    until_it_ends(&ref, OC_ERR_CLOSED);
    assert_int_equal(request(rig, channel, 300, NULL).code, OC_ERR_NOENT);
    oc_body_drop(&ref);
    until_none_is_left(rig);
}

static void test_privacy_mode(void **state) {
    rig_t *rig = *state;
    char why[160];
    uint16_t channel = open_fake(rig, QUIET, 100000);
    oc_body_ref_t ref = make(rig, channel, 300);
    oc_command_t privacy = {.kind = OC_COMMAND_PRIVACY, .object = OC_PRIVACY_COMMAND, .arg = {1}};
    assert_int_equal(command(rig, privacy, NULL, 0, NULL).code, OC_OK);
    until_it_ends(&ref, OC_ERR_PRIVATE);
    assert_int_equal(request(rig, channel, 300, why).code, OC_ERR_PRIVATE);
    assert_string_equal(why, "channel 0: privacy mode is on");
    oc_body_drop(&ref);
}

static void test_a_script_ends(void **state) {
    rig_t *rig = *state;
    uint16_t channel = open_fake(rig, QUIET, 100000);
    oc_body_ref_t ref = make(rig, channel, 300), never;
    uint32_t untaken = (uint32_t)request(rig, channel, 300, NULL).value[0];
    uint8_t byte;
    script_ends(rig, rig->generation - 1);
    assert_int_equal(oc_body_read(&ref, 0, &byte, 1), 1);
    script_ends(rig, rig->generation);
    until_it_ends(&ref, OC_ERR_CLOSED);
    assert_int_equal(oc_span_bodies_take(&rig->spans, untaken, rig->generation, &never),
                     OC_ERR_NOENT);
    oc_body_drop(&ref);
    until_none_is_left(rig);
}

static void test_a_ring_that_needs_the_room(void **state) {
    rig_t *rig = *state;
    uint16_t channel = open_fake(rig, QUIET "&script=" SOMETIMES, 200000);
    oc_body_ref_t ref = make(rig, channel, 500);
    while (ref.bytes < 25000) { /* beside so many no picture of 180 KB fits */
        oc_body_drop(&ref);
        nap();
        ref = make(rig, channel, 500);
    }
    until_it_ends(&ref, OC_ERR_STALE);
    oc_body_drop(&ref);
    until_none_is_left(rig);
}

static void test_nobody_takes_it(void **state) {
    rig_t *rig = *state;
    uint16_t channel = open_fake(rig, QUIET, 100000);
    oc_body_ref_t ref = make(rig, channel, 300), never;
    uint32_t untaken = (uint32_t)request(rig, channel, 300, NULL).value[0];
    atomic_store(&rig->shift_us, LATER_US);
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    while (atomic_load(&rig->spans.count) > 1) {
        assert_true(oc_posix_now_us() < until);
        nap();
    }
    assert_int_equal(oc_span_bodies_take(&rig->spans, untaken, rig->generation, &never),
                     OC_ERR_NOENT);
    uint8_t byte;
    assert_int_equal(oc_body_read(&ref, 0, &byte, 1), 1); /* this one was taken */
    oc_body_drop(&ref);
}

static void test_there_are_few(void **state) {
    rig_t *rig = *state;
    char why[160];
    oc_body_ref_t ref[OC_RING_LOANS];
    uint16_t channel = open_fake(rig, QUIET, 400000);
    for (unsigned i = 0; i < OC_RING_LOANS; i++)
        ref[i] = make(rig, channel, 50);
    assert_int_equal(request(rig, channel, 50, why).code, OC_ERR_BUSY);
    assert_non_null(strstr(why, "too many bodies of rings are open"));
    oc_body_drop(&ref[3]);
    oc_body_ref_t again = make(rig, channel, 50); /* at once: what is dropped counts no more */
    oc_body_drop(&again);
    for (unsigned i = 0; i < OC_RING_LOANS; i++)
        oc_body_drop(&ref[i]);
    assert_int_equal(request(rig, channel, -1, NULL).code, OC_ERR_RANGE);
    assert_int_equal(request(rig, 7, 50, NULL).code, OC_ERR_NOENT);
}

static oc_reply_t request_picture(rig_t *rig, int32_t bytes, char *why) {
    oc_command_t posted = {.kind = OC_COMMAND_SPAN_BODY,
                           .arg = {bytes, 0, 0, OC_SPAN_BODY_PICTURE | OC_SPAN_BODY_JPEG}};
    return command(rig, posted, NULL, 0, why);
}

static void test_pictures_of_a_decoder(void **state) {
    rig_t *rig = *state;
    char why[160];
    oc_body_ref_t ref, never;
    uint8_t out[1000];
    memset(picture, 'p', 999);
    picture[999] = 'e';
    assert_int_equal(request_picture(rig, 0, why).code, OC_ERR_STATE);
    assert_string_equal(why, "no decoder");
    uint32_t number = (uint32_t)request_picture(rig, 1000, NULL).value[0];
    assert_int_equal(oc_span_bodies_take(&rig->spans, number, rig->generation + 1, &never),
                     OC_ERR_NOENT);
    assert_int_equal(oc_span_bodies_take(&rig->spans, number, rig->generation, &ref), OC_OK);
    assert_int_equal(oc_span_bodies_take(&rig->spans, number, rig->generation, &never),
                     OC_ERR_NOENT); /* once */
    assert_int_equal(ref.bytes, 1000);
    assert_string_equal(ref.body->type, "image/jpeg");
    picture[999] = 'x'; /* it is a copy */
    assert_int_equal(oc_body_read(&ref, 0, out, sizeof(out)), 1000);
    assert_int_equal(out[999], 'e');
    assert_int_equal(atomic_load(&rig->spans.count), 0); /* it is the script's now */
    number = (uint32_t)request_picture(rig, 1000, NULL).value[0];
    script_ends(rig, rig->generation - 1);
    assert_int_equal(atomic_load(&rig->spans.count), 1);
    script_ends(rig, rig->generation);
    assert_int_equal(oc_span_bodies_take(&rig->spans, number, rig->generation, &never),
                     OC_ERR_NOENT);
    for (unsigned i = 0; i < OC_SPAN_BODIES_MAX; i++)
        assert_int_equal(request_picture(rig, 10, NULL).code, OC_OK);
    assert_int_equal(request_picture(rig, 10, why).code, OC_ERR_BUSY);
    assert_non_null(strstr(why, "too many pictures are open"));
    atomic_store(&rig->shift_us, LATER_US); /* nobody takes them */
    until_none_is_left(rig);
    atomic_store(&rig->shift_us, 0);
    assert_int_equal(request_picture(rig, (int32_t)OC_SPAN_BODIES_BYTES, NULL).code, OC_ERR_BUSY);
    oc_body_drop(&ref);
    assert_int_equal(request_picture(rig, (int32_t)OC_SPAN_BODIES_BYTES, NULL).code, OC_OK);
}

/* ---- files of live HLS ---- */

static oc_reply_t request_live(rig_t *rig, uint16_t channel, uint32_t number, int32_t flags) {
    oc_command_t posted = {.kind = OC_COMMAND_SPAN_BODY,
                           .object = channel,
                           .arg = {(int32_t)number, 0, 0, OC_SPAN_BODY_LIVE | flags}};
    return command(rig, posted, NULL, 0, NULL);
}

/* One of them, all of it, with a NUL behind; as soon as there is one. */
static size_t read_live(rig_t *rig, uint16_t channel, uint32_t number, int32_t flags,
                        const char *type, uint8_t *out) {
    oc_body_ref_t ref = {0};
    oc_reply_t reply;
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    while ((reply = request_live(rig, channel, number, flags)).code == OC_ERR_STATE) {
        assert_true(oc_posix_now_us() < until);
        nap();
    }
    assert_int_equal(reply.code, OC_OK);
    assert_int_equal(
        oc_span_bodies_take(&rig->spans, (uint32_t)reply.value[0], rig->generation, &ref), OC_OK);
    assert_string_equal(ref.body->type, type);
    int64_t len = read_all(&ref, out);
    assert_true(len > 0 && len < FILE_MAX);
    out[len] = 0;
    oc_body_drop(&ref);
    return (size_t)len;
}

/* What the HTTP server of the host sends of a file. */
typedef struct served {
    const char *file;
    uint8_t bytes[FILE_MAX];
    uint32_t len;
    const char *type;
    _Atomic bool done;
} served_t;

static void serve(oc_media_thread_t *media, const oc_media_call_t *call) {
    served_t *served = call->context;
    oc_plane_body_t body;
    assert_int_equal(
        oc_plane_live_get(oc_media_thread_plane(media), "cam", served->file, "", &body), OC_OK);
    assert_true(body.len <= sizeof(served->bytes));
    memcpy(served->bytes, body.data, body.len);
    served->len = body.len;
    served->type = body.content_type;
    oc_media_thread_release(body.data);
    atomic_store(&served->done, true);
}

/* A file is the same as a body, with its type. */
static void compare(rig_t *rig, uint16_t channel, const char *file, uint32_t number,
                    int32_t flags) {
    served_t *served = calloc(1, sizeof(*served));
    uint8_t *own = malloc(FILE_MAX);
    served->file = file;
    oc_media_call_t call = {.run = serve, .context = served};
    assert_int_equal(oc_media_thread_post(rig->media, &call), OC_OK);
    while (!atomic_load(&served->done))
        nap();
    assert_int_equal(read_live(rig, channel, number, flags, served->type, own), served->len);
    assert_memory_equal(own, served->bytes, served->len);
    free(served);
    free(own);
}

static void test_files_of_live_hls(void **state) {
    rig_t *rig = *state;
    uint16_t channel = open_fake(rig, QUIET, 400000);
    char list[FILE_MAX], file[32];
    unsigned init = 0, segment = 0;
    read_live(rig, channel, 0, OC_SPAN_BODY_LIST, "application/vnd.apple.mpegurl", (uint8_t *)list);
    assert_memory_equal(list, "#EXTM3U\n", 8);
    assert_null(strstr(list, "#EXT-X-PART"));
    assert_int_equal(sscanf(strstr(list, "#EXT-X-MAP:URI="), "#EXT-X-MAP:URI=\"i%u.mp4\"", &init),
                     1);
    assert_int_equal(sscanf(strstr(list, "\ns"), "\ns%u.m4s", &segment), 1);
    snprintf(file, sizeof(file), "i%u.mp4", init);
    compare(rig, channel, file, init, OC_SPAN_BODY_INIT);
    snprintf(file, sizeof(file), "s%u.m4s", segment);
    compare(rig, channel, file, segment, 0);
    until_none_is_left(rig);

    assert_int_equal(request_live(rig, channel, segment + 100, 0).code, OC_ERR_NOENT);
    assert_int_equal(request_live(rig, channel, segment - 100, 0).code, OC_ERR_NOENT);
    assert_int_equal(request_live(rig, channel, init + 1, OC_SPAN_BODY_INIT).code, OC_ERR_NOENT);
    assert_int_equal(request_live(rig, channel, segment, OC_SPAN_BODY_SUB).code, OC_ERR_NOENT);
    assert_int_equal(request_live(rig, 7, segment, 0).code, OC_ERR_NOENT);
    assert_int_equal(request_live(rig, 7, 0, OC_SPAN_BODY_LIST).code, OC_ERR_NOENT);

    oc_body_ref_t ref = {0};
    uint32_t number = (uint32_t)request_live(rig, channel, segment, 0).value[0];
    assert_int_equal(oc_span_bodies_take(&rig->spans, number, rig->generation, &ref), OC_OK);
    oc_command_t privacy = {.kind = OC_COMMAND_PRIVACY, .object = OC_PRIVACY_COMMAND, .arg = {1}};
    assert_int_equal(command(rig, privacy, NULL, 0, NULL).code, OC_OK);
    until_it_ends(&ref, OC_ERR_PRIVATE);
    assert_int_equal(request_live(rig, channel, segment, 0).code, OC_ERR_PRIVATE);
    assert_int_equal(request_live(rig, channel, 0, OC_SPAN_BODY_LIST).code, OC_ERR_PRIVATE);
    oc_body_drop(&ref);
}

/* ---- readers on threads of their own ---- */

typedef struct reader {
    oc_body_ref_t ref;
    const uint8_t *expected;
    _Atomic unsigned rounds;
    int64_t end;
} reader_t;

static void *read_on(void *data) {
    reader_t *reader = data;
    uint8_t *out = malloc(FILE_MAX);
    while ((reader->end = read_all(&reader->ref, out)) > 0) {
        if (memcmp(out, reader->expected, (size_t)reader->end) != 0)
            abort(); /* other bytes in their place */
        atomic_fetch_add(&reader->rounds, 1);
    }
    free(out);
    oc_body_drop(&reader->ref);
    return NULL;
}

static void test_readers_among_endings(void **state) {
    rig_t *rig = *state;
    static uint8_t expected[FILE_MAX];
    for (unsigned round = 0; round < 4; round++) {
        reader_t readers[READERS] = {0};
        pthread_t thread[READERS];
        uint16_t channel = open_fake(rig, QUIET, 100000);
        oc_body_ref_t ref = make(rig, channel, 300);
        assert_true(read_all(&ref, expected) > 0);
        for (unsigned i = 0; i < READERS; i++) {
            readers[i].ref = oc_body_keep(ref, 0, UINT64_MAX);
            readers[i].expected = expected;
            assert_int_equal(pthread_create(&thread[i], NULL, read_on, &readers[i]), 0);
        }
        oc_body_drop(&ref);
        for (unsigned i = 0; i < READERS; i++)
            while (atomic_load(&readers[i].rounds) < 3)
                nap();
        if (round % 2)
            script_ends(rig, rig->generation);
        close_fake(rig, channel);
        for (unsigned i = 0; i < READERS; i++) {
            pthread_join(thread[i], NULL);
            assert_int_equal(readers[i].end, OC_ERR_CLOSED);
        }
        until_none_is_left(rig);
    }
}

static void test_one_that_never_fits(void **state) {
    rig_t *rig = *state;
    char why[160];
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    uint16_t channel = open_fake(rig, QUIET, 100000);
    oc_reply_t reply;
    while ((reply = request(rig, channel, 600000, why)).code != OC_ERR_TOO_BIG) {
        oc_body_ref_t ref; /* the ring is not full yet */
        assert_true(reply.code == OC_OK || reply.code == OC_ERR_STATE);
        if (reply.code == OC_OK && oc_span_bodies_take(&rig->spans, (uint32_t)reply.value[0],
                                                       rig->generation, &ref) == OC_OK)
            oc_body_drop(&ref);
        assert_true(oc_posix_now_us() < until);
        nap();
    }
    assert_non_null(strstr(why, "more than half of what the ring can hold"));
    assert_non_null(strstr(why, "set a longer ring"));
    oc_body_ref_t shorter = make(rig, channel, 300);
    oc_body_drop(&shorter);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_it_stays_as_it_was),
        TEST(test_a_channel_is_closed),
        TEST(test_privacy_mode),
        TEST(test_a_script_ends),
        TEST(test_a_ring_that_needs_the_room),
        TEST(test_nobody_takes_it),
        TEST(test_there_are_few),
        TEST(test_one_that_never_fits),
        TEST(test_pictures_of_a_decoder),
        TEST(test_files_of_live_hls),
        TEST(test_readers_among_endings),
    };
    return cmocka_run_group_tests_name("span_bodies", tests, NULL, NULL);
}
