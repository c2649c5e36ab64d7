/* oc_host_update - what the service of updates does through the program: scripts, answers of the
 * HTTP server, the event log. */
#ifndef OC_HOST_UPDATE_H
#define OC_HOST_UPDATE_H

#include "oc_http.h"
#include "oc_script.h"
#include "oc_update.h"

/* Parts of the program, borrowed until the service has stopped. */
typedef struct oc_host_update {
    oc_script_t *script;
    oc_media_thread_t *media;
    oc_http_answers_t *answers;
} oc_host_update_t;

/* Starts the service. As oc_update_start. */
int oc_host_update_start(oc_host_update_t *host, oc_update_t *update);
/* What the HTTP server needs of it. */
oc_http_update_t oc_host_update_http(oc_update_t *update);

#endif
