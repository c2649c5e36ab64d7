#include "oc_dtls_record.h"

#include "oc_err.h"

#define GCM_SALT 4 /* implicit bytes of the nonce, RFC 5288 section 3 */
#define EXPLICIT 8 /* bytes of it that the record carries */
#define AD       OC_AEAD_RECORD_AD

int oc_dtls_record_init(oc_dtls_record_t *record, const oc_dtls_keys_t *keys, bool client,
                        uint64_t first_seq) {
    unsigned ours = client ? 0 : 1, theirs = client ? 1 : 0;
    memset(record, 0, sizeof *record);
    record->chacha = keys->suite == OC_AEAD_CHACHA20_POLY1305;
    record->next_seq = first_seq;
    memcpy(record->our_iv, keys->iv[ours], OC_AEAD_NONCE);
    memcpy(record->their_iv, keys->iv[theirs], OC_AEAD_NONCE);
    if (oc_aead_create(&record->ours, keys->suite, keys->key[ours]) != OC_OK ||
        oc_aead_create(&record->theirs, keys->suite, keys->key[theirs]) != OC_OK) {
        oc_dtls_record_deinit(record);
        return OC_ERR_NOMEM;
    }
    return OC_OK;
}

void oc_dtls_record_deinit(oc_dtls_record_t *record) {
    oc_aead_destroy(record->ours);
    oc_aead_destroy(record->theirs);
    oc_crypto_wipe(record, sizeof *record);
}

unsigned oc_dtls_record_overhead(const oc_dtls_record_t *record) {
    return record->chacha ? OC_DTLS_OVERHEAD_CHACHA : OC_DTLS_OVERHEAD_GCM;
}

/* numbers: epoch and sequence number, or what a GCM record carries in front of its ciphertext. */
static void make_nonce(bool chacha, const uint8_t *iv, const uint8_t *numbers, uint8_t *nonce) {
    memcpy(nonce, iv, OC_AEAD_NONCE);
    if (!chacha)
        memcpy(nonce + GCM_SALT, numbers, EXPLICIT);
    for (unsigned i = 0; chacha && i < EXPLICIT; i++)
        nonce[GCM_SALT + i] ^= numbers[i];
}

/* RFC 5246 section 6.2.3.3: epoch and number, type, version, length of the plaintext. */
static void make_ad(const uint8_t *header, size_t plain, uint8_t *ad) {
    memcpy(ad, header + 3, 8);
    memcpy(ad + 8, header, 3);
    ad[11] = (uint8_t)(plain >> 8);
    ad[12] = (uint8_t)plain;
}

int oc_dtls_record_seal(oc_dtls_record_t *record, enum oc_dtls_type type, const oc_span_t *parts,
                        unsigned count, uint8_t *out, size_t size) {
    uint8_t nonce[OC_AEAD_NONCE], ad[AD];
    size_t front = record->chacha ? 0 : EXPLICIT, plain = 0;
    if (!record->ours || record->next_seq > OC_DTLS_SEQ_MAX)
        return OC_ERR_STATE;
    for (unsigned i = 0; i < count; i++) {
        if (parts[i].len > OC_DTLS_PLAIN_MAX - plain)
            return OC_ERR_RANGE;
        plain += parts[i].len;
    }
    if (size < oc_dtls_record_overhead(record) + plain)
        return OC_ERR_RANGE;
    oc_wr_t wr = oc_wr(out, size);
    oc_wr_u8(&wr, (uint32_t)type);
    oc_wr_u16(&wr, OC_DTLS_VERSION_1_2);
    oc_wr_u16(&wr, 1);
    oc_wr_be(&wr, record->next_seq++, 6); /* used up whatever happens below */
    oc_wr_u16(&wr, (uint32_t)(front + plain + OC_AEAD_TAG));
    oc_wr_bytes(&wr, out + 3, front);
    make_nonce(record->chacha, record->our_iv, out + 3, nonce);
    make_ad(out, plain, ad);
    if ((record->chacha
             ? oc_aead_seal(record->ours, nonce, oc_span(ad, AD), parts, count, wr.p)
             : oc_aead_seal_record(record->ours, nonce, ad, parts, count, wr.p)) != OC_OK)
        return OC_ERR_IO;
    return (int)(oc_wr_len(&wr) + plain + OC_AEAD_TAG);
}

/* Opens with one of the two keys; nothing changes. */
static int open_with(const oc_dtls_record_t *record, oc_aead_t *key, const uint8_t *iv,
                     const oc_dtls_view_t *view, uint8_t *out, size_t size) {
    uint8_t nonce[OC_AEAD_NONCE], ad[AD];
    size_t front = record->chacha ? 0 : EXPLICIT;
    if (!key)
        return OC_ERR_STATE;
    if (view->epoch != 1 || view->body.len < front + OC_AEAD_TAG)
        return OC_ERR_FORMAT;
    size_t plain = view->body.len - front - OC_AEAD_TAG;
    if (plain > OC_DTLS_PLAIN_MAX)
        return OC_ERR_FORMAT;
    if (plain > size)
        return OC_ERR_RANGE;
    const uint8_t *header = view->whole.data;
    make_nonce(record->chacha, iv, front ? view->body.data : header + 3, nonce);
    make_ad(header, plain, ad);
    if (oc_aead_open(key, nonce, oc_span(ad, AD),
                     oc_span_sub(view->body, front, view->body.len - front), out) != OC_OK)
        return OC_ERR_FORMAT;
    return (int)plain;
}

static bool seen(const oc_dtls_record_t *record, uint64_t seq) {
    unsigned bit = (unsigned)(seq % OC_DTLS_WINDOW);
    if (!record->any || seq > record->newest)
        return false;
    return record->newest - seq >= OC_DTLS_WINDOW || (record->window[bit / 32] >> bit % 32 & 1);
}

static void mark(oc_dtls_record_t *record, uint64_t seq) {
    if (!record->any || seq > record->newest) {
        uint64_t step = record->any ? seq - record->newest : OC_DTLS_WINDOW;
        if (step >= OC_DTLS_WINDOW)
            memset(record->window, 0, sizeof record->window);
        else
            for (uint64_t n = record->newest + 1; n < seq; n++)
                record->window[n % OC_DTLS_WINDOW / 32] &= ~(UINT32_C(1) << n % 32);
        record->newest = seq;
        record->any = true;
    }
    record->window[seq % OC_DTLS_WINDOW / 32] |= UINT32_C(1) << seq % 32;
}

int oc_dtls_record_check(oc_dtls_record_t *record, const oc_dtls_view_t *view, uint8_t *out,
                         size_t size) {
    if (seen(record, view->seq))
        return OC_ERR_STALE;
    return open_with(record, record->theirs, record->their_iv, view, out, size);
}

int oc_dtls_record_open(oc_dtls_record_t *record, const oc_dtls_view_t *view, uint8_t *out,
                        size_t size) {
    int plain = oc_dtls_record_check(record, view, out, size);
    if (plain >= 0)
        mark(record, view->seq);
    return plain;
}

int oc_dtls_record_open_own(oc_dtls_record_t *record, const oc_dtls_view_t *view, uint8_t *out,
                            size_t size) {
    return open_with(record, record->ours, record->our_iv, view, out, size);
}
