#include "oc_desired.h"

#include <stdio.h>
#include <string.h>

#include "oc_err.h"

void oc_desired_init(oc_desired_keep_t *keep) {
    memset(keep, 0, sizeof(*keep));
    pthread_mutex_init(&keep->lock, NULL);
}

static bool ends(const char *text, size_t size) {
    return memchr(text, '\0', size) != NULL;
}

static bool is_whole(const oc_desired_t *notified) {
    const oc_desired_head_t *head = &notified->head;
    bool good = ends(head->name, sizeof(head->name)) && ends(head->zone, sizeof(head->zone)) &&
                ends(head->posix, sizeof(head->posix));
    for (unsigned i = 0; good && i < head->count; i++)
        good = ends(notified->channels[i].name, sizeof(notified->channels[i].name)) &&
               ends(notified->channels[i].problem, sizeof(notified->channels[i].problem)) &&
               ends(notified->channels[i].title, sizeof(notified->channels[i].title));
    return good;
}

int oc_desired_take(oc_desired_keep_t *keep, const oc_parcel_t *parcel) {
    oc_desired_t notified;
    memset(&notified, 0, sizeof(notified));
    if (parcel->len < sizeof(notified.head) || parcel->len > sizeof(notified))
        return OC_ERR_INVAL;
    memcpy(&notified, parcel->data, parcel->len);
    if (notified.head.count > OC_CHANNELS_MAX ||
        parcel->len != sizeof(notified.head) + notified.head.count * sizeof(notified.channels[0]) ||
        !is_whole(&notified))
        return OC_ERR_INVAL;
    pthread_mutex_lock(&keep->lock);
    keep->last = notified;
    pthread_mutex_unlock(&keep->lock);
    atomic_store(&keep->changed, true);
    return OC_OK;
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
                                        .by_hand_until = entry->by_hand_until,
                                        .always = entry->always};
        if (strcmp(entry->channel.name, OC_CHANNEL_TEST) == 0)
            continue;
        memcpy(channel.name, entry->channel.name, sizeof(channel.name));
        snprintf(channel.title, sizeof(channel.title), "%.*s", (int)sizeof(channel.title) - 1,
                 entry->title);
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

static bool is_desired(void *context, const char *name, uint32_t hash) {
    const oc_desired_t *desired = context;
    for (unsigned i = 0; i < desired->head.count; i++)
        if (strcmp(desired->channels[i].name, name) == 0)
            return desired->channels[i].hash == hash;
    return false;
}

void oc_desired_turn(oc_desired_keep_t *keep, oc_plane_t *plane) {
    oc_desired_t desired;
    if (!atomic_exchange(&keep->changed, false))
        return;
    oc_desired_copy(keep, &desired);
    oc_plane_orders_keep(plane, is_desired, &desired);
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

bool oc_desired_is_missing(const oc_desired_t *desired, unsigned index, const oc_plane_t *plane) {
    char name[OC_CHANNEL_NAME_MAX];
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        oc_plane_channel_name(plane, i, name);
        if (strcmp(name, desired->channels[index].name) == 0)
            return false;
    }
    return true;
}

unsigned oc_desired_missing(oc_desired_keep_t *keep, const oc_plane_t *plane) {
    oc_desired_t desired;
    unsigned missing = 0;
    oc_desired_copy(keep, &desired);
    for (unsigned i = 0; i < desired.head.count; i++)
        missing += oc_desired_is_missing(&desired, i, plane);
    return missing;
}
