/* oc_turn_frame - messages out of the byte stream of a TURN server: STUN and ChannelData tell their
 * length, ChannelData is padded to four bytes (RFC 8656 section 12.5). Private to oc_turn. */
#ifndef OC_TURN_FRAME_H
#define OC_TURN_FRAME_H

#include "oc_turn_state.h"

#define OC_TURN_CHANNEL_HEADER 4 /* number and length */

/* Empty: at the start of a message. */
void oc_turn_frame_reset(oc_turn_frame_t *frame);

/* Takes bytes (moved past what was used) until a message is whole. OC_OK and *message: borrowed
 * until the next call, part of *bytes when it lay there in one piece; without its padding |
 * OC_AGAIN all taken | OC_GAP a message longer than OC_TURN_FRAME_MAX is being skipped, call again
 * | OC_ERR_FORMAT neither STUN nor ChannelData. */
int oc_turn_frame_next(oc_turn_frame_t *frame, oc_span_t *bytes, oc_span_t *message);

#endif
