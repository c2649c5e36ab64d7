/* oc_script_impl - what the files of the supervisor share; nobody else includes it. Script thread,
 * except where noted. */
#ifndef OC_SCRIPT_IMPL_H
#define OC_SCRIPT_IMPL_H

#include <pthread.h>

#include "oc_app_archives.h"
#include "oc_app_folder.h"
#include "oc_channel_watch.h"
#include "oc_handover.h"
#include "oc_loop.h"
#include "oc_machine.h"
#include "oc_script.h"
#include "oc_script_body.h"
#include "oc_script_ends.h"

struct oc_script {
    oc_loop_t *loop;
    pthread_t thread;
    pthread_mutex_t lock;
    oc_machine_t *machine; /* under lock: may be stopped by others */
    oc_app_archives_t app; /* under lock */
    bool started;
    _Atomic bool stop;
    _Atomic uint32_t restarts;
    _Atomic bool ready; /* of the running script */
    _Atomic uint32_t used_bytes, allocated_bytes, keys;
    int64_t ready_us; /* script thread, time awake: when it was first seen */
    oc_script_config_t config;
    oc_script_context_t context;
    oc_script_body_t bodies;
    oc_app_folder_t app_folder;
    unsigned capabilities; /* as they were logged; script thread */
    /* A change of the application; script thread, except where noted. */
    oc_handover_t handover;
    oc_trial_t trial;
    oc_channel_watch_t channels;
    bool settings_changed;  /* by a person, since the trial began to watch them */
    bool wants_trial;       /* under lock: of the archive that waits */
    bool wants_state;       /* under lock: it gets the state of the script before */
    unsigned wants_seconds; /* under lock: of its trial */
    int64_t requested_us; /* without a trial, time awake: the script was asked for its state; 0: it
                             was not */
    bool leaves;          /* the running script makes way */
    bool takes;           /* the next script is made from the archive that waits */
    bool gives;           /* the next script gets the state that is kept */
    bool makes;           /* of a trial: the next script may be made */
    bool lived;           /* the running one was told to have lived */
    int64_t begun_us, due_us,
        collected_us; /* in time awake: its start; oc_script_attend is due; last collection */
    enum oc_trial_state reported; /* to the keeper */
    _Atomic bool tries;           /* changed under lock: a trial waits or is under way */
    _Atomic bool skip_trial;      /* the program is about to stop */
    _Atomic int stepped;          /* what the keeper has done: 1 well, -1 not; 0: nothing yet */
    char end_text[OC_MACHINE_TEXT_BYTES]; /* what the one on trial said at its end */
    char end_message[OC_MACHINE_TEXT_BYTES];
    oc_script_ends_t ends; /* of this application */
    oc_script_end_t last;  /* media thread */
    char last_message[256];
};

/* The archive that was taken works (`good`), or the one before is used again. False: there is none.
 */
bool oc_script_settle(oc_script_t *script, bool good);
/* Another application waits, or is on trial. Any thread may ask for the first. */
bool oc_script_changes(oc_script_t *script);
/* Outside of the machine: goes on with a change as far as it can now. Milliseconds until it wants
 * to be called again; 0: not by time. */
unsigned oc_script_attend(oc_script_t *script);
/* Of a trial: the next machine was made or could not be (why: one line). */
void oc_script_made(oc_script_t *script, bool good, const char *why);
/* The machine is to be deleted; end: how it ended by itself, NULL: its place was wanted. */
void oc_script_gone(oc_script_t *script, const oc_machine_end_t *end);
/* No script runs: goes on with a change until the next one may be made, or the program stops. */
void oc_script_between(oc_script_t *script);
/* The last script has gone for good. */
void oc_script_stopped(oc_script_t *script);

#endif
