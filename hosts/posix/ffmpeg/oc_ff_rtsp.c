#include "oc_ff_rtsp.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FRAME     4    /* bytes in front of an interleaved packet: '$', channel, length */
#define FRAME_MIN 8    /* FFmpeg reads a shorter packet as the beginning of a line */
#define LINE_MAX  1024 /* bytes of a line that are looked at; FFmpeg keeps 4,095 */
#define LENGTH    "Content-Length:"
#define TRANSPORT "Transport:"
#define ROOM_MIN  (8u * 1024) /* bytes to read at least: less, and what is there moves */
#define HEX       16
_Static_assert(OC_FF_RTSP_BUFFER >= FRAME + UINT16_MAX + ROOM_MIN, "a frame fits, and more");

void oc_ff_rtsp_begin(oc_ff_rtsp_t *rtsp) {
    memset(rtsp, 0, offsetof(oc_ff_rtsp_t, bytes));
}

/* ---- sessions ---- */

static oc_ff_rtsp_session_t *session_of(oc_ff_rtsp_t *rtsp, uint16_t number) {
    for (unsigned i = 0; i < rtsp->sessions; i++) {
        if (number >= rtsp->session[i].first && number <= rtsp->session[i].last)
            return &rtsp->session[i];
    }
    return NULL;
}

/* NULL: there are too many. */
static oc_ff_rtsp_session_t *add_session(oc_ff_rtsp_t *rtsp, uint16_t first, uint16_t last) {
    oc_ff_rtsp_session_t *session = session_of(rtsp, first);
    if (!session && rtsp->sessions < OC_FF_RTSP_SESSIONS)
        session = &rtsp->session[rtsp->sessions++];
    if (session)
        *session = (oc_ff_rtsp_session_t){.first = first, .last = last};
    return session;
}

/* True: the packet stays. */
static bool judge(oc_ff_rtsp_t *rtsp, oc_ff_rtsp_session_t *session, oc_span_t packet) {
    oc_ff_rtp_verdict_t verdict =
        session ? oc_ff_rtp_judge(&session->rtp, packet, rtsp->now_us) : OC_FF_RTP_OWN;
    rtsp->foreign += verdict == OC_FF_RTP_FOREIGN || verdict == OC_FF_RTP_CHANGED;
    rtsp->changed |= verdict == OC_FF_RTP_CHANGED;
    return verdict == OC_FF_RTP_OWN;
}

bool oc_ff_rtsp_datagram(oc_ff_rtsp_t *rtsp, uint16_t port, oc_span_t packet, int64_t now_us) {
    oc_ff_rtsp_session_t *session = session_of(rtsp, port);
    rtsp->now_us = now_us;
    if (!session && port) /* the server named no port of ours: RTP has an even one, RTCP the next */
        session = add_session(rtsp, port & 0xFFFE, port | 1);
    return judge(rtsp, session, packet);
}

/* ---- messages ---- */

/* The value of `;name=`; NULL: there is none. */
static const char *value_of(const char *text, const char *name) {
    size_t len = strlen(name);
    for (text += strspn(text, " \t"); *text; text += strcspn(text, ";"), text += *text == ';') {
        if (strncasecmp(text, name, len) == 0 && text[len] == '=')
            return text + len + 1;
    }
    return NULL;
}

/* Where the packets of a session come, and its SSRC: the answer to SETUP. 0 is none: servers that
 * do not know yet say so. */
static void read_transport(oc_ff_rtsp_t *rtsp, char *text) {
    const char *numbers = value_of(text, "interleaved"), *ssrc = value_of(text, "ssrc");
    char *end = NULL;
    if (!numbers)
        numbers = value_of(text, "client_port");
    unsigned long first = numbers ? strtoul(numbers, &end, 10) : 0;
    unsigned long last = !numbers ? 1 : *end == '-' ? strtoul(end + 1, NULL, 10) : first;
    unsigned long source = ssrc ? strtoul(ssrc, NULL, HEX) : 0;
    if (first > last || last > UINT16_MAX)
        return;
    oc_ff_rtsp_session_t *session = add_session(rtsp, (uint16_t)first, (uint16_t)last);
    if (session && source && source <= UINT32_MAX)
        oc_ff_rtp_announce(&session->rtp, (uint32_t)source);
}

static void read_line(oc_ff_rtsp_t *rtsp, const uint8_t *from, size_t len) {
    char line[LINE_MAX];
    size_t kept = 0;
    for (size_t i = 0; i < len && kept + 1 < sizeof(line); i++) {
        if (from[i] != '\r' && from[i] != '\n')
            line[kept++] = (char)from[i];
    }
    line[kept] = 0;
    if (kept == 0) {
        rtsp->body = rtsp->length;
        rtsp->length = 0;
    } else if (len > LINE_MAX) {
        return; /* no header that matters */
    } else if (strncasecmp(line, LENGTH, strlen(LENGTH)) == 0) {
        long length = strtol(line + strlen(LENGTH), NULL, 10);
        rtsp->length = length > 0 && length <= INT32_MAX ? (uint32_t)length : 0;
    } else if (strncasecmp(line, TRANSPORT, strlen(TRANSPORT)) == 0) {
        line[strcspn(line, ",")] = 0; /* the first of those that are offered */
        read_transport(rtsp, line + strlen(TRANSPORT));
    }
}

/* ---- the connection ---- */

/* Bytes of the line that begins, or goes on, there; 0: its end has not come. */
static uint32_t line_bytes(oc_ff_rtsp_t *rtsp, const uint8_t *from, uint32_t left) {
    const uint8_t *stop = memchr(from, '\n', left);
    uint32_t len = stop ? (uint32_t)(stop - from) + 1 : left, blank = 0;
    while (!rtsp->in_line && blank < left && from[blank] == '\r')
        blank++;
    if (blank)
        return blank; /* the line has not begun */
    if (!stop && !rtsp->in_line && left < LINE_MAX)
        return 0;
    if (stop && !rtsp->in_line)
        read_line(rtsp, from, len);
    rtsp->in_line = !stop;
    return len;
}

/* Bytes of the frame that begins there; 0: its end has not come. */
static uint32_t frame_bytes(oc_ff_rtsp_t *rtsp, const uint8_t *from, uint32_t left, bool *stays) {
    uint32_t len = left < FRAME ? 0 : (uint32_t)from[2] << 8 | from[3];
    if (left < FRAME || (len >= FRAME_MIN && left < FRAME + len))
        return 0;
    if (len < FRAME_MIN)
        return FRAME;
    *stays = judge(rtsp, session_of(rtsp, from[1]), oc_span(from + FRAME, len));
    return FRAME + len;
}

/* Finds what can be taken next. */
static void look(oc_ff_rtsp_t *rtsp) {
    while (rtsp->ready == 0 && rtsp->at < rtsp->end) {
        const uint8_t *from = rtsp->bytes + rtsp->at;
        uint32_t left = rtsp->end - rtsp->at, len;
        bool stays = true;
        if (rtsp->body) {
            len = left < rtsp->body ? left : rtsp->body;
            rtsp->body -= len;
        } else if (*from == '$' && !rtsp->in_line) {
            len = frame_bytes(rtsp, from, left, &stays);
        } else {
            len = line_bytes(rtsp, from, left);
        }
        if (len == 0)
            return;
        if (stays)
            rtsp->ready = len;
        else
            rtsp->at += len;
    }
}

uint8_t *oc_ff_rtsp_room(oc_ff_rtsp_t *rtsp, size_t *size) {
    if (rtsp->at == rtsp->end || OC_FF_RTSP_BUFFER - rtsp->end < ROOM_MIN) {
        memmove(rtsp->bytes, rtsp->bytes + rtsp->at, rtsp->end - rtsp->at);
        rtsp->end -= rtsp->at;
        rtsp->at = 0;
    }
    *size = OC_FF_RTSP_BUFFER - rtsp->end;
    return rtsp->bytes + rtsp->end;
}

void oc_ff_rtsp_put(oc_ff_rtsp_t *rtsp, size_t len, int64_t now_us) {
    rtsp->end += (uint32_t)len;
    rtsp->now_us = now_us;
    look(rtsp);
}

size_t oc_ff_rtsp_take(oc_ff_rtsp_t *rtsp, void *out, size_t size) {
    size_t len = size < rtsp->ready ? size : rtsp->ready;
    memcpy(out, rtsp->bytes + rtsp->at, len);
    rtsp->at += (uint32_t)len;
    rtsp->ready -= (uint32_t)len;
    look(rtsp);
    return len;
}
