#include "oc_turn_stream.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"

#define READ_BYTES 16384
#define SEALED     (READ_BYTES + 512) /* of TLS for one look at what it has to send */

struct oc_turn_stream {
    oc_turn_stream_config_t config;
    uv_tcp_t tcp;
    uv_connect_t connect;
    SSL_CTX *context;
    SSL *tls;      /* NULL: TCP */
    BIO *in, *out; /* owned by tls */
    bool up, ended, closing;
    char raw[READ_BYTES];
    uint8_t plain[READ_BYTES];
};

typedef struct write_job {
    uv_write_t request;
    uint8_t data[];
} write_job_t;

static void end(oc_turn_stream_t *s) {
    if (s->ended || s->closing)
        return;
    s->ended = true;
    s->up = false;
    (void)uv_read_stop((uv_stream_t *)&s->tcp);
    s->config.on_up(s->config.context, s->config.tag, false);
}

static void on_written(uv_write_t *request, int status) {
    oc_turn_stream_t *s = request->data;
    free(request);
    if (status < 0)
        end(s);
}

static int write_raw(oc_turn_stream_t *s, const void *data, size_t len) {
    write_job_t *job = malloc(sizeof *job + len);
    if (!job)
        return OC_ERR_NOMEM;
    memcpy(job->data, data, len);
    job->request.data = s;
    uv_buf_t buf = uv_buf_init((char *)job->data, (unsigned)len);
    if (uv_write(&job->request, (uv_stream_t *)&s->tcp, &buf, 1, on_written) != 0) {
        free(job);
        return OC_ERR_IO;
    }
    return OC_OK;
}

/* Sends what TLS has made. */
static int flush_tls(oc_turn_stream_t *s) {
    uint8_t sealed[SEALED];
    int n;
    while ((n = BIO_read(s->out, sealed, sizeof sealed)) > 0) {
        int rc = write_raw(s, sealed, (size_t)n);
        if (rc != OC_OK)
            return rc;
    }
    return OC_OK;
}

static void notified_up(oc_turn_stream_t *s) {
    s->up = true;
    s->config.on_up(s->config.context, s->config.tag, true);
}

/* Goes on with the handshake and reads. False: it has ended. */
static bool run_tls(oc_turn_stream_t *s) {
    if (!SSL_is_init_finished(s->tls)) {
        ERR_clear_error();
        int rc = SSL_do_handshake(s->tls), why = rc == 1 ? 0 : SSL_get_error(s->tls, rc);
        if (flush_tls(s) != OC_OK || (rc != 1 && why != SSL_ERROR_WANT_READ))
            return false;
        if (rc != 1)
            return true;
        notified_up(s);
    }
    for (int n; !s->closing;) {
        ERR_clear_error();
        n = SSL_read(s->tls, s->plain, sizeof s->plain);
        if (n <= 0)
            return SSL_get_error(s->tls, n) == SSL_ERROR_WANT_READ && flush_tls(s) == OC_OK;
        s->config.on_bytes(s->config.context, s->config.tag, s->plain, (size_t)n);
    }
    return true;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
    oc_turn_stream_t *s = handle->data;
    *buf = uv_buf_init(s->raw, sizeof s->raw);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
    oc_turn_stream_t *s = stream->data;
    if (s->closing || n == 0)
        return;
    if (n < 0) {
        end(s);
        return;
    }
    if (!s->tls) {
        s->config.on_bytes(s->config.context, s->config.tag, (uint8_t *)s->raw, (size_t)n);
        return;
    }
    if (BIO_write(s->in, s->raw, (int)n) != n || !run_tls(s))
        end(s);
}

static void on_connected(uv_connect_t *request, int status) {
    oc_turn_stream_t *s = request->data;
    if (s->closing)
        return;
    if (status < 0 || uv_read_start((uv_stream_t *)&s->tcp, on_alloc, on_read) != 0) {
        end(s);
        return;
    }
    (void)uv_tcp_nodelay(&s->tcp, 1);
    if (!s->tls)
        notified_up(s);
    else if (!run_tls(s))
        end(s);
}

static bool expect_name(oc_turn_stream_t *s) {
    char ip[OC_ADDR_TEXT];
    if (s->config.domain && s->config.domain[0])
        return SSL_set1_host(s->tls, s->config.domain) == 1 &&
               SSL_set_tlsext_host_name(s->tls, s->config.domain) == 1;
    return oc_addr_print_ip(&s->config.server, ip, sizeof ip) &&
           X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(s->tls), ip) == 1;
}

static int open_tls(oc_turn_stream_t *s) {
    s->context = SSL_CTX_new(TLS_client_method());
    if (!s->context)
        return OC_ERR_NOMEM;
    SSL_CTX_set_verify(s->context, SSL_VERIFY_PEER, NULL);
    (void)SSL_CTX_set_min_proto_version(s->context, TLS1_2_VERSION);
    int trusted = s->config.ca ? SSL_CTX_load_verify_locations(s->context, s->config.ca, NULL)
                               : SSL_CTX_set_default_verify_paths(s->context);
    if (trusted != 1)
        return OC_ERR_NOENT;
    s->tls = SSL_new(s->context);
    s->in = BIO_new(BIO_s_mem());
    s->out = BIO_new(BIO_s_mem());
    if (!s->tls || !s->in || !s->out) {
        BIO_free(s->in);
        BIO_free(s->out);
        return OC_ERR_NOMEM;
    }
    SSL_set_bio(s->tls, s->in, s->out);
    SSL_set_connect_state(s->tls);
    return expect_name(s) ? OC_OK : OC_ERR_NOMEM;
}

static void free_stream(oc_turn_stream_t *s) {
    SSL_free(s->tls);
    SSL_CTX_free(s->context);
    free(s);
}

static void sockaddr_of(const oc_addr_t *addr, struct sockaddr_storage *out) {
    memset(out, 0, sizeof *out);
    if (addr->family == 4) {
        struct sockaddr_in *in = (struct sockaddr_in *)(void *)out;
        in->sin_family = AF_INET;
        in->sin_port = htons(addr->port);
        memcpy(&in->sin_addr, addr->ip, 4);
    } else {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)out;
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(addr->port);
        in6->sin6_scope_id = addr->scope;
        memcpy(&in6->sin6_addr, addr->ip, 16);
    }
}

int oc_turn_stream_open(oc_turn_stream_t **out, const oc_turn_stream_config_t *config) {
    struct sockaddr_storage to;
    oc_turn_stream_t *s = calloc(1, sizeof *s);
    if (!s)
        return OC_ERR_NOMEM;
    s->config = *config;
    int rc = config->tls ? open_tls(s) : OC_OK;
    s->config.domain = s->config.ca = NULL;
    if (rc == OC_OK && uv_tcp_init(config->loop, &s->tcp) != 0)
        rc = OC_ERR_IO;
    if (rc != OC_OK) {
        free_stream(s);
        return rc;
    }
    s->tcp.data = s;
    s->connect.data = s;
    sockaddr_of(&config->server, &to);
    if (uv_tcp_connect(&s->connect, &s->tcp, (const struct sockaddr *)&to, on_connected) != 0) {
        oc_turn_stream_close(s);
        return OC_ERR_IO;
    }
    *out = s;
    return OC_OK;
}

int oc_turn_stream_write(oc_turn_stream_t *s, const void *data, size_t len) {
    if (!s->up || s->closing)
        return OC_ERR_STATE;
    if (uv_stream_get_write_queue_size((uv_stream_t *)&s->tcp) + len > OC_TURN_STREAM_QUEUE)
        return OC_ERR_BUSY;
    if (!s->tls)
        return write_raw(s, data, len);
    ERR_clear_error();
    if (SSL_write(s->tls, data, (int)len) != (int)len)
        return OC_ERR_IO;
    return flush_tls(s);
}

static void on_handle_closed(uv_handle_t *handle) {
    free_stream(handle->data);
}

void oc_turn_stream_close(oc_turn_stream_t *s) {
    if (!s || s->closing)
        return;
    s->closing = true;
    uv_close((uv_handle_t *)&s->tcp, on_handle_closed);
}
