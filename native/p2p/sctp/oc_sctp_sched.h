/* oc_sctp_sched - whose message is next: the command class before media, in turn inside a class,
 * one message each. Streams whose source had nothing leave the turn until they are kicked, so idle
 * streams cost nothing. Inner part of oc_sctp_send. */
#ifndef OC_SCTP_SCHED_H
#define OC_SCTP_SCHED_H

#include "oc_sctp_send_impl.h"

#define OC_SCHED_CLASSES 2    /* oc_send_class_t */
#define OC_SCHED_NONE    0xFF /* no stream in turn */

/* Puts a stream at the end of its class's turn, or takes it out. */
void oc_sched_ready(oc_send_t *s, unsigned slot);
void oc_sched_unready(oc_send_t *s, unsigned slot);
/* The next message, not taken; after an abandonment messages up to the next key are given up here.
 * Slot number | OC_SEND_NONE nothing anywhere. */
unsigned oc_sched_peek(oc_send_t *s, oc_msg_t *out);
/* Takes what peek gave: it becomes the message being cut. */
void oc_sched_take(oc_send_t *s, unsigned slot, const oc_msg_t *msg);

#endif
