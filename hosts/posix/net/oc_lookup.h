/* oc_lookup - the addresses of one name, looked up on a thread of its own: whoever answers late, or
 * never, holds nobody up, not even the end of the process. */
#ifndef OC_LOOKUP_H
#define OC_LOOKUP_H

#include <netinet/in.h>
#include <stdbool.h>

#define OC_LOOKUP_ADDRESSES 8u  /* in the order of the C library; further ones are left out */
#define OC_LOOKUP_MAX       32u /* names at a time in a process, a thread of 512 KB each */

typedef struct oc_lookup oc_lookup_t; /* opaque */

/* What was found. */
typedef struct oc_lookup_result {
    unsigned count;                                       /* 0: `why` says why */
    struct sockaddr_storage address[OC_LOOKUP_ADDRESSES]; /* with the port */
    const char *why;                                      /* static */
} oc_lookup_result_t;

/* Starts it. host: a name or an address, copied. flags: of getaddrinfo. wake: called by another
 * thread, until it gives true or the lookup is dropped; it has who asked call oc_lookup_take.
 * OC_OK, *out is owned until it was taken or dropped | OC_ERR_NOMEM no memory or no thread |
 * OC_ERR_BUSY too many are under way. */
int oc_lookup_start(oc_lookup_t **out, const char *host, uint16_t port, int flags,
                    bool (*wake)(void *context), void *context);
/* True: it is done, and gone. False: not yet. */
bool oc_lookup_take(oc_lookup_t *lookup, oc_lookup_result_t *result);
/* Afterwards `wake` is not called. NULL is allowed. */
void oc_lookup_drop(oc_lookup_t *lookup);

#endif
