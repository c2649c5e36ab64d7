#include "view_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include "oc_dcep.h"
#include "oc_err.h"
#include "oc_source_feed.h"
#include "oc_viewers_impl.h"

#define TICKS    3000 /* of a picture; 90,000 per second */
#define FRAME_US 33333
#define STEP_US  (5 * MS)
#define BEFORE   16 /* bytes before memory of the environment: its size */

rig_t rig;

static void die(const char *what) {
    fprintf(stderr, "view_rig: %s\n", what);
    abort();
}

static uint32_t payload_of(const rig_stream_t *s, unsigned nth) {
    return s->len[nth % RIG_KEPT];
}

static uint8_t byte_of(unsigned nth, uint32_t i) {
    return (uint8_t)(nth * 31 + i * 7 + (i >> 8));
}

/* ---- streams ---- */

static oc_track_t track_of(uint16_t width) {
    static const uint8_t avcc[] = {1, 0x42, 0xC0, 0x1E, 0xFF, 0xE1, 0,
                                   2, 0x67, 0x42, 1,    0,    1,    0x68};
    oc_track_t track = {.codec = OC_CODEC_H264, .timescale = 90000, .width = width, .height = 360};
    memcpy(track.config, avcc, sizeof avcc);
    track.config_len = sizeof avcc;
    return track;
}

void rig_track(unsigned slot, uint16_t width) {
    oc_track_t track = track_of(width);
    rig.stream[slot].config_id = (uint16_t)oc_ring_set_track(rig.stream[slot].ring, 0, &track);
}

void rig_stream_open(unsigned slot, const rig_options_t *o) {
    rig_stream_t *s = &rig.stream[slot];
    oc_ring_plan_t plan = {.bytes = o->ring_bytes ? o->ring_bytes : 1024 * 1024,
                           .bitrate_bps = 1000000,
                           .packets_per_s = 30};
    oc_ring_size_t size;
    *s = (rig_stream_t){.gop = o->gop ? o->gop : 30,
                        .key = o->key ? o->key : 20000,
                        .picture = o->picture ? o->picture : 3000};
    s->key0 = s->key;
    s->picture0 = s->picture;
    if (oc_ring_plan(&plan, &size, NULL, 0) != OC_OK ||
        posix_memalign(&s->memory, 16, size.total_bytes) != 0)
        die("ring");
    s->ring = oc_ring_init(s->memory, NULL, &plan, &size);
    rig_track(slot, 640);
}

void rig_stream_close(unsigned slot, const char *why) {
    rig_stream_t *s = &rig.stream[slot];
    oc_viewers_ring_gone(rig.v, slot, why, rig.world->now_us);
    memset(s->memory, 0xEE, 4096); /* a later use shows */
    free(s->memory);
    s->memory = NULL;
    s->ring = NULL;
    s->gone = true;
    rig.due_us = 0;
}

static void push_one(unsigned slot) {
    static uint8_t bytes[512 * 1024];
    rig_stream_t *s = &rig.stream[slot];
    if (!s->ring || s->silent)
        return;
    uint32_t len = (s->pushed % s->gop ? s->picture : s->key) + s->pushed % 7;
    s->len[s->pushed % RIG_KEPT] = len;
    for (uint32_t i = 0; i < len; i++)
        bytes[i] = byte_of(s->pushed, i);
    oc_packet_t packet = {.data = bytes,
                          .len_bytes = len,
                          .dts = (int64_t)s->pushed * TICKS,
                          .duration = TICKS,
                          .capture_us = rig.world->now_us,
                          .config_id = s->config_id,
                          .key = s->pushed % s->gop == 0};
    if (oc_ring_push(s->ring, &packet) != OC_OK)
        die("push");
    s->pushed++;
}

/* ---- the environment ---- */

static void *allocate(void *context, size_t bytes) {
    uint8_t *memory;
    if (++rig.allocations == rig.fail_at ||
        posix_memalign((void **)&memory, 16, bytes + BEFORE) != 0)
        return NULL;
    memcpy(memory, &bytes, sizeof bytes);
    rig.views_out++;
    rig.bytes_out += bytes;
    return memory + BEFORE;
}

static void release(void *context, void *memory) {
    size_t bytes;
    memcpy(&bytes, (uint8_t *)memory - BEFORE, sizeof bytes);
    rig.views_out--;
    rig.bytes_out -= bytes;
    free((uint8_t *)memory - BEFORE);
}

static int env_offer(void *context, oc_span_t sdp, oc_hub_peer_t *id, const char **why) {
    void *memory = world_peer_memory(rig.camera);
    int rc = oc_hub_offer(rig.camera->hub, sdp, memory, rig.world->now_us, id, why);
    if (rc != OC_OK)
        free(memory);
    else
        rig.camera->alive++;
    return rc;
}

static int env_connect(void *context, oc_hub_peer_t *id) {
    void *memory = world_peer_memory(rig.camera);
    int rc = oc_hub_connect(rig.camera->hub, memory, rig.world->now_us, id);
    if (rc != OC_OK)
        free(memory);
    else
        rig.camera->alive++;
    return rc;
}

static int env_stream(void *context, unsigned channel, oc_stream_kind_t stream,
                      oc_viewers_stream_t *out) {
    if (rig.private_mode)
        return OC_ERR_PRIVATE;
    if (channel > 0 || !rig.stream[stream].ring)
        return OC_ERR_NOENT;
    *out = (oc_viewers_stream_t){
        .ring = rig.stream[stream].ring,
        .slot = stream,
        .ceiling_bps = rig.stream[stream].ceiling,
        .clock = {.wall_minus_mono_us = 1700000000000000, .quality = OC_CLOCK_NTP}};
    return OC_OK;
}

static void env_key(void *context, unsigned slot) {
    rig.stream[slot].key_requests++;
    rig.stream[slot].last_key_us = rig.world->now_us;
}

static void env_bitrate(void *context, unsigned slot, uint32_t bps) {
    rig_stream_t *s = &rig.stream[slot];
    s->bitrate = bps;
    s->key = (uint32_t)((uint64_t)s->key0 * bps / s->ceiling);
    s->picture = (uint32_t)((uint64_t)s->picture0 * bps / s->ceiling);
}

static void env_watching(void *context, unsigned slot, unsigned views) {
    rig.stream[slot].watching = views;
}

static void wake(void *context) {}
static void *box_allocate(void *context, size_t bytes) {
    return rig.no_parcels ? NULL : malloc(bytes);
}
static void box_release(void *context, void *memory) {
    free(memory);
}

/* ---- what pages get ---- */

page_t *rig_page(oc_hub_peer_t peer, uint16_t sid) {
    for (unsigned i = 0; i < RIG_CHANNELS; i++)
        if (rig.page[i].peer == peer && rig.page[i].sid == sid && !rig.page[i].closed)
            return &rig.page[i];
    return NULL;
}

static page_t *new_page(void) {
    for (unsigned i = 0; i < RIG_CHANNELS; i++)
        if (!rig.page[i].peer) {
            memset(&rig.page[i], 0, sizeof rig.page[i]);
            oc_source_fifo_init(&rig.page[i].fifo, &rig.pool, 1 << 20);
            return &rig.page[i];
        }
    die("channels");
    return NULL;
}

static uint32_t number(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* A whole fragment is in rig.message: the one of which number, byte for byte. */
static void check_fragment(page_t *page) {
    const uint8_t *m = rig.message;
    const rig_stream_t *s = &rig.stream[0];
    unsigned nth = number(m + 20) - 1;
    if (page->have != OC_SOURCE_FEED_HEAD + payload_of(s, nth))
        die("a fragment of another length");
    if (number(m + 64) != nth * TICKS)
        die("another decode time");
    for (uint32_t i = 0; i < payload_of(s, nth); i++)
        if (m[OC_SOURCE_FEED_HEAD + i] != byte_of(nth, i))
            die("another byte");
    if (page->fragments == 0)
        page->first = nth;
    if (page->fragments == 0 || nth != page->newest + 1) {
        /* what had come before, behind one that was given up, is still delivered */
        if (nth % s->gop != 0 && nth / s->gop != page->newest / s->gop && !s->gone)
            die("begins at a picture that is no key");
        if (page->fragments && nth <= page->newest)
            die("goes back");
        page->gaps++;
    }
    page->newest = nth;
    page->newest_us = rig.world->now_us;
    page->fragments++;
}

/* Fragments come in one message or several; the first bytes say how long it is. */
static void take_piece(page_t *page, const oc_peer_event_t *e) {
    if (page->have + e->len > RIG_MESSAGE)
        die("a fragment without an end");
    (void)oc_peer_message_copy(e, 0, rig.message + page->have, e->len);
    page->have += e->len;
    page->pieces++;
    if (page->want == 0 && page->have >= OC_SOURCE_FEED_HEAD) {
        uint32_t moof = number(rig.message);
        page->want = moof + number(rig.message + moof);
    }
    if (page->have < page->want)
        return;
    if (page->have > page->want)
        die("more than one fragment");
    check_fragment(page);
    page->have = page->want = page->pieces = 0;
}

static void take_binary(page_t *page, const oc_peer_event_t *e) {
    page->binaries++;
    if (page->live && !page->init) {
        take_piece(page, e);
        return;
    }
    page->len = (uint32_t)oc_peer_message_copy(e, 0, page->bytes, sizeof page->bytes);
    if (page->init) {
        if (memcmp(page->bytes + 4, "ftyp", 4) != 0)
            die("no init segment");
        page->init = false;
        page->inits++;
    }
}

static void take_text(page_t *page, const oc_peer_event_t *e) {
    size_t n = oc_peer_message_copy(e, 0, page->last, sizeof page->last - 1);
    page->last[n] = '\0';
    if (page->texts < RIG_TEXTS)
        memcpy(page->text[page->texts], page->last, n + 1);
    page->texts++;
    if (strstr(page->last, "\"mime\"")) {
        if (page->have)
            die("JSON in the middle of a fragment");
        page->live = page->init = true;
    }
}

/* A connection is up when both its ends are. */
static void half_up(unsigned end) {
    rig.half[end]++;
    if (!rig.half[!end])
        return;
    rig.half[0]--;
    rig.half[1]--;
    rig.ups++;
}

static void viewer_event(world_hub_t *self, oc_hub_event_t *event) {
    oc_peer_event_t *e = &event->peer;
    if (event->kind != OC_HUB_EVENT_PEER)
        return;
    oc_peer_t *peer = oc_hub_peer(self->hub, event->id);
    page_t *page = rig_page(event->id, e->sid);
    if (e->kind == OC_PEER_EVENT_UP)
        half_up(0);
    if (e->kind == OC_PEER_EVENT_OPENED && page)
        page->opened = true;
    if (e->kind == OC_PEER_EVENT_CLOSED && page) {
        page->closed = true;
        oc_source_fifo_deinit(&page->fifo);
    }
    if (e->kind == OC_PEER_EVENT_OVER)
        for (unsigned i = 0; i < RIG_CHANNELS; i++)
            if (rig.page[i].peer == event->id && !rig.page[i].closed) {
                rig.page[i].closed = true;
                oc_source_fifo_deinit(&rig.page[i].fifo);
            }
    if (e->kind != OC_PEER_EVENT_MESSAGE)
        return;
    if (page && !rig.lenient) {
        page->largest = e->len > page->largest ? e->len : page->largest;
        if (rig.handle)
            rig.handle(page, e);
        else
            (e->text ? take_text : take_binary)(page, e);
    }
    oc_peer_message_release(peer, e);
}

static void camera_event(world_hub_t *self, oc_hub_event_t *event) {
    if (event->kind == OC_HUB_EVENT_PEER && event->peer.kind == OC_PEER_EVENT_UP)
        half_up(1);
    oc_viewers_event(rig.v, event, rig.world->now_us);
    rig.due_us = 0;
}

/* ---- life ---- */

static oc_hub_config_t hub_config(const rig_options_t *o) {
    oc_hub_config_t config = world_config(16);
    config.pool_blocks = 8192;
    if (o->camera)
        config.profile = oc_peer_profile_camera();
    return config;
}

void rig_begin(const rig_options_t *o) {
    oc_viewers_config_t config = {.sessions = o->sessions ? o->sessions : 8, .blocks = o->blocks};
    oc_mailbox_env_t box = {
        .loop = {.allocate = box_allocate, .release = box_release, .wake = wake},
        .wake_script = wake};
    oc_hub_config_t hub = hub_config(o);
    memset(&rig, 0, sizeof rig);
    rig.world = world_create(o->seed ? o->seed : 1);
    rig.viewer = world_add(rig.world, &hub);
    rig.camera = world_add(rig.world, &hub);
    world_link(rig.world, rig.viewer, rig.camera, o->link);
    rig.viewer->on_event = viewer_event;
    rig.camera->on_event = camera_event;
    rig.pool_memory = malloc(512 * (size_t)OC_POOL_EACH);
    oc_pool_init(&rig.pool, rig.pool_memory, 512);
    rig.env = (oc_viewers_env_t){.loop = {.allocate = allocate, .release = release},
                                 .offer = env_offer,
                                 .connect = env_connect,
                                 .stream = env_stream,
                                 .request_key = env_key,
                                 .set_bitrate = env_bitrate,
                                 .watching = env_watching};
    rig.handle = o->handle;
    rig.step = o->step;
    if (o->play) {
        rig.env.play_open = o->play->play_open;
        rig.env.play_fill = o->play->play_fill;
        rig.env.play_close = o->play->play_close;
    }
    rig.env.talk = o->talk;
    if (posix_memalign(&rig.memory, 16, oc_viewers_bytes(&config)) != 0 ||
        posix_memalign(&rig.box_memory, 16, oc_mailbox_bytes()) != 0)
        die("memory");
    rig.box = oc_mailbox_init(rig.box_memory, &box);
    rig.generation = oc_mailbox_new_generation(rig.box);
    rig.v = oc_viewers_init(rig.memory, &config, &rig.env, rig.box);
    rig_stream_open(0, o);
    rig.frame_us = FRAME_US;
    rig.next_frame_us = rig.world->now_us;
    oc_viewers_open(rig.v, rig.camera->hub, rig.world->now_us);
    rig_run(SECOND / 10);
}

void rig_end(void) {
    int64_t now = rig.world->now_us;
    oc_hub_peer_t peers[OC_HUB_PEERS_MAX];
    unsigned n = oc_hub_list(rig.camera->hub, peers, OC_HUB_PEERS_MAX);
    for (unsigned i = 0; i < n; i++)
        (void)oc_hub_close(rig.camera->hub, peers[i], now);
    rig_freeze(false);
    rig_run(SECOND / 10);
    oc_viewers_close(rig.v, rig.world->now_us);
    while (rig_take())
        ;
    rig.camera->on_event = NULL;
    world_destroy(rig.world);
    oc_viewers_deinit(rig.v);
    if (rig.v->pool.used)
        die("a block was not given back");
    if (rig.views_out)
        die("memory of views was not given back");
    if (oc_mailbox_parcel_bytes(rig.box))
        die("a parcel was not given back");
    free(rig.memory);
    free(rig.box_memory);
    free(rig.pool_memory);
    for (unsigned i = 0; i < RIG_STREAMS; i++)
        free(rig.stream[i].memory);
}

/* ---- time ---- */

static void advance(void) {
    rig.due_us = oc_viewers_advance(rig.v, rig.world->now_us);
    world_settle(rig.world);
}

bool rig_until(bool (*done)(void), int64_t us) {
    int64_t end = rig.world->now_us + us;
    while (!done || !done()) {
        int64_t now = rig.world->now_us, to = now + STEP_US;
        if (now >= end)
            return false;
        to = rig.next_frame_us < to ? rig.next_frame_us : to;
        to = rig.due_us < to ? rig.due_us : to;
        to = to > end ? end : to > now ? to : now;
        world_run(rig.world, to, NULL, NULL);
        if (rig.step)
            rig.step();
        if (rig.next_frame_us <= rig.world->now_us) {
            for (unsigned i = 0; i < RIG_STREAMS; i++)
                push_one(i);
            rig.next_frame_us += rig.frame_us;
            advance();
        } else if (rig.due_us <= rig.world->now_us)
            advance();
    }
    return true;
}

void rig_run(int64_t us) {
    (void)rig_until(NULL, us);
}

/* ---- the script ---- */

static void carry_out(void) {
    oc_command_t command;
    while (oc_mailbox_take_command(rig.box, &command) == OC_OK)
        if (!oc_viewers_command(rig.v, &command, rig.world->now_us))
            die("not a command of viewers");
    advance();
}

int32_t rig_post(uint16_t kind, uint16_t object, int32_t arg0, int32_t arg1, int32_t arg2,
                 int32_t arg3, const void *parcel, uint32_t len) {
    oc_command_t command = {.kind = kind, .object = object, .arg = {arg0, arg1, arg2, arg3}};
    if (len) {
        command.parcel = (oc_parcel_t){oc_mailbox_parcel_alloc(rig.box, len), len};
        memcpy(command.parcel.data, parcel, len);
    }
    int32_t request = oc_mailbox_post(rig.box, &command);
    if (request < 0)
        die("post");
    carry_out();
    return request;
}

static bool take_reply(uint32_t request, int *code, int32_t *value) {
    oc_reply_t reply;
    if (oc_mailbox_take_reply(rig.box, &reply) != OC_OK)
        return false;
    if (reply.request != request)
        die("another reply");
    *code = reply.code;
    *value = reply.value[0];
    rig.notice_len = reply.parcel.len;
    memcpy(rig.notice, reply.parcel.len ? (char *)reply.parcel.data : "", reply.parcel.len);
    rig.notice[reply.parcel.len] = '\0';
    oc_mailbox_parcel_free(rig.box, &reply.parcel);
    return true;
}

int rig_command(uint16_t kind, uint16_t object, int32_t arg0, int32_t arg1, int32_t arg2,
                int32_t arg3, const void *parcel, uint32_t len, int32_t *value) {
    int code = 0;
    int32_t got;
    uint32_t request = (uint32_t)rig_post(kind, object, arg0, arg1, arg2, arg3, parcel, len);
    for (unsigned i = 0; i < 400; i++) {
        if (take_reply(request, &code, value ? value : &got))
            return code;
        rig_run(STEP_US);
    }
    die("no reply");
    return 0;
}

bool rig_take(void) {
    return rig_command(OC_COMMAND_P2P_TAKE, 0, 0, 0, 0, 0, NULL, 0, NULL) == OC_OK;
}

void rig_expect(const char *kind) {
    char begin[64];
    snprintf(begin, sizeof begin, "{\"kind\":\"%s\"", kind);
    while (rig_take())
        if (strncmp(rig.notice, begin, strlen(begin)) == 0)
            return;
    fprintf(stderr, "no notice %s\n", kind);
    abort();
}

int32_t rig_number(const char *key) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    const char *at = strstr(rig.notice, quoted);
    if (!at)
        die("no such key");
    return (int32_t)strtol(at + strlen(quoted), NULL, 10);
}

bool rig_reports(const char *text) {
    return strstr(rig.notice, text) != NULL;
}

oc_span_t rig_bytes(void) {
    const char *lf = memchr(rig.notice, '\n', rig.notice_len);
    return lf ? oc_span(lf + 1, rig.notice_len - (size_t)(lf + 1 - rig.notice)) : oc_span(NULL, 0);
}

void rig_new_script(void) {
    rig.generation = oc_mailbox_new_generation(rig.box);
    oc_viewers_new_script(rig.v, rig.generation, rig.world->now_us);
}

/* ---- viewers ---- */

int32_t rig_connect(const char *lines) {
    static char sdp[OC_HUB_DESCRIPTION + 4096];
    int32_t session;
    int64_t now = rig.world->now_us;
    void *memory = world_peer_memory(rig.viewer);
    if (oc_hub_connect(rig.viewer->hub, memory, now, &rig.at_viewer) != OC_OK)
        die("connect");
    rig.viewer->alive++;
    size_t n = (size_t)snprintf(sdp, sizeof sdp, "%s\n", lines);
    int len = oc_hub_description(rig.viewer->hub, rig.at_viewer, oc_span(NULL, 0), sdp + n,
                                 OC_HUB_DESCRIPTION);
    if (len <= 0)
        die("description");
    int rc = rig_command(OC_COMMAND_P2P_OFFER, 0, 0, 0, 0, 0, sdp, (uint32_t)(n + (size_t)len),
                         &session);
    if (rc != OC_OK) {
        (void)oc_hub_close(rig.viewer->hub, rig.at_viewer, now);
        return rc;
    }
    rig.at_camera = (oc_hub_peer_t)session;
    if (oc_hub_answer(rig.viewer->hub, rig.at_viewer, oc_span(rig.notice, rig.notice_len), now,
                      NULL) != OC_OK)
        die("answer");
    world_settle(rig.world);
    return session;
}

static page_t *add(uint16_t sid, page_t *page) {
    page->peer = rig.at_viewer;
    page->sid = sid;
    world_settle(rig.world);
    return page;
}

page_t *rig_open(const char *label) {
    page_t *page = new_page();
    oc_peer_channel_config_t config = {.ops = &oc_source_fifo_ops, .context = &page->fifo};
    int sid = oc_peer_open(oc_hub_peer(rig.viewer->hub, rig.at_viewer), label, &config);
    if (sid < 0)
        die(oc_err_name(sid));
    return add((uint16_t)sid, page);
}

page_t *rig_negotiated(uint16_t sid) {
    page_t *page = new_page();
    oc_peer_channel_config_t config = {.ops = &oc_source_fifo_ops, .context = &page->fifo};
    if (oc_peer_open_negotiated(oc_hub_peer(rig.viewer->hub, rig.at_viewer), sid, &config) != OC_OK)
        die("negotiated");
    return add(sid, page);
}

void rig_log(page_t *page, const void *data, uint32_t len, bool text) {
    if (oc_source_fifo_push(&page->fifo, text ? OC_PPID_STRING : OC_PPID_BINARY, data, len) !=
        OC_OK)
        die("say");
    oc_peer_kick(oc_hub_peer(rig.viewer->hub, page->peer), page->sid);
    world_settle(rig.world);
}

void rig_request(page_t *page, unsigned kind, uint16_t channel, uint32_t request, const void *data,
                 uint32_t len) {
    static uint8_t bytes[64 * 1024];
    oc_wr_t w = oc_wr(bytes, sizeof bytes);
    oc_wr_u8(&w, kind);
    oc_wr_u8(&w, 0);
    oc_wr_u16(&w, channel);
    oc_wr_u32(&w, request);
    oc_wr_bytes(&w, data, len);
    rig_log(page, bytes, (uint32_t)oc_wr_len(&w), false);
}

void rig_report(page_t *command, const page_t *live, bool visible) {
    uint8_t report[13] = {0, 0, 0, 1, 0, 0, 0, 200, 0, 0, 0, 0, visible};
    rig_request(command, 3, live->sid, 0, report, sizeof report);
}

void rig_close(page_t *page) {
    (void)oc_peer_close_channel(oc_hub_peer(rig.viewer->hub, page->peer), page->sid);
    world_settle(rig.world);
}

void rig_freeze(bool frozen) {
    rig.viewer->frozen = frozen;
}

static page_t *accepted(const char *label, uint16_t kind, int32_t *view) {
    page_t *page = rig_open(label);
    rig_run(SECOND / 5);
    rig_expect(kind == OC_VIEW_RECEIVE ? "receive-start" : "send-start");
    int32_t number = rig_number("view");
    if (rig_command(OC_COMMAND_P2P_ACCEPT, kind, number, 0, 0, 0, NULL, 0, NULL) != OC_OK)
        die(rig.notice);
    if (view)
        *view = number;
    return page;
}

page_t *rig_live(int32_t *view) {
    return accepted("action=live&channel=0", OC_VIEW_LIVE, view);
}

page_t *rig_commands(int32_t *view) {
    return accepted("action=command", OC_VIEW_COMMAND, view);
}

/* ---- rows ---- */

oc_view_row_t rig_row(int32_t view) {
    oc_view_row_t row;
    uint32_t words[OC_VIEW_ROW_WORDS];
    if (!oc_table_read(oc_viewers_view_table(rig.v, (unsigned)view % OC_VIEWS_MAX), words))
        die("row");
    memcpy(&row, words, sizeof row);
    return row;
}

oc_session_row_t rig_session(unsigned index) {
    oc_session_row_t row;
    uint32_t words[OC_SESSION_ROW_WORDS];
    if (!oc_table_read(oc_viewers_session_table(rig.v, index), words))
        die("row");
    memcpy(&row, words, sizeof row);
    return row;
}
