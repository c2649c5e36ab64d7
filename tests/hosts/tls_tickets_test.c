/* oc_tls_tickets: a session is resumed while its key lives, and not after. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "oc_cert.h"
#include "oc_err.h"
#include "oc_tls_tickets.h"

#define S 1000000ll

static SSL_CTX *server_, *client_;

static int open_contexts(void **state) {
    static oc_access_names_t names;
    static char cert[OC_CERT_PEM], key[OC_CERT_PEM], why[256];
    oc_cert_t *pair;
    SSL *ssl;
    assert_true(oc_access_names_add(&names, "localhost"));
    assert_int_equal(oc_cert_make(&names, 0, cert, key), OC_OK);
    assert_int_equal(oc_cert_read(&pair, cert, key, 0, why, sizeof(why)), OC_OK);
    server_ = SSL_CTX_new(TLS_server_method());
    client_ = SSL_CTX_new(TLS_client_method());
    ssl = SSL_new(server_);
    assert_true(oc_cert_use(pair, ssl));
    SSL_CTX_use_certificate(server_, SSL_get_certificate(ssl));
    SSL_CTX_use_PrivateKey(server_, SSL_get_privatekey(ssl));
    SSL_free(ssl);
    oc_cert_free(pair);
    SSL_CTX_set_session_cache_mode(server_, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_proto_version(client_, TLS1_2_VERSION); /* its ticket comes in the handshake */
    return 0;
}

static int close_contexts(void **state) {
    SSL_CTX_free(server_);
    SSL_CTX_free(client_);
    return 0;
}

/* One handshake that offers `session`; *resumed: it was taken. The session it ends with. */
static SSL_SESSION *dtls_handshake(SSL_SESSION *session, bool *resumed) {
    SSL *server = SSL_new(server_), *client = SSL_new(client_);
    BIO *one, *other;
    assert_int_equal(BIO_new_bio_pair(&one, 0, &other, 0), 1);
    SSL_set_bio(server, one, one);
    SSL_set_bio(client, other, other);
    SSL_set_accept_state(server);
    SSL_set_connect_state(client);
    if (session)
        assert_int_equal(SSL_set_session(client, session), 1);
    for (int turn = 0; turn < 20 && !(SSL_is_init_finished(server) && SSL_is_init_finished(client));
         turn++) {
        SSL_do_handshake(client);
        SSL_do_handshake(server);
    }
    assert_true(SSL_is_init_finished(server) && SSL_is_init_finished(client));
    *resumed = SSL_session_reused(client);
    SSL_SESSION *got = SSL_get1_session(client);
    SSL_set_shutdown(client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(client);
    SSL_free(server);
    return got;
}

static void test_keys_turn(void **state) {
    int64_t due = 0;
    bool resumed;
    oc_tls_tickets_turn(server_, &due, 100 * S);
    assert_int_equal(due, 100 * S + OC_TLS_TICKETS_US);
    SSL_SESSION *session = dtls_handshake(NULL, &resumed);
    assert_false(resumed);
    oc_tls_tickets_turn(server_, &due, due - 1);
    SSL_SESSION_free(dtls_handshake(session, &resumed));
    assert_true(resumed);
    oc_tls_tickets_turn(server_, &due, due);
    SSL_SESSION *next = dtls_handshake(session, &resumed);
    assert_false(resumed); /* the key that sealed it is gone */
    SSL_SESSION_free(dtls_handshake(next, &resumed));
    assert_true(resumed);
    assert_int_equal(due, 100 * S + 2 * OC_TLS_TICKETS_US);
    SSL_SESSION_free(session);
    SSL_SESSION_free(next);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_keys_turn)};
    return cmocka_run_group_tests(tests, open_contexts, close_contexts);
}
