/* sctp_lose - a scripted loss for a rig: packets by the type of their first chunk; the last one of
 * each type is kept, to be sent once more. One for a program. */
#ifndef SCTP_LOSE_H
#define SCTP_LOSE_H

#include "sctp_rig.h"

/* By type: the last packet that began so, and its length; 0: none came. */
extern uint8_t seen[256][1500];
extern size_t seen_len[256];
/* The first lose_count packets of this type are lost. */
extern unsigned lose_type, lose_count;

/* For rig->drop. */
bool lose(rig_t *rig, unsigned from, const uint8_t *packet, size_t len);

#endif
