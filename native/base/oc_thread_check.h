/* oc_thread_check - asserts that ring, outputs and plane are entered on the media thread only.
 * Active where OC_THREAD_CHECK is defined (debug and sanitizer builds) and once a host has named
 * the thread; otherwise it is nothing. A core knows no thread: the host supplies a token. */
#ifndef OC_THREAD_CHECK_H
#define OC_THREAD_CHECK_H

#include <stdint.h>

/* Any value that differs between threads alive at the same time, e.g. the address of a thread-local
 * variable. */
typedef uintptr_t (*oc_thread_token_t)(void);

/* Called on the media thread before its first entry: this thread owns the media plane from now on.
 * token NULL: nobody owns it, nothing is checked (after the media thread has ended). */
void oc_thread_check_own(oc_thread_token_t token);

/* Aborts when called on another thread than the owner; see OC_ON_MEDIA_THREAD. */
void oc_thread_check_media(const char *where);

#ifdef OC_THREAD_CHECK
#define OC_ON_MEDIA_THREAD() oc_thread_check_media(__func__)
#else
#define OC_ON_MEDIA_THREAD() ((void)0)
#endif

#endif
