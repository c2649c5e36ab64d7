/* oc_media_memory - what the plane allocates (oc_media_thread.h): a body leaves through
 * libwebsockets, which writes its framing in front of it. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "oc_media_thread.h"

void *oc_media_thread_allocate(size_t bytes) {
    uint8_t *memory = aligned_alloc(16, (bytes + OC_MEDIA_HEADROOM + 15) / 16 * 16);
    return memory ? memory + OC_MEDIA_HEADROOM : NULL;
}

void oc_media_thread_release(void *memory) {
    if (memory)
        free((uint8_t *)memory - OC_MEDIA_HEADROOM);
}

void oc_media_thread_discard(void *memory, size_t bytes) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = ((uintptr_t)memory + page - 1) / page * page;
    uintptr_t end = ((uintptr_t)memory + bytes) / page * page;
    if (begin < end)
        (void)madvise((void *)begin, end - begin, MADV_DONTNEED); /* refused: it stays as it is */
}
