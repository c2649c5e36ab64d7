/* oc_peer_cmd_post - one POST of an offer by HTTP/1.1, for `ocellus-peer --offer-to`, by
 * libwebsockets (docs/adr/0003-http-server.md). Blocks: call it on a thread of its own. */
#ifndef OC_PEER_CMD_POST_H
#define OC_PEER_CMD_POST_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define OC_PEER_CMD_POST_MS   20000 /* milliseconds for all of it but the look-up of the name */
#define OC_PEER_CMD_POST_MAX  (80u * 1024) /* bytes of an answer's body */
#define OC_PEER_CMD_POST_HOST 112          /* bytes with NUL of a host's name */
#define OC_PEER_CMD_POST_PATH 2001         /* bytes with NUL of a path with its query */

/* What to post, and to where; all of it is borrowed until the call returns. */
typedef struct oc_peer_cmd_post {
    const char *host, *path; /* name or address, IPv6 without brackets; path begins with "/" */
    uint16_t port;
    const char *offer;       /* of type application/sdp */
    size_t offer_len;        /* bytes */
    uint32_t limit_ms;       /* milliseconds for all of it but the look-up of the name */
    const atomic_bool *stop; /* true, set by any thread: give up, within 100 ms */
} oc_peer_cmd_post_t;

/* Posts it; redirects are not followed, of a proxy nothing is asked. OC_OK *answer (malloc, owned
 * by caller, NUL added) and *len: the body of a 2xx | OC_ERR_NOENT no such name | OC_ERR_IO not
 * reached, given up, another status | OC_ERR_FORMAT not HTTP, or not whole | OC_ERR_TOO_BIG |
 * OC_ERR_NOMEM, and why (why_size bytes) says in one line without control characters what happened.
 */
int oc_peer_cmd_post(const oc_peer_cmd_post_t *post, char **answer, size_t *len, char *why,
                     size_t why_size);

#endif
