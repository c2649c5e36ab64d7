/* oc_ff_view - the decoder of one view: packets in, a small grey picture, a JPEG or samples out
 * (oc_look_wire.h). No thread, no socket. */
#ifndef OC_FF_VIEW_H
#define OC_FF_VIEW_H

#include "oc_look_wire.h"

typedef struct oc_ff_view oc_ff_view_t; /* opaque */

/* memory: OC_LOOK_BYTES, borrowed until closed. NULL: no memory. */
oc_ff_view_t *oc_ff_view_open(uint8_t *memory);
void oc_ff_view_close(oc_ff_view_t *view);
/* Does any request, whatever it and its packet are; *answer fits it, cpu_us is 0. */
void oc_ff_view_serve(oc_ff_view_t *view, const oc_look_request_t *request,
                      oc_look_answer_t *answer);

#endif
