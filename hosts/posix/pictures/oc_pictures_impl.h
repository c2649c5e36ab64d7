/* oc_pictures_impl - what the files of oc_pictures share; nobody else includes it. */
#ifndef OC_PICTURES_IMPL_H
#define OC_PICTURES_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "oc_detect.h"
#include "oc_jpeg_dc.h"
#include "oc_limits.h"
#include "oc_look_link.h"
#include "oc_pictures.h"
#include "oc_plane_ring.h"
#include "oc_sound_level.h"
#include "oc_worker.h"

/* Events that wait for a picture; beyond: the event has none. */
#define OC_PICTURES_LATER 8

typedef enum oc_pictures_kind {
    OC_PICTURES_SNAPSHOT, /* number: slot */
    OC_PICTURES_EVENT,    /* number: slot */
    OC_PICTURES_MOTION,   /* number: channel; bytes 0: only the time */
    OC_PICTURES_SOUND,    /* number: channel */
    OC_PICTURES_FORGET,   /* number: slot; its ring is gone */
    OC_PICTURES_QUIET,    /* number: channel; its detectors are off, or its source is gone */
} oc_pictures_kind_t;

/* One piece of work; heap, with the packet behind it. */
typedef struct oc_pictures_job {
    oc_pictures_kind_t kind;
    unsigned number;
    uint32_t id;         /* SNAPSHOT: of the request; EVENT: its number */
    uint32_t generation; /* SNAPSHOT: of the script that requested it; 0: HTTP did */
    int64_t start_ms;    /* EVENT: when it began */
    uint32_t epoch;      /* of the slot, or of the feed */
    uint64_t seq;        /* SNAPSHOT: of the packet in its ring */
    bool fresh;          /* nothing of its GOP came before */
    int64_t capture_us;  /* of the packet; of a time only: now */
    oc_codec_t codec;
    uint32_t rate, channels, config_bytes, bytes;
    uint16_t wide, high; /* of the picture; 0: not known */
    uint8_t data[];      /* config, packet */
} oc_pictures_job_t;

/* An event that has no picture yet; heap. */
typedef struct oc_pictures_event {
    uint32_t id;
    char channel[OC_CHANNEL_NAME_MAX]; /* "": any */
    int64_t start_ms;
} oc_pictures_event_t;

/* Media thread: what is fed to the detectors of a channel. */
typedef struct oc_pictures_feed {
    bool motion, sound; /* in force */
    oc_ring_t *ring;    /* NULL: none known */
    unsigned slot;
    uint64_t next; /* packet to look at */
    bool broken;   /* a packet was left out: the next is a key packet */
    int64_t looked_us, sent_us;
} oc_pictures_feed_t;

/* The pictures' thread: a channel's detectors. */
typedef struct oc_pictures_view {
    oc_look_link_t picture, sound;
    oc_motion_t *motion;   /* NULL: none yet */
    oc_motion_area_t area; /* that the last event began with */
    unsigned width, height;
    oc_sound_level_t level;
    bool motion_raised, sound_raised, known; /* level is set up */
    uint32_t version;                        /* of the settings in use */
    int64_t grey_us;                         /* of the last picture, capture time */
    int64_t tokens_us, filled_us;            /* CPU time that may be used; when it was looked at */
    int64_t blocked_us;                      /* nothing is decoded before; 0: goes on */
    int64_t deaf_us;                         /* the same of sound, while there is no decoder */
    unsigned deaths;                         /* of processes at its packets, in a row */
} oc_pictures_view_t;

/* The newest picture of a stream. */
typedef struct oc_pictures_cached {
    uint32_t epoch;
    uint64_t seq;
    uint8_t *jpeg;
    uint32_t len;
} oc_pictures_cached_t;

struct oc_pictures {
    oc_plane_t *plane;
    oc_http_answers_t *answers;
    oc_media_thread_t *media;
    oc_pictures_events_t events;
    _Atomic uint32_t events_waiting;
    oc_worker_t *worker;
    pthread_mutex_t lock; /* of the next three */
    bool ended;           /* the media thread may be gone */
    oc_detect_t detect[OC_CHANNELS_MAX];
    uint32_t version[OC_CHANNELS_MAX];
    _Atomic bool changed;                /* detect */
    _Atomic bool takes[OC_CHANNELS_MAX]; /* its view has CPU time for packets between key frames */
    _Atomic uint32_t waiting[OC_CHANNELS_MAX]; /* jobs of a channel under way */
    /* media thread */
    oc_pictures_event_t *later[OC_PICTURES_LATER]; /* their channels show nothing yet */
    unsigned later_count;
    int64_t later_us; /* when they are looked at again */
    oc_pictures_feed_t feed[OC_CHANNELS_MAX];
    uint32_t epoch[OC_STREAMS_MAX];
    uint64_t newest[OC_STREAMS_MAX]; /* newest key packet that a job has; 0: none */
    /* the pictures' thread */
    oc_look_link_t shots;
    oc_pictures_view_t *view[OC_CHANNELS_MAX];
    oc_pictures_cached_t cached[OC_STREAMS_MAX];
    bool logged; /* the log knows that there is no decoder */
};

/* In oc_pictures_work.c: does a job and frees it; on the pictures' thread. */
void oc_pictures_work(void *context, void *job);
/* Frees what that thread has; it has ended. */
void oc_pictures_work_end(oc_pictures_t *pictures);
/* Answers a request with a line of text; any thread. */
void oc_pictures_refuse(oc_pictures_t *pictures, uint32_t id, int status, const char *why);

#endif
