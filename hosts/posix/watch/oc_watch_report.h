/* oc_watch_report - what `ocellus watch` prints: a line about the stream as it is, for people or as
 * an object. Pure. */
#ifndef OC_WATCH_REPORT_H
#define OC_WATCH_REPORT_H

#include "oc_watch.h"

#define OC_WATCH_LINE_MAX 1024 /* bytes with NUL */

/* What the end was. */
typedef struct oc_watch_end_report {
    int code;        /* exit code */
    const char *why; /* one line; "" = as wanted */
} oc_watch_end_report_t;

/* One line without a newline, NUL-terminated. */
void oc_watch_report_text(const oc_watch_state_t *state, char line[OC_WATCH_LINE_MAX]);
/* {"event":"stats", ...}, or "ended" with code and why where `end` is not NULL. Its length; 0: it
 * is too long. */
size_t oc_watch_report_json(const oc_watch_state_t *state, const oc_watch_end_report_t *end,
                            char line[OC_WATCH_LINE_MAX]);

#endif
