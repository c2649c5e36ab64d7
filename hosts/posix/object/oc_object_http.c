#include "oc_object_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "oc_curl.h"
#include "oc_err.h"

#define CONNECT_MS 15000L
#define SLOWEST    1024L /* bytes a second */

struct oc_object_http {
    const oc_curl_t *curl;
    CURL *easy;
    const char *ca;
    const atomic_bool *stop;
    const oc_object_request_t *request;
    oc_object_reply_t *reply;
    size_t sent;
    uint8_t document[OC_OBJECT_DOCUMENT_MAX];
};

/* ---- what libcurl calls ---- */

static bool succeeded(oc_object_http_t *http) {
    long status = 0;
    http->curl->easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && status < 300;
}

static size_t on_bytes(char *bytes, size_t unit, size_t count, void *context) {
    oc_object_http_t *http = context;
    oc_object_reply_t *reply = http->reply;
    size_t size = unit * count;
    bool own = reply->room && succeeded(http);
    uint8_t *room = own ? reply->room : http->document;
    size_t room_bytes = own ? reply->room_bytes : sizeof(http->document);
    if (size > room_bytes - reply->len) {
        reply->cut = true;
        return 0;
    }
    memcpy(room + reply->len, bytes, size);
    reply->len += size;
    return size;
}

static size_t on_take(char *out, size_t unit, size_t count, void *context) {
    oc_object_http_t *http = context;
    size_t left = http->request->body.len - http->sent, size = unit * count;
    size_t take = size < left ? size : left;
    if (take > 0)
        memcpy(out, http->request->body.data + http->sent, take);
    http->sent += take;
    return take;
}

static int on_seek(void *context, curl_off_t offset, int origin) {
    oc_object_http_t *http = context;
    if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > http->request->body.len)
        return CURL_SEEKFUNC_CANTSEEK;
    http->sent = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

static int on_progress(void *context, curl_off_t down, curl_off_t downloaded, curl_off_t up,
                       curl_off_t uploaded) {
    oc_object_http_t *http = context;
    return atomic_load(http->stop) && !http->request->whole ? 1 : 0;
}

/* ---- one request ---- */

#define SET(option, value) curl->easy_setopt(easy, option, value)

static void set_always(oc_object_http_t *http) {
    const oc_curl_t *curl = http->curl;
    CURL *easy = http->easy;
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L); /* keys and signatures are for one host */
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    SET(CURLOPT_LOW_SPEED_LIMIT, SLOWEST);
    SET(CURLOPT_LOW_SPEED_TIME, (long)OC_OBJECT_STALL_S);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, on_progress);
    SET(CURLOPT_XFERINFODATA, http);
    SET(CURLOPT_WRITEFUNCTION, on_bytes);
    SET(CURLOPT_WRITEDATA, http);
    if (http->ca) {
        SET(CURLOPT_CAINFO, http->ca);
        SET(CURLOPT_CAPATH, (char *)NULL);
    }
}

/* False: no memory. */
static bool set_request(oc_object_http_t *http, struct curl_slist **lines) {
    const oc_curl_t *curl = http->curl;
    const oc_object_request_t *request = http->request;
    CURL *easy = http->easy;
    *lines = curl->slist_append(NULL, "Expect:"); /* a part is sent again from memory */
    for (unsigned i = 0; *lines && i < request->lines; i++) {
        struct curl_slist *longer = curl->slist_append(*lines, request->line[i]);
        if (!longer)
            return false;
        *lines = longer;
    }
    SET(CURLOPT_URL, request->url);
    SET(CURLOPT_HTTPHEADER, *lines);
    if (strcmp(request->method, "POST") == 0) /* libcurl repeats what an old connection lost */
        SET(CURLOPT_FRESH_CONNECT, 1L);
    if (request->uploads) {
        SET(CURLOPT_UPLOAD, 1L);
        SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->body.len);
        SET(CURLOPT_READFUNCTION, on_take);
        SET(CURLOPT_READDATA, http);
        SET(CURLOPT_SEEKFUNCTION, on_seek);
        SET(CURLOPT_SEEKDATA, http);
    }
    SET(CURLOPT_CUSTOMREQUEST, request->method);
    return *lines != NULL;
}

static void copy_header(oc_object_http_t *http, const char *name, char *out, size_t size) {
    struct curl_header *found = NULL;
    if (http->curl->easy_header(http->easy, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK ||
        strlen(found->value) >= size)
        return;
    snprintf(out, size, "%s", found->value);
}

static void read_headers(oc_object_http_t *http) {
    oc_object_reply_t *reply = http->reply;
    char date[64] = "";
    copy_header(http, "ETag", reply->etag, sizeof(reply->etag));
    copy_header(http, "Content-Range", reply->range, sizeof(reply->range));
    copy_header(http, "x-amz-bucket-region", reply->region, sizeof(reply->region));
    copy_header(http, "Date", date, sizeof(date));
    reply->date_s = date[0] ? http->curl->getdate(date, NULL) : -1;
}

/* Nothing of this gets better by waiting. */
static bool lasts(CURLcode code) {
    switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_OUT_OF_MEMORY:
    case CURLE_ABORTED_BY_CALLBACK:
        return true;
    default:
        return false;
    }
}

void oc_object_http_send(oc_object_http_t *http, const oc_object_request_t *request,
                         oc_object_reply_t *reply) {
    const oc_curl_t *curl = http->curl;
    struct curl_slist *lines = NULL;
    CURLcode code = CURLE_OUT_OF_MEMORY;
    long status = 0;
    *reply = (oc_object_reply_t){
        .room = reply->room, .room_bytes = reply->room_bytes, .date_s = -1};
    http->request = request;
    http->reply = reply;
    http->sent = 0;
    curl->easy_reset(http->easy);
    set_always(http);
    if (set_request(http, &lines))
        code = curl->easy_perform(http->easy);
    if (code == CURLE_OK || reply->cut) {
        curl->easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
        read_headers(http);
        reply->status = (int)status;
    } else {
        reply->again = !lasts(code);
        snprintf(reply->why, sizeof(reply->why), "%s", curl->easy_strerror(code));
    }
    reply->document = oc_span(http->document, reply->room && succeeded(http) ? 0 : reply->len);
    curl->slist_free_all(lines);
}

int oc_object_http_open(oc_object_http_t **out, const char *ca, const atomic_bool *stop, char *why,
                        size_t size) {
    const char *missing = NULL;
    const oc_curl_t *curl = oc_curl(&missing);
    if (!curl) {
        snprintf(why, size, "%s", missing);
        return OC_ERR_NOTSUP;
    }
    oc_object_http_t *http = calloc(1, sizeof(*http));
    CURL *easy = http ? curl->easy_init() : NULL;
    if (!easy) {
        snprintf(why, size, "%s", oc_err_text(OC_ERR_NOMEM));
        free(http);
        return OC_ERR_NOMEM;
    }
    http->curl = curl;
    http->easy = easy;
    http->ca = ca;
    http->stop = stop;
    *out = http;
    return OC_OK;
}

void oc_object_http_close(oc_object_http_t *http) {
    if (!http)
        return;
    http->curl->easy_cleanup(http->easy);
    free(http);
}
