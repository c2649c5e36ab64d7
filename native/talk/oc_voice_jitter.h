/* oc_voice_jitter - packets of sound in the order of their time stamps, behind a delay that follows
 * the network: as little as lets packets of the last seconds arrive in time. The position moves
 * with time whatever arrives, so the delay is bounded; packets behind it are dropped. Pure: no
 * clock, no allocation. Samples count one channel. */
#ifndef OC_VOICE_JITTER_H
#define OC_VOICE_JITTER_H

#include <stdbool.h>
#include "oc_voice_message.h"

#define OC_VOICE_DELAY_MIN_US 40000   /* between the soonest arrival of a sample and its turn */
#define OC_VOICE_DELAY_MAX_US 200000  /* beyond it a conversation is hard (ITU-T G.114) */
#define OC_VOICE_START_US     60000   /* delay before anything is known of the network */
#define OC_VOICE_WINDOW_US    4000000 /* arrivals of this and the previous window count */
#define OC_VOICE_JUMP_US      2000000 /* a time stamp so far away begins a new stream */
#define OC_VOICE_LATE_RUN     10      /* packets in a row that come too late do so too */
#define OC_VOICE_SLOTS        24      /* packets: 480 ms of 20 ms each; 504 bytes each */

/* A packet in its place. */
typedef struct oc_voice_slot {
    int64_t at; /* time stamp, unwrapped */
    bool used;
    uint16_t sequence, len;
    uint8_t payload[OC_VOICE_PAYLOAD];
} oc_voice_slot_t;

/* Since it began. */
typedef struct oc_voice_counts {
    uint32_t packets, late, twice, lost; /* lost: gaps in front of a packet that came */
    uint32_t held, skipped;              /* blocks by which the delay was moved */
    uint32_t restarts;                   /* streams that began anew */
} oc_voice_counts_t;

/* Private but for counts and target_us. About 12 KB. */
typedef struct oc_voice_jitter {
    uint32_t rate;    /* samples per second, one byte each */
    bool begun;       /* a packet has come */
    int64_t at;       /* of the newest packet, unwrapped; the anchor of the next one */
    int64_t position; /* the next sample's */
    int64_t start_us; /* the first block's turn */
    int64_t least_us[2], peak_us[2]; /* transit; deviation from the least: this window, previous */
    int64_t window_us;               /* it began */
    int64_t target_us;               /* delay that is aimed at */
    int64_t over_us;                 /* the delay is too long since; 0: it is not */
    unsigned late_run;
    uint16_t played; /* sequence of the packet played last */
    bool has_played;
    oc_voice_counts_t counts;
    oc_voice_slot_t slot[OC_VOICE_SLOTS];
} oc_voice_jitter_t;

/* Empty. rate: samples per second, > 0. */
void oc_voice_jitter_init(oc_voice_jitter_t *jitter, uint32_t rate);

/* A packet; one byte of payload is one sample. The payload is copied. OC_OK | OC_AGAIN dropped: it
 * came too late, or before | OC_GAP the stream begins anew with it. */
int oc_voice_jitter_push(oc_voice_jitter_t *jitter, const oc_voice_message_t *message,
                         int64_t now_us);

/* What is to be done with the next block. */
typedef enum oc_voice_steer {
    OC_VOICE_GO,   /* play on */
    OC_VOICE_HOLD, /* conceal one block: the delay grows by it */
    OC_VOICE_SKIP, /* the position has moved by one block: the delay shrinks by it */
} oc_voice_steer_t;

/* Before each block. block: its samples; ahead: samples taken and not played yet; quiet: a skip
 * would not be noticed now. */
oc_voice_steer_t oc_voice_jitter_steer(oc_voice_jitter_t *jitter, uint32_t block, uint32_t ahead,
                                       bool quiet, int64_t now_us);

/* What comes next. */
typedef enum oc_voice_play {
    OC_VOICE_PACKET,  /* the payload from `skip` on */
    OC_VOICE_LOST,    /* samples that did not arrive: conceal */
    OC_VOICE_SILENCE, /* samples that the sender did not send, or nothing has begun */
} oc_voice_play_t;

/* Takes the next samples. max: of LOST and SILENCE, > 0. payload: borrowed until the next push;
 * *samples: how many, for PACKET all of its payload. */
oc_voice_play_t oc_voice_jitter_next(oc_voice_jitter_t *jitter, uint32_t max, int64_t now_us,
                                     oc_span_t *payload, uint32_t *samples);

#endif
