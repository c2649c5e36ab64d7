/* See oc_lasting.h. */
#include "oc_lasting.h"

bool oc_lasting_fail(oc_lasting_t *lasting, uint32_t way, int64_t now_us) {
    bool known = false;
    for (unsigned i = 0; i < OC_LASTING_WAYS; i++)
        known = known || lasting->way[i] == way;
    lasting->count++;
    if (known && now_us - lasting->reported_us < OC_LASTING_US)
        return false;
    if (!known)
        lasting->way[lasting->ways++ % OC_LASTING_WAYS] = way;
    lasting->reported_us = now_us;
    return true;
}

uint32_t oc_lasting_end(oc_lasting_t *lasting) {
    uint32_t count = lasting->count;
    *lasting = (oc_lasting_t){0};
    return count;
}
