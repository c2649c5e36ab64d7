/* oc_source_share - reading what the helper ocellus-ffmpeg leaves in the memory of a source. Each
 * field is read once and checked, payloads are lent as they lie there, to be copied before anything
 * looks into them (oc_handoff_lend); whatever the helper writes, before or meanwhile, the answer is
 * an item that holds or an error. Pure but for the atomics; one thread. */
#ifndef OC_SOURCE_SHARE_H
#define OC_SOURCE_SHARE_H

#include "oc_source_wire.h"

typedef struct oc_source_reader {
    oc_source_share_t *share; /* OC_SOURCE_BYTES; borrowed until the reader is no longer used */
    uint32_t taken;           /* items; the helper's copy of it is never read */
    uint32_t lost[OC_LOSS_CAUSES]; /* the helper's counts when they were last looked at */
    int64_t capture_us;            /* of the newest packet: never goes back */
} oc_source_reader_t;

/* What was read. packet.data: whole inside of the shared memory. */
typedef struct oc_source_found {
    oc_handoff_kind_t kind;
    int code;
    oc_packet_t packet;
    oc_track_t track; /* TRACK: checked */
} oc_source_found_t;

/* Nothing is taken yet. */
void oc_source_reader_init(oc_source_reader_t *reader, oc_source_share_t *share);

/* The next item; it stays until oc_source_take. now_us: no packet is later.
 * OC_OK | OC_AGAIN nothing new | OC_ERR_FORMAT the helper breaks the rules: end it. */
int oc_source_look(oc_source_reader_t *reader, int64_t now_us, oc_source_found_t *out);
/* The item that was looked at is taken; its payload may be lent. */
void oc_source_take(oc_source_reader_t *reader);
/* All that was taken is the helper's again: nothing is lent. */
void oc_source_give_back(oc_source_reader_t *reader);
/* Packets that the helper gave up for that cause since the last call, at most `maximum`: more come
 * with the next calls. */
uint32_t oc_source_lost(oc_source_reader_t *reader, oc_loss_t cause, uint32_t maximum);

/* The config that a helper answers an open with: text ends and is one line, numbers are in range,
 * tracks hold. OC_OK | OC_ERR_FORMAT. */
int oc_source_config_check(oc_capture_config_t *config);

#endif
