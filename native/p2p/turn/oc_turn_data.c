/* Bytes of peers through the allocation: ChannelData, Send and Data indications. RFC 8656 sections
 * 11, 12. */
#include "oc_err.h"
#include "oc_random.h"
#include "oc_stun_write.h"
#include "oc_turn.h"
#include "oc_turn_frame.h"
#include "oc_turn_life.h"
#include "oc_turn_peer.h"

#define ATTRIBUTE 4 /* type and length */

static void wake(oc_turn_t *turn, int64_t now_us) {
    if (turn->deadline_us > now_us)
        turn->deadline_us = now_us;
}

static int received(oc_turn_t *turn, oc_turn_peer_t *peer, const oc_addr_t *from, oc_span_t data,
                    int64_t now_us, oc_turn_data_t *out) {
    turn->doubt_us = INT64_MAX;
    if (peer && !peer->heard) {
        peer->heard = true;
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
            oc_turn_life_down(turn, OC_TURN_BAD_STREAM, 0, -1, now_us);
            oc_turn_life_plan(turn, now_us);
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
