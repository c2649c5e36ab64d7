#include "oc_capability.h"

#include <stddef.h>
#include <stdio.h>

static const struct {
    oc_capability_t bit;
    const char *name;
} names[] = {
#define OC_CAPABILITY_NAME(id, name) {OC_CAPABILITY_##id, name},
    OC_CAPABILITY_MAP(OC_CAPABILITY_NAME)
#undef OC_CAPABILITY_NAME
};

void oc_capability_names(unsigned capabilities, char *text) {
    size_t used = 0;
    snprintf(text, OC_CAPABILITY_TEXT, "none");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (capabilities & names[i].bit)
            used += (size_t)snprintf(text + used, OC_CAPABILITY_TEXT - used, "%s%s",
                                     used ? ", " : "", names[i].name);
}
