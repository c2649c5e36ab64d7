/* oc_demux - what kind of packet a datagram of the shared UDP socket is (RFC 7983 section 7). */
#ifndef OC_DEMUX_H
#define OC_DEMUX_H

#include <stdbool.h>

#include "oc_span.h"

enum oc_demux {
    OC_DEMUX_STUN,         /* first byte 0..3, and cookie and length of a STUN message */
    OC_DEMUX_DTLS,         /* 20..63 */
    OC_DEMUX_CHANNEL_DATA, /* 64..79: TURN's short form (RFC 8656 section 12.4) */
    OC_DEMUX_OTHER         /* all else, also the empty one: to be dropped */
};

/* The kind by its first bytes; what it says is not checked. */
enum oc_demux oc_demux(oc_span_t datagram);

#endif
