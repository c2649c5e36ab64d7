/* oc_peer_cmd_query - the query by which an offer names the channels that its end makes by itself:
 * ?open=ID:LABEL for each. Pure. */
#ifndef OC_PEER_CMD_QUERY_H
#define OC_PEER_CMD_QUERY_H

#include <stdint.h>

/* The id of the n-th channel. */
#define OC_PEER_CMD_QUERY_ID(n) (2u * (n))

/* path with the query for these labels, percent-encoded; malloc, owned by caller. NULL: no memory.
 */
char *oc_peer_cmd_query(const char *path, const char *const *labels, unsigned count);

#endif
