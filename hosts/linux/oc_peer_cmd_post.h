/* oc_peer_cmd_post - one POST of an offer by HTTP/1.1, for `ocellus peer --offer-to`. Blocks: call
 * it on a thread of its own. */
#ifndef OC_PEER_CMD_POST_H
#define OC_PEER_CMD_POST_H

#include <stddef.h>
#include <stdint.h>

#define OC_PEER_CMD_POST_S   20           /* seconds for every step */
#define OC_PEER_CMD_POST_MAX (80u * 1024) /* bytes of an answer with its head */

/* Posts `offer` (application/sdp) to http://host:port/path. OC_OK *answer (malloc, owned by caller,
 * NUL added) and *len | OC_ERR_*, and why (why_size bytes) says in one line what happened. */
int oc_peer_cmd_post(const char *host, uint16_t port, const char *path, const char *offer,
                     size_t offer_len, char **answer, size_t *len, char *why, size_t why_size);

#endif
