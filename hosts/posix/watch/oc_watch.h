/* oc_watch - receives one stream as a viewer does, without a browser: the media plane alone, with
 * one channel whose source is the address, no script, no server. What comes is measured packet by
 * packet, and recorded when that is wanted (ADR 124). */
#ifndef OC_WATCH_H
#define OC_WATCH_H

#include "oc_stream_row.h"
#include "oc_watch_meter.h"

#define OC_WATCH_WHY_MAX 512 /* bytes with NUL */

/* One stream being watched; opaque. */
typedef struct oc_watch oc_watch_t;

/* How it is just now. */
typedef struct oc_watch_state {
    oc_stream_row_t row;
    oc_watch_second_t second;
    bool has_latency;
    int64_t latency_us; /* capture by the camera's clock to arrival by ours */
} oc_watch_state_t;

/* Begins. url: as of an input, or webrtc:...; record: a file that must not be there, NULL: none.
 * Both borrowed until oc_watch_end. OC_OK | OC_ERR_*, why says in one line what is wrong. */
int oc_watch_begin(oc_watch_t **out, const char *url, const char *record, char *why, size_t size);

/* The row, and the figures since the last call. */
void oc_watch_look(oc_watch_t *watch, oc_watch_state_t *state);

/* The published row: how the stream is. */
oc_stream_row_t oc_watch_row(const oc_watch_t *watch);

/* Why the source is not there: one line without secrets; "" = it is, or is being opened. */
void oc_watch_why(const oc_watch_t *watch, char *why, size_t size);

/* Finishes the recording and frees everything. False: the disk does not answer; the process should
 * exit. why: "" or what became of the recording. */
bool oc_watch_end(oc_watch_t *watch, char *why, size_t size);

#endif
