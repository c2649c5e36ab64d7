/* oc_label_write - writes a label as URLSearchParams of a browser does, for round trips. */
#ifndef OC_LABEL_WRITE_H
#define OC_LABEL_WRITE_H

#include <string.h>

#include "oc_span.h"

/* https://url.spec.whatwg.org/#concept-urlencoded-serializer */
static inline void oc_label_encode(oc_wr_t *w, const char *text) {
    static const char digits[] = "0123456789ABCDEF";
    for (const uint8_t *p = (const uint8_t *)text; *p; p++) {
        bool plain = (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') ||
                     (*p >= 'A' && *p <= 'Z') || strchr("*-._", *p);
        if (plain || *p == ' ') {
            oc_wr_u8(w, plain ? *p : '+');
        } else {
            oc_wr_u8(w, '%');
            oc_wr_u8(w, (uint8_t)digits[*p >> 4]);
            oc_wr_u8(w, (uint8_t)digits[*p & 15]);
        }
    }
}

/* Adds "key=value" to a query, '&' before it unless `first`. The writer is sticky: check w->bad. */
static inline void oc_label_write(oc_wr_t *w, bool first, const char *key, const char *value) {
    if (!first)
        oc_wr_u8(w, '&');
    oc_label_encode(w, key);
    oc_wr_u8(w, '=');
    oc_label_encode(w, value);
}

#endif
