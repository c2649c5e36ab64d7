#define _GNU_SOURCE
#include "oc_p2p_lookup.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_posix.h"

#define STACK_BYTES (512 * 1024) /* resolvers of the C library are greedy */
#define AGAIN_US    10000        /* the media thread's queue was full */

/* Two hold it: the thread, and who asked. The thread posts under the lock, so that after a drop the
 * media thread may be gone. */
struct oc_p2p_lookup {
    pthread_mutex_t lock;
    oc_media_thread_t *media; /* under lock; NULL: dropped */
    unsigned holders;         /* under lock */
    char host[256];
    unsigned index;
    void (*found)(void *context, unsigned index, const oc_p2p_lookup_result_t *result);
    void *context;
    oc_p2p_lookup_result_t result;
};

static void let_go(oc_p2p_lookup_t *lookup) {
    pthread_mutex_lock(&lookup->lock);
    bool last = --lookup->holders == 0;
    pthread_mutex_unlock(&lookup->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&lookup->lock);
    free(lookup);
}

/* Media thread. */
static void take(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_p2p_lookup_t *lookup = call->context;
    if (lookup->media) { /* only this thread clears it */
        lookup->media = NULL;
        lookup->found(lookup->context, lookup->index, &lookup->result);
        let_go(lookup);
    }
    let_go(lookup);
}

static void resolve(oc_p2p_lookup_t *lookup) {
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *list = NULL;
    oc_p2p_lookup_result_t *out = &lookup->result;
    int rc = getaddrinfo(lookup->host, NULL, &hints, &list);
    out->why = rc ? gai_strerror(rc) : "it has no address";
    for (const struct addrinfo *at = list; at; at = at->ai_next) {
        if (at->ai_family == AF_INET && !out->addr4.family) {
            const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)at->ai_addr;
            out->addr4 = oc_addr4((const uint8_t *)&in->sin_addr, 0);
        } else if (at->ai_family == AF_INET6 && !out->addr6.family) {
            const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)(const void *)at->ai_addr;
            out->addr6 = oc_addr6(in->sin6_addr.s6_addr, 0, 0);
        }
    }
    if (list)
        freeaddrinfo(list);
    if (out->addr4.family || out->addr6.family)
        out->why = NULL;
}

static void *run(void *context) {
    oc_p2p_lookup_t *lookup = context;
    resolve(lookup);
    for (;;) {
        oc_media_call_t call = {.run = take, .context = lookup};
        pthread_mutex_lock(&lookup->lock);
        oc_media_thread_t *media = lookup->media;
        bool posted = media && oc_media_thread_post(media, &call) == OC_OK;
        pthread_mutex_unlock(&lookup->lock);
        if (posted)
            return NULL; /* take lets go for this thread */
        if (!media)
            break;
        usleep(AGAIN_US);
    }
    let_go(lookup);
    return NULL;
}

int oc_p2p_lookup_start(oc_p2p_lookup_t **out, oc_media_thread_t *media, const char *host,
                        unsigned index,
                        void (*found)(void *context, unsigned index,
                                      const oc_p2p_lookup_result_t *result),
                        void *context) {
    pthread_t thread;
    oc_p2p_lookup_t *lookup = calloc(1, sizeof *lookup);
    if (!lookup)
        return OC_ERR_NOMEM;
    pthread_mutex_init(&lookup->lock, NULL);
    lookup->media = media;
    lookup->holders = 2;
    lookup->index = index;
    lookup->found = found;
    lookup->context = context;
    snprintf(lookup->host, sizeof lookup->host, "%s", host);
    *out = lookup;
    if (oc_posix_thread(&thread, "lookup", STACK_BYTES, run, lookup) == OC_OK) {
        pthread_detach(thread);
        return OC_OK;
    }
    pthread_mutex_destroy(&lookup->lock);
    free(lookup);
    return OC_ERR_NOMEM;
}

void oc_p2p_lookup_drop(oc_p2p_lookup_t *lookup) {
    pthread_mutex_lock(&lookup->lock);
    lookup->media = NULL;
    pthread_mutex_unlock(&lookup->lock);
    let_go(lookup);
}
