#include <string.h>
#include "oc_err.h"
#include "oc_push_wire.h"

#define FLAG_IN_BAND 1u
#define FLAG_KEY     1u

void oc_push_wire_init(oc_push_wire_t *wire) {
    memset(wire, 0, sizeof *wire);
    wire->need = OC_PUSH_WIRE_FRAME;
}

static int refuse(oc_push_wire_t *w, const char *why) {
    w->failed = true;
    w->why = why;
    return OC_ERR_FORMAT;
}

static void next_message(oc_push_wire_t *w) {
    w->have = 0;
    w->need = OC_PUSH_WIRE_FRAME;
    w->framed = false;
}

/* Length and type are there: how many bytes of the body must be gathered? */
static int frame(oc_push_wire_t *w) {
    oc_rd_t r = oc_rd(oc_span(w->head, OC_PUSH_WIRE_FRAME));
    uint32_t body = oc_rd_u32(&r), type = oc_rd_u8(&r);
    if (body-- == 0)
        return refuse(w, "message of length 0");
    if (!w->greeted && type != OC_PUSH_WIRE_HELLO)
        return refuse(w, "the first message must be HELLO");
    if (type == OC_PUSH_WIRE_HELLO && w->greeted)
        return refuse(w, "a second HELLO");
    if (type == OC_PUSH_WIRE_HELLO
            ? body < OC_PUSH_WIRE_HELLO_N || body > OC_PUSH_WIRE_HELLO_N + OC_PUSH_NAME_MAX - 1
        : type == OC_PUSH_WIRE_TRACK
            ? body < OC_PUSH_WIRE_TRACK_N || body > OC_PUSH_WIRE_TRACK_N + OC_TRACK_CONFIG_MAX
        : type == OC_PUSH_WIRE_PACKET
            ? body < OC_PUSH_WIRE_PACKET_N || body > OC_PUSH_WIRE_PACKET_N + OC_PUSH_PAYLOAD_MAX
            : body != 0)
        return refuse(w, "invalid message length");
    if (type < OC_PUSH_WIRE_HELLO || type > OC_PUSH_WIRE_BYE)
        return refuse(w, "unknown message type");
    w->framed = true;
    w->payload_left = type == OC_PUSH_WIRE_PACKET ? body - OC_PUSH_WIRE_PACKET_N : 0;
    w->need = OC_PUSH_WIRE_FRAME + body - w->payload_left;
    return OC_OK;
}

static int hello(oc_push_wire_t *w, oc_rd_t *r, oc_push_wire_event_t *ev) {
    uint32_t magic = oc_rd_u32(r), n;
    const uint8_t *name;
    ev->kind = OC_PUSH_WIRE_ON_HELLO;
    ev->version = oc_rd_u16(r);
    n = oc_rd_u8(r);
    name = oc_rd_bytes(r, n);
    if (magic != OC_PUSH_WIRE_MAGIC)
        return refuse(w, "HELLO without the letters OCPU");
    if (r->bad || oc_rd_left(r) || !n || n >= OC_PUSH_NAME_MAX || memchr(name, 0, n))
        return refuse(w, "HELLO with a bad name");
    memcpy(ev->name, name, n);
    ev->name[n] = 0;
    w->greeted = true;
    return OC_OK;
}

static int track(oc_push_wire_t *w, oc_rd_t *r, oc_push_wire_event_t *ev) {
    oc_track_t *t = &w->track;
    uint32_t codec, flags;
    const uint8_t *config;
    memset(t, 0, sizeof *t);
    ev->kind = OC_PUSH_WIRE_ON_TRACK;
    ev->index = oc_rd_u8(r);
    codec = oc_rd_u8(r);
    flags = oc_rd_u8(r);
    t->channels = oc_rd_u8(r);
    t->timescale = oc_rd_u32(r);
    t->width = oc_rd_u16(r);
    t->height = oc_rd_u16(r);
    t->sample_rate = oc_rd_u32(r);
    t->config_len = oc_rd_u16(r);
    config = oc_rd_bytes(r, t->config_len);
    if (r->bad || oc_rd_left(r) || ev->index >= OC_TRACKS_MAX || codec < OC_CODEC_H264 ||
        codec > OC_CODEC_PCMU || flags > FLAG_IN_BAND || !t->timescale || t->timescale > INT32_MAX)
        return refuse(w, "TRACK with a bad value");
    t->codec = (oc_codec_t)codec;
    t->in_band = flags & FLAG_IN_BAND;
    memcpy(t->config, config, t->config_len);
    ev->track = t;
    return OC_OK;
}

static int packet(oc_push_wire_t *w, oc_rd_t *r, oc_push_wire_event_t *ev) {
    uint32_t flags;
    ev->kind = OC_PUSH_WIRE_ON_PACKET;
    ev->packet = (oc_packet_t){.track = oc_rd_u8(r), .len_bytes = w->payload_left};
    flags = oc_rd_u8(r);
    ev->packet.cts = (int32_t)oc_rd_u32(r);
    ev->packet.dts = (int64_t)oc_rd_u64(r);
    ev->packet.duration = oc_rd_u32(r);
    if (ev->packet.track >= OC_TRACKS_MAX || flags > FLAG_KEY)
        return refuse(w, "PACKET with a bad track or flags");
    ev->packet.key = flags & FLAG_KEY;
    w->in_packet = true;
    return OC_OK;
}

/* The gathered part of a message is complete. */
static int message(oc_push_wire_t *w, oc_push_wire_event_t *ev) {
    oc_rd_t r = oc_rd(oc_span(w->head, w->have));
    unsigned type = w->head[OC_PUSH_WIRE_FRAME - 1];
    oc_rd_skip(&r, OC_PUSH_WIRE_FRAME);
    next_message(w);
    switch (type) {
    case OC_PUSH_WIRE_HELLO:
        return hello(w, &r, ev);
    case OC_PUSH_WIRE_TRACK:
        return track(w, &r, ev);
    case OC_PUSH_WIRE_PACKET:
        return packet(w, &r, ev);
    default:
        ev->kind = OC_PUSH_WIRE_ON_BYE;
        return OC_OK;
    }
}

/* Cuts the next piece of payload from the input. */
static int payload(oc_push_wire_t *w, oc_span_t *data, oc_push_wire_event_t *ev) {
    size_t n = data->len < w->payload_left ? data->len : w->payload_left;
    if (!w->payload_left) {
        w->in_packet = false;
        ev->kind = OC_PUSH_WIRE_ON_END;
        return OC_OK;
    }
    if (!n)
        return OC_AGAIN;
    ev->kind = OC_PUSH_WIRE_ON_DATA;
    ev->data = oc_span(data->data, n);
    *data = oc_span(data->data + n, data->len - n);
    w->payload_left -= (uint32_t)n;
    return OC_OK;
}

int oc_push_wire_input(oc_push_wire_t *wire, oc_span_t *data, oc_push_wire_event_t *event) {
    if (wire->failed)
        return OC_ERR_FORMAT;
    if (wire->in_packet)
        return payload(wire, data, event);
    for (;;) {
        size_t n = wire->need - wire->have;
        if (n > data->len)
            n = data->len;
        if (n)
            memcpy(wire->head + wire->have, data->data, n);
        wire->have += (uint32_t)n;
        *data = oc_span(n ? data->data + n : data->data, data->len - n);
        if (wire->have < wire->need)
            return OC_AGAIN;
        if (wire->framed)
            return message(wire, event);
        if (frame(wire) != OC_OK)
            return OC_ERR_FORMAT;
    }
}

static oc_wr_t start(unsigned type, size_t body, uint8_t *out, size_t size) {
    oc_wr_t w = oc_wr(out, size);
    oc_wr_u32(&w, (uint32_t)body + 1);
    oc_wr_u8(&w, type);
    return w;
}

static int done(const oc_wr_t *w) {
    return w->bad ? OC_ERR_NOMEM : (int)oc_wr_len(w);
}

int oc_push_wire_reply(unsigned type, uint32_t a, uint32_t b, const char *text, uint8_t *out,
                       size_t size) {
    size_t n = type == OC_PUSH_WIRE_REFUSED ? strnlen(text, OC_PUSH_WIRE_TEXT_MAX) : 0;
    size_t body = type == OC_PUSH_WIRE_WELCOME ? 6 : type == OC_PUSH_WIRE_KEY ? 0 : 4 + n;
    oc_wr_t w = start(type, body, out, size);
    if (type == OC_PUSH_WIRE_WELCOME)
        oc_wr_u16(&w, a);
    if (type != OC_PUSH_WIRE_KEY)
        oc_wr_u32(&w, b);
    oc_wr_bytes(&w, text, n);
    return done(&w);
}
