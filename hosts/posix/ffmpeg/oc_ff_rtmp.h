/* oc_ff_rtmp - what an RTMP server says while FFmpeg reads it: whether it speaks RTMP at all, and
 * the codes of its answers, of which FFmpeg tells nobody. Bytes come in any pieces. Pure. */
#ifndef OC_FF_RTMP_H
#define OC_FF_RTMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OC_FF_RTMP_HELLO    3073 /* bytes of a server's handshake: version, S1 and S2 */
#define OC_FF_RTMP_CODE_MAX 48   /* bytes with NUL: "NetConnection.Connect.Rejected" */

typedef struct oc_ff_rtmp {
    uint64_t bytes; /* that came */
    bool foreign;   /* its first byte is not RTMP's version 3 */
    bool connected; /* the application was accepted */
    bool published; /* the stream was accepted */
    int refused;    /* OC_ERR_PASSWORD | OC_ERR_EXIST: it does not take this stream; 0: it has not
                       said so since it accepted something */
    char code[OC_FF_RTMP_CODE_MAX]; /* that says so, "" = none */
    char word[OC_FF_RTMP_CODE_MAX]; /* under way */
    unsigned len;                   /* bytes of it */
} oc_ff_rtmp_t;

/* Nothing has come yet. */
void oc_ff_rtmp_begin(oc_ff_rtmp_t *rtmp);
/* The next bytes of the server. */
void oc_ff_rtmp_look(oc_ff_rtmp_t *rtmp, const uint8_t *bytes, size_t len);

#endif
