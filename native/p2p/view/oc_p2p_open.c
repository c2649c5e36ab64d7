#include "oc_p2p_open.h"

#include <string.h>

#include "oc_crypto.h"
#include "oc_err.h"

#define STUN_PORT 3478 /* RFC 8489 section 18.6, of TURN too: RFC 8656 section 15 */
#define TLS_PORT  5349

/* Takes the prefix away. */
static bool take(oc_span_t *text, const char *prefix) {
    size_t len = strlen(prefix);
    if (text->len < len || memcmp(text->data, prefix, len) != 0)
        return false;
    *text = oc_span(text->data + len, text->len - len);
    return true;
}

/* What stands before the first of `stop`; `rest` begins with it. */
static oc_span_t until(oc_span_t text, char stop, oc_span_t *rest) {
    const uint8_t *at = text.len ? memchr(text.data, stop, text.len) : NULL;
    size_t len = at ? (size_t)(at - text.data) : text.len;
    *rest = oc_span(text.data + len, text.len - len);
    return oc_span(text.data, len);
}

static bool copy(char *out, size_t size, oc_span_t text) {
    if (text.len == 0 || text.len >= size || memchr(text.data, '\0', text.len))
        return false;
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    return true;
}

/* `HOST[:PORT]`, `[IPv6][:PORT]`. */
static bool read_place(oc_p2p_server_t *server, oc_span_t text) {
    oc_span_t rest;
    uint32_t port = 0;
    bool brackets = take(&text, "[");
    oc_span_t host = until(text, brackets ? ']' : ':', &rest);
    if ((brackets && !take(&rest, "]")) || !copy(server->host, sizeof server->host, host))
        return false;
    if (rest.len == 0)
        return true;
    if (!take(&rest, ":") || rest.len == 0 || rest.len > 5)
        return false;
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.data[i] < '0' || rest.data[i] > '9')
            return false;
        port = port * 10 + (uint32_t)(rest.data[i] - '0');
    }
    server->port = (uint16_t)port;
    return port > 0 && port <= UINT16_MAX;
}

/* One line. */
static bool read_server(oc_p2p_server_t *server, oc_span_t line) {
    oc_span_t rest, secrets;
    oc_span_t url = until(line, ' ', &secrets);
    bool tls = take(&url, "turns:");
    server->turn = tls || take(&url, "turn:");
    if (!server->turn && !take(&url, "stun:"))
        return false;
    oc_span_t place = until(url, '?', &rest);
    server->port = tls ? TLS_PORT : STUN_PORT;
    server->transport = tls ? OC_TURN_TLS : OC_TURN_UDP;
    if (rest.len > 0) {
        bool tcp = take(&rest, "?transport=tcp");
        if (!server->turn || (!tcp && !take(&rest, "?transport=udp")) || rest.len > 0)
            return false;
        if (tcp && !tls)
            server->transport = OC_TURN_TCP;
        if (!tcp && tls)
            return false; /* TURN over DTLS is not spoken */
    }
    if (!read_place(server, place))
        return false;
    if (!server->turn)
        return secrets.len == 0;
    return take(&secrets, " ") &&
           copy(server->user, sizeof server->user, until(secrets, ' ', &rest)) &&
           take(&rest, " ") && copy(server->password, sizeof server->password, rest);
}

static int read_servers(const char *text, oc_p2p_open_t *out, const char **why) {
    oc_span_t left = oc_span(text, strlen(text));
    *why = "servers: at most four, each `stun:HOST` or `turn:HOST USER PASSWORD` on a line";
    while (left.len > 0) {
        oc_span_t line = until(left, '\n', &left);
        (void)take(&left, "\n");
        if (out->servers == OC_GATHER_SERVERS)
            return OC_ERR_RANGE;
        if (!read_server(&out->server[out->servers++], line))
            return OC_ERR_INVAL;
    }
    return OC_OK;
}

static int read(const oc_p2p_config_t *config, oc_p2p_open_t *out, const char **why) {
    *why = "a port is a whole number from 0 to 65535";
    if (config->port > UINT16_MAX)
        return OC_ERR_RANGE;
    *why = "more sessions than this host can hold";
    if (config->sessions > OC_SESSIONS_MAX)
        return OC_ERR_RANGE;
    *why = "keep-alive: an interval from 0 to 255 s, 0 to 10 attempts";
    if (config->keep_alive_s > 255 || config->keep_alive_attempts > 10)
        return OC_ERR_RANGE;
    *why = "neither IPv4 nor IPv6 is enabled";
    if (!config->ipv4 && !config->ipv6)
        return OC_ERR_INVAL;
    out->port = (uint16_t)config->port;
    out->ipv4 = config->ipv4;
    out->ipv6 = config->ipv6;
    out->loopback = config->loopback;
    out->relay_only = config->relay_only;
    out->sessions = config->sessions;
    out->keep_alive_s = config->keep_alive_s;
    out->keep_alive_attempts = config->keep_alive_attempts;
    if (out->sessions == 0)
        out->sessions = OC_SESSIONS_MAX;
    memcpy(out->ca, config->ca, sizeof out->ca);
    return read_servers(config->servers, out, why);
}

int oc_p2p_open_read(oc_span_t parcel, oc_p2p_open_t *out, const char **why) {
    oc_p2p_config_t config;
    memset(out, 0, sizeof *out);
    *why = "malformed request";
    if (oc_p2p_config_read(parcel, &config) != OC_OK)
        return OC_ERR_INVAL;
    int result = read(&config, out, why);
    oc_crypto_wipe(&config, sizeof config);
    if (result != OC_OK)
        oc_p2p_open_wipe(out);
    return result;
}

void oc_p2p_open_wipe(oc_p2p_open_t *open) {
    oc_crypto_wipe(open, sizeof *open);
}
