/* oc_ff_object - libavformat reads an object and writes a stream through sockets: custom AVIO
 * contexts of a process that has neither files nor connections. A failure is remembered: what
 * libavformat makes of it (often the end of the file) does not count. One thread. */
#ifndef OC_FF_OBJECT_H
#define OC_FF_OBJECT_H

#include "oc_ff.h"
#include "oc_object_wire.h"

#define OC_FF_OBJECT_BUFFER (128 * 1024) /* bytes read at a time */

typedef struct oc_ff_object {
    AVIOContext *io; /* NULL: not open */
    int socket;
    const AVIOInterruptCB
        *interrupt; /* polled while it waits; NULL: it waits as long as it takes */
    int64_t at, bytes;
    int failed; /* OC_ERR_* of the first failure; OC_OK: none */
} oc_ff_object_t;

/* Learns the size. socket, interrupt: borrowed until close. OC_OK | OC_ERR_NOMEM | OC_ERR_CLOSED.
 */
int oc_ff_object_open(oc_ff_object_t *object, int socket, const AVIOInterruptCB *interrupt);
/* Twice is fine. */
void oc_ff_object_close(oc_ff_object_t *object);

/* Reads or writes all of len bytes of a socket. False: the other end is gone. */
bool oc_ff_object_take(int socket, void *out, size_t len);
bool oc_ff_object_give(int socket, const void *bytes, size_t len);

#endif
