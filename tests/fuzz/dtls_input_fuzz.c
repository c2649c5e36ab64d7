/* Hostile datagrams for both ends of a connection, from before the handshake until after it (with
 * the handshake of the tests). Steps of the input: what to do, a number of 16 bits; then so many
 * bytes as a datagram for an end, or so many quarters of a millisecond for the network. The ends
 * may fail, but nothing that they did not say to each other may come out. */
#include <stdlib.h>

#include "dtls_pair.h"
#include "oc_random_seeded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size);

enum { TO_CLIENT, TO_SERVER, WAIT, STEPS };

static void must_be_reported(const pair_t *pair) {
    for (unsigned i = 0; i < 2; i++)
        if (pair->end[i].received && strcmp(pair->end[i].last, i ? "hello" : "welcome") != 0)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static pair_t pair;
    oc_rd_t rd = oc_rd(oc_span(data, size));
    oc_random_seed(3);
    dtls_pair_make(&pair, size % 2 ? OC_HS_SUITES_GCM_FIRST : OC_HS_SUITES_CHACHA_FIRST);
    pair.end[0].greeting = "hello";
    pair.end[1].greeting = "welcome";
    pair.coalesce = size % 3 == 0;
    dtls_pair_start(&pair);
    while (oc_rd_left(&rd)) {
        unsigned what = oc_rd_u8(&rd) % STEPS;
        uint16_t n = oc_rd_u16(&rd);
        if (what == WAIT) {
            dtls_pair_run(&pair, pair.now_us + 250 * n);
            continue;
        }
        size_t len = n < oc_rd_left(&rd) ? n : oc_rd_left(&rd);
        dtls_pair_inject(&pair, what, oc_rd_span(&rd, len));
    }
    dtls_pair_run(&pair, pair.now_us + 2000000);
    must_be_reported(&pair);
    dtls_pair_free(&pair);
    return 0;
}

static void step(oc_wr_t *wr, unsigned what, uint16_t n) {
    oc_wr_u8(wr, what);
    oc_wr_u16(wr, n);
}

static void record(oc_wr_t *wr, unsigned to, uint8_t type, uint16_t epoch, uint8_t first) {
    step(wr, to, OC_DTLS_HEADER + 44);
    oc_wr_u8(wr, type);
    oc_wr_u16(wr, OC_DTLS_VERSION_1_2);
    oc_wr_u16(wr, epoch);
    oc_wr_be(wr, 1, 6);
    oc_wr_u16(wr, 44);
    oc_wr_u8(wr, first);
    oc_wr_u24(wr, 32); /* as a whole message of the fake handshake */
    oc_wr_u16(wr, 0);
    oc_wr_u24(wr, 0);
    oc_wr_u24(wr, 32);
    oc_wr_zero(wr, 32);
}

size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size) {
    static const uint8_t messages[] = {1, 2, 11, 14, 16, 20};
    oc_wr_t wr = oc_wr(out, size);
    if (index > 6)
        return 0;
    step(&wr, WAIT, (uint16_t)(index * 2)); /* further and further into the handshake */
    for (unsigned i = 0; i < sizeof messages; i++) {
        unsigned to = messages[i] == 2 || messages[i] == 14 ? TO_CLIENT : TO_SERVER;
        record(&wr, to, OC_DTLS_HANDSHAKE, messages[i] == 20, messages[i]);
        step(&wr, WAIT, index % 3);
    }
    for (uint8_t type = OC_DTLS_CHANGE_CIPHER_SPEC; type <= OC_DTLS_APPLICATION; type++)
        for (uint16_t epoch = 0; epoch < 2; epoch++)
            record(&wr, (index + type) % 2, type, epoch, 2);
    return oc_wr_len(&wr);
}
