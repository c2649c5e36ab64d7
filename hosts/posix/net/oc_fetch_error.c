#include "oc_fetch_impl.h"

#include <stdio.h>
#include <string.h>

/* Bytes of the address in a message. */
#define SHOWN_MAX 200

/* "GET https://example.org/a: ": without what may be secret. */
static int begin_text(const oc_fetch_exchange_t *exchange, char *out, size_t size) {
    size_t shown = strcspn(exchange->url, "?#");
    bool cut = shown > SHOWN_MAX;
    return snprintf(out, size, "%.16s %.*s%s: ", exchange->method, (int)(cut ? SHOWN_MAX : shown),
                    exchange->url, cut ? "..." : "");
}

void oc_fetch_fail(oc_fetch_exchange_t *exchange, oc_fetch_code_t code, const char *why) {
    if (exchange->failed)
        return;
    exchange->failed = true;
    exchange->error.code = code;
    int used = begin_text(exchange, exchange->error.text, sizeof exchange->error.text);
    snprintf(exchange->error.text + used, sizeof exchange->error.text - (size_t)used, "%s", why);
    for (char *at = exchange->error.text; *at; at++) /* one line, and a string of every engine */
        if ((unsigned char)*at < ' ' || (unsigned char)*at > '~')
            *at = ' ';
    oc_fetch_report_soon(exchange->http);
}

/* What went wrong in plain words; NULL: what libcurl wrote is better. */
static const struct {
    CURLcode curl;
    oc_fetch_code_t code;
    const char *text;
} meanings[] = {
    {CURLE_COULDNT_RESOLVE_HOST, OC_FETCH_RESOLVE, "the host's name has no address"},
    {CURLE_COULDNT_RESOLVE_PROXY, OC_FETCH_PROXY, "the proxy's name has no address"},
    {CURLE_COULDNT_CONNECT, OC_FETCH_CONNECT, "no connection: nobody answers there"},
    {CURLE_OPERATION_TIMEDOUT, OC_FETCH_TIMEOUT, "no connection in time"},
    {CURLE_SSL_CONNECT_ERROR, OC_FETCH_TLS, NULL},
    {CURLE_PEER_FAILED_VERIFICATION, OC_FETCH_TLS, NULL},
    {CURLE_SSL_CERTPROBLEM, OC_FETCH_TLS, NULL},
    {CURLE_SSL_CIPHER, OC_FETCH_TLS, NULL},
    {CURLE_SSL_CACERT_BADFILE, OC_FETCH_TLS,
     "the certificates of ca cannot be read; they must be PEM"},
    {CURLE_SSL_ISSUER_ERROR, OC_FETCH_TLS, NULL},
    {CURLE_SSL_INVALIDCERTSTATUS, OC_FETCH_TLS, NULL},
    {CURLE_SEND_ERROR, OC_FETCH_RESET, "the connection was lost while the request was sent"},
    {CURLE_SEND_FAIL_REWIND, OC_FETCH_RESET,
     "the connection was lost, and a body that was written cannot be sent again"},
    {CURLE_RECV_ERROR, OC_FETCH_RESET, "the connection was lost"},
    {CURLE_GOT_NOTHING, OC_FETCH_RESET, "the server closed the connection without an answer"},
    {CURLE_PARTIAL_FILE, OC_FETCH_RESET, "the reply ended too early"},
    {CURLE_PROXY, OC_FETCH_PROXY, "the proxy does not take the request"},
    {CURLE_OUT_OF_MEMORY, OC_FETCH_TOO_BIG, "the reply's headers are too long, or memory is short"},
    {CURLE_URL_MALFORMAT, OC_FETCH_PROTOCOL, "this is no address of http or https"},
    {CURLE_HTTP2, OC_FETCH_PROTOCOL, "the server breaks the rules of HTTP/2"},
    {CURLE_HTTP2_STREAM, OC_FETCH_RESET, "the server gave the request up"},
};

static void fail_tls(oc_fetch_exchange_t *exchange) {
    char text[CURL_ERROR_SIZE + 64];
    snprintf(text, sizeof text, "TLS failed: %s",
             exchange->error_text[0] ? exchange->error_text : "no reason was given");
    oc_fetch_fail(exchange, OC_FETCH_TLS, text);
}

void oc_fetch_fail_curl(oc_fetch_exchange_t *exchange, CURLcode code) {
    long connect_status = 0;
    exchange->http->curl->easy_getinfo(exchange->easy, CURLINFO_HTTP_CONNECTCODE, &connect_status);
    if (exchange->proxy[0] && (connect_status >= 300 || code == CURLE_COULDNT_CONNECT)) {
        oc_fetch_fail(exchange, OC_FETCH_PROXY, "the proxy does not take the request");
        return;
    }
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (meanings[i].curl != code)
            continue;
        if (meanings[i].text)
            oc_fetch_fail(exchange, meanings[i].code, meanings[i].text);
        else
            fail_tls(exchange);
        return;
    }
    oc_fetch_fail(exchange, OC_FETCH_PROTOCOL, "the server breaks the rules of HTTP");
}
