/* oc_object_wire - how a process without files and connections reads an object: a request and its
 * reply on a SOCK_STREAM socket, one after the other. The process is hostile to whoever serves it;
 * requests are checked, and nothing else is taken from it. */
#ifndef OC_OBJECT_WIRE_H
#define OC_OBJECT_WIRE_H

#include <stdint.h>

#define OC_OBJECT_WIRE_MAX (256u * 1024u) /* bytes of one reply */

/* Bytes, please. len 0: the size of the whole, please. */
typedef struct oc_object_wire_request {
    uint64_t at;
    uint32_t len; /* 0..OC_OBJECT_WIRE_MAX */
    uint32_t spare;
} oc_object_wire_request_t;

/* > 0: so many bytes follow | 0 the end | OC_ERR_*. To a request of len 0: the size. */
typedef struct oc_object_wire_reply {
    int64_t result;
} oc_object_wire_reply_t;

#endif
