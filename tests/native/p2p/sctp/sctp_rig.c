#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "oc_crc32c.h"
#include "oc_random_seeded.h"
#include "sctp_rig.h"

#define PERIOD      251
#define MESSAGE_MAX (512 * 1024)

struct rig_datagram {
    struct rig_datagram *next;
    int64_t at_us;
    uint64_t order;
    unsigned from;
    size_t len;
    uint8_t data[];
};

static uint8_t pattern[MESSAGE_MAX + PERIOD];

uint32_t sctp_rig_random(rig_t *rig, uint32_t n) {
    rig->random ^= rig->random << 13;
    rig->random ^= rig->random >> 7;
    rig->random ^= rig->random << 17;
    return (uint32_t)(rig->random >> 24) % n;
}

static uint32_t length_of(const rig_stream_t *stream, uint32_t number) {
    uint32_t span = stream->longest - stream->shortest + 1;
    return stream->shortest + (number * 2654435761u >> 7) % span;
}

/* ---- source ---- */

static int source_next(void *ctx, oc_msg_t *out) {
    rig_stream_t *stream = ctx;
    if (stream->next == stream->count)
        return OC_AGAIN;
    *out = (oc_msg_t){.ref = stream->next,
                      .len = length_of(stream, stream->next),
                      .ppid = stream->next,
                      .key = true,
                      .unordered = stream->unordered};
    return OC_OK;
}
static void source_take(void *ctx, uint64_t ref) {
    rig_stream_t *stream = ctx;
    assert_int_equal(ref, stream->next);
    stream->next++;
}
static int source_bytes(void *ctx, uint64_t ref, uint32_t offset, uint32_t len, oc_span_t *parts,
                        unsigned max) {
    const rig_stream_t *stream = ctx;
    if (ref < stream->stale)
        return OC_ERR_STALE;
    assert_true(offset + len <= length_of(stream, (uint32_t)ref));
    parts[0] = oc_span(pattern + (ref * 13 + offset) % PERIOD, len);
    return 1;
}
static void source_done(void *ctx, uint64_t ref, int how) {
    rig_stream_t *stream = ctx;
    if (how == OC_OK)
        stream->done++;
    else
        stream->abandoned++;
}
static const oc_source_ops_t ops = {source_next, source_take, source_bytes, source_done};

/* ---- ends ---- */

static void init_end(rig_end_t *end, oc_sctp_config_t config, unsigned blocks) {
    end->blocks = malloc((size_t)blocks * OC_POOL_EACH + 16);
    oc_pool_init(&end->pool, end->blocks, blocks);
    config.pool = &end->pool;
    end->memory = aligned_alloc(16, (oc_sctp_memory(&config) + 15) & ~(size_t)15);
    end->sctp = oc_sctp_init(end->memory, &config);
    assert_non_null(end->sctp);
}

void sctp_rig_init_ends(rig_t *rig, const oc_sctp_config_t *a, const oc_sctp_config_t *b,
                        unsigned blocks, uint64_t seed) {
    for (unsigned i = 0; i < sizeof pattern; i++)
        pattern[i] = (uint8_t)(i % PERIOD * 7 + 1);
    memset(rig, 0, sizeof *rig);
    rig->random = seed * 2654435761u + 88172645463325252u;
    oc_random_seed(seed);
    rig->link[0].delay_us = rig->link[1].delay_us = 20000;
    init_end(&rig->end[0], *a, blocks);
    init_end(&rig->end[1], *b, blocks);
}

void sctp_rig_init(rig_t *rig, const oc_sctp_config_t *config, unsigned blocks, uint64_t seed) {
    sctp_rig_init_ends(rig, config, config, blocks, seed);
}

void sctp_rig_connect(rig_t *rig) {
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(oc_sctp_connect(rig->end[i].sctp, rig->now_us), OC_OK);
}

int sctp_rig_open(rig_t *rig, unsigned end, uint16_t sid, uint32_t count, uint32_t shortest,
                  uint32_t longest, bool partial) {
    rig_stream_t *stream = &rig->end[end].stream[sid];
    oc_send_stream_config_t config = {
        .source = {&ops, stream}, .priority = OC_SEND_MEDIA, .partial = partial};
    stream->count = count;
    stream->shortest = shortest;
    stream->longest = longest;
    rig->end[!end].stream[sid].gaps = partial;
    return oc_sctp_open(rig->end[end].sctp, sid, &config);
}

void sctp_rig_more(rig_t *rig, unsigned end, uint16_t sid, uint32_t count) {
    rig->end[end].stream[sid].count += count;
    assert_int_equal(oc_sctp_kick(rig->end[end].sctp, sid), OC_OK);
}

/* Every byte is what the sender's number asks for. */
static void check_message(rig_t *rig, unsigned at, const oc_sctp_event_t *event) {
    static uint8_t bytes[MESSAGE_MAX];
    const rig_stream_t *from = &rig->end[!at].stream[event->sid];
    rig_stream_t *stream = &rig->end[at].stream[event->sid];
    uint32_t number = event->ppid;
    oc_span_t parts[4];
    assert_true(number < from->count);
    assert_int_equal(event->len, length_of(from, number));
    assert_int_equal(oc_sctp_message_copy(event, 0, bytes, sizeof bytes), event->len);
    assert_memory_equal(bytes, pattern + number * 13 % PERIOD, event->len);
    assert_true(oc_sctp_message_parts(event, event->len - 1, parts, 4) == 1 && parts[0].len == 1);
    assert_int_equal(event->unordered, from->unordered);
    stream->received++;
    rig->end[at].bytes += event->len;
    if (event->unordered)
        return;
    if (!stream->gaps)
        assert_int_equal(number, stream->expect);
    assert_true(number >= stream->expect);
    stream->skipped += number - stream->expect;
    stream->expect = number + 1;
}

static void drain_events(rig_t *rig, unsigned at) {
    rig_end_t *end = &rig->end[at];
    oc_sctp_event_t event;
    while (oc_sctp_poll_event(end->sctp, &event) == OC_OK) {
        assert_false(end->down); /* it was the last one */
        switch (event.kind) {
        case OC_SCTP_UP:
            end->up = true;
            end->up_us = rig->now_us;
            break;
        case OC_SCTP_DOWN:
            end->down = true;
            end->reason = event.reason;
            end->cause = event.cause;
            break;
        case OC_SCTP_MESSAGE:
            if (event.sid < RIG_STREAMS)
                check_message(rig, at, &event);
            if (end->hold)
                end->held[end->held_count++] = event;
            else
                oc_sctp_message_release(end->sctp, &event);
            break;
        case OC_SCTP_STREAM_RESET:
            if (event.sid >= RIG_STREAMS)
                break;
            if (event.by_peer)
                end->stream[event.sid].resets_peer++;
            else
                end->stream[event.sid].resets_ours++;
            break;
        case OC_SCTP_ABANDONED:
            break;
        }
    }
}

void sctp_rig_release(rig_t *rig, unsigned at) {
    rig_end_t *end = &rig->end[at];
    while (end->held_count)
        oc_sctp_message_release(end->sctp, &end->held[--end->held_count]);
}

/* ---- link ---- */

static void enqueue(rig_t *rig, unsigned from, const uint8_t *data, size_t len, int64_t at_us) {
    struct rig_datagram **where = &rig->queue, *datagram = malloc(sizeof *datagram + len);
    datagram->at_us = at_us;
    datagram->order = rig->order++;
    datagram->from = from;
    datagram->len = len;
    memcpy(datagram->data, data, len);
    while (*where && (*where)->at_us <= at_us)
        where = &(*where)->next;
    datagram->next = *where;
    *where = datagram;
}

static void transmit(rig_t *rig, unsigned from, const oc_sctp_packet_t *packet) {
    static uint8_t bytes[70000];
    rig_link_t *link = &rig->link[from];
    size_t len = 0;
    unsigned copies;
    for (unsigned i = 0; i < packet->count; len += packet->part[i++].len)
        memcpy(bytes + len, packet->part[i].data, packet->part[i].len);
    assert_int_equal(len, packet->len);
    assert_true(packet->oversize || len <= packet->max);
    link->sent++;
    copies = sctp_rig_random(rig, 1000) < link->twice ? 2 : 1;
    if ((rig->drop && rig->drop(rig, from, bytes, len)) || link->down ||
        (link->mtu && len > link->mtu && !packet->oversize) ||
        sctp_rig_random(rig, 1000) < link->loss) {
        link->lost++;
        return;
    }
    while (copies--) {
        int64_t at_us = rig->now_us + link->delay_us;
        if (link->jitter_us)
            at_us += sctp_rig_random(rig, (uint32_t)link->jitter_us);
        if (sctp_rig_random(rig, 1000) < link->corrupt)
            bytes[sctp_rig_random(rig, (uint32_t)len)] ^= (uint8_t)(1 + sctp_rig_random(rig, 255));
        enqueue(rig, from, bytes, len, at_us);
    }
}

void sctp_rig_inject(rig_t *rig, unsigned from, uint8_t *packet, size_t len) {
    uint32_t crc;
    memset(packet + 8, 0, 4);
    crc = oc_crc32c(0, packet, len);
    for (unsigned i = 0; i < 4; i++)
        packet[8 + i] = (uint8_t)(crc >> 8 * i);
    (void)oc_sctp_input(rig->end[!from].sctp, oc_span(packet, len), rig->now_us);
    drain_events(rig, !from);
}

static void deliver(rig_t *rig) {
    while (rig->queue && rig->queue->at_us <= rig->now_us) {
        struct rig_datagram *datagram = rig->queue;
        rig->queue = datagram->next;
        (void)oc_sctp_input(rig->end[!datagram->from].sctp, oc_span(datagram->data, datagram->len),
                            rig->now_us);
        drain_events(rig, !datagram->from);
        free(datagram);
    }
}

static void drain_packets(rig_t *rig) {
    static oc_sctp_packet_t packet;
    for (unsigned i = 0; i < 2; i++) {
        unsigned burst = 0;
        oc_sctp_advance(rig->end[i].sctp, rig->now_us);
        while (oc_sctp_poll_packet(rig->end[i].sctp, rig->now_us, &packet) == OC_OK) {
            transmit(rig, i, &packet);
            assert_true(++burst < 200000); /* it never ends */
        }
        drain_events(rig, i);
    }
}

void sctp_rig_run(rig_t *rig, int64_t until_us) {
    unsigned standing = 0;
    for (;;) {
        int64_t next = INT64_MAX;
        deliver(rig);
        drain_packets(rig);
        rig->steps++;
        for (unsigned i = 0; i < 2; i++) {
            int64_t deadline = oc_sctp_next_deadline(rig->end[i].sctp, rig->now_us);
            next = deadline < next ? deadline : next;
        }
        if (rig->queue && rig->queue->at_us < next)
            next = rig->queue->at_us;
        if (next > until_us)
            break;
        standing = next <= rig->now_us ? standing + 1 : 0;
        assert_true(standing < 1000); /* a deadline that is always now */
        rig->now_us = next > rig->now_us ? next : rig->now_us;
    }
    rig->now_us = until_us;
}

void sctp_rig_up(rig_t *rig) {
    int64_t end_us = rig->now_us + 60000000;
    while (!(rig->end[0].up && rig->end[1].up) && rig->now_us < end_us)
        sctp_rig_run(rig, rig->now_us + 10000);
    assert_true(rig->end[0].up && rig->end[1].up);
}

void sctp_rig_end(rig_t *rig) {
    while (rig->queue) {
        struct rig_datagram *next = rig->queue->next;
        free(rig->queue);
        rig->queue = next;
    }
    for (unsigned i = 0; i < 2; i++) {
        oc_sctp_deinit(rig->end[i].sctp);
        assert_int_equal(rig->end[i].pool.used, 0);
        free(rig->end[i].memory);
        free(rig->end[i].blocks);
    }
}
