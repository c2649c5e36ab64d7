/* oc_script_esp - what the script of a board stands on: log, media task, edge, facts. Made once,
 * before the first module of the application runs; knows nothing of the engine. The application
 * runs in the SDK's main machine: when that ends, the chip restarts. XS task. */
#ifndef OC_SCRIPT_ESP_H
#define OC_SCRIPT_ESP_H

#include "oc_script_context.h"

struct oc_media_service; /* oc_media_service.h */

/* Starts everything. post: as in oc_edge_config_t, wakes the XS task, which then calls
 * oc_script_esp_pump. service: as in oc_media_task_config_t. OC_OK | OC_ERR_NOMEM; why is one line
 * for a person. */
int oc_script_esp_start(int (*post)(void *context), const struct oc_media_service *service,
                        char *why, size_t why_size);

/* For the glue, as oc_xs_host gives it; NULL before start. */
oc_script_context_t *oc_script_esp_context(void);

/* The message of the edge has arrived. */
void oc_script_esp_pump(void);

/* The application has run for a while: this firmware stays the one that starts. Writes flash once.
 */
void oc_script_esp_healthy(void);

/* The script cannot go on, or cannot start: says why and restarts the chip after a pause of 1 s,
 * which doubles up to 60 s while scripts end within their first minute. */
_Noreturn void oc_script_esp_ended(const char *why);

#endif
