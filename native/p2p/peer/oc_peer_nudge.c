/* When a ClientHello goes out again without waiting for the timer of its handshake. */
#include "oc_peer_impl.h"

void oc_peer_nudge(oc_peer_t *peer) {
    if (!oc_dtls_unheard(&peer->dtls))
        return;
    oc_dtls_nudge(&peer->dtls, peer->now_us);
    peer->nudge_step = OC_PEER_NUDGE_US;
    peer->nudge_us = peer->now_us + peer->nudge_step;
}

void oc_peer_nudge_again(oc_peer_t *peer) {
    if (peer->now_us < peer->nudge_us)
        return;
    oc_dtls_nudge(&peer->dtls, peer->now_us);
    /* Its own check may be lost, and it waits 500 ms: one of ours makes it try again (RFC 8445
     * section 7.3.1.4). */
    bool unheard = oc_dtls_unheard(&peer->dtls);
    if (unheard && peer->nudge_step >= OC_PEER_ASK_US)
        oc_ice_ask(&peer->ice, peer->now_us);
    peer->nudge_step *= 2;
    peer->nudge_us = unheard && peer->nudge_step <= OC_PEER_NUDGE_MAX
                         ? peer->now_us + peer->nudge_step
                         : INT64_MAX;
}
