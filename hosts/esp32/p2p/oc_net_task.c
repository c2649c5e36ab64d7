#include "oc_net_task.h"

#include <stdatomic.h>
#include <stddef.h>
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "lwip/sockets.h"
#include "oc_err.h"
#include "oc_esp.h"
#include "oc_tasks.h"

struct oc_net_task {
    oc_net_task_config_t config;
    TaskHandle_t task;
    _Atomic bool ready, stop, ended;
};

/* True: one of them can be read, or select fails (then reading says what is wrong). */
static bool look(oc_net_task_t *net) {
    struct timeval patience = {0, OC_NET_TASK_LOOK_MS * 1000};
    fd_set readable;
    int highest = -1;
    FD_ZERO(&readable);
    for (unsigned i = 0; i < OC_NET_TASK_SOCKETS; i++) {
        if (net->config.fd[i] < 0)
            continue;
        FD_SET(net->config.fd[i], &readable);
        if (net->config.fd[i] > highest)
            highest = net->config.fd[i];
    }
    int n = lwip_select(highest + 1, &readable, NULL, NULL, &patience);
    if (n < 0)
        vTaskDelay(pdMS_TO_TICKS(OC_NET_TASK_LOOK_MS)); /* never a busy loop */
    return n != 0;
}

static void run(void *context) {
    oc_net_task_t *net = context;
    while (!atomic_load(&net->stop)) {
        if (atomic_load(&net->ready))
            ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
        else if (look(net)) {
            atomic_store(&net->ready, true);
            net->config.wake(net->config.context);
        }
    }
    atomic_store(&net->ended, true);
    net->config.wake(net->config.context);
    for (;;)
        ulTaskNotifyTake(pdTRUE, portMAX_DELAY); /* deleted here */
}

int oc_net_task_start(oc_net_task_t **out, const oc_net_task_config_t *config) {
    oc_net_task_t *net = oc_esp_allocate(sizeof *net);
    if (!net)
        return OC_ERR_NOMEM;
    *net = (oc_net_task_t){.config = *config};
    if (OC_TASK_START(NET, run, net, &net->task) != pdPASS) {
        oc_esp_release(net);
        return OC_ERR_NOMEM;
    }
    *out = net;
    return OC_OK;
}

bool oc_net_task_ready(oc_net_task_t *net) {
    return atomic_load(&net->ready);
}

void oc_net_task_wait(oc_net_task_t *net) {
    atomic_store(&net->ready, false);
    xTaskNotifyGive(net->task);
}

void oc_net_task_stop(oc_net_task_t *net) {
    atomic_store(&net->stop, true);
    xTaskNotifyGive(net->task);
}

bool oc_net_task_ended(oc_net_task_t *net) {
    return atomic_load(&net->ended);
}

void oc_net_task_delete(oc_net_task_t *net) {
    if (!net)
        return;
    vTaskDelete(net->task);
    oc_esp_release(net);
}
