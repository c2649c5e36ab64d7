/* oc_tls_frames - reads of HTTP/2 that end where a frame ends (RFC 9113, section 4.1).
 *
 * libwebsockets 4.1 counts whatever stands behind the data of a body in the same bytes as part of
 * that body, and ends the connection: two logins at once were PROTOCOL_ERROR for all on it. It has
 * no hook between OpenSSL and its parser, so this program has the function SSL_read by the name of
 * OpenSSL's: the library finds ours first, as in ocellus-ffmpeg (ADR 22), and no read of a server
 * that has agreed on "h2" holds bytes of two frames. Others are handed on as they are. */
#ifndef OC_TLS_FRAMES_H
#define OC_TLS_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#define OC_TLS_FRAMES_PREFACE 24 /* bytes before the first frame (section 3.4) */
#define OC_TLS_FRAMES_HEAD    9  /* bytes of a frame's head */

/* Where in its frames one connection is. Zero: before the preface. */
typedef struct oc_tls_frames {
    uint32_t left;  /* bytes of the preface or of a frame's payload that are to come */
    uint8_t head;   /* bytes of the next head that have come */
    uint8_t begun;  /* 1: the preface is counted */
    uint32_t ahead; /* length of that next frame, as far as its bytes have come */
} oc_tls_frames_t;

/* How many bytes the next read may take, 1 or more: to the end of a head, or of a payload. */
size_t oc_tls_frames_room(oc_tls_frames_t *frames);

/* The n bytes that were read, n <= oc_tls_frames_room(). */
void oc_tls_frames_took(oc_tls_frames_t *frames, const uint8_t *bytes, size_t n);

/* Called once before the first connection: from then on reads are cut. | OC_OK | OC_ERR_NOMEM */
int oc_tls_frames_open(void);

#endif
