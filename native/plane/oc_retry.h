/* oc_retry - how long a source that did not open waits for its next try. A refused login waits for
 * minutes, then hours: cameras lock an account after a few wrong ones, and then refuse the right
 * one too. Pure. */
#ifndef OC_RETRY_H
#define OC_RETRY_H

#include <stdint.h>
#include "oc_err.h"

#define OC_RETRY_MIN_US (INT64_C(1) * 1000 * 1000)  /* the first one; doubled with each ... */
#define OC_RETRY_MAX_US (INT64_C(30) * 1000 * 1000) /* ... up to this */
/* The first one of a refused login, and of one that the source had let in before (a camera that
 * starts, or whose clock is set, refuses for a while); four times as long with each ... */
#define OC_RETRY_LOGIN_US       (INT64_C(8) * 60 * 1000 * 1000)
#define OC_RETRY_LOGIN_AGAIN_US (INT64_C(30) * 1000 * 1000)
#define OC_RETRY_LOGIN_MAX_US   (INT64_C(4) * 3600 * 1000 * 1000) /* ... up to this */

#define OC_RETRY_STEPS 7 /* the wait grows so often at most: beyond, it is the longest anyway */

/* first_us: one of the two above; refusals: logins in a row that were refused, 1 or more. In us. */
static inline int64_t oc_retry_login_us(int64_t first_us, uint32_t refusals) {
    unsigned before = refusals <= OC_RETRY_STEPS ? refusals - 1 : OC_RETRY_STEPS;
    int64_t wait_us = first_us << 2 * before;
    return wait_us < OC_RETRY_LOGIN_MAX_US ? wait_us : OC_RETRY_LOGIN_MAX_US;
}

/* code: how the last try ended, OC_ERR_*; failures: tries in a row that failed, 1 or more. In us.
 */
static inline int64_t oc_retry_us(int code, uint32_t failures) {
    if (code == OC_ERR_PASSWORD)
        return oc_retry_login_us(OC_RETRY_LOGIN_US, failures);
    unsigned before = failures <= OC_RETRY_STEPS ? failures - 1 : OC_RETRY_STEPS;
    int64_t wait_us = OC_RETRY_MIN_US << before;
    return wait_us < OC_RETRY_MAX_US ? wait_us : OC_RETRY_MAX_US;
}

#endif
