#include "oc_desired.h"

#include <stdio.h>
#include <string.h>

void oc_desired_init(oc_desired_keep_t *keep) {
    memset(keep, 0, sizeof(*keep));
    pthread_mutex_init(&keep->lock, NULL);
}

void oc_desired_listed(oc_desired_keep_t *keep, uint32_t generation, const oc_desired_head_t *head,
                       const oc_desired_entry_t *entries) {
    uint32_t count = 0;
    pthread_mutex_lock(&keep->lock);
    keep->generation = generation;
    keep->last.head = *head;
    for (uint32_t i = 0; i < head->count; i++) {
        const oc_desired_entry_t *entry = &entries[i];
        oc_desired_channel_t channel = {.tls = entry->tls,
                                        .sub_tls = entry->sub_tls,
                                        .manual_until = entry->manual_until,
                                        .always = entry->always};
        if (strcmp(entry->channel.name, OC_CHANNEL_TEST) == 0)
            continue;
        memcpy(channel.name, entry->channel.name, sizeof(channel.name));
        memcpy(channel.title, entry->title, sizeof(channel.title));
        keep->last.channels[count++] = channel;
    }
    keep->last.head.count = count;
    pthread_mutex_unlock(&keep->lock);
}

bool oc_desired_lists(oc_desired_keep_t *keep, uint32_t generation, const char *name) {
    bool found = false;
    pthread_mutex_lock(&keep->lock);
    for (unsigned i = 0; keep->generation == generation && i < keep->last.head.count; i++)
        found |= strcmp(keep->last.channels[i].name, name) == 0;
    pthread_mutex_unlock(&keep->lock);
    return found;
}

void oc_desired_copy(oc_desired_keep_t *keep, oc_desired_t *out) {
    pthread_mutex_lock(&keep->lock);
    *out = keep->last;
    pthread_mutex_unlock(&keep->lock);
}

bool oc_desired_has(oc_desired_keep_t *keep, const oc_plane_t *plane, const char *name) {
    char open[OC_CHANNEL_NAME_MAX];
    bool found;
    pthread_mutex_lock(&keep->lock);
    found = keep->last.head.name[0] == '\0';
    for (unsigned i = 0; !found && i < keep->last.head.count; i++)
        found = strcmp(keep->last.channels[i].name, name) == 0;
    pthread_mutex_unlock(&keep->lock);
    for (unsigned i = 0; !found && i < OC_CHANNELS_MAX; i++) {
        oc_plane_channel_name(plane, i, open);
        found = strcmp(open, name) == 0;
    }
    return found;
}

void oc_desired_title(oc_desired_keep_t *keep, const char *name,
                      char title[sizeof(((oc_desired_channel_t *)0)->title)]) {
    size_t size = sizeof(((oc_desired_channel_t *)0)->title);
    snprintf(title, size, "%s", name);
    pthread_mutex_lock(&keep->lock);
    for (unsigned i = 0; i < keep->last.head.count; i++) {
        const oc_desired_channel_t *channel = &keep->last.channels[i];
        if (strcmp(channel->name, name) == 0 && channel->title[0])
            memcpy(title, channel->title, size);
    }
    pthread_mutex_unlock(&keep->lock);
}

bool oc_desired_always(oc_desired_keep_t *keep, const char *name) {
    bool always = false;
    pthread_mutex_lock(&keep->lock);
    for (unsigned i = 0; i < keep->last.head.count; i++)
        always |= keep->last.channels[i].always && strcmp(keep->last.channels[i].name, name) == 0;
    pthread_mutex_unlock(&keep->lock);
    return always;
}
