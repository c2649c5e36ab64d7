#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "oc_http_access.h"
#include "oc_http_check.h"
#include "oc_local_names.h"

static bool is_closed(const oc_http_t *http, const char *address) {
    return oc_http_check_is_closed(&http->config.listen, address);
}

static int make_context(oc_http_t *http, bool closed) {
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .options =
            LWS_SERVER_OPTION_EXPLICIT_VHOSTS | (closed ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
        .user = http,
        .timeout_secs = OC_HTTP_IDLE_S,
        .max_http_header_data = OC_HTTP_HEADERS_MAX,
        .max_http_header_pool = OC_HTTP_PLACES,
        .fd_limit_per_thread = OC_HTTP_PLACES + 16 + OC_HTTP_LISTENERS + 1,
        .pt_serv_buf_size = OC_HTTP_FRAME + 1024, /* a frame is written whole */
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
    };
    http->context = lws_create_context(&info);
    return http->context ? OC_OK : OC_ERR_NOMEM;
}

/* WebSocket in a stream of HTTP/2 is on in the library and cannot be switched off. It asks our
 * callback only after memory was taken that is lost when we refuse; a password that nobody has
 * refuses before. */
static const struct lws_protocol_vhost_options nobody = {NULL, NULL, "basic-auth", "/dev/null"};
static const struct lws_protocol_vhost_options no_socket = {NULL, &nobody, OC_HTTP_PROTOCOL, ""};

/* Of every answer, those of the library itself too. */
const struct lws_protocol_vhost_options oc_http_every_header = {
    NULL, NULL, "x-content-type-options:", "nosniff"};

static int listen_on(oc_http_t *http, const struct lws_protocols *protocols, const char *address) {
    bool six = strchr(address, ':') != NULL, closed = is_closed(http, address);
    char name[16];
    snprintf(name, sizeof(name), "listener %u", http->vhost_count); /* no Host is like this */
    struct lws_context_creation_info info = {
        .iface = oc_http_check_numeric(address),
        .port = http->port,
        .protocols = protocols,
        .pvo = &no_socket,
        .headers = &oc_http_every_header,
        .vhost_name = name,
        .server_string = "ocellus",
        .alpn = closed ? "h2,http/1.1" : NULL,
        .keepalive_timeout = OC_HTTP_IDLE_S,
        .timeout_secs = OC_HTTP_IDLE_S,
        .timeout_secs_ah_idle = OC_HTTP_IDLE_S,
        .options =
            LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND |
            (closed ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX
                    : 0) |
            (six ? LWS_SERVER_OPTION_IPV6_V6ONLY_MODIFY | LWS_SERVER_OPTION_IPV6_V6ONLY_VALUE
                 : LWS_SERVER_OPTION_DISABLE_IPV6),
    };
    struct lws_vhost *vhost = lws_create_vhost(http->context, &info);
    if (!vhost)
        return OC_ERR_BUSY;
    http->vhosts[http->vhost_count].vhost = vhost;
    http->vhosts[http->vhost_count++].closed = closed;
    http->port = (uint16_t)lws_get_vhost_listen_port(vhost);
    return http->port;
}

/* The library does not say why it could not bind: the system does, asked again. */
static void report_problem(const oc_http_t *http, const oc_access_names_t *addresses,
                           const char *address, char *text, size_t size) {
    oc_http_refusal_t refusal = {.why = "not possible"};
    (void)oc_http_check_bind(address, http->port, &refusal);
    snprintf(text, size, "%s%s%.200s", addresses->count > 1 ? address : "",
             addresses->count > 1 ? ": " : "", refusal.why);
}

/* ---- where it is reached ---- */

/* What does not fit into text (size bytes) is omitted. */
static void add_url(oc_http_t *http, char *text, size_t size, const char *address, bool closed) {
    char url[sizeof(http->url)];
    bool six = strchr(address, ':') != NULL;
    size_t len = strlen(text);
    snprintf(url, sizeof(url), "%s://%s%s%s:%u/", closed ? "https" : "http", six ? "[" : "",
             address, six ? "]" : "", http->port);
    if (len + 1 + strlen(url) < size)
        snprintf(text + len, size - len, "\n%s", url);
    if (!http->url[0])
        memcpy(http->url, url, sizeof(url));
}

/* Every address of one kind that a wildcard stands for, those of the network first. */
static void add_wildcard(oc_http_t *http, char *text, size_t size, bool six) {
    oc_access_names_t names = {0};
    struct in6_addr unused;
    oc_local_names(&names);
    for (unsigned i = 0; i < names.count; i++) {
        if (inet_pton(six ? AF_INET6 : AF_INET, names.rows[i], &unused) == 1 &&
            !oc_http_rule_loopback(names.rows[i]))
            add_url(http, text, size, names.rows[i], true);
    }
    add_url(http, text, size, six ? "::1" : "127.0.0.1", true);
}

/* The fingerprint of the certificate or "", and each URL behind a line feed. */
static void write_urls(oc_http_t *http, const oc_access_names_t *addresses, char *text,
                       size_t size) {
    char fingerprint[OC_CERT_FINGERPRINT] = "";
    if (http->cert)
        oc_cert_fingerprint(http->cert, fingerprint);
    snprintf(text, size, "%s", fingerprint);
    for (unsigned i = 0; i < addresses->count; i++) {
        const char *address = addresses->rows[i];
        if (strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0)
            add_wildcard(http, text, size, address[0] == ':');
        else
            add_url(http, text, size, address, is_closed(http, address));
    }
}

int oc_http_listen(oc_http_t *http, const struct lws_protocols *protocols, char *text,
                   size_t size) {
    oc_access_names_t addresses;
    oc_http_refusal_t refusal;
    bool closed;
    int result = oc_http_check_addresses(&http->config.listen, OC_HTTP_LISTENERS, &addresses,
                                         &closed, &refusal);
    if (result != OC_OK) {
        snprintf(text, size, "%s", refusal.why);
        return result;
    }
    http->port = (uint16_t)http->config.listen.port;
    result = oc_http_tls_open(http, closed, text, size);
    if (result != OC_OK)
        return result;
    if (make_context(http, closed) != OC_OK) {
        snprintf(text, size, "no memory");
        return OC_ERR_NOMEM;
    }
    for (unsigned i = 0; i < addresses.count; i++) {
        if (listen_on(http, protocols, addresses.rows[i]) < 0) {
            report_problem(http, &addresses, addresses.rows[i], text, size);
            return OC_ERR_BUSY;
        }
    }
    oc_http_control_listen(http, protocols, &no_socket);
    write_urls(http, &addresses, text, size);
    oc_http_tls_watch(http);
    return http->port;
}
