/* oc_lookup - the addresses of one name, looked up on a thread of its own and brought to a loop:
 * whoever answers late, or never, holds nobody up, not even the end of the machine. */
#ifndef OC_LOOKUP_H
#define OC_LOOKUP_H

#include <netinet/in.h>

#define OC_LOOKUP_ADDRESSES 4u  /* that are tried in their order */
#define OC_LOOKUP_MAX       32u /* names at a time in a process, a thread of 512 KB each */

typedef struct oc_lookup oc_lookup_t; /* opaque */

/* What was found. */
typedef struct oc_lookup_result {
    unsigned count;                                       /* 0: `why` says why */
    struct sockaddr_storage address[OC_LOOKUP_ADDRESSES]; /* with the port */
    const char *why;                                      /* static */
} oc_lookup_result_t;

/* Starts it. loop: of oc_loop_native. host: copied. found: once, on the loop, unless it is dropped
 * before; the lookup is gone then, the result borrowed until return. OC_OK, *out is owned until
 * then | OC_ERR_NOMEM no memory or no thread | OC_ERR_BUSY too many are under way. */
int oc_lookup_start(oc_lookup_t **out, void *loop, const char *host, uint16_t port,
                    void (*found)(void *context, const oc_lookup_result_t *result), void *context);
/* On the loop: `found` is not called any more. */
void oc_lookup_drop(oc_lookup_t *lookup);

#endif
