/* oc_update - updates of the application, without a script: verifies bundles, stages them in the
 * slots, keeps what becomes of their trials, chooses what runs at a boot (docs/design/update.md).
 * Work for the disk and for signatures is done on the thread `update`. */
#ifndef OC_UPDATE_H
#define OC_UPDATE_H

#include "oc_event_kind.h"
#include "oc_mailbox.h"
#include "oc_script.h"
#include "oc_slots.h"

#define OC_UPDATE_JSON_MAX (96 * 1024) /* bytes of the state; fits into a parcel */
#define OC_UPDATE_NOTE_MAX (4 * 1024)  /* bytes of UPDATE_NOTE */

/* One service; opaque. */
typedef struct oc_update oc_update_t;

/* Borrowed for the service's life. */
typedef struct oc_update_config {
    int root;               /* descriptor of the data directory */
    const char *version;    /* of this program, SemVer */
    const uint8_t *factory; /* archive of its own application, checked (oc_app_archives_check) */
    size_t factory_size;
    const char *const *keys; /* files of public keys; none: updates are off */
    size_t key_count;
    unsigned trial_seconds; /* 1..OC_TRIAL_SECONDS_MAX; 0: OC_TRIAL_SECONDS */
} oc_update_config_t;

/* What the service does through its host, on its own thread; nothing blocks. */
typedef struct oc_update_host {
    /* As oc_script_change and oc_script_stepped. */
    int (*change)(void *context, const uint8_t *archive, size_t size,
                  const oc_script_change_t *change, char *why, size_t why_size);
    void (*stepped)(void *context, bool good);
    /* Answers a request: a status and JSON (borrowed). */
    void (*answer)(void *context, uint32_t id, int status, const char *json, size_t len);
    /* An entry of the event log. */
    void (*event)(void *context, oc_event_kind_t kind, int code, const char *text);
    /* Script thread: `then` runs when everything that scripts have written so far is on the disk;
     * any thread. */
    void (*written)(void *context, void (*then)(void *job), void *job);
    oc_mailbox_t *mailbox; /* for replies to commands */
    void *context;
} oc_update_host_t;

/* Opens slots and history, puts settings back that an interrupted trial has changed, and chooses
 * the application. Before anything reads a setting. OC_OK | OC_ERR_INVAL a key file cannot be used,
 * why has one line | OC_ERR_NOMEM. What the disk refuses is a line of the log: the factory
 * application runs then, and nothing can be updated. */
int oc_update_open(oc_update_t **out, const oc_update_config_t *config, char *why, size_t why_size);
/* The archive to begin with; borrowed until the service is closed. */
oc_span_t oc_update_application(const oc_update_t *update);
/* The owner's keys as the script has them (oc_script_facts_t), OC_UPDATE_POINT bytes each; borrowed
 * until the service is closed. */
oc_span_t oc_update_points(const oc_update_t *update);
/* Starts to work. host: copied. OC_OK | OC_ERR_NOMEM. */
int oc_update_start(oc_update_t *update, const oc_update_host_t *host);
/* Ends the thread after the job under way. until_us: of oc_pulse. False: it hangs; nothing may be
 * freed. NULL is allowed. */
bool oc_update_stop(oc_update_t *update, int64_t until_us);
void oc_update_close(oc_update_t *update);

/* For oc_script_config_t; valid before oc_update_start. */
oc_script_keeper_t oc_update_keeper(oc_update_t *update);

/* Requests, any thread; each is answered by `answer` with their id. A bundle: malloc, owned by
 * callee; by: static, who brought it. */
void oc_update_post(oc_update_t *update, uint32_t id, uint8_t *bundle, size_t size, const char *by);
void oc_update_back(oc_update_t *update, uint32_t id, const char *by);
/* NULL, or why no bundle can be taken just now, and the status. Any thread. */
const char *oc_update_refuses(oc_update_t *update, int *status);
/* The state as JSON; malloc, owned by caller; NULL: no memory. Any thread. */
char *oc_update_read(oc_update_t *update, size_t *len);
/* Lines for /metrics. Returns bytes; 0: they did not fit. Any thread. */
size_t oc_update_metrics(oc_update_t *update, char *out, size_t size);

/* Script thread: an UPDATE_ command, which is answered and its parcel freed. */
void oc_update_command(oc_update_t *update, const oc_command_t *command);

/* Any thread: another folder is at the descriptor of the data directory. NULL is allowed. */
void oc_update_moved(oc_update_t *update);

/* For `ocellus reset`: empties the slots, keeps counter and revocations. OC_OK, also when there are
 * none | OC_ERR_*. */
int oc_update_reset(int root);

#endif
