/* A look-up of libcurl is a thread that waits for the C library's resolver; nothing ends it before
 * that does. Those whose requests have ended are counted for as long as resolvers usually wait, and
 * while there are too many, no other name is looked up. */
#include "oc_fetch_impl.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "oc_posix.h"

#define US_PER_MS 1000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t left_until_us[OC_FETCH_LEFT_MAX]; /* under lock; past: a free place */

/* The place that is free first; a place that is not free yet: all are taken. */
static unsigned first_free(void) {
    unsigned first = 0;
    for (unsigned i = 1; i < OC_FETCH_LEFT_MAX; i++)
        if (left_until_us[i] < left_until_us[first])
            first = i;
    return first;
}

static bool too_many(void) {
    pthread_mutex_lock(&lock);
    bool taken = left_until_us[first_free()] > oc_posix_now_us();
    pthread_mutex_unlock(&lock);
    return taken;
}

/* Its host is an address, and no proxy has a name: nothing is looked up. */
static bool needs_none(const oc_fetch_exchange_t *exchange) {
    const oc_curl_t *curl = exchange->http->curl;
    char *host = NULL;
    CURLU *url = exchange->proxy[0] ? NULL : curl->url();
    bool none = false;
    if (url && curl->url_set(url, CURLUPART_URL, exchange->url, 0) == CURLUE_OK &&
        curl->url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
        struct in_addr address;
        none = host[0] == '[' || inet_pton(AF_INET, host, &address) == 1;
        curl->free(host);
    }
    curl->url_cleanup(url);
    return none;
}

static int on_lookup(void *state, void *reserved, void *context) {
    oc_fetch_exchange_t *exchange = context;
    if (needs_none(exchange))
        return 0;
    if (too_many()) {
        oc_fetch_fail(exchange, OC_FETCH_RESOLVE,
                      "too many names that were looked up have no answer yet; try it in a minute");
        return 1;
    }
    exchange->looking = true;
    return 0;
}

void oc_fetch_lookup_watch(oc_fetch_exchange_t *exchange) {
    const oc_curl_t *curl = exchange->http->curl;
    curl->easy_setopt(exchange->easy, CURLOPT_RESOLVER_START_FUNCTION, on_lookup);
    curl->easy_setopt(exchange->easy, CURLOPT_RESOLVER_START_DATA, exchange);
}

void oc_fetch_lookup_done(oc_fetch_exchange_t *exchange, CURLcode code) {
    exchange->looking = exchange->looking && code == CURLE_OPERATION_TIMEDOUT;
}

void oc_fetch_lookup_leave(oc_fetch_exchange_t *exchange) {
    curl_off_t looked_us = 0;
    const oc_curl_t *curl = exchange->http->curl;
    if (!exchange->looking)
        return;
    exchange->looking = false;
    curl->easy_getinfo(exchange->easy, CURLINFO_NAMELOOKUP_TIME_T, &looked_us);
    if (looked_us > 0) /* found */
        return;
    pthread_mutex_lock(&lock);
    left_until_us[first_free()] = oc_posix_now_us() + (int64_t)OC_FETCH_LEFT_MS * US_PER_MS;
    pthread_mutex_unlock(&lock);
}
