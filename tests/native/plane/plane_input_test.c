/* What the device notices, in the event log. */
#include "plane_list.h"
#include "oc_event_log.h"

#include <stdio.h>
#include <string.h>
#include "oc_err.h"

static plane_host_t host;

static const char *const words[OC_INPUTS] = {"motion",   "human",   "sound",
                                             "doorbell", "privacy", "linkage"};

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
            assert_int_equal(oc_plane_input(host.plane, OC_INPUT_DEVICE, input, level, host.now_us),
                             OC_OK);
            host_run(&host, 1000);
            /* privacy mode follows its switch, which is another event */
            assert_int_equal(host.edges[OC_OBJECT_EVENTS], input == OC_INPUT_PRIVACY ? 2 : 1);
            snprintf(line, sizeof line, "|||%s|%d||%s|", words[input], level, level ? "on" : "off");
            assert_non_null(strstr(whole_log()->text, line));
        }
    }
    host_end(&host);
}

/* What is known of a change goes to the host, bounded; the log of the plane has the level. */
static void a_change_has_data(void **state) {
    char long_data[OC_INPUT_DATA_MAX + 1];
    oc_input_change_t change = {OC_INPUT_DEVICE, OC_INPUT_MOTION, true, "{\"area\":12}"};
    host_init(&host);
    assert_int_equal(oc_plane_input_data(host.plane, &change, host.now_us), OC_OK);
    assert_string_equal(host.input_changes, "motion 1 {\"area\":12}\n");
    change.data = "{\"area\":13}"; /* the level is the same */
    assert_int_equal(oc_plane_input_data(host.plane, &change, host.now_us), OC_OK);
    assert_int_equal(oc_plane_input(host.plane, OC_INPUT_DEVICE, OC_INPUT_MOTION, false, 0), OC_OK);
    assert_string_equal(host.input_changes, "motion 1 {\"area\":12}\nmotion 0 \n");
    memset(long_data, ' ', sizeof(long_data));
    long_data[OC_INPUT_DATA_MAX] = '\0';
    change.data = long_data;
    assert_int_equal(oc_plane_input_data(host.plane, &change, host.now_us), OC_ERR_TOO_BIG);
    long_data[OC_INPUT_DATA_MAX - 1] = '\0';
    assert_int_equal(oc_plane_input_data(host.plane, &change, host.now_us), OC_OK);
    assert_non_null(strstr(whole_log()->text, "|motion|1||on|"));
    host_end(&host);
}

/* A pin that is read again and again costs nothing; one input does not hide another. */
static void a_level_that_stays_is_none(void **state) {
    host_init(&host);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(
            oc_plane_input(host.plane, OC_INPUT_DEVICE, OC_INPUT_SOUND, false, host.now_us), OC_OK);
        assert_int_equal(
            oc_plane_input(host.plane, OC_INPUT_DEVICE, OC_INPUT_MOTION, true, host.now_us), OC_OK);
        assert_int_equal(
            oc_plane_input(host.plane, OC_INPUT_DEVICE, OC_INPUT_HUMAN, i >= 50, host.now_us),
            OC_OK);
    }
    assert_int_equal(host_events(&host, "sound", NULL), 0);
    assert_int_equal(host_events(&host, "motion", NULL), 1);
    assert_int_equal(host_events(&host, "human", NULL), 1);
    host_end(&host);
}

/* Detectors see one channel each: the event has its name, and levels of channels are apart. */
static void an_input_of_a_channel_is_its_own(void **state) {
    host_init(&host);
    unsigned first = host_open(&host, "front", "fake:?fps=30&gop=30&size=2000&key=9000");
    unsigned second = host_open(&host, "back", "fake:?fps=30&gop=30&size=2000&key=9000");
    assert_int_equal(oc_plane_input(host.plane, (int)first, OC_INPUT_MOTION, true, host.now_us), 0);
    assert_int_equal(oc_plane_input(host.plane, (int)second, OC_INPUT_MOTION, true, host.now_us),
                     0);
    assert_int_equal(oc_plane_input(host.plane, (int)first, OC_INPUT_MOTION, true, host.now_us), 0);
    assert_int_equal(oc_plane_input(host.plane, (int)first, OC_INPUT_MOTION, false, host.now_us),
                     0);
    assert_non_null(strstr(whole_log()->text, "|front||motion|1||on|"));
    assert_non_null(strstr(whole_log()->text, "|back||motion|1||on|"));
    assert_non_null(strstr(whole_log()->text, "|front||motion|0||off|"));
    assert_int_equal(host_events(&host, "motion", NULL), 3);
    host_end(&host);
}

/* Bits of the mask as requirement A7 has them; the doorbell is the first of the vendor. */
static void inputs_have_their_bits(void **state) {
    static const uint32_t bits[OC_INPUTS] = {1, 2, 4, 1u << 16, 0, 8};
    for (unsigned input = 0; input < OC_INPUTS; input++) {
        assert_string_equal(oc_event_kind_word(oc_input_event(input)), words[input]);
        assert_int_equal(oc_event_kind_mask(oc_input_event(input)), bits[input]);
    }
}

static void an_unknown_input_is_refused(void **state) {
    host_init(&host);
    int32_t before = whole_log()->value;
    assert_int_equal(oc_plane_input(host.plane, OC_INPUT_DEVICE, OC_INPUTS, true, host.now_us),
                     OC_ERR_INVAL);
    assert_int_equal(oc_plane_input(host.plane, OC_INPUT_DEVICE, UINT32_MAX, true, host.now_us),
                     OC_ERR_INVAL);
    assert_int_equal(
        oc_plane_input(host.plane, OC_CHANNELS_MAX, OC_INPUT_MOTION, true, host.now_us),
        OC_ERR_INVAL);
    assert_int_equal(oc_plane_input(host.plane, -2, OC_INPUT_MOTION, true, host.now_us),
                     OC_ERR_INVAL);
    assert_int_equal(oc_plane_input(host.plane, 0, OC_INPUT_PRIVACY, true, host.now_us),
                     OC_ERR_INVAL);
    assert_int_equal(whole_log()->value, before);
    host_end(&host);
}

/* Fields as they come: one that is too long has no end. */
static int raise_event(const char *kind, const char *channel, const char *text) {
    oc_event_raise_t event;
    memset(&event, 0, sizeof event);
    memcpy(event.kind, kind, strnlen(kind, sizeof event.kind));
    memcpy(event.channel, channel, strnlen(channel, sizeof event.channel));
    memcpy(event.text, text, strnlen(text, sizeof event.text));
    return host_call(&host, OC_COMMAND_EVENT_ADD, 0, 0, &event, sizeof event)->code;
}

/* An event of the application says that it is one; what is no line of a log is refused. */
static void an_application_raises_events(void **state) {
    host_init(&host);
    host.edges[OC_OBJECT_EVENTS] = 0;
    assert_int_equal(raise_event("motion", "front", "{\"area\":3}"), OC_OK);
    assert_int_equal(host.edges[OC_OBJECT_EVENTS], 1);
    assert_non_null(strstr(whole_log()->text, "|front|r|motion|0||{\"area\":3}|"));
    assert_int_equal(raise_event("ring", "", ""), OC_OK);
    static const char *const refused[][3] = {{"", "", ""},
                                             {"", "front", "text"},
                                             {"kind-that-is-far-too-long", "", ""},
                                             {"a\nb", "", ""},
                                             {"motion", "No Name", ""},
                                             {"motion", "name-that-is-longer-than-any-name", ""},
                                             {"motion", "", "a\nb"},
                                             {"motion", "", "a\x1b[2J"}};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_int_equal(raise_event(refused[i][0], refused[i][1], refused[i][2]), OC_ERR_INVAL);
    char text[OC_EVENT_TEXT_MAX + 1];
    memset(text, 'a', sizeof text);
    assert_int_equal(raise_event("motion", "", text), OC_ERR_INVAL); /* no end */
    assert_int_equal(host_call(&host, OC_COMMAND_EVENT_ADD, 0, 0, "motion\n\n", 8)->code,
                     OC_ERR_INVAL);
    assert_int_equal(host_events(&host, "motion", NULL), 1);
    host_end(&host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_is_an_event),
        cmocka_unit_test(a_change_has_data),
        cmocka_unit_test(a_level_that_stays_is_none),
        cmocka_unit_test(an_input_of_a_channel_is_its_own),
        cmocka_unit_test(inputs_have_their_bits),
        cmocka_unit_test(an_unknown_input_is_refused),
        cmocka_unit_test(an_application_raises_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
