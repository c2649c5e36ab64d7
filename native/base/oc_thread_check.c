/* See oc_thread_check.h. Relaxed atomics: the values change only while one thread starts or ends
 * another, which orders them. */
#include "oc_thread_check.h"

#include <stdatomic.h>
#include <stdlib.h>
#include "oc_log.h"

static _Atomic(oc_thread_token_t) token_of;
static _Atomic uintptr_t owner;

void oc_thread_check_own(oc_thread_token_t token) {
    atomic_store_explicit(&token_of, NULL, memory_order_relaxed);
    atomic_store_explicit(&owner, token ? token() : 0, memory_order_relaxed);
    atomic_store_explicit(&token_of, token, memory_order_release);
}

void oc_thread_check_media(const char *where) {
    oc_thread_token_t token = atomic_load_explicit(&token_of, memory_order_acquire);
    if (!token || token() == atomic_load_explicit(&owner, memory_order_relaxed))
        return;
    oc_log(OC_LOG_ERROR, "plane", "%s was called on a thread that is not the media thread", where);
    abort();
}
