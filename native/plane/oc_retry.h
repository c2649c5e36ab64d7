/* oc_retry - how long a source that did not open waits for its next try. A refused login waits for
 * minutes, then hours: cameras lock an account after a few wrong ones, and then refuse the right
 * one too. Pure. */
#ifndef OC_RETRY_H
#define OC_RETRY_H

#include <stdint.h>
#include "oc_err.h"

#define OC_RETRY_MIN_US       (INT64_C(1) * 1000 * 1000)  /* the first one; doubled with each ... */
#define OC_RETRY_MAX_US       (INT64_C(30) * 1000 * 1000) /* ... up to this */
#define OC_RETRY_LOGIN_US     (INT64_C(8) * 60 * 1000 * 1000) /* four times as long with each ... */
#define OC_RETRY_LOGIN_MAX_US (INT64_C(4) * 3600 * 1000 * 1000) /* ... up to this */

/* code: how the last try ended, OC_ERR_*; failures: tries in a row that failed, 1 or more. In us.
 */
static inline int64_t oc_retry_us(int code, uint32_t failures) {
    unsigned before = failures < 8 ? failures - 1 : 7;
    int64_t wait_us =
        code == OC_ERR_PASSWORD ? OC_RETRY_LOGIN_US << 2 * before : OC_RETRY_MIN_US << before;
    int64_t max_us = code == OC_ERR_PASSWORD ? OC_RETRY_LOGIN_MAX_US : OC_RETRY_MAX_US;
    return wait_us < max_us ? wait_us : max_us;
}

#endif
