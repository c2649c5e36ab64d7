/* oc_fetch_impl - what the files of oc_fetch share. */
#ifndef OC_FETCH_IMPL_H
#define OC_FETCH_IMPL_H

#include "oc_curl.h"
#include "oc_fetch.h"
#include "oc_loop_parts.h"

#define OC_FETCH_TICK_MS 100u /* how exact a timeout is */

struct oc_fetch {
    const oc_curl_t *curl;
    CURLM *multi;
    void *loop;
    oc_loop_timer_t *timer; /* what libcurl waits for; NULL: nothing */
    oc_loop_timer_t *tick;  /* while exchanges are active */
    oc_loop_timer_t *soon;  /* something is to be told in the next turn */
    oc_fetch_exchange_t *active, *waiting;
    unsigned active_count, waiting_count;
    CURL *spares[OC_FETCH_SPARE_MAX]; /* handles that are kept, without options */
    unsigned spare_count;
    oc_fetch_exchange_t *speaking; /* whose calls are being made; NULL: it was stopped */
    bool reporting;
};

/* Where a header list of libcurl comes from. */
typedef struct curl_slist oc_fetch_lines_t;

struct oc_fetch_exchange {
    oc_fetch_exchange_t *next;
    oc_fetch_t *http;
    const oc_fetch_calls_t *calls;
    void *context;
    CURL *easy; /* NULL: waits for its turn */
    oc_fetch_lines_t *lines;
    char error_text[CURL_ERROR_SIZE];

    /* the request, as it is after redirects */
    char *url, *method, *headers, *proxy, *ca;
    bool has_pin, looking; /* looking: its name was looked up, perhaps still is */
    uint8_t pin[OC_CURL_PIN_BYTES];
    uint32_t timeout_ms, redirects, redirected;
    oc_fetch_upload_t upload;
    int64_t upload_bytes;
    oc_body_ref_t body;
    bool collect;
    size_t collect_max;
    uint32_t deadline_ms;
    int64_t until_us; /* time awake; INT64_MAX: no deadline */
    uint64_t sent; /* bytes of the body that libcurl took */
    uint8_t *given;
    size_t given_at, given_bytes;
    uint64_t written; /* by the script, in all */
    bool write_ended, wants_write, paused_out;

    /* the reply */
    size_t header_bytes; /* of all replies */
    int status;
    char reason[128];
    char *reply_headers; /* NULL: not complete */
    bool answered, following;
    int64_t discarded;
    uint8_t *held;
    size_t held_at, held_bytes, held_room;
    bool paused_in;

    /* to be told */
    bool report_headers, report_readable, report_writable, ended;
    bool failed;
    oc_fetch_error_t error;
    uint32_t still_ticks; /* without progress */
    bool moved;           /* since the last tick */
};

/* ---- oc_fetch.c ---- */

/* What is to be told is told in the next turn of the loop. */
void oc_fetch_report_soon(oc_fetch_t *http);

/* ---- oc_fetch_transfer.c ---- */

/* Makes the handle and gives it to libcurl. false: no memory. */
bool oc_fetch_transfer_begin(oc_fetch_exchange_t *exchange);
/* libcurl is done with it: notes an end, a failure, or follows a redirect. */
void oc_fetch_transfer_done(oc_fetch_exchange_t *exchange, CURLcode code);
/* Takes the handle from libcurl and frees it. */
void oc_fetch_transfer_end(oc_fetch_exchange_t *exchange);
/* Lets bytes flow again where there is room. */
void oc_fetch_transfer_resume(oc_fetch_exchange_t *exchange);

/* ---- oc_fetch_lookup.c ---- */

/* Has libcurl ask before it looks a name up. */
void oc_fetch_lookup_watch(oc_fetch_exchange_t *exchange);
/* libcurl has ended the transfer. */
void oc_fetch_lookup_done(oc_fetch_exchange_t *exchange, CURLcode code);
/* Before the handle is taken from libcurl: a look-up that goes on without it counts. */
void oc_fetch_lookup_leave(oc_fetch_exchange_t *exchange);

/* ---- oc_fetch_redirect.c ---- */

/* Changes the request to what the reply leads to. false: the failure is noted. */
bool oc_fetch_redirect(oc_fetch_exchange_t *exchange);

/* ---- oc_fetch_error.c ---- */

/* Notes the failure of an exchange, unless there is one. why: what follows the address. */
void oc_fetch_fail(oc_fetch_exchange_t *exchange, oc_fetch_code_t code, const char *why);
/* The same for what libcurl says. */
void oc_fetch_fail_curl(oc_fetch_exchange_t *exchange, CURLcode code);

#endif
