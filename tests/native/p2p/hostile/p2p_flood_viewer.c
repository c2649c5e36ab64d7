/* p2p_flood_viewer - what a viewer with keys sends: one SCTP packet each. It is the association's
 * other end, so it knows tag and numbers. */
#include "p2p_flood.h"

#include <string.h>

#include "oc_dcep.h"
#include "oc_peer_impl.h"
#include "oc_sctp_impl.h"
#include "oc_sctp_send_impl.h"

/* NULL: it has ended. */
static oc_sctp_t *camera(const flood_t *f) {
    oc_peer_t *peer = oc_hub_peer(f->b->hub, f->at_b);
    return peer ? peer->sctp : NULL;
}

static void header(flood_t *f, uint32_t tag) {
    uint8_t head[OC_SCTP_HEADER_LEN] = {0};
    oc_sctp_put16(head, OC_SCTP_PORT);
    oc_sctp_put16(head + 2, OC_SCTP_PORT);
    oc_sctp_put32(head + 4, tag);
    flood_put(f, head, sizeof head);
}

/* The TSN that comes next. */
static uint32_t begin(flood_t *f) {
    const oc_sctp_t *sctp = camera(f);
    header(f, sctp ? sctp->assoc.local.tag : 1);
    return sctp ? sctp->recv.cum + 1 : 1;
}

static void chunk(flood_t *f, uint8_t type, uint8_t flags, const void *value, size_t len) {
    static const uint8_t zero[4];
    uint8_t head[4] = {type, flags, (uint8_t)((len + 4) >> 8), (uint8_t)(len + 4)};
    flood_put(f, head, sizeof head);
    flood_put(f, value, len);
    flood_put(f, zero, (4 - len % 4) % 4);
}

static void data(flood_t *f, oc_sctp_data_t what, const void *payload, size_t len) {
    static const uint8_t zero[4];
    uint8_t head[OC_SCTP_DATA_HEADER];
    oc_sctp_data_head(head, &what, (uint32_t)len);
    flood_put(f, head, sizeof head);
    flood_put(f, payload, len);
    flood_put(f, zero, (4 - len % 4) % 4);
}

static const uint8_t filler[1400];

void flood_cookie(flood_t *f, unsigned n) {
    uint8_t cookie[200];
    for (unsigned i = 0; i < sizeof cookie; i++)
        cookie[i] = (uint8_t)flood_random(f);
    (void)begin(f);
    chunk(f, OC_SCTP_COOKIE_ECHO, 0, cookie, sizeof cookie);
}

void flood_init_chunk(flood_t *f, unsigned n) {
    uint8_t value[16];
    header(f, 0);
    oc_sctp_put32(value, flood_random(f) | 1);
    oc_sctp_put32(value + 4, 100000);
    oc_sctp_put16(value + 8, 1024);
    oc_sctp_put16(value + 10, 1024);
    oc_sctp_put32(value + 12, flood_random(f));
    chunk(f, OC_SCTP_INIT, 0, value, sizeof value);
}

void flood_far_tsn(flood_t *f, unsigned n) {
    uint32_t next = begin(f);
    data(f, (oc_sctp_data_t){.tsn = next + 5000 + n * 214748, .sid = 20, .flags = 3}, filler, 100);
}

void flood_holes(flood_t *f, unsigned n) {
    uint32_t next = begin(f);
    data(f, (oc_sctp_data_t){.tsn = next + 1 + 2 * (n % 510), .sid = 20, .ssn = (uint16_t)n},
         filler, 1);
}

void flood_streams(flood_t *f, unsigned n) {
    uint32_t next = begin(f);
    data(f, (oc_sctp_data_t){.tsn = next, .sid = (uint16_t)(n * 7 + 9), .flags = 3, .ppid = 53},
         filler, 8);
}

void flood_gaps(flood_t *f, unsigned n) {
    uint8_t value[12 + 4 * 280];
    (void)begin(f);
    const oc_sctp_t *sctp = camera(f);
    oc_sctp_put32(value, sctp ? sctp->send->cum : 1);
    oc_sctp_put32(value + 4, 100000);
    oc_sctp_put16(value + 8, 280);
    oc_sctp_put16(value + 10, 0);
    for (unsigned i = 0; i < 280; i++) {
        uint16_t at = (uint16_t)(2 + 2 * ((i * 5 + n) % 8));
        oc_sctp_put16(value + 12 + 4 * i, at);
        oc_sctp_put16(value + 14 + 4 * i, at);
    }
    chunk(f, OC_SCTP_SACK, 0, value, sizeof value);
}

/* A message in so many pieces. */
void flood_tiny(flood_t *f, unsigned n) {
    uint32_t next = begin(f);
    for (unsigned i = 0; i < 50; i++) {
        uint8_t flags = i == 0 ? OC_SCTP_DATA_BEGIN : i == 49 ? OC_SCTP_DATA_END : 0;
        data(f,
             (oc_sctp_data_t){
                 .tsn = next + i, .sid = 20, .ssn = (uint16_t)n, .flags = flags, .ppid = 53},
             filler, 1);
    }
}

void flood_unfinished(flood_t *f, unsigned n) {
    uint32_t next = begin(f);
    data(f,
         (oc_sctp_data_t){.tsn = next,
                          .sid = (uint16_t)(20 + n % 8),
                          .ssn = (uint16_t)(n / 8),
                          .flags = OC_SCTP_DATA_BEGIN},
         filler, 1000);
}

void flood_heartbeat(flood_t *f, unsigned n) {
    uint8_t value[400] = {0, 1, 400 >> 8, 400 & 255};
    (void)begin(f);
    chunk(f, OC_SCTP_HEARTBEAT, 0, value, sizeof value);
}

void flood_reset(flood_t *f, unsigned n) {
    uint8_t value[20] = {0, 13, 0, 18}; /* Outgoing SSN Reset Request */
    (void)begin(f);
    const oc_sctp_t *sctp = camera(f);
    oc_sctp_put32(value + 4, sctp ? sctp->reconf.peer_seq + (n & 1) : n);
    oc_sctp_put32(value + 12, sctp ? sctp->recv.cum : 0);
    oc_sctp_put16(value + 16, (uint16_t)n);
    chunk(f, OC_SCTP_RE_CONFIG, 0, value, 18);
}

void flood_forward(flood_t *f, unsigned n) {
    uint8_t value[4];
    uint32_t next = begin(f);
    data(f, (oc_sctp_data_t){.tsn = next + 2, .sid = 20, .ssn = 1, .flags = OC_SCTP_DATA_BEGIN},
         filler, 50);
    oc_sctp_put32(value, next + 1000 + (n % 3) * 0x10000000u);
    chunk(f, OC_SCTP_FORWARD_TSN, 0, value, sizeof value);
}

void flood_unknown(flood_t *f, unsigned n) {
    (void)begin(f);
    for (unsigned i = 0; i < 280; i++)
        chunk(f, 0xC5, 0, NULL, 0);
}

void flood_open(flood_t *f, unsigned n) {
    uint8_t message[64];
    oc_dcep_open_t what = {.ordered = true, .label = oc_span("action=live", 11)};
    int len = oc_dcep_write_open(&what, message, sizeof message);
    uint32_t next = begin(f);
    data(f, (oc_sctp_data_t){.tsn = next, .sid = (uint16_t)(2 * n + 1), .flags = 3, .ppid = 50},
         message, (size_t)len);
}
