/* oc_object_serve - a thread that answers the requests of one process for the bytes of one object
 * (oc_object_wire). */
#ifndef OC_OBJECT_SERVE_H
#define OC_OBJECT_SERVE_H

#include "oc_object_reader.h"
#include "oc_object_wire.h"

typedef struct oc_object_serve oc_object_serve_t; /* opaque; a thread and 256 KB */

/* reader: borrowed until end, used by the thread alone. socket: borrowed until end. OC_OK |
 * OC_ERR_NOMEM. */
int oc_object_serve_begin(oc_object_serve_t **out, oc_object_reader_t *reader, int socket);

/* The same on the thread of the caller: answers until the other end leaves. The socket is shut down
 * afterwards. */
void oc_object_serve_loop(oc_object_reader_t *reader, int socket);

/* Ends the thread, once its request has ended: access->stop makes that soon. NULL is fine. */
void oc_object_serve_end(oc_object_serve_t *serve);

#endif
