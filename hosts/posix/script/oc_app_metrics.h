/* oc_app_metrics - counters and gauges of the application, as it reported them last (METRICS), for
 * /metrics. They end with the script that reported them. */
#ifndef OC_APP_METRICS_H
#define OC_APP_METRICS_H

#include <pthread.h>
#include <stddef.h>

#include "oc_mailbox.h"

#define OC_APP_METRICS_MAX 32

/* One of them, as modules/system/metrics.ts writes it: little-endian, 144 bytes. */
typedef struct oc_app_metric {
    char name[40]; /* [a-z][a-z0-9_]*; shown behind "ocellus_app_" */
    char help[88]; /* one line of UTF-8, cut */
    double value;
    uint32_t counter; /* 1; 0: a gauge */
    uint32_t spare;   /* 0 */
} oc_app_metric_t;

typedef struct oc_app_metrics {
    pthread_mutex_t lock; /* held for a copy */
    uint32_t generation;  /* of the script that reported them */
    unsigned count;
    oc_app_metric_t metric[OC_APP_METRICS_MAX];
} oc_app_metrics_t;

/* None. */
void oc_app_metrics_init(oc_app_metrics_t *metrics);
/* The parcel of METRICS: all of them in place of those before. OC_OK | OC_ERR_INVAL malformed: what
 * was reported before stays. */
int oc_app_metrics_take(oc_app_metrics_t *metrics, const oc_command_t *command);
/* Writes those of this generation in the format of /metrics. Returns the bytes, at most `size`;
 * what does not fit is left out. Any thread. */
size_t oc_app_metrics_write(oc_app_metrics_t *metrics, uint32_t generation, char *out, size_t size);

#endif
