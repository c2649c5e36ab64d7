/* oc_zone_mask: polygons in percent as cells; anything else is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_zone_mask.h"

static unsigned count(const uint8_t *cells, unsigned len) {
    unsigned found = 0;
    for (unsigned i = 0; i < len; i++)
        found += cells[i];
    return found;
}

static void polygons_become_cells(void **state) {
    uint8_t cells[20 * 10];
    assert_int_equal(oc_zone_mask("", 20, 10, cells), OC_OK);
    assert_int_equal(count(cells, 200), 200);
    assert_int_equal(oc_zone_mask("0,0 50,0 50,100 0,100", 20, 10, cells), OC_OK);
    assert_int_equal(count(cells, 200), 100);
    assert_int_equal(cells[9], 1);
    assert_int_equal(cells[10], 0);
    assert_int_equal(oc_zone_mask("0,0 100,0 0,100", 20, 10, cells), OC_OK);
    assert_in_range(count(cells, 200), 90, 110);
    assert_int_equal(
        oc_zone_mask("0,0 10,0 10,100 0,100; 90,0 100,0 100,100 90,100", 20, 10, cells), OC_OK);
    assert_int_equal(count(cells, 200), 40);
    assert_int_equal(cells[19], 1);
}

static void other_texts_are_refused_and_everything_counts(void **state) {
    static const char *const bad[] = {
        "1,1",          "1,1 2,2",     "1,1 2,2 101,3", "a",           "1,1 2,2 3",
        "1,1 2,2 3,3x", "1;1 2,2 3,3", "-1,1 2,2 3,3",  "1,1,2,2,3,3", "1,1 2,2 3,3; 4,4"};
    uint8_t cells[20 * 10];
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        memset(cells, 0, sizeof(cells));
        assert_int_equal(oc_zone_mask(bad[i], 20, 10, cells), OC_ERR_FORMAT);
        assert_int_equal(count(cells, 200), 200);
        assert_int_equal(oc_zone_mask(bad[i], 1, 1, NULL), OC_ERR_FORMAT);
    }
    assert_int_equal(oc_zone_mask("1,1 2,2 3,3;1,1 2,2 3,3;1,1 2,2 3,3;1,1 2,2 3,3;1,1 2,2 3,3;"
                                  "1,1 2,2 3,3;1,1 2,2 3,3;1,1 2,2 3,3;1,1 2,2 3,3",
                                  1, 1, NULL),
                     OC_ERR_FORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(polygons_become_cells),
        cmocka_unit_test(other_texts_are_refused_and_everything_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
