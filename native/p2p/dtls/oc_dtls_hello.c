#include "oc_dtls_hello.h"

#include "oc_err.h"

#define MESSAGE (OC_DTLS_HEADER + 12) /* where the message begins in `record` */

typedef struct fragment {
    uint16_t message_seq;
    uint32_t length, offset;
    oc_span_t bytes;
} fragment_t;

bool oc_dtls_hello_is(const oc_dtls_view_t *record) {
    return record->type == OC_DTLS_HANDSHAKE && record->epoch == 0 &&
           record->body.data[0] == OC_DTLS_CLIENT_HELLO;
}

/* False when bytes that are there already differ: somebody else's fragment. */
static bool agrees(const oc_dtls_hello_t *hello, const fragment_t *f) {
    for (size_t i = 0; i < f->bytes.len; i++) {
        size_t at = f->offset + i;
        if ((hello->have[at / 8] >> at % 8 & 1) && hello->record[MESSAGE + at] != f->bytes.data[i])
            return false;
    }
    return true;
}

static void take(oc_dtls_hello_t *hello, const fragment_t *f) {
    for (size_t i = 0; i < f->bytes.len; i++) {
        size_t at = f->offset + i;
        uint8_t bit = (uint8_t)(1u << at % 8);
        if (hello->have[at / 8] & bit)
            continue;
        hello->have[at / 8] |= bit;
        hello->record[MESSAGE + at] = f->bytes.data[i];
        hello->present++;
    }
}

static void add(oc_dtls_hello_t *hello, const fragment_t *f, uint64_t seq) {
    if (!hello->begun) {
        hello->begun = true;
        hello->message_seq = f->message_seq;
        hello->length = (uint16_t)f->length;
    }
    if (f->length != hello->length || f->message_seq != hello->message_seq || !agrees(hello, f))
        return;
    take(hello, f);
    if (seq > hello->seq)
        hello->seq = seq;
}

/* What the server sends begins at the number of this record (RFC 6347 section 4.2.1). */
static oc_span_t present(oc_dtls_hello_t *hello, uint16_t version) {
    oc_wr_t wr = oc_wr(hello->record, MESSAGE);
    oc_wr_u8(&wr, OC_DTLS_HANDSHAKE);
    oc_wr_u16(&wr, version);
    oc_wr_u16(&wr, 0);
    oc_wr_be(&wr, hello->seq, 6);
    oc_wr_u16(&wr, 12u + hello->length);
    oc_wr_u8(&wr, OC_DTLS_CLIENT_HELLO);
    oc_wr_u24(&wr, hello->length);
    oc_wr_u16(&wr, hello->message_seq);
    oc_wr_u24(&wr, 0);
    oc_wr_u24(&wr, hello->length);
    return oc_span(hello->record, MESSAGE + (size_t)hello->length);
}

int oc_dtls_hello_input(oc_dtls_hello_t *hello, const oc_dtls_view_t *record, oc_span_t *out) {
    oc_rd_t rd = oc_rd(record->body);
    while (!hello->done && oc_rd_left(&rd)) {
        uint8_t type = oc_rd_u8(&rd);
        fragment_t f = {.length = oc_rd_u24(&rd)};
        f.message_seq = oc_rd_u16(&rd);
        f.offset = oc_rd_u24(&rd);
        f.bytes = oc_rd_span(&rd, oc_rd_u24(&rd));
        if (rd.bad || f.length == 0 || f.length > OC_DTLS_MESSAGE_MAX || f.offset > f.length ||
            f.bytes.len > f.length - f.offset)
            return OC_AGAIN;
        if (type != OC_DTLS_CLIENT_HELLO)
            continue;
        add(hello, &f, record->seq);
        if (hello->begun && hello->present == hello->length) {
            hello->done = true;
            *out = present(hello, record->version);
            return OC_OK;
        }
    }
    return OC_AGAIN;
}
