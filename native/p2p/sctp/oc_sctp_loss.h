/* oc_sctp_loss - which chunks are lost: RACK and tail loss probes as RFC 8985, T3-rtx as RFC
 * 9260 6.3. A chunk is lost when one sent later has arrived, and a round trip and a reordering
 * window have passed since it was sent. First transmissions leave in TSN order and retransmissions
 * stand in a list of their own, so each is looked at once. Inner part of oc_sctp_send. */
#ifndef OC_SCTP_LOSS_H
#define OC_SCTP_LOSS_H

#include "oc_sctp_send_impl.h"

#define OC_LOSS_RTO_MIN_US    200000   /* shorter than RFC 9260 6.3.1: probes come first */
#define OC_LOSS_RTO_MAX_US    3000000  /* a path that works again is found this soon */
#define OC_LOSS_RTO_FIRST_US  1000000  /* RFC 9260 16: no round trip known */
#define OC_LOSS_PROBE_MORE_US 2000     /* probe after max(1.25 SRTT, SRTT + this) */
#define OC_LOSS_PROBES        2        /* before T3-rtx expires; the second after twice the time */
#define OC_LOSS_MIN_RTT_US    10000000 /* memory of the least round trip */
#define OC_LOSS_FULL_SACK     20       /* gap blocks: dcSCTP reports no more; others may */

/* Puts a record at the end of a list, or takes it out. */
void oc_record_append(oc_send_t *s, oc_record_list_t *list, oc_record_t *r);
void oc_record_remove(oc_send_t *s, oc_record_list_t *list, oc_record_t *r);

/* A new path; rtt_us 0 = not known. */
void oc_loss_start(oc_send_t *s, uint32_t rtt_us);
/* A round trip measured (RFC 9260 6.3.1). */
void oc_loss_rtt(oc_send_t *s, uint32_t rtt_us, int64_t now_us);
/* A chunk has arrived. Returns its bytes if that is news, 0 otherwise; *rtt_us: age of a first
 * transmission. The record's state is left to the caller. */
uint32_t oc_loss_arrived(oc_send_t *s, uint32_t tsn, uint32_t prior_high, int64_t now_us,
                         uint32_t *rtt_us);
/* To be sent again: it was under way. */
void oc_loss_mark(oc_send_t *s, oc_record_t *r);
/* No longer under way nor lost (abandoned, reneged before it is marked). */
void oc_loss_forget(oc_send_t *s, oc_record_t *r);
/* Finds what is lost by now; returns bytes. Arms the reordering timer. */
uint32_t oc_loss_detect(oc_send_t *s, int64_t now_us);
/* The peer told of chunks that came twice. */
void oc_loss_duplicates(oc_send_t *s, unsigned count);
/* T3-rtx expired: everything a round trip old is lost. */
void oc_loss_expire(oc_send_t *s, int64_t now_us);
/* Arms T3-rtx and the probe. progress: something new was acknowledged. sent: something left. */
void oc_loss_arm(oc_send_t *s, bool progress, bool sent, int64_t now_us);
/* The record to send as a probe; NULL = none under way. */
oc_record_t *oc_loss_tail(oc_send_t *s);

#endif
