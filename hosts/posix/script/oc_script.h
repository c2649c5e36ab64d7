/* oc_script - the supervisor of scripts, on the script thread: makes a machine, runs the
 * application until it ends, deletes the machine, logs why, waits (0.1 s doubling to 10 s), starts
 * the next. The media plane never notices more than a new generation. */
#ifndef OC_SCRIPT_H
#define OC_SCRIPT_H

#include "oc_api_broker.h"
#include "oc_desired.h"
#include "oc_media_thread.h"
#include "oc_metrics.h"
#include "oc_p2p_service.h"
#include "oc_push_service.h"
#include "oc_script_context.h"
#include "oc_span_bodies.h"
#include "oc_trial.h"

#define OC_SCRIPT_BACKOFF_MIN_MS 100
#define OC_SCRIPT_BACKOFF_MAX_MS 10000
#define OC_SCRIPT_STEADY_US      (10 * 1000 * 1000) /* of life after READY: back-off starts afresh */
#define OC_SCRIPT_RUNAWAY_MS     1000               /* a callback that computes longer is stopped */
#define OC_SCRIPT_HEAP_BYTES     (16 * 1024 * 1024)

/* Who keeps updates. Called on the script thread, must not block but for `left`; prepare, commit
 * and restore are answered by oc_script_stepped. The members may be NULL when nothing is tried
 * (`ended` and `lived` always). */
typedef struct oc_script_keeper {
    void (*prepare)(void *context); /* copies the settings, keeps that the trial begins */
    /* The script before is gone, the one on trial is not made yet: may take some milliseconds.
     * False: it cannot be made. */
    bool (*left)(void *context);
    void (*commit)(void *context);
    /* Puts the settings back, and keeps that the trial is over. */
    void (*restore)(void *context, enum oc_trial_why why);
    /* text: what the script said at its end, message and stack; may be empty. */
    void (*done)(void *context, enum oc_trial_result result, enum oc_trial_why why,
                 const char *text);
    void (*state)(void *context, enum oc_trial_state state); /* another one */
    /* Not in a trial: a script ended by itself within OC_SLOTS_EARLY_S; one has lived so long. */
    void (*ended)(void *context, const char *text);
    void (*lived)(void *context);
    void *context;
} oc_script_keeper_t;

/* One supervisor; opaque. */
typedef struct oc_script oc_script_t;

/* What a script is made from; texts and pointers are borrowed until stopped. */
typedef struct oc_script_config {
    oc_media_thread_t *media;
    oc_api_broker_t *broker;
    oc_p2p_service_t *p2p;
    oc_push_service_t *push;
    oc_span_bodies_t *spans;
    oc_desired_keep_t *desired; /* as scripts tell it */
    int data_root;              /* descriptor of the data directory; -1: none */
    const uint8_t *app;         /* the application's archive, until it is replaced */
    size_t app_size;
    const char *app_path; /* for messages, and to be watched */
    bool app_watch;       /* another file at app_path replaces the application */
    oc_script_keeper_t keeper;
    oc_script_facts_t facts; /* the supervisor fills in generation and end */
    void (*print)(void *host, const char *text, size_t bytes);
    void (*set_log_level)(void *host, oc_log_level_t level);
    /* On the script thread: no script can run at all (a damaged archive, no memory). */
    void (*failed)(void *context, const char *why);
    void *context;
} oc_script_config_t;

/* Makes the loop; no thread yet, but oc_script_wake may be called. OC_OK | OC_ERR_NOMEM. */
int oc_script_create(oc_script_t **out);
/* Starts the thread and the first script. OC_OK | OC_ERR_NOMEM. */
int oc_script_start(oc_script_t *script, const oc_script_config_t *config);
/* Any thread: replies or edges wait. */
void oc_script_wake(oc_script_t *script);
/* How one application follows another. */
typedef struct oc_script_change {
    bool state;       /* the new one gets the state of the running one, which is asked for it */
    bool trial;       /* the one before comes back when it is not healthy (oc_trial) */
    bool always;      /* also when the same archive runs */
    unsigned seconds; /* of the trial; 0: OC_TRIAL_SECONDS */
} oc_script_change_t;
/* Any thread: this archive (borrowed until return) replaces the application: the running script
 * ends with the reason `replaced`, and the next begins at once from the new archive. 0 |
 * OC_ERR_FORMAT this host cannot run it, why has one line; nothing changes | OC_ERR_BUSY a trial is
 * under way | OC_ERR_NOMEM. */
int oc_script_change(oc_script_t *script, const uint8_t *data, size_t size,
                     const oc_script_change_t *change, char *why, size_t why_size);
/* Any thread: what the keeper was called for is done, well or not. */
void oc_script_stepped(oc_script_t *script, bool good);
/* Script thread: HANDOVER. As oc_handover_take. */
int oc_script_hand_over(oc_script_t *script, const oc_command_t *command);
/* Script thread: the running script ends the program. True: it is on trial, which ends by that; the
 * program goes on. why: its line, may be empty. */
bool oc_script_exits(oc_script_t *script, const char *why);
/* Script thread: a person has changed the settings (STORE_WRITE): a trial asks from here on that
 * what they want recorded always is. */
void oc_script_settings_changed(oc_script_t *script);
/* Any thread: the running script has said READY. */
void oc_script_ready(oc_script_t *script);
/* Any thread: the program is about to stop and closes channels: a trial is not judged by that. */
void oc_script_skip_trial(oc_script_t *script);
/* Ends the script and the thread; the memory stays for late wakes. until_us: of oc_pulse. False:
 * the script is in a built-in that nothing stops and may use whatever it was given: nothing may be
 * freed, the process should exit. */
bool oc_script_stop(oc_script_t *script, int64_t until_us);
/* After oc_script_stop, when nobody wakes it any more. */
void oc_script_free(oc_script_t *script);

/* Any thread, takes no longer than the file's copy. A file ("panel/…") of the application that
 * runs, as a body of its own, the caller's; type: static. OC_OK | OC_ERR_NOENT | OC_ERR_BUSY too
 * many bytes of them are under way. */
int oc_script_panel(oc_script_t *script, const char *path, const char *type, oc_body_ref_t *out);

/* Any thread. */
void oc_script_memory(const oc_script_t *script, oc_script_memory_t *memory);

/* oc_machine_unstopped_us of the running script, 0 without one; negative: not known just now, ask
 * again. Any thread, never waits. */
int64_t oc_script_unstopped_us(oc_script_t *script);

/* How the script before ended, and the number of this one. */
typedef struct oc_script_end {
    uint32_t generation;          /* of the running or coming script; 0 = none yet */
    const char *reason, *message; /* reason NULL: none has ended; the message's first line */
    int64_t wall_us;
} oc_script_end_t;
/* Media thread; texts are borrowed until the next script ends. */
void oc_script_last_end(const oc_script_t *script, oc_script_end_t *end);

/* Scripts that ended before the running one, but for those that were replaced. Any thread. */
uint32_t oc_script_restarts(const oc_script_t *script);

#endif
