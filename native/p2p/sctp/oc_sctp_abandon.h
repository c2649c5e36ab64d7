/* oc_sctp_abandon - PR-SCTP (RFC 3758) as a policy of the sender: a message whose bytes are gone is
 * abandoned whole. If its last fragment has no TSN yet, one more TSN is used up by a fragment that
 * is never sent, so that the FORWARD-TSN ends the message for the peer. Inner part of oc_sctp_send.
 */
#ifndef OC_SCTP_ABANDON_H
#define OC_SCTP_ABANDON_H

#include "oc_sctp_send_impl.h"

#define OC_ABANDON_SKIPS 64 /* streams in one FORWARD-TSN; 4 bytes each */

/* Abandons the message that TSN belongs to; those of its stream behind it, up to a key message, are
 * not sent again. false: all of it is acknowledged (RFC 3758 3.5 would only make the peer wait),
 * nothing is changed. */
bool oc_abandon_at(oc_send_t *s, uint32_t tsn);
/* Abandons the message being cut. */
void oc_abandon_cut(oc_send_t *s);
/* Abandons all of a stream that may be. */
void oc_abandon_stream(oc_send_t *s, unsigned slot);

/* Moves the advanced peer ack point (RFC 3758 3.5 C2) and says whether the peer must be told now.
 */
void oc_forward_update(oc_send_t *s, int64_t now_us);
/* Appends a FORWARD-TSN. false: no room. */
bool oc_forward_append(oc_send_t *s, oc_sctp_packet_t *packet, int64_t now_us);

#endif
