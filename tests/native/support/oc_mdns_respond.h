/* oc_mdns_respond - the other side of multicast DNS in tests: reads a question, writes an answer.
 */
#ifndef OC_MDNS_RESPOND_H
#define OC_MDNS_RESPOND_H

#include <string.h>

#include "oc_err.h"
#include "oc_mdns.h"

/* The one name of a message of ours or of a browser: labels of 36 and 5 bytes. */
static inline bool oc_mdns_respond_name(oc_rd_t *r, char name[OC_MDNS_NAME]) {
    bool right = oc_rd_u8(r) == 36;
    memcpy(name, oc_rd_bytes(r, 36), 36);
    right = right && oc_rd_u8(r) == 5 && memcmp(oc_rd_bytes(r, 6), "local", 6) == 0;
    strcpy(name + 36, ".local");
    return right && oc_mdns_is_name(name);
}

/* Reads a question for one UUID.local. OC_OK | OC_ERR_FORMAT anything else. */
static inline int oc_mdns_read_query(oc_span_t message, char name[OC_MDNS_NAME], uint16_t *type) {
    *type = 0;
    if (message.len < 60)
        return OC_ERR_FORMAT;
    oc_rd_t r = oc_rd(message);
    bool right = oc_rd_u32(&r) == 0 && oc_rd_u16(&r) == 1;
    (void)oc_rd_bytes(&r, 6);
    right = right && oc_mdns_respond_name(&r, name);
    *type = (uint16_t)oc_rd_u16(&r);
    return right && oc_rd_u16(&r) == 1 && !r.bad ? OC_OK : OC_ERR_FORMAT;
}

/* Writes an answer with one address that is good for 120 s. Bytes; 0: no such name, no address, or
 * size too small. */
static inline size_t oc_mdns_write_answer(const oc_mdns_answer_t *answer, uint8_t *out,
                                          size_t size) {
    oc_wr_t w = oc_wr(out, size);
    uint32_t len = answer->addr.family == 4 ? 4 : answer->addr.family == 6 ? 16 : 0;
    if (!oc_mdns_is_name(answer->name) || len == 0)
        return 0;
    oc_wr_u32(&w, 0x8400); /* a response, authoritative (RFC 6762 section 18.4) */
    oc_wr_u32(&w, 1);      /* one answer */
    oc_wr_u32(&w, 0);
    oc_wr_u8(&w, 36);
    oc_wr_bytes(&w, answer->name, 36);
    oc_wr_bytes(&w, "\5local", 7);
    oc_wr_u16(&w, len == 4 ? OC_MDNS_A : OC_MDNS_AAAA);
    oc_wr_u16(&w, 0x8001); /* class IN, cache flush */
    oc_wr_u32(&w, 120);
    oc_wr_u16(&w, len);
    oc_wr_bytes(&w, answer->addr.ip, len);
    return w.bad ? 0 : oc_wr_len(&w);
}

#endif
