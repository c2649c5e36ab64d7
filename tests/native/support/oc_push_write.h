/* oc_push_write - the messages of a sender of the push socket (docs/push-protocol.md). Writers: > 0
 * bytes | OC_ERR_NOMEM. A packet's payload follows the head as it is. */
#ifndef OC_PUSH_WRITE_H
#define OC_PUSH_WRITE_H

#include <string.h>

#include "oc_err.h"
#include "oc_push_wire.h"

static inline oc_wr_t oc_push_write_start(unsigned type, size_t body, uint8_t *out, size_t size) {
    oc_wr_t w = oc_wr(out, size);
    oc_wr_u32(&w, (uint32_t)body + 1);
    oc_wr_u8(&w, type);
    return w;
}

static inline int oc_push_write_done(const oc_wr_t *w) {
    return w->bad ? OC_ERR_NOMEM : (int)oc_wr_len(w);
}

static inline int oc_push_wire_hello(const char *name, uint8_t *out, size_t size) {
    size_t n = strlen(name) < OC_PUSH_NAME_MAX ? strlen(name) : OC_PUSH_NAME_MAX - 1;
    oc_wr_t w = oc_push_write_start(OC_PUSH_WIRE_HELLO, OC_PUSH_WIRE_HELLO_N + n, out, size);
    oc_wr_u32(&w, OC_PUSH_WIRE_MAGIC);
    oc_wr_u16(&w, OC_PUSH_WIRE_VERSION);
    oc_wr_u8(&w, (uint32_t)n);
    oc_wr_bytes(&w, name, n);
    return oc_push_write_done(&w);
}

static inline int oc_push_wire_track(unsigned index, const oc_track_t *t, uint8_t *out,
                                     size_t size) {
    oc_wr_t w = oc_push_write_start(OC_PUSH_WIRE_TRACK,
                                    OC_PUSH_WIRE_TRACK_N + (size_t)t->config_len, out, size);
    oc_wr_u8(&w, index);
    oc_wr_u8(&w, t->codec);
    oc_wr_u8(&w, t->in_band ? 1 : 0);
    oc_wr_u8(&w, t->channels);
    oc_wr_u32(&w, t->timescale);
    oc_wr_u16(&w, t->width);
    oc_wr_u16(&w, t->height);
    oc_wr_u32(&w, t->sample_rate);
    oc_wr_u16(&w, t->config_len);
    oc_wr_bytes(&w, t->config, t->config_len);
    return oc_push_write_done(&w);
}

static inline int oc_push_wire_packet(const oc_packet_t *p, uint8_t *out, size_t size) {
    oc_wr_t w = oc_push_write_start(OC_PUSH_WIRE_PACKET,
                                    OC_PUSH_WIRE_PACKET_N + (size_t)p->len_bytes, out, size);
    oc_wr_u8(&w, p->track);
    oc_wr_u8(&w, p->key ? 1 : 0);
    oc_wr_u32(&w, (uint32_t)p->cts);
    oc_wr_u64(&w, (uint64_t)p->dts);
    oc_wr_u32(&w, p->duration);
    return oc_push_write_done(&w);
}

static inline int oc_push_wire_bye(uint8_t *out, size_t size) {
    oc_wr_t w = oc_push_write_start(OC_PUSH_WIRE_BYE, 0, out, size);
    return oc_push_write_done(&w);
}

#endif
