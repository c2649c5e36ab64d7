/* oc_source_object - inputs that are objects of a store: this program reads them, and their helper
 * gets a socket (hosts/posix/object/oc_object_wire.h). Who has a way to stores says so before
 * sources begin; a host without one refuses such inputs. */
#ifndef OC_SOURCE_OBJECT_H
#define OC_SOURCE_OBJECT_H

#include "oc_ff_url.h"

typedef struct oc_source_objects {
    /* Begins to serve an object without waiting for it: a failure is logged, and the socket ends.
     * place: borrowed until return. The helper's socket, owned by caller after return, and *object |
     * -1. Capture thread. */
    int (*open)(const oc_ff_object_place_t *place, void **object);
    /* Ends it, within about a second. Capture thread. */
    void (*close)(void *object);
} oc_source_objects_t;

/* NULL: there are none. Set before sources begin; static. */
extern const oc_source_objects_t *oc_source_objects;

#endif
