#include "oc_beat.h"

int64_t oc_beat_look(oc_beat_t *beat, uint32_t count, bool excused, int64_t now_us) {
    int64_t since_us = beat->looked_us ? now_us - beat->looked_us : 0;
    if (count != beat->count || excused)
        beat->silence_us = 0;
    else
        beat->silence_us += since_us < OC_BEAT_LOOK_US ? since_us : OC_BEAT_LOOK_US;
    beat->count = count;
    beat->looked_us = now_us;
    return beat->silence_us;
}
