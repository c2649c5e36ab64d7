/* oc_retention - which recordings go so that there is room for the next ones: age, bytes of a
 * channel, bytes of all, free bytes of the disk, in this order. Files are shown oldest first, one
 * at a time; what is open, or kept by an event, stays. Pure, no clock; any thread, one at a time.
 */
#ifndef OC_RETENTION_H
#define OC_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#define OC_RETENTION_SPLIT     16      /* a file takes at most this part of what may be used */
#define OC_RETENTION_SPLIT_MIN 1000000 /* bytes, or files would be many */

/* Why a file goes. */
typedef enum oc_retention_why {
    OC_RETENTION_STAYS = 0,
    OC_RETENTION_AGE,     /* older than is wanted */
    OC_RETENTION_CHANNEL, /* its channel takes more than its share */
    OC_RETENTION_BYTES,   /* all recordings take more than is wanted */
    OC_RETENTION_SPACE,   /* the disk has less free than is wanted */
} oc_retention_why_t;

/* "age", "channel", "bytes", "space"; "" stays. */
const char *oc_retention_text(oc_retention_why_t why);

/* Limits of all recordings, or of a channel. */
typedef struct oc_retention_limits {
    uint64_t bytes; /* at most; 0 = no limit */
    int64_t age_ms; /* of the end of a recording; 0 = no limit */
} oc_retention_limits_t;

/* What is wanted, and what is there: counted down as files go. */
typedef struct oc_retention {
    oc_retention_limits_t limits; /* of all */
    uint64_t keep_free;           /* bytes; 0 = no limit */
    uint64_t bytes;               /* of all recordings */
    uint64_t free_bytes;          /* of the disk */
    int64_t now_ms;               /* since 1970; 0 = not known: nothing is too old */
} oc_retention_t;

/* A channel, counted down likewise. */
typedef struct oc_retention_channel {
    oc_retention_limits_t limits;
    uint64_t bytes;
} oc_retention_channel_t;

/* One recording. */
typedef struct oc_retention_file {
    uint64_t bytes;
    int64_t end_ms; /* since 1970; 0 = without a date */
    bool open, kept;
} oc_retention_file_t;

/* Bytes that stay free on a disk of `total`: the lesser of a part of it and `megabytes`; 0 of one:
 * the other; both 0: none. */
uint64_t oc_retention_keep_free(uint64_t total, uint32_t percent, uint32_t megabytes);

/* Decides about the next file; a file that goes is taken off the counts. channel: never NULL. */
oc_retention_why_t oc_retention_judge(oc_retention_t *retention, oc_retention_channel_t *channel,
                                      const oc_retention_file_t *file);
/* Whether bytes of all, or of the disk, still demand that files go. */
bool oc_retention_short(const oc_retention_t *retention);

/* Bytes behind which a file is split, when `recorded` channels share what may be used. */
uint64_t oc_retention_split(const oc_retention_t *retention, uint32_t recorded);

#endif
