/* oc_capture - the interface of a capture driver.
 * A driver is a state machine run by one thread of the host, the capture thread of its channel:
 *   open  -> start -> pump, pump, ... -> stop -> close          (start and stop may repeat)
 * All calls except request_key and set_bitrate_bps come from that thread. A driver owns no thread
 * and reads no clock; it may block in pump only when may_block says so. Packets leave through
 * oc_handoff. open changes the request to what the source really delivers instead of failing over a
 * difference. */
#ifndef OC_CAPTURE_H
#define OC_CAPTURE_H

#include <stddef.h>
#include "oc_err.h"
#include "oc_handoff.h"
#include "oc_mp4_read.h"

#define OC_CAPTURE_URL_MAX 512 /* bytes with NUL */
#define OC_CAPTURE_WHY_MAX 160 /* bytes with NUL of an error line */

/* What is asked of a source; after open: what it delivers. */
typedef struct oc_capture_config {
    char url[OC_CAPTURE_URL_MAX]; /* in: fake:..., replay:PATH or PATH, push:NAME; made by the plane
                                     for a sub stream out of main: scale:WxH, scale:WxH@BITRATE */
    uint32_t slot;                /* in: the stream's own slot (oc_plane_impl.h) */
    uint32_t feed;            /* in: 1 + the stream slot whose pictures a scale: source takes (it
                                 is open before this one and closed after it); 0 = none */
    bool feeds;               /* in: a scale: source will take this one's pictures */
    bool as_fast_as_possible; /* in: ignore the source's own pace (tests, import) */
    bool loop;                /* in: start again at the end, on one continuous time line */
    bool audio;               /* in: audio wanted; out: audio delivered */
    uint32_t fps_milli;       /* in: wanted, 0 = source's own; out: frames per 1000 s; 0 unknown */
    uint32_t bitrate_bps;     /* in: wanted, 0 = source's own; out: average; 0 = unknown */
    uint32_t encoder_bps;     /* out: what its encoder makes unless set_bitrate_bps says less;
                                 0 = unknown, or it cannot be set */
    uint16_t width, height;   /* in: wanted, 0 = source's own; out: real */
    uint32_t max_gop_bytes;   /* out: upper bound, 0 = unknown */
    uint32_t max_gop_ms;      /* out: upper bound, 0 = unknown */
    uint32_t packets_per_s;   /* out: expected over all tracks, 0 = unknown */
    oc_track_t track[OC_TRACKS_MAX];  /* out: [0] video, [1] audio; codec NONE = absent or not known
                                         before the first packet (then OC_HANDOFF_TRACK tells) */
    bool waits;                       /* out: nothing comes before somebody sends it: push */
    int32_t absent;                   /* out, of an open that is OK: why the source is not there yet
                                         (OC_ERR_*): start is tried until it is; 0 = it is there */
    char adapted[OC_CAPTURE_WHY_MAX]; /* out: what differs from the request, "" = nothing */
    char why[OC_CAPTURE_WHY_MAX];     /* out, on error: what failed and where, one line */
} oc_capture_config_t;

/* What the host lends a driver; borrowed until close. */
typedef struct oc_capture_env {
    oc_handoff_t *handoff;
    /* Opens the file behind a path for reading. OC_OK and *source | OC_ERR_NOENT | OC_ERR_IO ... */
    int (*open_file)(void *context, const char *path, oc_mp4_source_t *source);
    void (*close_file)(void *context, oc_mp4_source_t *source);
    /* A number for what lies behind a path now: another one when the file was written to, or
     * another file has the name; 0 = nothing there, or not known. The member may be NULL: not
     * known. */
    uint64_t (*file_version)(void *context, const char *path);
    /* Memory for the driver's buffers, taken in open (or in start, when the source is opened again
     * and needs more) and returned in close only. */
    void *(*allocate)(void *context, size_t bytes);
    void (*release)(void *context, void *memory);
    /* Has pump called soon; any thread, must not block. The push driver uses it when a packet
     * comes. NULL: the driver asks to be pumped every 5 ms instead. */
    void (*wake)(void *context);
    /* For a driver that blocks (may_block): monotonic time after it has waited, and true when it
     * must give up waiting and return (the channel closes). Any thread of the driver. NULL: the
     * time given to pump holds; never. */
    int64_t (*now_us)(void *context);
    bool (*interrupted)(void *context);
    void *context;
} oc_capture_env_t;

/* Of pump: not the source was lost but the process that reads it. The host reports OC_ERR_IO, and
 * starts it again at once when it had run for a while. */
#define OC_CAPTURE_GONE (-99)

typedef struct oc_capture_driver {
    const char *name;   /* "fake", "replay", "push" */
    size_t state_bytes; /* memory the host provides as `state`, aligned to 16 */
    bool may_block;     /* pump may wait for the device; the host gives it a thread of its own */

    /* OC_OK | OC_ERR_NOENT | OC_ERR_FORMAT | OC_ERR_NOTSUP | OC_ERR_NOMEM | OC_ERR_IO; why is set.
     */
    int (*open)(void *state, const oc_capture_env_t *env, oc_capture_config_t *config);
    /* Starts delivering at monotonic time now_us. OC_OK | OC_ERR_*. */
    int (*start)(void *state, int64_t now_us);
    /* Does what is due by now_us. Returns the monotonic time of the next call (INT64_MAX: not
     * before oc_handoff space, a push or a command wakes the thread), or a negative OC_ERR_* when
     * the source is gone: the host pushes OC_HANDOFF_LOST with that code, stops the driver, waits
     * (back-off 0.5 s .. 30 s; OC_ERR_STALE after some seconds: not at all, the source itself is
     * well), starts it again and pushes OC_HANDOFF_RESUMED, or OC_HANDOFF_LOST again. A driver
     * pushes these two itself only for losses it rides out on its own (push: the sender left). */
    int64_t (*pump)(void *state, int64_t now_us);
    /* A driver whose source can wait does not drop for want of room: it answers INT64_MAX and goes
     * on with the same packet. Others count each packet that they give up (oc_handoff_count_lost).
     */
    /* No packet leaves after stop; those in the handoff stay valid until released. Twice is fine.
     */
    void (*stop)(void *state);
    /* Any thread; done at the next pump. OC_OK | OC_ERR_NOTSUP. NULL = not supported. */
    int (*request_key)(void *state);
    int (*set_bitrate_bps)(void *state, uint32_t bps);
    /* After the consumer has released all that was pushed. Twice is fine; also after a failed
     * open. */
    void (*close)(void *state);
} oc_capture_driver_t;

/* Scripted timing and faults; a file; an integrator's own encoder. */
extern const oc_capture_driver_t oc_capture_fake;
extern const oc_capture_driver_t oc_capture_replay;
extern const oc_capture_driver_t oc_capture_push;

#define OC_CAPTURE_ADDED_MAX 4 /* drivers of a host */

/* True for a code of a far source that may be there later: its channel begins without it. */
static inline bool oc_capture_comes_later(int code) {
    return code == OC_ERR_IO || code == OC_ERR_TIMEOUT || code == OC_ERR_REFUSED ||
           code == OC_ERR_HOST || code == OC_ERR_UNREACHABLE;
}

/* Adds a driver of the host's own for URLs that begin with `scheme` and a colon (static text,
 * letters and digits); one that is known already wins. Before other threads start.
 * OC_OK | OC_ERR_TOO_BIG no place left. */
int oc_capture_add(const char *scheme, const oc_capture_driver_t *driver);

/* The driver for a URL by its scheme; a plain path and file: are replay. NULL = none. */
const oc_capture_driver_t *oc_capture_find(const char *url);

#endif
