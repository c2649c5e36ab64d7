/* When a ClientHello goes out again without waiting for the timer of its handshake. */
#include "oc_peer_impl.h"

void oc_peer_early_retransmit(oc_peer_t *peer) {
    if (!oc_dtls_unheard(&peer->dtls))
        return;
    oc_dtls_early_retransmit(&peer->dtls, peer->now_us);
    peer->early_retransmit_step = OC_PEER_EARLY_RETRANSMIT_US;
    peer->early_retransmit_us = peer->now_us + peer->early_retransmit_step;
}

void oc_peer_early_retransmit_again(oc_peer_t *peer) {
    if (peer->now_us < peer->early_retransmit_us)
        return;
    oc_dtls_early_retransmit(&peer->dtls, peer->now_us);
    /* Its own check may be lost, and it waits 500 ms: one of ours makes it try again (RFC 8445
     * section 7.3.1.4). */
    bool unheard = oc_dtls_unheard(&peer->dtls);
    if (unheard && peer->early_retransmit_step >= OC_PEER_REQUEST_US)
        oc_ice_request(&peer->ice, peer->now_us);
    peer->early_retransmit_step *= 2;
    peer->early_retransmit_us =
        unheard && peer->early_retransmit_step <= OC_PEER_EARLY_RETRANSMIT_MAX
            ? peer->now_us + peer->early_retransmit_step
            : INT64_MAX;
}
