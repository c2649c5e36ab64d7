/* oc_peer_output - which of a peer's layers speaks next, and where its datagram goes. */
#include "oc_peer_impl.h"

#include "oc_err.h"

/* Handshake datagrams: on the selected pair, on a valid one, or one with the first check of all and
 * a few after the first verified request. */
static int dtls_output(oc_peer_t *peer, uint8_t *out, size_t size, oc_path_t *to) {
    int n;
    while ((n = oc_dtls_poll_output(&peer->dtls, out, size, peer->now_us)) > 0) {
        if (oc_ice_selected(&peer->ice, to))
            return n;
        if (peer->has_valid) {
            *to = peer->valid;
            return n;
        }
        if (peer->hellos < OC_PEER_HELLOS && oc_ice_first_path(&peer->ice, to) &&
            oc_ice_spend(&peer->ice, (size_t)n) == OC_OK) {
            peer->hellos++;
            return n;
        }
    } /* what has nowhere to go is lost, as on a network: a timer repeats it */
    return 0;
}

static int sctp_output(oc_peer_t *peer, uint8_t *out, size_t size, oc_path_t *to) {
    oc_sctp_packet_t packet;
    if (!oc_peer_may_send(peer, to))
        return 0;
    while (oc_sctp_poll_packet(peer->sctp, peer->now_us, &packet) == OC_OK) {
        int n = oc_dtls_seal(&peer->dtls, packet.part, packet.count, out, size);
        peer->fragment = packet.oversize;
        if (n > 0)
            return n;
    }
    return 0;
}

static int next_output(oc_peer_t *peer, uint8_t *out, size_t size, oc_path_t *to) {
    int n = oc_ice_poll_output(&peer->ice, peer->now_us, out, size, to);
    if (n > 0)
        return n;
    n = dtls_output(peer, out, size, to);
    if (n > 0)
        return n;
    n = sctp_output(peer, out, size, to);
    if (n > 0 || peer->state != OC_PEER_CLOSING)
        return n;
    oc_dtls_close(&peer->dtls); /* the ABORT has left; now close_notify */
    n = dtls_output(peer, out, size, to);
    if (n == 0)
        oc_peer_end(peer, peer->why.reason, peer->why.code);
    return n;
}

int oc_peer_poll_output(oc_peer_t *peer, int64_t now_us, uint8_t *out, size_t size, oc_path_t *to) {
    peer->now_us = now_us;
    peer->fragment = false;
    if (peer->state == OC_PEER_OVER)
        return 0;
    int n = next_output(peer, out, size, to);
    if (n > 0) {
        peer->datagrams_out++;
        peer->bytes_out += (uint64_t)n;
    }
    if (peer->look)
        oc_peer_look(peer);
    return n > 0 ? n : 0;
}

bool oc_peer_may_fragment(const oc_peer_t *peer) {
    return peer->fragment;
}
