#define _GNU_SOURCE
#include "oc_lookup.h"

#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_loop_parts.h"
#include "oc_posix.h"

#define STACK_BYTES (512 * 1024) /* resolvers of the C library are greedy */

/* Two hold it: the thread, and who asked. */
struct oc_lookup {
    pthread_mutex_t lock;
    oc_loop_poke_t *poke; /* under lock; NULL: dropped */
    unsigned holders;     /* under lock */
    bool found_it;        /* under lock */
    char host[256], port[8];
    void (*found)(void *context, const oc_lookup_result_t *result);
    void *context;
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
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG}, *list = NULL;
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
    pthread_mutex_lock(&lookup->lock);
    lookup->found_it = true;
    if (lookup->poke)
        oc_loop_poke(lookup->poke);
    pthread_mutex_unlock(&lookup->lock);
    let_go(lookup);
    return NULL;
}

void oc_lookup_drop(oc_lookup_t *lookup) {
    pthread_mutex_lock(&lookup->lock);
    oc_loop_poke_t *poke = lookup->poke;
    lookup->poke = NULL;
    pthread_mutex_unlock(&lookup->lock);
    oc_loop_poke_delete(poke);
    let_go(lookup);
}

static void on_poked(void *context) {
    oc_lookup_t *lookup = context;
    pthread_mutex_lock(&lookup->lock);
    bool found_it = lookup->found_it;
    pthread_mutex_unlock(&lookup->lock);
    if (!found_it)
        return;
    oc_lookup_result_t result = lookup->result;
    void (*found)(void *, const oc_lookup_result_t *) = lookup->found;
    void *asker = lookup->context;
    oc_lookup_drop(lookup);
    found(asker, &result);
}

int oc_lookup_start(oc_lookup_t **out, void *loop, const char *host, uint16_t port,
                    void (*found)(void *context, const oc_lookup_result_t *result), void *context) {
    pthread_t thread;
    if (atomic_fetch_add(&under_way, 1) >= OC_LOOKUP_MAX) {
        atomic_fetch_sub(&under_way, 1);
        return OC_ERR_BUSY;
    }
    oc_lookup_t *lookup = calloc(1, sizeof *lookup);
    if (lookup) {
        pthread_mutex_init(&lookup->lock, NULL);
        lookup->holders = 2;
        lookup->found = found;
        lookup->context = context;
        snprintf(lookup->host, sizeof lookup->host, "%s", host);
        snprintf(lookup->port, sizeof lookup->port, "%u", port);
        lookup->poke = oc_loop_poke_create(loop, on_poked, lookup);
    }
    if (lookup && lookup->poke &&
        oc_posix_thread(&thread, "lookup", STACK_BYTES, run, lookup) == OC_OK) {
        pthread_detach(thread);
        *out = lookup;
        return OC_OK;
    }
    atomic_fetch_sub(&under_way, 1);
    if (lookup) {
        oc_loop_poke_delete(lookup->poke);
        pthread_mutex_destroy(&lookup->lock);
        free(lookup);
    }
    return OC_ERR_NOMEM;
}
