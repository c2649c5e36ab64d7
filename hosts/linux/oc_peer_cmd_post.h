/* oc_peer_cmd_post - one POST of an offer by HTTP/1.1, for `ocellus peer --offer-to`. Blocks: call
 * it on a thread of its own. */
#ifndef OC_PEER_CMD_POST_H
#define OC_PEER_CMD_POST_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define OC_PEER_CMD_POST_MS  20000 /* milliseconds for all of it but the look-up of the name */
#define OC_PEER_CMD_POST_MAX (80u * 1024) /* bytes of an answer with its head */

/* What to post, and to where; all of it is borrowed until the call returns. */
typedef struct oc_peer_cmd_post {
    const char *host, *path;
    uint16_t port;
    const char *offer;       /* of type application/sdp */
    size_t offer_len;        /* bytes */
    uint32_t limit_ms;       /* milliseconds for all of it but the look-up of the name */
    const atomic_bool *stop; /* true, set by any thread: give up, within 100 ms */
} oc_peer_cmd_post_t;

/* Posts it. OC_OK *answer (malloc, owned by caller, NUL added) and *len | OC_ERR_*, and why
 * (why_size bytes) says in one line what happened. */
int oc_peer_cmd_post(const oc_peer_cmd_post_t *post, char **answer, size_t *len, char *why,
                     size_t why_size);

#endif
