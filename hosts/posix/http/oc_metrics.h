/* oc_metrics - the text of /metrics (Prometheus exposition format 0.0.4) from the published tables
 * and counters. Any thread; reads only, never waits. */
#ifndef OC_METRICS_H
#define OC_METRICS_H

#include "oc_http.h"
#include "oc_plane.h"

/* The share of its limits that the running script takes, when it was woken last; zeros: none runs.
 */
typedef struct oc_script_memory {
    uint32_t used_bytes;      /* live when last collected, and allocated since */
    uint32_t allocated_bytes; /* taken from the system; at limit_bytes the script ends */
    uint32_t limit_bytes;
    uint32_t keys, keys_max; /* identifiers; at keys_max the script ends */
} oc_script_memory_t;

typedef struct oc_metrics {
    const oc_plane_t *plane;
    const char *version;                  /* borrowed for the process's life */
    int64_t started_us;                   /* monotonic */
    const oc_http_counts_t *_Atomic http; /* NULL: no server yet */
    /* Writes more of it, at most size bytes; their number. NULL: none. Set before the first use. */
    size_t (*more)(void *context, char *out, size_t size);
    void *more_context;
} oc_metrics_t;

/* plane, version: borrowed for the life of *metrics. started_us: monotonic start of the process. */
void oc_metrics_init(oc_metrics_t *metrics, const oc_plane_t *plane, const char *version,
                     int64_t started_us);

/* What is true at this moment. */
typedef struct oc_metrics_now {
    oc_health_t health;
    oc_script_memory_t memory;
    uint32_t restarts, stuck; /* scripts that ended; that could not be stopped */
    uint32_t http_stuck;      /* how often the HTTP thread did not come round */
} oc_metrics_now_t;

/* Writes the text. Returns its length; 0: it did not fit. */
size_t oc_metrics_write(oc_metrics_t *metrics, const oc_metrics_now_t *now, char *out, size_t size);

#endif
