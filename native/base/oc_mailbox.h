/* oc_mailbox - the only way across between the script thread and the other threads of a host.
 * Commands go down to the media thread (bounded queue) or to the host (`deliver`), replies come up
 * from any thread (each command holds a reserved slot, so a reply is never refused), edges come up
 * from any thread (one counter per object, coalesced). Nobody waits for anybody: C11 atomics of 32
 * bits only; the wake-ups are supplied by the host. A new script is a new generation, and commands
 * and replies of earlier ones fall out. A parcel has one owner at a time, who passes it on or frees
 * it. RAM: docs/memory.md. */
#ifndef OC_MAILBOX_H
#define OC_MAILBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "oc_err.h"
#include "oc_loop_env.h"
#include "oc_limits.h" /* OC_MAILBOX_*, OC_PARCEL_* */

/* A block of bytes that travels with a command or a reply. Empty: data NULL, len 0. */
typedef struct oc_parcel {
    uint8_t *data; /* owned by whoever holds the parcel; given back by oc_mailbox_parcel_free */
    uint32_t len;  /* bytes */
} oc_parcel_t;

typedef struct oc_command {
    uint32_t request;    /* set by post; > 0; comes back in the reply */
    uint32_t generation; /* set by post */
    uint16_t kind;       /* enum oc_command_kind (oc_command.h) */
    uint16_t object;     /* channel or output number; meaning per kind */
    int32_t arg[4];
    oc_parcel_t parcel; /* owned by callee: the receiver frees it */
} oc_command_t;

typedef struct oc_reply {
    uint32_t request;
    uint32_t generation;
    int32_t code; /* OC_OK or OC_ERR_* */
    int32_t value[2];
    oc_parcel_t parcel; /* result as JSON text, or the reason of a failure as text; may be empty */
} oc_reply_t;

typedef struct oc_mailbox_env {
    oc_loop_env_t loop; /* wake: commands wait, on the script thread; NULL: nobody needs to know */
    void (*wake_script)(void *context); /* any thread; must not block; NULL as above */
    /* Script thread, within oc_mailbox_post: true when the host carries this command out without
     * the media thread; it then owns the parcel and answers with oc_mailbox_reply, now or later,
     * from any thread. NULL: the media thread has them all. */
    bool (*deliver)(void *context, const oc_command_t *command);
    void *context; /* of wake_script and deliver */
} oc_mailbox_env_t;

typedef struct oc_mailbox oc_mailbox_t; /* opaque, oc_mailbox_bytes() of caller's memory */
size_t oc_mailbox_bytes(void);
/* memory: aligned to 16, borrowed for the mailbox's life. */
oc_mailbox_t *oc_mailbox_init(void *memory, const oc_mailbox_env_t *env);

/* Begins a new script generation and returns its number (> 0): queued replies and edges of earlier
 * ones are dropped (parcels freed). Called by the host while no script runs. Other threads need not
 * be stopped for it: a reply that one is just sending to the old one falls out when taken. */
uint32_t oc_mailbox_new_generation(oc_mailbox_t *box);
uint32_t oc_mailbox_generation(const oc_mailbox_t *box);

/* Any thread. len bytes, aligned to 16; whoever shortens a parcel sets its len lower. NULL: pool
 * exhausted (16 bytes of bookkeeping count for each parcel) or len beyond OC_PARCEL_MAX. */
uint8_t *oc_mailbox_parcel_alloc(oc_mailbox_t *box, uint32_t len);
/* Any thread. Gives it back and empties *parcel; an empty one is fine. */
void oc_mailbox_parcel_free(oc_mailbox_t *box, oc_parcel_t *parcel);
/* Any thread. A parcel's memory of any length that is not counted in the pool: for what the caller
 * bounds itself. NULL: no memory. Given back in the same way. */
uint8_t *oc_mailbox_block(oc_mailbox_t *box, uint32_t len);
uint32_t oc_mailbox_parcel_bytes(const oc_mailbox_t *box); /* now in use */

/* Script thread. Posts a command (copied; its parcel is owned by callee on success only).
 * > 0 request number | OC_ERR_BUSY queue or reply slots full. */
int32_t oc_mailbox_post(oc_mailbox_t *box, const oc_command_t *command);
/* Script thread. Takes the next reply of this generation. OC_OK (parcel owned by caller) | OC_AGAIN
 */
int oc_mailbox_take_reply(oc_mailbox_t *box, oc_reply_t *out);
/* Script thread. The next object with an edge since it was last taken; *count: edges since then.
 * object number >= 0 | -1 none. */
int oc_mailbox_take_edge(oc_mailbox_t *box, uint32_t *count);

/* Media thread. OC_OK (parcel owned by caller) | OC_AGAIN. Commands of earlier generations are
 * dropped here and counted. */
int oc_mailbox_take_command(oc_mailbox_t *box, oc_command_t *out);
/* Any thread. Answers a command once (parcel owned by callee). A reply to an earlier generation
 * is dropped. Never fails: its slot was reserved by post. Replies of one thread come in order. */
void oc_mailbox_reply(oc_mailbox_t *box, uint32_t request, uint32_t generation, int32_t code,
                      int32_t value0, int32_t value1, oc_parcel_t parcel);
/* The same with len bytes of text (copied into a parcel), 0 = none. Without memory the code of a
 * failure is sent alone, and a result becomes OC_ERR_NOMEM. */
void oc_mailbox_reply_text(oc_mailbox_t *box, uint32_t request, uint32_t generation, int32_t code,
                           int32_t value0, int32_t value1, const char *text, size_t len);
/* Any thread. Raises an edge of an object (0 .. OC_MAILBOX_OBJECTS - 1). */
void oc_mailbox_edge(oc_mailbox_t *box, unsigned object);

/* Totals since oc_mailbox_init. */
typedef struct oc_mailbox_stats {
    uint32_t commands, replies, edges, refused_busy, dropped_generation;
} oc_mailbox_stats_t;
void oc_mailbox_stats(const oc_mailbox_t *box, oc_mailbox_stats_t *out);

#endif
