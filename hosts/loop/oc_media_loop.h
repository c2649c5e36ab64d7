/* oc_media_loop - the loop of the media plane on every host: it makes mailbox and plane, keeps the
 * capture of each stream, compares the clocks, advances the plane and what serves viewers, and says
 * when the next turn is due. Threads, the wait between turns, files and privacy are the host's,
 * behind the environments of plane, mailbox and captures, which are handed through as they are. On
 * the host's media thread, except where noted. */
#ifndef OC_MEDIA_LOOP_H
#define OC_MEDIA_LOOP_H

#include "oc_capture_run.h"
#include "oc_plane.h"

#define OC_MEDIA_LOOP_CLOCK_US 1000000 /* the wall clock is compared this often */

/* What a host does for it. */
typedef struct oc_media_loop_env {
    oc_loop_env_t loop; /* wake: oc_media_loop_turn is due */
    void (*read_clock)(oc_clock_t *clock);
    oc_capture_run_env_t captures;
    oc_mailbox_env_t mailbox; /* its loop is set here */
    oc_plane_env_t plane;     /* its loop, captures and capture_open .. are set here */
    /* The plane has advanced. When to be called again; INT64_MAX: not by time. NULL. */
    int64_t (*advanced)(void *context, int64_t now_us);
    void *context; /* of advanced */
} oc_media_loop_env_t;

/* Private but for loop, plane, mailbox, captures, now_us (of the last turn's last advance). Start
 * from zeros. */
typedef struct oc_media_loop {
    oc_media_loop_env_t env;
    oc_plane_t *plane;
    oc_mailbox_t *mailbox;
    int64_t now_us, clock_due_us;
    oc_capture_run_t *capture[OC_STREAMS_MAX];
    bool open[OC_STREAMS_MAX];   /* the plane knows that its open has ended well */
    bool absent[OC_STREAMS_MAX]; /* a close is to be answered though there is no capture */
    unsigned captures, absents;  /* how many */
    _Atomic bool reached;        /* a capture has come to another phase */
} oc_media_loop_t;

/* Makes mailbox and plane. Any thread, before the first turn. OC_OK | OC_ERR_NOMEM. */
int oc_media_loop_init(oc_media_loop_t *loop, const oc_media_loop_env_t *env);
/* Frees both, and what the script did not take. When the plane is idle and the thread has ended. */
void oc_media_loop_deinit(oc_media_loop_t *loop);

/* Everything that is due, behind what other threads have left to the host. Returns when the next
 * turn is due: monotonic, INT64_MAX not by time. */
int64_t oc_media_loop_turn(oc_media_loop_t *loop);

#endif
