/* The viewers of a camera in virtual time, against what pages, a script and the plane may do in any
 * order. An input is a row of steps: what (1 byte), which (1 byte), length (2 bytes), bytes.
 * 0 a page opens a channel with this label   1 a page says this on its channel `which`
 * 2 a message of a command channel: kind (2 bytes), request, payload   3 a page closes channel
 * `which` 4 a command of the script: kind (which), object, four arguments of one signed byte each,
 * parcel 5 the script takes notices and accepts what is asked   6 a new script   7 time passes:
 * length in milliseconds   8 the ring goes or comes   9 the viewer hears nothing, or again   10 a
 * viewer more 11 another track   12 the viewer goes */
#include <stdio.h>
#include <stdlib.h>

#include "oc_dcep.h"
#include "oc_err.h"
#include "view_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size);

enum {
    OPEN,
    REPORT,
    REQUEST,
    CLOSE,
    COMMAND,
    ACCEPT,
    SCRIPT,
    TIME,
    RING,
    FREEZE,
    CONNECT,
    TRACK,
    GO
};
#define KINDS    (GO + 1)
#define STEPS    48 /* of one input */
#define TIME_MAX 2000
#define SESSIONS 4

static const rig_options_t options = {.link = {.delay_us = 1000, .mtu = 1472},
                                      .camera = true,
                                      .ring_bytes = 128 * 1024,
                                      .key = 8000,
                                      .picture = 800,
                                      .gop = 10,
                                      .sessions = SESSIONS,
                                      .blocks = 32};

static page_t *page_at(unsigned which) {
    page_t *page = &rig.page[which % 12];
    oc_peer_t *peer = page->peer && !page->closed ? oc_hub_peer(rig.viewer->hub, page->peer) : NULL;
    return peer ? page : NULL;
}

static bool viewer_up(void) {
    return oc_hub_peer_state(rig.viewer->hub, rig.at_viewer) == OC_PEER_UP;
}

static void open_label(const uint8_t *data, size_t len) {
    char label[OC_PEER_LABEL + 1];
    unsigned open = 0;
    for (unsigned i = 0; i < RIG_CHANNELS; i++)
        open += rig.page[i].peer == rig.at_viewer && !rig.page[i].closed;
    if (!viewer_up() || open >= 7 || rig.page[RIG_CHANNELS - 8].peer)
        return;
    len = len < OC_PEER_LABEL ? len : OC_PEER_LABEL;
    memcpy(label, data, len);
    label[len] = '\0';
    (void)rig_open(label);
}

static void report(unsigned which, const uint8_t *data, size_t len) {
    page_t *page = page_at(which);
    if (page && len &&
        oc_source_fifo_push(&page->fifo, which & 0x80 ? OC_PPID_STRING : OC_PPID_BINARY, data,
                            (uint32_t)len) == OC_OK)
        oc_peer_kick(oc_hub_peer(rig.viewer->hub, page->peer), page->sid);
    world_settle(rig.world);
}

static void request(unsigned which, const uint8_t *data, size_t len) {
    uint8_t bytes[2048] = {0};
    if (len < 2 || len > 1024)
        return;
    bytes[0] = data[0] % 6;
    bytes[3] = data[1]; /* which channel a report is about */
    bytes[7] = data[0] >> 4;
    memcpy(bytes + 8, data + 2, len - 2);
    report(which & 0x7F, bytes, 8 + len - 2);
}

/* Gives back what is answered; the code of the last one. */
static int drain(void) {
    oc_reply_t reply;
    int code = OC_AGAIN;
    rig.notice[0] = '\0';
    while (oc_mailbox_take_reply(rig.box, &reply) == OC_OK) {
        code = reply.code;
        if (reply.parcel.len >= sizeof rig.notice)
            abort();
        memcpy(rig.notice, reply.parcel.len ? (char *)reply.parcel.data : "", reply.parcel.len);
        rig.notice[reply.parcel.len] = '\0';
        oc_mailbox_parcel_free(rig.box, &reply.parcel);
    }
    return code;
}

static void command(unsigned which, const uint8_t *data, size_t len) {
    const uint16_t kinds = OC_COMMAND_P2P_RATE - OC_COMMAND_P2P_OFFER + 1;
    uint16_t kind = (uint16_t)(OC_COMMAND_P2P_OFFER + which % kinds);
    int32_t arg[4];
    if (len < 5)
        return;
    for (unsigned i = 0; i < 4; i++)
        arg[i] = (int8_t)data[1 + i];
    if (which & 0x80) /* a session that is there */
        arg[0] = (int32_t)rig.at_camera;
    (void)rig_post(kind, data[0], arg[0], arg[1], arg[2], arg[3], data + 5, (uint32_t)len - 5);
    (void)drain();
}

static void accept_all(unsigned which) {
    for (unsigned i = 0; i < 40; i++) {
        (void)rig_post(OC_COMMAND_P2P_TAKE, 0, 0, 0, 0, 0, NULL, 0);
        if (drain() != OC_OK)
            return;
        if (rig_reports("\"session\":0,") || rig_reports("\"view\":0,"))
            abort(); /* of nobody */
        if (!rig_reports("-start\""))
            continue;
        unsigned kind = rig_reports("action=command") ? OC_VIEW_COMMAND
                        : rig_reports("receive")      ? OC_VIEW_RECEIVE
                        : which & 1                   ? which / 2 % 5
                                                      : OC_VIEW_LIVE;
        (void)rig_post(OC_COMMAND_P2P_ACCEPT, (uint16_t)kind, rig_number("view"), 0, 0, 0, NULL, 0);
        (void)drain();
    }
}

static void ring(unsigned which) {
    if (rig.stream[0].ring)
        rig_stream_close(0, which & 1 ? "privacy mode is on" : "closed");
    else
        rig_stream_open(0, &options);
}

static void connect(void) {
    oc_hub_peer_t before = rig.at_viewer;
    oc_hub_stats_t stats;
    oc_hub_stats(rig.viewer->hub, &stats);
    if (stats.peers >= 6 || rig.viewer->frozen)
        return;
    (void)drain();
    if (rig_connect("3 action=live&channel=0\n5 action=command\n") <= 0) {
        rig.at_viewer = before;
        return;
    }
    (void)rig_negotiated(3);
    (void)rig_negotiated(5);
}

static void step(unsigned kind, unsigned which, const uint8_t *data, size_t len) {
    switch (kind % KINDS) {
    case OPEN:
        open_label(data, len);
        break;
    case REPORT:
        report(which, data, len);
        break;
    case REQUEST:
        request(which, data, len);
        break;
    case CLOSE:
        if (page_at(which))
            rig_close(page_at(which));
        break;
    case COMMAND:
        command(which, data, len);
        break;
    case ACCEPT:
        accept_all(which);
        break;
    case SCRIPT:
        rig_new_script();
        (void)drain();
        break;
    case RING:
        ring(which);
        break;
    case FREEZE:
        rig_freeze(!rig.viewer->frozen);
        break;
    case CONNECT:
        if (!rig.page[40].peer)
            connect();
        break;
    case TRACK:
        if (rig.stream[0].ring)
            rig_track(0, (uint16_t)(320 + which % 3 * 16));
        break;
    case GO:
        (void)oc_hub_close(rig.viewer->hub, rig.at_viewer, rig.world->now_us);
        break;
    default:
        rig_run((int64_t)(len % TIME_MAX) * MS);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rig_begin(&options);
    rig.lenient = true; /* pages of streams that came back, torn fragments */
    connect();
    rig_run(SECOND / 5);
    oc_rd_t r = oc_rd(oc_span(data, size));
    for (unsigned i = 0; i < STEPS && oc_rd_left(&r); i++) {
        unsigned kind = oc_rd_u8(&r), which = oc_rd_u8(&r);
        size_t len = oc_rd_u16(&r), left = oc_rd_left(&r);
        bool time = kind % KINDS == TIME;
        len = time || len < left ? len : left;
        step(kind, which, time ? NULL : oc_rd_bytes(&r, len), len);
    }
    (void)drain();
    rig_end();
    return 0;
}

/* ---- seeds: a few sessions as they should be ---- */

static void put(oc_wr_t *w, unsigned kind, unsigned which, const void *data, size_t len) {
    oc_wr_u8(w, kind);
    oc_wr_u8(w, which);
    oc_wr_u16(w, (uint32_t)len);
    if (kind != TIME)
        oc_wr_bytes(w, data, len);
}

static void put_text(oc_wr_t *w, unsigned kind, unsigned which, const char *text) {
    put(w, kind, which, text, strlen(text));
}

static void put_time(oc_wr_t *w, size_t ms) {
    put(w, TIME, 0, NULL, ms);
}

size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size) {
    oc_wr_t w = oc_wr(out, size);
    put(&w, ACCEPT, 0, NULL, 0);
    put_time(&w, 300);
    switch (index) {
    case 0: /* live, a hold, other tracks, the ring goes */
        put(&w, COMMAND, OC_COMMAND_P2P_WATERMARKS - OC_COMMAND_P2P_OFFER, "\0\0\1\2\3", 5);
        put_time(&w, 1000);
        put(&w, FREEZE, 0, NULL, 0);
        put_time(&w, 1900);
        put(&w, FREEZE, 0, NULL, 0);
        put(&w, TRACK, 1, NULL, 0);
        put_time(&w, 1000);
        put(&w, RING, 1, NULL, 0);
        put_time(&w, 500);
        break;
    case 1: /* requests, reports, an empty answer */
        put(&w, REQUEST, 1, "\x11\0hello", 7);
        put(&w, REQUEST, 1, "\x03\x03\0\0\0\1\0\0\0\1\0\0\0\0\1", 15);
        put_time(&w, 50);
        put(&w, ACCEPT, 0, NULL, 0);
        put(&w, COMMAND, OC_COMMAND_P2P_REPLY - OC_COMMAND_P2P_OFFER, "\0\2\1\0\0x", 6);
        put(&w, COMMAND, OC_COMMAND_P2P_REPLY - OC_COMMAND_P2P_OFFER, "\0\2\1\0\0", 5);
        put_time(&w, 500);
        break;
    case 2: /* talkback, another script, the viewer goes */
        put_text(&w, OPEN, 0, "action=voice&codec=opus");
        put_time(&w, 50);
        put(&w, ACCEPT, 0, NULL, 0);
        put_text(&w, REPORT, 2, "sound");
        put(&w, SCRIPT, 0, NULL, 0);
        put_text(&w, REPORT, 2, "sound");
        put(&w, ACCEPT, 0, NULL, 0);
        put(&w, GO, 0, NULL, 0);
        put_time(&w, 500);
        break;
    case 3: /* labels, ends */
        put_text(&w, OPEN, 0, "action=dance");
        put_text(&w, OPEN, 0, "a=1&a=2");
        put_text(&w, OPEN, 0, "action=live");
        put_time(&w, 50);
        put(&w, ACCEPT, 5, NULL, 0);
        put(&w, CLOSE, 2, NULL, 0);
        put(&w, CONNECT, 0, NULL, 0);
        put(&w, COMMAND, 0x80 | (OC_COMMAND_P2P_END - OC_COMMAND_P2P_OFFER), "\0\0\0\0\0bye", 8);
        put_time(&w, 1900);
        break;
    default:
        return 0;
    }
    return oc_wr_len(&w);
}
