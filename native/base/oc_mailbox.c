/* See oc_mailbox.h. Indices run freely and are masked on use. Replies: a producer claims a slot by
 * moving replies_head on, fills it, and releases it with the slot's `turn`; the script thread stops
 * at a slot that is claimed and not filled, and is woken again when it is (bounded queue of D.
 * Vyukov). The one race that is by design: a producer may pass the generation test of a reply just
 * before oc_mailbox_new_generation. Its reply then lands behind the drained queue, is recognised by
 * oc_mailbox_take_reply and dropped there; the reply array has room for one of each producer beside
 * all reserved slots. */
#include "oc_mailbox.h"
#include "oc_assert.h"

#include <stdalign.h>
#include <string.h>

/* Twice the reserved slots: the stale replies above must not meet a full queue. */
#define REPLY_SLOTS (2 * OC_MAILBOX_REPLIES)
#define EDGE_WORDS  (OC_MAILBOX_OBJECTS / 32)

_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "32-bit atomics must be lock-free");
_Static_assert((OC_MAILBOX_COMMANDS & (OC_MAILBOX_COMMANDS - 1)) == 0, "power of two");
_Static_assert((OC_MAILBOX_REPLIES & (OC_MAILBOX_REPLIES - 1)) == 0, "power of two");
_Static_assert(OC_MAILBOX_OBJECTS % 32 == 0, "whole words of pending bits");

typedef struct reply_slot {
    _Atomic uint32_t turn; /* the index it is free for; one more: filled, for the script thread */
    oc_reply_t reply;
} reply_slot_t;

struct oc_mailbox {
    oc_mailbox_env_t env;
    _Atomic uint32_t generation;    /* written by new_generation */
    _Atomic uint32_t parcel_bytes;  /* in use, with headers */
    _Atomic uint32_t commands_head; /* written by the script thread */
    _Atomic uint32_t commands_tail; /* written by the media thread */
    _Atomic uint32_t replies_head;  /* written by every producer */
    uint32_t replies_tail;          /* script thread */
    _Atomic uint32_t edge_count[OC_MAILBOX_OBJECTS];
    _Atomic uint32_t edge_pending[EDGE_WORDS]; /* bit set after its count was raised */
    uint32_t unanswered;                       /* script thread: reserved reply slots */
    uint32_t last_request;                     /* script thread */
    uint32_t edge_cursor;                      /* script thread: where take_edge goes on */
    _Atomic uint32_t total_commands, total_replies, total_edges;
    _Atomic uint32_t refused_busy, dropped_generation;
    oc_command_t command[OC_MAILBOX_COMMANDS];
    reply_slot_t reply[REPLY_SLOTS];
};

/* In front of every parcel: what the pool gave for it, however its length was changed since. */
typedef struct parcel_head {
    alignas(16) uint32_t charged_bytes;
} parcel_head_t;

static void count(_Atomic uint32_t *counter) {
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

size_t oc_mailbox_bytes(void) {
    return (sizeof(oc_mailbox_t) + 15) & ~(size_t)15;
}

oc_mailbox_t *oc_mailbox_init(void *memory, const oc_mailbox_env_t *env) {
    oc_mailbox_t *box = memory;
    oc_assert((uintptr_t)memory % 16 == 0);
    oc_assert(env->loop.allocate && env->loop.release);
    memset(box, 0, sizeof *box);
    box->env = *env;
    for (uint32_t i = 0; i < REPLY_SLOTS; i++)
        atomic_store_explicit(&box->reply[i].turn, i, memory_order_relaxed);
    return box;
}

uint32_t oc_mailbox_generation(const oc_mailbox_t *box) {
    return atomic_load_explicit(&box->generation, memory_order_acquire);
}

static uint8_t *make_block(oc_mailbox_t *box, size_t len, uint32_t charge) {
    parcel_head_t *head =
        box->env.loop.allocate(box->env.loop.context, len + sizeof(parcel_head_t));
    if (!head)
        return NULL;
    head->charged_bytes = charge;
    return (uint8_t *)(head + 1);
}

uint8_t *oc_mailbox_parcel_alloc(oc_mailbox_t *box, uint32_t len) {
    if (len > OC_PARCEL_MAX)
        return NULL;
    uint32_t charge = len + (uint32_t)sizeof(parcel_head_t);
    uint32_t used = atomic_load_explicit(&box->parcel_bytes, memory_order_relaxed);
    do {
        if (charge > OC_PARCEL_POOL_BYTES - used)
            return NULL;
    } while (!atomic_compare_exchange_weak_explicit(&box->parcel_bytes, &used, used + charge,
                                                    memory_order_relaxed, memory_order_relaxed));
    uint8_t *data = make_block(box, len, charge);
    if (!data)
        atomic_fetch_sub_explicit(&box->parcel_bytes, charge, memory_order_relaxed);
    return data;
}

uint8_t *oc_mailbox_block(oc_mailbox_t *box, uint32_t len) {
    return make_block(box, len, 0);
}

void oc_mailbox_parcel_free(oc_mailbox_t *box, oc_parcel_t *parcel) {
    if (parcel->data) {
        parcel_head_t *head = (parcel_head_t *)(void *)parcel->data - 1;
        uint32_t charge = head->charged_bytes;
        box->env.loop.release(box->env.loop.context, head);
        atomic_fetch_sub_explicit(&box->parcel_bytes, charge, memory_order_relaxed);
    }
    *parcel = (oc_parcel_t){NULL, 0};
}

uint32_t oc_mailbox_parcel_bytes(const oc_mailbox_t *box) {
    return atomic_load_explicit(&box->parcel_bytes, memory_order_relaxed);
}

/* Script thread. The next reply of any generation. */
static int take_any_reply(oc_mailbox_t *box, oc_reply_t *out) {
    uint32_t at = box->replies_tail;
    reply_slot_t *slot = &box->reply[at % REPLY_SLOTS];
    if (atomic_load_explicit(&slot->turn, memory_order_acquire) != at + 1)
        return OC_AGAIN;
    *out = slot->reply;
    atomic_store_explicit(&slot->turn, at + REPLY_SLOTS, memory_order_release);
    box->replies_tail = at + 1;
    return OC_OK;
}

uint32_t oc_mailbox_new_generation(oc_mailbox_t *box) {
    uint32_t generation = oc_mailbox_generation(box) + 1;
    if (generation == 0)
        generation = 1;
    atomic_store_explicit(&box->generation, generation, memory_order_release);
    oc_reply_t reply;
    while (take_any_reply(box, &reply) == OC_OK) {
        oc_mailbox_parcel_free(box, &reply.parcel);
        count(&box->dropped_generation);
    }
    for (unsigned i = 0; i < EDGE_WORDS; i++)
        atomic_store_explicit(&box->edge_pending[i], 0, memory_order_relaxed);
    for (unsigned i = 0; i < OC_MAILBOX_OBJECTS; i++)
        atomic_store_explicit(&box->edge_count[i], 0, memory_order_relaxed);
    box->unanswered = 0;
    return generation;
}

/* Puts a command into the queue. False: it is full. */
static bool enqueue(oc_mailbox_t *box, const oc_command_t *command) {
    uint32_t head = atomic_load_explicit(&box->commands_head, memory_order_relaxed);
    uint32_t tail = atomic_load_explicit(&box->commands_tail, memory_order_acquire);
    if (head - tail >= OC_MAILBOX_COMMANDS)
        return false;
    box->command[head % OC_MAILBOX_COMMANDS] = *command;
    atomic_store_explicit(&box->commands_head, head + 1, memory_order_release);
    if (box->env.loop.wake)
        box->env.loop.wake(box->env.loop.context);
    return true;
}

int32_t oc_mailbox_post(oc_mailbox_t *box, const oc_command_t *command) {
    oc_command_t numbered = *command;
    oc_assert(command->parcel.data || command->parcel.len == 0);
    numbered.request = box->last_request == INT32_MAX ? 1 : box->last_request + 1;
    numbered.generation = oc_mailbox_generation(box);
    if (box->unanswered >= OC_MAILBOX_REPLIES ||
        (!(box->env.deliver && box->env.deliver(box->env.context, &numbered)) &&
         !enqueue(box, &numbered))) {
        count(&box->refused_busy);
        return OC_ERR_BUSY;
    }
    box->last_request = numbered.request;
    box->unanswered++;
    count(&box->total_commands);
    return (int32_t)numbered.request;
}

int oc_mailbox_take_reply(oc_mailbox_t *box, oc_reply_t *out) {
    while (take_any_reply(box, out) == OC_OK) {
        if (out->generation == oc_mailbox_generation(box)) {
            box->unanswered--;
            return OC_OK;
        }
        oc_mailbox_parcel_free(box, &out->parcel);
        count(&box->dropped_generation);
    }
    return OC_AGAIN;
}

int oc_mailbox_take_edge(oc_mailbox_t *box, uint32_t *edges) {
    for (unsigned i = 0; i < OC_MAILBOX_OBJECTS; i++) {
        unsigned object = (box->edge_cursor + i) % OC_MAILBOX_OBJECTS;
        uint32_t bit = 1u << object % 32;
        _Atomic uint32_t *pending = &box->edge_pending[object / 32];
        if (!(atomic_load_explicit(pending, memory_order_relaxed) & bit))
            continue;
        atomic_fetch_and_explicit(pending, ~bit, memory_order_acquire);
        /* An edge raised between the two lines is taken here and leaves a pending bit with a count
         * of 0 behind, which the next call passes over. */
        *edges = atomic_exchange_explicit(&box->edge_count[object], 0, memory_order_relaxed);
        if (*edges == 0)
            continue;
        box->edge_cursor = (object + 1) % OC_MAILBOX_OBJECTS;
        return (int)object;
    }
    return -1;
}

int oc_mailbox_take_command(oc_mailbox_t *box, oc_command_t *out) {
    for (;;) {
        uint32_t tail = atomic_load_explicit(&box->commands_tail, memory_order_relaxed);
        if (tail == atomic_load_explicit(&box->commands_head, memory_order_acquire))
            return OC_AGAIN;
        *out = box->command[tail % OC_MAILBOX_COMMANDS];
        atomic_store_explicit(&box->commands_tail, tail + 1, memory_order_release);
        if (out->generation == oc_mailbox_generation(box))
            return OC_OK;
        oc_mailbox_parcel_free(box, &out->parcel);
        count(&box->dropped_generation);
    }
}

/* Any thread. A slot of the caller's, *at its index. NULL: full. */
static reply_slot_t *claim_reply(oc_mailbox_t *box, uint32_t *at) {
    *at = atomic_load_explicit(&box->replies_head, memory_order_relaxed);
    for (;;) {
        reply_slot_t *slot = &box->reply[*at % REPLY_SLOTS];
        uint32_t turn = atomic_load_explicit(&slot->turn, memory_order_acquire);
        if (turn != *at) { /* not taken yet, or claimed by another producer meanwhile */
            if ((int32_t)(turn - *at) < 0)
                return NULL;
            *at = atomic_load_explicit(&box->replies_head, memory_order_relaxed);
        } else if (atomic_compare_exchange_weak_explicit(&box->replies_head, at, *at + 1,
                                                         memory_order_relaxed,
                                                         memory_order_relaxed)) {
            return slot;
        }
    }
}

void oc_mailbox_reply(oc_mailbox_t *box, uint32_t request, uint32_t generation, int32_t code,
                      int32_t value0, int32_t value1, oc_parcel_t parcel) {
    uint32_t at;
    oc_assert(request > 0);
    oc_assert(parcel.data || parcel.len == 0);
    reply_slot_t *slot = generation == oc_mailbox_generation(box) ? claim_reply(box, &at) : NULL;
    if (!slot) { /* a full queue: somebody answers twice; never overwrite for it */
        oc_mailbox_parcel_free(box, &parcel);
        count(&box->dropped_generation);
        return;
    }
    slot->reply = (oc_reply_t){request, generation, code, {value0, value1}, parcel};
    count(&box->total_replies);
    atomic_store_explicit(&slot->turn, at + 1, memory_order_release);
    if (box->env.wake_script)
        box->env.wake_script(box->env.context);
}

void oc_mailbox_reply_text(oc_mailbox_t *box, uint32_t request, uint32_t generation, int32_t code,
                           int32_t value0, int32_t value1, const char *text, size_t len) {
    oc_parcel_t parcel = {NULL, 0};
    if (len > 0 && len <= OC_PARCEL_MAX)
        parcel.data = oc_mailbox_parcel_alloc(box, (uint32_t)len);
    if (parcel.data) {
        memcpy(parcel.data, text, len);
        parcel.len = (uint32_t)len;
    } else if (len > 0 && code >= 0) {
        code = OC_ERR_NOMEM;
    }
    oc_mailbox_reply(box, request, generation, code, value0, value1, parcel);
}

void oc_mailbox_edge(oc_mailbox_t *box, unsigned object) {
    oc_assert(object < OC_MAILBOX_OBJECTS);
    uint32_t bit = 1u << object % 32;
    count(&box->total_edges);
    atomic_fetch_add_explicit(&box->edge_count[object], 1, memory_order_relaxed);
    uint32_t before =
        atomic_fetch_or_explicit(&box->edge_pending[object / 32], bit, memory_order_release);
    if (!(before & bit) && box->env.wake_script)
        box->env.wake_script(box->env.context);
}

void oc_mailbox_stats(const oc_mailbox_t *box, oc_mailbox_stats_t *out) {
    out->commands = atomic_load_explicit(&box->total_commands, memory_order_relaxed);
    out->replies = atomic_load_explicit(&box->total_replies, memory_order_relaxed);
    out->edges = atomic_load_explicit(&box->total_edges, memory_order_relaxed);
    out->refused_busy = atomic_load_explicit(&box->refused_busy, memory_order_relaxed);
    out->dropped_generation = atomic_load_explicit(&box->dropped_generation, memory_order_relaxed);
}
