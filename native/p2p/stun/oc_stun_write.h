/* oc_stun_write - writing STUN messages into a caller's buffer. The length in the header is right
 * after every call; a buffer that is too small leaves the writer `bad` and oc_stun_wr_end gives 0.
 * A message begins at the start of its oc_wr_t. Order: attributes, integrity, fingerprint. */
#ifndef OC_STUN_WRITE_H
#define OC_STUN_WRITE_H

#include "oc_addr.h"
#include "oc_span.h"
#include "oc_stun.h"

/* The header. txid: OC_STUN_TXID bytes, random for requests, copied for answers. */
void oc_stun_wr_begin(oc_wr_t *w, enum oc_stun_method method, enum oc_stun_class cls,
                      const uint8_t txid[OC_STUN_TXID]);

/* An attribute of `len` (0..65,532) bytes, padded with zeros to a multiple of four. */
void oc_stun_wr_bytes(oc_wr_t *w, uint16_t type, const void *data, size_t len);

/* An attribute that is empty: USE-CANDIDATE, DONT-FRAGMENT. */
void oc_stun_wr_flag(oc_wr_t *w, uint16_t type);

/* An attribute that is one number. CHANNEL-NUMBER, REQUESTED-TRANSPORT and
 * REQUESTED-ADDRESS-FAMILY stand in the upper bits: channel << 16, 17 << 24, 1 or 2 << 24. */
void oc_stun_wr_u32(oc_wr_t *w, uint16_t type, uint32_t value);
void oc_stun_wr_u64(oc_wr_t *w, uint16_t type, uint64_t value);

/* An address, combined with cookie and transaction id where the type says so (XOR-*). An address
 * of family 0 leaves the writer bad. */
void oc_stun_wr_addr(oc_wr_t *w, uint16_t type, const oc_addr_t *addr);

/* ERROR-CODE 300..699 with a short reason in UTF-8. */
void oc_stun_wr_error(oc_wr_t *w, unsigned code, const char *reason);

/* UNKNOWN-ATTRIBUTES, for a 420 answer: what a message had that nobody knows. */
void oc_stun_wr_unknown(oc_wr_t *w, const oc_stun_msg_t *of);

/* PASSWORD-ALGORITHM without parameters. */
void oc_stun_wr_algorithm(oc_wr_t *w, enum oc_stun_algorithm algorithm);

/* MESSAGE-INTEGRITY over all so far, HMAC-SHA1; the key is the password (short-term) or what
 * oc_stun_key gives. */
void oc_stun_wr_integrity(oc_wr_t *w, oc_span_t key);

/* MESSAGE-INTEGRITY-SHA256 over all so far, 32 bytes. */
void oc_stun_wr_integrity256(oc_wr_t *w, oc_span_t key);

/* FINGERPRINT over all so far. */
void oc_stun_wr_fingerprint(oc_wr_t *w);

/* Bytes of the message, 0 when it did not fit. */
size_t oc_stun_wr_end(const oc_wr_t *w);

#endif
