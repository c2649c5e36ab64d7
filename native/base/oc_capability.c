#include "oc_capability.h"

#include <stddef.h>
#include <stdio.h>

static const struct {
    oc_capability_t bit;
    const char *name;
} names[] = {
    {OC_CAPABILITY_NETWORK, "network"}, {OC_CAPABILITY_FILES, "files"},
    {OC_CAPABILITY_HTTP, "http"},       {OC_CAPABILITY_MEDIA, "media"},
    {OC_CAPABILITY_VIEWERS, "viewers"}, {OC_CAPABILITY_SETTINGS, "settings"},
    {OC_CAPABILITY_SYSTEM, "system"},   {OC_CAPABILITY_UPDATE, "update"},
};

void oc_capability_names(unsigned capabilities, char *text) {
    size_t used = 0;
    snprintf(text, OC_CAPABILITY_TEXT, "none");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (capabilities & names[i].bit)
            used += (size_t)snprintf(text + used, OC_CAPABILITY_TEXT - used, "%s%s",
                                     used ? ", " : "", names[i].name);
}
