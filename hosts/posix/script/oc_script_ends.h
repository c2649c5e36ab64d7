/* oc_script_ends - what the last scripts said when they ended by themselves, for the next one to
 * see what they have in common. Script thread. */
#ifndef OC_SCRIPT_ENDS_H
#define OC_SCRIPT_ENDS_H

#include <stdint.h>

#define OC_SCRIPT_ENDS_BYTES 8192u /* of all texts; the oldest go */
#define OC_SCRIPT_END_BYTES  1900u /* of one: four of the longest are kept */

typedef struct oc_script_ends {
    char text[OC_SCRIPT_ENDS_BYTES]; /* each: ms, a space, message and stack, 0x1E; "" = none */
} oc_script_ends_t;

/* One more, the newest; at_us: monotonic; text: message, then a line for each frame, borrowed until
 * return; longer ones are cut. */
void oc_script_ends_note(oc_script_ends_t *ends, int64_t at_us, const char *text);

#endif
