#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "oc_http_access.h"
#include "oc_http_check.h"
#include "oc_http_clear.h"
#include "oc_local_names.h"
#include "oc_log.h"
#include "oc_posix.h"
#include "oc_random.h"
#include "oc_tls_frames.h"
#include "oc_tls_tickets.h"

#define WATCH_US   2000000 /* between looks at the files */
#define NAMES_EACH 30      /* looks: the addresses of the machine are compared */

/* A pair as text; on the heap, wiped when freed. */
typedef struct pair {
    char cert[OC_CERT_PEM], key[OC_CERT_PEM];
} pair_t;

static void free_pair(pair_t *pair) {
    if (pair)
        oc_crypto_wipe(pair, sizeof(*pair));
    free(pair);
}

static int64_t clock_s(void) {
    oc_clock_t clock;
    oc_posix_clock(&clock);
    return clock.quality == OC_CLOCK_NONE ? 0
                                          : oc_clock_wall_us(&clock, oc_posix_now_us()) / 1000000;
}

static bool has_own_files(const oc_http_t *http) {
    return http->config.listen.tls_cert[0] != '\0';
}

/* ---- certificate ---- */

/* New handshakes get this certificate; connections that are there keep theirs. */
static void use_cert(oc_http_t *http, oc_cert_t *cert) {
    oc_cert_free(http->cert);
    http->cert = cert;
    memset(&http->access.names, 0, sizeof(http->access.names));
    (void)oc_access_names_add_lines(&http->access.names, http->config.listen.hosts);
    oc_cert_names(cert, &http->access.names);
}

/* --tls-cert and --tls-key. */
static int load_given(oc_http_t *http, char *why, size_t why_size) {
    oc_http_refusal_t refusal;
    oc_cert_t *cert;
    int result = oc_http_check_pair(&http->config.listen, clock_s(), &http->cert_stamp,
                                    &http->key_stamp, &cert, &refusal);
    if (result == OC_OK)
        use_cert(http, cert);
    else
        snprintf(why, why_size, "%s", refusal.why);
    if (result == OC_OK && http->key_stamp.mode & (S_IRGRP | S_IROTH))
        oc_log(OC_LOG_WARN, "http", "--tls-key %.200s: other users can read it: chmod go-r it",
               http->config.listen.tls_key);
    return result;
}

/* What a certificate of ours has to be for. */
static void desired_names(const oc_http_t *http, oc_access_names_t *names) {
    memset(names, 0, sizeof(*names));
    (void)oc_access_names_add_lines(names, http->config.listen.hosts);
    oc_local_names(names);
}

/* Makes a pair, with the key that is there, and writes it. */
static int make_pair(oc_http_t *http, const oc_access_names_t *names, pair_t *pair) {
    int root = http->config.data_root;
    if (strlen(pair->key) >= OC_CERT_MADE)
        pair->key[0] = '\0';
    int result = oc_cert_make(names, clock_s(), pair->cert, pair->key);
    if (result == OC_OK)
        result = oc_access_store_write(root, OC_ACCESS_STORE_KEY, pair->key, strlen(pair->key));
    if (result == OC_OK)
        result = oc_access_store_write(root, OC_ACCESS_STORE_CERT, pair->cert, strlen(pair->cert));
    return result;
}

/* The pair of the data directory, made when it is missing or due. */
static int load_made(oc_http_t *http, pair_t *pair, char *why, size_t why_size) {
    int root = http->config.data_root;
    oc_access_names_t names;
    oc_access_stamp_t stamp;
    oc_cert_t *cert = NULL;
    desired_names(http, &names);
    if (oc_access_store_read(root, OC_ACCESS_STORE_CERT, pair->cert, OC_CERT_PEM, &stamp) < 0)
        pair->cert[0] = '\0';
    if (oc_access_store_read(root, OC_ACCESS_STORE_KEY, pair->key, OC_CERT_PEM, &stamp) < 0)
        pair->key[0] = '\0';
    int result = oc_cert_read(&cert, pair->cert, pair->key, clock_s(), why, why_size);
    if (result == OC_OK && !oc_cert_due(cert, &names, clock_s())) {
        use_cert(http, cert);
        return OC_OK;
    }
    if (result == OC_OK)
        oc_cert_free(cert);
    result = make_pair(http, &names, pair);
    if (result == OC_OK)
        result = oc_cert_read(&cert, pair->cert, pair->key, 0, why, why_size);
    if (result != OC_OK) {
        snprintf(why, why_size, "cannot make " OC_ACCESS_STORE_CERT ": %s", oc_err_text(result));
        return result;
    }
    char fingerprint[OC_CERT_FINGERPRINT];
    use_cert(http, cert);
    oc_cert_fingerprint(cert, fingerprint);
    oc_log(OC_LOG_INFO, "http", "made a certificate, SHA-256 %s", fingerprint);
    return OC_OK;
}

static int load_cert(oc_http_t *http, char *why, size_t why_size) {
    pair_t *pair = calloc(1, sizeof(*pair));
    if (!pair) {
        snprintf(why, why_size, "no memory");
        return OC_ERR_NOMEM;
    }
    int result = has_own_files(http) ? load_given(http, why, why_size)
                                     : load_made(http, pair, why, why_size);
    free_pair(pair);
    return result;
}

/* ---- users and keys ---- */

#define LINKS_ENDED "watch links have ended: password or right of those who made them was changed"

static void keep_links(oc_http_t *http) {
    int result = oc_access_store_keep_links(http->config.data_root, &http->access.links);
    if (result != OC_OK)
        oc_log(OC_LOG_ERROR, "http", OC_ACCESS_STORE_LINKS ": %s", oc_err_text(result));
}

static int load_users(oc_http_t *http, char *why, size_t why_size) {
    oc_access_users_t users;
    http->users_stamp = oc_access_store_stamp(http->config.data_root, OC_ACCESS_STORE_USERS);
    int result = oc_access_store_users(http->config.data_root, &users, why, why_size);
    if (result == OC_OK && oc_access_set_users(&http->access, &users)) {
        oc_log(OC_LOG_INFO, "http", LINKS_ENDED);
        keep_links(http); /* they would be void at the next start anyway */
    }
    oc_crypto_wipe(&users, sizeof(users));
    return result;
}

/* Links without names, of earlier versions, were derived from a key: they could not be listed or
 * ended. */
static void load_links(oc_http_t *http) {
    int root = http->config.data_root;
    int result = oc_access_store_links(root, &http->access.users, &http->access.links);
    if (result == OC_ERR_STALE) {
        oc_log(OC_LOG_INFO, "http", LINKS_ENDED);
        keep_links(http);
    } else if (result != OC_OK) {
        oc_log(OC_LOG_WARN, "http", OC_ACCESS_STORE_LINKS ": %s: watch links are disabled",
               oc_err_text(result));
    }
    (void)oc_access_store_remove(root, "access/link.key");
}

static void load_device_key(oc_http_t *http) {
    int result = oc_access_store_key(http->config.data_root, OC_ACCESS_STORE_DEVICE, 0,
                                     http->access.device_key);
    if (result != OC_OK) {
        oc_log(OC_LOG_WARN, "http",
               OC_ACCESS_STORE_DEVICE ": %s; device cookies end with the process",
               oc_err_text(result));
        oc_random(http->access.device_key, OC_CRYPTO_HASH);
    }
}

static void on_checked(void *context, oc_login_job_t *job) {
    oc_http_t *http = context;
    if (oc_queue_push(&http->checked, &job) != OC_OK)
        oc_login_job_free(job);
    oc_http_wake(http);
}

/* OC_OK: the data directory is where it was | OC_AGAIN another one is at its place since the last
 * look | OC_ERR_NOENT it was deleted. */
static int look_at_place(oc_http_t *http) {
    struct stat now;
    if (fstat(http->config.data_root, &now) != 0 || now.st_nlink == 0)
        return OC_ERR_NOENT;
    bool moved =
        http->data_inode && (now.st_ino != http->data_inode || now.st_dev != http->data_device);
    http->data_inode = now.st_ino;
    http->data_device = now.st_dev;
    return moved ? OC_AGAIN : OC_OK;
}

int oc_http_tls_open(oc_http_t *http, bool closed, char *why, size_t why_size) {
    oc_random(http->access.basic_key, OC_CRYPTO_HASH);
    oc_http_check_lists(&http->config.listen, &http->access.origins, &http->access.proxies);
    (void)look_at_place(http);
    int result = load_users(http, why, why_size);
    if (result == OC_OK || !closed)
        load_links(http);
    if (oc_login_thread_start(&http->login, on_checked, http) != OC_OK) {
        snprintf(why, why_size, "no memory");
        return OC_ERR_NOMEM;
    }
    if (!closed)
        return OC_OK;
    load_device_key(http);
    if (result == OC_OK && http->access.users.count == 0)
        oc_claim_make(http->claim);
    return result == OC_OK ? load_cert(http, why, why_size) : result;
}

const oc_cert_t *oc_http_tls_cert(oc_http_t *http) {
    char why[512];
    if (!http->cert && load_cert(http, why, sizeof(why)) != OC_OK)
        oc_log(OC_LOG_WARN, "http", "%s", why);
    return http->cert;
}

void oc_http_tls_reload(oc_http_t *http) {
    char why[256];
    if (load_users(http, why, sizeof(why)) != OC_OK)
        oc_log(OC_LOG_ERROR, "http", "%s; the previous users stay valid", why);
    if (http->access.users.count > 0)
        oc_crypto_wipe(http->claim, sizeof(http->claim));
    oc_http_access_viewers(http);
}

void oc_http_tls_close(oc_http_t *http) {
    oc_login_thread_stop(http->login);
    http->login = NULL;
    oc_cert_free(http->cert);
    http->cert = NULL;
}

/* ---- what changes while it runs ---- */

static bool changed(oc_access_stamp_t *stamp, int root, const char *path) {
    oc_access_stamp_t now = oc_access_store_stamp(root, path);
    bool differs = memcmp(&now, stamp, sizeof(now)) != 0;
    *stamp = now;
    return differs;
}

/* The certificate that we have made. */
static int keep_pair(const oc_http_t *http) {
    int root = http->config.data_root;
    char cert[OC_CERT_MADE], key[OC_CERT_MADE];
    int result = oc_cert_write(http->cert, cert, key);
    if (result == OC_OK)
        result = oc_access_store_write(root, OC_ACCESS_STORE_KEY, key, strlen(key));
    if (result == OC_OK)
        result = oc_access_store_write(root, OC_ACCESS_STORE_CERT, cert, strlen(cert));
    oc_crypto_wipe(key, sizeof(key));
    return result;
}

/* An empty folder has taken the place of the data directory: what is in force is stored there.
 * Without it nobody could log in any more, and after a restart each browser would be asked about
 * another certificate. */
static void keep_access(oc_http_t *http) {
    int root = http->config.data_root;
    http->users_gone = false;
    int result = oc_access_store_keep_users(root, &http->access.users);
    keep_links(http);
    if (result == OC_OK && http->login)
        result = oc_access_store_write(root, OC_ACCESS_STORE_DEVICE, http->access.device_key,
                                       OC_CRYPTO_HASH);
    if (result == OC_OK && http->cert && !has_own_files(http))
        result = keep_pair(http);
    if (result == OC_OK)
        oc_log(OC_LOG_INFO, "http", "the data directory was replaced: the users are stored again");
    else
        oc_log(OC_LOG_ERROR, "http", "cannot store the users again: %s", oc_err_text(result));
    http->users_stamp = oc_access_store_stamp(root, OC_ACCESS_STORE_USERS);
}

static void look_at_users(oc_http_t *http) {
    char why[256];
    int place = look_at_place(http);
    if (place < 0)
        return; /* nothing is there that could say otherwise */
    if (!changed(&http->users_stamp, http->config.data_root, OC_ACCESS_STORE_USERS))
        return;
    bool none = http->users_stamp.inode == 0;
    if (none && place == OC_AGAIN && http->access.users.count > 0) {
        keep_access(http);
        return;
    }
    if (none && !http->users_gone) { /* the folder may be about to go as well: at the next look */
        http->users_gone = true;
        http->users_stamp.size = UINT64_MAX;
        return;
    }
    http->users_gone = false;
    if (load_users(http, why, sizeof(why)) == OC_OK) {
        oc_log(OC_LOG_INFO, "http", "reloaded the users: %u", http->access.users.count);
        if (http->access.users.count > 0)
            oc_crypto_wipe(http->claim, sizeof(http->claim));
    } else
        oc_log(OC_LOG_ERROR, "http", "%s; the previous users stay valid", why);
}

static void look_at_cert(oc_http_t *http) {
    const oc_listen_config_t *listen = &http->config.listen;
    oc_access_names_t names;
    char why[512];
    if (has_own_files(http)) {
        bool cert = changed(&http->cert_stamp, AT_FDCWD, listen->tls_cert);
        bool key = changed(&http->key_stamp, AT_FDCWD, listen->tls_key);
        if (!cert && !key)
            return;
    } else {
        if (++http->watches % NAMES_EACH != 0)
            return;
        desired_names(http, &names);
        if (!oc_cert_due(http->cert, &names, clock_s()))
            return;
    }
    if (load_cert(http, why, sizeof(why)) == OC_OK)
        oc_log(OC_LOG_INFO, "http", "new connections get the new certificate");
    else
        oc_log(OC_LOG_ERROR, "http", "%s; the previous certificate stays in use", why);
}

static void on_watch(lws_sorted_usec_list_t *timer) {
    oc_http_t *http = lws_container_of(timer, oc_http_t, watch);
    for (unsigned i = 0; i < http->ticket_count; i++)
        oc_tls_tickets_turn(http->tickets[i].context, &http->tickets[i].due_us, oc_posix_now_us());
    look_at_users(http);
    if (http->cert)
        look_at_cert(http);
    oc_http_access_viewers(http);
    oc_http_tls_watch(http);
}

void oc_http_tls_watch(oc_http_t *http) {
    lws_sul_schedule(http->context, 0, &http->watch, on_watch, WATCH_US);
}

/* ---- handshakes ---- */

static int on_certificate(SSL *ssl, void *context) {
    const oc_http_t *http = context;
    return http->cert && oc_cert_use(http->cert, ssl) ? 1 : 0;
}

/* Counts what a peer sends, by the heads of records (5 bytes each): libwebsockets 4.1 accepts
 * header blocks of HTTP/2 that never end and reports no frames without a request. */
static void on_record(int sent, int version, int type, const void *head, size_t len, SSL *ssl,
                      void *context) {
    oc_http_t *http = context;
    const uint8_t *bytes = head;
    if (sent || type != SSL3_RT_HEADER || len != SSL3_RT_HEADER_LENGTH ||
        bytes[0] != SSL3_RT_APPLICATION_DATA)
        return;
    int fd = SSL_get_fd(ssl);
    for (unsigned i = 0; i < OC_HTTP_PLACES; i++) {
        oc_http_peer_t *row = &http->peers[i];
        if (!row->used || row->fd != fd ||
            !oc_http_places_received(row, (uint32_t)(bytes[3] << 8 | bytes[4])))
            continue;
        shutdown(fd, SHUT_RD); /* the backlog is not read any more */
        row->leaving = true;
        lws_set_timeout(row->connection, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
    }
}

/* A handshake that failed: of a client that speaks HTTP in clear, which no alert tells anything. */
static void on_state(const SSL *ssl, int where, int result) {
    unsigned long error = ERR_peek_last_error();
    if (where == SSL_CB_ACCEPT_EXIT && result < 0 && ERR_GET_LIB(error) == ERR_LIB_SSL &&
        ERR_GET_REASON(error) == SSL_R_HTTP_REQUEST)
        oc_http_clear_answer(SSL_get_fd(ssl));
}

int oc_http_tls_setup(oc_http_t *http, void *ssl_ctx) {
    SSL_CTX *context = ssl_ctx;
    if (http->ticket_count < OC_HTTP_LISTENERS)
        http->tickets[http->ticket_count++].context = context;
    SSL_CTX_set_msg_callback(context, on_record);
    SSL_CTX_set_msg_callback_arg(context, http);
    SSL_CTX_set_cert_cb(context, on_certificate, http);
    SSL_CTX_set_info_callback(context, on_state);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS); /* 34 KB less for each idle connection */
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); /* tickets need no memory */
    return oc_tls_frames_open() == OC_OK &&
                   SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
                   SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1
               ? 0
               : 1;
}
