/* oc_peer_cmd - the program ocellus-peer: peers of native/p2p behind an HTTP server, or offering to
 * another one, so that any WebRTC client can be tried on them. docs/design/peer.md. */
#ifndef OC_PEER_CMD_H
#define OC_PEER_CMD_H

#define OC_PEER_CMD_PEERS 256 /* at a time; more offers are answered by 503 */

/* Exit codes, as those of every command. */
enum { OC_PEER_CMD_DONE = 0, OC_PEER_CMD_FAILED = 1, OC_PEER_CMD_USAGE = 2 };

#endif
