#include "oc_tls_tickets.h"

#include "oc_crypto.h"
#include "oc_random.h"

#define KEYS_MAX 128 /* bytes; OpenSSL 3: 80 */

void oc_tls_tickets_turn(SSL_CTX *context, int64_t *due_us, int64_t now_us) {
    uint8_t keys[KEYS_MAX];
    long size = SSL_CTX_get_tlsext_ticket_keys(context, NULL, 0);
    if (*due_us != 0 && now_us >= *due_us && size > 0 && size <= KEYS_MAX) {
        oc_random(keys, (size_t)size);
        SSL_CTX_set_tlsext_ticket_keys(context, keys, size);
        oc_crypto_wipe(keys, sizeof(keys));
        *due_us = 0;
    }
    if (*due_us == 0)
        *due_us = now_us + OC_TLS_TICKETS_US;
}
