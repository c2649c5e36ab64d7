/* Hostile packets for an association that is up. The input is a list of packets without their
 * common header: two bytes of length, a byte of pause, then chunks. TSNs and sequence numbers in it
 * count from the first ones, so that what is changed at random still means something. Inputs of an
 * odd length find an association that descriptions made (SNAP); each input is read as an INIT of a
 * description, too. */
#include <stdlib.h>
#include "oc_random_seeded.h"
#include "oc_sctp_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BLOCKS 64

static _Alignas(16) uint8_t blocks[2][BLOCKS * OC_POOL_EACH];
static _Alignas(16) uint8_t memory[2][16384];
static oc_pool_t pool[2];
static oc_sctp_packet_t packet;

static void check(bool ok) {
    if (!ok)
        abort();
}

/* ---- what our side sends ---- */

static int no_next(void *ctx, oc_msg_t *out) {
    unsigned *left = ctx;
    if (!*left)
        return OC_AGAIN;
    *out = (oc_msg_t){.ref = *left, .len = 100 + *left * 321, .ppid = 53, .key = true};
    return OC_OK;
}
static void no_take(void *ctx, uint64_t ref) {
    (void)ref;
    --*(unsigned *)ctx;
}
static int no_bytes(void *ctx, uint64_t ref, uint32_t offset, uint32_t len, oc_span_t *parts,
                    unsigned max) {
    static const uint8_t zeros[8192];
    (void)ctx, (void)ref, (void)offset, (void)max;
    parts[0] = oc_span(zeros, len);
    return 1;
}
static void no_done(void *ctx, uint64_t ref, int how) {
    (void)ctx, (void)ref, (void)how;
}
static const oc_source_ops_t ops = {no_next, no_take, no_bytes, no_done};

/* Everything we send is well formed. */
static void read_own(const uint8_t *bytes, size_t len) {
    oc_sctp_header_t header;
    oc_sctp_chunk_t chunk;
    oc_rd_t r;
    int rc;
    check(oc_sctp_header_parse(oc_span(bytes, len), &header, &r) == OC_OK);
    while ((rc = oc_sctp_chunk_next(&r, &chunk)) == OC_OK) {
    }
    check(rc == OC_END && len % 4 == 0 && len > OC_SCTP_HEADER_LEN);
}

static size_t poll(oc_sctp_t *sctp, int64_t now_us, uint8_t *bytes) {
    size_t len = 0;
    if (oc_sctp_poll_packet(sctp, now_us, &packet) != OC_OK)
        return 0;
    for (unsigned i = 0; i < packet.count; len += packet.part[i++].len)
        memcpy(bytes + len, packet.part[i].data, packet.part[i].len);
    check(len == packet.len && (packet.oversize || len <= packet.max));
    read_own(bytes, len);
    return len;
}

/* Both ends up, in no time. */
static void run_handshake(oc_sctp_t *const *end, bool snap) {
    uint8_t bytes[2000];
    for (unsigned i = 0; i < 2 && snap; i++) {
        oc_sctp_snap(end[i], &end[!i]->assoc.local, OC_SCTP_OPTIONS_ALL);
        oc_sctp_connect(end[i], 0);
    }
    oc_sctp_connect(end[1], 0);
    for (unsigned i = 0; i < 20; i++) {
        size_t len = poll(end[i % 2], 0, bytes);
        if (len)
            (void)oc_sctp_input(end[!(i % 2)], oc_span(bytes, len), 0);
    }
    check(oc_sctp_state(end[0]) == OC_SCTP_ESTABLISHED);
}

static void shift(uint8_t *p, uint32_t base) {
    oc_sctp_put32(p, oc_sctp_be32(p) + base);
}

/* Numbers count from what the handshake agreed on. */
static void rebase(oc_sctp_t *sctp, uint8_t *bytes, size_t len) {
    oc_rd_t r = oc_rd(oc_span(bytes + OC_SCTP_HEADER_LEN, len - OC_SCTP_HEADER_LEN));
    uint32_t ours = sctp->assoc.local.tsn, theirs = sctp->assoc.peer.tsn;
    oc_sctp_chunk_t chunk;
    while (oc_sctp_chunk_next(&r, &chunk) == OC_OK) {
        uint8_t *p = bytes + (chunk.value.data - bytes);
        if ((chunk.type == OC_SCTP_DATA || chunk.type == OC_SCTP_FORWARD_TSN) &&
            chunk.value.len >= 4)
            shift(p, theirs);
        if ((chunk.type == OC_SCTP_SACK || chunk.type == OC_SCTP_SHUTDOWN) && chunk.value.len >= 4)
            shift(p, ours);
        if (chunk.type == OC_SCTP_RE_CONFIG && chunk.value.len >= 8)
            shift(p + 4, p[1] == OC_SCTP_RESET_RESPONSE ? ours : theirs);
        if (chunk.type == OC_SCTP_RE_CONFIG && chunk.value.len >= 16)
            shift(p + 12, theirs);
    }
}

static void drain(oc_sctp_t *sctp, int64_t now_us, bool keep) {
    uint8_t bytes[70000];
    oc_sctp_event_t event;
    unsigned count = 0;
    while (oc_sctp_poll_event(sctp, &event) == OC_OK) {
        if (event.kind == OC_SCTP_MESSAGE) {
            check(event.len > 0 && event.len <= 16384);
            check(oc_sctp_message_copy(&event, 0, bytes, sizeof bytes) == event.len);
            if (!keep)
                oc_sctp_message_release(sctp, &event);
        }
        if (event.kind == OC_SCTP_STREAM_RESET && event.by_peer)
            (void)oc_sctp_close(sctp, event.sid, now_us);
    }
    while (poll(sctp, now_us, bytes))
        check(++count < 1000);
    (void)oc_sctp_next_deadline(sctp, now_us);
}

/* An INIT that is taken can be said again. */
static void read_init(oc_span_t bytes) {
    oc_sctp_init_chunk_t init, again;
    uint8_t out[OC_SCTP_SNAP_MAX];
    if (oc_sctp_snap_parse(bytes, &init) != OC_OK)
        return;
    size_t len = oc_sctp_snap_write(&init.setup, init.options, out, sizeof out);
    check(len && oc_sctp_snap_parse(oc_span(out, len), &again) == OC_OK);
    check(again.setup.tag == init.setup.tag && again.setup.tsn == init.setup.tsn &&
          again.setup.in_streams == init.setup.in_streams);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    oc_rd_t r = oc_rd(oc_span(data, size));
    uint8_t bytes[4096];
    oc_sctp_t *end[2];
    unsigned left[2] = {3, 3};
    int64_t now_us = 0;
    oc_random_seed(1);
    for (unsigned i = 0; i < 2; i++) {
        oc_sctp_config_t config;
        oc_pool_init(&pool[i], blocks[i], BLOCKS);
        config = oc_sctp_camera_config(&pool[i]);
        config.unchecked = true;
        config.window = 8192;
        config.message_max = 4096;
        check(oc_sctp_memory(&config) <= sizeof memory[i]);
        end[i] = oc_sctp_init(memory[i], &config);
    }
    read_init(oc_span(data, size));
    run_handshake(end, size & 1);
    for (uint16_t sid = 0; sid < 2; sid++) {
        oc_send_stream_config_t stream = {{&ops, &left[sid]}, OC_SEND_MEDIA, sid != 0};
        check(oc_sctp_open(end[0], sid, &stream) == OC_OK);
    }
    while (oc_rd_left(&r) > 3) {
        size_t len = oc_rd_u16(&r) % 1500;
        uint8_t pause = oc_rd_u8(&r);
        oc_span_t chunks = oc_rd_span(&r, len < oc_rd_left(&r) ? len : oc_rd_left(&r));
        oc_sctp_put16(bytes, OC_SCTP_PORT);
        oc_sctp_put16(bytes + 2, OC_SCTP_PORT);
        oc_sctp_put32(bytes + 4, pause == 255 ? 0 : end[0]->assoc.local.tag);
        oc_sctp_put32(bytes + 8, 0);
        memcpy(bytes + OC_SCTP_HEADER_LEN, chunks.data, chunks.len);
        rebase(end[0], bytes, OC_SCTP_HEADER_LEN + chunks.len);
        (void)oc_sctp_input(end[0], oc_span(bytes, OC_SCTP_HEADER_LEN + chunks.len), now_us);
        now_us += pause * 1000;
        oc_sctp_advance(end[0], now_us);
        drain(end[0], now_us, pause == 7);
        check(pool[0].used <= oc_sctp_reassembly_blocks(8192, 4096) + 3);
    }
    for (unsigned i = 0; i < 2; i++) {
        oc_sctp_deinit(end[i]);
        check(pool[i].used == 0);
    }
    return 0;
}
