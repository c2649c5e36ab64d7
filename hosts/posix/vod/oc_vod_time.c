#include "oc_vod_time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_clock.h"
#include "oc_err.h"

#define SECONDS 15 /* characters of 20261121T025100 */
#define DIGITS  15 /* of milliseconds since 1970, at most */

int oc_vod_time_read(const char *text, int64_t *wall_ms) {
    char basic[OC_CLOCK_TEXT + 1];
    size_t len = 0, digits = strspn(text, "0123456789");
    int64_t wall_us;
    if (digits > 0 && digits <= DIGITS && text[digits] == '\0') {
        *wall_ms = strtoll(text, NULL, 10);
        return OC_OK;
    }
    for (; *text && len < OC_CLOCK_TEXT; text++)
        if (*text != '-' && *text != ':')
            basic[len++] = *text;
    basic[len] = '\0';
    if (len == SECONDS + 1 && basic[SECONDS] == 'Z') {
        memcpy(basic + SECONDS, ".000Z", 6);
        len = SECONDS + 5;
    }
    if (*text || oc_clock_parse(basic, len, &wall_us) != OC_OK)
        return OC_ERR_FORMAT;
    *wall_ms = wall_us / 1000;
    return OC_OK;
}

void oc_vod_time_write(int64_t wall_ms, char out[OC_VOD_TIME_TEXT]) {
    char t[OC_CLOCK_TEXT];
    oc_clock_format(wall_ms * 1000, t);
    snprintf(out, OC_VOD_TIME_TEXT, "%.4s-%.2s-%.5s:%.2s:%.7s", t, t + 4, t + 6, t + 11, t + 13);
}
