#include "oc_talk.h"

#include <string.h>

#include "oc_err.h"
#include "oc_g711.h"

#define BLOCKS     50  /* given at once after a pause of the thread: 1 s; others are left out */
#define LATE_US    60000 /* the thread stood still */
#define AGAIN_US   1000
#define QUIET      256 /* of 32768: a block whose samples are all below */
#define PERCENT    100
#define CODECS     2
#define BUSY_WHY   "busy: somebody else is talking"
#define SILENT_WHY "no sound came for 2 s"

void oc_talk_init(oc_talk_t *talk, const oc_speaker_t *speaker) {
    *talk = (oc_talk_t){.speaker = speaker};
}

int oc_talk_begin(oc_talk_t *talk, int32_t codec, int32_t volume, oc_span_t output, int64_t now_us,
                  const char **why) {
    const oc_speaker_t *speaker = talk->speaker;
    *why = BUSY_WHY;
    if (talk->active)
        return OC_ERR_BUSY;
    *why = "voice: a codec of 0 pcma or 1 pcmu, a volume of 0 to 100 percent";
    if (codec < 0 || codec >= CODECS || volume < 0 || volume > OC_TALK_VOLUME)
        return OC_ERR_RANGE;
    *why = "busy: the speaker is not free yet";
    int rc = speaker->open(speaker->context, output, OC_G711_RATE, why);
    if (rc != OC_OK)
        return rc;
    oc_talk_init(talk, speaker);
    talk->active = true;
    talk->codec = (oc_talk_codec_t)codec;
    talk->volume = (unsigned)volume;
    talk->block_us = talk->packet_us = now_us;
    talk->concealed = OC_TALK_FADE;
    oc_voice_jitter_init(&talk->jitter, OC_G711_RATE);
    return OC_OK;
}

int oc_talk_message(oc_talk_t *talk, oc_span_t bytes, int64_t now_us, const char **why) {
    oc_voice_message_t message;
    *why = "the viewer has ended the talk";
    if (bytes.len == 0)
        return OC_END;
    int rc = oc_voice_message_read(bytes, &message);
    *why = "voice: a message has 7 to 486 bytes";
    if (rc != OC_OK)
        return rc;
    talk->packet_us = now_us;
    (void)oc_voice_jitter_push(&talk->jitter, &message, now_us);
    return OC_OK;
}

/* ---- blocks ---- */

static void decode(oc_talk_t *talk, oc_span_t payload) {
    bool alaw = talk->codec == OC_TALK_PCMA;
    for (size_t i = 0; i < payload.len; i++) {
        int sample = alaw ? oc_g711_alaw(payload.data[i]) : oc_g711_ulaw(payload.data[i]);
        talk->pcm[i] = (int16_t)(sample * (int)talk->volume / PERCENT);
    }
    talk->pcm_at = 0;
    talk->pcm_count = (unsigned)payload.len;
}

/* The block before, again and again, quieter each time. */
static void conceal(oc_talk_t *talk, int16_t *out, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        int sample = talk->history[talk->history_at];
        out[i] =
            talk->concealed < OC_TALK_FADE ? (int16_t)(sample / (2 << talk->concealed)) : 0;
        if (++talk->history_at == OC_TALK_BLOCK) {
            talk->history_at = 0;
            talk->concealed += talk->concealed < OC_TALK_FADE;
        }
    }
}

/* Samples that came, or 0 when there are none. */
static unsigned take_pcm(oc_talk_t *talk, int16_t *out, unsigned max) {
    unsigned count = talk->pcm_count < max ? talk->pcm_count : max;
    memcpy(out, talk->pcm + talk->pcm_at, count * sizeof *out);
    talk->pcm_at += count;
    talk->pcm_count -= count;
    return count;
}

/* Fills a block. True: all of it was received. */
static bool fill(oc_talk_t *talk, int16_t out[OC_TALK_BLOCK], int64_t now_us) {
    bool whole = true;
    for (unsigned at = 0; at < OC_TALK_BLOCK;) {
        unsigned count = take_pcm(talk, out + at, OC_TALK_BLOCK - at);
        at += count;
        if (count > 0)
            continue;
        oc_span_t payload;
        uint32_t samples;
        oc_voice_play_t play = oc_voice_jitter_next(&talk->jitter, OC_TALK_BLOCK - at, now_us,
                                                    &payload, &samples);
        if (play == OC_VOICE_PACKET) {
            decode(talk, payload);
            continue;
        }
        whole = false;
        if (play == OC_VOICE_LOST)
            conceal(talk, out + at, samples);
        else
            memset(out + at, 0, samples * sizeof *out);
        at += samples;
    }
    return whole;
}

static bool is_quiet(const int16_t block[OC_TALK_BLOCK]) {
    for (unsigned i = 0; i < OC_TALK_BLOCK; i++)
        if (block[i] > QUIET || block[i] < -QUIET)
            return false;
    return true;
}

static void give_block(oc_talk_t *talk, int64_t now_us) {
    const oc_speaker_t *speaker = talk->speaker;
    int16_t block[OC_TALK_BLOCK];
    oc_voice_steer_t steer = oc_voice_jitter_steer(&talk->jitter, OC_TALK_BLOCK, talk->pcm_count,
                                                   talk->quiet, now_us);
    if (steer == OC_VOICE_HOLD) {
        conceal(talk, block, OC_TALK_BLOCK);
    } else if (fill(talk, block, now_us)) {
        memcpy(talk->history, block, sizeof block);
        talk->history_at = talk->concealed = 0;
    }
    talk->quiet = is_quiet(block);
    speaker->write(speaker->context, block, OC_TALK_BLOCK);
}

int oc_talk_advance(oc_talk_t *talk, int64_t now_us, const char **why) {
    const oc_speaker_t *speaker = talk->speaker;
    if (!talk->active)
        return OC_OK;
    if (now_us - talk->block_us > LATE_US && !talk->again_us) {
        talk->again_us = now_us + AGAIN_US;
        return OC_OK;
    }
    talk->again_us = 0;
    *why = SILENT_WHY;
    if (now_us - talk->packet_us >= OC_TALK_SILENT_US)
        return OC_ERR_TIMEOUT;
    int rc = speaker->state(speaker->context, why);
    if (rc < 0)
        return rc;
    if (now_us - talk->block_us > BLOCKS * OC_TALK_BLOCK_US)
        talk->block_us = now_us - BLOCKS * OC_TALK_BLOCK_US;
    for (; talk->block_us <= now_us; talk->block_us += OC_TALK_BLOCK_US)
        give_block(talk, talk->block_us);
    return OC_OK;
}

int64_t oc_talk_deadline(const oc_talk_t *talk) {
    if (!talk->active)
        return INT64_MAX;
    return talk->again_us ? talk->again_us : talk->block_us;
}

void oc_talk_end(oc_talk_t *talk) {
    if (!talk->active)
        return;
    talk->active = false;
    talk->speaker->close(talk->speaker->context);
}
