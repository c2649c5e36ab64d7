#include "oc_fetch_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_pulse.h"

#define US_PER_MS 1000

/* A socket of libcurl on the loop. */
typedef struct {
    oc_fetch_t *http;
    curl_socket_t fd;
    oc_loop_watch_t *watch;
} socket_t;

/* ---- what is told ---- */

/* The reply is complete, and nobody has still to read of it. */
static bool is_over(const oc_fetch_exchange_t *exchange) {
    return exchange->failed ||
           (exchange->ended && (exchange->collect || exchange->held_bytes == 0));
}

static bool has_news(const oc_fetch_exchange_t *exchange) {
    return exchange->report_headers || exchange->report_readable || exchange->report_writable ||
           is_over(exchange);
}

static void take_out(oc_fetch_t *http, oc_fetch_exchange_t *exchange) {
    bool active = false;
    oc_fetch_exchange_t **lists[] = {&http->active, &http->waiting};
    for (unsigned i = 0; i < 2; i++)
        for (oc_fetch_exchange_t **at = lists[i]; *at; at = &(*at)->next)
            if (*at == exchange) {
                *at = exchange->next;
                active = i == 0;
                active ? http->active_count-- : http->waiting_count--;
                return;
            }
}

static void free_exchange(oc_fetch_exchange_t *exchange) {
    oc_fetch_transfer_end(exchange);
    oc_body_drop(&exchange->body);
    free(exchange->url);
    free(exchange->method);
    free(exchange->headers);
    free(exchange->proxy);
    free(exchange->ca);
    free(exchange->given);
    free(exchange->held);
    free(exchange->reply_headers);
    free(exchange);
}

static void report_end(oc_fetch_t *http, oc_fetch_exchange_t *exchange) {
    const oc_fetch_calls_t *calls = exchange->calls;
    void *context = exchange->context;
    bool failed = exchange->failed;
    oc_fetch_error_t error = exchange->error;
    oc_fetch_reply_t reply = {exchange->status, exchange->held, exchange->held_bytes};
    bool collected = exchange->collect && !failed;
    if (collected)
        exchange->held = NULL;
    take_out(http, exchange);
    http->speaking = NULL;
    free_exchange(exchange);
    calls->done(context, failed ? &error : NULL, collected ? &reply : NULL);
}

/* Each call may stop the exchange. */
static void report(oc_fetch_t *http, oc_fetch_exchange_t *exchange) {
    const oc_fetch_calls_t *calls = exchange->calls;
    void *context = exchange->context;
    http->speaking = exchange;
    if (exchange->report_headers && !exchange->failed) {
        exchange->report_headers = false;
        calls->headers(context, exchange->status, exchange->reason, exchange->reply_headers);
    }
    if (http->speaking && exchange->report_readable && !exchange->failed) {
        exchange->report_readable = false;
        if (exchange->held_bytes)
            calls->readable(context, exchange->held_bytes);
    }
    if (http->speaking && exchange->report_writable && !exchange->failed) {
        exchange->report_writable = false;
        if (oc_fetch_writable(exchange))
            calls->writable(context, oc_fetch_writable(exchange));
    }
    if (http->speaking && is_over(exchange))
        report_end(http, exchange);
    http->speaking = NULL;
}

static oc_fetch_exchange_t *next_news(oc_fetch_exchange_t *exchange) {
    while (exchange && !has_news(exchange))
        exchange = exchange->next;
    return exchange;
}

static void begin_waiting(oc_fetch_t *http);

/* Nothing is late while nothing runs: the loop is not woken for it. */
static void rest(oc_fetch_t *http) {
    if (http->active || !http->tick)
        return;
    oc_loop_timer_stop(http->tick);
    http->tick = NULL;
}

/* One round, so that an exchange that always has something to tell does not keep the loop. */
static void report_all(oc_fetch_t *http) {
    unsigned left = http->active_count + http->waiting_count;
    http->reporting = true;
    for (oc_fetch_exchange_t *at; left && (at = next_news(http->active)); left--)
        report(http, at);
    http->reporting = false;
    begin_waiting(http);
    rest(http);
    if (next_news(http->active))
        oc_fetch_report_soon(http);
}

static void on_soon(void *context) {
    oc_fetch_t *http = context;
    oc_loop_timer_stop(http->soon);
    http->soon = NULL;
    report_all(http);
}

void oc_fetch_report_soon(oc_fetch_t *http) {
    if (!http->soon && !http->reporting)
        http->soon = oc_loop_timer_start(http->loop, 0, 0, on_soon, http);
}

/* ---- time ---- */

/* An exchange that waits for the script is not late. */
static bool waits_for_script(const oc_fetch_exchange_t *exchange) {
    return exchange->paused_in || (exchange->paused_out && !exchange->answered) || exchange->ended;
}

static void fail_late(oc_fetch_exchange_t *exchange) {
    char why[48];
    snprintf(why, sizeof why, "not done in %u ms", (unsigned)exchange->deadline_ms);
    oc_fetch_fail(exchange, OC_FETCH_TIMEOUT, why);
}

static void on_tick(void *context) {
    oc_fetch_t *http = context;
    int64_t awake_us = oc_pulse_us();
    for (oc_fetch_exchange_t *at = http->active; at; at = at->next) {
        if (awake_us >= at->until_us)
            fail_late(at);
        at->still_ticks = at->moved || waits_for_script(at) ? 0 : at->still_ticks + 1;
        at->moved = false;
        if (at->timeout_ms && (uint64_t)at->still_ticks * OC_FETCH_TICK_MS >= at->timeout_ms)
            oc_fetch_fail(at, OC_FETCH_TIMEOUT, "nothing came in time");
    }
    report_all(http);
}

/* ---- libcurl's sockets and time ---- */

static void take_done(oc_fetch_t *http) {
    int left;
    for (CURLMsg *message; (message = http->curl->multi_info_read(http->multi, &left));) {
        oc_fetch_exchange_t *exchange = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode result = message->data.result; /* gone with the handle */
        http->curl->easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&exchange);
        oc_fetch_transfer_done(exchange, result);
    }
}

static void act(oc_fetch_t *http, curl_socket_t fd, int events) {
    int running;
    http->curl->multi_socket_action(http->multi, fd, events, &running);
    take_done(http);
    report_all(http);
}

static void on_ready(void *context, unsigned events) {
    const socket_t *socket = context;
    act(socket->http, socket->fd,
        (events & OC_LOOP_READ ? CURL_CSELECT_IN : 0) |
            (events & OC_LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *own) {
    oc_fetch_t *http = context;
    socket_t *socket = own;
    if (what == CURL_POLL_REMOVE) {
        if (socket)
            oc_loop_watch_stop(socket->watch);
        free(socket);
        http->curl->multi_assign(http->multi, fd, NULL);
        return 0;
    }
    unsigned events =
        (what & CURL_POLL_IN ? OC_LOOP_READ : 0u) | (what & CURL_POLL_OUT ? OC_LOOP_WRITE : 0u);
    if (socket) {
        oc_loop_watch_change(socket->watch, events);
        return 0;
    }
    socket = calloc(1, sizeof *socket);
    if (!socket)
        return -1;
    *socket = (socket_t){.http = http, .fd = fd};
    socket->watch = oc_loop_watch_start(http->loop, fd, events, on_ready, socket);
    if (!socket->watch) {
        free(socket);
        return -1;
    }
    http->curl->multi_assign(http->multi, fd, socket);
    return 0;
}

static void on_timer(void *context) {
    oc_fetch_t *http = context;
    oc_loop_timer_stop(http->timer);
    http->timer = NULL;
    act(http, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timeout(CURLM *multi, long ms, void *context) {
    oc_fetch_t *http = context;
    if (http->timer)
        oc_loop_timer_stop(http->timer);
    http->timer = NULL;
    if (ms >= 0)
        http->timer = oc_loop_timer_start(http->loop, (uint64_t)ms, 0, on_timer, http);
    return ms >= 0 && !http->timer ? -1 : 0;
}

int oc_fetch_create(oc_fetch_t **out, void *loop, const char **why) {
    const oc_curl_t *curl = oc_curl(why);
    if (!curl)
        return OC_ERR_NOTSUP;
    oc_fetch_t *http = calloc(1, sizeof *http);
    CURLM *multi = http ? curl->multi_init() : NULL;
    if (!multi) {
        free(http);
        return OC_ERR_NOMEM;
    }
    *http = (oc_fetch_t){.curl = curl, .multi = multi, .loop = loop};
    curl->multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl->multi_setopt(multi, CURLMOPT_SOCKETDATA, http);
    curl->multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    curl->multi_setopt(multi, CURLMOPT_TIMERDATA, http);
    /* One request at a time on a connection: one that is not read holds up no other. */
    curl->multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    curl->multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)OC_FETCH_IDLE_MAX);
    *out = http;
    return OC_OK;
}

void oc_fetch_delete(oc_fetch_t *http) {
    if (!http)
        return;
    while (http->active)
        oc_fetch_stop(http->active);
    while (http->waiting)
        oc_fetch_stop(http->waiting);
    while (http->spare_count)
        http->curl->easy_cleanup(http->spares[--http->spare_count]);
    http->curl->multi_cleanup(http->multi);
    if (http->timer)
        oc_loop_timer_stop(http->timer);
    if (http->tick)
        oc_loop_timer_stop(http->tick);
    if (http->soon)
        oc_loop_timer_stop(http->soon);
    free(http);
}

/* ---- exchanges ---- */

static void append(oc_fetch_exchange_t **list, oc_fetch_exchange_t *exchange) {
    while (*list)
        list = &(*list)->next;
    *list = exchange;
}

static void begin(oc_fetch_t *http, oc_fetch_exchange_t *exchange) {
    append(&http->active, exchange);
    http->active_count++;
    if (!http->tick)
        http->tick =
            oc_loop_timer_start(http->loop, OC_FETCH_TICK_MS, OC_FETCH_TICK_MS, on_tick, http);
    if (!http->tick || !oc_fetch_transfer_begin(exchange)) {
        oc_fetch_fail(exchange, OC_FETCH_TOO_BIG, "no memory for the request");
        oc_fetch_report_soon(http);
    }
}

static void begin_waiting(oc_fetch_t *http) {
    while (http->waiting && http->active_count < OC_FETCH_ACTIVE_MAX) {
        oc_fetch_exchange_t *first = http->waiting;
        http->waiting = first->next;
        http->waiting_count--;
        first->next = NULL;
        begin(http, first);
    }
}

static int copy_request(oc_fetch_exchange_t *exchange, const oc_fetch_request_t *request) {
    if (strlen(request->url) > OC_FETCH_REQUEST_MAX ||
        strlen(request->headers) > OC_FETCH_REQUEST_MAX)
        return OC_ERR_TOO_BIG;
    exchange->url = strdup(request->url);
    exchange->method = strdup(request->method);
    exchange->headers = strdup(request->headers);
    exchange->proxy = strdup(request->proxy);
    if (!exchange->url || !exchange->method || !exchange->headers || !exchange->proxy)
        return OC_ERR_NOMEM;
    exchange->has_pin = request->has_pin;
    memcpy(exchange->pin, request->pin, sizeof exchange->pin);
    exchange->timeout_ms = request->timeout_ms;
    exchange->redirects =
        request->redirects < OC_FETCH_REDIRECTS_MAX ? request->redirects : OC_FETCH_REDIRECTS_MAX;
    exchange->collect = request->collect;
    exchange->collect_max = request->collect_max;
    if (exchange->collect_max > OC_FETCH_COLLECT_MAX)
        exchange->collect_max = OC_FETCH_COLLECT_MAX;
    exchange->deadline_ms = request->deadline_ms;
    exchange->until_us = INT64_MAX;
    if (request->deadline_ms)
        exchange->until_us = oc_pulse_us() + (int64_t)request->deadline_ms * US_PER_MS;
    exchange->upload = request->upload;
    exchange->upload_bytes = request->upload_bytes;
    if (request->upload == OC_FETCH_BODY) {
        exchange->body = oc_body_keep(request->body, 0, request->body.bytes);
        exchange->upload_bytes = (int64_t)exchange->body.bytes;
    }
    if (!request->ca[0])
        return OC_OK;
    if (!strstr(request->ca, "-----BEGIN"))
        return OC_ERR_INVAL; /* never a path: an application without files reads none */
    if (strlen(request->ca) > OC_FETCH_CA_MAX)
        return OC_ERR_TOO_BIG;
    exchange->ca = strdup(request->ca);
    return exchange->ca ? OC_OK : OC_ERR_NOMEM;
}

int oc_fetch_start(oc_fetch_exchange_t **out, oc_fetch_t *http, const oc_fetch_request_t *request,
                   const oc_fetch_calls_t *calls, void *context) {
    if (http->waiting_count >= OC_FETCH_WAITING_MAX)
        return OC_ERR_BUSY;
    oc_fetch_exchange_t *exchange = calloc(1, sizeof *exchange);
    if (!exchange)
        return OC_ERR_NOMEM;
    exchange->http = http;
    exchange->calls = calls;
    exchange->context = context;
    int result = copy_request(exchange, request);
    if (result != OC_OK) {
        free_exchange(exchange);
        return result;
    }
    *out = exchange;
    if (http->active_count < OC_FETCH_ACTIVE_MAX && !http->waiting) {
        begin(http, exchange);
        return OC_OK;
    }
    append(&http->waiting, exchange);
    http->waiting_count++;
    return OC_OK;
}

void oc_fetch_stop(oc_fetch_exchange_t *exchange) {
    oc_fetch_t *http = exchange->http;
    if (http->speaking == exchange)
        http->speaking = NULL;
    take_out(http, exchange);
    free_exchange(exchange);
    if (http->waiting) /* its place is free: begun in the next turn */
        oc_fetch_report_soon(http);
}

/* ---- bytes ---- */

size_t oc_fetch_readable(const oc_fetch_exchange_t *exchange) {
    return exchange->held_bytes;
}

void oc_fetch_read(oc_fetch_exchange_t *exchange, void *out, size_t size) {
    memcpy(out, exchange->held + exchange->held_at, size);
    exchange->held_at += size;
    exchange->held_bytes -= size;
    exchange->moved = true;
    if (exchange->held_bytes == 0)
        exchange->held_at = 0;
    oc_fetch_transfer_resume(exchange);
    if (exchange->ended || exchange->report_readable)
        oc_fetch_report_soon(exchange->http);
}

size_t oc_fetch_writable(const oc_fetch_exchange_t *exchange) {
    if (!exchange->wants_write || exchange->write_ended)
        return 0;
    size_t room = OC_FETCH_GIVEN_MAX - exchange->given_bytes;
    if (exchange->upload == OC_FETCH_LENGTH) {
        uint64_t left = (uint64_t)exchange->upload_bytes - exchange->written;
        return room < left ? room : (size_t)left;
    }
    return room;
}

void oc_fetch_write(oc_fetch_exchange_t *exchange, const void *bytes, size_t size) {
    memmove(exchange->given, exchange->given + exchange->given_at, exchange->given_bytes);
    exchange->given_at = 0;
    memcpy(exchange->given + exchange->given_bytes, bytes, size);
    exchange->given_bytes += size;
    exchange->written += size;
    oc_fetch_transfer_resume(exchange);
}

void oc_fetch_write_end(oc_fetch_exchange_t *exchange) {
    exchange->write_ended = true;
    oc_fetch_transfer_resume(exchange);
}
