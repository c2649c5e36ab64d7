/* oc_speaker_thread with a sound card of the test's (fake_asound.h) and with its file. [B9] */
#include <dlfcn.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "fake_asound.h"
#include "oc_err.h"
#include "oc_posix.h"
#include "oc_speaker_thread.h"
#include "oc_speaker_wav.h"
#include "test_folder.h"
#include "test_wait.h"

#define RATE  8000
#define BLOCK 160

static char folder[64];
static int root;
static oc_speaker_thread_t *thread;
static const oc_speaker_t *speaker;
static fake_asound_t *card;
static const char *why;

static int set_up(void **state) {
    root = test_folder_make(folder);
    assert_true(root >= 0);
    assert_int_equal(oc_speaker_thread_create(&thread, root), OC_OK);
    speaker = oc_speaker_thread_speaker(thread);
    void *library = dlopen("libasound.so.2", RTLD_NOW | RTLD_LOCAL);
    card = library ? dlsym(library, "fake_asound") : NULL;
    assert_non_null(card); /* LD_LIBRARY_PATH names the folder of the test's */
    memset(card, 0, sizeof *card);
    return 0;
}

static int tear_down(void **state) {
    oc_speaker_thread_free(thread);
    close(root);
    test_folder_remove(folder);
    return 0;
}

static int open_as(const char *output) {
    why = "";
    return speaker->open(speaker->context, oc_span(output, strlen(output)), RATE, &why);
}

/* The state, when it is not OC_AGAIN any more. */
static int opened(void) {
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    int state;
    while ((state = speaker->state(speaker->context, &why)) == OC_AGAIN &&
           oc_posix_now_us() < until)
        usleep(1000);
    return state;
}

/* One block, when there is room for it: the thread has taken those before. */
static void write_block(int16_t value) {
    int16_t block[BLOCK];
    for (unsigned i = 0; i < BLOCK; i++)
        block[i] = value;
    speaker->write(speaker->context, block, BLOCK);
}

static bool eventually(_Atomic unsigned *count, unsigned value) {
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    while (*count < value && oc_posix_now_us() < until)
        usleep(1000);
    return *count == value;
}

/* As the next talk does: busy while the one before ends. */
static int open_again(const char *output) {
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    int rc;
    while ((rc = open_as(output)) == OC_ERR_BUSY && oc_posix_now_us() < until)
        usleep(1000);
    return rc;
}

static void a_card_gets_every_sample_and_is_closed(void **state) {
    assert_int_equal(open_as("alsa:hw:0"), OC_OK);
    assert_int_equal(opened(), OC_OK);
    assert_int_equal(card->rate, RATE);
    for (unsigned i = 1; i <= 20; i++) {
        write_block((int16_t)i);
        assert_true(eventually(&card->frames, i * BLOCK));
    }
    assert_int_equal(card->last, 20);
    assert_int_equal(open_as("alsa:hw:0"), OC_ERR_BUSY);
    speaker->close(speaker->context);
    assert_true(eventually(&card->closes, 1));
    assert_int_equal(card->drains, 1);
    assert_int_equal(open_again("alsa:hw:0"), OC_OK);
    assert_int_equal(opened(), OC_OK);
    speaker->close(speaker->context);
}

static void an_underrun_is_recovered_without_a_loss(void **state) {
    assert_int_equal(open_as("alsa:hw:0"), OC_OK);
    assert_int_equal(opened(), OC_OK);
    card->underruns = 2;
    write_block(7);
    assert_true(eventually(&card->frames, BLOCK));
    assert_int_equal(card->recovers, 2);
    speaker->close(speaker->context);
}

static void a_card_that_is_gone_is_an_error_with_its_reason(void **state) {
    assert_int_equal(open_as("alsa:hw:0"), OC_OK);
    assert_int_equal(opened(), OC_OK);
    card->unplugged = 1;
    write_block(7);
    assert_true(eventually(&card->closes, 1));
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    while (speaker->state(speaker->context, &why) == OC_OK && oc_posix_now_us() < until)
        usleep(1000);
    assert_int_equal(speaker->state(speaker->context, &why), OC_ERR_IO);
    assert_string_equal(why, "voice: the sound card is gone");
    write_block(8); /* goes nowhere */
    speaker->close(speaker->context);
    assert_int_equal(open_again("file"), OC_OK);
    assert_int_equal(card->closes, 1);
    speaker->close(speaker->context);
}

static void devices_that_are_none_are_refused(void **state) {
    assert_int_equal(open_as("alsa:hw:1"), OC_OK);
    assert_int_equal(opened(), OC_ERR_IO);
    assert_string_equal(why, "voice: this machine has no sound output that can be opened");
    speaker->close(speaker->context);
    while (open_as("none") == OC_ERR_BUSY)
        usleep(1000);
    static const char *const wrong[] = {
        "none",    "",     "alsa:",      "alsa:tee:/tmp/x", "alsa:file:/x",   "alsa:hw:/",
        "default", "FILE", "alsa:hw:0,", "alsa:hw:",        "alsa:hw:0,0,0,0"};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(open_as(wrong[i]), OC_ERR_NOTSUP);
        assert_string_equal(why, "voice: talk.output is none of auto, alsa:DEVICE and file");
    }
    assert_int_equal(card->opens, 0);
}

/* A card that takes nothing for a while: 120 ms wait, the others are dropped, nobody waits. */
static void a_full_queue_drops_and_never_waits(void **state) {
    assert_int_equal(open_as("alsa:hw:0"), OC_OK);
    for (unsigned i = 0; i < 1000; i++)
        write_block(1);
    speaker->close(speaker->context);
    assert_true(eventually(&card->closes, 1));
    assert_in_range(card->frames, 0, 999 * BLOCK);
}

static void the_file_is_a_wav_for_its_owner_only(void **state) {
    uint8_t head[44];
    int16_t sample;
    struct stat status;
    assert_int_equal(open_as("file"), OC_OK);
    assert_int_equal(opened(), OC_OK);
    for (int16_t i = 0; i < 10; i++)
        write_block((int16_t)(i * 100));
    speaker->close(speaker->context);
    assert_int_equal(open_again("alsa:hw:0"), OC_OK); /* the file is whole */
    int fd = openat(root, OC_SPEAKER_WAV_NAME, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(status.st_size, 44 + 10 * BLOCK * 2);
    assert_int_equal(read(fd, head, sizeof head), 44);
    assert_memory_equal(head, "RIFF", 4);
    assert_memory_equal(head + 8, "WAVEfmt \x10\0\0\0\x01\0\x01\0", 16);
    assert_memory_equal(head + 24, "\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data", 16);
    assert_int_equal(head[40] | head[41] << 8 | head[42] << 16, 10 * BLOCK * 2);
    assert_int_equal(head[4] | head[5] << 8 | head[6] << 16, 10 * BLOCK * 2 + 36);
    assert_int_equal(pread(fd, &sample, 2, 44 + 9 * BLOCK * 2), 2);
    assert_int_equal(sample, 900);
    close(fd);
    speaker->close(speaker->context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_card_gets_every_sample_and_is_closed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_underrun_is_recovered_without_a_loss, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_card_that_is_gone_is_an_error_with_its_reason, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(devices_that_are_none_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_queue_drops_and_never_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_file_is_a_wav_for_its_owner_only, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
