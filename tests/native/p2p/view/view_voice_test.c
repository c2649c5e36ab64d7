/* Voice of viewers to the speaker, in virtual time: one talker, its ends, a script that goes. [B9] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "oc_dcep.h"
#include "oc_err.h"
#include "view_rig.h"

static struct {
    unsigned samples, loud, opens, closes;
    bool open;
} played;

static int open_fake(void *context, oc_span_t output, uint32_t rate, const char **why) {
    assert_false(played.open);
    played.open = true;
    played.opens++;
    *why = "no such output";
    return output.len == 4 && memcmp(output.data, "auto", 4) == 0 ? OC_OK : OC_ERR_NOTSUP;
}

static void write_fake(void *context, const int16_t *samples, unsigned count) {
    assert_true(played.open);
    played.samples += count;
    for (unsigned i = 0; i < count; i++)
        played.loud += samples[i] > 1000;
}

static int state_fake(void *context, const char **why) {
    return OC_OK;
}

static void close_fake(void *context) {
    assert_true(played.open);
    played.open = false;
    played.closes++;
}

static const oc_speaker_t speaker = {open_fake, write_fake, state_fake, close_fake, NULL};
static oc_talk_t talk;

static bool is_up(void) {
    return rig.ups > 0;
}

static void begin(oc_talk_t *with) {
    const rig_options_t options = {.link = {.delay_us = 10000, .mtu = 1472}, .talk = with};
    memset(&played, 0, sizeof played);
    oc_talk_init(&talk, &speaker);
    rig_begin(&options);
    assert_true(rig_connect("") > 0);
    assert_true(rig_until(is_up, 5 * SECOND));
    rig_expect("session");
}

/* A channel that asks to talk; the answer to ACCEPT. */
static int req(page_t **page, int32_t *view) {
    *page = rig_open("action=voice&codec=pcma");
    rig_run(SECOND / 5);
    rig_expect("receive-start");
    *view = rig_number("view");
    return rig_command(OC_COMMAND_P2P_ACCEPT, OC_VIEW_VOICE, *view, OC_TALK_PCMA, 100, 0, "auto", 4,
                       NULL);
}

/* So many messages of 20 ms of something loud. */
static void speak(page_t *page, unsigned from, unsigned count) {
    uint8_t bytes[OC_VOICE_HEAD + 160];
    for (unsigned i = from; i < from + count; i++) {
        uint32_t time = i * 160;
        memset(bytes, 0xaa, sizeof bytes);
        bytes[0] = (uint8_t)(i >> 8);
        bytes[1] = (uint8_t)i;
        for (unsigned k = 0; k < 4; k++)
            bytes[2 + k] = (uint8_t)(time >> (24 - 8 * k));
        rig_log(page, bytes, sizeof bytes, false);
        rig_run(20 * MS);
    }
}

static void ended(const page_t *page, const char *why) {
    char json[160];
    snprintf(json, sizeof json, "{\"error\":\"%s\"}", why);
    assert_string_equal(page->last, json);
    assert_true(page->closed);
    assert_false(played.open);
    rig_expect("receive-end");
    assert_true(rig_reports(why));
}

static void sound_goes_to_the_speaker_and_not_to_the_script(void **state) {
    page_t *page;
    int32_t view;
    begin(&talk);
    assert_int_equal(req(&page, &view), OC_OK);
    speak(page, 0, 50);
    assert_in_range(played.loud, 40 * 160, 50 * 160);
    assert_false(rig_take());
    assert_int_equal(rig_row(view).kind, OC_VIEW_VOICE);
    assert_true(rig_row(view).received_lo > 0);
    rig_close(page);
    rig_run(SECOND / 2);
    assert_int_equal(played.closes, 1);
    rig_expect("receive-end");
    rig_end();
}

static void an_empty_message_ends_it(void **state) {
    page_t *page;
    int32_t view;
    begin(&talk);
    assert_int_equal(req(&page, &view), OC_OK);
    speak(page, 0, 5);
    static const uint8_t zero = 0;
    (void)oc_source_fifo_push(&page->fifo, OC_PPID_BINARY_EMPTY, &zero, 1);
    oc_peer_kick(oc_hub_peer(rig.viewer->hub, page->peer), page->sid);
    rig_run(SECOND / 2);
    ended(page, "the viewer has ended the talk");
    rig_end();
}

static void the_second_talker_is_refused_as_busy_and_may_talk_afterwards(void **state) {
    page_t *first, *second;
    int32_t view;
    begin(&talk);
    assert_int_equal(req(&first, &view), OC_OK);
    speak(first, 0, 5);
    assert_int_equal(req(&second, &view), OC_ERR_BUSY);
    assert_string_equal(rig.notice, "busy: somebody else is talking");
    speak(first, 15, 20);
    assert_string_equal(second->last, "{\"error\":\"busy: somebody else is talking\"}");
    assert_true(played.open);
    assert_int_equal(played.opens, 1);
    rig_close(first);
    rig_run(SECOND / 2);
    assert_int_equal(req(&second, &view), OC_OK);
    rig_end();
}

static void a_script_that_ends_does_not_end_the_talk(void **state) {
    page_t *page;
    int32_t view;
    begin(&talk);
    assert_int_equal(req(&page, &view), OC_OK);
    speak(page, 0, 10);
    unsigned before = played.loud;
    rig_new_script();
    speak(page, 10, 50);
    assert_in_range(played.loud - before, 48 * 160, 52 * 160);
    assert_int_equal(played.opens, 1);
    assert_int_equal(rig_row(view).state, OC_VIEW_OPEN);
    rig_end();
}

static void silence_of_the_network_ends_it(void **state) {
    page_t *page;
    int32_t view;
    begin(&talk);
    assert_int_equal(req(&page, &view), OC_OK);
    speak(page, 0, 10);
    rig_run(1900 * MS);
    assert_true(played.open);
    rig_run(600 * MS);
    ended(page, "no sound came for 2 s");
    rig_end();
}

static void privacy_mode_ends_it(void **state) {
    page_t *page;
    int32_t view;
    begin(&talk);
    assert_int_equal(req(&page, &view), OC_OK);
    speak(page, 0, 10);
    oc_viewers_end_talk(rig.v, "privacy mode is on", rig.world->now_us);
    assert_false(played.open); /* at once */
    rig_run(SECOND / 2);
    ended(page, "privacy mode is on");
    rig_end();
}

/* [E8] A report that the page is hidden, about the channel of the voice. */
static void a_hidden_page_ends_it(void **state) {
    page_t *page;
    int32_t view, commands;
    begin(&talk);
    page_t *command = rig_commands(&commands);
    assert_int_equal(req(&page, &view), OC_OK);
    speak(page, 0, 10);
    rig_report(command, page, true);
    rig_run(20 * MS);
    assert_true(played.open);
    rig_report(command, page, false);
    rig_run(SECOND / 2);
    ended(page, "the page is hidden");
    rig_end();
}

static void a_session_that_ends_ends_it(void **state) {
    page_t *page;
    int32_t view;
    begin(&talk);
    assert_int_equal(req(&page, &view), OC_OK);
    speak(page, 0, 10);
    assert_int_equal(
        rig_command(OC_COMMAND_P2P_END, 0, (int32_t)rig.at_camera, 0, 0, 0, NULL, 0, NULL), OC_OK);
    assert_false(played.open);
    assert_int_equal(played.closes, 1);
    rig_end();
}

static void a_malformed_message_ends_it(void **state) {
    static const uint8_t bytes[2000];
    page_t *page;
    int32_t view;
    begin(&talk);
    assert_int_equal(req(&page, &view), OC_OK);
    rig_log(page, bytes, sizeof bytes, false);
    rig_run(SECOND / 2);
    ended(page, "voice: a message has 7 to 486 bytes");
    rig_end();
}

static void a_device_without_a_speaker_says_so(void **state) {
    page_t *page;
    int32_t view;
    begin(NULL);
    assert_int_equal(req(&page, &view), OC_ERR_NOTSUP);
    assert_string_equal(rig.notice, "voice: this device has no speaker");
    rig_run(SECOND / 2);
    assert_string_equal(page->last, "{\"error\":\"voice: this device has no speaker\"}");
    rig_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_goes_to_the_speaker_and_not_to_the_script),
        cmocka_unit_test(an_empty_message_ends_it),
        cmocka_unit_test(the_second_talker_is_refused_as_busy_and_may_talk_afterwards),
        cmocka_unit_test(a_script_that_ends_does_not_end_the_talk),
        cmocka_unit_test(silence_of_the_network_ends_it),
        cmocka_unit_test(privacy_mode_ends_it),
        cmocka_unit_test(a_hidden_page_ends_it),
        cmocka_unit_test(a_session_that_ends_ends_it),
        cmocka_unit_test(a_malformed_message_ends_it),
        cmocka_unit_test(a_device_without_a_speaker_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
