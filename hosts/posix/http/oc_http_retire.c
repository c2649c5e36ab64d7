/* A connection of HTTP/2 serves some thousand requests, then another one takes over. libwebsockets
 * (4.1 to 5.0) opens the connection's window by 256 KB for each stream, whether or not the peer
 * sent anything: after 8,191 streams it is beyond 2^31 - 1, and the peer has to end the connection
 * with an error (RFC 9113 6.9.1), in the middle of what it was reading. So we end it before, at a
 * moment when no answer is under way: our side is shut down, and as no answer to the pending
 * requests has begun, clients repeat them on a new connection (RFC 9110 9.2.2). */
#define _GNU_SOURCE
#include <sys/socket.h>

#include "oc_http_access.h"

#define STREAMS_ENOUGH 6000 /* from here on at a good moment */
#define STREAMS_MAX    8100 /* now */
#define PEER_GOES_S    2    /* so long a peer may take to close its side */

oc_http_peer_t *oc_http_peer(const oc_http_session_t *session) {
    return lws_get_opaque_user_data(lws_get_network_wsi(session->wsi));
}

static oc_http_peer_t *peer_of(const oc_http_session_t *session) {
    return oc_http_is_stream(session) ? oc_http_peer(session) : NULL;
}

bool oc_http_retires(oc_http_session_t *session) {
    oc_http_peer_t *peer = peer_of(session);
    if (!peer)
        return false;
    struct lws *network = lws_get_network_wsi(session->wsi);
    bool quiet = peer->sending == 0 && !lws_partial_buffered(network);
    peer->streams++;
    if (!peer->retired &&
        ((peer->streams > STREAMS_ENOUGH && quiet) || peer->streams > STREAMS_MAX)) {
        peer->retired = true;
        shutdown(lws_get_socket_fd(network), SHUT_WR);
        lws_set_timeout(network, PENDING_TIMEOUT_USER_OK, PEER_GOES_S);
    }
    return peer->retired;
}

void oc_http_sends(oc_http_session_t *session, bool sends) {
    oc_http_peer_t *peer = session->sending == sends ? NULL : peer_of(session);
    if (peer) {
        session->sending = sends;
        peer->sending += sends ? 1 : -1u;
    }
}
