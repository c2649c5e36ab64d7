/* oc_lasting - one line for a failure that lasts: the first time, when it fails in a new way, and
 * then once an hour; how often it was, when it ends. */
#ifndef OC_LASTING_H
#define OC_LASTING_H

#include <stdbool.h>
#include <stdint.h>

#define OC_LASTING_US   (3600LL * 1000 * 1000) /* a failure that goes on is reported again after */
#define OC_LASTING_WAYS 4                      /* of failing that are known; 4 bytes each */

/* Start from zeros: nothing fails. */
typedef struct oc_lasting {
    uint32_t way[OC_LASTING_WAYS]; /* reported since it began; 0 = free */
    uint32_t ways, count;          /* of them; failures since it began */
    int64_t reported_us;           /* the newest line, monotonic */
} oc_lasting_t;

/* It fails; way: a number or hash of how, not 0. True: report it. */
bool oc_lasting_fail(oc_lasting_t *lasting, uint32_t way, int64_t now_us);
/* It works. How often it had failed; 0: it worked all the time. */
uint32_t oc_lasting_end(oc_lasting_t *lasting);

#endif
