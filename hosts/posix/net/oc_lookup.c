#define _GNU_SOURCE
#include "oc_lookup.h"

#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_posix.h"

#define STACK_BYTES (512 * 1024) /* resolvers of the C library are greedy */
#define AGAIN_US    10000        /* whoever is to be woken had no room for it */

/* Two hold it: the thread, and who asked. The thread wakes under the lock, so that after a drop who
 * asked may be gone. */
struct oc_lookup {
    pthread_mutex_t lock;
    bool (*wake)(void *context); /* under lock; NULL: dropped */
    void *context;
    unsigned holders; /* under lock */
    bool done;        /* under lock */
    int flags;
    char host[256], port[8];
    oc_lookup_result_t result;
};

static atomic_uint under_way;

static void let_go(oc_lookup_t *lookup) {
    pthread_mutex_lock(&lookup->lock);
    bool last = --lookup->holders == 0;
    pthread_mutex_unlock(&lookup->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&lookup->lock);
    free(lookup);
}

static void resolve(oc_lookup_t *lookup) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = lookup->flags}, *list = NULL;
    oc_lookup_result_t *out = &lookup->result;
    int rc = getaddrinfo(lookup->host, lookup->port, &hints, &list);
    out->why = rc ? gai_strerror(rc) : "it has no address";
    for (const struct addrinfo *at = list; at && out->count < OC_LOOKUP_ADDRESSES; at = at->ai_next)
        if (at->ai_family == AF_INET || at->ai_family == AF_INET6)
            memcpy(&out->address[out->count++], at->ai_addr, at->ai_addrlen);
    if (list)
        freeaddrinfo(list);
}

static void *run(void *context) {
    oc_lookup_t *lookup = context;
    resolve(lookup);
    atomic_fetch_sub(&under_way, 1);
    for (bool woken = false; !woken;) {
        pthread_mutex_lock(&lookup->lock);
        lookup->done = true;
        woken = !lookup->wake || lookup->wake(lookup->context);
        pthread_mutex_unlock(&lookup->lock);
        if (!woken)
            usleep(AGAIN_US);
    }
    let_go(lookup);
    return NULL;
}

void oc_lookup_drop(oc_lookup_t *lookup) {
    if (!lookup)
        return;
    pthread_mutex_lock(&lookup->lock);
    lookup->wake = NULL;
    pthread_mutex_unlock(&lookup->lock);
    let_go(lookup);
}

bool oc_lookup_take(oc_lookup_t *lookup, oc_lookup_result_t *result) {
    pthread_mutex_lock(&lookup->lock);
    bool done = lookup->done;
    pthread_mutex_unlock(&lookup->lock);
    if (!done)
        return false;
    *result = lookup->result;
    oc_lookup_drop(lookup);
    return true;
}

int oc_lookup_start(oc_lookup_t **out, const char *host, uint16_t port, int flags,
                    bool (*wake)(void *context), void *context) {
    pthread_t thread;
    if (atomic_fetch_add(&under_way, 1) >= OC_LOOKUP_MAX) {
        atomic_fetch_sub(&under_way, 1);
        return OC_ERR_BUSY;
    }
    oc_lookup_t *lookup = calloc(1, sizeof *lookup);
    if (lookup) {
        pthread_mutex_init(&lookup->lock, NULL);
        lookup->holders = 2;
        lookup->flags = flags;
        lookup->wake = wake;
        lookup->context = context;
        snprintf(lookup->host, sizeof lookup->host, "%s", host);
        snprintf(lookup->port, sizeof lookup->port, "%u", port);
        *out = lookup; /* before the thread wakes */
        if (oc_posix_thread(&thread, "lookup", STACK_BYTES, run, lookup) == OC_OK) {
            pthread_detach(thread);
            return OC_OK;
        }
        pthread_mutex_destroy(&lookup->lock);
        free(lookup);
        *out = NULL;
    }
    atomic_fetch_sub(&under_way, 1);
    return OC_ERR_NOMEM;
}
