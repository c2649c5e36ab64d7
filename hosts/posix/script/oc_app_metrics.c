#include "oc_app_metrics.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "oc_err.h"

void oc_app_metrics_init(oc_app_metrics_t *metrics) {
    memset(metrics, 0, sizeof(*metrics));
    pthread_mutex_init(&metrics->lock, NULL);
}

static bool is_name(const char *name) {
    return name[0] >= 'a' && name[0] <= 'z' &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static bool is_line(const char *text) {
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == '\\' || *text == 0x7f)
            return false;
    return true;
}

static bool is_good(const oc_app_metric_t *all, unsigned index) {
    const oc_app_metric_t *one = &all[index];
    if (!is_name(one->name) || !is_line(one->help) || !isfinite(one->value))
        return false;
    for (unsigned i = 0; i < index; i++)
        if (strcmp(all[i].name, one->name) == 0)
            return false;
    return true;
}

int oc_app_metrics_take(oc_app_metrics_t *metrics, const oc_command_t *command) {
    oc_app_metric_list_t got;
    if (oc_app_metric_list_read(oc_span(command->parcel.data, command->parcel.len), &got) != OC_OK)
        return OC_ERR_INVAL;
    for (unsigned i = 0; i < got.metrics; i++)
        if (!is_good(got.metric, i))
            return OC_ERR_INVAL;
    pthread_mutex_lock(&metrics->lock);
    metrics->generation = command->generation;
    metrics->got = got;
    pthread_mutex_unlock(&metrics->lock);
    return OC_OK;
}

size_t oc_app_metrics_write(oc_app_metrics_t *metrics, uint32_t generation, char *out,
                            size_t size) {
    size_t len = 0;
    pthread_mutex_lock(&metrics->lock);
    oc_app_metric_list_t all = metrics->got;
    unsigned count = metrics->generation == generation ? all.metrics : 0;
    pthread_mutex_unlock(&metrics->lock);
    for (unsigned i = 0; i < count; i++) {
        const oc_app_metric_t *one = &all.metric[i];
        int part = snprintf(out + len, size - len,
                            "# HELP ocellus_app_%s %s\n# TYPE ocellus_app_%s %s\n"
                            "ocellus_app_%s %.15g\n",
                            one->name, one->help, one->name, one->counter ? "counter" : "gauge",
                            one->name, one->value);
        if (part < 0 || (size_t)part >= size - len)
            break;
        len += (size_t)part;
    }
    return len;
}
