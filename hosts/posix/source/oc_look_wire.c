#include "oc_look_wire.h"

#include "oc_err.h"

#define RATE_MIN   4000
#define RATE_MAX   192000
#define LEAST_CODE (-100) /* below all of OC_ERR_* */

bool oc_look_request_fits(const oc_look_request_t *r) {
    if (r->config_bytes > OC_TRACK_CONFIG_MAX || r->bytes > OC_LOOK_IN - OC_TRACK_CONFIG_MAX ||
        r->rate > RATE_MAX || r->channels > OC_LOOK_CHANNELS)
        return false;
    return r->wants != OC_LOOK_GREY ||
           (r->width > 0 && r->height > 0 && (uint32_t)r->width * r->height <= OC_LOOK_OUT);
}

bool oc_look_answer_fits(const oc_look_request_t *request, const oc_look_answer_t *a) {
    if (a->result != OC_OK)
        return a->bytes == 0 && a->result > LEAST_CODE && (a->result < 0 || a->result == OC_AGAIN);
    switch (request->wants) {
    case OC_LOOK_GREY:
        return a->bytes == (uint32_t)request->width * request->height;
    case OC_LOOK_JPEG:
        return a->bytes > 0 && a->bytes <= OC_LOOK_OUT;
    case OC_LOOK_SOUND:
        return a->bytes % 2 == 0 && a->bytes <= OC_LOOK_SAMPLES * 2 && a->rate <= RATE_MAX &&
               (a->bytes == 0 || a->rate >= RATE_MIN);
    default:
        return a->bytes == 0;
    }
}
