#include "oc_ff_test.h"

#include <math.h>
#include <string.h>

#include "oc_err.h"
#include "oc_picture.h"

#define RATE        48000
#define CHUNK       1024 /* samples made at a time */
#define US_PER_S    1000000
#define TONE_HZ     440
#define BEEP_HZ     1000
#define TONE_LEVEL  0.02
#define BEEP_LEVEL  0.5
#define MARK_MS     100     /* flash and beep at each full second */
#define BEHIND_US   1000000 /* then pictures are skipped */
#define MILLI       1000
#define FULL_CIRCLE 6.283185307179586

static AVFrame *new_picture(int width, int height) {
    AVFrame *frame = av_frame_alloc();
    if (!frame)
        return NULL;
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = width;
    frame->height = height;
    if (av_frame_get_buffer(frame, 0) < 0)
        av_frame_free(&frame);
    return frame;
}

int oc_ff_test_open(oc_ff_test_t *test, const oc_ff_input_t *in, bool sound, char *why,
                    size_t size) {
    bool side = in->rotate == 90 || in->rotate == 270;
    int width = side ? in->height : in->width, height = side ? in->width : in->height;
    AVRational rate = {(int)in->fps_milli, MILLI}, base = {MILLI, (int)in->fps_milli};
    memset(test, 0, sizeof(*test));
    test->input = in;
    test->sound = sound;
    int rc = oc_ff_video_open(&test->video, in, width, height, base, rate, why, size);
    if (rc == OC_OK && sound)
        rc = oc_ff_audio_open(&test->audio, RATE, 1, why, size);
    if (rc == OC_OK) {
        test->picture = new_picture(in->width, in->height);
        if (in->rotate || in->flip_h || in->flip_v)
            test->turned = new_picture(width, height);
        if (!test->picture || ((in->rotate || in->flip_h || in->flip_v) && !test->turned))
            rc = OC_ERR_NOMEM;
    }
    if (rc != OC_OK)
        oc_ff_test_close(test);
    return rc;
}

/* Media time of picture n and of the sound so far. */
static int64_t picture_us(const oc_ff_test_t *test, uint32_t number) {
    return (int64_t)number * MILLI * US_PER_S / test->input->fps_milli;
}
static int64_t sound_us(const oc_ff_test_t *test) {
    return test->sound ? test->samples * US_PER_S / RATE : INT64_MAX;
}

static int64_t next_us(const oc_ff_test_t *test) {
    int64_t picture = picture_us(test, test->number), sound = sound_us(test);
    return picture < sound ? picture : sound;
}

void oc_ff_test_start(oc_ff_test_t *test, int64_t now_us) {
    test->origin_us = now_us - next_us(test);
    test->video.any = false; /* whoever begins to look needs a key picture */
}

void oc_ff_test_stop(oc_ff_test_t *test) {
    test->paused_us = next_us(test);
}

int64_t oc_ff_test_due(const oc_ff_test_t *test) {
    return test->origin_us + next_us(test);
}

static oc_picture_t view(const AVFrame *frame) {
    return (oc_picture_t){.plane = {frame->data[0], frame->data[1], frame->data[2]},
                          .stride = {frame->linesize[0], frame->linesize[1], frame->linesize[2]},
                          .width = frame->width,
                          .height = frame->height};
}

static int make_picture(oc_ff_test_t *test, bool key) {
    const oc_ff_input_t *in = test->input;
    AVFrame *frame = test->turned ? test->turned : test->picture;
    if (av_frame_make_writable(test->picture) < 0 || av_frame_make_writable(frame) < 0)
        return OC_ERR_NOMEM;
    oc_picture_t picture = view(test->picture);
    int64_t utc_ms = oc_ff_utc_ms(), media_ms = picture_us(test, test->number) / MILLI;
    if (in->object_s)
        oc_picture_scene(&picture, media_ms, in->object_s * (int64_t)MILLI);
    else
        oc_picture_test(&picture, test->number, utc_ms, media_ms % 1000 < MARK_MS);
    if (in->overlay[0] || in->overlay_time)
        oc_picture_overlay(&picture, in->overlay, in->overlay_time ? utc_ms : -1);
    if (test->turned) {
        oc_picture_t to = view(test->turned);
        oc_picture_turn(&picture, &to, in->rotate, in->flip_h, in->flip_v);
    }
    frame->pts = test->number++;
    return oc_ff_video_send(&test->video, frame, key);
}

static bool crosses(const oc_ff_test_t *test, int64_t media_ms) {
    int64_t period_ms = test->input->object_s * (int64_t)MILLI;
    return media_ms >= period_ms && media_ms % period_ms < OC_PICTURE_CROSSING_MS;
}

static int make_sound(oc_ff_test_t *test) {
    float chunk[CHUNK];
    uint8_t *planes[1] = {(uint8_t *)chunk};
    for (int i = 0; i < CHUNK; i++) {
        int64_t n = (test->samples + i) % RATE;
        bool beep = n < (int64_t)RATE * MARK_MS / 1000;
        if (test->input->object_s) /* loud while something crosses */
            beep = crosses(test, (test->samples + i) * MILLI / RATE);
        double turn = FULL_CIRCLE * (double)(n * (beep ? BEEP_HZ : TONE_HZ) % RATE) / RATE;
        chunk[i] = (float)(sin(turn) * (beep ? BEEP_LEVEL : TONE_LEVEL));
    }
    int rc = oc_ff_audio_add(&test->audio, planes, CHUNK, test->samples);
    test->samples += CHUNK;
    return rc;
}

int oc_ff_test_make(oc_ff_test_t *test, int64_t now_us, bool fast, bool key, unsigned *lane) {
    while (!fast && now_us - (test->origin_us + picture_us(test, test->number)) > BEHIND_US)
        test->number++;
    *lane = sound_us(test) < picture_us(test, test->number);
    return *lane ? make_sound(test) : make_picture(test, key);
}

void oc_ff_test_close(oc_ff_test_t *test) {
    oc_ff_video_close(&test->video);
    oc_ff_audio_close(&test->audio);
    av_frame_free(&test->picture);
    av_frame_free(&test->turned);
}
