/* oc_api_fallback - the few requests to /api that the host answers itself while no script does: the
 * status, and privacy mode. Media thread. */
#ifndef OC_API_FALLBACK_H
#define OC_API_FALLBACK_H

#include "oc_api_broker.h"
#include "oc_desired.h"
#include "oc_script.h"
#include "oc_script_watch.h"

typedef struct oc_api_fallback {
    oc_media_thread_t *media;
    oc_script_t *script;
    const oc_script_watch_t *watch;
    oc_desired_keep_t *desired;
    const char *version;
    int64_t started_us;
    oc_desired_t now; /* workspace */
} oc_api_fallback_t;

/* For oc_api_broker_t; context: an oc_api_fallback_t. */
int oc_api_fallback_answer(void *context, const oc_api_request_t *request, char *out, size_t size,
                           size_t *len);

#endif
