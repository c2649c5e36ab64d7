/* See oc_silence.h. */
#include "oc_silence.h"

void oc_silence_begin(oc_silence_t *silence, uint32_t seen, int64_t now_us) {
    *silence = (oc_silence_t){.seen = seen, .looked_us = now_us};
}

int64_t oc_silence_look(oc_silence_t *silence, uint32_t seen, int64_t now_us) {
    int64_t step_us = now_us - silence->looked_us;
    step_us = step_us < OC_SILENCE_STEP_US ? step_us : OC_SILENCE_STEP_US;
    silence->quiet_us = seen == silence->seen ? silence->quiet_us + (step_us > 0 ? step_us : 0) : 0;
    silence->seen = seen;
    silence->looked_us = now_us;
    return silence->quiet_us;
}
