/* Threads: the sender's (oc_push_*), and the capture thread (the driver's calls). The sender is the
 * producer of `inbox`, the capture thread its consumer and the producer of the host's handoff, so
 * both queues keep one producer and one consumer. A call of the sender marks itself in `inside`;
 * closing withdraws the port first and then waits for that one call, which never blocks. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include "oc_capture_push.h"
#include "oc_err.h"
#include "oc_feeder.h"
#include "oc_h264.h"

#define SCHEME         "push:"
#define BUFFER_OPTION  "?buffer="
#define POLL_US        5000  /* pump interval of a host without env.wake */
#define RELEASE_US     20000 /* look again for released payloads after this */
#define RETRY_US       2000  /* the handoff was full */
#define AVCC_SPS_AT    6     /* length and bytes of the first SPS, ISO/IEC 14496-15 5.3.3.1 */
#define NUMBER_SLOTS   OC_PUSH_PORTS
#define GENERATION_MAX (INT32_MAX / NUMBER_SLOTS)

typedef struct push {
    oc_capture_env_t env;
    oc_handoff_t inbox;
    void *buffer;
    int slot; /* in the table of ports; -1 none */

    /* sender's thread */
    oc_feeder_t feeder;
    bool described[OC_TRACKS_MAX], video[OC_TRACKS_MAX];
    oc_packet_t pending; /* between begin and commit; data NULL: none */
    uint32_t filled;

    /* both */
    _Atomic bool running;
    _Atomic bool lost_untold; /* the sender left while inbox was full */
    _Atomic uint32_t key_wanted, bps_wanted;

    /* capture thread */
    struct {
        uint32_t item; /* its number in the host's handoff */
        bool lent;
    } sent[OC_HANDOFF_SLOTS];
    uint32_t first, count;           /* items of inbox passed on and not yet released */
    oc_track_t track[OC_TRACKS_MAX]; /* told again after each start */
    bool untold[OC_TRACKS_MAX];
} push_t;

/* A port by name. What outlives the driver, because senders may look at it at any time. */
typedef struct port {
    _Atomic(push_t *) push;      /* NULL: closed */
    _Atomic uint32_t generation; /* of the sender number that is valid */
    _Atomic bool attached, inside;
    _Atomic bool taken; /* by a driver, from publishing to close */
    bool lost;          /* the last sender left; changed while attaching or attached only */
    char name[OC_PUSH_NAME_MAX]; /* changed while push is NULL only */
} port_t;

static port_t ports[OC_PUSH_PORTS];

/* ---- the sender's thread ---- */

/* Marks the sender inside its port; NULL: closed or another sender's. Ends with leave(). */
static push_t *enter(int sender) {
    port_t *port = &ports[(unsigned)sender % NUMBER_SLOTS];
    push_t *p;
    if (sender < 0 || (unsigned)sender / NUMBER_SLOTS != atomic_load(&port->generation))
        return NULL;
    atomic_store(&port->inside, true);
    p = atomic_load(&port->push);
    if (p && (unsigned)sender / NUMBER_SLOTS == atomic_load(&port->generation))
        return p;
    atomic_store(&port->inside, false);
    return NULL;
}

static int leave(int sender, int rc) {
    atomic_store(&ports[(unsigned)sender % NUMBER_SLOTS].inside, false);
    return rc;
}

/* A number that no sender had before; older ones are void from now on. */
static int new_number(unsigned slot) {
    uint32_t next = (atomic_load(&ports[slot].generation) + 1) % GENERATION_MAX;
    atomic_store(&ports[slot].generation, next);
    return (int)(next * NUMBER_SLOTS + slot);
}

/* Makes the port ready for a new sender. */
static int welcome(push_t *p, port_t *port) {
    if (port->lost && !atomic_exchange(&p->lost_untold, false) &&
        oc_handoff_push_state(&p->inbox, OC_HANDOFF_RESUMED, OC_OK) != OC_OK)
        return OC_ERR_BUSY;
    port->lost = false;
    memset(p->described, 0, sizeof p->described);
    p->pending.data = NULL;
    p->feeder.broken = false;
    return OC_OK;
}

int oc_push_attach(const char *name) {
    for (unsigned i = 0; i < OC_PUSH_PORTS; i++) {
        port_t *port = &ports[i];
        bool no = false;
        push_t *p;
        int sender, rc;
        if (!atomic_load(&port->push) || strncmp(port->name, name, OC_PUSH_NAME_MAX))
            continue;
        if (!atomic_compare_exchange_strong(&port->attached, &no, true))
            return OC_ERR_BUSY;
        sender = new_number(i);
        p = enter(sender);
        if (!p) /* closed just now; opening sets attached to false */
            return OC_ERR_NOENT;
        rc = strncmp(port->name, name, OC_PUSH_NAME_MAX) ? OC_ERR_NOENT : welcome(p, port);
        if (rc != OC_OK)
            atomic_store(&port->attached, false);
        return leave(sender, rc == OC_OK ? sender : rc);
    }
    return OC_ERR_NOENT;
}

void oc_push_detach(int sender) {
    push_t *p = enter(sender);
    port_t *port = &ports[(unsigned)sender % NUMBER_SLOTS];
    if (!p)
        return;
    if (oc_handoff_push_state(&p->inbox, OC_HANDOFF_LOST, OC_ERR_CLOSED) != OC_OK)
        atomic_store(&p->lost_untold, true);
    port->lost = true;
    new_number((unsigned)sender % NUMBER_SLOTS);
    atomic_store(&port->inside, false);
    atomic_store(&port->attached, false);
}

static bool valid_track(unsigned index, const oc_track_t *t) {
    return index < OC_TRACKS_MAX && t->codec != OC_CODEC_NONE && t->timescale &&
           t->timescale <= INT32_MAX && t->config_len <= OC_TRACK_CONFIG_MAX &&
           (index == 0 ? oc_codec_is_video(t->codec)
                       : oc_codec_is_audio(t->codec) && t->codec <= OC_CODEC_PCMU);
}

/* Fills in a picture size that the sender left out, from the avcC's first SPS. */
static void fill_size(oc_track_t *t) {
    oc_rd_t r = oc_rd(oc_span(t->config, t->config_len));
    oc_h264_sps_t sps;
    if (t->codec != OC_CODEC_H264 || (t->width && t->height))
        return;
    oc_rd_skip(&r, AVCC_SPS_AT);
    if (oc_h264_parse_sps(oc_rd_span(&r, oc_rd_u16(&r)), &sps) != OC_OK)
        return;
    t->width = sps.width;
    t->height = sps.height;
}

int oc_push_track(int sender, unsigned index, const oc_track_t *track) {
    push_t *p = enter(sender);
    oc_track_t full;
    int rc = OC_OK;
    if (!p)
        return OC_ERR_CLOSED;
    if (!valid_track(index, track))
        return leave(sender, OC_ERR_INVAL);
    full = *track;
    fill_size(&full);
    if (!atomic_load(&p->running))
        rc = OC_ERR_STATE;
    else if (oc_handoff_push_track(&p->inbox, index, &full) != OC_OK)
        rc = OC_ERR_BUSY;
    if (rc == OC_OK) {
        p->described[index] = true;
        p->video[index] = oc_codec_is_video(track->codec);
    }
    return leave(sender, rc);
}

static int begin(push_t *p, const oc_packet_t *packet) {
    p->pending.data = NULL;
    p->filled = 0;
    if (packet->track >= OC_TRACKS_MAX || !p->described[packet->track])
        return OC_ERR_INVAL;
    if (!atomic_load(&p->running))
        return OC_ERR_STATE;
    if (packet->len_bytes > p->feeder.size || packet->len_bytes > OC_PUSH_PAYLOAD_MAX) {
        p->feeder.broken = p->feeder.broken || p->video[packet->track];
        oc_handoff_count_drop(p->env.handoff);
        return OC_ERR_TOO_BIG;
    }
    p->pending = *packet;
    p->pending.jump = false;
    p->pending.data =
        oc_feeder_admit(&p->feeder, packet->len_bytes, p->video[packet->track], packet->key);
    if (p->pending.data)
        return packet->len_bytes ? OC_OK : OC_AGAIN;
    oc_handoff_count_drop(p->env.handoff);
    if (p->env.wake) /* let it release what is done with */
        p->env.wake(p->env.context);
    return OC_ERR_BUSY;
}

static int append(push_t *p, const uint8_t *data, uint32_t len) {
    if (!p->pending.data)
        return OC_ERR_STATE;
    if (len > p->pending.len_bytes - p->filled) {
        p->pending.data = NULL;
        return OC_ERR_TOO_BIG;
    }
    if (len) /* the one copy of a payload here */
        memcpy(p->feeder.buffer + (p->pending.data - p->feeder.buffer) + p->filled, data, len);
    p->filled += len;
    return OC_OK;
}

static int commit(push_t *p) {
    int rc;
    if (!p->pending.data || p->filled != p->pending.len_bytes)
        return OC_ERR_STATE;
    rc = oc_feeder_push(&p->feeder, &p->pending);
    p->pending.data = NULL;
    if (rc != OC_OK)
        return OC_ERR_BUSY;
    return p->filled ? OC_OK : OC_AGAIN;
}

int oc_push_begin(int sender, const oc_packet_t *packet) {
    push_t *p = enter(sender);
    return p ? leave(sender, begin(p, packet)) : OC_ERR_CLOSED;
}
int oc_push_append(int sender, const uint8_t *data, uint32_t len) {
    push_t *p = enter(sender);
    return p ? leave(sender, append(p, data, len)) : OC_ERR_CLOSED;
}
int oc_push_commit(int sender) {
    push_t *p = enter(sender);
    return p ? leave(sender, commit(p)) : OC_ERR_CLOSED;
}

int oc_push_packet(int sender, const oc_packet_t *packet) {
    push_t *p = enter(sender);
    int rc;
    if (!p)
        return OC_ERR_CLOSED;
    rc = begin(p, packet);
    if (rc >= 0)
        rc = append(p, packet->data, packet->len_bytes);
    if (rc >= 0)
        rc = commit(p);
    return leave(sender, rc);
}

bool oc_push_take_key_request(int sender) {
    push_t *p = enter(sender);
    return p && leave(sender, atomic_exchange(&p->key_wanted, 0) != 0);
}
uint32_t oc_push_take_bitrate(int sender) {
    push_t *p = enter(sender);
    uint32_t bps = p ? atomic_exchange(&p->bps_wanted, 0) : 0;
    if (p)
        leave(sender, OC_OK);
    return bps;
}
uint32_t oc_push_payload_max(int sender) {
    push_t *p = enter(sender);
    uint32_t size = p ? p->feeder.size : 0;
    if (p)
        leave(sender, OC_OK);
    return size < OC_PUSH_PAYLOAD_MAX ? size : OC_PUSH_PAYLOAD_MAX;
}

/* ---- the capture thread ---- */

/* Splits push:NAME?buffer=BYTES. */
static bool parse(const char *url, char name[OC_PUSH_NAME_MAX], uint32_t *buffer) {
    const char *at = url + strlen(SCHEME);
    size_t n = 0;
    uint64_t bytes = 0;
    if (strncmp(url, SCHEME, strlen(SCHEME)))
        return false;
    while (*at == '-' || (*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'z')) {
        if (n + 1 == OC_PUSH_NAME_MAX)
            return false;
        name[n++] = *at++;
    }
    name[n] = 0;
    *buffer = OC_PUSH_BUFFER;
    if (!*at)
        return n > 0;
    if (strncmp(at, BUFFER_OPTION, strlen(BUFFER_OPTION)))
        return false;
    for (at += strlen(BUFFER_OPTION); *at >= '0' && *at <= '9' && bytes <= UINT32_MAX; at++)
        bytes = bytes * 10 + (uint64_t)(*at - '0');
    *buffer = (uint32_t)bytes;
    return !*at && n > 0 && bytes >= OC_PUSH_BUFFER_MIN && bytes <= OC_PUSH_BUFFER_MAX;
}

/* Takes a place in the table for the name: its own of an earlier time, or a free one. */
static int publish(push_t *p, const char *name) {
    int slot = -1;
    for (int i = 0; i < OC_PUSH_PORTS; i++)
        if (atomic_load(&ports[i].push) && !strcmp(ports[i].name, name))
            return OC_ERR_EXIST;
    for (int i = 0; i < OC_PUSH_PORTS && slot < 0; i++) {
        bool no = false;
        if (atomic_compare_exchange_strong(&ports[i].taken, &no, true))
            slot = i;
    }
    if (slot < 0)
        return OC_ERR_BUSY;
    p->slot = slot;
    memcpy(ports[slot].name, name, OC_PUSH_NAME_MAX);
    ports[slot].lost = false;
    new_number((unsigned)slot); /* a sender of the driver before must not reach this one */
    atomic_store(&ports[slot].attached, false);
    atomic_store(&ports[slot].push, p);
    return OC_OK;
}

static int push_open(void *state, const oc_capture_env_t *env, oc_capture_config_t *config) {
    push_t *p = (push_t *)state;
    char name[OC_PUSH_NAME_MAX] = "";
    uint32_t bytes;
    int rc;
    memset(p, 0, sizeof *p);
    p->env = *env;
    p->slot = -1;
    config->why[0] = config->adapted[0] = 0;
    if (!parse(config->url, name, &bytes)) {
        snprintf(config->why, sizeof config->why,
                 "push: the URL must be push:NAME or push:NAME?buffer=BYTES, NAME of a-z 0-9 -, "
                 "BYTES %u .. %u",
                 OC_PUSH_BUFFER_MIN, OC_PUSH_BUFFER_MAX);
        return OC_ERR_FORMAT;
    }
    p->buffer = env->allocate(env->context, bytes);
    if (!p->buffer) {
        snprintf(config->why, sizeof config->why, "push: no memory for %u bytes", bytes);
        return OC_ERR_NOMEM;
    }
    oc_handoff_init(&p->inbox, env->wake, env->context);
    oc_feeder_init(&p->feeder, &p->inbox, p->buffer, bytes);
    rc = publish(p, name);
    if (rc != OC_OK) {
        snprintf(config->why, sizeof config->why, "push: \"%s\": %s", name,
                 rc == OC_ERR_EXIST ? "another channel has this name" : "too many ports");
        env->release(env->context, p->buffer);
        p->buffer = NULL;
        return rc;
    }
    memset(config->track, 0, sizeof config->track); /* the sender tells */
    config->fps_milli = config->bitrate_bps = config->max_gop_bytes = config->max_gop_ms = 0;
    config->packets_per_s = 0;
    config->width = config->height = 0;
    return OC_OK;
}

static int push_start(void *state, int64_t now_us) {
    push_t *p = (push_t *)state;
    if (!p->buffer)
        return OC_ERR_STATE;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        p->untold[i] = p->track[i].codec != OC_CODEC_NONE;
    atomic_store(&p->running, true);
    return OC_OK;
}

/* Gives back to the sender what the host's consumer has released. */
static void collect(push_t *p) {
    uint32_t released = oc_handoff_released(p->env.handoff);
    while (p->count &&
           (!p->sent[p->first].lent || (int32_t)(released - p->sent[p->first].item) > 0)) {
        p->first = (p->first + 1) % OC_HANDOFF_SLOTS;
        p->count--;
        oc_handoff_release(&p->inbox);
    }
}

static void note(push_t *p, uint32_t item, bool lent) {
    uint32_t n = (p->first + p->count++) % OC_HANDOFF_SLOTS;
    p->sent[n].item = item;
    p->sent[n].lent = lent;
}

/* Passes one item on. OC_OK | OC_AGAIN the host's handoff is full. */
static int forward(push_t *p, const oc_handoff_item_t *item, int64_t now_us) {
    oc_handoff_t *out = p->env.handoff;
    uint32_t number = oc_handoff_pushed(out);
    oc_packet_t packet = item->packet;
    int rc = OC_OK;
    switch (item->kind) {
    case OC_HANDOFF_PACKET:
        if (packet.capture_us <= 0 || packet.capture_us > now_us)
            packet.capture_us = now_us;
        rc = oc_handoff_push(out, &packet);
        break;
    case OC_HANDOFF_TRACK:
        rc = oc_handoff_push_track(out, packet.track, item->track);
        if (rc == OC_OK)
            p->track[packet.track] = *item->track;
        break;
    case OC_HANDOFF_LOST:
    case OC_HANDOFF_RESUMED:
    case OC_HANDOFF_ENDED:
        rc = oc_handoff_push_state(out, item->kind, item->code);
        break;
    }
    if (rc == OC_OK)
        note(p, number, item->kind == OC_HANDOFF_PACKET);
    return rc;
}

/* Tells descriptions that the consumer may have forgotten while the driver was stopped. */
static bool tell_tracks(push_t *p) {
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        if (p->untold[i] && oc_handoff_push_track(p->env.handoff, i, &p->track[i]) != OC_OK)
            return false;
        p->untold[i] = false;
    }
    return true;
}

static int64_t push_pump(void *state, int64_t now_us) {
    push_t *p = (push_t *)state;
    oc_handoff_item_t item;
    bool full;
    collect(p);
    if (!atomic_load(&p->running))
        return INT64_MAX;
    full = !tell_tracks(p);
    while (!full && oc_handoff_peek_at(&p->inbox, p->count, &item) == OC_OK) {
        full = forward(p, &item, now_us) != OC_OK;
        collect(p);
    }
    if (!full && atomic_load(&p->lost_untold)) {
        full = oc_handoff_push_state(p->env.handoff, OC_HANDOFF_LOST, OC_ERR_CLOSED) != OC_OK;
        if (!full)
            atomic_store(&p->lost_untold, false);
    }
    if (full)
        return now_us + RETRY_US;
    if (!p->env.wake)
        return now_us + POLL_US;
    return p->count ? now_us + RELEASE_US : INT64_MAX;
}

static void push_stop(void *state) {
    push_t *p = (push_t *)state;
    oc_handoff_item_t item;
    if (!p->buffer)
        return;
    atomic_store(&p->running, false);
    while (oc_handoff_peek_at(&p->inbox, p->count, &item) == OC_OK) { /* what came too late */
        if (item.kind == OC_HANDOFF_TRACK)
            p->track[item.packet.track] = *item.track;
        note(p, 0, false);
    }
    collect(p);
}

static int push_request_key(void *state) {
    atomic_store(&((push_t *)state)->key_wanted, 1);
    return OC_OK;
}

static int push_set_bitrate(void *state, uint32_t bps) {
    if (!bps)
        return OC_ERR_RANGE;
    atomic_store(&((push_t *)state)->bps_wanted, bps);
    return OC_OK;
}

static void push_close(void *state) {
    push_t *p = (push_t *)state;
    if (!p->buffer)
        return;
    push_stop(state);
    atomic_store(&ports[p->slot].push, NULL);
    while (atomic_load(&ports[p->slot].inside)) {
        /* at most one copy of a payload long */
    }
    atomic_store(&ports[p->slot].taken, false);
    p->env.release(p->env.context, p->buffer);
    p->buffer = NULL;
}

const oc_capture_driver_t oc_capture_push = {
    .name = "push",
    .state_bytes = sizeof(push_t),
    .open = push_open,
    .start = push_start,
    .pump = push_pump,
    .stop = push_stop,
    .request_key = push_request_key,
    .set_bitrate_bps = push_set_bitrate,
    .close = push_close,
};
