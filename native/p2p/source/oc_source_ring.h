/* oc_source_ring - a viewer's live channel: a place in a ring, and nothing else. It begins at the
 * newest key packet; one packet is one message (oc_source_feed), or several when it is larger than
 * the other end takes, which then are one group. Nothing is pinned: what the ring overtook is
 * OC_ERR_STALE, and it goes on at the newest key packet. What another source, `head`, has (JSON,
 * the init segment, notices) goes first, between two packets. One thread, the ring's. */
#ifndef OC_SOURCE_RING_H
#define OC_SOURCE_RING_H

#include "oc_sctp_source.h"
#include "oc_source_feed.h"

#define OC_SOURCE_RING_PIECE_MIN 1024u /* bytes of a piece, at least */
#define OC_SOURCE_RING_PIECES    4096u /* of a packet; larger packets are left out and counted */

/* Set in the name of each message of the ring; bit 63 is the channel's (oc_data_channel). */
#define OC_SOURCE_RING_REF (UINT64_C(1) << 62)

/* What a look at the ring found. */
typedef enum oc_source_ring_state {
    OC_SOURCE_RING_WAITS,   /* nothing to send now */
    OC_SOURCE_RING_READY,   /* kick the stream */
    OC_SOURCE_RING_CHANGED, /* other tracks: put their init segment into `head`, then
                               oc_source_ring_begin */
    OC_SOURCE_RING_TORN,    /* the other end has a part of a packet whose rest was overtaken, and
                               cannot tell: nothing more is sent, close the channel */
} oc_source_ring_state_t;

/* About 200 bytes; read the counts, the rest is its own. */
typedef struct oc_source_ring {
    oc_source_feed_t *feed; /* borrowed for the source's life */
    oc_source_t head;       /* the same; ops NULL = none. Its names of messages have bit 62 clear */
    uint32_t piece_max;
    uint32_t generation; /* of the tracks that the viewer knows; 0 = none: nothing is sent */
    uint64_t seq;        /* number of the next packet; 0 = at the newest key packet */
    uint64_t counted;    /* packets up to this number are in `waiting` */
    uint32_t piece;      /* of it, the next one */
    uint32_t len;        /* bytes of its message; 0: the packet was not looked at yet */
    bool start;          /* it begins a GOP; with len */
    bool paused, pausing;
    bool torn;              /* see OC_SOURCE_RING_TORN */
    uint64_t headless;      /* the packet whose first piece was abandoned last */
    bool leap;              /* to the newest key packet, once this packet is taken whole */
    uint64_t until;         /* held: no packet behind this one is taken; 0 = not held */
    uint64_t waiting;       /* bytes of packets behind the place, as far as looked at */
    uint64_t taken;         /* packets of which a byte was given to the stream */
    uint64_t skipped;       /* packets left out before that: overtaken, paused, of no use */
    uint64_t overrun;       /* of them: by the ring */
    uint64_t useless;       /* of them: no message can be made of them */
    uint32_t jumps;         /* times it went on at the newest key packet */
    uint64_t looks;         /* at packets, whether they can be sent: one for each message */
    uint64_t done, dropped; /* messages that the other end has; abandoned ones */
} oc_source_ring_t;

extern const oc_source_ops_t oc_source_ring_ops; /* ctx: the source */

/* head: may be NULL. piece_max: bytes of the largest message, OC_SOURCE_RING_PIECE_MIN at least.
 * Nothing of the ring is sent before oc_source_ring_begin. */
void oc_source_ring_init(oc_source_ring_t *source, oc_source_feed_t *feed, const oc_source_t *head,
                         uint32_t piece_max);

/* The viewer has been told the tracks as they are now: what follows is sent. OC_OK | OC_AGAIN
 * nothing is known of the stream yet. */
int oc_source_ring_begin(oc_source_ring_t *source);

/* After packets were pushed, or after anything that may have changed what it sends. */
oc_source_ring_state_t oc_source_ring_look(oc_source_ring_t *source);

/* Stops; at_gop: when the GOP that is being sent is whole. What is under way stays so, a packet of
 * which a piece was taken is taken whole. What comes meanwhile is not counted as waiting. */
void oc_source_ring_pause(oc_source_ring_t *source, bool at_gop);
/* Goes on: at its place when that is in the newest GOP, else at the newest key packet. */
void oc_source_ring_resume(oc_source_ring_t *source);
/* Takes what waits now and nothing that comes later. */
void oc_source_ring_hold(oc_source_ring_t *source);
/* What came since is taken again: as with resume. */
void oc_source_ring_release(oc_source_ring_t *source);

#endif
