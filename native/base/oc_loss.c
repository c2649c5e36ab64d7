/* See oc_loss.h. */
#include "oc_loss.h"

const char *oc_loss_name(unsigned cause) {
    static const char *const names[] = {
#define OC_LOSS_NAME(id, name) name,
        OC_LOSS_MAP(OC_LOSS_NAME)
#undef OC_LOSS_NAME
    };
    return cause < OC_LOSS_CAUSES ? names[cause] : "";
}
