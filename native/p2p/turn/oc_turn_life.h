/* oc_turn_life - changes of state of one allocation; every change goes through here. Private to
 * oc_turn. */
#ifndef OC_TURN_LIFE_H
#define OC_TURN_LIFE_H

#include "oc_stun.h"
#include "oc_turn_state.h"

/* Begins a try at the configured server. */
void oc_turn_life_begin(oc_turn_t *turn, int64_t now_us);

/* The same at turn->server, where a 300 sent us. */
void oc_turn_life_redirect(oc_turn_t *turn, const oc_addr_t *server, oc_span_t domain,
                           int64_t now_us);

/* The server gave the allocation. */
void oc_turn_life_up(oc_turn_t *turn, const oc_addr_t *relayed, const oc_addr_t *mapped,
                     uint32_t lifetime_s, int64_t now_us);

/* It renewed it. */
void oc_turn_life_extend(oc_turn_t *turn, uint32_t lifetime_s, int64_t now_us);

/* The allocation is gone or cannot be had: another try after wait_us, 0 = at once and on the stream
 * that is there, -1 = as long as it has come to by the failures in a row. */
void oc_turn_life_down(oc_turn_t *turn, oc_turn_reason_t reason, unsigned code, int64_t wait_us,
                       int64_t now_us);

/* Gives it back, then allocates again or rests. */
void oc_turn_life_release(oc_turn_t *turn, bool again, int64_t now_us);

/* The release is answered, or has taken too long. */
void oc_turn_life_released(oc_turn_t *turn, int64_t now_us);

/* Works out when something is to be done next. */
void oc_turn_life_plan(oc_turn_t *turn, int64_t now_us);

/* What the server answered to a request of ours. OC_OK | OC_ERR_NOENT not an answer to one. */
int oc_turn_reply(oc_turn_t *turn, const oc_stun_msg_t *msg, int64_t now_us);

#endif
