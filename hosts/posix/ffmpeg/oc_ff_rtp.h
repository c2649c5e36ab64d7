/* oc_ff_rtp - which packets of an RTP session are those of its source. A session plays one source,
 * named by its SSRC (RFC 3550 sections 5.1, 8.2): the one that the server announced, else the first
 * that is heard. FFmpeg looks at no SSRC: packets of another one become part of its frames, and
 * another one's BYE ends the session. Pure; one thread. ADR 102. */
#ifndef OC_FF_RTP_H
#define OC_FF_RTP_H

#include <stdbool.h>
#include <stdint.h>

#include "oc_span.h"

#define OC_FF_RTP_SEQUENTIAL                                                                       \
    2 /* packets in sequence make a source valid: MIN_SEQUENTIAL, RFC 3550 A.1 */
#define OC_FF_RTP_SILENT_US (2 * 1000 * 1000) /* a source that others outlast so long is over */
#define OC_FF_RTP_UNHEARD_US                                                                       \
    (500 * 1000) /* the same of one that was announced and never heard: some announce a wrong one  \
                  */

/* Starts from zeros: nothing is known. */
typedef struct oc_ff_rtp {
    bool known;       /* ssrc is that of the source */
    bool heard;       /* by its packets, not by an announcement alone */
    uint32_t ssrc;    /* of the source */
    uint32_t other;   /* SSRC of another that may take its place */
    uint16_t next;    /* the sequence number that follows in `other` */
    uint8_t in_order; /* packets of `other` in sequence, up to OC_FF_RTP_SEQUENTIAL; 0 = none */
    int64_t other_us; /* when its newest came */
    int64_t since_us; /* of the first packet of others behind the newest of the source */
} oc_ff_rtp_t;

/* Of one packet. */
typedef enum oc_ff_rtp_verdict {
    OC_FF_RTP_OWN,     /* of the source, or nothing that has one */
    OC_FF_RTP_FOREIGN, /* RTP of another source */
    OC_FF_RTP_CHANGED, /* the same, which has taken the place of the source: the session is to be
                          set up again, for sets, times and sequence numbers are others */
    OC_FF_RTP_CONTROL, /* RTCP of another source */
} oc_ff_rtp_verdict_t;

/* The server says that the source will be this one. */
void oc_ff_rtp_announce(oc_ff_rtp_t *session, uint32_t ssrc);

/* packet: RTP or RTCP, also SRTP or SRTCP, as they came; now_us: monotonic time of their arrival.
 */
oc_ff_rtp_verdict_t oc_ff_rtp_judge(oc_ff_rtp_t *session, oc_span_t packet, int64_t now_us);

#endif
