/* oc_peer_stats - what a peer tells of itself, in numbers and in words. */
#include "oc_peer_impl.h"

#include "oc_err.h"

const char *oc_peer_state_name(oc_peer_state_t state) {
    static const char *const names[] = {"waiting", "checking", "handshake", "associating",
                                        "up",      "lost",     "closing",   "over"};
    return names[state];
}

void oc_peer_stats(const oc_peer_t *peer, oc_peer_stats_t *out) {
    memset(out, 0, sizeof *out);
    out->state = peer->state;
    if (!oc_ice_selected(&peer->ice, &out->path))
        memset(&out->path, 0, sizeof out->path);
    out->rtt_us = oc_ice_rtt_us(&peer->ice);
    out->datagrams_in = peer->datagrams_in;
    out->bytes_in = peer->bytes_in;
    out->datagrams_out = peer->datagrams_out;
    out->bytes_out = peer->bytes_out;
    out->refused = peer->refused;
    out->up_after_us = peer->up_after_us;
    out->channels = peer->used;
    out->chacha = oc_dtls_overhead(&peer->dtls) == OC_DTLS_OVERHEAD_CHACHA;
    out->dtls_client = peer->setup == OC_SDP_ACTIVE;
    out->max_message = peer->max_message;
    if (peer->sctp) {
        oc_sctp_stats(peer->sctp, &out->sctp);
        oc_send_stats(oc_sctp_sender(peer->sctp), &out->send, peer->now_us);
    }
}

int oc_peer_channel_stats(const oc_peer_t *peer, uint16_t sid, oc_send_stream_stats_t *out,
                          int64_t now_us) {
    if (!peer->sctp)
        return OC_ERR_NOENT;
    return oc_send_stream_stats(oc_sctp_sender(peer->sctp), sid, out, now_us);
}
