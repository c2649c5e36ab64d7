/* oc_update_impl - what the files of the service share; nobody else includes it. On the thread
 * `update` (before oc_update_start: on the caller's), except where noted. */
#ifndef OC_UPDATE_IMPL_H
#define OC_UPDATE_IMPL_H

#include <pthread.h>

#include "oc_update.h"
#include "oc_update_disk.h"
#include "oc_update_history.h"
#include "oc_update_part.h"
#include "oc_worker.h"

#define OC_UPDATE_ENGINE 16 /* bytes of "xs-13.3" */

/* An application that runs, or may. */
typedef struct oc_update_app {
    enum oc_slot slot;
    char name[OC_BUNDLE_NAME_MAX + 1], version[OC_SEMVER_MAX + 1];
    char key[OC_KEY_ID_TEXT]; /* "": the factory application */
    oc_span_t archive;        /* borrowed from the memory of its bundle, or the factory's */
} oc_update_app_t;

/* A bundle with its bytes. All zero: none. */
typedef struct oc_update_bundle {
    uint8_t *data; /* malloc, owned */
    oc_bundle_t bundle;
} oc_update_bundle_t;

/* What a bundle in a slot says of itself, for the state. */
typedef struct oc_update_about {
    bool used, damaged;
    oc_update_app_t app; /* without its archive */
    char channel[OC_BUNDLE_CHANNEL_MAX + 1], revision[OC_BUNDLE_NAME_MAX + 1];
    char notes[OC_BUNDLE_NOTES_MAX + 1];
    uint32_t bytes;
} oc_update_about_t;

/* What a job does. */
enum oc_update_kind {
    OC_UPDATE_JOB_POST,
    OC_UPDATE_JOB_BACK,
    OC_UPDATE_JOB_PREPARE,
    OC_UPDATE_JOB_COMMIT,
    OC_UPDATE_JOB_RESTORE,
    OC_UPDATE_JOB_DONE,
    OC_UPDATE_JOB_STATE,
    OC_UPDATE_JOB_ENDED,
    OC_UPDATE_JOB_LIVED,
    OC_UPDATE_JOB_COMMAND,
    OC_UPDATE_JOB_MOVED,
};

/* Something to be done, malloc. */
typedef struct oc_update_job {
    oc_update_t *update;
    enum oc_update_kind kind;
    uint32_t id;   /* of a request */
    uint8_t *data; /* a bundle, owned */
    size_t size;
    const char *by; /* static */
    oc_command_t command;
    int number; /* oc_trial_result, or oc_trial_state */
    int why;    /* oc_trial_why */
    char text[OC_UPDATE_STACK_MAX];
} oc_update_job_t;

/* How a request ended. */
typedef struct oc_update_answer {
    int status, code;         /* of HTTP; OC_OK or OC_ERR_* */
    char text[OC_BUNDLE_WHY]; /* the version, or why not */
} oc_update_answer_t;

/* What an attempt can end with, and the event that says so. */
typedef struct oc_update_result {
    const char *word; /* of oc_update_entry_t */
    oc_event_kind_t event;
    bool bad;
} oc_update_result_t;

#define OC_UPDATE_RESULTS 5
/* All of them. */
extern const oc_update_result_t oc_update_results[OC_UPDATE_RESULTS];

struct oc_update {
    oc_update_config_t config;
    oc_update_host_t host;
    oc_worker_t *worker;
    oc_update_disk_t disk;
    bool usable; /* the slots can be written */
    bool moves;  /* another folder is the data directory, and has not got what is here */
    oc_trust_t trust;
    oc_slots_t slots;
    char engine[OC_UPDATE_ENGINE];
    bool newer; /* the factory application runs in place of an older one in a slot */
    oc_update_app_t factory, running; /* the archive of running: borrowed until it is replaced */
    uint8_t *first; /* the bundle that ran at the start; its archive stays borrowed */
    oc_update_bundle_t tried;
    oc_update_app_t trying; /* slot OC_SLOT_NONE: nothing */
    const char *by;         /* who brought it */
    oc_update_about_t about[OC_SLOT_BUNDLES];
    oc_update_history_t history;
    oc_update_part_t part;
    char note[OC_UPDATE_NOTE_MAX + 1];
    enum oc_trial_state trial;
    _Atomic bool busy;                           /* from the staging of an update to its end */
    _Atomic unsigned results[OC_UPDATE_RESULTS]; /* by place in oc_update_results */
    pthread_mutex_t lock;
    char *json; /* under lock: the state */
    size_t json_len;
};

/* Why a request is not done: fills the answer. */
void oc_update_refuse(oc_update_answer_t *answer, int status, int code, const char *text);

/* Verifies and stages a bundle (owned by callee), and begins its trial when it has one. */
void oc_update_stage(oc_update_t *update, uint8_t *data, size_t size, const char *by,
                     oc_update_answer_t *answer);
/* Begins the trial of the application before. */
void oc_update_stage_previous(oc_update_t *update, const char *by, oc_update_answer_t *answer);
/* Steps of a trial. */
void oc_update_prepare(oc_update_t *update);
/* On the script thread, between two scripts: waits until everything that the one before wrote is on
 * the disk, then an earlier application gets its settings. False: it cannot. */
bool oc_update_left(oc_update_t *update);
void oc_update_commit(oc_update_t *update);
void oc_update_restore(oc_update_t *update, enum oc_trial_why why);
/* The settings at a start outside of a trial. */
void oc_update_settle(oc_update_t *update);
/* Puts a copy of the settings back (oc_settings_file) and says what is lost by it. OC_OK, also when
 * there is none | OC_ERR_*: ask again. */
int oc_update_put_back(oc_update_t *update, const char *copy);
void oc_update_done(oc_update_t *update, enum oc_trial_result result, enum oc_trial_why why,
                    const char *text);
/* A script of a committed application has ended early. */
void oc_update_ended(oc_update_t *update, const char *text);
/* Chooses what runs, of the slots or the factory application. Returns the memory behind its
 * archive, owned by caller; NULL: the factory application. */
uint8_t *oc_update_choose(oc_update_t *update);
/* Another folder is the data directory: gives it the slots, the record and the history. */
void oc_update_follow(oc_update_t *update);
/* What is in the slots. */
void oc_update_look(oc_update_t *update);

/* Notes an attempt in log, event log, history and counters. stack: as oc_update_history_add. */
void oc_update_note(oc_update_t *update, const oc_update_entry_t *entry, const char *stack);
/* Makes the state anew. */
void oc_update_publish(oc_update_t *update);

#endif
