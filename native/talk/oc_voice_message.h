/* oc_voice_message - one message of `action=voice`: a packet of sound (docs/formats-viewers.md).
 * Big-endian, as RTP has these two fields (RFC 3550 section 5.1); the rest of RTP's header would
 * repeat what the data channel and its label say.
 *
 *   0                   1                   2                   3
 *   |           sequence            |         time stamp            |
 *   |         time stamp            |          payload ...
 */
#ifndef OC_VOICE_MESSAGE_H
#define OC_VOICE_MESSAGE_H

#include "oc_span.h"

#define OC_VOICE_HEAD    6u   /* bytes in front of the payload */
#define OC_VOICE_PAYLOAD 480u /* bytes of it at most: 60 ms of G.711 */

/* A message taken apart. */
typedef struct oc_voice_message {
    uint16_t sequence; /* one more with each message, modulo 2^16 */
    uint32_t time;     /* of the first sample, in samples, modulo 2^32; it runs on in silence */
    oc_span_t payload; /* borrowed: 1 .. OC_VOICE_PAYLOAD bytes */
} oc_voice_message_t;

/* Takes bytes apart. OC_OK | OC_ERR_TRUNC no payload | OC_ERR_TOO_BIG. */
int oc_voice_message_read(oc_span_t bytes, oc_voice_message_t *out);

#endif
