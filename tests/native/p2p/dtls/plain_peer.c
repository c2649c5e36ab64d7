#include "plain_peer.h"

#include <stdio.h>
#include <stdlib.h>

#include "oc_crypto.h"

static void need(int code, const char *what) {
    if (code == 0)
        return;
    fprintf(stderr, "%s: mbedTLS says -0x%04x\n", what, (unsigned)-code);
    abort();
}

static int on_send(void *context, const unsigned char *data, size_t len) {
    plain_queue_t *q = &((plain_peer_t *)context)->out;
    if (q->count < PLAIN_QUEUE && len <= sizeof q->bytes[0]) {
        unsigned at = (q->head + q->count++) % PLAIN_QUEUE;
        memcpy(q->bytes[at], data, len);
        q->len[at] = len;
    }
    return (int)len;
}

static size_t pop(plain_queue_t *q, uint8_t *out, size_t size) {
    if (!q->count)
        return 0;
    size_t len = q->len[q->head] < size ? q->len[q->head] : size;
    memcpy(out, q->bytes[q->head], len);
    q->head = (q->head + 1) % PLAIN_QUEUE;
    q->count--;
    return len;
}

static int on_receive(void *context, unsigned char *data, size_t size) {
    size_t len = pop(&((plain_peer_t *)context)->in, data, size);
    return len ? (int)len : MBEDTLS_ERR_SSL_WANT_READ;
}

static void on_set_timer(void *context, uint32_t between_ms, uint32_t end_ms) {
    plain_peer_t *peer = context;
    peer->timer_us = end_ms ? peer->now_us + 1000 * (int64_t)end_ms : INT64_MAX;
}

static int on_get_timer(void *context) {
    const plain_peer_t *peer = context;
    return peer->timer_us == INT64_MAX ? -1 : peer->now_us >= peer->timer_us ? 2 : 0;
}

static int on_verify(void *context, mbedtls_x509_crt *crt, int depth, uint32_t *flags) {
    *flags = 0;
    return 0;
}

static void load_rsa(plain_peer_t *peer, const char *name) {
    static char text[8192];
    char path[512];
    snprintf(path, sizeof path, "%s/%s.pem", VECTORS, name);
    FILE *file = fopen(path, "r");
    size_t len = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    text[len] = 0;
    need(mbedtls_x509_crt_parse(&peer->rsa_crt, (unsigned char *)text, len + 1), "RSA certificate");
    need(oc_mbedtls_parse_key(&peer->rsa_key, (unsigned char *)text, len + 1), "RSA key");
}

/* As openssl makes them, by tests/native/p2p/vectors/README.md. */
static const char *const rsa_files[] = {[PLAIN_RSA] = "rsa-2048",
                                        [PLAIN_RSA_4096] = "rsa-4096",
                                        [PLAIN_RSA_SHORT] = "rsa-1024",
                                        [PLAIN_RSA_LONG] = "rsa-5120",
                                        [PLAIN_RSA_EXPONENT] = "rsa-2048-exponent"};

void plain_peer_make(plain_peer_t *peer, bool client, enum plain_shows shows, int suite) {
    bool rsa = shows >= PLAIN_RSA && shows <= PLAIN_RSA_EXPONENT;
    static int suites[2];
    memset(peer, 0, sizeof *peer);
    peer->timer_us = INT64_MAX;
    mbedtls_ssl_init(&peer->ssl);
    mbedtls_ssl_config_init(&peer->conf);
    mbedtls_x509_crt_init(&peer->rsa_crt);
    mbedtls_pk_init(&peer->rsa_key);
    need(oc_certificate_make(&peer->ec), "certificate");
    need(mbedtls_ssl_config_defaults(&peer->conf,
                                     client ? MBEDTLS_SSL_IS_CLIENT : MBEDTLS_SSL_IS_SERVER,
                                     MBEDTLS_SSL_TRANSPORT_DATAGRAM, MBEDTLS_SSL_PRESET_DEFAULT),
         "defaults");
    oc_mbedtls_conf_common(&peer->conf, true);
    suites[0] = suite;
    if (suite)
        mbedtls_ssl_conf_ciphersuites(&peer->conf, suites);
    need(oc_mbedtls_conf_srtp(&peer->conf), "use_srtp");
    mbedtls_ssl_conf_authmode(&peer->conf, MBEDTLS_SSL_VERIFY_OPTIONAL);
    mbedtls_ssl_conf_handshake_timeout(&peer->conf, 100, 60000);
    if (rsa)
        load_rsa(peer, rsa_files[shows]);
    if (shows == PLAIN_EC)
        need(mbedtls_ssl_conf_own_cert(&peer->conf, &peer->ec->crt, &peer->ec->key), "own");
    else if (rsa)
        need(mbedtls_ssl_conf_own_cert(&peer->conf, &peer->rsa_crt, &peer->rsa_key), "own");
    need(mbedtls_ssl_setup(&peer->ssl, &peer->conf), "set-up");
    need(mbedtls_ssl_set_hostname(&peer->ssl, NULL), "name");
    mbedtls_ssl_set_bio(&peer->ssl, peer, on_send, on_receive, NULL);
    mbedtls_ssl_set_timer_cb(&peer->ssl, peer, on_set_timer, on_get_timer);
    mbedtls_ssl_set_mtu(&peer->ssl, 1200);
    mbedtls_ssl_set_verify(&peer->ssl, on_verify, peer);
}

void plain_peer_free(plain_peer_t *peer) {
    mbedtls_ssl_free(&peer->ssl);
    mbedtls_ssl_config_free(&peer->conf);
    mbedtls_x509_crt_free(&peer->rsa_crt);
    mbedtls_pk_free(&peer->rsa_key);
    oc_certificate_destroy(peer->ec);
}

void plain_peer_fingerprint(const plain_peer_t *peer, uint8_t out[32]) {
    const mbedtls_x509_crt *crt = peer->rsa_crt.raw.len ? &peer->rsa_crt : &peer->ec->crt;
    oc_span_t der = oc_span(crt->raw.p, crt->raw.len);
    oc_hash(OC_HASH_SHA256, &der, 1, out);
}

void plain_peer_turn(plain_peer_t *peer, int64_t now_us) {
    uint8_t nothing[16];
    peer->now_us = now_us;
    while (peer->over && peer->in.count) /* a repeated final flight is answered while it reads */
        (void)mbedtls_ssl_read(&peer->ssl, nothing, sizeof nothing);
    while (!peer->over && !peer->code) {
        bool more = peer->in.count > 0;
        int code = mbedtls_ssl_handshake(&peer->ssl);
        peer->over = code == 0;
        if (code && code != MBEDTLS_ERR_SSL_WANT_READ)
            peer->code = code;
        if (!more)
            break;
    }
}

size_t plain_peer_output(plain_peer_t *peer, uint8_t *out) {
    return pop(&peer->out, out, 2048);
}

void plain_peer_input(plain_peer_t *peer, oc_span_t datagram) {
    plain_queue_t *q = &peer->in;
    if (q->count == PLAIN_QUEUE || datagram.len > sizeof q->bytes[0])
        return;
    unsigned at = (q->head + q->count++) % PLAIN_QUEUE;
    memcpy(q->bytes[at], datagram.data, datagram.len);
    q->len[at] = datagram.len;
}

unsigned plain_peer_srtp(const plain_peer_t *peer) {
#if defined(MBEDTLS_SSL_DTLS_SRTP)
    mbedtls_dtls_srtp_info info;
    mbedtls_ssl_get_dtls_srtp_negotiation_result(&peer->ssl, &info);
    return info.MBEDTLS_PRIVATE(chosen_dtls_srtp_profile);
#else
    return 1;
#endif
}

int plain_peer_read(plain_peer_t *peer, uint8_t *out, size_t size) {
    return mbedtls_ssl_read(&peer->ssl, out, size);
}

int plain_peer_write(plain_peer_t *peer, const void *data, size_t len) {
    return mbedtls_ssl_write(&peer->ssl, data, len);
}
