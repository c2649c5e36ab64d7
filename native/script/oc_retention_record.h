/* oc_retention_record - what is to be kept of recordings: the record of RETENTION (oc_command.h).
 */
#ifndef OC_RETENTION_RECORD_H
#define OC_RETENTION_RECORD_H

#include "oc_limits.h" /* OC_CHANNELS_MAX */
#include "oc_list_record.h"

/* Limits of one channel; 0: none. */
typedef struct oc_retention_of {
    char channel[OC_CHANNEL_NAME_MAX];
    uint32_t max_mb, max_days;
} oc_retention_of_t;

/* Of all; then `channels` times oc_retention_of_t. */
typedef struct oc_retention_config {
    uint32_t keep_free_percent, keep_free_mb; /* the lesser of both; 0: that one does not count */
    uint32_t max_mb, max_days;                /* 0: no limit */
    uint32_t preroll_seconds;                 /* kept before a protected event */
    uint32_t channels;
    oc_retention_of_t channel[OC_CHANNELS_MAX];
} oc_retention_config_t;

#endif
