/* The chunks of the handshake and of the end, into packets. */
#include "oc_sctp_assoc.h"

static void start_timer(oc_sctp_assoc_t *assoc, int64_t now_us) {
    int64_t interval = (int64_t)assoc->first_us << (assoc->tries < 8 ? assoc->tries : 8);
    if (interval > OC_SCTP_T_LAST_US)
        interval = OC_SCTP_T_LAST_US;
    if (assoc->tries < UINT8_MAX)
        assoc->tries++;
    assoc->timer_us = now_us + interval;
}

static void begin(const oc_sctp_assoc_t *assoc, oc_sctp_packet_t *packet, uint32_t max,
                  uint32_t tag) {
    oc_sctp_packet_begin(packet, max, assoc->local_port, assoc->remote_port, tag);
}

/* What an INIT says that so many were sent before. A stack that drops an INIT for a parameter it
 * does not know gets one that it can take, the youngest and least needed parameter first: Zero
 * Checksum costs nothing to leave out, so the first repetition is without it; what live and closing
 * need is left out only when four are lost, or unwelcome, in a row (0.7 and 1.5 s after the first
 * on a path of up to 50 ms). From then on both kinds take turns. */
static uint8_t options_after(unsigned tries) {
    static const uint8_t first[] = {
        OC_SCTP_OPTIONS_ALL, OC_SCTP_OPTION_FORWARD_TSN | OC_SCTP_OPTION_EXTENSIONS,
        OC_SCTP_OPTION_FORWARD_TSN | OC_SCTP_OPTION_EXTENSIONS, OC_SCTP_OPTION_FORWARD_TSN};
    if (tries < sizeof first)
        return first[tries];
    return tries % 2 ? first[1] : 0;
}

static enum oc_sctp_turn write_init(oc_sctp_assoc_t *assoc, oc_sctp_packet_t *packet, uint32_t max,
                                    int64_t now_us) {
    uint8_t bytes[64], *p;
    assoc->offered = options_after(assoc->tries);
    size_t n = oc_sctp_setup_write(bytes, sizeof bytes, OC_SCTP_INIT, &assoc->local, assoc->offered,
                                   oc_span(NULL, 0), NULL, 0);
    begin(assoc, packet, max, 0);
    p = oc_sctp_packet_head(packet, (uint32_t)n);
    if (!p)
        return OC_SCTP_TURN_NONE;
    memcpy(p, bytes, n);
    assoc->pending &= (uint8_t)~OC_SCTP_SEND_INIT;
    start_timer(assoc, now_us);
    return OC_SCTP_TURN_ALONE;
}

static enum oc_sctp_turn write_init_ack(oc_sctp_assoc_t *assoc, oc_sctp_packet_t *packet,
                                        uint32_t max) {
    uint8_t *p;
    begin(assoc, packet, max, assoc->init_ack_tag);
    p = oc_sctp_packet_head(packet, assoc->init_ack_len);
    if (p)
        memcpy(p, assoc->init_ack, assoc->init_ack_len);
    oc_pool_give(assoc->pool, assoc->init_ack);
    assoc->init_ack = NULL;
    return p ? OC_SCTP_TURN_ALONE : OC_SCTP_TURN_NONE;
}

/* RFC 9260 5.1 C: COOKIE ECHO comes first, DATA may follow. */
static enum oc_sctp_turn write_cookie(oc_sctp_assoc_t *assoc, oc_sctp_packet_t *packet,
                                      uint32_t max, int64_t now_us) {
    uint8_t *p;
    if (!(assoc->pending & OC_SCTP_SEND_COOKIE))
        return OC_SCTP_TURN_NONE;
    begin(assoc, packet, max, assoc->peer.tag);
    p = oc_sctp_chunk_write(packet, OC_SCTP_COOKIE_ECHO, 0, assoc->cookie_len);
    assoc->pending &= (uint8_t)~OC_SCTP_SEND_COOKIE;
    start_timer(assoc, now_us);
    if (!p)
        return OC_SCTP_TURN_NONE; /* the path is too small for the peer's cookie */
    memcpy(p, assoc->cookie, assoc->cookie_len);
    return OC_SCTP_TURN_SHARED;
}

static enum oc_sctp_turn write_end(oc_sctp_assoc_t *assoc, oc_sctp_packet_t *packet, uint32_t max) {
    uint8_t *p;
    if (assoc->pending & OC_SCTP_SEND_COMPLETE) {
        begin(assoc, packet, max, assoc->reflect_tag);
        (void)oc_sctp_chunk_write(packet, OC_SCTP_SHUTDOWN_COMPLETE,
                                  assoc->reflected ? OC_SCTP_FLAG_T : 0, 0);
    } else if (assoc->pending & OC_SCTP_SEND_ABORT) {
        begin(assoc, packet, max, assoc->peer.tag);
        p = oc_sctp_chunk_write(packet, OC_SCTP_ABORT, 0, assoc->cause ? 4 : 0);
        if (p && assoc->cause) {
            oc_sctp_put16(p, assoc->cause);
            oc_sctp_put16(p + 2, 4);
        }
    } else {
        return OC_SCTP_TURN_NONE;
    }
    assoc->pending = 0;
    return OC_SCTP_TURN_ALONE;
}

static void write_shutdown(oc_sctp_assoc_t *assoc, oc_sctp_packet_t *packet, uint32_t cum_tsn,
                           int64_t now_us) {
    uint8_t *p;
    if (assoc->pending & OC_SCTP_SEND_SHUTDOWN) {
        p = oc_sctp_chunk_write(packet, OC_SCTP_SHUTDOWN, 0, 4);
        if (p)
            oc_sctp_put32(p, cum_tsn);
        start_timer(assoc, now_us);
    } else if (assoc->pending & OC_SCTP_SEND_SHUTDOWN_ACK) {
        (void)oc_sctp_chunk_write(packet, OC_SCTP_SHUTDOWN_ACK, 0, 0);
        start_timer(assoc, now_us);
    }
    assoc->pending &= (uint8_t) ~(OC_SCTP_SEND_SHUTDOWN | OC_SCTP_SEND_SHUTDOWN_ACK);
}

enum oc_sctp_turn oc_sctp_assoc_begin(oc_sctp_assoc_t *assoc, oc_sctp_packet_t *packet,
                                      uint32_t max, uint32_t cum_tsn, int64_t now_us) {
    if (assoc->init_ack)
        return write_init_ack(assoc, packet, max);
    if (assoc->state == OC_SCTP_ENDED)
        return write_end(assoc, packet, max);
    if (assoc->pending & OC_SCTP_SEND_INIT)
        return write_init(assoc, packet, max, now_us);
    if (assoc->state == OC_SCTP_COOKIE_ECHOED)
        return write_cookie(assoc, packet, max, now_us);
    if (assoc->state < OC_SCTP_ESTABLISHED && !(assoc->control.len && assoc->peer.tag))
        return OC_SCTP_TURN_NONE;
    begin(assoc, packet, max, assoc->peer.tag);
    if (assoc->pending & OC_SCTP_SEND_COOKIE_ACK) {
        (void)oc_sctp_chunk_write(packet, OC_SCTP_COOKIE_ACK, 0, 0);
        assoc->pending &= (uint8_t)~OC_SCTP_SEND_COOKIE_ACK;
    }
    write_shutdown(assoc, packet, cum_tsn, now_us);
    oc_sctp_control_write(&assoc->control, packet);
    return assoc->state < OC_SCTP_ESTABLISHED ? OC_SCTP_TURN_ALONE : OC_SCTP_TURN_SHARED;
}

bool oc_sctp_assoc_pending(const oc_sctp_assoc_t *assoc) {
    if (assoc->init_ack || assoc->pending)
        return true;
    return assoc->control.len && assoc->state != OC_SCTP_COOKIE_ECHOED &&
           (assoc->state >= OC_SCTP_ESTABLISHED || assoc->peer.tag);
}
