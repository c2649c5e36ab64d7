/* oc_media_loop - the loop of the media plane on every host: it makes mailbox and plane, keeps the
 * capture of each stream, compares the clocks, advances the plane and what serves viewers, and says
 * when the next turn is due. Threads, the wait between turns, files and privacy are the host's,
 * behind oc_media_loop_env_t. On the host's media thread, except where noted. */
#ifndef OC_MEDIA_LOOP_H
#define OC_MEDIA_LOOP_H

#include "oc_loop_env.h"
#include "oc_plane.h"

#define OC_MEDIA_LOOP_CLOCK_US 1000000 /* the wall clock is compared this often */

/* A capture of the host: a driver on a thread of its own. None of them waits. */
typedef struct oc_media_captures {
    /* Opens `driver` for the stream in a slot: as capture_open of oc_plane_env_t. *out is owned by
     * caller until `end`. oc_media_loop_opened follows. OC_OK | OC_ERR_*. */
    int (*start)(void *context, void **out, unsigned slot, const oc_capture_driver_t *driver,
                 const oc_capture_config_t *config, oc_handoff_t *handoff);
    void (*run)(void *context, void *capture);       /* after it has opened */
    void (*close)(void *context, void *capture);     /* oc_media_loop_closed follows */
    void (*room)(void *context, void *capture);      /* its handoff has some again */
    void (*interrupt)(void *context, void *capture); /* open may give up; NULL: it cannot */
    int (*request_key)(void *context, void *capture);
    int (*set_bitrate)(void *context, void *capture, uint32_t bps);
    void (*end)(void *context, void *capture); /* frees it: closed, or its open has failed */
} oc_media_captures_t;

/* What a host does for it. Members that may be NULL say so. */
typedef struct oc_media_loop_env {
    oc_loop_env_t loop; /* wake: oc_media_loop_turn is due; due is not used */
    void (*read_clock)(void *context, oc_clock_t *clock);
    oc_media_captures_t captures;
    /* As in oc_mailbox_env_t; deliver may be NULL. */
    void (*wake_script)(void *context);
    bool (*deliver)(void *context, const oc_command_t *command);
    /* As in oc_plane_env_t. NULL: all but host_command. */
    void (*discard)(void *context, void *memory, size_t bytes);
    const oc_capture_driver_t *(*capture_find)(void *context, const char *url);
    int (*file_submit)(void *context, unsigned slot, unsigned output, const oc_file_op_t *op);
    void (*host_command)(void *context, const oc_command_t *command);
    void (*privacy_store)(void *context, bool on);
    void (*ring_gone)(void *context, unsigned slot);
    void (*listed)(void *context, uint32_t generation, const oc_desired_head_t *head,
                   const oc_desired_entry_t *entries);
    void (*detect)(void *context, unsigned channel, const oc_desired_detect_t *detect);
    void (*input_changed)(void *context, const oc_input_change_t *change, int64_t now_us);
    /* The plane has advanced. When to be called again; INT64_MAX: not by time. NULL. */
    int64_t (*advanced)(void *context, int64_t now_us);
    void *context;
} oc_media_loop_env_t;

/* Private but for plane, mailbox, now_us (of the last turn's last advance). Start from zeros. */
typedef struct oc_media_loop {
    oc_media_loop_env_t env;
    oc_plane_t *plane;
    oc_mailbox_t *mailbox;
    int64_t now_us, clock_due_us;
    void *capture[OC_STREAMS_MAX];
    bool open[OC_STREAMS_MAX];   /* the plane knows that its open has ended well */
    bool absent[OC_STREAMS_MAX]; /* a close is to be answered though there is no capture */
    unsigned captures, absents;  /* how many */
} oc_media_loop_t;

/* Makes mailbox and plane. Any thread, before the first turn. OC_OK | OC_ERR_NOMEM. */
int oc_media_loop_init(oc_media_loop_t *loop, const oc_media_loop_env_t *env);
/* Frees both, and what the script did not take. When the plane is idle and the thread has ended. */
void oc_media_loop_deinit(oc_media_loop_t *loop);

/* Everything that is due, behind what other threads have left to the host. Returns when the next
 * turn is due: monotonic, INT64_MAX not by time. */
int64_t oc_media_loop_turn(oc_media_loop_t *loop);

/* A capture has opened: result, and the config as its driver left it. After an error it is ended.
 */
void oc_media_loop_opened(oc_media_loop_t *loop, unsigned slot, int result,
                          const oc_capture_config_t *config);
/* A capture has closed: it is ended. */
void oc_media_loop_closed(oc_media_loop_t *loop, unsigned slot);

/* Of the source in a slot, as in oc_plane_env_t. OC_OK | OC_ERR_STATE it is not open |
 * OC_ERR_NOTSUP. */
int oc_media_loop_request_key(oc_media_loop_t *loop, unsigned slot);
int oc_media_loop_set_bitrate(oc_media_loop_t *loop, unsigned slot, uint32_t bps);

#endif
