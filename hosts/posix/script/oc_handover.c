#include "oc_handover.h"

#include <stdlib.h>
#include <string.h>

#include "oc_err.h"

static void drop_parts(oc_handover_t *handover) {
    free(handover->parts);
    handover->parts = NULL;
    handover->have = handover->total = 0;
}

/* The parts are a whole. */
static void complete(oc_handover_t *handover) {
    free(handover->given);
    handover->given = handover->total > 0 ? handover->parts : NULL;
    if (handover->total == 0)
        free(handover->parts);
    handover->parts = NULL;
    handover->have = handover->total = 0;
    handover->answers = true;
}

int oc_handover_take(oc_handover_t *handover, const oc_command_t *command) {
    uint32_t at = (uint32_t)command->arg[0], total = (uint32_t)command->arg[1];
    uint32_t len = command->parcel.len;
    if (total > OC_HANDOVER_BYTES_MAX)
        return OC_ERR_TOO_BIG;
    if (at == 0) {
        drop_parts(handover);
        handover->parts = malloc(total + 1);
        if (!handover->parts)
            return OC_ERR_NOMEM;
        handover->total = total;
    }
    if (!handover->parts || at != handover->have || total != handover->total || len > total - at ||
        (len > 0 && memchr(command->parcel.data, '\0', len))) {
        drop_parts(handover);
        return OC_ERR_INVAL;
    }
    if (len > 0)
        memcpy(handover->parts + at, command->parcel.data, len);
    handover->have += len;
    handover->parts[handover->have] = '\0';
    if (handover->have == total)
        complete(handover);
    return OC_OK;
}

void oc_handover_request(oc_handover_t *handover) {
    handover->answers = false;
}

void oc_handover_keep(oc_handover_t *handover) {
    free(handover->kept);
    handover->kept = handover->given;
    handover->given = NULL;
    drop_parts(handover);
}

void oc_handover_drop(oc_handover_t *handover) {
    free(handover->given);
    handover->given = NULL;
    drop_parts(handover);
}

void oc_handover_clear(oc_handover_t *handover) {
    oc_handover_drop(handover);
    free(handover->kept);
    handover->kept = NULL;
}
