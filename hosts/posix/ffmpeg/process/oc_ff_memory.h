/* oc_ff_memory - this program's own realloc and posix_memalign, by which FFmpeg takes its memory:
 * they note each request that is refused, since FFmpeg goes on without a word then. */
#ifndef OC_FF_MEMORY_H
#define OC_FF_MEMORY_H

#include <stddef.h>

/* The calling thread is that of a source: its refused requests are noted apart from those of other
 * threads. */
void oc_ff_memory_of_source(void);

/* Bytes of the largest request that was refused since the last call, to the calling source's thread
 * or to a thread of no source; 0 = none. Always 0 with sanitizers, which have their own. */
size_t oc_ff_memory_refused_bytes(void);

#endif
