/* oc_dtls_shared - whose a datagram is, when several connections share one pair of sockets: only
 * keys tell. */
#ifndef OC_DTLS_SHARED_H
#define OC_DTLS_SHARED_H

#include "oc_dtls.h"

#define OC_DTLS_SHARED_SURE 3 /* it authenticates: it is nobody else's */

/* How likely the datagram (borrowed until return) is for this one: OC_DTLS_SHARED_SURE | 2 it is in
 * its handshake | 1 in the clear, and the handshake is over | 0 not. Changes nothing. */
int oc_dtls_shared(oc_dtls_t *dtls, oc_span_t datagram);

#endif
