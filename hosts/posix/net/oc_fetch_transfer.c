/* One transfer of libcurl: its options, and what it calls. Its callbacks fill and empty buffers and
 * note what is to be told, nothing else: libcurl must not be called from them. */
#include "oc_fetch_impl.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "oc_err.h"

#define LARGE_BUFFER (128L * 1024)
#define EXPECT_UPLOAD                                                                              \
    (1024u * 1024) /* bytes of a body that is sent only when the server has let it: as POST */
#define SMALL_UPLOAD (64u * 1024) /* fits into libcurl's usual buffer */

/* ---- the reply ---- */

/* UTF-8 of bytes as they are: a name or value of HTTP has no character set. */
static size_t put_latin1(char *out, const char *text, bool lower) {
    char *at = out;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= 0x80) {
            *at++ = (char)(0xC0 | c >> 6);
            *at++ = (char)(0x80 | (c & 0x3F));
        } else if (c >= ' ' && c != 0x7F) {
            *at++ = (char)(lower ? tolower(c) : c);
        }
    }
    return (size_t)(at - out);
}

static bool collect_headers(oc_fetch_exchange_t *exchange) {
    const oc_curl_t *curl = exchange->http->curl;
    size_t room = 1;
    for (struct curl_header *at = NULL;
         (at = curl->easy_nextheader(exchange->easy, CURLH_HEADER, -1, at));)
        room += 2 * (strlen(at->name) + strlen(at->value)) + 3;
    char *out = malloc(room);
    if (!out)
        return false;
    size_t used = 0;
    for (struct curl_header *at = NULL;
         (at = curl->easy_nextheader(exchange->easy, CURLH_HEADER, -1, at));) {
        used += put_latin1(out + used, at->name, true);
        memcpy(out + used, ": ", 2);
        used += 2;
        used += put_latin1(out + used, at->value, false);
        out[used++] = '\n';
    }
    out[used] = 0;
    exchange->reply_headers = out;
    return true;
}

static bool leads_away(const oc_fetch_exchange_t *exchange) {
    struct curl_header *location;
    int status = exchange->status;
    bool redirect =
        status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    return redirect && exchange->redirects > 0 &&
           exchange->http->curl->easy_header(exchange->easy, "Location", 0, CURLH_HEADER, -1,
                                             &location) == CURLHE_OK;
}

static void read_status_line(oc_fetch_exchange_t *exchange, const char *line, size_t size) {
    char text[sizeof exchange->reason / 2];
    snprintf(text, sizeof text, "%.*s", (int)size, line);
    char *status = strchr(text, ' '), *reason = status ? strchr(status + 1, ' ') : NULL;
    exchange->reason[reason ? put_latin1(exchange->reason, reason + 1, false) : 0] = 0;
}

/* A line of a reply's head, and the empty one behind it; also of replies that do not count. */
static size_t on_header(char *line, size_t unit, size_t size, void *context) {
    oc_fetch_exchange_t *exchange = context;
    long status = 0;
    exchange->header_bytes += size;
    if (exchange->header_bytes > OC_FETCH_HEADERS_MAX) {
        oc_fetch_fail(exchange, OC_FETCH_TOO_BIG, "the headers of its replies are more than 32 KB");
        return 0;
    }
    if (exchange->answered) /* trailers */
        return size;
    if (size > 5 && strncmp(line, "HTTP/", 5) == 0)
        read_status_line(exchange, line, size);
    if (line[0] != '\r' && line[0] != '\n')
        return size;
    exchange->http->curl->easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200) /* another reply follows */
        return size;
    exchange->status = (int)status;
    exchange->answered = true;
    exchange->moved = true;
    exchange->following = leads_away(exchange);
    if (exchange->following)
        return size;
    if (!exchange->calls->headers)
        return size;
    if (!collect_headers(exchange)) {
        oc_fetch_fail(exchange, OC_FETCH_TOO_BIG, "no memory for the reply");
        return 0;
    }
    exchange->report_headers = true;
    return size;
}

static bool make_room(oc_fetch_exchange_t *exchange, size_t size) {
    size_t need = exchange->held_bytes + size, room = exchange->held_room;
    if (need > OC_FETCH_HELD_MAX)
        return false;
    if (exchange->held_at)
        memmove(exchange->held, exchange->held + exchange->held_at, exchange->held_bytes);
    exchange->held_at = 0;
    while (room < need)
        room = room ? room * 2 : CURL_MAX_WRITE_SIZE;
    uint8_t *held = room == exchange->held_room ? exchange->held : realloc(exchange->held, room);
    if (!held)
        return false;
    exchange->held = held;
    exchange->held_room = room;
    return true;
}

/* Room in the reply that is collected: all of it when its length is known. */
static bool make_collect_room(oc_fetch_exchange_t *exchange, size_t size) {
    size_t need = exchange->held_bytes + size, room = exchange->held_room;
    curl_off_t length = -1;
    if (need <= room)
        return true;
    if (room == 0)
        exchange->http->curl->easy_getinfo(exchange->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
                                           &length);
    if (length > 0 && (uint64_t)length <= exchange->collect_max)
        room = (size_t)length;
    while (room < need)
        room = room ? 2 * room : OC_FETCH_HELD_MAX;
    room = room > exchange->collect_max ? exchange->collect_max : room;
    uint8_t *held = realloc(exchange->held, room);
    if (!held)
        return false;
    exchange->held = held;
    exchange->held_room = room;
    return true;
}

static size_t collect(oc_fetch_exchange_t *exchange, const char *bytes, size_t size) {
    char why[64];
    exchange->moved = true;
    if (exchange->collect_max == 0)
        return size;
    if (size > exchange->collect_max - exchange->held_bytes) {
        snprintf(why, sizeof why, "the reply has more than %zu bytes", exchange->collect_max);
        oc_fetch_fail(exchange, OC_FETCH_TOO_BIG, why);
        return 0;
    }
    if (!make_collect_room(exchange, size)) {
        oc_fetch_fail(exchange, OC_FETCH_TOO_BIG, "no memory for the reply");
        return 0;
    }
    memcpy(exchange->held + exchange->held_bytes, bytes, size);
    exchange->held_bytes += size;
    return size;
}

static size_t on_bytes(char *bytes, size_t unit, size_t size, void *context) {
    oc_fetch_exchange_t *exchange = context;
    if (exchange->following) {
        exchange->discarded += (int64_t)size;
        return exchange->discarded > OC_FETCH_DISCARD_MAX ? 0 : size;
    }
    if (exchange->collect)
        return collect(exchange, bytes, size);
    if (!make_room(exchange, size)) {
        exchange->paused_in = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    memcpy(exchange->held + exchange->held_bytes, bytes, size);
    exchange->held_bytes += size;
    exchange->report_readable = true;
    exchange->moved = true;
    return size;
}

/* ---- the request's body ---- */

static size_t take_given(oc_fetch_exchange_t *exchange, char *out, size_t size) {
    bool complete = exchange->upload == OC_FETCH_LENGTH &&
                    exchange->written == (uint64_t)exchange->upload_bytes;
    size_t take = size < exchange->given_bytes ? size : exchange->given_bytes;
    if (take == 0 && (exchange->write_ended || complete))
        return 0;
    if (take == 0) {
        exchange->wants_write = exchange->report_writable = exchange->paused_out = true;
        return CURL_READFUNC_PAUSE;
    }
    memcpy(out, exchange->given + exchange->given_at, take);
    exchange->given_at += take;
    exchange->given_bytes -= take;
    return take;
}

static size_t on_take(char *out, size_t unit, size_t size, void *context) {
    oc_fetch_exchange_t *exchange = context;
    size *= unit;
    exchange->moved = true;
    if (exchange->upload == OC_FETCH_BODY) {
        int64_t got = oc_body_read(&exchange->body, exchange->sent, out, size);
        if (got < 0) {
            char why[80];
            snprintf(why, sizeof why, "the bytes of its body are gone: %s", oc_err_text((int)got));
            oc_fetch_fail(exchange, OC_FETCH_CLOSED, why);
            return CURL_READFUNC_ABORT;
        }
        exchange->sent += (uint64_t)got;
        return (size_t)got;
    }
    size_t got = take_given(exchange, out, size);
    if (got != CURL_READFUNC_PAUSE)
        exchange->sent += got;
    return got;
}

static int on_seek(void *context, curl_off_t offset, int origin) {
    oc_fetch_exchange_t *exchange = context;
    if (origin != SEEK_SET || offset < 0)
        return CURL_SEEKFUNC_CANTSEEK;
    if (exchange->upload == OC_FETCH_BODY) {
        exchange->sent = (uint64_t)offset;
        return CURL_SEEKFUNC_OK;
    }
    return (uint64_t)offset == exchange->sent ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

/* ---- trust ---- */

/* Before a byte of a request is sent on a connection, new or not. */
static int on_connected(void *context, char *peer, char *own, int peer_port, int own_port) {
    oc_fetch_exchange_t *exchange = context;
    uint8_t found[OC_CURL_PIN_BYTES];
    if (!exchange->has_pin || strncmp(exchange->url, "https:", 6) != 0)
        return CURL_PREREQFUNC_OK;
    bool known = oc_curl_fingerprint(exchange->easy, found);
    if (known && memcmp(found, exchange->pin, sizeof found) == 0)
        return CURL_PREREQFUNC_OK;
    char text[160] = "TLS failed: this libcurl cannot tell fingerprints";
    if (known) {
        int used = snprintf(text, sizeof text, "TLS failed: another certificate came: ");
        for (unsigned i = 0; i < sizeof found; i++)
            used +=
                snprintf(text + used, sizeof text - (size_t)used, "%s%02X", i ? ":" : "", found[i]);
    }
    oc_fetch_fail(exchange, OC_FETCH_TLS, text);
    return CURL_PREREQFUNC_ABORT;
}

/* ---- a handle ---- */

#define SET(option, value) curl->easy_setopt(easy, option, value)

static void set_limits(const oc_curl_t *curl, CURL *easy) {
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* a name that is being looked up holds nobody up */
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L); /* oc_fetch_redirect does */
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_SESSIONID_CACHE, 0L); /* a handle that was used before trusts nobody for it */
}

/* Fewer turns of the loop for what is large. */
static void set_buffers(const oc_curl_t *curl, CURL *easy, const oc_fetch_exchange_t *exchange) {
    if (exchange->collect_max > CURL_MAX_WRITE_SIZE)
        SET(CURLOPT_BUFFERSIZE, (long)LARGE_BUFFER);
    if (exchange->upload == OC_FETCH_BODY && exchange->body.bytes > SMALL_UPLOAD)
        SET(CURLOPT_UPLOAD_BUFFERSIZE, (long)LARGE_BUFFER);
}

static void set_calls(const oc_curl_t *curl, CURL *easy, oc_fetch_exchange_t *exchange) {
    SET(CURLOPT_PRIVATE, (char *)exchange);
    SET(CURLOPT_ERRORBUFFER, exchange->error_text);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, exchange);
    SET(CURLOPT_WRITEFUNCTION, on_bytes);
    SET(CURLOPT_WRITEDATA, exchange);
    SET(CURLOPT_READFUNCTION, on_take);
    SET(CURLOPT_READDATA, exchange);
    SET(CURLOPT_SEEKFUNCTION, on_seek);
    SET(CURLOPT_SEEKDATA, exchange);
    SET(CURLOPT_PREREQFUNCTION, on_connected);
    SET(CURLOPT_PREREQDATA, exchange);
}

static void set_trust(const oc_curl_t *curl, CURL *easy, const oc_fetch_exchange_t *exchange) {
    if (exchange->has_pin) { /* on_connected decides */
        SET(CURLOPT_SSL_VERIFYPEER, 0L);
        SET(CURLOPT_SSL_VERIFYHOST, 0L);
    } else if (exchange->ca) {
        struct curl_blob blob = {.data = exchange->ca, .len = strlen(exchange->ca)};
        blob.flags = CURL_BLOB_NOCOPY;
        SET(CURLOPT_CAINFO_BLOB, &blob);
        SET(CURLOPT_CAPATH, (char *)NULL);
    }
}

static bool add_line(oc_fetch_exchange_t *exchange, const char *line) {
    oc_fetch_lines_t *lines = exchange->http->curl->slist_append(exchange->lines, line);
    if (lines)
        exchange->lines = lines;
    return lines != NULL;
}

/* A large body waits for the server's leave, which costs a round trip: its bytes may be sent again.
 * libcurl would have every PUT wait. */
static bool waits_for_continue(const oc_fetch_exchange_t *exchange) {
    return exchange->upload == OC_FETCH_BODY && exchange->body.bytes > EXPECT_UPLOAD;
}

static bool add_lines(oc_fetch_exchange_t *exchange) {
    bool done = true;
    for (char *line = exchange->headers; done && *line;) {
        size_t size = strcspn(line, "\n");
        char *copy = strndup(line, size);
        char *value = copy ? strchr(copy, ':') : NULL;
        if (value && value[1 + strspn(value + 1, " ")] == 0)
            *value = ';', value[1] = 0; /* how libcurl is told of an empty one */
        done = copy && add_line(exchange, copy);
        free(copy);
        line += size + (line[size] == '\n');
    }
    if (exchange->upload == OC_FETCH_CHUNKED)
        done = done && add_line(exchange, "Transfer-Encoding: chunked");
    if (!waits_for_continue(exchange))
        done = done && add_line(exchange, "Expect:");
    return done;
}

static void set_request(const oc_curl_t *curl, CURL *easy, const oc_fetch_exchange_t *exchange) {
    SET(CURLOPT_URL, exchange->url);
    SET(CURLOPT_PROXY, exchange->proxy); /* "": not that of the environment either */
    SET(CURLOPT_NOPROXY, "");
    if (exchange->timeout_ms)
        SET(CURLOPT_CONNECTTIMEOUT_MS, (long)exchange->timeout_ms);
    if (strcmp(exchange->method, "HEAD") == 0)
        SET(CURLOPT_NOBODY, 1L);
    else if (exchange->upload != OC_FETCH_NOTHING)
        SET(CURLOPT_UPLOAD, 1L);
    if (exchange->upload == OC_FETCH_LENGTH || exchange->upload == OC_FETCH_BODY)
        SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)exchange->upload_bytes);
    SET(CURLOPT_CUSTOMREQUEST, exchange->method);
    SET(CURLOPT_HTTPHEADER, exchange->lines);
}

/* A handle without options. NULL: no memory. */
static CURL *take_handle(oc_fetch_t *http) {
    return http->spare_count ? http->spares[--http->spare_count] : http->curl->easy_init();
}

static void leave_handle(oc_fetch_t *http, CURL *easy) {
    if (http->spare_count == OC_FETCH_SPARE_MAX) {
        http->curl->easy_cleanup(easy);
        return;
    }
    http->curl->easy_reset(easy);
    http->spares[http->spare_count++] = easy;
}

bool oc_fetch_transfer_begin(oc_fetch_exchange_t *exchange) {
    const oc_curl_t *curl = exchange->http->curl;
    bool streamed = exchange->upload == OC_FETCH_LENGTH || exchange->upload == OC_FETCH_CHUNKED;
    if (streamed && !exchange->given)
        exchange->given = malloc(OC_FETCH_GIVEN_MAX);
    if ((streamed && !exchange->given) || !add_lines(exchange))
        return false;
    exchange->easy = take_handle(exchange->http);
    if (!exchange->easy)
        return false;
    set_limits(curl, exchange->easy);
    set_buffers(curl, exchange->easy, exchange);
    set_calls(curl, exchange->easy, exchange);
    set_trust(curl, exchange->easy, exchange);
    set_request(curl, exchange->easy, exchange);
    oc_fetch_lookup_watch(exchange);
    return curl->multi_add_handle(exchange->http->multi, exchange->easy) == CURLM_OK;
}

void oc_fetch_transfer_end(oc_fetch_exchange_t *exchange) {
    const oc_curl_t *curl = exchange->http->curl;
    if (exchange->easy) {
        oc_fetch_lookup_leave(exchange);
        curl->multi_remove_handle(exchange->http->multi, exchange->easy);
        leave_handle(exchange->http, exchange->easy);
    }
    curl->slist_free_all(exchange->lines);
    exchange->easy = NULL;
    exchange->lines = NULL;
}

/* Once more, to where the reply leads. */
static void follow(oc_fetch_exchange_t *exchange) {
    if (!oc_fetch_redirect(exchange))
        return;
    oc_fetch_transfer_end(exchange);
    exchange->answered = exchange->following = false;
    exchange->paused_out = exchange->wants_write = exchange->report_writable = false;
    exchange->discarded = 0;
    exchange->sent = 0;
    exchange->error_text[0] = 0;
    exchange->moved = true;
    if (!oc_fetch_transfer_begin(exchange))
        oc_fetch_fail(exchange, OC_FETCH_TOO_BIG, "no memory for the request");
}

void oc_fetch_transfer_done(oc_fetch_exchange_t *exchange, CURLcode code) {
    oc_fetch_lookup_done(exchange, code);
    bool cut = exchange->following && exchange->discarded > OC_FETCH_DISCARD_MAX;
    if (exchange->failed)
        return;
    if (code != CURLE_OK && !cut)
        oc_fetch_fail_curl(exchange, code);
    else if (exchange->following)
        follow(exchange);
    else if (!exchange->answered)
        oc_fetch_fail(exchange, OC_FETCH_PROTOCOL, "the server breaks the rules of HTTP");
    else
        exchange->ended = true;
}

void oc_fetch_transfer_resume(oc_fetch_exchange_t *exchange) {
    bool room = OC_FETCH_HELD_MAX - exchange->held_bytes >= CURL_MAX_WRITE_SIZE;
    bool given = exchange->given_bytes > 0 || exchange->write_ended;
    if (!exchange->easy || exchange->ended)
        return;
    if (!(exchange->paused_in && room) && !(exchange->paused_out && given))
        return;
    exchange->paused_in = exchange->paused_in && !room;
    exchange->paused_out = exchange->paused_out && !given;
    exchange->http->curl->easy_pause(exchange->easy,
                                     (exchange->paused_in ? CURLPAUSE_RECV : 0) |
                                         (exchange->paused_out ? CURLPAUSE_SEND : 0));
    if (exchange->report_readable || exchange->report_writable)
        oc_fetch_report_soon(exchange->http);
}
