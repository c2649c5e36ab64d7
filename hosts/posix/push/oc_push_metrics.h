/* oc_push_metrics - what /metrics says of live pushes, by what they are called. Any thread. */
#ifndef OC_PUSH_METRICS_H
#define OC_PUSH_METRICS_H

#include <stddef.h>

#include "oc_push_service.h"

/* Prometheus text 0.0.4, at most size bytes; its length, 0: no push is in the list, or it did not
 * fit. */
size_t oc_push_metrics_write(const oc_push_service_t *service, char *out, size_t size);

#endif
