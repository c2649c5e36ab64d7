#define _GNU_SOURCE
#include "oc_object_call.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "oc_err.h"
#include "oc_xml.h"

#define SLICE_MS 50 /* a pause looks so often whether it has to end */
#define CODE_MAX 65

void oc_object_document(oc_span_t document, const char *path, char *out, size_t size) {
    char *list = NULL;
    size_t len = 0, used = 0;
    if (document.len > 0 && oc_xml_read(document, path, &list, &len) == OC_OK && len > 0) {
        for (const char *text = list + strlen(path) + 1;
             *text != OC_XML_BEHIND && used + 1 < size; text++)
            out[used++] = *text >= ' ' && *text < 0x7F ? *text : ' ';
    }
    out[used] = 0;
    free(list);
}

int oc_object_link_open(oc_object_link_t *link, const oc_object_place_t *place,
                        const oc_object_access_t *access, char *why, size_t size) {
    *link = (oc_object_link_t){.place = place, .access = access};
    return oc_object_http_open(&link->http, access->ca, access->stop, why, size);
}

void oc_object_link_close(oc_object_link_t *link) {
    oc_object_http_close(link->http);
    link->http = NULL;
}

/* Header lines and address of a signed request. */
typedef struct lines {
    char url[OC_OBJECT_URL_MAX + OC_OBJECT_PATH_MAX];
    char payload[OC_SIGV4_HEX + 32], date[64], token[OC_OBJECT_LINE_MAX];
    char authorization[OC_SIGV4_TEXT + 32];
} lines_t;

static int64_t now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

/* Fills in the address and, at a store, the signature. OC_OK | OC_ERR_TOO_BIG. */
static int sign(const oc_object_link_t *link, const oc_object_call_t *call, lines_t *lines,
                oc_object_request_t *request) {
    const oc_object_place_t *place = link->place;
    const char *query = call->query ? call->query : "";
    char hash[OC_SIGV4_HEX] = OC_SIGV4_UNSIGNED; /* over https TLS protects the payload */
    oc_sigv4_signed_t out;
    request->url = place->url;
    if (place->kind != OC_OBJECT_S3)
        return OC_OK;
    if (!place->secure)
        oc_sigv4_hash(call->body, hash);
    oc_sigv4_keys_t keys = oc_object_keys_view(link->access->keys);
    oc_sigv4_request_t unsigned_request = {.method = call->method,
                                           .host = place->host,
                                           .path = place->path,
                                           .query = query,
                                           .payload = hash};
    int rc = oc_sigv4_sign(&unsigned_request, &keys, link->access->region,
                           now_s() + link->ahead_s, &out);
    int len = snprintf(lines->url, sizeof(lines->url), "%s%s%s%s", place->url, place->path,
                       query[0] ? "?" : "", query);
    if (rc != OC_OK || len < 0 || (size_t)len >= sizeof(lines->url))
        return OC_ERR_TOO_BIG;
    snprintf(lines->payload, sizeof(lines->payload), "x-amz-content-sha256: %s", hash);
    snprintf(lines->date, sizeof(lines->date), "x-amz-date: %s", out.stamp);
    snprintf(lines->authorization, sizeof(lines->authorization), "authorization: %s",
             out.authorization);
    request->url = lines->url;
    request->line[request->lines++] = lines->payload;
    request->line[request->lines++] = lines->date;
    request->line[request->lines++] = lines->authorization;
    if (keys.token[0]) {
        snprintf(lines->token, sizeof(lines->token), "x-amz-security-token: %s", keys.token);
        request->line[request->lines++] = lines->token;
    }
    return OC_OK;
}

/* What a refusal means here, and what its owner can do. */
static int meaning(int status, const char **advice) {
    *advice = "";
    switch (status) {
    case 301:
    case 302:
    case 307:
    case 308:
        *advice = "; it is elsewhere: check endpoint, region and path style";
        return OC_ERR_IO;
    case 401:
    case 403:
        *advice = "; check the keys, what they permit, and until when";
        return OC_ERR_READ_ONLY;
    case 404:
        return OC_ERR_NOENT;
    case 412:
        return OC_ERR_STALE;
    case 416:
        return OC_ERR_RANGE;
    default:
        return OC_ERR_IO;
    }
}

static bool is_one_of(const char *code, const char *const *codes) {
    for (; *codes; codes++) {
        if (strcmp(code, *codes) == 0)
            return true;
    }
    return false;
}

/* Whether the same request may pass later. */
static bool passes_later(const oc_object_reply_t *reply, const char *code) {
    static const char *const codes[] = {"RequestTimeout", "SlowDown",         "IncompleteBody",
                                        "Throttling",     "OperationAborted", NULL};
    int status = reply->status;
    if (status == 0)
        return reply->again;
    return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 ||
           status == 504 || is_one_of(code, codes);
}

/* False: it was stopped. */
static bool pause_for(const oc_object_link_t *link, unsigned tries) {
    int64_t ms = OC_OBJECT_PAUSE_MS;
    for (unsigned i = 1; i < tries && ms < OC_OBJECT_PAUSE_MAX_MS; i++)
        ms *= 2;
    ms = ms < OC_OBJECT_PAUSE_MAX_MS ? ms : OC_OBJECT_PAUSE_MAX_MS;
    for (; ms > 0 && !atomic_load(link->access->stop); ms -= SLICE_MS)
        nanosleep(&(struct timespec){0, SLICE_MS * 1000000}, NULL);
    return !atomic_load(link->access->stop);
}

static int refuse(const oc_object_link_t *link, const oc_object_reply_t *reply, const char *code,
                  char *why, size_t size) {
    const char *advice = "", *shown = link->place->shown;
    if (atomic_load(link->access->stop)) {
        snprintf(why, size, "%s: stopped", shown);
        return OC_ERR_CLOSED;
    }
    if (reply->status == 0) {
        snprintf(why, size, "%s: %s", shown, reply->why);
        return OC_ERR_IO;
    }
    int rc = meaning(reply->status, &advice);
    snprintf(why, size, "%s: HTTP %d%s%s%s%s%s", shown, reply->status, code[0] ? " " : "", code,
             advice, reply->region[0] ? "; its region is " : "", reply->region);
    return rc;
}

int oc_object_call(oc_object_link_t *link, const oc_object_call_t *call, oc_object_reply_t *reply,
                   char *why, size_t size) {
    char code[CODE_MAX];
    bool corrected = false;
    lines_t *lines = malloc(sizeof(*lines));
    int rc = OC_ERR_NOMEM;
    for (unsigned tries = 1; lines; tries++) {
        oc_object_request_t request = {
            .method = call->method, .uploads = call->uploads, .whole = call->whole,
            .body = call->body};
        code[0] = 0;
        for (unsigned i = 0; i < 2; i++) {
            if (call->line[i])
                request.line[request.lines++] = call->line[i];
        }
        rc = sign(link, call, lines, &request);
        if (rc != OC_OK) {
            snprintf(why, size, "%s: the request is too long", link->place->shown);
            break;
        }
        oc_object_http_send(link->http, &request, reply);
        if (reply->status >= 200 && reply->status < 300 && !reply->cut)
            break;
        oc_object_document(reply->document, "Error/Code", code, sizeof(code));
        if (!reply->region[0])
            oc_object_document(reply->document, "Error/Region", reply->region,
                               sizeof(reply->region));
        bool skewed = strcmp(code, "RequestTimeTooSkewed") == 0 && reply->date_s > 0;
        if (skewed && !corrected)
            link->ahead_s = reply->date_s - now_s();
        bool again = (skewed && !corrected) || (passes_later(reply, code) && !reply->cut);
        corrected = corrected || skewed;
        if (!again || tries == OC_OBJECT_TRIES || !pause_for(link, tries)) {
            rc = refuse(link, reply, code, why, size);
            break;
        }
        link->repeats++;
    }
    if (lines)
        oc_crypto_wipe(lines, sizeof(*lines));
    else
        snprintf(why, size, "%s", oc_err_text(OC_ERR_NOMEM));
    free(lines);
    return rc;
}

bool oc_object_holds(oc_object_link_t *link, uint64_t bytes, oc_object_reply_t *reply) {
    char why[OC_OBJECT_WHY_MAX], whole[32];
    uint8_t first;
    oc_object_call_t call = {.method = "GET", .line = {"Range: bytes=0-0"}};
    *reply = (oc_object_reply_t){.room = &first, .room_bytes = 1};
    if (oc_object_call(link, &call, reply, why, sizeof(why)) != OC_OK)
        return false;
    reply->room = NULL;
    snprintf(whole, sizeof(whole), "/%" PRIu64, bytes);
    const char *sized = strchr(reply->range, '/');
    return sized && strcmp(sized, whole) == 0;
}
