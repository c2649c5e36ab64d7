/* oc_ff_test - the moving test picture with its tone: makes pictures and sound when they are due.
 * At each full second of media time a white field is shown and a beep sounds, 100 ms both.
 * Capture thread only. */
#ifndef OC_FF_TEST_H
#define OC_FF_TEST_H

#include "oc_ff_encode.h"

typedef struct oc_ff_test {
    const oc_ff_input_t *input;
    oc_ff_video_encoder_t video;
    oc_ff_audio_encoder_t audio;
    AVFrame *picture, *turned; /* turned NULL: not turned */
    bool sound;
    uint32_t number;   /* of the next picture */
    int64_t samples;   /* of sound made */
    int64_t origin_us; /* monotonic time of media time 0 */
    int64_t paused_us; /* media time when it was stopped */
} oc_ff_test_t;

/* input: borrowed until close. OC_OK | OC_ERR_*; why. */
int oc_ff_test_open(oc_ff_test_t *test, const oc_ff_input_t *input, bool sound, char *why,
                    size_t size);
void oc_ff_test_start(oc_ff_test_t *test, int64_t now_us);
void oc_ff_test_stop(oc_ff_test_t *test);

/* When the next picture or piece of sound is due; monotonic. */
int64_t oc_ff_test_due(const oc_ff_test_t *test);
/* Left out pictures of a machine that cannot keep up are skipped by their number. Makes what is due
 * next; *lane tells which encoder has it: take its packets. key: of a picture. OC_OK | OC_ERR_*. */
int oc_ff_test_make(oc_ff_test_t *test, int64_t now_us, bool fast, bool key, unsigned *lane);
void oc_ff_test_close(oc_ff_test_t *test);

#endif
