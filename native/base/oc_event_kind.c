#include "oc_event_kind.h"

const char *oc_event_kind_word(oc_event_kind_t kind) {
    static const char *const words[] = {
#define OC_EVENT_KIND_WORD(name, word, mask) word,
        OC_EVENT_KIND_MAP(OC_EVENT_KIND_WORD)
#undef OC_EVENT_KIND_WORD
    };
    return words[kind];
}

uint32_t oc_event_kind_mask(oc_event_kind_t kind) {
    static const uint32_t masks[] = {
#define OC_EVENT_KIND_BITS(name, word, mask) mask,
        OC_EVENT_KIND_MAP(OC_EVENT_KIND_BITS)
#undef OC_EVENT_KIND_BITS
    };
    return masks[kind];
}
