/* oc_handover - the state that one script gives the next: parts that come in (HANDOVER), the last
 * complete one, and what the running script was given. Script thread. */
#ifndef OC_HANDOVER_H
#define OC_HANDOVER_H

#include <stdbool.h>

#include "oc_command.h"
#include "oc_mailbox.h"

#define OC_HANDOVER_BYTES_MAX (64 * 1024) /* of a state, UTF-8 without NUL */

/* All zero: nothing was given. */
typedef struct oc_handover {
    char *parts; /* of the one that comes in, total + 1 bytes */
    uint32_t have, total;
    char *given;  /* by the running script, whole; NULL: none */
    bool answers; /* one has become complete since oc_handover_request */
    char *kept;   /* by the script before: for the next one, and for itself after a roll-back */
} oc_handover_t;

/* A part. OC_OK | OC_ERR_INVAL it does not follow the one before, or has a NUL | OC_ERR_TOO_BIG |
 * OC_ERR_NOMEM. What was complete before stays until the next is. */
int oc_handover_take(oc_handover_t *handover, const oc_command_t *command);
/* An answer is awaited from now on. */
void oc_handover_request(oc_handover_t *handover);
/* A script is made: what the one before gave becomes `kept`, and of the new one nothing is there.
 */
void oc_handover_keep(oc_handover_t *handover);
/* The same without a hand-over: nothing came from the script before, but `kept` stays. */
void oc_handover_drop(oc_handover_t *handover);
/* Frees everything. */
void oc_handover_clear(oc_handover_t *handover);

#endif
