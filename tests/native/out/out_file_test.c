/* Recording without faults: what is pushed is what is in the files. */
#include "cmocka_first.h"
#include "record_rig.h"

#include <stdlib.h>
#include "oc_err.h"
#include "oc_record_name.h"

#define SECOND INT64_C(1000000)

static void test_one_file(void **state) {
    rig_t rig;
    rig_found_t found;
    rig_open(&rig, &rig_default_source, 4000, 1);
    rig_record(&rig, NULL);
    rig_run(&rig, 10 * SECOND);
    rig_stop(&rig);
    rig_check(&rig, &found);
    assert_int_equal(found.files, 1);
    assert_int_equal(found.open_files, 0);
    assert_int_equal(found.samples[0] + found.samples[1], rig.log_len);
    assert_int_equal(found.missing[0] + found.missing[1] + found.doubled, 0);
    assert_int_equal(rig.events[OC_OUT_FILE_OPENED], 1);
    assert_int_equal(rig.events[OC_OUT_FILE_CLOSED], 1);
    assert_int_equal(rig.events[OC_OUT_FILE_STOPPED], 1);
    assert_string_equal(rig.last[OC_OUT_FILE_CLOSED].path, oc_sim_disk_path(rig.disk, 0));
    rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_file),
    };
    return cmocka_run_group_tests_name("out_file", tests, NULL, NULL);
}
