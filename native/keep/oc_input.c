/* See oc_input.h. */
#include "oc_input.h"

oc_event_kind_t oc_input_event(unsigned input) {
    static const oc_event_kind_t kinds[OC_INPUTS] = {OC_EVENT_MOTION,  OC_EVENT_HUMAN,
                                                     OC_EVENT_SOUND,   OC_EVENT_DOORBELL,
                                                     OC_EVENT_PRIVACY, OC_EVENT_LINKAGE};
    return kinds[input];
}
