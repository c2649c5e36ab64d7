/* Addresses and lines of anybody: the length stays, hiding twice hides nothing more, and what is
 * shown is cut and ended. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "oc_redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char shown[64], again[64], *once = malloc(size + 1), *twice = malloc(size + 1);
    if (!once || !twice)
        abort();
    memcpy(once, data, size);
    once[size] = '\0';
    oc_redact_url(once, shown, sizeof(shown));
    if (!memchr(shown, '\0', sizeof(shown)))
        abort();
    if (strlen(shown) + 1 < sizeof(shown)) { /* it was not cut */
        oc_redact_url(shown, again, sizeof(again));
        if (strcmp(shown, again) != 0)
            abort();
    }
    oc_redact_stars(once, size);
    memcpy(twice, once, size + 1);
    oc_redact_stars(twice, size);
    if (memcmp(once, twice, size) != 0)
        abort();
    free(once);
    free(twice);
    return 0;
}
