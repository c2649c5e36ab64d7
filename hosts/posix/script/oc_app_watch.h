/* oc_app_watch - sees on a script's loop that the application's file is another one: renamed over
 * it, or written in place and closed. Reads it and hands it on. */
#ifndef OC_APP_WATCH_H
#define OC_APP_WATCH_H

#include <stddef.h>
#include <stdint.h>

#define OC_APP_BYTES_MAX (16 * 1024 * 1024) /* of an application's archive */

/* One file under watch; opaque. */
typedef struct oc_app_watch oc_app_watch_t;

/* Begins. native: of the loop (oc_loop_native), whose thread calls changed(context) with the file
 * (borrowed until return). path: borrowed until the end. NULL: it cannot be watched, errno says
 * why. */
oc_app_watch_t *oc_app_watch_start(void *native, const char *path,
                                   void (*changed)(void *context, const uint8_t *data, size_t size),
                                   void *context);
/* Ends it; NULL is allowed. */
void oc_app_watch_stop(oc_app_watch_t *watch);

#endif
