/* oc_media_thread - oc_media_loop on a libuv loop of its own: advances the plane on every
 * wake-up and at its own deadlines, starts capture threads and gives file operations to the file
 * thread. It never waits for anything but its loop. */
#ifndef OC_MEDIA_THREAD_H
#define OC_MEDIA_THREAD_H

#include "oc_file_thread.h"
#include "oc_media_work.h"
#include "oc_plane.h"

#define OC_MEDIA_CALLS       512          /* calls from other threads under way; 40 bytes each */
#define OC_MEDIA_NOTIFIED_US (300 * 1000) /* a script has so long to read the last events */
/* Bytes in front of memory from the plane's allocate that may be overwritten: room for the framing
 * of the HTTP library, so that a body is sent from where it was made. */
#define OC_MEDIA_HEADROOM 32

/* A call from another thread, carried out on the media thread in the order of posting. */
typedef struct oc_media_call {
    void (*run)(oc_media_thread_t *media, const struct oc_media_call *call);
    void *context;
    void *data;       /* meaning and owner per run */
    uint32_t a, b, c; /* meaning per run */
    int32_t result;   /* meaning per run */
} oc_media_call_t;

typedef struct oc_media_thread_config {
    int root; /* descriptor of the data directory; borrowed until stopped */
    /* As in oc_mailbox_env: called on any thread when replies or edges wait. */
    void (*wake_script)(void *context);
    /* As in oc_plane_env: commands of OC_COMMAND_HOST and above that `deliver` has left, on the
     * media thread. */
    void (*host_command)(void *context, const oc_command_t *command);
    /* As in oc_mailbox_env: commands that the host carries out on the script thread. The member may
     * be NULL. */
    bool (*deliver)(void *context, const oc_command_t *command);
    /* The plane has advanced: services that need something of it may look. On the media thread,
     * also while oc_media_thread_start still runs; must not block. Returns when it wants to be
     * called again, INT64_MAX: not by time. The member may be NULL. */
    int64_t (*advanced)(void *context, int64_t now_us);
    /* As in oc_plane_env. These members may be NULL. */
    void (*ring_gone)(void *context, unsigned slot);
    void (*listed)(void *context, uint32_t generation, const oc_desired_head_t *head,
                   const oc_desired_entry_t *entries);
    void (*detect)(void *context, unsigned channel, const oc_desired_detect_t *detect);
    /* As in oc_plane_env, on the media thread; NULL = nothing. */
    void (*input_changed)(void *context, const oc_input_change_t *change, int64_t now_us);
    /* The thread is to stop: asked again on each turn until nothing of the host's uses the loop any
     * more: true. The member may be NULL: nothing does. */
    bool (*stop)(void *context);
    /* File thread: as oc_file_store_t.changed. The member may be NULL. */
    void (*file_changed)(void *context, const char *path, const char *to);
    void *context;
    /* Path of the folder for the socket of pushed frames, which is made when the first channel of
     * the push driver is opened and stays until the end; borrowed until stopped. NULL: none. */
    const char *push_folder;
    const char *data_path; /* of the data directory, followed when another folder takes its place;
                              borrowed until stopped. NULL: it is not */
    int data_lock;         /* of data_path: its lock, or -1 */
    bool privacy;          /* what oc_privacy_file_read said: nothing opens */
    bool privacy_switch;   /* OC_INPUT_PRIVACY is raised from the start */
} oc_media_thread_config_t;

/* Starts it. OC_OK | OC_ERR_NOMEM. */
int oc_media_thread_start(oc_media_thread_t **out, const oc_media_thread_config_t *config);

/* Any thread. The call is copied. OC_OK | OC_ERR_BUSY: too many wait. */
int oc_media_thread_post(oc_media_thread_t *media, const oc_media_call_t *call);
/* Any thread: something waits in the mailbox. */
void oc_media_thread_wake(oc_media_thread_t *media);

/* As the plane. */
oc_mailbox_t *oc_media_thread_mailbox(oc_media_thread_t *media);
oc_file_thread_t *oc_media_thread_files(oc_media_thread_t *media);
/* Memory that holds oc_plane_rows_t, for a process that only reads it: a descriptor, borrowed. */
int oc_media_thread_rows(const oc_media_thread_t *media);
/* Descriptor of the data directory. */
int oc_media_thread_root(const oc_media_thread_t *media);
/* What is known of it: its atomic members, any thread. */
const struct oc_data_watch *oc_media_thread_data(const oc_media_thread_t *media);

/* What its parts need of it (oc_loop_env.h); due: a turn, and so `advanced`, by then. Valid until
 * stopped. */
const oc_loop_env_t *oc_media_thread_env(const oc_media_thread_t *media);
/* The thread's one timer, for parts that are due apart from a turn: media thread. */
struct oc_deadlines *oc_media_thread_deadlines(oc_media_thread_t *media);
/* The thread's loop, for handles of the host's: media thread. */
struct uv_loop_s *oc_media_thread_loop(oc_media_thread_t *media);
/* The plane's allocate and release; any thread. NULL: none left. */
void *oc_media_thread_allocate(size_t bytes);
void oc_media_thread_release(void *memory);
/* The content of these bytes of such memory is not needed: whole pages go back to the system and
 * read as 0 until they are written again. Any thread. */
void oc_media_thread_discard(void *memory, size_t bytes);

/* Ends the plane in order (recordings are finished) while the script still runs, and waits until
 * that is done and the script has read every event of it. A script that does not read is given
 * OC_MEDIA_NOTIFIED_US. until_us: of oc_pulse, the end of waiting. oc_media_thread_stop follows. */
void oc_media_thread_finish(oc_media_thread_t *media, int64_t until_us);

/* Ends the plane in order (recordings are finished), the capture threads and the file thread, then
 * this one. until_us: of oc_pulse. True: everything is on the disk and freed; false: it took too
 * long, something hangs and nothing may be freed: the process should exit. */
bool oc_media_thread_stop(oc_media_thread_t *media, int64_t until_us);

#endif
