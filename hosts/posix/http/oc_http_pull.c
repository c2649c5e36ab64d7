/* Progressive streams (oc_http_impl.h): the next piece is requested when the peer has the last. So
 * a slow peer costs one piece of memory, and what it missed is left out where pieces are made. */
#define _GNU_SOURCE
#include <stdio.h>
#include <strings.h>

#include "oc_http_access.h"
#include "oc_pull_broker.h"

#define CHECK_US 1000000 /* so often it is looked whether the peer is there and may watch */

/* HTTP/1.1 says where each part ends; before that the end of the connection is the body's. */
static bool takes_chunks(const oc_http_session_t *session) {
    char version[12] = "";
    return !oc_http_is_stream(session) &&
           lws_hdr_copy(session->wsi, version, sizeof(version), WSI_TOKEN_HTTP) >= 8 &&
           strncasecmp(version, "HTTP/1.1", 8) == 0;
}

void oc_http_pull_drop(oc_http_t *http, int32_t number) {
    oc_media_call_t call = oc_pull_broker_close(&http->config.live->pulls, number);
    (void)oc_media_thread_post(http->config.media, &call); /* or it is forgotten by itself */
}

/* Counts those that are there or are being opened: of this link, of all links, of this address. */
static void count(const oc_http_t *http, const oc_http_session_t *session, unsigned counts[3]) {
    for (unsigned i = 0; i < OC_PULLS_MAX + OC_HTTP_PENDING; i++) {
        const oc_http_session_t *one =
            i < OC_PULLS_MAX ? http->pulls[i] : http->pending[i - OC_PULLS_MAX].session;
        if (!one || !one->endless || one == session)
            continue;
        counts[0] += one->link == session->link;
        counts[1] += one->link != 0;
        counts[2] += (one->link != 0) == (session->link != 0) &&
                     memcmp(&one->from, &session->from, sizeof(one->from)) == 0;
    }
}

const char *oc_http_pull_refuses(const oc_http_t *http, const oc_http_session_t *session) {
    unsigned counts[3] = {0};
    count(http, session, counts);
    if (session->link != 0 && counts[0] >= OC_HTTP_PULLS_OF_LINK)
        return "this watch link has its maximum of progressive streams; try again later";
    if (session->link != 0 && counts[1] >= OC_HTTP_PULLS_LINKS)
        return "watch links have their maximum of progressive streams; try again later";
    if (session->closed && counts[2] >= OC_HTTP_PULLS_OF_PEER)
        return "this address has its maximum of progressive streams; try again later";
    return NULL;
}

static int request_next(oc_http_t *http, oc_http_session_t *session) {
    oc_media_call_t call = oc_pull_broker_next(&http->config.live->pulls, session->pull.number);
    lws_set_timeout(session->wsi, NO_PENDING_TIMEOUT, 0); /* a source may be silent for long */
    return oc_media_thread_post(http->config.media, &call) == OC_OK ? 0 : -1;
}

static void drop_piece(oc_http_t *http, oc_http_session_t *session) {
    if (session->memory)
        atomic_fetch_sub(&http->config.live->answers.body_bytes,
                         (uint32_t)(session->offset + session->left));
    oc_media_thread_release(session->memory);
    session->memory = NULL;
    session->offset = session->left = 0;
}

int oc_http_pull_begin(oc_http_t *http, oc_http_session_t *session, const oc_http_answer_t *got) {
    oc_http_send_end(http, session);
    session->source = OC_HTTP_PULL;
    session->live = true;
    session->pull = (oc_http_pull_t){.number = got->pull, .chunks = takes_chunks(session)};
    http->pulls[got->pull % OC_PULLS_MAX] = session;
    oc_http_head_t head = {.status = got->status, .type = got->type, .len = OC_HTTP_ENDLESS};
    if (oc_http_send(http, session, &head) != 0)
        return -1;
    if (session->source != OC_HTTP_PULL)
        return 0; /* of HEAD */
    lws_set_timer_usecs(session->wsi, CHECK_US);
    return request_next(http, session);
}

void oc_http_pull_forget(oc_http_t *http, oc_http_session_t *session) {
    if (http->pulls[session->pull.number % OC_PULLS_MAX] == session) {
        http->pulls[session->pull.number % OC_PULLS_MAX] = NULL;
        oc_http_pull_drop(http, session->pull.number);
    }
    drop_piece(http, session);
    session->pull = (oc_http_pull_t){0};
}

void oc_http_pull_piece(oc_http_t *http, const oc_http_answer_t *got) {
    oc_http_session_t *session = http->pulls[got->pull % OC_PULLS_MAX];
    if (!session || session->pull.number != got->pull || session->pull.last) { /* it has left */
        if (got->body) {
            atomic_fetch_sub(&http->config.live->answers.body_bytes, got->len);
            oc_media_thread_release(got->body);
        }
        return;
    }
    drop_piece(http, session);
    session->memory = got->body;
    session->left = got->len;
    session->pull.last = got->status != 200;
    lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT, OC_HTTP_IDLE_S);
    lws_callback_on_writable(session->wsi);
}

int oc_http_pull_tick(oc_http_t *http, oc_http_session_t *session) {
    if (!oc_http_is_stream(session) && oc_http_left(lws_get_socket_fd(session->wsi)))
        return -1;
    if (oc_http_is_stream(session)) /* or it ends the connection, which goes on with one stream */
        lws_set_timeout(lws_get_network_wsi(session->wsi), PENDING_TIMEOUT_HTTP_KEEPALIVE_IDLE,
                        OC_HTTP_IDLE_S);
    lws_set_timer_usecs(session->wsi, CHECK_US);
    if (session->pull.last || oc_http_access_holds(http, session))
        return 0;
    drop_piece(http, session); /* what was written ends with a whole chunk */
    session->pull.last = true;
    lws_callback_on_writable(session->wsi);
    return 0;
}

/* Writes part of the piece, as a chunk where the peer takes chunks. 0 or -1. */
static int write_part(oc_http_t *http, oc_http_session_t *session, size_t len) {
    uint8_t *part = session->memory + session->offset;
    if (session->pull.chunks) {
        uint8_t *out = http->chunk + LWS_PRE;
        int size = snprintf((char *)out, OC_HTTP_FRAMING, "%zx\r\n", len);
        memcpy(out + size, part, len);
        memcpy(out + size + len, "\r\n", 2);
        size_t whole = (size_t)size + len + 2;
        return lws_write(session->wsi, out, whole, LWS_WRITE_HTTP) < (int)whole ? -1 : 0;
    }
    return lws_write(session->wsi, part, len, LWS_WRITE_HTTP) < (int)len ? -1 : 0;
}

/* The body is over: says so as the protocol does. */
static int end(oc_http_t *http, oc_http_session_t *session) {
    uint8_t last[LWS_PRE + 8] = {0};
    size_t len = 0;
    if (session->pull.chunks) {
        memcpy(last + LWS_PRE, "0\r\n\r\n", 5);
        len = 5;
    }
    if ((len > 0 || oc_http_is_stream(session)) &&
        lws_write(session->wsi, last + LWS_PRE, len, LWS_WRITE_HTTP_FINAL) < (int)len)
        return -1;
    return oc_http_send_complete(http, session);
}

int oc_http_pull_more(oc_http_t *http, oc_http_session_t *session) {
    size_t len = oc_http_send_room(session);
    if (session->left == 0)
        return session->pull.last ? end(http, session) : 0;
    if (len == 0) { /* called again when the peer opens a window */
        if (oc_http_send_held(session))
            lws_callback_on_writable(session->wsi);
        return 0;
    }
    len = session->left < len ? (size_t)session->left : len;
    if (write_part(http, session, len) != 0)
        return -1;
    session->offset += len;
    session->left -= len;
    oc_http_count_sent(http, session, len);
    if (session->left == 0) {
        drop_piece(http, session);
        if (!session->pull.last)
            return request_next(http, session);
    }
    lws_set_timeout(session->wsi, PENDING_TIMEOUT_HTTP_CONTENT, OC_HTTP_IDLE_S);
    lws_callback_on_writable(session->wsi);
    return 0;
}
