#include "oc_script_ends.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BEHIND '\x1E' /* of each; not in what is kept */

void oc_script_ends_note(oc_script_ends_t *ends, int64_t at_us, const char *text) {
    char one[OC_SCRIPT_END_BYTES];
    snprintf(one, sizeof one - 1, "%" PRId64 " %s", at_us / 1000, text);
    for (char *at = one; (at = strchr(at, BEHIND)) != NULL;)
        *at = ' ';
    size_t len = strlen(one), used = strlen(ends->text);
    one[len++] = BEHIND;
    while (used + len >= sizeof ends->text) {
        size_t oldest = strcspn(ends->text, "\x1E") + 1;
        memmove(ends->text, ends->text + oldest, used - oldest + 1);
        used -= oldest;
    }
    memcpy(ends->text + used, one, len);
    ends->text[used + len] = 0;
}
