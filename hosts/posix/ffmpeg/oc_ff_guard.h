/* oc_ff_guard - what an input, or a push, says to the other end, and whom it trusts: the
 * certificate of the server, passwords in the clear, text where there should be TLS. FFmpeg decides
 * none of it well enough (TLS of RTSP is not verified at all before FFmpeg 7.1), so ocellus-ffmpeg
 * puts itself between FFmpeg and the functions it calls (oc_ff_between.c), which ask here. State is
 * of the thread: a source has one. ADR 22. */
#ifndef OC_FF_GUARD_H
#define OC_FF_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oc_ff_digest.h"
#include "oc_ff_url.h"

#define OC_FF_GUARD_WHY_MAX  200 /* bytes with NUL */
#define OC_FF_GUARD_HOST_MAX 256 /* bytes with NUL */

/* Who verifies certificates of servers. */
typedef enum oc_ff_guard_tls {
    OC_FF_GUARD_FFMPEG, /* FFmpeg, with another library: HTTPS by authorities, no pinning */
    OC_FF_GUARD_OURS,   /* we do, between FFmpeg and GnuTLS */
} oc_ff_guard_tls_t;

/* Set by whoever puts itself between, before a source begins. */
extern oc_ff_guard_tls_t oc_ff_guard_tls;

typedef struct oc_ff_guard {
    const oc_ff_input_t *input;      /* NULL: nothing is guarded */
    char host[OC_FF_GUARD_HOST_MAX]; /* RTSP, RTMP: with whom the next handshake is; "" = not known
                                      */
    char why[OC_FF_GUARD_WHY_MAX];   /* the last refusal, one line without the address; "" = none */
    int code;                        /* of that refusal; 0 = OC_ERR_READ_ONLY */
    oc_ff_digest_t digest;           /* how the other end wants the password */
    bool multipart;                  /* the last answer is parts that replace each other: MJPEG */
    bool no_host;                    /* the last name that was looked up is not known */
    bool no_authorities;             /* there is no file of them */
    struct oc_ff_rtsp *rtsp;         /* what an RTSP server says goes through it; NULL: unchanged */
    bool rtsp_tls;                   /* its connection is TLS: what was decrypted goes through */
    int rtsp_socket;                 /* descriptor of that connection, once something came */
    struct oc_ff_rtmp *rtmp;         /* looks at what an RTMP server says; NULL: it is none */
    char server[OC_FF_GUARD_WHY_MAX]; /* the last error in the words of an RTMP server; "" = none */
    int srt_reason;               /* why libsrt's connection ended (SRT_REJECT_REASON); 0 = none */
    uint32_t handshakes, trusted; /* handshakes that ended; certificates that were accepted */
} oc_ff_guard_t;

/* The file with the authorities that this machine trusts, PEM: $SSL_CERT_FILE, or Debian's. */
const char *oc_ff_ca_file(void);

/* This thread's guard. */
oc_ff_guard_t *oc_ff_guard(void);
/* From now on what this thread sends is for `input` (borrowed until the next call), NULL: for none.
 */
void oc_ff_guard_set(const oc_ff_input_t *input);

/* May these bytes leave on a socket? They are TLS records or plain text. False: why is set. */
bool oc_ff_guard_may_send(oc_ff_guard_t *guard, const void *bytes, size_t len);

/* Why a certificate is refused. */
typedef enum oc_ff_guard_fault {
    OC_FF_GUARD_NONE,
    OC_FF_GUARD_AUTHORITY, /* nobody whom this machine trusts has signed it, or it itself */
    OC_FF_GUARD_TIME,      /* expired or not valid yet */
    OC_FF_GUARD_NAME,      /* made out for another name */
    OC_FF_GUARD_OTHER,
} oc_ff_guard_fault_t;

/* Is the certificate with this SHA-256 accepted? fault: what verification says. False: why is set,
 * with the fingerprint. */
bool oc_ff_guard_accepts(oc_ff_guard_t *guard, const uint8_t sha256[OC_FF_FINGERPRINT],
                         oc_ff_guard_fault_t fault);

#endif
