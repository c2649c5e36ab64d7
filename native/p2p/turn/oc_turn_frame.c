#include "oc_turn_frame.h"

#include "oc_err.h"

void oc_turn_frame_reset(oc_turn_frame_t *frame) {
    frame->have = frame->skip = 0;
}

/* Length of the message that begins with these four bytes, with its padding in *whole; 0: no
 * message. */
static uint32_t length_of(const uint8_t head[4], uint32_t *whole) {
    uint32_t body = (uint32_t)head[2] << 8 | head[3];
    if (head[0] < 0x40) {
        *whole = 20 + body;
        return body % 4 ? 0 : *whole; /* RFC 8489 section 5 */
    }
    if (head[0] < 0x50) {
        *whole = OC_TURN_CHANNEL_HEADER + (body + 3) / 4 * 4;
        return OC_TURN_CHANNEL_HEADER + body;
    }
    return 0;
}

/* Moves at most want bytes of *bytes into the buffer. */
static void fill(oc_turn_frame_t *frame, oc_span_t *bytes, uint32_t want) {
    size_t n = want - frame->have;
    if (n > bytes->len)
        n = bytes->len;
    if (n)
        memcpy(frame->buffer + frame->have, bytes->data, n);
    frame->have += (uint32_t)n;
    *bytes = oc_span_sub(*bytes, n, bytes->len - n);
}

static void skip(oc_turn_frame_t *frame, oc_span_t *bytes) {
    size_t n = frame->skip < bytes->len ? frame->skip : bytes->len;
    frame->skip -= (uint32_t)n;
    *bytes = oc_span_sub(*bytes, n, bytes->len - n);
}

int oc_turn_frame_next(oc_turn_frame_t *frame, oc_span_t *bytes, oc_span_t *message) {
    uint32_t whole, len;
    skip(frame, bytes);
    if (!bytes->len)
        return OC_AGAIN;
    if (!frame->have && bytes->len >= 4) { /* in one piece? then it stays where it is */
        len = length_of(bytes->data, &whole);
        if (len && whole <= bytes->len) {
            *message = oc_span(bytes->data, len);
            *bytes = oc_span_sub(*bytes, whole, bytes->len - whole);
            return OC_OK;
        }
    }
    if (frame->have < 4)
        fill(frame, bytes, 4);
    if (frame->have < 4)
        return OC_AGAIN;
    len = length_of(frame->buffer, &whole);
    if (!len)
        return OC_ERR_FORMAT;
    if (whole > OC_TURN_FRAME_MAX) {
        frame->skip = whole - frame->have;
        frame->have = 0;
        skip(frame, bytes);
        return OC_GAP;
    }
    fill(frame, bytes, whole);
    if (frame->have < whole)
        return OC_AGAIN;
    frame->have = 0;
    *message = oc_span(frame->buffer, len);
    return OC_OK;
}
