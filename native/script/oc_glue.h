/* oc_glue - what the glue of plane.ts and of p2p.ts share: options of a script as fields of C, and
 * the way into the mailbox. Script thread only. What says so throws into the script. */
#ifndef OC_GLUE_H
#define OC_GLUE_H

#include "oc_xs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "oc_mailbox.h"

/* A number from a script, as 32 bits: -2^31 .. 2^32 - 1; throws on others, which are a mistake of
 * the binding. */
uint32_t oc_glue_word(xsMachine *the, double number);
/* Argument `index` as such a number. */
uint32_t oc_glue_arg(xsMachine *the, int index);

/* The bytes of argument `index`, borrowed until the engine is called again; undefined: none. */
void oc_glue_bytes(xsMachine *the, int index, const void **bytes, size_t *size);

/* Whether the application has all of these capabilities (oc_capability_t). When not, those that it
 * lacks are kept for the message (link.ts: deniedCapability). */
bool oc_glue_may(xsMachine *the, unsigned capabilities);

/* Posts; bytes: copied into a parcel. The engine is not called: nothing can unwind in between.
 * > 0 request | OC_ERR_DENIED: oc_glue_may says no to what the command needs | OC_ERR_BUSY |
 * OC_ERR_TOO_BIG */
int32_t oc_glue_post(xsMachine *the, oc_mailbox_t *mailbox, oc_command_t *command,
                     const void *bytes, size_t size);
/* The same with two texts in one parcel, the second behind the first. */
int32_t oc_glue_post_two(xsMachine *the, oc_mailbox_t *mailbox, oc_command_t *command,
                         const void *first, size_t first_size, const void *second,
                         size_t second_size);

#endif
