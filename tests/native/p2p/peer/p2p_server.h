/* p2p_server - the model of a STUN and TURN server (tests/native/p2p/turn) as the server of a
 * world: at 192.0.2.1:3478, its relayed addresses are of 203.0.113.9. */
#ifndef P2P_SERVER_H
#define P2P_SERVER_H

#include "oc_gather.h"
#include "p2p_world.h"
#include "turn_model.h"

/* Makes the model and puts it into the world: borrowed for the world's life. */
void server_begin(turn_model_t *model, world_t *world);
/* Makes what a hub asks servers with; it has this one, for relayed addresses too if turn. Ended by
 * oc_gather_deinit. */
void server_gather(oc_gather_t *gather, const turn_model_t *model, bool turn, int64_t now_us);

#endif
