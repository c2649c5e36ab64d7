#include "oc_sctp_reassembly.h"
#include "oc_seq.h"

#define WHOLE (OC_SCTP_DATA_BEGIN | OC_SCTP_DATA_END)

#define EARLY_DATA                                                                                 \
    1024 /* bytes of an early chunk, of which each takes a block: a cautious guess                 \
          */

static uint32_t blocks_early(uint32_t window) {
    return (window + EARLY_DATA - 1) / EARLY_DATA;
}

uint32_t oc_sctp_reassembly_blocks(uint32_t window, uint32_t message_max) {
    return blocks_early(window) + (message_max + OC_POOL_BLOCK - 1) / OC_POOL_BLOCK + 1;
}

void oc_sctp_reassembly_init(oc_sctp_reassembly_t *store, oc_pool_t *pool,
                             oc_sctp_streams_t *streams, uint32_t window, uint32_t message_max) {
    *store = (oc_sctp_reassembly_t){
        .pool = pool, .streams = streams, .window = window, .message_max = message_max};
    store->blocks_max = (uint16_t)oc_sctp_reassembly_blocks(window, message_max);
    store->blocks_early = (uint16_t)blocks_early(window);
}

/* ---- lists ---- */

static void unlink_run(oc_sctp_run_list_t *list, oc_sctp_run_t *run) {
    if (run->prev)
        run->prev->next = run->next;
    else
        list->first = run->next;
    if (run->next)
        run->next->prev = run->prev;
    else
        list->last = run->prev;
    run->prev = run->next = NULL;
}

/* Behind `before`; NULL: at the front. */
static void link_run(oc_sctp_run_list_t *list, oc_sctp_run_t *before, oc_sctp_run_t *run) {
    run->prev = before;
    run->next = before ? before->next : list->first;
    if (run->prev)
        run->prev->next = run;
    else
        list->first = run;
    if (run->next)
        run->next->prev = run;
    else
        list->last = run;
}

static void free_run(oc_sctp_reassembly_t *store, oc_sctp_run_t *run) {
    oc_sctp_block_t *block = &run->block;
    store->blocks = (uint16_t)(store->blocks - run->blocks);
    store->bytes -= run->bytes;
    while (block) {
        oc_sctp_block_t *next = block->next;
        oc_pool_give(store->pool, block);
        block = next;
    }
}

/* A piece that will never be whole, or a message nobody is to have. */
static void purge(oc_sctp_reassembly_t *store, oc_sctp_run_t *run) {
    store->purged++;
    unlink_run(&store->waiting, run);
    free_run(store, run);
}

/* ---- storing ---- */

/* n blocks more, chained; NULL: the pool has not as many. */
static oc_sctp_block_t *take_blocks(oc_sctp_reassembly_t *store, unsigned n) {
    oc_sctp_block_t *chain = NULL;
    for (unsigned i = 0; i < n; i++) {
        oc_sctp_block_t *block = oc_pool_take(store->pool);
        if (!block) {
            while (chain) {
                block = chain->next;
                oc_pool_give(store->pool, chain);
                chain = block;
            }
            return NULL;
        }
        block->next = chain;
        block->off = sizeof *block;
        block->len = 0;
        chain = block;
    }
    return chain;
}

/* Copies bytes to the end of a run whose chain, from its tail on, has the room. */
static void fill(oc_sctp_run_t *run, oc_span_t bytes) {
    run->bytes += (uint32_t)bytes.len;
    for (;;) {
        oc_sctp_block_t *block = run->tail;
        size_t room = OC_POOL_EACH - block->off - block->len;
        size_t n = bytes.len < room ? bytes.len : room;
        memcpy((uint8_t *)block + block->off + block->len, bytes.data, n);
        block->len = (uint16_t)(block->len + n);
        bytes = oc_span(bytes.data + n, bytes.len - n);
        if (!bytes.len)
            return;
        run->tail = block->next;
    }
}

/* Appends a chunk to run, which may be NULL: then to a new one. NULL: no room, nothing is changed.
 */
static oc_sctp_run_t *store_bytes(oc_sctp_reassembly_t *store, oc_sctp_run_t *run, oc_span_t bytes,
                                  bool in_order) {
    size_t room = run ? (size_t)OC_POOL_EACH - run->tail->off - run->tail->len : OC_SCTP_RUN_DATA;
    size_t beyond = bytes.len > room ? bytes.len - room : 0;
    unsigned need = (unsigned)((beyond + OC_SCTP_BLOCK_DATA - 1) / OC_SCTP_BLOCK_DATA);
    uint32_t maximum = in_order ? store->window + store->message_max : store->window;
    oc_sctp_block_t *chain = NULL;
    need += !run;
    if (store->blocks + need > (in_order ? store->blocks_max : store->blocks_early) ||
        store->bytes + bytes.len > maximum)
        return NULL;
    if (need) {
        chain = take_blocks(store, need);
        if (!chain)
            return NULL;
    }
    if (!run) {
        oc_sctp_block_t *rest = chain->next;
        run = (oc_sctp_run_t *)chain;
        memset(run, 0, sizeof *run);
        run->block = (oc_sctp_block_t){rest, sizeof *run, 0};
        run->tail = &run->block;
    } else if (need) {
        run->tail->next = chain;
    }
    run->blocks = (uint16_t)(run->blocks + need);
    store->blocks = (uint16_t)(store->blocks + need);
    store->bytes += (uint32_t)bytes.len;
    fill(run, bytes);
    return run;
}

/* The last run that starts before tsn: from the end that is nearer. */
static oc_sctp_run_t *run_before(const oc_sctp_reassembly_t *store, uint32_t tsn) {
    oc_sctp_run_t *run = store->waiting.last;
    if (!run || oc_seq32_before(run->tsn, tsn))
        return run;
    if (run->tsn - tsn <= tsn - store->waiting.first->tsn) {
        while (run && oc_seq32_after(run->tsn, tsn))
            run = run->prev;
        return run;
    }
    if (oc_seq32_after(store->waiting.first->tsn, tsn))
        return NULL;
    for (run = store->waiting.first; oc_seq32_before(run->next->tsn, tsn);)
        run = run->next;
    return run;
}

static bool same_message(const oc_sctp_run_t *run, uint16_t sid, uint16_t ssn, uint8_t flags) {
    return run->sid == sid && !((run->flags ^ flags) & OC_SCTP_DATA_UNORDERED) &&
           (flags & OC_SCTP_DATA_UNORDERED || run->ssn == ssn);
}

/* True: the run goes on with a chunk like this. */
static bool goes_on(const oc_sctp_run_t *run, const oc_sctp_data_t *data) {
    return run && run->last + 1 == data->tsn && !(run->flags & OC_SCTP_DATA_END) &&
           !(data->flags & OC_SCTP_DATA_BEGIN) &&
           same_message(run, data->sid, data->ssn, data->flags);
}

/* Joins run with the one behind it when that continues it; one behind an end without a beginning of
 * its own can never be whole. */
static void join_next(oc_sctp_reassembly_t *store, oc_sctp_run_t *run) {
    oc_sctp_run_t *next = run->next;
    if (!next || next->tsn != run->last + 1 || next->flags & OC_SCTP_DATA_BEGIN)
        return;
    if (run->flags & OC_SCTP_DATA_END || !same_message(run, next->sid, next->ssn, next->flags)) {
        purge(store, next);
        return;
    }
    unlink_run(&store->waiting, next);
    run->last = next->last;
    run->flags |= next->flags & (OC_SCTP_DATA_END | OC_SCTP_RUN_CUT);
    run->bytes += next->bytes;
    run->blocks = (uint16_t)(run->blocks + next->blocks);
    run->tail->next = &next->block;
    run->tail = next->tail;
}

/* ---- delivery ---- */

static void deliver(oc_sctp_reassembly_t *store, oc_sctp_run_t *run) {
    unlink_run(&store->waiting, run);
    run->number = ++store->number;
    store->messages++;
    store->message_bytes += run->bytes;
    link_run(&store->ready, store->ready.last, run);
}

/* Delivers the stream's ordered messages whose turn it is, from run on. A sender gives SSNs in the
 * order of TSNs, so one walk finds them. */
static void deliver_from(oc_sctp_reassembly_t *store, oc_sctp_stream_t *stream,
                         oc_sctp_run_t *run) {
    while (run && stream->waiting) {
        oc_sctp_run_t *next = run->next;
        if (run->sid == stream->sid && !(run->flags & OC_SCTP_DATA_UNORDERED)) {
            if ((run->flags & WHOLE) != WHOLE || run->ssn != stream->ssn)
                return;
            stream->waiting--;
            stream->ssn++;
            deliver(store, run);
        }
        run = next;
    }
}

static void completed(oc_sctp_reassembly_t *store, oc_sctp_stream_t *stream, oc_sctp_run_t *run) {
    if (run->flags & OC_SCTP_DATA_UNORDERED) {
        deliver(store, run);
        return;
    }
    stream->waiting++;
    if (run->ssn == stream->ssn)
        deliver_from(store, stream, run);
}

/* Data on a stream. False: the peer uses its id again, and that it performed our reset is not known
 * here yet: the answer is late or lost. It has to come again, after the answer. */
static bool begin_use(oc_sctp_stream_t *stream) {
    if (stream->flags & OC_SCTP_STREAM_IN_RESET) {
        if (stream->flags & (OC_SCTP_STREAM_CLOSING | OC_SCTP_STREAM_REQUESTED))
            return false;
        stream->flags &= (uint8_t) ~(OC_SCTP_STREAM_IN_RESET | OC_SCTP_STREAM_OUT_RESET);
    }
    stream->flags |= OC_SCTP_STREAM_IN;
    return true;
}

int oc_sctp_reassembly_data(oc_sctp_reassembly_t *store, const oc_sctp_data_t *data, bool in_order,
                            bool after_known) {
    oc_sctp_stream_t *stream = oc_sctp_streams_add(store->streams, data->sid);
    bool ordered = !(data->flags & OC_SCTP_DATA_UNORDERED);
    oc_sctp_run_t *before, *run;
    if (!stream) {
        store->no_stream++;
        return OC_OK;
    }
    if (!begin_use(stream)) {
        store->no_stream++;
        return OC_AGAIN;
    }
    if (ordered && oc_seq16_before(data->ssn, stream->ssn)) {
        store->late++;
        return OC_OK;
    }
    before = run_before(store, data->tsn);
    run = goes_on(before, data) ? before : NULL;
    if (!run && after_known && !(data->flags & OC_SCTP_DATA_BEGIN)) {
        store->orphans++;
        return OC_OK;
    }
    oc_span_t payload = data->payload;
    uint32_t stored = run ? run->bytes : 0;
    uint32_t room = stored < store->message_max ? store->message_max - stored : 0;
    bool cut = payload.len > room;
    if (cut)
        payload.len = room;
    run = store_bytes(store, run, payload, in_order);
    if (!run) {
        store->no_room++;
        return OC_AGAIN;
    }
    if (run != before) {
        run->tsn = data->tsn;
        run->ppid = data->ppid;
        run->sid = data->sid;
        run->ssn = data->ssn;
        link_run(&store->waiting, before, run);
    }
    run->last = data->tsn;
    run->flags |= data->flags & (WHOLE | OC_SCTP_DATA_UNORDERED);
    join_next(store, run);
    if (cut || run->bytes > store->message_max)
        run->flags |= OC_SCTP_RUN_CUT;
    if ((run->flags & WHOLE) == WHOLE)
        completed(store, stream, run);
    return OC_OK;
}

/* ---- giving up ---- */

/* The peer skips the stream to behind ssn: whole messages up to there still count. */
static void skip(oc_sctp_reassembly_t *store, oc_sctp_stream_t *stream, uint16_t ssn) {
    oc_sctp_run_t *run = store->waiting.first, *next;
    for (; run; run = next) {
        next = run->next;
        if (run->sid != stream->sid || run->flags & OC_SCTP_DATA_UNORDERED ||
            oc_seq16_after(run->ssn, ssn))
            continue;
        if ((run->flags & WHOLE) == WHOLE) {
            stream->waiting--;
            deliver(store, run);
        } else {
            purge(store, run);
        }
    }
    if (oc_seq16_upto(stream->ssn, ssn))
        stream->ssn = (uint16_t)(ssn + 1);
    deliver_from(store, stream, store->waiting.first);
}

void oc_sctp_reassembly_forward(oc_sctp_reassembly_t *store, const oc_sctp_forward_t *forward) {
    oc_sctp_run_t *run, *next;
    for (unsigned i = 0; i < forward->count; i++) {
        oc_sctp_skip_t pair = oc_sctp_forward_skip(forward, i);
        oc_sctp_stream_t *stream = oc_sctp_streams_add(store->streams, pair.sid);
        if (stream)
            skip(store, stream, pair.ssn);
    }
    for (run = store->waiting.first; run; run = next) {
        next = run->next;
        if (oc_seq32_after(run->tsn, forward->cumulative))
            break;
        if ((run->flags & WHOLE) != WHOLE) /* only what was given up is passed over */
            purge(store, run);
    }
    /* What follows the new cumulative TSN without a beginning lost it. */
    if (run && run->tsn == forward->cumulative + 1 && !(run->flags & OC_SCTP_DATA_BEGIN))
        purge(store, run);
}

void oc_sctp_reassembly_reset(oc_sctp_reassembly_t *store, oc_sctp_stream_t *stream) {
    oc_sctp_run_t *run = store->waiting.first, *next;
    for (; run; run = next) {
        next = run->next;
        if (run->sid == stream->sid)
            purge(store, run);
    }
    stream->ssn = 0;
    stream->waiting = 0;
}

/* ---- the reader's side ---- */

uint32_t oc_sctp_reassembly_rwnd(const oc_sctp_reassembly_t *store) {
    uint32_t rwnd = store->bytes < store->window ? store->window - store->bytes : 0;
    uint32_t blocks =
        store->blocks < store->blocks_early ? (uint32_t)(store->blocks_early - store->blocks) : 0;
    uint32_t pool = store->pool->count - store->pool->used;
    if (pool < blocks)
        blocks = pool;
    return rwnd < blocks * OC_POOL_BLOCK ? rwnd : blocks * OC_POOL_BLOCK;
}

oc_sctp_run_t *oc_sctp_reassembly_poll(oc_sctp_reassembly_t *store, uint32_t upto) {
    oc_sctp_run_t *run = store->ready.first;
    if (!run || oc_seq32_after(run->number, upto))
        return NULL;
    unlink_run(&store->ready, run);
    link_run(&store->held, store->held.last, run);
    return run;
}

unsigned oc_sctp_reassembly_parts(const oc_sctp_run_t *run, size_t offset, oc_span_t *parts,
                                  unsigned max) {
    unsigned count = 0;
    for (const oc_sctp_block_t *block = &run->block; block && count < max; block = block->next) {
        if (offset >= block->len) {
            offset -= block->len;
            continue;
        }
        parts[count++] = oc_span((const uint8_t *)block + block->off + offset, block->len - offset);
        offset = 0;
    }
    return count;
}

size_t oc_sctp_reassembly_copy(const oc_sctp_run_t *run, size_t offset, void *out, size_t len) {
    size_t done = 0;
    for (const oc_sctp_block_t *block = &run->block; block && done < len; block = block->next) {
        size_t n;
        if (offset >= block->len) {
            offset -= block->len;
            continue;
        }
        n = block->len - offset;
        if (n > len - done)
            n = len - done;
        memcpy((uint8_t *)out + done, (const uint8_t *)block + block->off + offset, n);
        done += n;
        offset = 0;
    }
    return done;
}

void oc_sctp_reassembly_release(oc_sctp_reassembly_t *store, oc_sctp_run_t *run) {
    unlink_run(&store->held, run);
    free_run(store, run);
}

void oc_sctp_reassembly_clear(oc_sctp_reassembly_t *store) {
    oc_sctp_run_list_t *lists[] = {&store->waiting, &store->ready, &store->held};
    for (unsigned i = 0; i < 3; i++) {
        while (lists[i]->first) {
            oc_sctp_run_t *run = lists[i]->first;
            unlink_run(lists[i], run);
            free_run(store, run);
        }
    }
}
