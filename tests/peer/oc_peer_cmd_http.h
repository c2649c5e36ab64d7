/* oc_peer_cmd_http - the HTTP server of `ocellus-peer`, libwebsockets on a thread of its own:
 *   POST /offer      application/sdp   201, the answer, Location: /peers/N; ?open=ID:LABEL names
 *                                      channels that the offering end makes by itself
 *   POST /peers/N    application/sdp   200, the answer to another offer of that peer: an ICE
 * restart GET  /stats                        200, application/json Errors are one line of text.
 * Host and Origin must name this machine by loopback; pages of such an origin may read the answers.
 * What an offer means is decided at the desk. */
#ifndef OC_PEER_CMD_HTTP_H
#define OC_PEER_CMD_HTTP_H

#include "oc_peer_cmd_service.h"

#define OC_PEER_CMD_HTTP_BODY        (64u * 1024) /* bytes of an offer; longer: 413 */
#define OC_PEER_CMD_HTTP_CONNECTIONS 128          /* at a time; about 4 KB each */
#define OC_PEER_CMD_HTTP_IDLE_S      30           /* a connection that does nothing is closed */

typedef struct oc_peer_cmd_http oc_peer_cmd_http_t; /* opaque */

/* Listens on a loopback address (no brackets) and starts the thread. *port: in, 0 = any free one;
 * out, the one in use. desk: borrowed until stopped. OC_OK | OC_ERR_BUSY not possible there |
 * OC_ERR_NOMEM. */
int oc_peer_cmd_http_start(oc_peer_cmd_http_t **out, const char *address, uint16_t *port,
                           oc_peer_cmd_service_t *service);
/* Ends the thread and frees. NULL is allowed. */
void oc_peer_cmd_http_stop(oc_peer_cmd_http_t *http);
/* The library, of which a process has one, prints nothing of its own from now on. Any thread, any
 * number of times; a start does it too. */
void oc_peer_cmd_http_quiet(void);

#endif
