/* oc_peer_cmd_stats - the JSON of GET /stats. Times in milliseconds, rates in bits per second, loss
 * in parts per million; `heap` of a peer is its block in the hub, that of the process what malloc
 * has given out in all. */
#ifndef OC_PEER_CMD_STATS_H
#define OC_PEER_CMD_STATS_H

#include "oc_p2p_pump.h"

/* Writes it; *len its bytes. malloc, owned by caller; NULL: no memory. */
char *oc_peer_cmd_stats(oc_p2p_pump_t *pump, size_t *len);

#endif
