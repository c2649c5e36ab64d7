#include "oc_crypto_task.h"

#include <stdatomic.h>
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "oc_err.h"
#include "oc_esp.h"
#include "oc_tasks.h"

struct oc_crypto_task {
    oc_crypto_task_config_t config;
    TaskHandle_t task;
    _Atomic uint32_t posted, done; /* counts; [done, posted) wait */
    uint32_t taken;
    _Atomic bool stop, ended;
    oc_hs_job_t *job[OC_CRYPTO_TASK_JOBS];
};

static void run(void *context) {
    oc_crypto_task_t *crypto = context;
    if (crypto->config.begin)
        crypto->config.begin(crypto->config.context);
    while (!atomic_load(&crypto->stop)) {
        uint32_t next = atomic_load(&crypto->done);
        if (next == atomic_load(&crypto->posted)) {
            ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
            continue;
        }
        crypto->config.run(crypto->job[next % OC_CRYPTO_TASK_JOBS]);
        atomic_store(&crypto->done, next + 1);
        crypto->config.wake(crypto->config.context);
    }
    atomic_store(&crypto->ended, true);
    crypto->config.wake(crypto->config.context);
    for (;;)
        ulTaskNotifyTake(pdTRUE, portMAX_DELAY); /* deleted here */
}

static void run_handshake(oc_hs_job_t *job) {
    oc_handshake_run(job->handshake, job);
}

int oc_crypto_task_start(oc_crypto_task_t **out, const oc_crypto_task_config_t *config) {
    oc_crypto_task_t *crypto = oc_esp_allocate(sizeof *crypto);
    if (!crypto)
        return OC_ERR_NOMEM;
    *crypto = (oc_crypto_task_t){.config = *config};
    if (!crypto->config.run)
        crypto->config.run = run_handshake;
    if (OC_TASK_START(CRYPTO, run, crypto, &crypto->task) != pdPASS) {
        oc_esp_release(crypto);
        return OC_ERR_NOMEM;
    }
    *out = crypto;
    return OC_OK;
}

int oc_crypto_task_post(oc_crypto_task_t *crypto, oc_hs_job_t *job) {
    uint32_t place = atomic_load(&crypto->posted);
    if (atomic_load(&crypto->stop) || place - crypto->taken >= OC_CRYPTO_TASK_JOBS)
        return OC_ERR_BUSY;
    crypto->job[place % OC_CRYPTO_TASK_JOBS] = job;
    atomic_store(&crypto->posted, place + 1);
    xTaskNotifyGive(crypto->task);
    return OC_OK;
}

oc_hs_job_t *oc_crypto_task_take(oc_crypto_task_t *crypto) {
    bool all = atomic_load(&crypto->ended);
    uint32_t end = atomic_load(all ? &crypto->posted : &crypto->done);
    if (crypto->taken == end)
        return NULL;
    return crypto->job[crypto->taken++ % OC_CRYPTO_TASK_JOBS];
}

void oc_crypto_task_stop(oc_crypto_task_t *crypto) {
    atomic_store(&crypto->stop, true);
    xTaskNotifyGive(crypto->task);
}

bool oc_crypto_task_ended(oc_crypto_task_t *crypto) {
    return atomic_load(&crypto->ended);
}

void oc_crypto_task_delete(oc_crypto_task_t *crypto) {
    if (!crypto)
        return;
    vTaskDelete(crypto->task);
    oc_esp_release(crypto);
}
