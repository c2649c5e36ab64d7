/* plain_peer - a DTLS peer that nobody here wrote: mbedTLS with its own record layer, default in
 * all but what is needed to meet us. Virtual time; datagrams by hand. */
#ifndef PLAIN_PEER_H
#define PLAIN_PEER_H

#include "oc_certificate_mbedtls.h"

#define PLAIN_QUEUE 16

typedef struct plain_queue {
    uint8_t bytes[PLAIN_QUEUE][2048];
    size_t len[PLAIN_QUEUE];
    unsigned head, count;
} plain_queue_t;

/* What it shows. */
enum plain_shows {
    PLAIN_EC,
    PLAIN_RSA, /* of 2,048 bits, and others */
    PLAIN_RSA_4096,
    PLAIN_RSA_SHORT,
    PLAIN_RSA_LONG,
    PLAIN_RSA_EXPONENT,
    PLAIN_NOTHING
};

typedef struct plain_peer {
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config conf;
    oc_certificate_t *ec;
    mbedtls_x509_crt rsa_crt;
    mbedtls_pk_context rsa_key;
    plain_queue_t in, out;
    int64_t now_us, timer_us;
    bool over;
    int code; /* of the failure; 0: none */
} plain_peer_t;

/* suite: the only one it knows, 0: every default. */
void plain_peer_make(plain_peer_t *peer, bool client, enum plain_shows shows, int suite);
void plain_peer_free(plain_peer_t *peer);
/* SHA-256 of what it shows. */
void plain_peer_fingerprint(const plain_peer_t *peer, uint8_t out[32]);
/* Goes on with the handshake. */
void plain_peer_turn(plain_peer_t *peer, int64_t now_us);
/* The next datagram it sends; 0: none. out: 2,048 bytes. */
size_t plain_peer_output(plain_peer_t *peer, uint8_t *out);
void plain_peer_input(plain_peer_t *peer, oc_span_t datagram);
/* The profile of use_srtp that was agreed on; 0: none. 1 where the library does not have it. */
unsigned plain_peer_srtp(const plain_peer_t *peer);
/* Application data, after the handshake: bytes, or a code of the library. */
int plain_peer_read(plain_peer_t *peer, uint8_t *out, size_t size);
int plain_peer_write(plain_peer_t *peer, const void *data, size_t len);

#endif
