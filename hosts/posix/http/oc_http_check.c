#define _GNU_SOURCE
#include "oc_http_check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_http_rule.h"
#include "oc_posix.h"

static int refuse(oc_http_refusal_t *refusal, int code, const char *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static int refuse(oc_http_refusal_t *refusal, int code, const char *at, const char *format, ...) {
    va_list values;
    refusal->at = at;
    va_start(values, format);
    vsnprintf(refusal->why, sizeof(refusal->why), format, values);
    va_end(values);
    return code;
}

const char *oc_http_check_numeric(const char *address) {
    return strcasecmp(address, "localhost") == 0 ? "127.0.0.1" : address;
}

bool oc_http_check_is_closed(const oc_listen_config_t *listen, const char *address) {
    return listen->always || !oc_http_rule_loopback(address);
}

const char oc_http_check_untrusted[] =
    "request came through an unknown proxy: add its address to http.trustedProxies";

void oc_http_check_lists(const oc_listen_config_t *listen, oc_access_names_t *origins,
                         oc_access_names_t *proxies) {
    (void)oc_access_names_add_lines(origins, listen->cors_origins);
    (void)oc_access_names_add_lines(proxies, listen->trusted_proxies);
}

int oc_http_check_addresses(const oc_listen_config_t *listen, unsigned maximum,
                            oc_access_names_t *addresses, bool *closed,
                            oc_http_refusal_t *refusal) {
    memset(addresses, 0, sizeof(*addresses));
    *closed = listen->trusted_proxies[0] != '\0'; /* who comes through one logs in */
    if (!oc_access_names_add_lines(addresses, listen->addresses) || addresses->count < 1 ||
        addresses->count > maximum)
        return refuse(refusal, OC_ERR_RANGE, "listen", "1 to %u addresses are allowed", maximum);
    for (unsigned i = 0; i < addresses->count; i++)
        *closed |= oc_http_check_is_closed(listen, addresses->rows[i]);
    return OC_OK;
}

int oc_http_check_password(const oc_listen_config_t *listen, const oc_access_users_t *users,
                           const char *path, oc_http_refusal_t *refusal) {
    if (users->count > 0)
        return OC_OK;
    bool requested = listen->always || listen->trusted_proxies[0];
    const char *at = listen->always               ? "http.login"
                     : listen->trusted_proxies[0] ? "http.trustedProxies"
                                                  : "listen";
    return refuse(refusal, OC_ERR_STATE, at,
                  "no password is set, and %s: set one in the page (Access), or run "
                  "\"ocellus password --data %.200s\"; then try again",
                  requested ? "login is required (http.login, http.trustedProxies)"
                            : "other machines can reach that address",
                  path ? path : "DIR");
}

/* One of the two files, to `out` of OC_CERT_PEM bytes. */
static int read_given(const char *at, const char *option, const char *path, char *out,
                      oc_access_stamp_t *stamp, oc_http_refusal_t *refusal) {
    int result = oc_access_store_read(AT_FDCWD, path, out, OC_CERT_PEM, stamp);
    if (result >= 0)
        return OC_OK;
    return refuse(refusal, result, at, "%s %.200s: %s", option, path,
                  result == OC_ERR_INVAL ? "not a regular file" : oc_err_text(result));
}

int oc_http_check_pair(const oc_listen_config_t *listen, int64_t now_s,
                       oc_access_stamp_t *cert_stamp, oc_access_stamp_t *key_stamp,
                       oc_cert_t **cert, oc_http_refusal_t *refusal) {
    char reason[96];
    char *texts = calloc(2, OC_CERT_PEM), *key = texts + OC_CERT_PEM;
    *cert = NULL;
    if (!texts)
        return refuse(refusal, OC_ERR_NOMEM, "http.tlsCert", "no memory");
    int result =
        read_given("http.tlsCert", "--tls-cert", listen->tls_cert, texts, cert_stamp, refusal);
    if (result == OC_OK)
        result = read_given("http.tlsKey", "--tls-key", listen->tls_key, key, key_stamp, refusal);
    if (result == OC_OK &&
        (result = oc_cert_read(cert, texts, key, now_s, reason, sizeof(reason))) != OC_OK)
        refuse(refusal, result, "http.tlsCert", "--tls-cert %.100s, --tls-key %.100s: %s",
               listen->tls_cert, listen->tls_key, reason);
    oc_crypto_wipe(texts, (size_t)2 * OC_CERT_PEM);
    free(texts);
    return result;
}

int oc_http_check_bind(const char *address, uint16_t port, oc_http_refusal_t *refusal) {
    bool six = strchr(address, ':') != NULL;
    struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(six ? AF_INET6 : AF_INET, oc_http_check_numeric(address),
                  six ? (void *)&to6.sin6_addr : (void *)&to4.sin_addr) != 1)
        return refuse(refusal, OC_ERR_BUSY, "listen", "not an address");
    int fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (six)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
    bool bound = fd >= 0 && (six ? bind(fd, (struct sockaddr *)&to6, sizeof(to6))
                                 : bind(fd, (struct sockaddr *)&to4, sizeof(to4))) == 0;
    bool failed = !bound || listen(fd, 1) != 0;
    int number = errno;
    if (fd >= 0)
        close(fd);
    if (!failed)
        return OC_OK;
    bool port_s = number == EADDRINUSE || number == EACCES;
    return refuse(refusal, OC_ERR_BUSY, port_s ? "port" : "listen", "%s", strerrordesc_np(number));
}

/* ---- a start to come ---- */

static bool is_any(const char *address) {
    return strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
}

/* Whether this process holds the port there now, or a part of it. */
static bool holds(const oc_listen_config_t *running, const char *address) {
    oc_access_names_t own = {0};
    if (!running || !oc_access_names_add_lines(&own, running->addresses))
        return false;
    for (unsigned i = 0; i < own.count; i++) {
        if (is_any(address) || is_any(own.rows[i]) ||
            strcmp(oc_http_check_numeric(own.rows[i]), oc_http_check_numeric(address)) == 0)
            return true;
    }
    return false;
}

static int check_binds(const oc_listen_config_t *listen, const oc_access_names_t *addresses,
                       const oc_listen_config_t *running, unsigned running_port,
                       oc_http_refusal_t *refusal) {
    for (unsigned i = 0; i < addresses->count; i++) {
        const char *address = addresses->rows[i];
        bool own = listen->port == running_port && holds(running, address);
        int result = oc_http_check_bind(address, own ? 0 : (uint16_t)listen->port, refusal);
        if (result == OC_OK)
            continue;
        char why[OC_HTTP_CHECK_WHY];
        snprintf(why, sizeof(why), "%s", refusal->why);
        return refuse(refusal, result, refusal->at, "cannot listen on %.60s, port %u: %.200s",
                      address, listen->port, why);
    }
    return OC_OK;
}

static int check_users(const oc_listen_config_t *listen, int root, const char *path,
                       oc_http_refusal_t *refusal) {
    oc_access_users_t users;
    char why[256] = "";
    int result = oc_access_store_users(root, &users, why, sizeof(why));
    if (result != OC_OK)
        return refuse(refusal, result, "listen", "%s", why);
    result = oc_http_check_password(listen, &users, path, refusal);
    oc_crypto_wipe(&users, sizeof(users));
    return result;
}

int oc_http_check(const oc_listen_config_t *listen, int root, const char *path,
                  const oc_listen_config_t *running, unsigned running_port,
                  oc_http_refusal_t *refusal) {
    oc_access_names_t addresses;
    oc_access_stamp_t unused;
    oc_cert_t *cert = NULL;
    oc_clock_t clock;
    bool closed;
    int result = oc_http_check_addresses(listen, OC_HTTP_LISTENERS, &addresses, &closed, refusal);
    if (result == OC_OK && closed)
        result = check_users(listen, root, path, refusal);
    if (result == OC_OK && (listen->tls_cert[0] || listen->tls_key[0])) {
        oc_posix_clock(&clock);
        int64_t now_s = clock.quality == OC_CLOCK_NONE
                            ? 0
                            : oc_clock_wall_us(&clock, oc_posix_now_us()) / 1000000;
        result = oc_http_check_pair(listen, now_s, &unused, &unused, &cert, refusal);
        oc_cert_free(cert);
    }
    if (result == OC_OK)
        result = check_binds(listen, &addresses, running, running_port, refusal);
    return result;
}
