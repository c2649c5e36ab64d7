/* Metrics of the application: what is taken, what is shown, and when it is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "oc_app_metrics.h"
#include "oc_err.h"

static oc_app_metrics_t metrics;

static oc_app_metric_t metric_of(const char *name, double value, uint32_t counter) {
    oc_app_metric_t metric = {.value = value, .counter = counter};
    snprintf(metric.name, sizeof(metric.name), "%s", name);
    snprintf(metric.help, sizeof(metric.help), "What %s is", name);
    return metric;
}

/* bytes: of the metrics behind the head that counts them. */
static int take(const oc_app_metric_t *all, size_t bytes, uint32_t generation) {
    enum { HEAD = offsetof(oc_app_metric_list_t, metric) };
    static uint8_t parcel[HEAD + (OC_APP_METRICS_MAX + 1) * sizeof(oc_app_metric_t)];
    uint32_t count = (uint32_t)((bytes + sizeof *all - 1) / sizeof *all);
    memcpy(parcel, &count, sizeof count);
    if (bytes > 0)
        memcpy(parcel + HEAD, all, bytes);
    oc_command_t command = {.generation = generation, .parcel = {parcel, (uint32_t)(HEAD + bytes)}};
    return oc_app_metrics_take(&metrics, &command);
}

static const char *shown(uint32_t generation) {
    static char out[16384];
    out[oc_app_metrics_write(&metrics, generation, out, sizeof(out) - 1)] = 0;
    return out;
}

static void test_text(void **state) {
    oc_app_metrics_init(&metrics);
    assert_string_equal(shown(3), "");
    oc_app_metric_t all[] = {metric_of("clips_total", 12345678901.0, 1),
                             metric_of("level", -0.25, 0)};
    assert_int_equal(take(all, sizeof(all), 3), OC_OK);
    assert_string_equal(shown(3), "# HELP ocellus_app_clips_total What clips_total is\n"
                                  "# TYPE ocellus_app_clips_total counter\n"
                                  "ocellus_app_clips_total 12345678901\n"
                                  "# HELP ocellus_app_level What level is\n"
                                  "# TYPE ocellus_app_level gauge\n"
                                  "ocellus_app_level -0.25\n");
    assert_string_equal(shown(4), ""); /* another script */
    assert_int_equal(take(all, 0, 4), OC_OK);
    assert_string_equal(shown(4), "");
}

static void test_refused(void **state) {
    oc_app_metrics_init(&metrics);
    oc_app_metric_t good = metric_of("good", 1, 0);
    assert_int_equal(take(&good, sizeof(good), 1), OC_OK);
    oc_app_metric_t wrong[6] = {metric_of("Good", 1, 0), metric_of("a{b=\"c\"}", 1, 0),
                                metric_of("", 1, 0),     metric_of("a", 0, 0),
                                metric_of("a", 1, 0),    metric_of("a", 1, 0)};
    wrong[3].value = 1.0 / 0.0;
    memcpy(wrong[4].help, "x\ny 1", 6);
    memset(wrong[5].name, 'a', sizeof(wrong[5].name)); /* no end */
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(take(&wrong[i], sizeof(wrong[i]), 1), OC_ERR_INVAL);
    oc_app_metric_t twice[2] = {metric_of("a", 1, 0), metric_of("a", 2, 0)};
    assert_int_equal(take(twice, sizeof(twice), 1), OC_ERR_INVAL);
    assert_int_equal(take(twice, sizeof(twice) - 1, 1), OC_ERR_INVAL);
    static oc_app_metric_t many[OC_APP_METRICS_MAX + 1];
    assert_int_equal(take(many, sizeof(many), 1), OC_ERR_INVAL);
    assert_non_null(strstr(shown(1), "ocellus_app_good 1\n"));
}

/* Whole metrics only, and never past the end. */
static void test_room(void **state) {
    char name[40];
    oc_app_metric_t all[OC_APP_METRICS_MAX];
    oc_app_metrics_init(&metrics);
    for (unsigned i = 0; i < OC_APP_METRICS_MAX; i++) {
        snprintf(name, sizeof(name), "m%u", i);
        all[i] = metric_of(name, i, 0);
    }
    assert_int_equal(take(all, sizeof(all), 1), OC_OK);
    for (size_t size = 1; size < 400; size++) {
        char out[401];
        memset(out, '#', sizeof(out));
        size_t len = oc_app_metrics_write(&metrics, 1, out, size);
        assert_true(len < size);
        assert_true(len == 0 || out[len - 1] == '\n');
        assert_int_equal(out[size], '#');
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
