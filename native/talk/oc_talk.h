/* oc_talk - a viewer's voice played on the device: one talker at a time. Messages go in, blocks of
 * 20 ms go to the speaker at their time, whether packets arrive or not. Lost sound is concealed by
 * what was played before, fading to silence. No clock, no allocation; media thread only.
 *
 *   begin -> message, advance ... -> end: by the viewer, by silence of the network, by the speaker
 */
#ifndef OC_TALK_H
#define OC_TALK_H

#include "oc_speaker.h"
#include "oc_voice_jitter.h"

#define OC_TALK_BLOCK_US  20000   /* one block */
#define OC_TALK_BLOCK     160     /* its samples at 8 kHz */
#define OC_TALK_SILENT_US 2000000 /* without a packet for so long it ends */
#define OC_TALK_FADE      3       /* blocks after which concealed sound is silence */
#define OC_TALK_VOLUME    100     /* percent: as it came */

/* begin protocol: made by tools/protocol */
/* clang-format off */
/* What a talker sends: G.711 at 8 kHz. */
typedef enum oc_talk_codec {
    OC_TALK_PCMA = 0, /* A-law */
    OC_TALK_PCMU = 1, /* u-law */
} oc_talk_codec_t;
/* clang-format on */
/* end protocol */

/* Private but for active and jitter.counts. About 14 KB. */
typedef struct oc_talk {
    const oc_speaker_t *speaker; /* borrowed */
    bool active;                 /* somebody talks */
    oc_talk_codec_t codec;
    unsigned volume;                /* percent */
    int64_t block_us, packet_us;    /* the next block; the last packet */
    int64_t again_us;               /* the thread stood still: its packets are read until then; 0 */
    unsigned pcm_at, pcm_count;     /* decoded and not played */
    unsigned concealed, history_at; /* blocks in a row; where the repetition stands, samples */
    bool quiet;                     /* of the last block */
    int16_t pcm[OC_VOICE_PAYLOAD];
    int16_t history[OC_TALK_BLOCK]; /* the last block that was received */
    oc_voice_jitter_t jitter;
} oc_talk_t;

/* Nobody talks. speaker: borrowed as long as it is used. */
void oc_talk_init(oc_talk_t *talk, const oc_speaker_t *speaker);

/* Somebody begins. codec: oc_talk_codec_t; volume: 0 .. OC_TALK_VOLUME percent; output: as in
 * oc_speaker_t. OC_OK | OC_ERR_BUSY somebody else talks | OC_ERR_RANGE codec or volume |
 * OC_ERR_NOTSUP or others of the speaker. *why: static, in one line. */
int oc_talk_begin(oc_talk_t *talk, int32_t codec, int32_t volume, oc_span_t output, int64_t now_us,
                  const char **why);
/* A message of the talker, borrowed until return. OC_OK | OC_END an empty one: the talker is done |
 * OC_ERR_TRUNC, OC_ERR_TOO_BIG malformed, *why static. The caller ends the talk, except after
 * OC_OK. */
int oc_talk_message(oc_talk_t *talk, oc_span_t bytes, int64_t now_us, const char **why);
/* Gives the speaker what is due. OC_OK | OC_ERR_TIMEOUT no packet came for OC_TALK_SILENT_US |
 * OC_ERR_* of the speaker; *why static: the caller ends the talk. After a pause of the thread the
 * first call does nothing: packets that came meanwhile go before. */
int oc_talk_advance(oc_talk_t *talk, int64_t now_us, const char **why);
/* When advance is due; INT64_MAX: nobody talks. */
int64_t oc_talk_deadline(const oc_talk_t *talk);
/* Nobody talks any more; what was given to the speaker is played. */
void oc_talk_end(oc_talk_t *talk);

#endif
