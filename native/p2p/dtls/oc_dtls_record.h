/* oc_dtls_record - the record layer of epoch 1 (RFC 6347 section 4.1) with AES-128-GCM (RFC 5288)
 * or ChaCha20-Poly1305 (RFC 7905) over oc_aead. One record per datagram. Allocates two keys when it
 * is made, nothing afterwards. Invariant: a (key, nonce) pair seals at most once: the nonce is the
 * sequence number, which only grows and never wraps. The replay window moves only by what
 * authenticates.
 *
 *   0                   1                   2                   3     RFC 6347 section 4.1
 *   | content type  |       version = 0xFEFD        | epoch (16)    |
 *   |               |           sequence number (48 bits)           |
 *   |                                               | length (16)   |
 *   |               | explicit nonce, 8 bytes: AES-GCM (RFC 5288 3) |
 *   |               ciphertext, then a tag of 16 bytes              |
 */
#ifndef OC_DTLS_RECORD_H
#define OC_DTLS_RECORD_H

#include "oc_crypto.h"
#include "oc_dtls_split.h"

/* What a record adds to its plaintext: header, explicit nonce (GCM), tag. Bytes. */
#define OC_DTLS_OVERHEAD_GCM    (OC_DTLS_HEADER + 8 + OC_AEAD_TAG)
#define OC_DTLS_OVERHEAD_CHACHA (OC_DTLS_HEADER + OC_AEAD_TAG)
#define OC_DTLS_PLAIN_MAX       16384 /* bytes of plaintext in a record, RFC 5246 section 6.2.1 */
#define OC_DTLS_WINDOW          256   /* records an old one may be late; 32 bytes */
#define OC_DTLS_SEQ_MAX         ((UINT64_C(1) << 48) - 1)

/* Keys of a connection, RFC 5246 section 6.3. [0] are the client's, [1] the server's. */
typedef struct oc_dtls_keys {
    enum oc_aead_kind suite;         /* C02B: OC_AEAD_AES128_GCM, CCA9: OC_AEAD_CHACHA20_POLY1305 */
    uint8_t key[2][OC_AEAD_KEY_MAX]; /* oc_aead_key_size of them */
    uint8_t iv[2][OC_AEAD_NONCE];    /* GCM: 4 bytes, ChaCha20: 12 */
} oc_dtls_keys_t;

/* About 100 bytes, and two oc_aead_t. Zeroed: no keys. */
typedef struct oc_dtls_record {
    oc_aead_t *ours, *theirs; /* keys that seal and that open; owned */
    uint8_t our_iv[OC_AEAD_NONCE], their_iv[OC_AEAD_NONCE];
    bool chacha;
    bool any;          /* something was opened: `newest` counts */
    uint64_t next_seq; /* of the next sealed record */
    uint64_t newest;   /* highest number opened */
    uint32_t
        window[OC_DTLS_WINDOW / 32]; /* bit n % 256: number n was opened, newest - 255 .. newest */
} oc_dtls_record_t;

/* Expands keys (borrowed until return). client: we are the client. first_seq: number of the first
 * record to be sealed. OC_OK | OC_ERR_NOMEM. */
int oc_dtls_record_init(oc_dtls_record_t *record, const oc_dtls_keys_t *keys, bool client,
                        uint64_t first_seq);

/* Wipes everything and frees the keys; allowed when zeroed, and twice. */
void oc_dtls_record_deinit(oc_dtls_record_t *record);

/* What a record adds: OC_DTLS_OVERHEAD_*. */
unsigned oc_dtls_record_overhead(const oc_dtls_record_t *record);

/* Writes one record with the parts, one behind the other, as its plaintext. Bytes written |
 * OC_ERR_RANGE `out` is too small or the plaintext too long | OC_ERR_STATE no keys, or all sequence
 * numbers are used | OC_ERR_IO the library refuses; the number is used up then. */
int oc_dtls_record_seal(oc_dtls_record_t *record, enum oc_dtls_type type, const oc_span_t *parts,
                        unsigned count, uint8_t *out, size_t size);

/* Authenticates and decrypts a record of epoch 1 into out; the window moves. out may not overlap
 * the record. Bytes of plaintext, 0 and more | OC_ERR_FORMAT it does not authenticate or is no
 * record of epoch 1 | OC_ERR_STALE its number was opened before or is older than the window |
 * OC_ERR_RANGE `out` is too small (nothing was opened) | OC_ERR_STATE no keys. */
int oc_dtls_record_open(oc_dtls_record_t *record, const oc_dtls_view_t *view, uint8_t *out,
                        size_t size);

/* As oc_dtls_record_open, but the window stays: to look before the record's time has come. */
int oc_dtls_record_check(oc_dtls_record_t *record, const oc_dtls_view_t *view, uint8_t *out,
                         size_t size);

/* Decrypts a record that was sealed with our own keys by somebody else (the handshake's library);
 * results as oc_dtls_record_open, but STALE does not occur. */
int oc_dtls_record_open_own(oc_dtls_record_t *record, const oc_dtls_view_t *view, uint8_t *out,
                            size_t size);

#endif
