/* Which driver a URL gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "oc_capture.h"
#include "oc_err.h"

static void test_find(void **state) {
    static const struct {
        const char *url;
        const oc_capture_driver_t *driver;
    } cases[] = {
        {"fake:", &oc_capture_fake},
        {"fake:?fps=5", &oc_capture_fake},
        {"push:front", &oc_capture_push},
        {"replay:a.mp4", &oc_capture_replay},
        {"file:a.mp4", &oc_capture_replay},
        {"file:///a/b.mp4", &oc_capture_replay},
        {"a.mp4", &oc_capture_replay},
        {"/a/b:c.mp4", &oc_capture_replay},
        {"./fake:x.mp4", &oc_capture_replay},
        {"1:2.mp4", &oc_capture_replay},
        {"rtsp://host/x", NULL},
        {"https://host/a.mp4", NULL},
        {"fakes:", NULL},
        {"Fake:", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (oc_capture_find(cases[i].url) != cases[i].driver)
            fail_msg("%s", cases[i].url);
}

/* A host's own driver is found by its scheme and never hides one that is known. */
static void test_add(void **state) {
    static const oc_capture_driver_t camera = {.name = "camera"};
    assert_null(oc_capture_find("camera:?fps=5"));
    assert_int_equal(oc_capture_add("camera", &camera), OC_OK);
    assert_int_equal(oc_capture_add("fake", &camera), OC_OK);
    assert_ptr_equal(oc_capture_find("camera:?fps=5"), &camera);
    assert_ptr_equal(oc_capture_find("fake:"), &oc_capture_fake);
    assert_null(oc_capture_find("cameras:"));
    for (int left = 2; left < OC_CAPTURE_ADDED_MAX; left++)
        assert_int_equal(oc_capture_add("more", &camera), OC_OK);
    assert_int_equal(oc_capture_add("more", &camera), OC_ERR_TOO_BIG);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_find), cmocka_unit_test(test_add)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
