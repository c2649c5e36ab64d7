/* oc_event_log: order, overflow, pages of any size, hostile texts. */
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
        memset(event->text, '"', sizeof event->text - 1); /* each takes two bytes */
    }
}

static void an_empty_log_is_an_empty_array(void **state) {
    char out[8];
    uint32_t next;
    fill(0);
    assert_int_equal(oc_event_log_json(&log_, 0, &clock_, out, sizeof out, &next), 2);
    assert_memory_equal(out, "[]", 2);
    assert_int_equal(next, 1);
    assert_int_equal(oc_event_log_json(&log_, 1000, &clock_, out, sizeof out, &next), 2);
    assert_int_equal(next, 1);
}

static void an_event_has_all_its_fields(void **state) {
    char out[1000];
    uint32_t next;
    fill(1);
    strcpy(log_.entry[0].text, "a \"b\"");
    log_.entry[0].code = -14;
    size_t len = oc_event_log_json(&log_, 0, &clock_, out, sizeof out, &next);
    static const char want[] =
        "[{\"number\":1,\"at\":\"2026-11-21T02:51:01.500Z\",\"channel\":\"cam1\","
        "\"kind\":\"record-opened\",\"code\":-14,\"path\":\"recordings/cam1/x_0.mp4\","
        "\"text\":\"a \\\"b\\\"\"}]";
    assert_int_equal(len, sizeof want - 1);
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
                oc_event_log_json(&log_, number == 51 ? 0 : number, &clock_, out, size, &next);
            assert_true(len <= size);
            assert_int_equal(out[size], '#');
            assert_int_equal(out[0], '[');
            assert_int_equal(out[len - 1], ']');
            if (next == number) { /* not even one event fits */
                assert_true(size < 600);
                break;
            }
            char first[32];
            snprintf(first, sizeof first, "[{\"number\":%u,", number);
            assert_memory_equal(out, first, strlen(first));
            number = next;
        } while (number <= OC_EVENT_LOG_ENTRIES + 50);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_log_is_an_empty_array),
        cmocka_unit_test(an_event_has_all_its_fields),
        cmocka_unit_test(pages_join_without_a_hole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
