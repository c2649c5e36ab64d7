/* The small machines: watermarks, reports, rates, messages of the command channel, the label of a
 * live channel's JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_view_command.h"
#include "oc_view_meter.h"
#include "oc_view_report.h"
#include "oc_view_watermark.h"

#define K 1024u

/* [B5] The vendor's example: 200, 400, 500 KiB. Each fires once per crossing. */
static void each_level_once(void **state) {
    oc_view_watermark_t m = {0};
    oc_view_watermark_set(&m, 200 * K, 400 * K, 500 * K);
    assert_int_equal(oc_view_watermark_update(&m, 0), 0); /* below low from the start: no LOW */
    assert_int_equal(oc_view_watermark_update(&m, 399 * K), 0);
    assert_int_equal(oc_view_watermark_update(&m, 10), 0);      /* nor without a WARN */
    assert_int_equal(oc_view_watermark_update(&m, 400 * K), 0); /* not above */
    assert_int_equal(oc_view_watermark_update(&m, 400 * K + 1), OC_VIEW_LEVEL_WARN);
    assert_int_equal(oc_view_watermark_update(&m, 450 * K), 0);
    assert_int_equal(oc_view_watermark_update(&m, 390 * K), 0);
    assert_int_equal(oc_view_watermark_update(&m, 410 * K), OC_VIEW_LEVEL_WARN); /* again above */
    assert_int_equal(oc_view_watermark_update(&m, 500 * K), 0);
    assert_false(m.held);
    assert_int_equal(oc_view_watermark_update(&m, 500 * K + 1), OC_VIEW_LEVEL_HIGH);
    assert_true(m.held);
    assert_int_equal(oc_view_watermark_update(&m, 600 * K), 0);
    assert_int_equal(oc_view_watermark_update(&m, 200 * K), 0); /* not below */
    assert_true(m.held);
    assert_int_equal(oc_view_watermark_update(&m, 200 * K - 1), OC_VIEW_LEVEL_LOW);
    assert_false(m.held);
    assert_int_equal(oc_view_watermark_update(&m, 0), 0);
    assert_int_equal(oc_view_watermark_update(&m, 501 * K),
                     OC_VIEW_LEVEL_WARN | OC_VIEW_LEVEL_HIGH); /* both at once */
}

/* [B5] Set at any time: what waits is judged anew. (0, 0, 0) is off. */
static void set_at_any_time(void **state) {
    oc_view_watermark_t m = {0};
    assert_int_equal(oc_view_watermark_update(&m, 1u << 30), 0);
    oc_view_watermark_set(&m, 10, 20, 30);
    assert_int_equal(oc_view_watermark_update(&m, 25), OC_VIEW_LEVEL_WARN);
    oc_view_watermark_set(&m, 5, 10, 20);
    assert_int_equal(oc_view_watermark_update(&m, 25), OC_VIEW_LEVEL_HIGH);
    oc_view_watermark_set(&m, 26, 40, 50);
    assert_int_equal(oc_view_watermark_update(&m, 25), OC_VIEW_LEVEL_LOW);
    oc_view_watermark_set(&m, 1, 2, 3);
    assert_int_equal(oc_view_watermark_update(&m, 25), OC_VIEW_LEVEL_WARN | OC_VIEW_LEVEL_HIGH);
    oc_view_watermark_set(&m, 0, 0, 0);
    assert_false(m.held);
    assert_int_equal(oc_view_watermark_update(&m, 0), 0);
}

/* [B5] Other orders cannot be set. */
static void orders(void **state) {
    static const struct {
        int64_t low, warn, high;
        bool valid;
    } cases[] = {{0, 0, 0, true},         {1, 2, 3, true},
                 {0, 1, 2, false},        {0, 0, 1, false},
                 {2, 2, 3, false},        {1, 3, 3, false},
                 {3, 2, 1, false},        {-1, 2, 3, false},
                 {1, 2, -3, false},       {-3, -2, -1, false},
                 {1, 0, 2, false},        {1, 2, 0, false},
                 {1, 2, INT32_MAX, true}, {1, 2, (int64_t)INT32_MAX + 1, false}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(oc_view_watermark_valid(cases[i].low, cases[i].warn, cases[i].high),
                         cases[i].valid);
}

static void reports(void **state) {
    static const uint8_t bytes[14] = {0, 0, 1, 0, 0, 0, 0, 200, 0, 0, 0, 9, 1, 77};
    oc_view_report_t r = {0};
    oc_view_page_t page;
    assert_true(oc_view_page_read(oc_span(bytes, 14), &page)); /* later versions say more */
    assert_int_equal(page.appended_ms, 256);
    assert_int_equal(page.buffered_ms, 200);
    assert_int_equal(page.dropped, 9);
    assert_true(page.visible);
    assert_false(oc_view_page_read(oc_span(bytes, 12), &page));
    assert_true(oc_view_page_read(oc_span(bytes, 13), &page));
    assert_false(oc_view_report_held(&r, 3000, 1000000)); /* exempt */
    assert_true(oc_view_report_deadline(&r, 3000) == INT64_MAX);
    oc_view_report_begin(&r, 1000);
    assert_false(oc_view_report_held(&r, 3000, 3999));
    assert_true(oc_view_report_held(&r, 3000, 4000));
    assert_int_equal(oc_view_report_deadline(&r, 3000), 4000);
    oc_view_report_take(&r, &page, 5000);
    assert_false(oc_view_report_held(&r, 3000, 7999));
    page.visible = false;
    oc_view_report_take(&r, &page, 5500);
    assert_true(oc_view_report_held(&r, 3000, 5500));
    assert_true(oc_view_report_deadline(&r, 3000) == INT64_MAX);
    oc_view_report_end(&r);
    assert_false(oc_view_report_held(&r, 3000, 99999));
}

/* [B7] The past second, to the byte at the steps, evenly in between. */
static void past_second(void **state) {
    oc_view_meter_t m = {.begun_us = 0};
    uint64_t acked = 0;
    oc_view_meter_step(&m, 500, 400, 100000); /* too soon for a step: counted all the same */
    assert_int_equal(oc_view_meter_acked(&m, 100000), 400);
    for (int64_t t = 250000; t <= 10000000; t += 250000) {
        acked = (uint64_t)t / 1000; /* 1,000 bytes per second */
        oc_view_meter_step(&m, acked, acked, t);
        assert_int_equal(oc_view_meter_acked(&m, t), t < 1000000 ? acked : 1000);
    }
    assert_int_equal(m.inst_rate, 1000);
    assert_int_equal(oc_view_meter_acked(&m, 10100000), 900); /* nothing came since */
    oc_view_meter_step(&m, acked, acked, 11000000);
    assert_int_equal(oc_view_meter_acked(&m, 11000000), 0);
    assert_int_equal(m.inst_rate, 0);
    oc_view_meter_step(&m, acked + (1u << 20), acked + (1u << 20), 11250000);
    assert_int_equal(oc_view_meter_acked(&m, 11250000), 1u << 20);
    assert_int_equal(m.inst_rate, 4u << 20);
    oc_view_meter_t large = {.begun_us = 0}; /* beyond 32 bits */
    oc_view_meter_step(&large, UINT64_C(1) << 40, UINT64_C(1) << 40, 1000000);
    oc_view_meter_step(&large, (UINT64_C(1) << 40) + 7, (UINT64_C(1) << 40) + 7, 2000000);
    assert_int_equal(oc_view_meter_acked(&large, 2000000), 7);
}

static void messages(void **state) {
    uint8_t bytes[OC_VIEW_COMMAND_HEAD];
    oc_view_head_t out, head = {OC_VIEW_ANSWER, 0x1234, 0xDEADBEEF};
    static const uint8_t wire[] = {2, 0, 0x12, 0x34, 0xDE, 0xAD, 0xBE, 0xEF};
    oc_view_command_write(&head, bytes);
    assert_memory_equal(bytes, wire, sizeof wire);
    assert_int_equal(oc_view_command_read(oc_span(bytes, 8), &out), OC_OK);
    assert_int_equal(out.kind, OC_VIEW_ANSWER);
    assert_int_equal(out.channel, 0x1234);
    assert_int_equal(out.request, 0xDEADBEEF);
    for (size_t n = 0; n < 8; n++)
        assert_int_equal(oc_view_command_read(oc_span(bytes, n), &out), OC_ERR_TRUNC);
    bytes[1] = 1;
    assert_int_equal(oc_view_command_read(oc_span(bytes, 8), &out), OC_ERR_FORMAT);
    bytes[1] = 0;
    for (unsigned kind = 0; kind < 256; kind++) {
        bytes[0] = (uint8_t)kind;
        assert_int_equal(oc_view_command_read(oc_span(bytes, 8), &out),
                         kind >= 1 && kind <= 4 ? OC_OK : OC_ERR_NOTSUP);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_level_once), cmocka_unit_test(set_at_any_time),
        cmocka_unit_test(orders),          cmocka_unit_test(reports),
        cmocka_unit_test(past_second),     cmocka_unit_test(messages),
    };
    return cmocka_run_group_tests_name("view_parts", tests, NULL, NULL);
}
