/* What an application sees of a request and says in an answer: headers, and bodies that are
 * references. Of a request neither cookies nor passwords nor what belongs to the connection; with
 * HTTP/2 the library keeps no header that it does not know itself. */
#define _GNU_SOURCE
#include <stdio.h>

#include "oc_http_impl.h"
#include "oc_http_send.h"
#include "oc_reply_head.h"

/* ---- requests ---- */

#define VALUE_MAX 1024 /* bytes with NUL; a longer one is left out */

static const struct {
    const char *name;
    enum lws_token_indexes token;
} known[] = {
    {"accept", WSI_TOKEN_HTTP_ACCEPT},
    {"accept-language", WSI_TOKEN_HTTP_ACCEPT_LANGUAGE},
    {"cache-control", WSI_TOKEN_HTTP_CACHE_CONTROL},
    {"content-encoding", WSI_TOKEN_HTTP_CONTENT_ENCODING},
    {"content-language", WSI_TOKEN_HTTP_CONTENT_LANGUAGE},
    {"content-type", WSI_TOKEN_HTTP_CONTENT_TYPE},
    {"date", WSI_TOKEN_HTTP_DATE},
    {"host", WSI_TOKEN_HOST},
    {"if-match", WSI_TOKEN_HTTP_IF_MATCH},
    {"if-modified-since", WSI_TOKEN_HTTP_IF_MODIFIED_SINCE},
    {"if-none-match", WSI_TOKEN_HTTP_IF_NONE_MATCH},
    {"if-range", WSI_TOKEN_HTTP_IF_RANGE},
    {"if-unmodified-since", WSI_TOKEN_HTTP_IF_UNMODIFIED_SINCE},
    {"origin", WSI_TOKEN_ORIGIN},
    {"range", WSI_TOKEN_HTTP_RANGE},
    {"referer", WSI_TOKEN_HTTP_REFERER},
    {"user-agent", WSI_TOKEN_HTTP_USER_AGENT},
};

/* Of HTTP/1.1 only; with the colon, as the library wants them. */
static const char *const custom[] = {
    "idempotency-key:", "prefer:",      "x-api-key:",        "x-hub-signature-256:",
    "x-request-id:",    "x-signature:", "x-requested-with:", "x-webhook-signature:",
};

/* Adds one to the `used` bytes in `out`, when it is text and fits. Returns the bytes then used. */
static uint32_t add_header(char *out, uint32_t used, const char *name, size_t name_len,
                           const char *value) {
    size_t len = strlen(value), more = name_len + len + 2;
    if (len == 0 || used + more > OC_HTTP_REQUEST_HEAD_MAX)
        return used;
    if (out) {
        out[used] = '\0';
        memcpy(out + used + 1, name, name_len);
        out[used + 1 + name_len] = '\0';
        memcpy(out + used + 2 + name_len, value, len);
    }
    return used + (uint32_t)more;
}

uint32_t oc_http_request_head(oc_http_session_t *session, char *out) {
    char value[VALUE_MAX];
    uint32_t used = 0;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        int len = lws_hdr_total_length(session->wsi, known[i].token);
        if (len > 0 && len < (int)sizeof(value) &&
            lws_hdr_copy(session->wsi, value, sizeof(value), known[i].token) == len)
            used = add_header(out, used, known[i].name, strlen(known[i].name), value);
    }
    for (size_t i = 0; i < sizeof(custom) / sizeof(custom[0]); i++) {
        int name_len = (int)strlen(custom[i]);
        if (lws_hdr_custom_copy(session->wsi, value, sizeof(value), custom[i], name_len) > 0)
            used = add_header(out, used, custom[i], (size_t)name_len - 1, value);
    }
    return used;
}

/* ---- answers ---- */

/* No answer of a route runs as a page of the camera. */
static const char policy[] = "sandbox; default-src 'none'";

/* What of the body is sent: all of it, or the range that was asked for. False: nothing of it. */
static bool choose_range(oc_http_session_t *session, oc_http_head_t *head, char *answer,
                         size_t answer_size) {
    char range[128];
    uint64_t size = session->ref.bytes, first = 0, len = size;
    session->left = size;
    head->ranges = head->status == 200;
    if (!head->ranges || !oc_http_wants_range(session, head->etag, range, sizeof(range)))
        return true;
    int part = oc_http_rule_range(range, size, &first, &len);
    if (part == OC_ERR_RANGE)
        return false;
    session->offset = first;
    session->left = len;
    if (part == OC_OK) {
        snprintf(answer, answer_size, "bytes %llu-%llu/%llu", (unsigned long long)first,
                 (unsigned long long)(first + len - 1), (unsigned long long)size);
        head->status = 206;
        head->range = answer;
    }
    return true;
}

static int send_reference(oc_http_t *http, oc_http_session_t *session, oc_http_head_t *head,
                          oc_body_ref_t ref) {
    char answer[80];
    session->source = OC_HTTP_BODY;
    session->ref = ref;
    session->offset = 0;
    if (!choose_range(session, head, answer, sizeof(answer))) {
        oc_http_send_end(http, session);
        session->offset = ref.bytes; /* for the line of 416 */
        return oc_http_send_status(http, session, 416);
    }
    if (!head->type)
        head->type = ref.body->type[0] ? ref.body->type : "application/octet-stream";
    head->len = session->left;
    return oc_http_send(http, session, head);
}

int oc_http_reply(oc_http_t *http, oc_http_session_t *session, const oc_http_answer_t *got) {
    const char *given = (const char *)got->body;
    uint32_t count = got->head_len;
    oc_http_head_t head = {.status = got->status,
                           .type = oc_reply_head_find(given, count, "content-type"),
                           .etag = oc_reply_head_find(given, count, "etag"),
                           .max_age_s = oc_reply_head_find(given, count, "cache-control") ? -1 : 0,
                           .policy = policy,
                           .given = given,
                           .given_len = count};
    oc_http_send_end(http, session);
    if (got->ref.body) { /* what is in memory are headers */
        int result = send_reference(http, session, &head, got->ref);
        atomic_fetch_sub(&http->config.live->answers.body_bytes, got->len);
        oc_media_thread_release(got->body);
        return result;
    }
    session->memory = got->body;
    session->source = OC_HTTP_MEMORY;
    session->counted = true;
    session->offset = count;
    session->left = got->len - count;
    if (!head.type)
        head.type = got->type;
    head.len = session->left;
    return oc_http_send(http, session, &head);
}
