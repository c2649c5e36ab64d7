/* oc_body_glue - the bytes behind a script's Body, for the glue of other modules. Script thread. */
#ifndef OC_BODY_GLUE_H
#define OC_BODY_GLUE_H

#include "oc_xs.h"

#include "oc_body.h"

/* The reference behind a Body of ocellus/body, borrowed: good until the engine is called again;
 * whoever keeps it longer takes one of its own (oc_body_keep). false: it is no Body, or a closed
 * one; nothing is thrown. */
bool oc_body_of(xsMachine *the, xsSlot *slot, oc_body_ref_t *out);
/* An empty reference for xsThis, a Body that is new, to be filled in before the engine is called
 * again; the object owns it. Throws when it has one already or there is no memory. */
oc_body_ref_t *oc_body_empty(xsMachine *the);

#endif
