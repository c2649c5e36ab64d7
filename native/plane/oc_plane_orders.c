/* What the script ordered last, by name of the channel (oc_plane_impl.h): kept over privacy mode,
 * so that capture begins again when nobody is there to order it anew. A script that runs does that
 * by itself; the plane steps in only while it is uncommanded (oc_plane.h). */
#include <string.h>
#include "oc_plane_impl.h"
#include "oc_thread_check.h"

#define RETRY_MIN_US (1000 * 1000)      /* a source that does not open is tried again after; ... */
#define RETRY_MAX_US (30 * 1000 * 1000) /* ... doubled up to this */

static oc_plane_order_t *find(oc_plane_t *plane, const char *name) {
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++)
        if (plane->orders.order[i].used && strcmp(plane->orders.order[i].config.name, name) == 0)
            return &plane->orders.order[i];
    return NULL;
}

static void forget(oc_plane_order_t *order) {
    oc_channel_wipe(order->config.url, sizeof order->config.url);
    oc_channel_wipe(order->config.sub_url, sizeof order->config.sub_url);
    order->used = false;
}

void oc_plane_orders_open(oc_plane_t *plane, const oc_channel_config_t *config,
                          const oc_record_config_t *record, uint32_t hash, uint32_t generation) {
    oc_plane_order_t *order = find(plane, config->name);
    for (unsigned i = 0; i < OC_CHANNELS_MAX && !order; i++) /* of none that is open: room for it */
        if (!plane->orders.order[i].used ||
            !oc_channel_find(plane, plane->orders.order[i].config.name))
            order = &plane->orders.order[i];
    if (!order)
        return;
    memset(order, 0, sizeof *order);
    order->used = true;
    order->config = *config;
    order->hash = hash;
    order->generation = generation;
    order->records = order->begins = record != NULL;
    if (record)
        order->record = *record;
}

bool oc_plane_orders_begin(oc_plane_t *plane, const char *name, oc_record_config_t *out) {
    oc_plane_order_t *order = find(plane, name);
    bool begins = order && order->begins;
    if (begins) {
        *out = order->record;
        order->begins = false;
    }
    return begins;
}

void oc_plane_orders_close(oc_plane_t *plane, const char *name) {
    oc_plane_order_t *order = find(plane, name);
    if (order)
        forget(order);
}

void oc_plane_orders_change(oc_plane_t *plane, const oc_channel_config_t *config, uint32_t hash) {
    oc_plane_order_t *order = find(plane, config->name);
    char url[sizeof order->config.url];
    if (!order)
        return;
    memcpy(url, order->config.url, sizeof url);
    order->config = *config;
    memcpy(order->config.url, url, sizeof url);
    oc_channel_wipe(url, sizeof url);
    order->hash = hash;
}

void oc_plane_orders_failed(oc_plane_t *plane, const char *name, int64_t now_us) {
    oc_plane_order_t *order = find(plane, name);
    if (!order)
        return;
    if (!plane->orders.uncommanded) { /* who ordered it is told, and decides */
        forget(order);
        return;
    }
    int64_t wait_us = order->failures < 5 ? (int64_t)RETRY_MIN_US << order->failures : RETRY_MAX_US;
    order->failures++;
    order->due_us = now_us + wait_us;
}

void oc_plane_orders_record(oc_plane_t *plane, const char *name, const oc_record_config_t *config) {
    oc_plane_order_t *order = find(plane, name);
    if (!order)
        return;
    order->begins = false;
    order->records = config != NULL;
    if (config)
        order->record = *config;
}

void oc_plane_orders_keep(oc_plane_t *plane,
                          bool (*expected)(void *context, const char *name, uint32_t hash),
                          void *context) {
    OC_ON_MEDIA_THREAD();
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        oc_plane_order_t *order = &plane->orders.order[i];
        if (order->used && !expected(context, order->config.name, order->hash))
            forget(order);
    }
}

void oc_plane_uncommanded(oc_plane_t *plane, bool uncommanded) {
    OC_ON_MEDIA_THREAD();
    plane->orders.uncommanded = uncommanded;
}

/* Its recording, once the channel runs that the plane has opened. */
static void record(oc_plane_t *plane, oc_plane_order_t *order, oc_channel_t *channel,
                   int64_t now_us) {
    char why[OC_PLANE_WHY_MAX];
    oc_stream_t *main = channel->stream[OC_STREAM_MAIN];
    if (main->state != OC_STREAM_RUNNING || !order->records || order->record.for_ms)
        return; /* one that was to end: nobody here knows how long it still has */
    oc_record_config_t config = order->record;
    config.resume = 0;
    order->resumed = false;
    int code = config.stream == OC_STREAM_SUB
                   ? oc_channel_sub_record(channel, &config, why, sizeof why)
                   : oc_stream_record_start(main, &config, now_us, why, sizeof why);
    if (code < 0)
        oc_plane_event(plane, (int)channel->number, OC_EVENT_RECORD_FAILED, code, "", why, now_us);
}

static int64_t resume(oc_plane_t *plane, oc_plane_order_t *order, int64_t now_us) {
    char why[OC_PLANE_WHY_MAX] = "";
    oc_channel_t *channel = oc_channel_find(plane, order->config.name);
    if (channel && channel->stream[OC_STREAM_MAIN]->state == OC_STREAM_RUNNING)
        order->failures = 0;
    if (channel && order->resumed)
        record(plane, order, channel, now_us);
    if (channel)
        return INT64_MAX;
    if (now_us < order->due_us)
        return order->due_us;
    int code = oc_plane_commands_open(plane, &order->config, order->hash, order->generation, now_us,
                                      why, sizeof why);
    order->resumed = code >= 0;
    if (code >= 0)
        oc_plane_event(plane, code, OC_EVENT_CHANNEL_RESUMED, OC_OK, "",
                       "opened with its last settings: no script answers", now_us);
    else
        oc_plane_orders_failed(plane, order->config.name, now_us);
    return order->due_us > now_us ? order->due_us : INT64_MAX;
}

int64_t oc_plane_orders_advance(oc_plane_t *plane, int64_t now_us) {
    int64_t next_us = INT64_MAX;
    if (!plane->orders.uncommanded || plane->stopping || oc_plane_privacy(plane))
        return next_us;
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        if (!plane->orders.order[i].used)
            continue;
        int64_t due_us = resume(plane, &plane->orders.order[i], now_us);
        next_us = due_us < next_us ? due_us : next_us;
    }
    return next_us;
}
