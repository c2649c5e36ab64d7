/* See oc_input.h. */
#include "oc_input.h"

const char *oc_input_kind(unsigned input) {
    static const char *const kinds[OC_INPUTS] = {"motion",   "human",   "sound",
                                                 "doorbell", "privacy", "linkage"};
    return input < OC_INPUTS ? kinds[input] : "";
}

uint32_t oc_input_mask(unsigned input) {
    static const uint32_t masks[OC_INPUTS] = {1, 2, 4, 1u << 16, 0, 8};
    return input < OC_INPUTS ? masks[input] : 0;
}
