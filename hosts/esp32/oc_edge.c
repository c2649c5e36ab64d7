/* See oc_edge.h. */
#include "oc_edge.h"

#include <stdatomic.h>
#include <stdbool.h>
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "oc_err.h"
#include "oc_esp.h"
#include "oc_tasks.h"

#define RETRY_MS 20

struct oc_edge {
    oc_edge_config_t config;
    TaskHandle_t task;
    _Atomic bool under_way; /* posted and not taken */
};

static void run(void *context) {
    oc_edge_t *edge = context;
    for (;;) {
        if (ulTaskNotifyTake(pdTRUE, portMAX_DELAY) == 0 || atomic_load(&edge->under_way))
            continue; /* nothing new, or a message that will see it */
        atomic_store(&edge->under_way, true);
        while (!edge->config.post(edge->config.context))
            ulTaskNotifyTake(pdTRUE, pdMS_TO_TICKS(RETRY_MS));
    }
}

int oc_edge_start(oc_edge_t **out, const oc_edge_config_t *config) {
    oc_edge_t *edge = oc_esp_allocate(sizeof *edge);
    if (!edge)
        return OC_ERR_NOMEM;
    *edge = (oc_edge_t){.config = *config};
    if (OC_TASK_START(EDGE, run, edge, &edge->task) != pdPASS) {
        oc_esp_release(edge);
        return OC_ERR_NOMEM;
    }
    *out = edge;
    return OC_OK;
}

void oc_edge_raise(oc_edge_t *edge) {
    xTaskNotifyGive(edge->task);
}

void oc_edge_taken(oc_edge_t *edge) {
    atomic_store(&edge->under_way, false);
}

void oc_edge_stop(oc_edge_t *edge) {
    vTaskDelete(edge->task);
    oc_esp_release(edge);
}
