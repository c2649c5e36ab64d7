/* oc_app_metrics - counters and gauges of the application, as it reported them last (METRICS), for
 * /metrics. They end with the script that reported them. */
#ifndef OC_APP_METRICS_H
#define OC_APP_METRICS_H

#include <pthread.h>
#include <stddef.h>

#include "oc_command.h"
#include "oc_mailbox.h"

/* Of one script. */
typedef struct oc_app_metrics {
    pthread_mutex_t lock; /* held for a copy */
    uint32_t generation;  /* of the script that reported them */
    oc_app_metric_list_t got;
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
