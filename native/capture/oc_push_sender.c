/* The sender's side of oc_capture_push; see oc_capture_push_impl.h for the threads. */
#include <string.h>
#include "oc_capture_push_impl.h"
#include "oc_err.h"
#include "oc_h264.h"

#define AVCC_SPS_AT    6 /* length and bytes of the first SPS, ISO/IEC 14496-15 5.3.3.1 */
#define NUMBER_SLOTS   OC_PUSH_PORTS
#define GENERATION_MAX (INT32_MAX / NUMBER_SLOTS)

oc_push_port_t oc_push_ports[OC_PUSH_PORTS];

/* ---- the sender's thread ---- */

/* Marks the sender inside its port; NULL: closed or another sender's. Ends with leave(). */
static oc_push_t *enter(int sender) {
    oc_push_port_t *port = &oc_push_ports[(unsigned)sender % NUMBER_SLOTS];
    oc_push_t *p;
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
    atomic_store(&oc_push_ports[(unsigned)sender % NUMBER_SLOTS].inside, false);
    return rc;
}

int oc_push_new_number(unsigned slot) {
    uint32_t next = (atomic_load(&oc_push_ports[slot].generation) + 1) % GENERATION_MAX;
    atomic_store(&oc_push_ports[slot].generation, next);
    return (int)(next * NUMBER_SLOTS + slot);
}

/* Makes the port ready for a new sender. */
static int welcome(oc_push_t *p, oc_push_port_t *port) {
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
        oc_push_port_t *port = &oc_push_ports[i];
        bool no = false;
        oc_push_t *p;
        int sender, rc;
        if (!atomic_load(&port->push) || strncmp(port->name, name, OC_PUSH_NAME_MAX))
            continue;
        if (!atomic_compare_exchange_strong(&port->attached, &no, true))
            return OC_ERR_BUSY;
        sender = oc_push_new_number(i);
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
    oc_push_t *p = enter(sender);
    oc_push_port_t *port = &oc_push_ports[(unsigned)sender % NUMBER_SLOTS];
    if (!p)
        return;
    if (oc_handoff_push_state(&p->inbox, OC_HANDOFF_LOST, OC_ERR_CLOSED) != OC_OK)
        atomic_store(&p->lost_untold, true);
    port->lost = true;
    oc_push_new_number((unsigned)sender % NUMBER_SLOTS);
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
    oc_push_t *p = enter(sender);
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

/* Will it never fit, whatever the others do? */
static bool is_too_large(const oc_push_t *p, const oc_packet_t *packet) {
    return packet->len_bytes > p->feeder.size || packet->len_bytes > OC_PUSH_PAYLOAD_MAX;
}

static int room(oc_push_t *p, const oc_packet_t *packet) {
    if (!atomic_load(&p->running))
        return OC_AGAIN; /* it starts just now, or ends */
    if (packet->track >= OC_TRACKS_MAX || !p->described[packet->track] || is_too_large(p, packet) ||
        (p->video[packet->track] && p->feeder.broken && !packet->key))
        return OC_OK; /* begin says what is wrong */
    if (oc_feeder_reserve(&p->feeder, packet->len_bytes))
        return OC_OK;
    if (p->env.wake) /* let it release what is done with */
        p->env.wake(p->env.context);
    return OC_AGAIN;
}

static int begin(oc_push_t *p, const oc_packet_t *packet) {
    p->pending.data = NULL;
    p->filled = 0;
    if (packet->track >= OC_TRACKS_MAX || !p->described[packet->track]) {
        oc_handoff_count_lost(p->env.handoff, OC_LOSS_NO_TRACK);
        return OC_ERR_INVAL;
    }
    if (!atomic_load(&p->running))
        return OC_ERR_STATE;
    if (is_too_large(p, packet)) {
        p->feeder.broken = p->feeder.broken || p->video[packet->track];
        oc_handoff_count_lost(p->env.handoff, OC_LOSS_TOO_LARGE);
        return OC_ERR_TOO_BIG;
    }
    p->pending = *packet;
    p->pending.jump = false;
    p->pending.data =
        oc_feeder_admit(&p->feeder, packet->len_bytes, p->video[packet->track], packet->key);
    if (p->pending.data)
        return packet->len_bytes ? OC_OK : OC_AGAIN;
    oc_handoff_count_lost(p->env.handoff, p->feeder.cause);
    if (p->env.wake) /* let it release what is done with */
        p->env.wake(p->env.context);
    return OC_ERR_BUSY;
}

static int append(oc_push_t *p, const uint8_t *data, uint32_t len) {
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

static int commit(oc_push_t *p) {
    int rc;
    if (!p->pending.data || p->filled != p->pending.len_bytes)
        return OC_ERR_STATE;
    rc = oc_feeder_push(&p->feeder, &p->pending);
    p->pending.data = NULL;
    if (rc != OC_OK)
        return OC_ERR_BUSY;
    return p->filled ? OC_OK : OC_AGAIN;
}

int oc_push_room(int sender, const oc_packet_t *packet) {
    oc_push_t *p = enter(sender);
    return p ? leave(sender, room(p, packet)) : OC_OK;
}
int oc_push_begin(int sender, const oc_packet_t *packet) {
    oc_push_t *p = enter(sender);
    return p ? leave(sender, begin(p, packet)) : OC_ERR_CLOSED;
}
int oc_push_append(int sender, const uint8_t *data, uint32_t len) {
    oc_push_t *p = enter(sender);
    return p ? leave(sender, append(p, data, len)) : OC_ERR_CLOSED;
}
int oc_push_commit(int sender) {
    oc_push_t *p = enter(sender);
    return p ? leave(sender, commit(p)) : OC_ERR_CLOSED;
}

int oc_push_packet(int sender, const oc_packet_t *packet) {
    oc_push_t *p = enter(sender);
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
    oc_push_t *p = enter(sender);
    return p && leave(sender, atomic_exchange(&p->key_requested, 0) != 0);
}
uint32_t oc_push_take_bitrate(int sender) {
    oc_push_t *p = enter(sender);
    uint32_t bps = p ? atomic_exchange(&p->desired_bps, 0) : 0;
    if (p)
        leave(sender, OC_OK);
    return bps;
}
uint32_t oc_push_payload_max(int sender) {
    oc_push_t *p = enter(sender);
    uint32_t size = p ? p->feeder.size : 0;
    if (p)
        leave(sender, OC_OK);
    return size < OC_PUSH_PAYLOAD_MAX ? size : OC_PUSH_PAYLOAD_MAX;
}
