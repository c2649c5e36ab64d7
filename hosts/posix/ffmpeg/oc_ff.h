/* oc_ff - what the files of ocellus-ffmpeg share: limits, the host, errors. */
#ifndef OC_FF_H
#define OC_FF_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "oc_capture.h"
#include "oc_ff_url.h"
#include "oc_log.h"

#define OC_FF_OPEN_US (8 * 1000 * 1000) /* connecting and probing, at most */
#define OC_FF_READ_US                                                                              \
    (6 * 1000 * 1000) /* a live source that is silent so long is lost; with the above < 15 s */
#define OC_FF_OBJECT_US                                                                            \
    (35 * 1000 * 1000) /* the same of an object, whose store may be away meanwhile */
#define OC_FF_PROBE_BYTES (4 * 1024 * 1024)
#define OC_FF_ANALYZE_US  (3 * 1000 * 1000)
#define OC_FF_STREAMS     64                 /* in one source */
#define OC_FF_PACKET_MAX  (8 * 1024 * 1024)  /* bytes of one access unit */
#define OC_FF_BUFFER      (16 * 1024 * 1024) /* address space of the feeder; touched as needed */
#define OC_FF_PIXELS_MAX  (4096LL * 4096)    /* of a picture that is decoded, by a probe too */
#define OC_FF_ALLOC_MAX                                                                            \
    (128 * 1024 * 1024)       /* bytes FFmpeg takes at once: a picture of 8192x8192                \
                               */
#define OC_FF_CHANNELS 8      /* of sound */
#define OC_FF_RATE_MAX 192000 /* samples per second */
#define OC_FF_QUEUE    64     /* encoded packets waiting to leave */

/* What the process is lent; NULL members: tests, which link the driver itself. */
typedef struct oc_ff_host {
    /* One line to the log; any thread; must not hold a secret. NULL: silence. */
    void (*log)(oc_log_level_t level, const char *line);
    /* A variable that an address names. NULL: from the environment. */
    const char *(*variable)(const char *name);
} oc_ff_host_t;
extern oc_ff_host_t oc_ff_host;

/* Nothing is decoded or encoded in this process. A source that would have to sets oc_ff_needs_own
 * (of its thread) and fails. */
extern bool oc_ff_pass_only;
extern _Thread_local bool oc_ff_needs_own;

/* One line to the log. Any thread. */
void oc_ff_log(oc_log_level_t level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* AVERROR to OC_ERR_*. */
int oc_ff_error(int averror);

/* Monotonic time by env, or by the clock when env has none. */
int64_t oc_ff_now(const oc_capture_env_t *env);
/* UTC in milliseconds. */
int64_t oc_ff_utc_ms(void);

#endif
