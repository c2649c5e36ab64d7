/* oc_pictures - pictures and levels out of streams (ADR 61): snapshots over HTTP, and the detectors
 * of motion and sound. Packets are copied from the rings on the media thread; a thread of its own
 * has them decoded by a process ocellus-ffmpeg (oc_look_link) and never holds up a recording: what
 * it cannot take in time is left out up to the next key packet. */
#ifndef OC_PICTURES_H
#define OC_PICTURES_H

#include "oc_command.h"
#include "oc_http_answer.h"
#include "oc_media_thread.h"
#include "oc_span_bodies.h"

typedef struct oc_pictures oc_pictures_t; /* opaque */

/* Where pictures go. */
typedef struct oc_pictures_events {
    /* The pictures' thread, not after oc_pictures_end; must not block. jpeg: malloc, owned by
     * callee. */
    void (*made)(void *context, uint32_t event, int64_t start_ms, uint8_t *jpeg, uint32_t bytes);
    void *context;
    oc_span_bodies_t *spans; /* of pictures for a script; borrowed until stopped */
} oc_pictures_events_t;

/* plane, answers, media: borrowed until stopped; events: copied. OC_OK | OC_ERR_NOMEM. */
int oc_pictures_start(oc_pictures_t **out, oc_plane_t *plane, oc_http_answers_t *answers,
                      oc_media_thread_t *media, const oc_pictures_events_t *events);
/* The media thread is about to end: nothing is posted to it any more. */
void oc_pictures_end(oc_pictures_t *pictures);
/* After the media thread has ended. until_us: of oc_pulse. False: a
 * decoder hangs; nothing of it may be freed. NULL is allowed. */
bool oc_pictures_stop(oc_pictures_t *pictures, int64_t until_us);

/* Any thread: what to look for at a channel, in force from the next packet of that channel, and
 * for whatever is opened there later. OC_OK | OC_ERR_INVAL | OC_ERR_FORMAT malformed zones. */
int oc_pictures_detect(oc_pictures_t *pictures, unsigned channel,
                       const oc_desired_detect_t *desired);
/* Any thread: a call for oc_media_thread_post that answers a request for "<channel>.jpg" (heap,
 * owned by callee). */
oc_media_call_t oc_pictures_call(oc_pictures_t *pictures, oc_http_request_t *req);

/* Media thread: answers OC_COMMAND_SPAN_BODY. With OC_SPAN_BODY_JPEG the newest key frame is
 * decoded when it has to be, once however many ask; everything else is a span. */
void oc_pictures_command(oc_pictures_t *pictures, const oc_command_t *command, int64_t now_us);

/* Any thread, never waits: an event begins at a channel ("": of the device, the first channel that
 * has a picture). Its newest key frame becomes a picture, when no privacy mode is on and a decoder
 * has time. Where a channel still starts, is lost or silent, the first that comes within
 * 10 s does. */
void oc_pictures_event(oc_pictures_t *pictures, uint32_t event, const char *channel,
                       int64_t start_ms);

/* Media thread: the plane has advanced. Returns when it wants to be called again. */
int64_t oc_pictures_advance(oc_pictures_t *pictures, int64_t now_us);
/* Media thread: as oc_plane_env_t.ring_gone. */
void oc_pictures_ring_gone(oc_pictures_t *pictures, unsigned slot);

#endif
