/* oc_loss - why a packet of a source did not reach the ring of its stream.
 * Every packet that a driver or a sender hands over is counted once: in the ring, as empty, as not
 * wanted, or here under one cause. Names are stable: events, `/api/status` and the label `cause` of
 * metrics use them. */
#ifndef OC_LOSS_H
#define OC_LOSS_H

/* Shared with native/script/command.ts (a check compares them). */
#define OC_LOSS_MAP(X)                                                                             \
    X(QUEUE_FULL, "queue-full")   /* all slots between source and media thread are taken */        \
    X(BUFFER_FULL, "buffer-full") /* the source's payload buffer has no room */                    \
    X(TOO_LARGE, "too-large")     /* larger than that buffer, or than a packet may be */           \
    X(GOP_REST, "gop-rest")       /* needs a packet of its GOP that was lost */                    \
    X(NO_TRACK, "no-track")       /* its track was not described, or cannot be kept */             \
    X(TIME_LINE, "time-line")     /* before time 0 of the stream, or going back */                 \
    X(RING, "ring")               /* its GOP is too large for the ring, or the disk holds it */    \
    X(SOURCE, "source") /* missing from what arrived: the source or its network says so */         \
    X(FOREIGN_SSRC, "foreign-ssrc") /* RTP of another source than the session's: ADR 102 */

/* Why a packet was lost. */
typedef enum oc_loss {
#define OC_LOSS_CAUSE(id, name) OC_LOSS_##id,
    OC_LOSS_MAP(OC_LOSS_CAUSE)
#undef OC_LOSS_CAUSE
        OC_LOSS_CAUSES,
} oc_loss_t;

/* The name of a cause: static text; "" for none of them. */
const char *oc_loss_name(unsigned cause);

#endif
