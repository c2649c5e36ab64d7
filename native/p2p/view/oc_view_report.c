#include "oc_view_report.h"

bool oc_view_page_read(oc_span_t payload, oc_view_page_t *out) {
    oc_rd_t r = oc_rd(payload);
    out->appended_ms = oc_rd_u32(&r);
    out->buffered_ms = oc_rd_u32(&r);
    out->dropped = oc_rd_u32(&r);
    out->visible = oc_rd_u8(&r) != 0;
    return !r.bad;
}

void oc_view_report_begin(oc_view_report_t *report, int64_t now_us) {
    report->due = true;
    report->since_us = now_us;
}

void oc_view_report_end(oc_view_report_t *report) {
    report->due = report->hidden = false;
}

void oc_view_report_take(oc_view_report_t *report, const oc_view_page_t *page, int64_t now_us) {
    report->page = *page;
    report->hidden = !page->visible;
    report->since_us = now_us;
}

bool oc_view_report_held(const oc_view_report_t *report, int64_t limit_us, int64_t now_us) {
    return report->due && (report->hidden || now_us - report->since_us >= limit_us);
}

int64_t oc_view_report_deadline(const oc_view_report_t *report, int64_t limit_us) {
    return report->due && !report->hidden ? report->since_us + limit_us : INT64_MAX;
}
