/* oc_ff_rtsp - the bytes of an RTSP connection from the server, without the packets of foreign RTP
 * sources (oc_ff_rtp). Interleaved frames (RFC 2326 section 10.12) are told from messages as FFmpeg
 * does: '$' at the beginning of a line. The headers Transport tell which channels or ports are a
 * session, and its SSRC; datagrams of the same sessions are judged here, too. Pure; one thread. */
#ifndef OC_FF_RTSP_H
#define OC_FF_RTSP_H

#include "oc_ff_rtp.h"

#define OC_FF_RTSP_BUFFER   (80u * 1024) /* bytes; the longest frame has 65,539 */
#define OC_FF_RTSP_SESSIONS 64           /* as streams in one source; more are not judged */

typedef struct oc_ff_rtsp_session {
    uint16_t first, last; /* its channels (up to 255), or ports of this side (from 1024) */
    oc_ff_rtp_t rtp;
} oc_ff_rtsp_session_t;

typedef struct oc_ff_rtsp {
    int64_t now_us;   /* when the newest bytes came */
    uint32_t ready;   /* bytes that can be taken: a frame, a line, or a part of a body */
    uint32_t at;      /* where they begin */
    uint32_t end;     /* of what came */
    uint32_t length;  /* Content-Length of the message under way */
    uint32_t body;    /* bytes of a body that are still to come */
    bool in_line;     /* the line goes on that began with what was taken */
    bool changed;     /* a source was followed by another: the connection is to be made again */
    uint32_t foreign; /* RTP packets left out that are not counted yet; the reader takes them off */
    unsigned sessions;
    oc_ff_rtsp_session_t session[OC_FF_RTSP_SESSIONS];
    uint8_t bytes[OC_FF_RTSP_BUFFER];
} oc_ff_rtsp_t;

/* A connection begins. */
void oc_ff_rtsp_begin(oc_ff_rtsp_t *rtsp);

/* Where the next bytes go, when none are ready; *size: how many at most, not 0. */
uint8_t *oc_ff_rtsp_room(oc_ff_rtsp_t *rtsp, size_t *size);
/* len bytes came there; now_us: monotonic. rtsp->ready tells what can be taken. */
void oc_ff_rtsp_put(oc_ff_rtsp_t *rtsp, size_t len, int64_t now_us);
/* Takes bytes that are ready. Returns how many; 0: none. */
size_t oc_ff_rtsp_take(oc_ff_rtsp_t *rtsp, void *out, size_t size);

/* A datagram that came to this side's port (0: not known). False: it is left out. */
bool oc_ff_rtsp_datagram(oc_ff_rtsp_t *rtsp, uint16_t port, oc_span_t packet, int64_t now_us);

#endif
