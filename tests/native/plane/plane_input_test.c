/* What the device notices, in the event log. */
#include "plane_host.h"

#include <stdio.h>
#include <string.h>
#include "oc_err.h"

static plane_host_t host;

static const char *const words[OC_INPUTS] = {"motion", "human", "sound", "doorbell", "privacy"};

/* The whole log: its text, its next number. */
static host_answer_t *whole_log(void) {
    host_answer_t *answer = host_call(&host, OC_COMMAND_EVENTS_READ, 0, 1, NULL, 0);
    assert_int_equal(answer->code, OC_OK);
    return answer;
}

/* Each is an event of the process when it begins and when it ends, with its level as the code. */
static void a_change_is_an_event(void **state) {
    char line[96];
    host_init(&host);
    for (unsigned input = 0; input < OC_INPUTS; input++) {
        for (int level = 1; level >= 0; level--) {
            host.edges[OC_OBJECT_EVENTS] = 0;
            assert_int_equal(oc_plane_input(host.plane, input, level, host.now_us), OC_OK);
            host_run(&host, 1000);
            /* privacy mode follows its switch, which is another event */
            assert_int_equal(host.edges[OC_OBJECT_EVENTS], input == OC_INPUT_PRIVACY ? 2 : 1);
            snprintf(line, sizeof line,
                     "\"channel\":null,\"kind\":\"%s\",\"code\":%d,\"path\":\"\",\"text\":\"%s\"}",
                     words[input], level, level ? "on" : "off");
            assert_non_null(strstr(whole_log()->text, line));
        }
    }
    host_end(&host);
}

/* A pin that is read again and again costs nothing; one input does not hide another. */
static void a_level_that_stays_is_none(void **state) {
    host_init(&host);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(oc_plane_input(host.plane, OC_INPUT_SOUND, false, host.now_us), OC_OK);
        assert_int_equal(oc_plane_input(host.plane, OC_INPUT_MOTION, true, host.now_us), OC_OK);
        assert_int_equal(oc_plane_input(host.plane, OC_INPUT_HUMAN, i >= 50, host.now_us), OC_OK);
    }
    assert_int_equal(host_events(&host, "sound", NULL), 0);
    assert_int_equal(host_events(&host, "motion", NULL), 1);
    assert_int_equal(host_events(&host, "human", NULL), 1);
    host_end(&host);
}

static void an_unknown_input_is_refused(void **state) {
    host_init(&host);
    int32_t before = whole_log()->value;
    assert_int_equal(oc_plane_input(host.plane, OC_INPUTS, true, host.now_us), OC_ERR_INVAL);
    assert_int_equal(oc_plane_input(host.plane, UINT32_MAX, true, host.now_us), OC_ERR_INVAL);
    assert_int_equal(whole_log()->value, before);
    host_end(&host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_is_an_event),
        cmocka_unit_test(a_level_that_stays_is_none),
        cmocka_unit_test(an_unknown_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
