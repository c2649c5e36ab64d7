#include "oc_ff_tap.h"

#include <pthread.h>
#include <stdatomic.h>

#include "oc_err.h"
#include "oc_limits.h"

struct oc_ff_tap {
    pthread_mutex_t lock;
    _Atomic bool expected;
    bool ours;     /* main is open, and read by FFmpeg */
    bool skipping; /* packets were lost: the next is a key picture's */
    oc_ff_tap_about_t about;
    uint32_t epoch, lost;
    void (*wake)(void *context);
    void *context;
    oc_ff_tap_item_t item[OC_FF_TAP_ITEMS]; /* circular */
    unsigned first, count, pictures;
};

static oc_ff_tap_t taps[OC_CHANNELS_MAX];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void prepare(void) {
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++)
        pthread_mutex_init(&taps[i].lock, NULL);
}

oc_ff_tap_t *oc_ff_tap_of(unsigned number) {
    pthread_once(&once, prepare);
    return number < OC_CHANNELS_MAX ? &taps[number] : NULL;
}

void oc_ff_tap_begin(oc_ff_tap_t *tap) {
    pthread_mutex_lock(&tap->lock);
    tap->ours = true;
    pthread_mutex_unlock(&tap->lock);
}

bool oc_ff_tap_requested(oc_ff_tap_t *tap) {
    return atomic_load_explicit(&tap->expected, memory_order_relaxed);
}

void oc_ff_tap_forget(oc_ff_tap_about_t *about) {
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        avcodec_parameters_free(&about->par[i]);
}

static int copy_about(const oc_ff_tap_about_t *from, oc_ff_tap_about_t *to) {
    *to = *from;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        to->par[i] = NULL;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        if (!from->par[i])
            continue;
        to->par[i] = avcodec_parameters_alloc();
        if (!to->par[i] || avcodec_parameters_copy(to->par[i], from->par[i]) < 0) {
            oc_ff_tap_forget(to);
            return OC_ERR_NOMEM;
        }
    }
    return OC_OK;
}

int oc_ff_tap_describe(oc_ff_tap_t *tap, const oc_ff_tap_about_t *about) {
    oc_ff_tap_about_t copy;
    int rc = copy_about(about, &copy);
    if (rc != OC_OK)
        return rc;
    pthread_mutex_lock(&tap->lock);
    oc_ff_tap_about_t before = tap->about;
    tap->about = copy;
    tap->skipping = true;
    tap->epoch++;
    pthread_mutex_unlock(&tap->lock);
    oc_ff_tap_forget(&before);
    return OC_OK;
}

/* Under lock. */
static void put(oc_ff_tap_t *tap, oc_ff_tap_item_t item) {
    item.epoch = tap->epoch;
    tap->item[(tap->first + tap->count) % OC_FF_TAP_ITEMS] = item;
    tap->count++;
    tap->pictures += item.kind == OC_FF_TAP_PICTURE;
    if (tap->wake)
        tap->wake(tap->context);
}

void oc_ff_tap_picture(oc_ff_tap_t *tap, const AVFrame *frame, int64_t at_us) {
    pthread_mutex_lock(&tap->lock);
    bool room = tap->pictures < OC_FF_TAP_PICTURES && tap->count < OC_FF_TAP_ITEMS;
    AVFrame *kept = tap->expected && room ? av_frame_clone(frame) : NULL;
    if (kept)
        put(tap, (oc_ff_tap_item_t){.kind = OC_FF_TAP_PICTURE, .frame = kept, .at_us = at_us});
    else
        tap->lost += tap->expected;
    pthread_mutex_unlock(&tap->lock);
}

void oc_ff_tap_packet(oc_ff_tap_t *tap, unsigned lane, const AVPacket *packet, int64_t at_us) {
    pthread_mutex_lock(&tap->lock);
    bool picture = lane == 0, key = packet->flags & AV_PKT_FLAG_KEY;
    bool room = tap->count < OC_FF_TAP_ITEMS && !(picture && tap->skipping && !key);
    AVPacket *kept = tap->expected && room ? av_packet_clone(packet) : NULL;
    if (kept)
        put(tap, (oc_ff_tap_item_t){.kind = picture ? OC_FF_TAP_PACKET : OC_FF_TAP_SOUND,
                                    .packet = kept,
                                    .at_us = at_us});
    else
        tap->lost += tap->expected;
    if (picture)
        tap->skipping = !kept;
    pthread_mutex_unlock(&tap->lock);
}

void oc_ff_tap_notify(oc_ff_tap_t *tap, oc_ff_tap_kind_t kind) {
    pthread_mutex_lock(&tap->lock);
    if (tap->count == OC_FF_TAP_ITEMS) { /* whoever is told this needs nothing older */
        tap->count--;
        oc_ff_tap_item_t *last = &tap->item[(tap->first + tap->count) % OC_FF_TAP_ITEMS];
        tap->pictures -= last->kind == OC_FF_TAP_PICTURE;
        av_frame_free(&last->frame);
        av_packet_free(&last->packet);
        tap->lost++;
    }
    if (tap->expected)
        put(tap, (oc_ff_tap_item_t){.kind = kind});
    pthread_mutex_unlock(&tap->lock);
}

void oc_ff_tap_end(oc_ff_tap_t *tap) {
    oc_ff_tap_notify(tap, OC_FF_TAP_DOWN);
    pthread_mutex_lock(&tap->lock);
    tap->ours = false;
    oc_ff_tap_forget(&tap->about);
    tap->about = (oc_ff_tap_about_t){0}; /* the next main may have to wait for its source */
    pthread_mutex_unlock(&tap->lock);
}

static void empty(oc_ff_tap_t *tap) {
    for (; tap->count > 0; tap->count--) {
        oc_ff_tap_item_t *item = &tap->item[tap->first];
        av_frame_free(&item->frame);
        av_packet_free(&item->packet);
        tap->first = (tap->first + 1) % OC_FF_TAP_ITEMS;
    }
    tap->pictures = 0;
}

int oc_ff_tap_join(oc_ff_tap_t *tap, void (*wake)(void *context), void *context) {
    int rc = OC_OK;
    pthread_mutex_lock(&tap->lock);
    if (!tap->ours)
        rc = OC_ERR_NOENT;
    else if (tap->expected)
        rc = OC_ERR_BUSY;
    if (rc == OC_OK) {
        empty(tap);
        tap->wake = wake;
        tap->context = context;
        tap->lost = 0;
        tap->skipping = true;
        tap->expected = true;
    }
    pthread_mutex_unlock(&tap->lock);
    return rc;
}

void oc_ff_tap_leave(oc_ff_tap_t *tap) {
    pthread_mutex_lock(&tap->lock);
    tap->expected = false;
    tap->wake = NULL;
    empty(tap);
    pthread_mutex_unlock(&tap->lock);
}

int oc_ff_tap_take(oc_ff_tap_t *tap, oc_ff_tap_item_t *item) {
    int rc = OC_AGAIN;
    pthread_mutex_lock(&tap->lock);
    if (tap->count > 0) {
        *item = tap->item[tap->first];
        tap->item[tap->first] = (oc_ff_tap_item_t){0};
        tap->first = (tap->first + 1) % OC_FF_TAP_ITEMS;
        tap->count--;
        tap->pictures -= item->kind == OC_FF_TAP_PICTURE;
        rc = OC_OK;
    }
    pthread_mutex_unlock(&tap->lock);
    return rc;
}

int oc_ff_tap_about(oc_ff_tap_t *tap, oc_ff_tap_about_t *about, uint32_t *epoch) {
    pthread_mutex_lock(&tap->lock);
    int rc = copy_about(&tap->about, about);
    *epoch = tap->epoch;
    pthread_mutex_unlock(&tap->lock);
    return rc;
}

uint32_t oc_ff_tap_lost(oc_ff_tap_t *tap) {
    pthread_mutex_lock(&tap->lock);
    uint32_t lost = tap->lost;
    pthread_mutex_unlock(&tap->lock);
    return lost;
}
