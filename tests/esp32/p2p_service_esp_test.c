/* A camera on a board with WebRTC viewers: capture task, media task, P2P service, pump and tasks as
 * on the board, a scripted camera and lwIP's sockets on this machine's loopback. This thread is the
 * script and, with a pump of its own, the viewer. Cryptography is libcrypto: PSA of this mbedTLS
 * knows one thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "esp_netif.h"
#include "fake_idf.h"
#include "fake_net.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "oc_capture_esp.h"
#include "oc_err.h"
#include "oc_esp.h"
#include "oc_p2p_service_esp.h"
#include "oc_p2p_pump_esp.h"
#include "test_letter.h"
#include "test_wait.h"

#define FRAME_BYTES 30000 /* two messages each */
#define TEXT_MAX    16384

typedef struct rig {
    oc_media_task_t *media;
    oc_p2p_pump_esp_t *viewer;
    oc_hub_peer_t peer;
    bool opened;
    unsigned up, over, closed, texts, frames;
    char text[1024]; /* the last one */
    uint8_t fragment[FRAME_BYTES * 2];
    uint32_t have, last_number;
    bool init, wrong;
    int32_t value;   /* of the last reply */
    int memory_left; /* 1 + allocations that succeed while a command is carried out; 0: all */
    char why[TEXT_MAX + 1];
} rig_t;

static rig_t rig;
static TaskHandle_t self;

/* ---- the viewer ---- */

static void wake_self(void *context) {
    (void)context;
    xTaskNotifyGive(self);
}

static void on_open(void *context, int result) {
    (void)context;
    assert_int_equal(result, OC_OK);
    rig.opened = true;
}

static uint32_t number_at(const uint8_t *b) {
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Fragments are a moof and an mdat: a JPEG behind its head. */
static void take_fragment(void) {
    const uint8_t *b = rig.fragment;
    uint32_t moof = number_at(b), mdat;
    if (rig.have < 8 || rig.have < moof + 8)
        return;
    mdat = number_at(b + moof);
    if (rig.have < moof + mdat)
        return;
    uint32_t number = fake_jpeg_number(b + moof + 8, mdat - 8);
    static uint8_t expected[FRAME_BYTES + 64];
    uint32_t len = fake_jpeg(number, FRAME_BYTES, 1280, 720, expected);
    rig.wrong |= number <= rig.last_number || len != mdat - 8 || rig.have != moof + mdat ||
                 memcmp(expected, b + moof + 8, len) != 0;
    rig.last_number = number;
    rig.frames++;
    rig.have = 0;
}

static void take_message(const oc_peer_event_t *e) {
    if (e->text) {
        size_t n = oc_peer_message_copy(e, 0, rig.text, sizeof rig.text - 1);
        rig.text[n] = 0;
        rig.texts++;
        return;
    }
    if (rig.have + e->len > sizeof rig.fragment) {
        rig.wrong = true;
        return;
    }
    oc_peer_message_copy(e, 0, rig.fragment + rig.have, e->len);
    if (!rig.init) { /* ftyp: the init segment stands alone */
        rig.init = true;
        rig.wrong |= memcmp(rig.fragment + 4, "ftyp", 4) != 0;
        return;
    }
    rig.have += e->len;
    take_fragment();
}

static void on_event(void *context, const oc_hub_event_t *event) {
    oc_peer_event_t e = event->peer;
    (void)context;
    if (event->kind != OC_HUB_EVENT_PEER)
        return;
    rig.up += e.kind == OC_PEER_EVENT_UP;
    rig.over += e.kind == OC_PEER_EVENT_OVER;
    rig.closed += e.kind == OC_PEER_EVENT_CLOSED;
    if (e.kind == OC_PEER_EVENT_MESSAGE) {
        take_message(&e);
        oc_peer_message_release(oc_hub_peer(oc_p2p_pump_esp_core(rig.viewer)->hub, event->id), &e);
    }
}

/* Lets the viewer run until a condition holds. */
#define UNTIL(condition)                                                                           \
    for (int64_t late = oc_esp_now_us() + TEST_WAIT_US; !(condition); viewer_turn())               \
    assert_true(oc_esp_now_us() < late)

static void viewer_turn(void) {
    int64_t due = rig.viewer ? oc_p2p_pump_esp_turn(rig.viewer) : INT64_MAX;
    ulTaskNotifyTake(pdTRUE, oc_esp_ticks_until(due, 2));
}

static void start_viewer(void) {
    oc_p2p_pump_esp_config_t config = {.hub = {.peers = 1, .pool_blocks = 512},
                                       .ipv4 = true,
                                       .loopback = true,
                                       .on_open = on_open,
                                       .on_event = on_event,
                                       .wake = wake_self};
    config.hub.profile = oc_peer_profile_program();
    rig.opened = rig.init = false;
    rig.up = rig.over = rig.closed = rig.texts = rig.frames = rig.have = rig.last_number = 0;
    assert_int_equal(oc_p2p_pump_esp_create(&rig.viewer, &config), OC_OK);
    UNTIL(rig.opened);
    viewer_turn();
}

static void stop_viewer(void) {
    oc_p2p_pump_esp_t *viewer = rig.viewer;
    oc_p2p_pump_esp_close(viewer);
    UNTIL(oc_p2p_pump_esp_closed(viewer));
    oc_p2p_pump_esp_destroy(viewer);
    rig.viewer = NULL;
}

/* ---- the script ---- */

static int request_with(oc_command_t command, const void *data, size_t size) {
    oc_mailbox_t *box = oc_media_task_mailbox(rig.media);
    oc_reply_t reply;
    if (size) {
        command.parcel =
            (oc_parcel_t){oc_mailbox_parcel_alloc(box, (uint32_t)size), (uint32_t)size};
        assert_non_null(command.parcel.data);
        memcpy(command.parcel.data, data, size);
    }
    fake_memory_left = rig.memory_left - 1;
    assert_true(oc_mailbox_post(box, &command) > 0);
    UNTIL(oc_mailbox_take_reply(box, &reply) == OC_OK);
    assert_true(reply.parcel.len <= TEXT_MAX);
    if (reply.parcel.len)
        memcpy(rig.why, reply.parcel.data, reply.parcel.len);
    rig.why[reply.parcel.len] = 0;
    rig.value = reply.value[0];
    oc_mailbox_parcel_free(box, &reply.parcel);
    return reply.code;
}

static int req(uint16_t kind, int32_t arg0) {
    return request_with((oc_command_t){.kind = kind, .arg = {arg0}}, NULL, 0);
}

static int open_transport(int owner, const char *servers) {
    static oc_p2p_config_t config;
    memset(&config, 0, sizeof config);
    config.loopback = config.ipv4 = 1;
    snprintf(config.servers, sizeof config.servers, "%s", servers);
    return request_with((oc_command_t){.kind = OC_COMMAND_P2P_OPEN, .arg = {owner}}, &config,
                        sizeof config);
}

static bool take_notice(const char *kind) {
    char expected[64];
    snprintf(expected, sizeof expected, "{\"kind\":\"%s\"", kind);
    while (req(OC_COMMAND_P2P_TAKE, 0) == OC_OK)
        if (strncmp(rig.why, expected, strlen(expected)) == 0)
            return true;
    return false;
}

static int32_t number_in_notice(const char *name) {
    char key[32];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *at = strstr(rig.why, key);
    assert_non_null(at);
    return (int32_t)strtol(at + strlen(key), NULL, 10);
}

static void connect_viewer(void) {
    char text[OC_HUB_DESCRIPTION + 1] = "\n";
    const char *why = "";
    oc_hub_t *hub = oc_p2p_pump_esp_core(rig.viewer)->hub;
    assert_int_equal(oc_hub_pump_connect(oc_p2p_pump_esp_core(rig.viewer), &rig.peer), OC_OK);
    UNTIL(oc_hub_description(hub, rig.peer, (oc_span_t){0}, text + 1, OC_HUB_DESCRIPTION) > 0);
    assert_int_equal(request_with((oc_command_t){.kind = OC_COMMAND_P2P_OFFER}, text, strlen(text)),
                     OC_OK);
    assert_true(rig.value > 0);
    assert_int_equal(
        oc_hub_answer(hub, rig.peer, oc_span(rig.why, strlen(rig.why)), oc_esp_now_us(), &why),
        OC_OK);
    UNTIL(rig.up);
}

/* A viewer of the camera, its pictures under way; the number of its view. */
static int32_t watch(void) {
    oc_peer_channel_config_t silent = {0};
    start_viewer();
    connect_viewer();
    oc_peer_t *peer = oc_hub_peer(oc_p2p_pump_esp_core(rig.viewer)->hub, rig.peer);
    assert_true(oc_peer_open(peer, "action=live&channel=0&stream=main", &silent) >= 0);
    UNTIL(take_notice("send-start"));
    int32_t view = number_in_notice("view");
    oc_command_t accept = {
        .kind = OC_COMMAND_P2P_ACCEPT, .object = OC_VIEW_LIVE, .arg = {view, 0, OC_STREAM_MAIN}};
    assert_int_equal(request_with(accept, NULL, 0), OC_OK);
    return view;
}

/* ---- board ---- */

static void begin(void) {
    static bool added;
    static const oc_media_task_config_t config = {.service = &oc_p2p_service_esp};
    if (!added)
        assert_int_equal(oc_capture_add("camera", &oc_capture_esp), OC_OK);
    added = true;
    memset(&rig, 0, sizeof rig);
    self = xTaskGetCurrentTaskHandle();
    fake_reset();
    fake_net_reset();
    fake_camera.bytes = FRAME_BYTES;
    fake_camera.frame_us = 20000;
    assert_int_equal(oc_media_task_start(&rig.media, &config), OC_OK);
    oc_media_task_new_script(rig.media,
                             oc_mailbox_new_generation(oc_media_task_mailbox(rig.media)));
}

static void hand_over(const test_letter_t *letter) {
    assert_int_equal(request_with(test_letter_command(letter), letter, test_letter_bytes(letter)),
                     OC_OK);
}

static void open_camera(void) {
    oc_channel_config_t config = {.name = "cam1", .ring_bytes = 2000000};
    const oc_plane_t *plane = oc_media_task_plane(rig.media);
    test_letter_t letter = {0};
    int code = 0;
    snprintf(config.url, sizeof config.url, "camera:?width=1280&height=720&fps=50");
    test_letter_add(&letter, &config);
    hand_over(&letter);
    UNTIL(test_letter_tried(plane, "cam1", (uint32_t)rig.value, &code, NULL));
    assert_int_equal(code, OC_OK);
}

static void end(void) {
    if (rig.viewer)
        stop_viewer();
    assert_true(oc_media_task_stop(rig.media, TEST_WAIT_MS));
    assert_int_equal(fake_memory_out(), 0);
    assert_int_equal(fake_tasks(), 0);
    assert_int_equal(fake_net.open, 0);
    assert_int_equal(fake_net.handlers, 0);
}

static oc_view_row_t row_of(int32_t view) {
    oc_view_row_t row;
    const struct oc_p2p_service *service = oc_media_task_service(rig.media);
    while (!oc_p2p_service_esp.read_view(service, (unsigned)view % OC_VIEWS_MAX, &row))
        ;
    return row;
}

/* ---- tests ---- */

/* [B2] [B3] The camera's pictures reach the viewer bit for bit, out of the ring. */
static void pictures_reach_a_viewer(void **state) {
    oc_session_row_t session;
    begin();
    open_camera();
    assert_int_equal(open_transport(OC_P2P_HUB, ""), OC_OK);
    UNTIL(take_notice("ready"));
    int32_t view = watch();
    UNTIL(rig.frames >= 30);
    assert_false(rig.wrong);
    assert_int_equal(rig.texts, 1);
    assert_non_null(strstr(rig.text, "\"mime\":\"video/mp4; codecs=\\\"mp4v.6c\\\"\""));
    assert_non_null(strstr(rig.text, "\"width\":1280,\"height\":720"));
    UNTIL(row_of(view).acked_lo > FRAME_BYTES);
    assert_int_equal(row_of(view).view, view);
    assert_int_equal(row_of(view).state, OC_VIEW_OPEN);
    bool found = false;
    for (unsigned i = 0; i < OC_SESSIONS_MAX; i++)
        if (oc_p2p_service_esp.read_session(oc_media_task_service(rig.media), i, &session))
            found = found || (session.state == OC_SESSION_UP && session.views == 1);
    assert_true(found);
    stop_viewer();
    UNTIL(take_notice("send-stop"));
    end();
}

/* [B13] One owner at a time; each answer says why. */
static void owners_states_and_reasons(void **state) {
    begin();
    assert_int_equal(req(OC_COMMAND_P2P_CLOSE, 0), OC_ERR_STATE);
    assert_string_equal(rig.why, "the transport is not open");
    assert_int_equal(req(OC_COMMAND_P2P_TAKE, 0), OC_ERR_STATE);
    assert_int_equal(req(OC_COMMAND_P2P_RESTART, 0), OC_ERR_STATE);
    assert_int_equal(open_transport(2, ""), OC_ERR_INVAL);
    assert_int_equal(open_transport(OC_P2P_HUB, "gopher:x"), OC_ERR_INVAL);
    assert_int_equal(req(OC_COMMAND_P2P_OPEN, OC_P2P_HUB), OC_ERR_INVAL); /* no parcel */
    fake_net.interface[0].up = false;
    assert_int_equal(open_transport(OC_P2P_HUB, ""), OC_ERR_STATE);
    assert_string_equal(rig.why, "no network interface has an address yet");
    fake_net.interface[0].up = true;
    fake_net.sockets_left = 0;
    assert_int_equal(open_transport(OC_P2P_HUB, ""), OC_ERR_NOTSUP);
    fake_net.sockets_left = -1;
    assert_int_equal(open_transport(OC_P2P_HUB, ""), OC_OK);
    assert_int_equal(open_transport(OC_P2P_HUB, ""), OC_ERR_EXIST);
    assert_int_equal(open_transport(OC_P2P_RAW, ""), OC_ERR_BUSY);
    assert_string_equal(rig.why, "the sessions of the camera use the transport");
    assert_int_equal(req(OC_COMMAND_P2P_RESTART, 0), OC_OK);
    assert_int_equal(
        request_with((oc_command_t){.kind = OC_COMMAND_P2P_KEEPALIVE, .arg = {300, 3}}, NULL, 0),
        OC_ERR_RANGE);
    assert_int_equal(
        request_with((oc_command_t){.kind = OC_COMMAND_P2P_KEEPALIVE, .arg = {20, 2}}, NULL, 0),
        OC_OK);
    assert_int_equal(req(OC_COMMAND_P2P_CLOSE, 0), OC_OK);
    assert_int_equal(req(OC_COMMAND_P2P_CLOSE, 0), OC_ERR_STATE);
    assert_int_equal(req(OC_COMMAND_P2P_CONNECT, 0), OC_ERR_STATE);
    assert_int_equal(open_transport(OC_P2P_RAW, ""), OC_OK);
    assert_int_equal(open_transport(OC_P2P_HUB, ""), OC_ERR_BUSY);
    assert_string_equal(rig.why, "the raw interface uses the transport");
    end();
}

/* What ends beneath a viewer is told: the channel, privacy mode, the transport, the camera. */
static void what_ends_beneath_a_viewer(void **state) {
    begin();
    open_camera();
    assert_int_equal(open_transport(OC_P2P_HUB, ""), OC_OK);
    (void)watch();
    UNTIL(rig.frames >= 3);
    hand_over(&(test_letter_t){0});
    UNTIL(rig.closed);
    assert_string_equal(rig.text, "{\"error\":\"the channel is closed\"}");
    assert_int_equal(rig.over, 0); /* the viewer itself is still there */
    stop_viewer();
    open_camera();
    (void)watch();
    UNTIL(rig.frames >= 3);
    assert_int_equal(req(OC_COMMAND_P2P_CLOSE, 0), OC_OK);
    UNTIL(rig.over);
    stop_viewer();
    assert_int_equal(open_transport(OC_P2P_HUB, ""), OC_OK);
    (void)watch();
    UNTIL(rig.frames >= 3);
    assert_true(oc_media_task_stop(rig.media, TEST_WAIT_MS)); /* with a viewer looking */
    UNTIL(rig.over);
    stop_viewer();
    assert_int_equal(fake_memory_out(), 0);
    assert_int_equal(fake_tasks(), 0);
    assert_int_equal(fake_net.open, 0);
}

/* Names of servers: one that is known, one that is not, an address. */
static void names_become_addresses(void **state) {
    begin();
    fake_net.known = "stun.example";
    assert_int_equal(open_transport(OC_P2P_HUB, "stun:stun.example:40001\nstun:none.example\n"
                                                "turns:127.0.0.1:40002 u p"),
                     OC_OK);
    unsigned requested = 0;
    UNTIL((requested += fake_net_resolve()) == 2);
    UNTIL(take_notice("connect-fail"));
    fake_net.known = "none.example"; /* a restart asks again for what is missing */
    UNTIL(req(OC_COMMAND_P2P_RESTART, 0) == OC_OK && fake_net_resolve() == 1);
    assert_int_equal(req(OC_COMMAND_P2P_RESTART, 0), OC_OK); /* taken; nothing is missing now */
    assert_int_equal(req(OC_COMMAND_P2P_RESTART, 0), OC_OK);
    assert_int_equal(fake_net_resolve(), 0);
    assert_int_equal(req(OC_COMMAND_P2P_CLOSE, 0), OC_OK);
    /* closed while a question is open: its answer finds nobody */
    assert_int_equal(open_transport(OC_P2P_HUB, "stun:other.example"), OC_OK);
    assert_int_equal(req(OC_COMMAND_P2P_RESTART, 0), OC_OK); /* a turn went by: it was asked */
    assert_int_equal(req(OC_COMMAND_P2P_CLOSE, 0), OC_OK);
    assert_int_equal(fake_net_resolve(), 1);
    end();
}

/* Memory that ends at the n-th request of P2P_OPEN: refused with that reason, and it works later.
 */
static void out_of_memory_is_a_refusal(void **state) {
    unsigned refused = 0;
    begin();
    for (int left = 0; left < 9; left++) {
        rig.memory_left = left + 1;
        int code = open_transport(OC_P2P_HUB, "");
        rig.memory_left = 0;
        fake_memory_left = -1;
        assert_true(code == OC_OK || code == OC_ERR_NOMEM);
        refused += code != OC_OK;
        if (code == OC_OK)
            assert_int_equal(req(OC_COMMAND_P2P_CLOSE, 0), OC_OK);
    }
    assert_in_range(refused, 2, 8);
    while (open_transport(OC_P2P_HUB, "") != OC_OK) /* the last one is just being closed */
        viewer_turn();
    end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_reach_a_viewer),    cmocka_unit_test(owners_states_and_reasons),
        cmocka_unit_test(what_ends_beneath_a_viewer), cmocka_unit_test(names_become_addresses),
        cmocka_unit_test(out_of_memory_is_a_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
