/* oc_tls_tickets - the keys that seal TLS session tickets: whoever steals them reads recorded
 * TLS 1.2 sessions that were resumed with them, so they are replaced. Virtual time. */
#ifndef OC_TLS_TICKETS_H
#define OC_TLS_TICKETS_H

#include <stdint.h>

#include <openssl/ssl.h>

#define OC_TLS_TICKETS_US (12 * 3600 * 1000000ll) /* life of a key */

/* Replaces the keys of a server's context when *due_us has come (0: begins to count) and sets the
 * next time. Tickets of the keys before are no good then: their owners shake hands in full, once.
 */
void oc_tls_tickets_turn(SSL_CTX *context, int64_t *due_us, int64_t now_us);

#endif
