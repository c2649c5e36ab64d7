/* oc_metrics - the text of /metrics (Prometheus exposition format 0.0.4) from the published tables
 * and counters. Any thread; reads only, never waits. */
#ifndef OC_METRICS_H
#define OC_METRICS_H

#include "oc_http.h"
#include "oc_plane.h"

typedef struct oc_metrics {
    const oc_plane_t *plane;
    const char *version;                  /* borrowed for the process's life */
    int64_t started_us;                   /* monotonic */
    const oc_http_counts_t *_Atomic http; /* NULL: no server yet */
    _Atomic uint32_t script_restarts;
    /* Writes more of it, at most size bytes; their number. NULL: none. Set before the first use. */
    size_t (*more)(void *context, char *out, size_t size);
    void *more_context;
} oc_metrics_t;

/* plane, version: borrowed for the life of *metrics. started_us: monotonic start of the process. */
void oc_metrics_init(oc_metrics_t *metrics, const oc_plane_t *plane, const char *version,
                     int64_t started_us);

/* Writes the text. Returns its length; 0: it did not fit. */
size_t oc_metrics_write(oc_metrics_t *metrics, char *out, size_t size);

#endif
