/* oc_talk with a speaker that keeps what it gets: one talker, its end, what is played. [B9] */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_err.h"
#include "oc_g711.h"
#include "oc_talk.h"

#define MS   1000LL
#define KEPT (8000 * 30)
#define TONE 1000 /* Hz */
#define FULL 8000 /* amplitude of the tone */

/* A period of 200 Hz at 8000 samples a second: a microcontroller's tests are linked without floating point. */
static const int16_t wave[40] = {
    0, 1251, 2472, 3632, 4702, 5657, 6472, 7128, 7608, 7902,
    8000, 7902, 7608, 7128, 6472, 5657, 4702, 3632, 2472, 1251,
    0, -1251, -2472, -3632, -4702, -5657, -6472, -7128, -7608, -7902,
    -8000, -7902, -7608, -7128, -6472, -5657, -4702, -3632, -2472, -1251};

static int32_t sine(unsigned frequency, unsigned sample) {
    return wave[sample * (frequency / 200) % 40];
}

/* A speaker that refuses what a real one refuses: open while it is, write while it is not. */
static struct {
    int16_t sound[KEPT];
    unsigned count, opens, closes;
    bool open;
    int state;
    char output[OC_SPEAKER_OUTPUT];
} kept;

static int open_fake(void *context, oc_span_t output, uint32_t rate, const char **why) {
    assert_int_equal(rate, 8000);
    if (kept.open)
        return OC_ERR_BUSY;
    *why = "no such output";
    if (output.len >= sizeof kept.output)
        return OC_ERR_NOTSUP;
    memcpy(kept.output, output.data, output.len);
    kept.output[output.len] = '\0';
    kept.open = true;
    kept.opens++;
    return OC_OK;
}

static void write_fake(void *context, const int16_t *samples, unsigned count) {
    assert_true(kept.open);
    assert_true(kept.count + count <= KEPT);
    memcpy(kept.sound + kept.count, samples, count * sizeof *samples);
    kept.count += count;
}

static int state_fake(void *context, const char **why) {
    if (kept.state < 0)
        *why = "the card is gone";
    return kept.state;
}

static void close_fake(void *context) {
    assert_true(kept.open);
    kept.open = false;
    kept.closes++;
}

static const oc_speaker_t fake = {open_fake, write_fake, state_fake, close_fake, NULL};
static oc_talk_t talk;
static const char *why;

static int set_up(void **state) {
    memset(&kept, 0, sizeof kept);
    oc_talk_init(&talk, &fake);
    return 0;
}

static int begin(int64_t now_us) {
    return oc_talk_begin(&talk, OC_TALK_PCMU, 100, oc_span("auto", 4), now_us, &why);
}

/* The nearest byte of u-law, by looking at all. */
static uint8_t ulaw_of(int value) {
    int best = 0;
    for (int byte = 1; byte < 256; byte++)
        if (abs(oc_g711_ulaw((uint8_t)byte) - value) < abs(oc_g711_ulaw((uint8_t)best) - value))
            best = byte;
    return (uint8_t)best;
}

static int utter(unsigned number, int64_t now_us) {
    uint8_t bytes[OC_VOICE_HEAD + OC_TALK_BLOCK];
    uint32_t time = number * OC_TALK_BLOCK;
    bytes[0] = (uint8_t)(number >> 8);
    bytes[1] = (uint8_t)number;
    for (unsigned i = 0; i < 4; i++)
        bytes[2 + i] = (uint8_t)(time >> (24 - 8 * i));
    for (unsigned i = 0; i < OC_TALK_BLOCK; i++)
        bytes[OC_VOICE_HEAD + i] = ulaw_of(sine(TONE, time + i));
    return oc_talk_message(&talk, oc_span(bytes, sizeof bytes), now_us, &why);
}

static int64_t root(int64_t square) {
    int64_t found = 0;
    for (int64_t bit = 1LL << 30; bit != 0; bit /= 2)
        if ((found + bit) * (found + bit) <= square)
            found += bit;
    return found;
}

/* Amplitude of a multiple of 200 Hz in a part of what was played, in thousandths of FULL. */
static int tone_in(unsigned from, unsigned count, unsigned frequency) {
    int64_t in_phase = 0, across = 0;
    for (unsigned i = from; i < from + count; i++) {
        in_phase += kept.sound[i] * sine(frequency, i);
        across += kept.sound[i] * wave[(i * (frequency / 200) + 10) % 40];
    }
    in_phase /= FULL;
    across /= FULL;
    return (int)(root(in_phase * in_phase + across * across) * 2000 / count / FULL);
}

/* A second of a tone; every `lost`th packet is lost, 0: none. */
static int64_t speak(unsigned lost) {
    int64_t now = 0;
    for (unsigned i = 0; i < 50; i++, now += 20 * MS) {
        if (lost == 0 || i % lost != lost - 1)
            assert_int_equal(utter(i, now), OC_OK);
        assert_int_equal(oc_talk_advance(&talk, now, &why), OC_OK);
    }
    return now;
}

static void a_tone_is_played_at_its_frequency_60_ms_later(void **state) {
    assert_int_equal(begin(0), OC_OK);
    assert_string_equal(kept.output, "auto");
    (void)speak(0);
    assert_int_equal(kept.count, 50 * OC_TALK_BLOCK);
    assert_true(tone_in(0, 3 * OC_TALK_BLOCK, TONE) < 10);
    assert_true(tone_in(4 * OC_TALK_BLOCK, 40 * OC_TALK_BLOCK, TONE) > 970);
    assert_true(tone_in(4 * OC_TALK_BLOCK, 40 * OC_TALK_BLOCK, 600) < 50);
}

static void lost_packets_are_concealed(void **state) {
    assert_int_equal(begin(0), OC_OK);
    (void)speak(10);
    assert_true(tone_in(4 * OC_TALK_BLOCK, 40 * OC_TALK_BLOCK, TONE) > 900);
    for (unsigned at = 5; at < 45; at++) /* no block of it is silent */
        assert_true(tone_in(at * OC_TALK_BLOCK, OC_TALK_BLOCK, TONE) > 300);
}

static void the_volume_is_percent(void **state) {
    assert_int_equal(oc_talk_begin(&talk, OC_TALK_PCMU, 50, oc_span("auto", 4), 0, &why), OC_OK);
    (void)speak(0);
    int played = tone_in(4 * OC_TALK_BLOCK, 40 * OC_TALK_BLOCK, TONE);
    assert_true(played > 480 && played < 510);
}

static void one_talks_and_the_second_is_refused_as_busy(void **state) {
    assert_int_equal(begin(0), OC_OK);
    assert_int_equal(begin(0), OC_ERR_BUSY);
    assert_string_equal(why, "busy: somebody else is talking");
    assert_int_equal(kept.opens, 1);
    oc_talk_end(&talk);
    oc_talk_end(&talk);
    assert_int_equal(kept.closes, 1);
    assert_int_equal(begin(0), OC_OK);
    assert_int_equal(kept.opens, 2);
}

static void a_speaker_that_is_not_free_is_busy_too(void **state) {
    kept.open = true;
    assert_int_equal(begin(0), OC_ERR_BUSY);
    assert_string_equal(why, "busy: the speaker is not free yet");
    assert_false(talk.active);
}

static void an_empty_message_ends_it(void **state) {
    assert_int_equal(begin(0), OC_OK);
    assert_int_equal(oc_talk_message(&talk, oc_span(NULL, 0), 0, &why), OC_END);
}

static void two_seconds_without_sound_end_it(void **state) {
    assert_int_equal(begin(0), OC_OK);
    int64_t now = speak(0);
    assert_int_equal(oc_talk_advance(&talk, now + 1900 * MS, &why), OC_OK);
    assert_int_equal(oc_talk_advance(&talk, now - 20 * MS + OC_TALK_SILENT_US, &why),
                     OC_ERR_TIMEOUT);
    assert_string_equal(why, "no sound came for 2 s");
}

static void a_speaker_that_fails_ends_it_with_its_reason(void **state) {
    assert_int_equal(begin(0), OC_OK);
    kept.state = OC_ERR_IO;
    assert_int_equal(oc_talk_advance(&talk, 20 * MS, &why), OC_ERR_IO);
    assert_string_equal(why, "the card is gone");
}

static void hostile_messages_end_it_and_numbers_out_of_range_are_refused(void **state) {
    uint8_t bytes[1000] = {0};
    assert_int_equal(oc_talk_begin(&talk, 2, 100, oc_span("auto", 4), 0, &why), OC_ERR_RANGE);
    assert_int_equal(oc_talk_begin(&talk, -1, 100, oc_span("auto", 4), 0, &why), OC_ERR_RANGE);
    assert_int_equal(oc_talk_begin(&talk, 0, 101, oc_span("auto", 4), 0, &why), OC_ERR_RANGE);
    assert_int_equal(kept.opens, 0);
    assert_int_equal(begin(0), OC_OK);
    assert_int_equal(oc_talk_message(&talk, oc_span(bytes, 6), 0, &why), OC_ERR_TRUNC);
    assert_int_equal(oc_talk_message(&talk, oc_span(bytes, 1000), 0, &why), OC_ERR_TOO_BIG);
    assert_string_equal(why, "voice: a message has 7 to 486 bytes");
}

/* A thread that stood still makes up for a second, not for all that it missed. */
static void a_pause_of_the_thread_is_made_up_for_within_bounds(void **state) {
    assert_int_equal(begin(0), OC_OK);
    assert_int_equal(oc_talk_advance(&talk, 0, &why), OC_OK);
    unsigned before = kept.count;
    assert_int_equal(oc_talk_advance(&talk, 300 * MS, &why), OC_OK);
    assert_int_equal(kept.count, before); /* packets that came meanwhile go before */
    assert_int_equal(oc_talk_deadline(&talk), 301 * MS);
    assert_int_equal(oc_talk_advance(&talk, 301 * MS, &why), OC_OK);
    assert_int_equal((kept.count - before) / OC_TALK_BLOCK, 15);
    before = kept.count;
    assert_int_equal(oc_talk_advance(&talk, 1899 * MS, &why), OC_OK);
    assert_int_equal(oc_talk_advance(&talk, 1900 * MS, &why), OC_OK);
    assert_in_range((kept.count - before) / OC_TALK_BLOCK, 50, 51);
    assert_true(oc_talk_deadline(&talk) > 1900 * MS);
}

/* Packets of three seconds wait in the socket of a process that stood still: none is lost but those
 * beyond the buffer, and the talk goes on. */
static void a_process_that_stood_still_goes_on(void **state) {
    assert_int_equal(begin(0), OC_OK);
    int64_t now = speak(0) + 3000 * MS;
    assert_int_equal(oc_talk_advance(&talk, now, &why), OC_OK);
    for (unsigned i = 50; i < 200; i++)
        assert_int_equal(utter(i, now), OC_OK);
    unsigned before = kept.count;
    assert_int_equal(oc_talk_advance(&talk, now + 1 * MS, &why), OC_OK);
    assert_true(kept.count > before);
    for (unsigned i = 200; i < 250; i++, now += 20 * MS) {
        assert_int_equal(utter(i, now), OC_OK);
        assert_int_equal(oc_talk_advance(&talk, now + 1 * MS, &why), OC_OK);
    }
    assert_true(tone_in(kept.count - 20 * OC_TALK_BLOCK, 20 * OC_TALK_BLOCK, TONE) > 900);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_tone_is_played_at_its_frequency_60_ms_later, set_up),
        cmocka_unit_test_setup(lost_packets_are_concealed, set_up),
        cmocka_unit_test_setup(the_volume_is_percent, set_up),
        cmocka_unit_test_setup(one_talks_and_the_second_is_refused_as_busy, set_up),
        cmocka_unit_test_setup(a_speaker_that_is_not_free_is_busy_too, set_up),
        cmocka_unit_test_setup(an_empty_message_ends_it, set_up),
        cmocka_unit_test_setup(two_seconds_without_sound_end_it, set_up),
        cmocka_unit_test_setup(a_speaker_that_fails_ends_it_with_its_reason, set_up),
        cmocka_unit_test_setup(hostile_messages_end_it_and_numbers_out_of_range_are_refused, set_up),
        cmocka_unit_test_setup(a_pause_of_the_thread_is_made_up_for_within_bounds, set_up),
        cmocka_unit_test_setup(a_process_that_stood_still_goes_on, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
