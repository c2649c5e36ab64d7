/* Hostile datagrams on the record layer with known keys, and on the reassembly of a ClientHello:
 * the first byte says which suite. What opens must be what this side sealed, bit for bit. */
#include <stdlib.h>

#include "oc_dtls_hello.h"
#include "oc_dtls_record.h"
#include "oc_err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size);

static void make(oc_dtls_record_t *record, bool client, unsigned suite) {
    oc_dtls_keys_t keys;
    memset(&keys, 0x3C, sizeof keys);
    keys.key[0][0] = 1; /* the client's differ */
    keys.suite = suite & 1 ? OC_AEAD_CHACHA20_POLY1305 : OC_AEAD_AES128_GCM;
    if (oc_dtls_record_init(record, &keys, client, 0) != OC_OK)
        abort();
}

/* Seals the same once more and compares. */
static void must_be_ours(unsigned suite, const oc_dtls_view_t *view, const uint8_t *plain,
                         int len) {
    static uint8_t again[1 << 15];
    oc_dtls_record_t twin;
    oc_span_t part = oc_span(plain, (size_t)len);
    make(&twin, true, suite);
    twin.next_seq = view->seq;
    int sealed = oc_dtls_record_seal(&twin, view->type, &part, 1, again, sizeof again);
    if (sealed != (int)view->whole.len || memcmp(again, view->whole.data, view->whole.len) != 0)
        abort();
    oc_dtls_record_deinit(&twin);
}

static void take_hello(oc_dtls_hello_t *hello, const oc_dtls_view_t *view) {
    oc_dtls_view_t whole;
    oc_span_t out;
    if (oc_dtls_hello_input(hello, view, &out) != OC_OK)
        return;
    if (!oc_dtls_split_next(&out, &whole) || out.len || !oc_dtls_split_plausible(&whole, true) ||
        !oc_dtls_hello_is(&whole))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t plain[1 << 15];
    static oc_dtls_hello_t hello;
    oc_dtls_record_t server;
    oc_dtls_view_t view;
    if (size < 1)
        return 0;
    oc_span_t rest = oc_span(data + 1, size - 1);
    memset(&hello, 0, sizeof hello);
    make(&server, false, data[0]);
    while (oc_dtls_split_next(&rest, &view)) {
        int len = oc_dtls_record_open(&server, &view, plain, sizeof plain);
        if (len >= 0) {
            must_be_ours(data[0], &view, plain, len);
            if (oc_dtls_record_open(&server, &view, plain, sizeof plain) != OC_ERR_STALE)
                abort();
        }
        if (view.epoch == 0 && view.type == OC_DTLS_HANDSHAKE &&
            oc_dtls_split_plausible(&view, true))
            take_hello(&hello, &view);
        (void)oc_dtls_split_alert(&view);
    }
    oc_dtls_record_deinit(&server);
    return 0;
}

/* A ClientHello of 40 bytes in two pieces. */
static size_t hello_seed(uint8_t *out, size_t size) {
    oc_wr_t wr = oc_wr(out, size);
    for (unsigned i = 0; i < 2; i++) {
        oc_wr_u8(&wr, OC_DTLS_HANDSHAKE);
        oc_wr_u16(&wr, OC_DTLS_VERSION_1_0);
        oc_wr_be(&wr, i, 8);
        oc_wr_u16(&wr, 12 + 20);
        oc_wr_u8(&wr, OC_DTLS_CLIENT_HELLO);
        oc_wr_u24(&wr, 40);
        oc_wr_u16(&wr, 0);
        oc_wr_u24(&wr, 20 * i);
        oc_wr_u24(&wr, 20);
        oc_wr_zero(&wr, 20);
    }
    return oc_wr_len(&wr);
}

size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size) {
    oc_dtls_record_t client;
    size_t used = 1;
    if (index > 2)
        return 0;
    out[0] = (uint8_t)index;
    if (index == 2)
        return 1 + hello_seed(out + 1, size - 1);
    make(&client, true, index);
    for (unsigned i = 0; i < 5; i++) {
        oc_span_t part = oc_span("plaintext of a record", 4u * i + 2);
        enum oc_dtls_type type = i == 4 ? OC_DTLS_ALERT : OC_DTLS_APPLICATION;
        used += (size_t)oc_dtls_record_seal(&client, type, &part, 1, out + used, size - used);
        client.next_seq += 100;
    }
    oc_dtls_record_deinit(&client);
    return used;
}
