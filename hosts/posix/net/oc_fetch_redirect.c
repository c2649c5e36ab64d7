#include "oc_fetch_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Where an address leads, as far as trust goes. */
typedef struct {
    char *scheme, *host, *port;
} origin_t;

static bool read_origin(const oc_curl_t *curl, CURLU *url, origin_t *out) {
    return curl->url_get(url, CURLUPART_SCHEME, &out->scheme, 0) == CURLUE_OK &&
           curl->url_get(url, CURLUPART_HOST, &out->host, 0) == CURLUE_OK &&
           curl->url_get(url, CURLUPART_PORT, &out->port, CURLU_DEFAULT_PORT) == CURLUE_OK;
}

static void free_origin(origin_t *origin) {
    free(origin->scheme); /* curl_free is free where nobody gave libcurl another one */
    free(origin->host);
    free(origin->port);
}

/* Another port is another device behind one address. */
static bool same_origin(const origin_t *a, const origin_t *b) {
    return strcasecmp(a->scheme, b->scheme) == 0 && strcasecmp(a->host, b->host) == 0 &&
           strcmp(a->port, b->port) == 0;
}

/* Takes lines of these names out of "Name: value\n". */
static void drop_headers(char *headers, const char *const *names) {
    char *out = headers;
    for (char *line = headers, *end; *line; line = end) {
        end = line + strcspn(line, "\n");
        end += *end == '\n';
        bool drop = false;
        for (const char *const *name = names; *name && !drop; name++)
            drop = strncasecmp(line, *name, strlen(*name)) == 0 && line[strlen(*name)] == ':';
        if (drop)
            continue;
        memmove(out, line, (size_t)(end - line));
        out += end - line;
    }
    *out = 0;
}

static void leave_origin(oc_fetch_exchange_t *exchange) {
    static const char *const secret[] = {"authorization", "cookie", "host", "proxy-authorization",
                                         NULL};
    drop_headers(exchange->headers, secret);
}

static void become_get(oc_fetch_exchange_t *exchange) {
    static const char *const of_body[] = {"content-type", "content-encoding", "content-language",
                                          "content-range", NULL};
    snprintf(exchange->method, strlen(exchange->method) + 1, "GET"); /* POST and longer ones */
    drop_headers(exchange->headers, of_body);
    exchange->upload = OC_FETCH_NOTHING;
    exchange->write_ended = true;
    oc_body_drop(&exchange->body);
}

/* The method and the body after a redirect, RFC 9110 section 15.4. false: it cannot be sent again.
 */
static bool change_request(oc_fetch_exchange_t *exchange) {
    int status = exchange->status;
    bool post = strcmp(exchange->method, "POST") == 0, head = strcmp(exchange->method, "HEAD") == 0;
    if ((status == 303 && !head && strlen(exchange->method) >= 3) ||
        ((status == 301 || status == 302) && post)) {
        become_get(exchange);
        return true;
    }
    bool streamed = exchange->upload == OC_FETCH_LENGTH || exchange->upload == OC_FETCH_CHUNKED;
    if (streamed && exchange->written > 0) {
        oc_fetch_fail(
            exchange, OC_FETCH_REDIRECT,
            "it is redirected, and a body that was written cannot be sent again; use a Body");
        return false;
    }
    return true;
}

static bool change_address(oc_fetch_exchange_t *exchange, CURLU *url, const origin_t *from,
                           const origin_t *to) {
    const oc_curl_t *curl = exchange->http->curl;
    char *text = NULL;
    if (strcmp(to->scheme, "http") != 0 && strcmp(to->scheme, "https") != 0) {
        oc_fetch_fail(exchange, OC_FETCH_REDIRECT,
                      "it is redirected to something that is not HTTP");
        return false;
    }
    if (strcmp(from->scheme, "https") == 0 && strcmp(to->scheme, "https") != 0) {
        oc_fetch_fail(exchange, OC_FETCH_REDIRECT,
                      "it is redirected from https to http, which is refused");
        return false;
    }
    curl->url_set(url, CURLUPART_USER, NULL, 0);
    curl->url_set(url, CURLUPART_PASSWORD, NULL, 0);
    curl->url_set(url, CURLUPART_FRAGMENT, NULL, 0);
    if (curl->url_get(url, CURLUPART_URL, &text, 0) != CURLUE_OK ||
        strlen(text) > OC_FETCH_REQUEST_MAX) {
        free(text);
        oc_fetch_fail(exchange, OC_FETCH_REDIRECT,
                      "it is redirected to an address that is too long");
        return false;
    }
    if (!same_origin(from, to))
        leave_origin(exchange);
    free(exchange->url);
    exchange->url = text;
    return true;
}

bool oc_fetch_redirect(oc_fetch_exchange_t *exchange) {
    const oc_curl_t *curl = exchange->http->curl;
    struct curl_header *target = NULL;
    if (++exchange->redirected > exchange->redirects) {
        oc_fetch_fail(exchange, OC_FETCH_REDIRECT,
                      "it is redirected too often, perhaps in a circle");
        return false;
    }
    curl->easy_header(exchange->easy, "Location", 0, CURLH_HEADER, -1, &target);
    CURLU *old = curl->url(), *next = curl->url();
    origin_t from = {0}, to = {0};
    bool readable =
        target && old && next && curl->url_set(old, CURLUPART_URL, exchange->url, 0) == CURLUE_OK &&
        curl->url_set(next, CURLUPART_URL, exchange->url, 0) == CURLUE_OK &&
        curl->url_set(next, CURLUPART_URL, target->value, CURLU_URLENCODE) == CURLUE_OK &&
        read_origin(curl, old, &from) && read_origin(curl, next, &to);
    if (!readable)
        oc_fetch_fail(exchange, OC_FETCH_REDIRECT,
                      "it is redirected to an address that cannot be read");
    bool done = readable && change_request(exchange) && change_address(exchange, next, &from, &to);
    free_origin(&from);
    free_origin(&to);
    curl->url_cleanup(old);
    curl->url_cleanup(next);
    return done;
}
