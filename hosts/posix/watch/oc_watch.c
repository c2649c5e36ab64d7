#define _GNU_SOURCE
#include "oc_watch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_err.h"
#include "oc_media_thread.h"
#include "oc_plane_ring.h"
#include "oc_posix.h"
#include "oc_pulse.h"
#include "oc_watch_files.h"
#include "oc_watch_webrtc.h"

#define CHANNEL    "watch"
#define RING_MS    12000
#define TARGET_MS  1000
#define SEGMENT_MS (24 * 60 * 60 * 1000) /* of one file */
#define STOP_US    (15 * 1000 * 1000)    /* until a recording is finished on a disk that answers */

/* The desired list of one channel, as a script hands it over. */
typedef struct letter {
    oc_desired_head_t head;
    oc_desired_entry_t entry;
} letter_t;

struct oc_watch {
    oc_watch_files_t files;
    oc_media_thread_t *media;
    oc_plane_t *plane;
    atomic_bool begun; /* media and plane are set */
    pthread_mutex_t lock;
    oc_watch_meter_t meter; /* under lock */
    oc_ring_t *ring;        /* media thread: being read; NULL: none is open */
    unsigned slot;          /* media thread: of its stream */
    int reader;             /* media thread */
};

/* ---- on the media thread ---- */

static bool find_ring(oc_watch_t *watch) {
    oc_plane_ring_t found;
    if (watch->ring)
        return true;
    if (oc_plane_ring_named(watch->plane, CHANNEL, false, &found) != OC_OK)
        return false;
    watch->reader = oc_ring_open(found.ring, OC_RING_OLDEST, 0, OC_RING_TO_OLDEST);
    if (watch->reader < 0)
        return false;
    watch->ring = found.ring;
    watch->slot = found.slot;
    return true;
}

static void measure(oc_watch_t *watch, const oc_packet_t *packet) {
    const oc_track_t *track = oc_ring_track(watch->ring, packet->track, packet->config_id);
    if (!track)
        return;
    pthread_mutex_lock(&watch->lock);
    oc_watch_meter_packet(&watch->meter, packet, track->timescale);
    pthread_mutex_unlock(&watch->lock);
}

static int64_t advanced(void *context, int64_t now_us) {
    oc_watch_t *watch = context;
    oc_packet_t packet;
    int rc;
    if (!atomic_load(&watch->begun) || !find_ring(watch))
        return INT64_MAX;
    while ((rc = oc_ring_peek(watch->ring, watch->reader, 0, &packet)) >= 0 && rc != OC_AGAIN) {
        if (rc == OC_GAP)
            continue;
        measure(watch, &packet);
        oc_ring_advance(watch->ring, watch->reader, 1);
    }
    return INT64_MAX;
}

static void ring_gone(void *context, unsigned slot) {
    oc_watch_t *watch = context;
    if (watch->ring && slot == watch->slot)
        watch->ring = NULL;
}

static void new_script(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_plane_new_script(oc_media_thread_plane(media), call->a, oc_posix_now_us());
}

/* Nobody gives such commands here. */
static void host_command(void *context, const oc_command_t *command) {
    oc_watch_t *watch = context;
    oc_parcel_t parcel = command->parcel;
    oc_mailbox_parcel_free(oc_media_thread_mailbox(watch->media), &parcel);
}

static void nobody(void *context) {}

/* File thread. */
static void file_changed(void *context, const char *path, const char *to) {
    oc_watch_files_changed(&((oc_watch_t *)context)->files, path, to);
}

/* ---- in the place of a script ---- */

static int hand_over(oc_watch_t *watch, const char *url) {
    oc_mailbox_t *mailbox = oc_media_thread_mailbox(watch->media);
    uint32_t generation = oc_mailbox_new_generation(mailbox);
    oc_media_call_t call = {.run = new_script, .a = generation};
    oc_parcel_t parcel = {oc_mailbox_parcel_alloc(mailbox, sizeof(letter_t)), sizeof(letter_t)};
    letter_t letter = {.head = {.name = "watch", .zone = "UTC", .posix = "UTC0", .count = 1}};
    oc_channel_config_t *channel = &letter.entry.channel;
    if (!parcel.data || oc_media_thread_post(watch->media, &call) != OC_OK)
        return OC_ERR_NOMEM;
    snprintf(channel->name, sizeof(channel->name), CHANNEL);
    snprintf(channel->url, sizeof(channel->url), "%s", url);
    channel->audio = true;
    channel->ring_ms = RING_MS;
    channel->hls_target_ms = TARGET_MS;
    letter.entry.records = watch->files.record != NULL;
    letter.entry.record =
        (oc_desired_recording_t){.name = CHANNEL, .segment_ms = SEGMENT_MS, .audio = true};
    memcpy(parcel.data, &letter, sizeof(letter));
    oc_command_t command = {
        .kind = OC_COMMAND_DESIRED, .arg = {0, (int32_t)sizeof(letter)}, .parcel = parcel};
    int32_t request = oc_mailbox_post(mailbox, &command);
    return request > 0 ? OC_OK : OC_ERR_BUSY;
}

/* Replies are of no use: the rows say everything. */
static void drop_replies(oc_watch_t *watch) {
    oc_mailbox_t *mailbox = oc_media_thread_mailbox(watch->media);
    oc_reply_t reply;
    while (oc_mailbox_take_reply(mailbox, &reply) == OC_OK)
        oc_mailbox_parcel_free(mailbox, &reply.parcel);
}

int oc_watch_begin(oc_watch_t **out, const char *url, const char *record, char *why, size_t size) {
    oc_watch_t *watch = calloc(1, sizeof(*watch));
    snprintf(why, size, "not enough memory or descriptors");
    if (!watch)
        return OC_ERR_NOMEM;
    pthread_mutex_init(&watch->lock, NULL);
    oc_watch_meter_init(&watch->meter, oc_posix_now_us());
    int rc = oc_watch_files_open(&watch->files, record, why, size);
    if (rc != OC_OK) {
        oc_watch_files_close(&watch->files);
        free(watch);
        return rc;
    }
    oc_media_thread_config_t config = {.root = watch->files.root,
                                       .wake_script = nobody,
                                       .host_command = host_command,
                                       .advanced = advanced,
                                       .ring_gone = ring_gone,
                                       .file_changed = file_changed,
                                       .context = watch};
    oc_capture_add(OC_WATCH_WEBRTC_SCHEME, &oc_watch_webrtc); /* the first and only one */
    rc = oc_pulse_start();
    if (rc == OC_OK)
        rc = oc_media_thread_start(&watch->media, &config);
    if (rc != OC_OK)
        return rc; /* the process ends: nothing is taken apart */
    watch->plane = oc_media_thread_plane(watch->media);
    atomic_store(&watch->begun, true);
    *out = watch;
    rc = hand_over(watch, url);
    if (rc == OC_OK)
        why[0] = '\0';
    return rc;
}

oc_stream_row_t oc_watch_row(const oc_watch_t *watch) {
    oc_stream_row_t row = {0};
    (void)oc_table_read(oc_plane_stream_table(watch->plane, 0), (uint32_t *)&row);
    return row;
}

void oc_watch_look(oc_watch_t *watch, oc_watch_state_t *state) {
    drop_replies(watch);
    *state = (oc_watch_state_t){.row = oc_watch_row(watch)};
    state->has_latency = oc_watch_webrtc_latency(&state->latency_us);
    pthread_mutex_lock(&watch->lock);
    oc_watch_meter_take(&watch->meter, oc_posix_now_us(), &state->second);
    pthread_mutex_unlock(&watch->lock);
}

void oc_watch_why(const oc_watch_t *watch, char *why, size_t size) {
    char text[OC_DESIRED_WHY_MAX];
    oc_plane_why(watch->plane, 0, text);
    snprintf(why, size, "%s", text);
}

bool oc_watch_end(oc_watch_t *watch, char *why, size_t size) {
    why[0] = '\0';
    if (!oc_media_thread_stop(watch->media, oc_pulse_us() + STOP_US)) {
        snprintf(why, size, "the disk does not answer");
        return false;
    }
    if (watch->files.failure)
        snprintf(why, size, "%.300s: %s; it is in %.300s", watch->files.record,
                 strerror(watch->files.failure), watch->files.folder);
    oc_watch_files_close(&watch->files);
    oc_pulse_stop();
    pthread_mutex_destroy(&watch->lock);
    free(watch);
    return true;
}
