/* oc_view_report - what the page of a viewer says about one live channel, and whether live goes on:
 * a browser gives no back-pressure, so a page that is hidden or says nothing for so long is sent
 * nothing. Who has no command channel cannot report, and is exempt. Pure. */
#ifndef OC_VIEW_REPORT_H
#define OC_VIEW_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include "oc_span.h"

#define OC_VIEW_REPORT_BYTES 13

/* A report as it travels, big-endian.
 *   0                   1                   2                   3
 *   |                          appended_ms                          |
 *   |                          buffered_ms                          |
 *   |                            dropped                            |
 *   |    visible    |
 */
typedef struct oc_view_page {
    uint32_t appended_ms; /* the page's clock, when it appended last */
    uint32_t buffered_ms; /* ahead of what is played */
    uint32_t dropped;     /* fragments or frames the page threw away, in all */
    bool visible;
} oc_view_page_t;

/* Reads the payload of a report; more bytes than OC_VIEW_REPORT_BYTES are those of later versions.
 * False: too short. */
bool oc_view_page_read(oc_span_t payload, oc_view_page_t *out);

typedef struct oc_view_report {
    int64_t since_us; /* the last report, or when reports began to be due */
    bool due;         /* the session has a command channel */
    bool hidden;
    oc_view_page_t page; /* the last one */
} oc_view_report_t;

/* The session has a command channel from now on, or the live channel of such a session begins. */
void oc_view_report_begin(oc_view_report_t *report, int64_t now_us);
/* It has none any more. */
void oc_view_report_end(oc_view_report_t *report);
/* A report came. */
void oc_view_report_take(oc_view_report_t *report, const oc_view_page_t *page, int64_t now_us);
/* Whether live is held now; limit_us: so long without a report. */
bool oc_view_report_held(const oc_view_report_t *report, int64_t limit_us, int64_t now_us);
/* When held may change by time alone; INT64_MAX never. */
int64_t oc_view_report_deadline(const oc_view_report_t *report, int64_t limit_us);

#endif
