/* oc_span_bodies - spans of rings as bodies: a script asks for one by a command, and takes it by
 * the number of the reply; any thread reads it. The packets are lent by the ring, which takes them
 * back when it needs the room; they go too with their stream, in privacy mode, and with the script
 * that asked. Whoever reads one then gets an error, never other bytes. Decoded pictures are taken
 * in the same way. */
#ifndef OC_SPAN_BODIES_H
#define OC_SPAN_BODIES_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "oc_body.h"
#include "oc_body_memory.h"
#include "oc_command.h"
#include "oc_mailbox.h"
#include "oc_out_span.h"
#include "oc_plane.h"

/* At a time, of all rings (OC_RING_LOANS of one); 32 bytes a packet each, 0.5 MB at most. */
#define OC_SPAN_BODIES_MAX 32
/* Bytes of one reading: so long the media thread waits at most when it takes a span back. */
#define OC_SPAN_BODY_COPY (16u * 1024)
/* Bytes of bodies that are no spans, together: those that the script has not closed. */
#define OC_SPAN_BODIES_BYTES (16u * 1024 * 1024)
/* A body that nobody has taken so long after the reply goes. */
#define OC_SPAN_BODY_TAKE_US (10 * 1000 * 1000)

/* One of them; opaque. */
typedef struct oc_span_body oc_span_body_t;

/* A command that is answered later. */
typedef struct oc_span_body_asker {
    uint32_t request, generation;
} oc_span_body_asker_t;

/* A body that is no span and that nobody has taken. */
typedef struct oc_span_body_held {
    oc_body_ref_t ref; /* body NULL: free */
    uint32_t number, generation;
    int64_t until_us;
} oc_span_body_held_t;

typedef struct oc_span_bodies {
    oc_plane_t *plane;
    oc_mailbox_t *mailbox;
    _Atomic uint32_t count;
    oc_span_body_t *body[OC_SPAN_BODIES_MAX]; /* media thread; NULL: free */
    pthread_mutex_t lock;                     /* of those that nobody has taken to be taken */
    oc_span_body_t *waiting[OC_SPAN_BODIES_MAX];
    oc_span_body_held_t held[OC_SPAN_BODIES_MAX];
    oc_body_budget_t memory; /* of bodies that are no spans */
    uint32_t last_held;
    uint32_t last; /* number of the newest */
    oc_out_span_work_t work;
} oc_span_bodies_t;

/* plane, mailbox: borrowed; *bodies outlives every body. */
void oc_span_bodies_init(oc_span_bodies_t *bodies, oc_plane_t *plane, oc_mailbox_t *mailbox);
/* After the media thread has ended and no reference is left. */
void oc_span_bodies_free(oc_span_bodies_t *bodies);

/* Media thread: answers OC_COMMAND_SPAN_BODY. */
void oc_span_bodies_make(oc_span_bodies_t *bodies, const oc_command_t *command, int64_t awake_us);
/* Any thread. Answers OC_COMMAND_SPAN_BODY with a JPEG that was made for it. jpeg: `bytes` (> 0) of
 * it, borrowed until return. */
void oc_span_bodies_give(oc_span_bodies_t *bodies, const oc_span_body_asker_t *asker,
                         const uint8_t *jpeg, uint32_t bytes, int64_t awake_us);
/* Any thread. Refuses it, with a line that says why. */
void oc_span_bodies_refuse(oc_span_bodies_t *bodies, const oc_span_body_asker_t *asker, int code,
                           const char *why);
/* Any thread. The body of a reply, once, by the script of that generation; *out: the caller's.
 * OC_OK | OC_ERR_NOENT. */
int oc_span_bodies_take(oc_span_bodies_t *bodies, uint32_t number, uint32_t generation,
                        oc_body_ref_t *out);
/* Media thread: the stream in this slot ends (oc_plane_env_t.ring_gone). */
void oc_span_bodies_ring_gone(oc_span_bodies_t *bodies, unsigned slot);
/* Media thread: the script of this generation has ended. */
void oc_span_bodies_script_gone(oc_span_bodies_t *bodies, uint32_t generation);
/* Media thread: frees what nobody refers to any more. */
void oc_span_bodies_advance(oc_span_bodies_t *bodies, int64_t awake_us);

#endif
