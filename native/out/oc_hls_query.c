/* oc_hls_query - see the header. */
#include "oc_hls_query.h"

#include <string.h>

#include "oc_err.h"

/* The length of the name when the part of a query begins with "<name>=", else 0. */
static size_t is(const char *part, const char *name) {
    size_t len = strlen(name);
    return strncmp(part, name, len) == 0 && part[len] == '=' ? len + 1 : 0;
}

/* Decimal digits up to '&' or the end. */
static bool number(const char *text, uint64_t maximum, uint64_t *out) {
    size_t len = strcspn(text, "&");
    *out = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(text[i] - '0');
        *out = *out > (maximum - digit) / 10 ? maximum : *out * 10 + digit;
    }
    return len > 0;
}

static bool word(const char *text, const char *expected) {
    size_t len = strcspn(text, "&");
    return len == strlen(expected) && strncmp(text, expected, len) == 0;
}

int oc_hls_query_read(const char *query, oc_hls_query_t *out) {
    uint64_t part = 0;
    *out = (oc_hls_query_t){0};
    for (const char *p = query; *p;) {
        size_t len;
        if ((len = is(p, "_HLS_msn"))) {
            if (out->has_msn || !number(p + len, UINT64_MAX, &out->msn))
                return OC_ERR_FORMAT;
            out->has_msn = true;
        } else if ((len = is(p, "_HLS_part"))) {
            if (out->has_part || !number(p + len, UINT32_MAX, &part))
                return OC_ERR_FORMAT;
            out->has_part = true;
            out->part = (uint32_t)part;
        } else if ((len = is(p, "_HLS_skip"))) {
            out->skip = word(p + len, "YES") || word(p + len, "v2");
        }
        p += strcspn(p, "&");
        p += *p == '&';
    }
    return out->has_part && !out->has_msn ? OC_ERR_FORMAT : OC_OK;
}
