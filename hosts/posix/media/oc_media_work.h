/* oc_media_work - work that the parts of the media thread have done on the file thread. Implemented
 * by oc_media_thread. */
#ifndef OC_MEDIA_WORK_H
#define OC_MEDIA_WORK_H

#include "oc_file_store.h"
#include "oc_plane.h"

/* The thread with plane, mailbox and what serves them; opaque. */
typedef struct oc_media_thread oc_media_thread_t;

/* Valid until stopped. The plane's tables and names from any thread, all else on the media thread.
 */
oc_plane_t *oc_media_thread_plane(oc_media_thread_t *media);

/* Media thread. Runs work on the file thread, then done on the media thread with its result.
 * OC_OK | OC_ERR_BUSY (neither is called). */
int oc_media_thread_work(oc_media_thread_t *media,
                         int (*work)(oc_file_store_t *store, void *context),
                         void (*done)(oc_media_thread_t *media, void *context, int result),
                         void *context);

#endif
