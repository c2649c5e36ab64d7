/* seal - what sealing and opening one record, a checksum and a hash cost: nanoseconds per byte of
 * this thread's CPU time. The record is a datagram of SCTP: 28 bytes of headers, payload behind. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "oc_crc32c.h"
#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_hmac.h"

#define RECORD 1150
#define ROUNDS 100000

static double cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void print(const char *what, double seconds, double bytes) {
    printf("%-28s %6.3f ns/B %8.0f ns each\n", what, seconds * 1e9 / (ROUNDS * bytes),
           seconds * 1e9 / ROUNDS);
}

static void count(uint8_t nonce[OC_AEAD_NONCE], unsigned i) {
    nonce[8] = (uint8_t)(i >> 24);
    nonce[9] = (uint8_t)(i >> 16);
    nonce[10] = (uint8_t)(i >> 8);
    nonce[11] = (uint8_t)i;
}

static void aead(enum oc_aead_kind kind, const char *name) {
    static const uint8_t key[OC_AEAD_KEY_MAX] = {1};
    static uint8_t plain[RECORD], sealed[RECORD + OC_AEAD_TAG], out[RECORD];
    uint8_t nonce[OC_AEAD_NONCE] = {0}, ad[13] = {0};
    char what[64];
    oc_aead_t *a;
    const oc_span_t parts[] = {{plain, 28}, {plain + 28, RECORD - 28}};
    if (oc_aead_create(&a, kind, key) != OC_OK)
        exit(1);
    double start = cpu();
    for (unsigned i = 0; i < ROUNDS; i++) {
        count(nonce, i);
        if (oc_aead_seal(a, nonce, oc_span(ad, 13), parts, 2, sealed) != OC_OK)
            exit(1);
    }
    snprintf(what, sizeof(what), "seal %s", name);
    print(what, cpu() - start, RECORD);
    start = cpu();
    for (unsigned i = 0; i < ROUNDS; i++) {
        if (oc_aead_open(a, nonce, oc_span(ad, 13), oc_span(sealed, sizeof(sealed)), out) != OC_OK)
            exit(1);
    }
    snprintf(what, sizeof(what), "open %s", name);
    print(what, cpu() - start, RECORD);
    oc_aead_destroy(a);
}

int main(void) {
    static uint8_t data[RECORD], mac[OC_HASH_MAX];
    volatile uint32_t crc = 0;
    printf("records of %d bytes\n", RECORD);
    aead(OC_AEAD_AES128_GCM, "AES-128-GCM");
    aead(OC_AEAD_CHACHA20_POLY1305, "ChaCha20-Poly1305");
    double start = cpu();
    for (unsigned i = 0; i < ROUNDS; i++)
        crc = oc_crc32c(crc, data, RECORD);
    print("CRC32c", cpu() - start, RECORD);
    start = cpu();
    for (unsigned i = 0; i < ROUNDS; i++)
        crc = oc_crc32c_table(crc, data, RECORD);
    print("CRC32c by tables", cpu() - start, RECORD);
    start = cpu();
    const oc_span_t check = oc_span(data, 100);
    for (unsigned i = 0; i < ROUNDS; i++)
        oc_hmac(OC_HASH_SHA1, oc_span("password of twenty-two", 22), &check, 1, mac);
    print("HMAC-SHA1 of 100 bytes", cpu() - start, 100);
    return 0;
}
