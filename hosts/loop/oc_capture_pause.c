#include "oc_capture_pause.h"

#include "oc_retry.h"

static int64_t at_most(int64_t us, int64_t limit_us) {
    return us < limit_us ? us : limit_us;
}

/* The login was refused; not: it let us in and sent us away later. */
static int64_t refused(oc_capture_pause_t *pause) {
    if (pause->refusals == 0)
        pause->login_us = pause->was_in ? OC_RETRY_LOGIN_AGAIN_US : OC_RETRY_LOGIN_US;
    return oc_retry_login_us(pause->login_us, ++pause->refusals);
}

int64_t oc_capture_pause_us(oc_capture_pause_t *pause, int result, bool started, bool delivered,
                            int64_t lasted_us) {
    pause->was_in = pause->was_in || started;
    if (delivered)
        pause->refusals = 0;
    if (result == OC_ERR_PASSWORD)
        return refused(pause);
    int64_t limit_us = delivered ? OC_CAPTURE_PAUSE_CAME_US : OC_CAPTURE_PAUSE_MAX_US;
    bool afresh = pause->next_us == 0 || lasted_us > OC_CAPTURE_PAUSE_STEADY_US;
    int64_t wait_us = afresh ? OC_CAPTURE_PAUSE_MIN_US : at_most(pause->next_us, limit_us);
    pause->next_us = at_most(wait_us * 2, limit_us);
    return wait_us;
}
