/* oc_p2p_metrics - viewers by UDP for /metrics. Any thread; reads only, never waits. */
#ifndef OC_P2P_METRICS_H
#define OC_P2P_METRICS_H

#include <stddef.h>

/* context: the oc_p2p_service_t. Returns the length; 0: it did not fit. */
size_t oc_p2p_metrics_write(void *context, char *out, size_t size);

#endif
