/* oc_event_log: order, overflow, pages of any size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "oc_event_log.h"

static oc_event_log_t log_;
static const oc_clock_t clock_ = {INT64_C(1795229460000000), OC_CLOCK_NTP};

static void fill(int events) {
    memset(&log_, 0, sizeof log_);
    for (int i = 0; i < events; i++) {
        oc_event_t *event = oc_event_log_add(&log_);
        assert_int_equal(event->number, i + 1);
        event->at_us = 1500000;
        snprintf(event->channel, sizeof event->channel, "cam1");
        snprintf(event->kind, sizeof event->kind, "record-opened");
        snprintf(event->path, sizeof event->path, "recordings/cam1/x_%d.mp4", i);
        memset(event->text, '"', sizeof event->text - 1);
    }
}

static void an_empty_log_has_no_records(void **state) {
    char out[8];
    uint32_t next;
    fill(0);
    assert_int_equal(oc_event_log_read(&log_, 0, &clock_, out, sizeof out, &next), 0);
    assert_int_equal(next, 1);
    assert_int_equal(oc_event_log_read(&log_, 1000, &clock_, out, sizeof out, &next), 0);
    assert_int_equal(next, 1);
}

static void an_event_has_all_its_fields(void **state) {
    char out[1000];
    uint32_t next;
    fill(1);
    strcpy(log_.entry[0].text, "a \"b\"");
    log_.entry[0].code = -14;
    log_.entry[0].sub = log_.entry[0].raised = true;
    size_t len = oc_event_log_read(&log_, 0, &clock_, out, sizeof out, &next);
    static const char want[] = "1\0"
                               "1795229461500\0"
                               "cam1\0sr\0record-opened\0-14\0recordings/cam1/x_0.mp4\0"
                               "a \"b\"";
    assert_int_equal(len, sizeof want);
    assert_memory_equal(out, want, len);
}

/* Pages of every small size: whole events only, none twice, none missing, never past the end. */
static void pages_join_without_a_hole(void **state) {
    static char out[2048 + 8];
    fill(OC_EVENT_LOG_ENTRIES + 50);
    for (size_t size = 2; size <= 2048; size += 7) {
        uint32_t number = 51, next = 0; /* the oldest kept */
        memset(out, '#', sizeof out);
        do {
            size_t len =
                oc_event_log_read(&log_, number == 51 ? 0 : number, &clock_, out, size, &next);
            assert_true(len <= size);
            assert_int_equal(out[size], '#');
            if (next == number) { /* not even one event fits */
                assert_int_equal(len, 0);
                assert_true(size < 300);
                break;
            }
            char first[32];
            snprintf(first, sizeof first, "%u", number);
            assert_memory_equal(out, first, strlen(first) + 1);
            assert_int_equal(out[len - 1], '\0');
            number = next;
        } while (number <= OC_EVENT_LOG_ENTRIES + 50);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_log_has_no_records),
        cmocka_unit_test(an_event_has_all_its_fields),
        cmocka_unit_test(pages_join_without_a_hole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
