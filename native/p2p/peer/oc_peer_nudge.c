/* When a ClientHello goes out again without waiting for the timer of its handshake. */
#include "oc_peer_impl.h"

void oc_peer_nudge(oc_peer_t *peer) {
    oc_dtls_nudge(&peer->dtls, peer->now_us);
    peer->nudge_step = OC_PEER_NUDGE_US;
    peer->nudge_us = peer->now_us + peer->nudge_step;
}

void oc_peer_nudge_again(oc_peer_t *peer) {
    if (peer->now_us < peer->nudge_us)
        return;
    oc_dtls_nudge(&peer->dtls, peer->now_us);
    peer->nudge_step *= 2;
    peer->nudge_us = peer->dtls.state == OC_DTLS_SHAKING && peer->nudge_step <= OC_PEER_NUDGE_MAX
                         ? peer->now_us + peer->nudge_step
                         : INT64_MAX;
}
