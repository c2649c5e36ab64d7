/* Records of any script: what a reader accepts has texts that end and flags that are 0 or 1. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "oc_command.h"
#include "oc_err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size);

#define ENDS(text)                                                                                 \
    do {                                                                                           \
        if (!memchr(text, '\0', sizeof(text)))                                                     \
            abort();                                                                               \
    } while (0)
#define FLAG(flag)                                                                                 \
    do {                                                                                           \
        uint8_t byte;                                                                              \
        memcpy(&byte, &(flag), 1);                                                                 \
        if (byte > 1)                                                                              \
            abort();                                                                               \
    } while (0)

static void read_queries(oc_span_t parcel) {
    oc_list_config_t list;
    oc_span_query_t spans;
    oc_event_query_t events;
    if (oc_list_config_read(parcel, &list) == OC_OK) {
        ENDS(list.channel);
        ENDS(list.name);
        ENDS(list.after);
        FLAG(list.newest_first);
    }
    if (oc_span_query_read(parcel, &spans) == OC_OK)
        ENDS(spans.channel);
    if (oc_event_query_read(parcel, &events) == OC_OK) {
        ENDS(events.channel);
        ENDS(events.kinds);
        FLAG(events.by_number);
    }
}

static void read_events(oc_span_t parcel) {
    static oc_event_begin_record_t begin;
    oc_event_end_record_t end;
    oc_event_raise_t raised;
    oc_clip_record_t clip;
    if (oc_clip_record_read(parcel, &clip) == OC_OK) {
        ENDS(clip.name);
        FLAG(clip.audio);
    }
    if (oc_event_begin_record_read(parcel, &begin) == OC_OK) {
        ENDS(begin.kind);
        ENDS(begin.channel);
        ENDS(begin.data);
    }
    if (oc_event_raise_read(parcel, &raised) == OC_OK) {
        ENDS(raised.kind);
        ENDS(raised.channel);
        ENDS(raised.text);
    }
    if (oc_event_end_record_read(parcel, &end) == OC_OK && parcel.len != sizeof(end))
        abort();
}

static void read_lists(oc_span_t parcel) {
    static oc_retention_config_t retention;
    static oc_app_metric_list_t metrics;
    if (oc_retention_config_read(parcel, &retention) == OC_OK) {
        if (retention.channels > OC_CHANNELS_MAX)
            abort();
        for (uint32_t i = 0; i < retention.channels; i++)
            ENDS(retention.channel[i].channel);
    }
    if (oc_app_metric_list_read(parcel, &metrics) == OC_OK) {
        if (metrics.metrics > OC_APP_METRICS_MAX)
            abort();
        for (uint32_t i = 0; i < metrics.metrics; i++) {
            ENDS(metrics.metric[i].name);
            ENDS(metrics.metric[i].help);
            FLAG(metrics.metric[i].counter);
        }
    }
}

static void read_pushes(oc_span_t parcel) {
    static oc_push_targets_t pushes;
    if (oc_push_targets_read(parcel, &pushes) != OC_OK)
        return;
    if (pushes.targets > OC_PUSHES_MAX)
        abort();
    for (uint32_t i = 0; i < pushes.targets; i++) {
        ENDS(pushes.target[i].channel);
        ENDS(pushes.target[i].name);
        ENDS(pushes.target[i].url);
        ENDS(pushes.target[i].pin);
        FLAG(pushes.target[i].sub);
        FLAG(pushes.target[i].audio_only);
    }
}

static void read_servers(oc_span_t parcel) {
    static oc_listen_config_t listen;
    static oc_p2p_config_t p2p;
    if (oc_listen_config_read(parcel, &listen) == OC_OK) {
        ENDS(listen.addresses);
        ENDS(listen.tls_key);
        FLAG(listen.always);
    }
    if (oc_p2p_config_read(parcel, &p2p) == OC_OK) {
        ENDS(p2p.servers);
        ENDS(p2p.ca);
        FLAG(p2p.ipv4);
        FLAG(p2p.relay_only);
    }
}

/* A parcel of zeros of each length that a reader takes, three of them with an entry. */
size_t oc_fuzz_seed(unsigned index, uint8_t *out, size_t size) {
    static const size_t retention = offsetof(oc_retention_config_t, channel);
    static const size_t metrics = offsetof(oc_app_metric_list_t, metric);
    static const size_t pushes = offsetof(oc_push_targets_t, target);
    const size_t lengths[] = {
        sizeof(oc_list_config_t),          sizeof(oc_span_query_t),
        sizeof(oc_event_query_t),          sizeof(oc_event_begin_record_t),
        sizeof(oc_event_end_record_t),     sizeof(oc_event_raise_t),
        sizeof(oc_clip_record_t),          sizeof(oc_listen_config_t),
        sizeof(oc_p2p_config_t),           retention + sizeof(oc_retention_of_t),
        metrics + sizeof(oc_app_metric_t), pushes + sizeof(oc_push_target_t)};
    if (index >= sizeof lengths / sizeof *lengths || lengths[index] > size)
        return 0;
    memset(out, 0, lengths[index]);
    if (lengths[index] == retention + sizeof(oc_retention_of_t))
        out[offsetof(oc_retention_config_t, channels)] = 1;
    if (lengths[index] == metrics + sizeof(oc_app_metric_t))
        out[offsetof(oc_app_metric_list_t, metrics)] = 1;
    if (lengths[index] == pushes + sizeof(oc_push_target_t))
        out[offsetof(oc_push_targets_t, targets)] = 1;
    return lengths[index];
}

/* In memory of exactly that length, so that a sanitizer sees a byte behind it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *parcel = malloc(size > 0 ? size : 1);
    if (!parcel)
        abort();
    if (size > 0)
        memcpy(parcel, data, size);
    oc_span_t span = oc_span(parcel, size);
    read_queries(span);
    read_events(span);
    read_lists(span);
    read_servers(span);
    read_pushes(span);
    free(parcel);
    return 0;
}
