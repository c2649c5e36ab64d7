/* Bytes of peers through the allocation: ChannelData, Send and Data indications. RFC 8656 sections
 * 11, 12. */
#include "oc_assert.h"
#include "oc_turn.h"

#include "oc_err.h"
#include "oc_random.h"
#include "oc_stun_write.h"
#include "oc_turn_impl.h"

#define ATTRIBUTE 4 /* type and length */

static void wake(oc_turn_t *turn, int64_t now_us) {
    if (turn->deadline_us > now_us)
        turn->deadline_us = now_us;
}

static int received(oc_turn_t *turn, oc_turn_peer_t *peer, const oc_addr_t *from, oc_span_t data,
                    int64_t now_us, oc_turn_data_t *out) {
    turn->doubt_us = INT64_MAX;
    if (peer && !peer->seen) {
        peer->seen = true;
        if (oc_turn_peer_need(peer, now_us) != OC_TURN_NEED_NOTHING)
            wake(turn, now_us);
    }
    if (!data.len)
        return OC_AGAIN;
    turn->stats.received++;
    out->peer = *from;
    out->data = data;
    return OC_OK;
}

static int channel_data(oc_turn_t *turn, oc_span_t message, int64_t now_us, oc_turn_data_t *out) {
    oc_rd_t r = oc_rd(message);
    uint16_t number = oc_rd_u16(&r), len = oc_rd_u16(&r);
    oc_span_t data = oc_rd_span(&r, len);
    oc_turn_peer_t *peer = oc_turn_peer_of_channel(turn, number);
    if (r.bad || !peer) {
        turn->stats.dropped++;
        return OC_AGAIN;
    }
    return received(turn, peer, &peer->addr, data, now_us, out);
}

static int data_indication(oc_turn_t *turn, const oc_stun_msg_t *msg, int64_t now_us,
                           oc_turn_data_t *out) {
    oc_turn_peer_t *peer = msg->peer.family ? oc_turn_peer_find(turn, &msg->peer) : NULL;
    if (!msg->peer.family || (!peer && !oc_turn_peer_knows_ip(turn, &msg->peer))) {
        turn->stats.dropped++; /* nobody a permission was asked for */
        return OC_AGAIN;
    }
    return received(turn, peer, &msg->peer, msg->data, now_us, out);
}

/* OC_OK out holds data | OC_AGAIN consumed | OC_ERR_NOENT not of this allocation. */
static int handle(oc_turn_t *turn, oc_span_t message, int64_t now_us, oc_turn_data_t *out) {
    oc_stun_msg_t msg;
    bool up = turn->state == OC_TURN_ALLOCATED;
    if (message.len >= OC_TURN_CHANNEL_HEADER && message.data[0] >> 6 == 1)
        return up ? channel_data(turn, message, now_us, out) : OC_ERR_NOENT;
    if (oc_stun_parse(message, &msg) != OC_OK)
        return OC_ERR_NOENT;
    if (msg.method == OC_STUN_DATA && msg.cls == OC_STUN_INDICATION)
        return up && !msg.unknown_count ? data_indication(turn, &msg, now_us, out) : OC_ERR_NOENT;
    return oc_turn_reply(turn, &msg, now_us) == OC_OK ? OC_AGAIN : OC_ERR_NOENT;
}

/* Before there is an allocation there are no channels: this is another protocol ("HTTP/1.1 400").
 */
static bool is_foreign(const oc_turn_t *turn, oc_span_t bytes) {
    return turn->state == OC_TURN_ALLOCATING && !turn->frame.have && !turn->frame.skip &&
           bytes.len && bytes.data[0] >> 6 == 1;
}

static int stream_input(oc_turn_t *turn, oc_span_t *bytes, int64_t now_us, oc_turn_data_t *out) {
    while (turn->state == OC_TURN_ALLOCATING || turn->state == OC_TURN_ALLOCATED ||
           turn->state == OC_TURN_RELEASING) {
        oc_span_t message;
        int got = is_foreign(turn, *bytes) ? OC_ERR_FORMAT
                                           : oc_turn_frame_next(&turn->frame, bytes, &message);
        if (got == OC_AGAIN)
            return OC_AGAIN;
        if (got == OC_ERR_FORMAT) {
            oc_turn_lifetime_down(turn, OC_TURN_BAD_STREAM, 0, -1, now_us);
            oc_turn_lifetime_plan(turn, now_us);
            return OC_ERR_FORMAT;
        }
        if (got == OC_GAP)
            turn->stats.dropped++;
        else if (handle(turn, message, now_us, out) == OC_OK)
            return OC_OK;
    }
    *bytes = oc_span(NULL, 0); /* of a stream that was given up meanwhile */
    return OC_AGAIN;
}

int oc_turn_input(oc_turn_t *turn, oc_span_t *bytes, int64_t now_us, oc_turn_data_t *out) {
    if (turn->transport != OC_TURN_UDP)
        return stream_input(turn, bytes, now_us, out);
    int result = handle(turn, *bytes, now_us, out);
    if (result != OC_ERR_NOENT)
        *bytes = oc_span(NULL, 0);
    return result;
}

static int peer_for(oc_turn_t *turn, const oc_addr_t *addr, int64_t now_us, oc_turn_peer_t **out) {
    if (turn->state != OC_TURN_ALLOCATED)
        return OC_ERR_STATE;
    if (addr->family != turn->relayed.family)
        return OC_ERR_NOTSUP;
    oc_turn_peer_t *peer = oc_turn_peer_take(turn, addr, now_us);
    if (!peer)
        return OC_ERR_BUSY;
    if (oc_turn_peer_is_refused(peer, now_us))
        return OC_ERR_NOENT;
    if (oc_turn_peer_need(peer, now_us) != OC_TURN_NEED_NOTHING)
        wake(turn, now_us);
    *out = peer;
    return OC_OK;
}

int oc_turn_permit(oc_turn_t *turn, const oc_addr_t *peer, int64_t now_us) {
    oc_turn_peer_t *p;
    return peer_for(turn, peer, now_us, &p);
}

/* Whatever is sent wants an answer of somebody: without one the server is asked whether it knows
 * us. */
static void doubt(oc_turn_t *turn, int64_t now_us) {
    if (turn->doubt_us != INT64_MAX)
        return;
    turn->doubt_us = now_us + OC_TURN_SILENCE_US;
    if (turn->deadline_us > turn->doubt_us)
        turn->deadline_us = turn->doubt_us;
}

static uint8_t *channel_header(const oc_turn_peer_t *peer, uint8_t *payload, size_t len) {
    uint8_t *start = payload - OC_TURN_CHANNEL_HEADER;
    oc_wr_t w = oc_wr(start, OC_TURN_CHANNEL_HEADER);
    oc_wr_u16(&w, peer->channel);
    oc_wr_u16(&w, (uint32_t)len);
    return start;
}

static size_t send_header_size(const oc_addr_t *peer) {
    return OC_STUN_HEADER + ATTRIBUTE + (peer->family == 6 ? 20 : 8) + ATTRIBUTE;
}

/* Send indication: XOR-PEER-ADDRESS, then DATA of which only the head is written. */
static uint8_t *send_header(const oc_turn_peer_t *peer, uint8_t *payload, size_t len, size_t pad) {
    size_t size = send_header_size(&peer->addr);
    uint8_t *start = payload - size, id[OC_STUN_TXID];
    oc_wr_t w = oc_wr(start, size);
    oc_random(id, sizeof id);
    oc_stun_wr_begin(&w, OC_STUN_SEND, OC_STUN_INDICATION, id);
    oc_stun_wr_addr(&w, OC_STUN_XOR_PEER_ADDRESS, &peer->addr);
    oc_wr_u16(&w, OC_STUN_DATA_BYTES);
    oc_wr_u16(&w, (uint32_t)len);
    size_t body = size - OC_STUN_HEADER + len + pad;
    start[2] = (uint8_t)(body >> 8);
    start[3] = (uint8_t)body;
    return start;
}

size_t oc_turn_lead(const oc_turn_t *turn, const oc_addr_t *peer, int64_t now_us) {
    const oc_turn_peer_t *p = oc_turn_peer_find((oc_turn_t *)(uintptr_t)turn, peer);
    return p && oc_turn_peer_is_bound(p, now_us) ? OC_TURN_CHANNEL_HEADER : send_header_size(peer);
}

int oc_turn_wrap(oc_turn_t *turn, const oc_addr_t *peer, uint8_t *payload, size_t len,
                 int64_t now_us, uint8_t **start) {
    oc_turn_peer_t *p;
    size_t pad = (4 - len % 4) % 4;
    if (len > OC_TURN_PAYLOAD_MAX)
        return OC_ERR_TOO_BIG;
    int err = peer_for(turn, peer, now_us, &p);
    if (err != OC_OK)
        return err;
    doubt(turn, now_us);
    turn->stats.sent++;
    if (oc_turn_peer_is_bound(p, now_us)) {
        turn->stats.by_channel++;
        *start = channel_header(p, payload, len);
        if (turn->transport == OC_TURN_UDP) /* no padding: RFC 8656 section 12.5 */
            pad = 0;
    } else {
        *start = send_header(p, payload, len, pad);
    }
    memset(payload + len, 0, pad);
    return (int)((size_t)(payload - *start) + len + pad);
}

/* ---- peer addresses (RFC 8656 sections 9 and 12) ---- */

#define NEVER INT64_MIN

_Static_assert((OC_TURN_PEERS & (OC_TURN_PEERS - 1)) == 0 && OC_TURN_PEERS <= 128,
               "bucket indices are u8 and masks");

/* Channel numbers are 0x4000 .. 0x4FFF (RFC 8656 section 12): the low bits are the place in the
 * table, the rest counts up, so that a number comes back after 4096 / OC_TURN_PEERS owners of a
 * place. */
#define FIRST_CHANNEL 0x4000u
#define GENERATIONS   (0x1000u / OC_TURN_PEERS)

/* now is inside of [since, since + span). */
static bool within(int64_t since_us, int64_t span_us, int64_t now_us) {
    return since_us != NEVER && now_us - since_us < span_us;
}

static unsigned place(const oc_turn_t *turn, const oc_turn_peer_t *peer) {
    return (unsigned)(peer - turn->peer);
}

static uint8_t *bucket_of(oc_turn_t *turn, const oc_addr_t *addr) {
    return &turn->bucket[oc_addr_hash(addr, turn->seed) & (OC_TURN_PEERS - 1)];
}

void oc_turn_peer_clear(oc_turn_t *turn) {
    memset(turn->peer, 0, sizeof turn->peer);
    memset(turn->bucket, 0, sizeof turn->bucket);
}

oc_turn_peer_t *oc_turn_peer_find(oc_turn_t *turn, const oc_addr_t *addr) {
    for (unsigned i = *bucket_of(turn, addr); i; i = turn->peer[i - 1].next)
        if (oc_addr_equal(&turn->peer[i - 1].addr, addr))
            return &turn->peer[i - 1];
    return NULL;
}

static void unlink_peer(oc_turn_t *turn, oc_turn_peer_t *peer) {
    uint8_t *link = bucket_of(turn, &peer->addr);
    while (*link != place(turn, peer) + 1) {
        oc_assert(*link);
        link = &turn->peer[*link - 1].next;
    }
    *link = peer->next;
    peer->addr.family = 0;
}

/* A free place, or that of the peer that was not used for the longest time: first those without a
 * channel, as the server would go on naming the number of another. NULL: all are in use. */
static oc_turn_peer_t *make_room(oc_turn_t *turn, int64_t now_us) {
    oc_turn_peer_t *best = NULL;
    bool best_bound = true;
    for (unsigned i = 0; i < OC_TURN_PEERS; i++) {
        oc_turn_peer_t *p = &turn->peer[i];
        if (!p->addr.family)
            return p;
        if (p->asking || within(p->used_us, OC_TURN_IDLE_US, now_us))
            continue;
        bool bound = within(p->bound_us, OC_TURN_REBIND_US, now_us);
        if (!best || bound < best_bound || (bound == best_bound && p->used_us < best->used_us)) {
            best = p;
            best_bound = bound;
        }
    }
    if (best)
        unlink_peer(turn, best);
    return best;
}

/* A permission is of an IP address: one that another port of it has is shared. */
static int64_t permission_of_ip(const oc_turn_t *turn, const oc_addr_t *addr) {
    int64_t newest = NEVER;
    for (unsigned i = 0; i < OC_TURN_PEERS; i++) {
        const oc_turn_peer_t *p = &turn->peer[i];
        if (p->addr.family && p->permit_us > newest && oc_addr_same_ip(&p->addr, addr))
            newest = p->permit_us;
    }
    return newest;
}

oc_turn_peer_t *oc_turn_peer_take(oc_turn_t *turn, const oc_addr_t *addr, int64_t now_us) {
    oc_turn_peer_t *peer = oc_turn_peer_find(turn, addr);
    if (!peer) {
        int64_t permit_us = permission_of_ip(turn, addr);
        peer = make_room(turn, now_us);
        if (!peer)
            return NULL;
        uint8_t *bucket = bucket_of(turn, addr);
        *peer = (oc_turn_peer_t){.addr = *addr,
                                 .owners = peer->owners,
                                 .next = *bucket,
                                 .permit_us = permit_us,
                                 .bound_us = NEVER,
                                 .refused_us = NEVER,
                                 .unbound_us = NEVER};
        *bucket = (uint8_t)(place(turn, peer) + 1);
    }
    peer->used_us = now_us;
    return peer;
}

oc_turn_peer_t *oc_turn_peer_of_channel(oc_turn_t *turn, uint16_t number) {
    oc_turn_peer_t *peer = &turn->peer[number & (OC_TURN_PEERS - 1)];
    return peer->addr.family && peer->channel == number ? peer : NULL;
}

bool oc_turn_peer_knows_ip(const oc_turn_t *turn, const oc_addr_t *addr) {
    for (unsigned i = 0; i < OC_TURN_PEERS; i++)
        if (turn->peer[i].addr.family && oc_addr_same_ip(&turn->peer[i].addr, addr))
            return true;
    return false;
}

bool oc_turn_peer_is_bound(const oc_turn_peer_t *peer, int64_t now_us) {
    return within(peer->bound_us, OC_TURN_CHANNEL_US, now_us);
}

bool oc_turn_peer_is_refused(const oc_turn_peer_t *peer, int64_t now_us) {
    return within(peer->refused_us, OC_TURN_REFUSED_US, now_us);
}

oc_turn_need_t oc_turn_peer_need(const oc_turn_peer_t *peer, int64_t now_us) {
    if (!peer->addr.family || peer->asking || oc_turn_peer_is_refused(peer, now_us) ||
        !within(peer->used_us, OC_TURN_IDLE_US, now_us))
        return OC_TURN_NEED_NOTHING;
    if (oc_turn_peer_is_bound(peer, now_us))
        return within(peer->bound_us, OC_TURN_RENEW_US, now_us) ? OC_TURN_NEED_NOTHING
                                                                : OC_TURN_NEED_BIND;
    if (!within(peer->permit_us, OC_TURN_PERMIT_US, now_us))
        return OC_TURN_NEED_PERMIT;
    if (peer->seen && !within(peer->unbound_us, OC_TURN_REBIND_US, now_us))
        return OC_TURN_NEED_BIND;
    return within(peer->permit_us, OC_TURN_RENEW_US, now_us) ? OC_TURN_NEED_NOTHING
                                                             : OC_TURN_NEED_PERMIT;
}

void oc_turn_peer_number(oc_turn_t *turn, oc_turn_peer_t *peer) {
    if (!peer->channel)
        peer->channel = (uint16_t)(FIRST_CHANNEL + peer->owners++ % GENERATIONS * OC_TURN_PEERS +
                                   place(turn, peer));
}

int64_t oc_turn_peer_deadline(const oc_turn_t *turn, int64_t now_us) {
    int64_t deadline = INT64_MAX;
    for (unsigned i = 0; i < OC_TURN_PEERS; i++) {
        const oc_turn_peer_t *p = &turn->peer[i];
        if (!p->addr.family || p->asking)
            continue;
        if (oc_turn_peer_need(p, now_us) != OC_TURN_NEED_NOTHING)
            return now_us;
        int64_t last = oc_turn_peer_is_bound(p, now_us) ? p->bound_us : p->permit_us;
        /* later than that, its next use is what asks */
        if (last != NEVER && last + OC_TURN_RENEW_US > now_us && last + OC_TURN_RENEW_US < deadline)
            deadline = last + OC_TURN_RENEW_US;
    }
    return deadline;
}

void oc_turn_frame_reset(oc_turn_frame_t *frame) {
    frame->have = frame->skip = 0;
}

/* Length of the message that begins with these four bytes, with its padding in *whole; 0: no
 * message. */
static uint32_t length_of(const uint8_t head[4], uint32_t *whole) {
    uint32_t body = (uint32_t)head[2] << 8 | head[3];
    if (head[0] < 0x40) {
        *whole = 20 + body;
        return body % 4 ? 0 : *whole; /* RFC 8489 section 5 */
    }
    if (head[0] < 0x50) {
        *whole = OC_TURN_CHANNEL_HEADER + (body + 3) / 4 * 4;
        return OC_TURN_CHANNEL_HEADER + body;
    }
    return 0;
}

/* Moves at most want bytes of *bytes into the buffer. */
static void fill(oc_turn_frame_t *frame, oc_span_t *bytes, uint32_t want) {
    size_t n = want - frame->have;
    if (n > bytes->len)
        n = bytes->len;
    if (n)
        memcpy(frame->buffer + frame->have, bytes->data, n);
    frame->have += (uint32_t)n;
    *bytes = oc_span_sub(*bytes, n, bytes->len - n);
}

static void skip(oc_turn_frame_t *frame, oc_span_t *bytes) {
    size_t n = frame->skip < bytes->len ? frame->skip : bytes->len;
    frame->skip -= (uint32_t)n;
    *bytes = oc_span_sub(*bytes, n, bytes->len - n);
}

int oc_turn_frame_next(oc_turn_frame_t *frame, oc_span_t *bytes, oc_span_t *message) {
    uint32_t whole, len;
    skip(frame, bytes);
    if (!bytes->len)
        return OC_AGAIN;
    if (!frame->have && bytes->len >= 4) { /* in one piece? then it stays where it is */
        len = length_of(bytes->data, &whole);
        if (len && whole <= bytes->len) {
            *message = oc_span(bytes->data, len);
            *bytes = oc_span_sub(*bytes, whole, bytes->len - whole);
            return OC_OK;
        }
    }
    if (frame->have < 4)
        fill(frame, bytes, 4);
    if (frame->have < 4)
        return OC_AGAIN;
    len = length_of(frame->buffer, &whole);
    if (!len)
        return OC_ERR_FORMAT;
    if (whole > OC_TURN_FRAME_MAX) {
        frame->skip = whole - frame->have;
        frame->have = 0;
        skip(frame, bytes);
        return OC_GAP;
    }
    fill(frame, bytes, whole);
    if (frame->have < whole)
        return OC_AGAIN;
    frame->have = 0;
    *message = oc_span(frame->buffer, len);
    return OC_OK;
}
