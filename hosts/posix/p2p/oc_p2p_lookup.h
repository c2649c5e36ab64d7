/* oc_p2p_lookup - the address of one name, looked up on a thread of its own: whoever answers late,
 * or never, holds nobody up, not even the end of the process. */
#ifndef OC_P2P_LOOKUP_H
#define OC_P2P_LOOKUP_H

#include "oc_addr.h"
#include "oc_media_thread.h"

typedef struct oc_p2p_lookup oc_p2p_lookup_t; /* opaque */

/* What was found. Either may have family 0. */
typedef struct oc_p2p_lookup_result {
    oc_addr_t addr4, addr6; /* port 0 */
    const char *why;        /* static; NULL: at least one address */
} oc_p2p_lookup_result_t;

/* Starts it. found: called once on the media thread, unless it is dropped before; index: as given.
 * host: a name or an address, copied. OC_OK, *out is owned by caller until `found` has been called
 * or oc_p2p_lookup_drop | OC_ERR_NOMEM no memory or no thread. */
int oc_p2p_lookup_start(oc_p2p_lookup_t **out, oc_media_thread_t *media, const char *host,
                        unsigned index,
                        void (*found)(void *context, unsigned index,
                                      const oc_p2p_lookup_result_t *result),
                        void *context);
/* Media thread: `found` is not called any more. */
void oc_p2p_lookup_drop(oc_p2p_lookup_t *lookup);

#endif
