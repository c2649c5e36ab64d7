/* oc_look_link - a view: this program's side of a decoder in a helper of class LOOK (oc_look_wire).
 * One thread; a request waits for its answer, at most OC_LOOK_LINK_US. */
#ifndef OC_LOOK_LINK_H
#define OC_LOOK_LINK_H

#include <stddef.h>

#include "oc_helper.h"
#include "oc_look_wire.h"

#define OC_LOOK_LINK_US  (5 * 1000 * 1000) /* a helper that is silent so long is ended */
#define OC_LOOK_LINK_WHY 160

typedef struct oc_look_link {
    oc_helper_t *helper; /* NULL: none; the next request starts one */
    uint8_t *memory;
    int socket;
} oc_look_link_t;

/* Asks for what *request says of config and packet, both copied. *out: the answer, checked; its
 * bytes are at oc_look_link_bytes until the next request. OC_OK | OC_AGAIN no picture yet |
 * OC_ERR_FORMAT it cannot be decoded | OC_ERR_TOO_BIG | OC_ERR_IO the helper ended, or was ended |
 * OC_ERR_NOTSUP there is none: why. */
int oc_look_link_do(oc_look_link_t *link, oc_look_request_t *request, const uint8_t *config,
                    const uint8_t *packet, oc_look_answer_t *out, char why[OC_LOOK_LINK_WHY]);
const uint8_t *oc_look_link_bytes(const oc_look_link_t *link);
/* Twice is fine. */
void oc_look_link_close(oc_look_link_t *link);

#endif
