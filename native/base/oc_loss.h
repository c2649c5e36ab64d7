/* oc_loss - why a packet of a source did not reach the ring of its stream.
 * Every packet that a driver or a sender hands over is counted once: in the ring, as empty, as not
 * wanted, or here under one cause. Names are stable: events, `/api/status` and the label `cause` of
 * metrics use them. */
#ifndef OC_LOSS_H
#define OC_LOSS_H

/* begin protocol: made by tools/protocol */
/* clang-format off */
/* Why a packet did not reach the ring; the words lost_… of a row are in this order. */
typedef enum oc_loss {
    OC_LOSS_QUEUE_FULL = 0, /* all slots between source and media thread are taken */
    OC_LOSS_BUFFER_FULL = 1, /* the source's payload buffer has no room */
    OC_LOSS_TOO_LARGE = 2, /* larger than that buffer, or than a packet may be */
    OC_LOSS_GOP_REST = 3, /* needs a packet of its GOP that was lost */
    OC_LOSS_NO_TRACK = 4, /* its track was not described, or cannot be kept */
    OC_LOSS_TIME_LINE = 5, /* before time 0 of the stream, or going back */
    OC_LOSS_RING = 6, /* its GOP is too large for the ring, or the disk holds it */
    OC_LOSS_SOURCE = 7, /* missing from what arrived: the source or its network says so */
    OC_LOSS_FOREIGN_SSRC = 8, /* RTP of another source than the session's: ADR 102 */
} oc_loss_t;
#define OC_LOSS_CAUSES 9

/* X(NAME, "name") of each. */
#define OC_LOSS_MAP(X) \
    X(QUEUE_FULL, "queue-full") \
    X(BUFFER_FULL, "buffer-full") \
    X(TOO_LARGE, "too-large") \
    X(GOP_REST, "gop-rest") \
    X(NO_TRACK, "no-track") \
    X(TIME_LINE, "time-line") \
    X(RING, "ring") \
    X(SOURCE, "source") \
    X(FOREIGN_SSRC, "foreign-ssrc")
/* clang-format on */
/* end protocol */

/* The name of a cause: static text; "" for none of them. */
const char *oc_loss_name(unsigned cause);

#endif
