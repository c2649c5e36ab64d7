#include "oc_ff_memory.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

static _Thread_local bool of_source;
static _Thread_local size_t refused_here;
static atomic_size_t refused_elsewhere;

void oc_ff_memory_of_source(void) {
    of_source = true;
}

size_t oc_ff_memory_refused_bytes(void) {
    size_t here = refused_here, elsewhere = atomic_exchange(&refused_elsewhere, 0);
    refused_here = 0;
    return here > elsewhere ? here : elsewhere;
}

#ifndef OC_SANITIZED
/* glibc's own, behind the names that are interposed. */
void *__libc_realloc(void *old, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

static void note_refused(size_t bytes) {
    if (!of_source)
        atomic_store(&refused_elsewhere, bytes);
    else if (bytes > refused_here)
        refused_here = bytes;
}

void *realloc(void *old, size_t bytes) {
    void *got = __libc_realloc(old, bytes);
    if (!got && bytes > 0)
        note_refused(bytes);
    return got;
}

int posix_memalign(void **out, size_t alignment, size_t bytes) {
    if (alignment == 0 || alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    int error = errno; /* POSIX: it is left as it is */
    void *got = __libc_memalign(alignment, bytes);
    errno = error;
    if (!got) {
        note_refused(bytes);
        return ENOMEM;
    }
    *out = got;
    return 0;
}
#endif
