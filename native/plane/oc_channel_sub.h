/* oc_channel_sub - the sub stream of a channel, seen from its main stream (oc_channel.h). Inside
 * native/plane only. */
#ifndef OC_CHANNEL_SUB_H
#define OC_CHANNEL_SUB_H

#include "oc_command.h"

#define OC_CHANNEL_SUB_MIN_US (1000 * 1000)      /* a sub that failed is opened again after; ... */
#define OC_CHANNEL_SUB_MAX_US (30 * 1000 * 1000) /* ... doubled up to this */

/* What main knows of its sub stream. All zero: it has none, or tries at once. */
typedef struct oc_channel_sub {
    uint32_t failures; /* tries in a row */
    uint32_t why_hash; /* of the failure that was logged last; 0 = none */
    int64_t due_us;    /* the next try */
    bool record;       /* recorded with this as soon as it is open */
    oc_record_config_t record_config;
} oc_channel_sub_t;

/* A stream, see oc_channel.h. */
typedef struct oc_channel oc_channel_t;

/* True for "640x360", "640x360@500000", either with "#options": a size instead of an address, a
 * stream that is made of its main stream. */
bool oc_channel_sub_is_made(const char *text);
/* Of main: opens its sub stream when it has one and it is time. Returns when it wants to be called
 * again. */
int64_t oc_channel_sub_advance(oc_channel_t *channel, int64_t now_us);
/* Of a sub that runs from now on: tells, and begins the recording that waits for it. */
void oc_channel_sub_opened(oc_channel_t *sub, const char *adapted, int64_t now_us);
/* Of a sub that has gone: tells, and has main open it again unless the channel closes. failure: a
 * code with its words in why, 0 = closed as asked for. */
void oc_channel_sub_gone(oc_channel_t *channel, int failure, const char *why, int64_t now_us);

/* Before a packet of either stream is mapped: one time line for both. */
void oc_channel_sub_align(oc_channel_t *channel, const oc_packet_t *packet);

/* Of main: its sub stream is recorded as soon as it is open. Answers as oc_channel_record_start. */
int oc_channel_record_later(oc_channel_t *channel, const oc_record_config_t *config, char *why,
                            size_t why_size);

#endif
