/* oc_turn_stream against servers on the same loop: TCP, TLS with the right and the wrong name, a
 * server that is not there, and ends at any time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>
#include "oc_err.h"
#include "oc_turn_stream.h"
#include "test_wait.h"

#define MANY 60000 /* bytes that come back */

/* A server that sends back what it gets. */
typedef struct server {
    uv_tcp_t listener, client;
    bool tls, connected;
    SSL_CTX *context;
    SSL *ssl;
    BIO *in, *out;
    char raw[65536];
} server_t;

typedef struct seen {
    unsigned up, down;
    size_t bytes;
    bool wrong;
} seen_t;

static uv_loop_t loop;
static server_t server;
static seen_t seen;
static bool late;

static void on_sent(uv_write_t *request, int status) {
    free(request);
}

static void send_raw(const void *data, size_t len) {
    uv_write_t *request = malloc(sizeof *request + len);
    uv_buf_t buf = uv_buf_init((char *)(request + 1), (unsigned)len);
    memcpy(request + 1, data, len);
    assert_int_equal(uv_write(request, (uv_stream_t *)&server.client, &buf, 1, on_sent), 0);
}

static void flush_server(void) {
    char sealed[20000];
    int n;
    while ((n = BIO_read(server.out, sealed, sizeof sealed)) > 0)
        send_raw(sealed, (size_t)n);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf) {
    *buf = uv_buf_init(server.raw, sizeof server.raw);
}

static void on_server_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
    char plain[20000];
    int k;
    if (n <= 0)
        return;
    if (!server.tls) {
        send_raw(server.raw, (size_t)n);
        return;
    }
    BIO_write(server.in, server.raw, (int)n);
    while ((k = SSL_read(server.ssl, plain, sizeof plain)) > 0)
        SSL_write(server.ssl, plain, k);
    flush_server();
}

static void on_connection(uv_stream_t *listener, int status) {
    uv_tcp_init(&loop, &server.client);
    assert_int_equal(uv_accept(listener, (uv_stream_t *)&server.client), 0);
    server.connected = true;
    if (server.tls) {
        server.ssl = SSL_new(server.context);
        server.in = BIO_new(BIO_s_mem());
        server.out = BIO_new(BIO_s_mem());
        SSL_set_bio(server.ssl, server.in, server.out);
        SSL_set_accept_state(server.ssl);
    }
    uv_read_start((uv_stream_t *)&server.client, on_alloc, on_server_read);
}

/* A certificate for the name "relay.test", also written to path. */
static void make_certificate(const char *path) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_set_version(x, 2);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key);
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:relay.test");
    X509_add_ext(x, names, -1);
    X509_EXTENSION_free(names);
    assert_true(X509_sign(x, key, EVP_sha256()));
    server.context = SSL_CTX_new(TLS_server_method());
    assert_int_equal(SSL_CTX_use_certificate(server.context, x), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(server.context, key), 1);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    PEM_write_X509(file, x);
    fclose(file);
    X509_free(x);
    EVP_PKEY_free(key);
}

static uint16_t begin(bool tls, const char *ca) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int len = sizeof at;
    memset(&server, 0, sizeof server);
    memset(&seen, 0, sizeof seen);
    server.tls = tls;
    assert_int_equal(uv_loop_init(&loop), 0);
    if (tls)
        make_certificate(ca);
    uv_tcp_init(&loop, &server.listener);
    uv_tcp_bind(&server.listener, (struct sockaddr *)&at, 0);
    assert_int_equal(uv_listen((uv_stream_t *)&server.listener, 4, on_connection), 0);
    uv_tcp_getsockname(&server.listener, (struct sockaddr *)&at, &len);
    return ntohs(at.sin_port);
}

static void finish(void) {
    uv_close((uv_handle_t *)&server.listener, NULL);
    if (server.connected)
        uv_close((uv_handle_t *)&server.client, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    SSL_free(server.ssl);
    SSL_CTX_free(server.context);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void on_up(void *context, uint8_t tag, bool up) {
    assert_int_equal(tag, 7);
    seen.up += up;
    seen.down += !up;
}

static void on_bytes(void *context, uint8_t tag, uint8_t *data, size_t len) {
    for (size_t i = 0; i < len; i++)
        seen.wrong = seen.wrong || data[i] != (uint8_t)((seen.bytes + i) * 7);
    seen.bytes += len;
}

static oc_turn_stream_config_t config_for(uint16_t port, const char *ca, const char *domain) {
    return (oc_turn_stream_config_t){.loop = &loop,
                                     .server = oc_addr4((const uint8_t[]){127, 0, 0, 1}, port),
                                     .tls = ca != NULL,
                                     .domain = domain,
                                     .ca = ca,
                                     .on_up = on_up,
                                     .on_bytes = on_bytes,
                                     .tag = 7};
}

static void on_late(uv_timer_t *timer) {
    late = true;
}

static void until(const unsigned *number) {
    uv_timer_t timer;
    late = false;
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, on_late, TEST_WAIT_MS, 0);
    while (!*number && !late)
        uv_run(&loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&loop, UV_RUN_NOWAIT); /* closes it */
    assert_false(late);
}

static void bytes_come_back(bool tls) {
    char ca[] = "/tmp/oc-turn-stream-XXXXXX";
    static uint8_t data[MANY];
    oc_turn_stream_t *stream;
    int fd = mkstemp(ca);
    assert_true(fd >= 0);
    uint16_t port = begin(tls, ca);
    oc_turn_stream_config_t config = config_for(port, tls ? ca : NULL, "relay.test");
    for (size_t i = 0; i < MANY; i++)
        data[i] = (uint8_t)(i * 7);
    assert_int_equal(oc_turn_stream_open(&stream, &config), OC_OK);
    assert_int_equal(oc_turn_stream_write(stream, data, 10), OC_ERR_STATE);
    until(&seen.up);
    for (size_t at = 0; at < MANY; at += 1200)
        assert_int_equal(oc_turn_stream_write(stream, data + at, 1200), OC_OK);
    while (seen.bytes < MANY && !late)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(seen.bytes, MANY);
    assert_false(seen.wrong);
    unsigned refused = 0;
    for (unsigned i = 0; i < 1000; i++) /* nobody reads meanwhile */
        refused += oc_turn_stream_write(stream, data, 6000) == OC_ERR_BUSY;
    assert_true(refused > 0);
    oc_turn_stream_close(stream);
    finish();
    assert_int_equal(seen.up, 1);
    assert_int_equal(seen.down, 0);
    close(fd);
    unlink(ca);
}

static void tcp(void **state) {
    bytes_come_back(false);
}
static void tls(void **state) {
    bytes_come_back(true);
}

static void wrong_name_is_refused(void **state) {
    char ca[] = "/tmp/oc-turn-stream-XXXXXX";
    oc_turn_stream_t *stream;
    int fd = mkstemp(ca);
    uint16_t port = begin(true, ca);
    oc_turn_stream_config_t config = config_for(port, ca, "other.test");
    assert_int_equal(oc_turn_stream_open(&stream, &config), OC_OK);
    until(&seen.down);
    assert_int_equal(seen.up, 0);
    oc_turn_stream_close(stream);
    finish();
    close(fd);
    unlink(ca);
}

static void nobody_there(void **state) {
    oc_turn_stream_t *stream;
    uint16_t port = begin(false, NULL);
    oc_turn_stream_config_t config = config_for(port, NULL, NULL);
    uv_close((uv_handle_t *)&server.listener, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(oc_turn_stream_open(&stream, &config), OC_OK);
    until(&seen.down);
    oc_turn_stream_close(stream);
    oc_turn_stream_close(NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    config.tls = true;
    config.ca = "/nowhere.pem";
    assert_int_equal(oc_turn_stream_open(&stream, &config), OC_ERR_NOENT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp),
        cmocka_unit_test(tls),
        cmocka_unit_test(wrong_name_is_refused),
        cmocka_unit_test(nobody_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
