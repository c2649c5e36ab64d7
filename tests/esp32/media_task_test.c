/* Camera, capture task, media task and ring as on the board, tasks as threads: frames reach the
 * ring bit for bit; every failure ends in one reason; nothing is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "fake_idf.h"
#include "oc_capture_esp.h"
#include "oc_err.h"
#include "oc_media_task.h"
#include "oc_plane_impl.h"
#include "test_letter.h"
#include "test_wait.h"

#define FRAME_BYTES 3000

/* A script without an engine. */
typedef struct rig {
    oc_media_task_t *media;
    _Atomic unsigned wakes;
    uint32_t revision; /* of the list that was handed over last */
    /* on the media task only, by OC_COMMAND_READY */
    int reader;
    uint32_t packets, last_number, gaps;
    int64_t last_dts;
    bool wrong;
} rig_t;

static void on_wake(void *context) {
    ((rig_t *)context)->wakes++;
}

/* Reads what is new in the ring of channel 0 and compares it with what the camera made. */
static void on_ready(void *context) {
    static uint8_t expected[FRAME_BYTES + 64];
    rig_t *rig = context;
    oc_plane_t *plane = oc_media_task_plane(rig->media);
    const oc_stream_t *stream = oc_plane_stream(plane, 0);
    oc_ring_t *ring = stream ? stream->ring : NULL;
    oc_packet_t packet;
    int result;
    if (!ring)
        return;
    if (rig->reader < 0)
        rig->reader = oc_ring_open(ring, OC_RING_OLDEST, 0, OC_RING_TO_OLDEST);
    while ((result = oc_ring_peek(ring, rig->reader, 0, &packet)) >= 0 && result != OC_AGAIN) {
        rig->gaps += result == OC_GAP;
        if (result != OC_OK)
            continue;
        uint32_t n = fake_jpeg_number(packet.data, packet.len_bytes);
        uint32_t len = fake_jpeg(n, FRAME_BYTES, 320, 240, expected);
        rig->wrong = rig->wrong || n <= rig->last_number || len != packet.len_bytes ||
                     memcmp(packet.data, expected, len) != 0 || packet.dts <= rig->last_dts;
        rig->last_number = n;
        rig->last_dts = packet.dts;
        rig->packets++;
        oc_ring_advance(ring, rig->reader, 1);
    }
}

static int begin(rig_t *rig) {
    static bool added;
    if (!added)
        assert_int_equal(oc_capture_add("camera", &oc_capture_esp), OC_OK);
    added = true;
    memset(rig, 0, sizeof *rig);
    rig->reader = -1;
    rig->last_dts = -1;
    oc_media_task_config_t config = {on_wake, on_ready, rig, NULL};
    int result = oc_media_task_start(&rig->media, &config);
    if (result == OC_OK)
        oc_media_task_new_script(rig->media,
                                 oc_mailbox_new_generation(oc_media_task_mailbox(rig->media)));
    return result;
}

static void begin_clean(rig_t *rig) {
    fake_reset();
    fake_camera.bytes = FRAME_BYTES;
    fake_camera.frame_us = 4000;
    assert_int_equal(begin(rig), OC_OK);
}

static void end(rig_t *rig) {
    assert_true(oc_media_task_stop(rig->media, (uint32_t)(TEST_WAIT_MS * fake_speed)));
    assert_false(rig->wrong);
    assert_int_equal(fake_tasks(), 0);
    assert_int_equal(fake_memory_out(), 0);
    assert_int_equal(fake_camera.out, 0);
    assert_false(fake_camera.ready);
}

static void nap(void) {
    nanosleep(&(struct timespec){0, 1000000}, NULL);
}

/* Posts a command and waits for its answer. why: at least 200 bytes, or NULL. */
static int req(rig_t *rig, uint16_t kind, const void *record, uint32_t size, char *why) {
    oc_mailbox_t *box = oc_media_task_mailbox(rig->media);
    oc_command_t command = {.kind = kind, .arg = {0, (int32_t)size}};
    if (size) {
        command.parcel = (oc_parcel_t){oc_mailbox_parcel_alloc(box, size), size};
        assert_non_null(command.parcel.data);
        memcpy(command.parcel.data, record, size);
    }
    int32_t request = oc_mailbox_post(box, &command);
    assert_true(request > 0);
    for (int ms = 0; ms < TEST_WAIT_MS; ms++, nap()) {
        oc_reply_t reply;
        if (oc_mailbox_take_reply(box, &reply) != OC_OK)
            continue;
        assert_int_equal(reply.request, request);
        if (why)
            snprintf(why, 200, "%.*s", (int)reply.parcel.len, (char *)reply.parcel.data);
        oc_mailbox_parcel_free(box, &reply.parcel);
        if (kind == OC_COMMAND_DESIRED)
            rig->revision = (uint32_t)reply.value[0];
        return reply.code;
    }
    fail_msg("no answer to command %d", kind);
    return 0;
}

/* Hands over a list of one channel and waits for what becomes of it; why: at least 224 bytes. */
static int hand_over(rig_t *rig, const test_letter_t *letter, char *why) {
    const oc_plane_t *plane = oc_media_task_plane(rig->media);
    oc_stream_row_t row = {0};
    const oc_table_t *table = oc_plane_stream_table(plane, 0);
    assert_int_equal(
        req(rig, OC_COMMAND_DESIRED, letter, (uint32_t)test_letter_bytes(letter), NULL), OC_OK);
    for (int ms = 0; !oc_table_read(table, (uint32_t *)&row) || row.revision < rig->revision;
         ms++, nap())
        assert_true(ms < TEST_WAIT_MS);
    oc_plane_why(plane, 0, why);
    return -(int)row.failure;
}

static int open_channel(rig_t *rig, const char *url, uint32_t ring_bytes, char *why) {
    oc_channel_config_t config = {.name = "cam1", .ring_bytes = ring_bytes};
    test_letter_t letter = {0};
    snprintf(config.url, sizeof config.url, "%s", url);
    test_letter_add(&letter, &config);
    return hand_over(rig, &letter, why);
}

static void close_channel(rig_t *rig) {
    const test_letter_t none = {0};
    assert_int_equal(req(rig, OC_COMMAND_DESIRED, &none, (uint32_t)test_letter_bytes(&none), NULL),
                     OC_OK);
    for (int ms = 0; !test_letter_gone(oc_media_task_plane(rig->media), 0); ms++, nap())
        assert_true(ms < TEST_WAIT_MS);
}

static oc_stream_row_t row_of(rig_t *rig) {
    oc_stream_row_t row = {0};
    const oc_table_t *table = oc_plane_stream_table(oc_media_task_plane(rig->media), 0);
    while (!oc_table_read(table, (uint32_t *)&row)) /* the writer was at work each time */
        nap();
    return row;
}

/* Looks into the ring until `packets` more have been compared. */
static void read_packets(rig_t *rig, uint32_t packets) {
    uint32_t until = rig->packets + packets;
    for (int ms = 0; rig->packets < until; ms++, nap()) {
        assert_true(ms < TEST_WAIT_MS);
        assert_int_equal(req(rig, OC_COMMAND_READY, NULL, 0, NULL), OC_OK);
    }
    assert_false(rig->wrong);
}

#define URL "camera:?width=320&height=240"

static void frames_reach_the_ring_bit_for_bit(void **state) {
    rig_t rig;
    char why[OC_DESIRED_WHY_MAX];
    begin_clean(&rig);
    assert_int_equal(open_channel(&rig, URL, 4000000, why), OC_OK); /* holds them all, and more */
    read_packets(&rig, 300);
    assert_int_equal(rig.gaps, 0);
    assert_true(rig.last_number >= 300);
    for (int ms = 0; row_of(&rig).dropped_packets < rig.last_number - rig.packets; ms++, nap())
        assert_true(ms < TEST_WAIT_MS); /* what a busy machine left out is counted */
    close_channel(&rig);
    assert_int_equal(row_of(&rig).state, OC_STREAM_FREE);
    rig.reader = -1; /* and once more: the camera is free again */
    rig.last_number = 0;
    rig.last_dts = -1;
    assert_int_equal(open_channel(&rig, URL, 1000000, why), OC_OK);
    read_packets(&rig, 20);
    assert_true(rig.wakes > 0);
    end(&rig);
}

static void what_is_not_there_is_refused_with_a_reason(void **state) {
    rig_t rig;
    char why[OC_DESIRED_WHY_MAX];
    begin_clean(&rig);
    assert_int_equal(open_channel(&rig, URL, 1000000, why), OC_OK);
    test_letter_t letter = {0};
    oc_channel_config_t config = {.name = "cam1", .ring_bytes = 1000000, .url = URL};
    oc_desired_entry_t *entry = test_letter_add(&letter, &config);
    entry->records = 1;
    entry->record.name[0] = 'x';
    assert_int_equal(hand_over(&rig, &letter, why), OC_ERR_NOTSUP);
    assert_string_equal(why, "record: this host cannot record: it has no files");
    oc_listen_config_t listen = {.addresses = "127.0.0.1"};
    assert_int_equal(req(&rig, OC_COMMAND_HTTP_LISTEN, &listen, sizeof listen, why), OC_ERR_NOTSUP);
    assert_string_equal(why, "this host has no HTTP server so far");
    assert_int_equal(req(&rig, OC_COMMAND_HTTP_TAKE, NULL, 0, why), OC_AGAIN);
    assert_int_equal(req(&rig, OC_COMMAND_HTTP_REPLY, NULL, 0, why), OC_ERR_NOTSUP);
    assert_int_equal(req(&rig, OC_COMMAND_RECORDINGS_LIST, NULL, 0, why), OC_ERR_NOTSUP);
    assert_int_equal(req(&rig, OC_COMMAND_EXIT, "bad", 3, why), OC_ERR_NOTSUP);
    assert_int_equal(req(&rig, 999, NULL, 0, why), OC_ERR_NOTSUP);
    assert_int_equal(req(&rig, OC_COMMAND_REQUEST_KEY, NULL, 0, why), OC_OK);
    read_packets(&rig, 20); /* and the frames go on */
    end(&rig);
}

static void a_camera_that_fails_leaves_the_rest_alone(void **state) {
    static const struct {
        esp_err_t error;
        int code;
        const char *why;
    } cases[] = {
        {ESP_ERR_NOT_FOUND, OC_ERR_NOENT, "no sensor answers"},
        {ESP_ERR_NOT_SUPPORTED, OC_ERR_NOTSUP, "gives no JPEG"},
        {ESP_FAIL, OC_ERR_IO, "could not be set up"},
    };
    rig_t rig;
    char why[OC_DESIRED_WHY_MAX];
    begin_clean(&rig);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fake_camera.init_error = cases[i].error;
        assert_int_equal(open_channel(&rig, URL, 1000000 + i, why), cases[i].code);
        assert_non_null(strstr(why, cases[i].why));
    }
    assert_int_equal(open_channel(&rig, "camera:?zoom=1", 1000000, why), OC_ERR_FORMAT);
    assert_int_equal(open_channel(&rig, "replay:/a.mp4", 1000000, why), OC_ERR_NOTSUP);
    assert_int_equal(open_channel(&rig, "rtsp://host/", 1000000, why), OC_ERR_NOTSUP);
    fake_camera.init_error = ESP_OK;
    assert_int_equal(open_channel(&rig, URL, 1000000, why), OC_OK);
    read_packets(&rig, 10);
    end(&rig);
}

/* A channel, with so many allocations from when its list is posted until it was tried. */
static int open_with_memory(rig_t *rig, int left) {
    const oc_plane_t *plane = oc_media_task_plane(rig->media);
    oc_mailbox_t *box = oc_media_task_mailbox(rig->media);
    oc_channel_config_t config = {.name = "cam1", .ring_bytes = 500000, .url = URL};
    test_letter_t letter = {0};
    oc_reply_t reply = {0};
    test_letter_add(&letter, &config);
    uint32_t bytes = (uint32_t)test_letter_bytes(&letter);
    oc_command_t command = test_letter_command(&letter);
    command.parcel = (oc_parcel_t){oc_mailbox_parcel_alloc(box, bytes), bytes};
    memcpy(command.parcel.data, &letter, bytes);
    fake_memory_left = left;
    assert_true(oc_mailbox_post(box, &command) > 0);
    for (int ms = 0; oc_mailbox_take_reply(box, &reply) != OC_OK; ms++, nap())
        assert_true(ms < TEST_WAIT_MS);
    int code = reply.code;
    for (int ms = 0; reply.code == OC_OK && !test_letter_tried(plane, "cam1", 1, &code, NULL);
         ms++, nap())
        assert_true(ms < TEST_WAIT_MS);
    fake_memory_left = -1;
    oc_mailbox_parcel_free(box, &reply.parcel);
    return code;
}

/* Memory runs out at each allocation in turn: refused, given back, and it works when there is. */
static void memory_can_run_out_anywhere(void **state) {
    rig_t rig;
    char why[OC_DESIRED_WHY_MAX];
    fake_reset();
    fake_no_psram = true;
    assert_int_equal(begin(&rig), OC_ERR_NOMEM);
    assert_int_equal(fake_memory_out(), 0);
    for (int left = 0; left < 3; left++) {
        fake_reset();
        fake_memory_left = left;
        assert_int_equal(begin(&rig), OC_ERR_NOMEM);
        assert_int_equal(fake_memory_out(), 0);
    }
    int left, failures = 0;
    for (left = 0; left < 40; left++) {
        begin_clean(&rig);
        int code = open_with_memory(&rig, left);
        assert_true(code == OC_OK || code == OC_ERR_NOMEM);
        failures += code != OC_OK;
        if (code != OC_OK)
            assert_int_equal(open_channel(&rig, URL, 600000, why), OC_OK);
        read_packets(&rig, 5);
        end(&rig);
        if (code == OC_OK && failures == left)
            break; /* nothing was refused any more */
    }
    assert_in_range(failures, 6, 30);
}

static void damaged_and_large_frames_never_reach_the_ring(void **state) {
    rig_t rig;
    char why[OC_DESIRED_WHY_MAX];
    begin_clean(&rig);
    fake_camera.cut_every = 7;
    fake_camera.big_every = 5;
    fake_camera.big_bytes = 12000;
    assert_int_equal(open_channel(&rig, URL "&max=10000", 1000000, why), OC_OK);
    read_packets(&rig, 150); /* on_ready compares each: none is cut, none is big */
    assert_true(rig.last_number > 200);
    end(&rig);
}

/* Twenty times the sensor falls silent; each time it is set up anew and the line goes on. */
static void a_sensor_restarts_twenty_times(void **state) {
    rig_t rig;
    char why[OC_DESIRED_WHY_MAX];
    fake_reset();
    fake_camera.bytes = FRAME_BYTES;
    fake_camera.frame_us = 80000;
    fake_speed = 100;
    assert_int_equal(begin(&rig), OC_OK);
    assert_int_equal(open_channel(&rig, URL, 1000000, why), OC_OK);
    for (int round = 0; round < 20; round++) {
        read_packets(&rig, 130); /* 10 s: the pause before the next try is short again */
        uint32_t losses = row_of(&rig).source_losses; /* a busy machine may add to it */
        fake_camera.mute = true;
        for (int ms = 0; row_of(&rig).source_losses == losses; ms++, nap())
            assert_true(ms < TEST_WAIT_MS);
        fake_camera.mute = false;
        for (int ms = 0; row_of(&rig).state != OC_STREAM_RUNNING; ms++, nap())
            assert_true(ms < TEST_WAIT_MS);
    }
    read_packets(&rig, 10);
    assert_true(fake_camera.inits >= 21);
    assert_true(row_of(&rig).source_losses >= 20);
    end(&rig);
}

static void it_stops_whatever_it_is_doing(void **state) {
    rig_t rig;
    char why[OC_DESIRED_WHY_MAX];
    begin_clean(&rig); /* nothing open */
    end(&rig);
    begin_clean(&rig); /* the camera waits for a frame */
    fake_camera.wait_us = 300000;
    assert_int_equal(open_channel(&rig, URL, 1000000, why), OC_OK);
    fake_camera.mute = true;
    assert_false(oc_media_task_stop(rig.media, 0)); /* no time at all: nothing is freed */
    end(&rig);
    begin_clean(&rig); /* in the pause after a loss */
    fake_speed = 50;
    assert_int_equal(open_channel(&rig, URL, 1000000, why), OC_OK);
    fake_camera.mute = true;
    for (int ms = 0; row_of(&rig).state != OC_STREAM_LOST; ms++, nap())
        assert_true(ms < TEST_WAIT_MS);
    end(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_reach_the_ring_bit_for_bit),
        cmocka_unit_test(what_is_not_there_is_refused_with_a_reason),
        cmocka_unit_test(a_camera_that_fails_leaves_the_rest_alone),
        cmocka_unit_test(memory_can_run_out_anywhere),
        cmocka_unit_test(damaged_and_large_frames_never_reach_the_ring),
        cmocka_unit_test(a_sensor_restarts_twenty_times),
        cmocka_unit_test(it_stops_whatever_it_is_doing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
