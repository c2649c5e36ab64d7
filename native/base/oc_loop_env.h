/* oc_loop_env - what every part needs of the host that runs it: memory, the clock, a wake-up. The
 * host fills one for each of its loops and hands it through; nobody wraps it. The host calls the
 * parts on one thread, that of its media plane; "any thread" says so. */
#ifndef OC_LOOP_ENV_H
#define OC_LOOP_ENV_H

#include <stddef.h>
#include <stdint.h>

/* No member may be NULL unless it says so. */
typedef struct oc_loop_env {
    /* Memory aligned to 16, for large objects; NULL: none left. Any thread. */
    void *(*allocate)(void *context, size_t bytes);
    void (*release)(void *context, void *memory); /* NULL as memory is allowed */
    int64_t (*now_us)(void *context);             /* monotonic; any thread */
    void (*wake)(void *context);                  /* a turn is due at once; any thread */
    /* A turn is due by then. NULL: the host sets its timer by what a turn returns. */
    void (*due)(void *context, int64_t due_us);
    void *context;
} oc_loop_env_t;

#endif
