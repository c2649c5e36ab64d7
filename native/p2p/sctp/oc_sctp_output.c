/* Outgoing packets, timers and events. */
#include "oc_sctp_impl.h"
#include "oc_sctp_send.h"

#define NEARLY 256 /* bytes that a packet which counts as full may lack */
#define FILLER                                                                                     \
    256 /* bytes of a HEARTBEAT that only fills a probe; the last one is up to twice that */

static const uint8_t zeros[2 * FILLER];

/* Resets that may be asked for now: streams that are closed and have nothing under way. */
static void gather_resets(oc_sctp_t *sctp) {
    unsigned count = 0;
    if (sctp->reconf.requested || sctp->assoc.state != OC_SCTP_ESTABLISHED)
        return;
    for (unsigned i = 0; i < sctp->streams.count && count < OC_SCTP_RESET_MAX; i++) {
        oc_sctp_stream_t *stream = &sctp->streams.entry[i];
        if (!(stream->flags & OC_SCTP_STREAM_CLOSING))
            continue;
        if (stream->flags & OC_SCTP_STREAM_OUT && !oc_send_stream_idle(sctp->send, stream->sid))
            continue;
        stream->flags |= OC_SCTP_STREAM_REQUESTED;
        count++;
    }
    if (count)
        oc_sctp_reconf_request(&sctp->reconf, oc_send_next_tsn(sctp->send) - 1);
}

/* One HEARTBEAT of len bytes: tag and nonce, then zeros. */
static void write_heartbeat(oc_sctp_packet_t *out, uint32_t len, uint32_t tag, uint32_t nonce) {
    uint8_t *p = oc_sctp_packet_head(out, 4 + OC_SCTP_HEARTBEAT_INFO);
    p[0] = OC_SCTP_HEARTBEAT;
    p[1] = 0;
    oc_sctp_put16(p + 2, (uint16_t)len);
    oc_sctp_put16(p + 4, OC_SCTP_PARAM_HEARTBEAT);
    oc_sctp_put16(p + 6, (uint16_t)(len - 4));
    oc_sctp_put32(p + 8, tag);
    oc_sctp_put32(p + 12, nonce);
    (void)oc_sctp_packet_part(out, oc_span(zeros, len - 4 - OC_SCTP_HEARTBEAT_INFO));
}

/* A path probe (RFC 8899 6.2.1): a HEARTBEAT whose answer counts, and others as padding. A PAD
 * chunk (RFC 4820) would do, but not every stack skips a type it does not know, as it has to; and
 * an answer as large as the probe is one that usrsctp never sends. */
static bool write_probe(oc_sctp_t *sctp, oc_sctp_packet_t *out, int64_t now_us) {
    uint32_t nonce, left, len = 4 + OC_SCTP_HEARTBEAT_INFO, tag = sctp->assoc.local.tag;
    uint16_t size = oc_sctp_pmtu_probe(&sctp->pmtu, &nonce, now_us);
    if (!size)
        return false;
    oc_sctp_packet_begin(out, (uint32_t)size - sctp->overhead, sctp->assoc.local_port,
                         sctp->assoc.remote_port, sctp->assoc.peer.tag);
    write_heartbeat(out, len, tag, nonce);
    for (left = oc_sctp_packet_room(out); left; left -= len) {
        len = left < 2 * FILLER ? left : FILLER;
        write_heartbeat(out, len, tag, 0);
    }
    out->probe = true;
    return true;
}

static void finish(oc_sctp_t *sctp, oc_sctp_packet_t *out, bool handshake) {
    oc_sctp_packet_finish(out, !handshake && sctp->assoc.peer.zero_checksum);
    sctp->stats.packets_out++;
}

/* What others than the handshake add to a packet. sending: there is data that may leave. */
static void fill(oc_sctp_t *sctp, oc_sctp_packet_t *out, bool sending, int64_t now_us) {
    if (oc_sctp_recv_sack_due(&sctp->recv, now_us) ||
        (sending && oc_sctp_recv_sack_owed(&sctp->recv)))
        sctp->stats.sacks +=
            oc_sctp_recv_write(&sctp->recv, out, oc_sctp_reassembly_rwnd(&sctp->store));
    if (oc_sctp_reconf_due(&sctp->reconf))
        oc_sctp_reconf_write(&sctp->reconf, out, oc_send_rto_us(sctp->send), now_us);
    if (sending)
        (void)oc_send_fill(sctp->send, out, now_us);
}

/* What changes by itself: shutdown once all is acknowledged, resets, a fault of a source. */
static void prepare(oc_sctp_t *sctp) {
    uint16_t sid;
    if (!sctp->up || sctp->stopped)
        return;
    gather_resets(sctp);
    if (oc_send_poll_fault(sctp->send, &sid)) {
        oc_sctp_assoc_abort(&sctp->assoc, OC_SCTP_DOWN_SOURCE, OC_SCTP_CAUSE_USER_ABORT, true);
        oc_sctp_stop(sctp);
        return;
    }
    if (sctp->assoc.state != OC_SCTP_ESTABLISHED && oc_send_idle(sctp->send))
        oc_sctp_assoc_drained(&sctp->assoc);
}

/* There is data that may leave now. */
static bool sends(oc_sctp_t *sctp, int64_t now_us) {
    return sctp->up && !sctp->stopped && oc_sctp_assoc_can_send(&sctp->assoc) &&
           oc_send_can_send(sctp->send, now_us);
}

/* True: a packet would not be empty, without data too. */
static bool anything(const oc_sctp_t *sctp, int64_t now_us) {
    if (oc_sctp_assoc_pending(&sctp->assoc))
        return true;
    return sctp->up && !sctp->stopped &&
           (oc_sctp_recv_sack_due(&sctp->recv, now_us) || oc_sctp_reconf_due(&sctp->reconf));
}

int oc_sctp_poll_packet(oc_sctp_t *sctp, int64_t now_us, oc_sctp_packet_t *out) {
    bool handshake, sending;
    enum oc_sctp_turn turn;
    prepare(sctp);
    if (sctp->up && !sctp->stopped && write_probe(sctp, out, now_us)) {
        finish(sctp, out, false);
        return OC_OK;
    }
    sending = sends(sctp, now_us);
    if (!sending && !anything(sctp, now_us))
        return OC_AGAIN;
    handshake = sctp->assoc.state < OC_SCTP_ESTABLISHED || sctp->assoc.init_ack;
    turn = oc_sctp_assoc_begin(&sctp->assoc, out, oc_sctp_packet_max(sctp), sctp->recv.cum, now_us);
    if (turn == OC_SCTP_TURN_NONE)
        return OC_AGAIN;
    if (turn == OC_SCTP_TURN_SHARED) {
        if (sctp->up)
            fill(sctp, out, sending, now_us);
        else if (sctp->started) /* behind COOKIE ECHO */
            (void)oc_send_fill(sctp->send, out, now_us);
        if (oc_sctp_packet_empty(out))
            return OC_AGAIN;
        if (sctp->up && out->len + NEARLY > out->max)
            oc_sctp_pmtu_full(&sctp->pmtu, now_us);
    }
    finish(sctp, out, handshake);
    return OC_OK;
}

void oc_sctp_advance(oc_sctp_t *sctp, int64_t now_us) {
    oc_sctp_assoc_advance(&sctp->assoc, now_us);
    if (sctp->assoc.state == OC_SCTP_ENDED)
        oc_sctp_stop(sctp);
    if (!sctp->started || sctp->stopped)
        return;
    oc_sctp_reconf_advance(&sctp->reconf, now_us);
    oc_sctp_pmtu_advance(&sctp->pmtu, now_us);
    oc_send_advance(sctp->send, now_us);
    if (sctp->assoc.assumed && oc_send_timeouts(sctp->send) >= OC_SCTP_SNAP_TIMEOUTS)
        oc_sctp_assoc_fall_back(&sctp->assoc);
    if (oc_sctp_pmtu_timeouts(&sctp->pmtu, oc_send_timeouts(sctp->send), now_us))
        oc_send_set_mtu(sctp->send, oc_sctp_packet_max(sctp));
}

static void earlier(int64_t *deadline, int64_t other) {
    if (other < *deadline)
        *deadline = other;
}

int64_t oc_sctp_next_deadline(oc_sctp_t *sctp, int64_t now_us) {
    int64_t deadline = sctp->assoc.timer_us;
    prepare(sctp);
    if (anything(sctp, now_us) || sends(sctp, now_us) || (sctp->up && !sctp->stopped && sctp->pmtu.send))
        return now_us;
    if (!sctp->started || sctp->stopped)
        return deadline;
    earlier(&deadline, sctp->recv.due_us);
    earlier(&deadline, sctp->reconf.timer_us);
    earlier(&deadline, sctp->pmtu.timer_us);
    if (oc_sctp_assoc_can_send(&sctp->assoc))
        earlier(&deadline, oc_send_next_deadline(sctp->send, now_us));
    return deadline;
}
