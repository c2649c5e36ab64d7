/* oc_peer_cmd_serve - what `ocellus-peer` does with channels, by their labels:
 *   echo     every message comes back, as it was
 *   sink     counts; the text message `end` is answered by one of "BYTES SHA256", in decimal and
 * hex, of all messages before it, and it begins anew source?bytes=N&size=S   N bytes of
 * oc_source_pattern in messages of S, then it closes
 *   video?fps=30&size=8192&key=49152&every=60&seconds=200[&mode=live]   frames of oc_source_video,
 *            then it closes; mode=live: old ones may be abandoned
 * Channels that we open (--open) are the other ends of these: they count what comes and report it
 * as a line; `sink?bytes=N&size=S` sends first. One thread, the pump's. */
#ifndef OC_PEER_CMD_SERVE_H
#define OC_PEER_CMD_SERVE_H

#include "oc_p2p_pump.h"

#define OC_PEER_CMD_SERVE_BLOCKS                                                                   \
    16384 /* of OC_POOL_EACH bytes for echoes, taken as used: 21 MB                                \
           */
#define OC_PEER_CMD_SERVE_FIFO                                                                     \
    (1024 * 1024) /* bytes of one channel's echoes that wait; then its                             \
                     messages are left in the window */

typedef struct oc_peer_cmd_serve oc_peer_cmd_serve_t; /* opaque */

/* report: called with one line of JSON about each channel of ours that closed. OC_OK |
 * OC_ERR_NOMEM. */
int oc_peer_cmd_serve_create(oc_peer_cmd_serve_t **out, uv_loop_t *loop,
                             void (*report)(void *context, const char *line, size_t len),
                             void *context);
/* The pump that its events come from; before the first one. */
void oc_peer_cmd_serve_attach(oc_peer_cmd_serve_t *serve, oc_p2p_pump_t *pump);
/* What channels of ours with action=voice speak; borrowed until it is destroyed. */
void oc_peer_cmd_serve_voice(oc_peer_cmd_serve_t *serve, const uint8_t *bytes, size_t len);
/* Stops its timers; the memory is freed when the loop has ended them. After the pump is closed. */
void oc_peer_cmd_serve_destroy(oc_peer_cmd_serve_t *serve);

/* An event of a peer. */
void oc_peer_cmd_serve_event(oc_peer_cmd_serve_t *serve, const oc_hub_event_t *event);
/* Channels that the other end makes by itself, one line "ID LABEL" each; NULL none. OC_OK |
 * OC_ERR_*, and *why (static) says why. */
int oc_peer_cmd_serve_request(oc_peer_cmd_serve_t *serve, oc_hub_peer_t peer, const char *lines,
                              const char **why);
/* Opens a channel of ours; sid < 0: in band, the peer must be up; else the id that both ends know,
 * once the other end's description is there. OC_OK | OC_ERR_*, and *why (static) says why. */
int oc_peer_cmd_serve_open(oc_peer_cmd_serve_t *serve, oc_hub_peer_t peer, const char *label,
                           int sid, const char **why);
/* Channels of ours that have not closed. */
unsigned oc_peer_cmd_serve_open_count(const oc_peer_cmd_serve_t *serve);

#endif
