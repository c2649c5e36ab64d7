/* oc_key_thread - key frames of recordings as JSON, read by a thread of its own: a walk over the
 * fragments of a long file waits for the disk. */
#ifndef OC_KEY_THREAD_H
#define OC_KEY_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oc_file_op.h"

typedef struct oc_key_thread oc_key_thread_t; /* opaque */

/* What is wanted. */
typedef struct oc_key_request {
    uint32_t id; /* comes back in the answer */
    char path[OC_FILE_PATH_MAX];
    uint64_t synced;  /* as oc_key_cache_get has it; UINT64_MAX means: nobody writes to the file */
    uint64_t from_ms; /* from the last key frame at or before it on */
} oc_key_request_t;

/* root: descriptor of the data directory, borrowed. answer: on the thread, once for each request;
 * text: borrowed until return; result: OC_OK | OC_ERR_* of oc_key_cache_get. The thread begins with
 * the first request. NULL: no memory. */
oc_key_thread_t *oc_key_thread_create(int root,
                                      void (*answer)(void *context, uint32_t id, int result,
                                                     const char *text, size_t len),
                                      void *context);
/* Requests that wait get no answer. until_us: of oc_pulse. True: freed, NULL is allowed; false: the
 * disk hangs, and nothing it uses may be freed. */
bool oc_key_thread_stop(oc_key_thread_t *thread, int64_t until_us);

/* Any thread. request: copied. OC_OK | OC_ERR_BUSY | OC_ERR_NOMEM: no answer comes. */
int oc_key_thread_read(oc_key_thread_t *thread, const oc_key_request_t *request);

#endif
