/* Sizes of a ring, and what a configuration must satisfy. */
#include <stdio.h>
#include <string.h>
#include "oc_err.h"
#include "oc_ring_impl.h"
#include "oc_thread_check.h"

#define MS_PER_S      1000u
#define US_PER_MS     1000
#define BITS_PER_BYTE 8u
#define SPARE_SHARE   8u /* 1/8 more payload than the average rate needs: rates vary */
#define INDEX_SHARE   4u /* 1/4 more index entries than the average packet rate needs */
#define PAYLOAD_MAX   (UINT32_MAX / 2) /* offsets and sums stay below 2^32 */
#define INDEX_MAX     (1u << 24)       /* 800 MB of index */

_Static_assert(sizeof(oc_ring_entry_t) == 48, "docs and sizes say 48 bytes");
_Static_assert(sizeof(oc_ring_gop_t) == 32, "docs and sizes say 32 bytes");

#define FAIL(code, ...)                                                                            \
    do {                                                                                           \
        if (why && why_size)                                                                       \
            snprintf(why, why_size, __VA_ARGS__);                                                  \
        return code;                                                                               \
    } while (0)

static uint64_t align_up(uint64_t n) {
    return (n + OC_RING_ALIGN - 1) & ~(uint64_t)(OC_RING_ALIGN - 1);
}

/* Bytes that `ms` of the stream take on average, rounded up. */
static uint64_t bytes_of(const oc_ring_plan_t *plan, uint64_t ms) {
    uint64_t bit_ms = (uint64_t)plan->bitrate_bps * ms;
    return (bit_ms + BITS_PER_BYTE * MS_PER_S - 1) / (BITS_PER_BYTE * MS_PER_S);
}

/* Time that `bytes` hold on average. */
static uint64_t ms_of(const oc_ring_plan_t *plan, uint64_t bytes) {
    return bytes * BITS_PER_BYTE * MS_PER_S / plan->bitrate_bps;
}

/* Payload bytes the plan asks for. Whole GOPs leave at once, so a wish in seconds adds one GOP. */
static uint64_t payload_of(const oc_ring_plan_t *plan) {
    uint64_t want, gop;
    if (plan->bytes)
        return align_up(plan->bytes);
    want = bytes_of(plan, plan->milliseconds);
    gop = plan->max_gop_bytes ? plan->max_gop_bytes : bytes_of(plan, plan->max_gop_ms);
    want = align_up(want + want / SPARE_SHARE + gop);
    return want < OC_RING_PAYLOAD_MIN ? OC_RING_PAYLOAD_MIN : want;
}

static int check_sizes(const oc_ring_plan_t *plan, uint64_t payload, char *why, size_t why_size) {
    if (payload < OC_RING_PAYLOAD_MIN || payload > PAYLOAD_MAX)
        FAIL(OC_ERR_RANGE, "ring.%s %u: makes a ring of %llu bytes, allowed are %u .. %u",
             plan->bytes ? "bytes" : "milliseconds", plan->bytes ? plan->bytes : plan->milliseconds,
             (unsigned long long)payload, OC_RING_PAYLOAD_MIN, PAYLOAD_MAX);
    if (plan->max_gop_bytes > payload)
        FAIL(OC_ERR_RANGE, "maxGopSize %u: must be at most the ring's %llu bytes",
             plan->max_gop_bytes, (unsigned long long)payload);
    if (!plan->max_gop_bytes && bytes_of(plan, plan->max_gop_ms) > payload)
        FAIL(OC_ERR_RANGE,
             "ring.bytes %llu: a GOP of %u ms at %u bit/s needs at least %llu bytes; enlarge the "
             "ring or shorten the GOP",
             (unsigned long long)payload, plan->max_gop_ms, plan->bitrate_bps,
             (unsigned long long)bytes_of(plan, plan->max_gop_ms));
    return OC_OK;
}

static int check_preroll(const oc_ring_plan_t *plan, uint64_t payload, char *why, size_t why_size) {
    uint64_t held_ms = plan->milliseconds ? plan->milliseconds : ms_of(plan, payload);
    if (!plan->preroll_ms)
        return OC_OK;
    if (plan->preroll_ms > held_ms)
        FAIL(OC_ERR_RANGE, "preroll %u ms: must be at most the %llu ms the ring holds at %u bit/s",
             plan->preroll_ms, (unsigned long long)held_ms, plan->bitrate_bps);
    if (plan->max_gop_ms > plan->preroll_ms)
        FAIL(OC_ERR_RANGE,
             "preroll %u ms: must be at least the source's GOP of %u ms; ask for a longer pre-roll "
             "or for more frequent key frames",
             plan->preroll_ms, plan->max_gop_ms);
    return OC_OK;
}

int oc_ring_plan(const oc_ring_plan_t *plan, oc_ring_size_t *size, char *why, size_t why_size) {
    uint64_t payload, held_ms, packets;
    int rc;
    if (!plan || !size)
        return OC_ERR_INVAL;
    if (!plan->bytes == !plan->milliseconds)
        FAIL(OC_ERR_INVAL, "ring.bytes %u, ring.milliseconds %u: exactly one must be above 0",
             plan->bytes, plan->milliseconds);
    if (!plan->bitrate_bps || !plan->packets_per_s)
        FAIL(OC_ERR_INVAL, "bitrate_bps %u, packets_per_s %u: both must be above 0",
             plan->bitrate_bps, plan->packets_per_s);
    payload = payload_of(plan);
    if ((rc = check_sizes(plan, payload, why, why_size)) != OC_OK ||
        (rc = check_preroll(plan, payload, why, why_size)) != OC_OK)
        return rc;
    held_ms = ms_of(plan, payload);
    packets = held_ms * plan->packets_per_s / MS_PER_S;
    packets += packets / INDEX_SHARE + OC_RING_PACKETS_MIN;
    if (packets > INDEX_MAX)
        FAIL(OC_ERR_RANGE,
             "packets_per_s %u: makes an index of %llu packets for %llu ms, at most %u are allowed",
             plan->packets_per_s, (unsigned long long)packets, (unsigned long long)held_ms,
             INDEX_MAX);
    size->payload_bytes = (uint32_t)payload;
    size->packets = (uint32_t)packets;
    size->gops = (uint32_t)packets; /* MJPEG and audio alone: every packet is a GOP */
    size->total_bytes =
        (size_t)(oc_ring_bytes() + align_up(packets * 48) + align_up(packets * 32) + payload);
    if (why && why_size)
        why[0] = 0;
    return OC_OK;
}

size_t oc_ring_bytes(void) {
    return align_up(sizeof(oc_ring_t));
}

oc_ring_parts_t oc_ring_lay_out(void *memory, const oc_ring_size_t *size) {
    uint8_t *p = (uint8_t *)memory;
    uint8_t *gops = p + align_up((uint64_t)size->packets * sizeof(oc_ring_entry_t));
    uint8_t *payload = gops + align_up((uint64_t)size->gops * sizeof(oc_ring_gop_t));
    return (oc_ring_parts_t){(oc_ring_entry_t *)(void *)p, (oc_ring_gop_t *)(void *)gops, payload};
}

void oc_ring_use(oc_ring_t *ring, const oc_ring_parts_t *parts, const oc_ring_size_t *size) {
    ring->packets = parts->packets;
    ring->gops = parts->gops;
    ring->payload = parts->payload;
    ring->payload_bytes = size->payload_bytes;
    ring->packets_max = size->packets;
    ring->gops_max = size->gops;
}

void oc_ring_follow(oc_ring_t *ring, const oc_ring_plan_t *plan) {
    bool gives_back = plan->discard && plan->milliseconds;
    ring->max_gop_bytes = plan->max_gop_bytes;
    ring->preroll_ms = plan->preroll_ms;
    ring->discard = gives_back ? plan->discard : NULL;
    ring->discard_context = plan->discard_context;
    ring->discard_unit = plan->discard_unit ? plan->discard_unit : 1;
    ring->keep_us = gives_back ? (int64_t)plan->milliseconds * US_PER_MS : 0;
    ring->keep_us += ring->keep_us / SPARE_SHARE;
}

oc_ring_t *oc_ring_init(void *head, void *memory, const oc_ring_plan_t *plan,
                        const oc_ring_size_t *size) {
    OC_ON_MEDIA_THREAD();
    oc_ring_size_t own;
    oc_ring_t *ring = (oc_ring_t *)head;
    if (head && !memory)
        memory = (uint8_t *)head + oc_ring_bytes();
    if (!head || (uintptr_t)head % OC_RING_ALIGN || (uintptr_t)memory % OC_RING_ALIGN || !size ||
        oc_ring_plan(plan, &own, NULL, 0) != OC_OK || own.total_bytes != size->total_bytes ||
        own.payload_bytes != size->payload_bytes || own.packets != size->packets ||
        own.gops != size->gops)
        return NULL;
    memset(ring, 0, sizeof *ring);
    oc_ring_parts_t parts = oc_ring_lay_out(memory, size);
    oc_ring_use(ring, &parts, size);
    oc_ring_follow(ring, plan);
    ring->next_seq = 1;
    ring->base_track = OC_RING_TRACK_NONE;
    return ring;
}
