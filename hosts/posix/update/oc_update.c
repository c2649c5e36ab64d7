#define _GNU_SOURCE
#include "oc_update_impl.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "oc_app_archives.h"
#include "oc_archive.h"
#include "oc_capability.h"
#include "oc_log.h"
#include "oc_posix.h"
#include "oc_settings_file.h"
#include "oc_update_keys.h"

#define STACK_BYTES (256 * 1024)
#define JOBS        64
#define NICE        5 /* pictures and requests go first */

/* ---- the applications ---- */

/* Name and version of the factory application, out of its own description. */
static void read_factory(oc_update_t *update) {
    oc_update_app_t *app = &update->factory;
    size_t bytes;
    const uint8_t *text = oc_archive_resource(update->config.factory, update->config.factory_size,
                                              "ocellus.json", &bytes);
    json_t *about = text ? json_loadb((const char *)text, bytes, 0, NULL) : NULL;
    const char *name = json_string_value(json_object_get(about, "name"));
    const char *version = json_string_value(json_object_get(about, "version"));
    *app =
        (oc_update_app_t){.slot = OC_SLOT_FACTORY,
                          .archive = oc_span(update->config.factory, update->config.factory_size)};
    snprintf(app->name, sizeof(app->name), "%s", name ? name : "camera");
    snprintf(app->version, sizeof(app->version), "%s", version ? version : update->config.version);
    if (oc_semver_check(oc_span(app->version, strlen(app->version))) != OC_OK)
        snprintf(app->version, sizeof(app->version), "0.0.0");
    json_decref(about);
    /* The archive begins with its size, XS_A, and an atom VERS: major, minor, patch. */
    snprintf(update->engine, sizeof(update->engine), "xs-%u.%u", update->config.factory[16],
             update->config.factory[17]);
}

static oc_update_app_t app_of(const oc_update_t *update, enum oc_slot slot,
                              const oc_bundle_t *bundle) {
    oc_update_app_t app = {.slot = slot};
    memcpy(app.name, bundle->name, sizeof(app.name));
    memcpy(app.version, bundle->version, sizeof(app.version));
    oc_key_id_text(bundle->key_id, app.key);
    app.archive = oc_bundle_archive(bundle, update->engine);
    return app;
}

static oc_bundle_host_t this_host(const oc_update_t *update) {
    return (oc_bundle_host_t){update->config.version, update->engine, OC_API_LEVEL};
}

uint8_t *oc_update_choose(oc_update_t *update) {
    char why[OC_BUNDLE_WHY];
    uint8_t *data = malloc(OC_BUNDLE_BYTES_MAX);
    oc_slots_choice_t choice = {.run = OC_SLOT_FACTORY};
    oc_bundle_host_t host = this_host(update);
    if (data)
        oc_slots_boot(&update->slots, update->factory.name, update->factory.version, &host,
                      (oc_slots_memory_t){data, OC_BUNDLE_BYTES_MAX}, &choice);
    for (unsigned i = 0; i < OC_SLOT_BUNDLES; i++)
        if (choice.why[i].fault != OC_BUNDLE_FINE && choice.why[i].text[0])
            oc_log(OC_LOG_ERROR, "update", "slot %s does not run: %s",
                   oc_slot_name(i ? OC_SLOT_B : OC_SLOT_A), choice.why[i].text);
    if (choice.factory_newer)
        oc_log(OC_LOG_INFO, "update", "%s %s of this program is newer than the update: it runs",
               update->factory.name, update->factory.version);
    update->newer = choice.factory_newer;
    update->running = update->factory;
    if (choice.run != OC_SLOT_FACTORY) {
        oc_update_app_t app = app_of(update, choice.run, &choice.bundle);
        if (oc_app_archives_check(app.archive.data, app.archive.len, why, sizeof(why)) == OC_OK) {
            update->running = app;
            return data;
        }
        oc_log(OC_LOG_ERROR, "update", "%s %s does not run: %s", app.name, app.version, why);
    }
    free(data);
    return NULL;
}

/* ---- at the start ---- */

/* A trial that ended with the process. */
static void end_interrupted(oc_update_t *update) {
    oc_update_entry_t entry = {.result = "interrupted", .why = "the program ended", .by = "host"};
    int result = oc_update_put_back(update, OC_SETTINGS_COPY);
    oc_update_look(update);
    for (unsigned i = 0; i < OC_SLOT_BUNDLES; i++) {
        if (update->slots.record.trial == (i ? OC_SLOT_B : OC_SLOT_A)) {
            memcpy(entry.version, update->about[i].app.version, sizeof(entry.version));
            memcpy(entry.key, update->about[i].app.key, sizeof(entry.key));
        }
    }
    memcpy(entry.from, update->running.version, sizeof(entry.from));
    if (result == OC_OK)
        result = oc_slots_give_up(&update->slots, OC_SLOTS_INTERRUPTED);
    if (result != OC_OK)
        oc_log(OC_LOG_ERROR, "update", "the record cannot be written: %s", oc_err_text(result));
    oc_update_note(update, &entry, "");
}

static void open_slots(oc_update_t *update) {
    int result = oc_update_disk_open(&update->disk, update->config.root);
    oc_slots_io_t io = oc_update_disk_io(&update->disk);
    if (result == OC_OK)
        result = oc_slots_open(&update->slots, &io, &update->trust);
    if (result != OC_OK) {
        oc_log(OC_LOG_ERROR, "update",
               OC_UPDATE_FOLDER " cannot be used: %s; the application of this program runs",
               oc_err_text(result));
        return;
    }
    update->usable = true;
    if (update->slots.found == OC_SLOTS_LOST)
        oc_log(OC_LOG_ERROR, "update",
               "the switch record is damaged: the application of this "
               "program runs; counter and revocations are lost");
    update->first = oc_update_choose(update);
    if (update->slots.record.trial != OC_SLOT_NONE)
        end_interrupted(update);
    else
        oc_update_settle(update);
    oc_update_look(update);
}

static int read_keys(oc_update_t *update, char *why, size_t why_size) {
    char reason[128];
    for (size_t i = 0; i < update->config.key_count; i++) {
        int result =
            oc_update_keys_read(&update->trust, update->config.keys[i], reason, sizeof(reason));
        if (result != OC_OK) {
            snprintf(why, why_size, "--update-key %.200s: %s", update->config.keys[i], reason);
            return OC_ERR_INVAL;
        }
    }
    return OC_OK;
}

int oc_update_open(oc_update_t **out, const oc_update_config_t *config, char *why,
                   size_t why_size) {
    oc_update_t *update = calloc(1, sizeof(*update));
    if (!update)
        return OC_ERR_NOMEM;
    update->config = *config;
    update->trying.slot = OC_SLOT_NONE;
    update->disk.root = config->root;
    pthread_mutex_init(&update->lock, NULL);
    int result = read_keys(update, why, why_size);
    if (result != OC_OK) {
        pthread_mutex_destroy(&update->lock);
        free(update);
        return result;
    }
    read_factory(update);
    update->running = update->factory;
    oc_update_history_load(&update->history, config->root);
    open_slots(update);
    oc_update_publish(update);
    *out = update;
    return OC_OK;
}

oc_span_t oc_update_application(const oc_update_t *update) {
    return update->running.archive;
}

/* ---- the thread ---- */

static void reply(const oc_update_t *update, const oc_command_t *command,
                  const oc_update_answer_t *answer, int value) {
    oc_mailbox_reply_text(update->host.mailbox, command->request, command->generation, answer->code,
                          value, 0, answer->text, strlen(answer->text));
}

static void begin_part(oc_update_t *update, const oc_command_t *command,
                       oc_update_answer_t *answer) {
    uint32_t bytes = (uint32_t)command->arg[0];
    if (command->parcel.len != OC_CRYPTO_HASH || bytes == 0) {
        oc_update_refuse(answer, 400, OC_ERR_INVAL, "malformed request");
        return;
    }
    if (bytes > OC_BUNDLE_BYTES_MAX) {
        oc_update_refuse(answer, 413, OC_ERR_TOO_BIG, "larger than 4 MB");
        return;
    }
    int result =
        oc_update_part_begin(&update->part, update->config.root, command->parcel.data, bytes);
    if (result != OC_OK)
        oc_update_refuse(answer, 500, result, oc_err_text(result));
}

static void apply_part(oc_update_t *update, oc_update_answer_t *answer) {
    int result;
    size_t size = update->part.bytes;
    uint8_t *data = oc_update_part_take(&update->part, update->config.root, &result);
    if (!data) {
        oc_update_refuse(answer, 400, result,
                         result == OC_ERR_STATE    ? "the bundle is not complete"
                         : result == OC_ERR_FORMAT ? "the bundle is not the one that was begun"
                                                   : oc_err_text(result));
        return;
    }
    oc_update_stage(update, data, size, "script", answer);
    if (answer->status < 500 && answer->code != OC_ERR_BUSY) /* those may be tried again */
        oc_update_part_drop(&update->part, update->config.root);
}

static void run_command(oc_update_t *update, oc_update_job_t *job) {
    oc_command_t *command = &job->command;
    oc_update_answer_t answer = {.status = 200};
    oc_span_t bytes = oc_span(command->parcel.data, command->parcel.len);
    int result = OC_OK;
    const char *off = oc_update_refuses(update, &answer.status);
    if (off && command->kind != OC_COMMAND_UPDATE_NOTE) {
        oc_update_refuse(&answer, answer.status, OC_ERR_STATE, off);
    } else if (command->kind == OC_COMMAND_UPDATE_BEGIN) {
        begin_part(update, command, &answer);
    } else if (command->kind == OC_COMMAND_UPDATE_WRITE) {
        result = oc_update_part_write(&update->part, update->config.root, (uint32_t)command->arg[0],
                                      bytes);
        if (result != OC_OK)
            oc_update_refuse(&answer, 500, result, oc_err_text(result));
    } else if (command->kind == OC_COMMAND_UPDATE_APPLY) {
        apply_part(update, &answer);
    } else { /* UPDATE_NOTE */
        memcpy(update->note, bytes.data ? bytes.data : (const uint8_t *)"", bytes.len);
        update->note[bytes.len] = '\0';
    }
    oc_mailbox_parcel_free(update->host.mailbox, &command->parcel);
    oc_update_publish(update);
    reply(update, command, &answer, (int)update->part.have);
}

static void answer_request(oc_update_t *update, uint32_t id, const oc_update_answer_t *answer) {
    char text[OC_BUNDLE_WHY * 6 + 64];
    oc_json_t json = oc_json(text, sizeof(text));
    oc_json_begin_object(&json);
    if (answer->code == OC_OK) {
        oc_json_member_string(&json, "version", answer->text);
        oc_json_member_string(&json, "state", atomic_load(&update->busy) ? "staged" : "idle");
    } else {
        oc_json_member_string(&json, "error", answer->text);
    }
    oc_json_end_object(&json);
    update->host.answer(update->host.context, id, answer->status, text, json.len);
}

static void run_request(oc_update_t *update, oc_update_job_t *job) {
    oc_update_answer_t answer = {.status = 202};
    if (job->kind == OC_UPDATE_JOB_POST) {
        uint8_t *data = job->data;
        job->data = NULL;
        oc_update_stage(update, data, job->size, job->by, &answer);
    } else {
        oc_update_stage_previous(update, job->by, &answer);
    }
    oc_update_publish(update);
    answer_request(update, job->id, &answer);
}

static void run_job(void *context, void *data) {
    oc_update_t *update = context;
    oc_update_job_t *job = data;
    if (update->moves)
        oc_update_follow(update);
    switch (job->kind) {
    case OC_UPDATE_JOB_POST:
    case OC_UPDATE_JOB_BACK:
        run_request(update, job);
        break;
    case OC_UPDATE_JOB_PREPARE:
        oc_update_prepare(update);
        break;
    case OC_UPDATE_JOB_COMMIT:
        oc_update_commit(update);
        break;
    case OC_UPDATE_JOB_RESTORE:
        oc_update_restore(update, (enum oc_trial_why)job->why);
        break;
    case OC_UPDATE_JOB_DONE:
        oc_update_done(update, (enum oc_trial_result)job->number, (enum oc_trial_why)job->why,
                       job->text);
        break;
    case OC_UPDATE_JOB_STATE:
        update->trial = (enum oc_trial_state)job->number;
        break;
    case OC_UPDATE_JOB_ENDED:
        oc_update_ended(update, job->text);
        break;
    case OC_UPDATE_JOB_LIVED:
        if (update->usable)
            (void)oc_slots_lived(&update->slots);
        break;
    case OC_UPDATE_JOB_COMMAND:
        run_command(update, job);
        break;
    case OC_UPDATE_JOB_MOVED:
        update->moves = update->usable;
        oc_update_follow(update);
        break;
    }
    oc_update_publish(update);
    free(job->data);
    free(job);
}

oc_span_t oc_update_points(const oc_update_t *update) {
    return oc_span(update->trust.points[0], (size_t)update->trust.key_count * OC_P256_POINT);
}

int oc_update_start(oc_update_t *update, const oc_update_host_t *host) {
    update->host = *host;
    return oc_worker_start(&update->worker, &(oc_worker_config_t){.name = "update",
                                                                  .stack_bytes = STACK_BYTES,
                                                                  .nice = NICE,
                                                                  .jobs = JOBS,
                                                                  .run = run_job,
                                                                  .context = update});
}

bool oc_update_stop(oc_update_t *update, int64_t until_us) {
    if (!update || !update->worker)
        return true;
    bool ended = oc_worker_stop(update->worker, true, until_us, NULL);
    if (ended)
        update->worker = NULL;
    return ended;
}

void oc_update_close(oc_update_t *update) {
    if (!update)
        return;
    oc_update_disk_close(&update->disk);
    free(update->first);
    free(update->tried.data);
    free(update->json);
    pthread_mutex_destroy(&update->lock);
    free(update);
}

/* ---- from other threads ---- */

static oc_update_job_t *new_job(oc_update_t *update, enum oc_update_kind kind) {
    oc_update_job_t *job = calloc(1, sizeof(*job));
    if (job) {
        job->update = update;
        job->kind = kind;
    }
    return job;
}

/* False: it was not taken, and is freed. */
static bool post(oc_update_t *update, oc_update_job_t *job) {
    if (job && update->worker && oc_worker_post(update->worker, job) == OC_OK)
        return true;
    if (job)
        free(job->data);
    free(job);
    return false;
}

static void answer_busy(oc_update_t *update, uint32_t id) {
    static const char text[] = "{\"error\":\"the disk is too slow; try again\"}";
    update->host.answer(update->host.context, id, 503, text, sizeof(text) - 1);
}

void oc_update_post(oc_update_t *update, uint32_t id, uint8_t *bundle, size_t size,
                    const char *by) {
    oc_update_job_t *job = new_job(update, OC_UPDATE_JOB_POST);
    if (!job) {
        free(bundle);
        answer_busy(update, id);
        return;
    }
    job->id = id;
    job->data = bundle;
    job->size = size;
    job->by = by;
    if (!post(update, job))
        answer_busy(update, id);
}

void oc_update_back(oc_update_t *update, uint32_t id, const char *by) {
    oc_update_job_t *job = new_job(update, OC_UPDATE_JOB_BACK);
    if (job) {
        job->id = id;
        job->by = by;
    }
    if (!post(update, job))
        answer_busy(update, id);
}

const char *oc_update_refuses(oc_update_t *update, int *status) {
    *status = 403;
    if (update->config.key_count == 0)
        return "no update key: start with --update-key FILE";
    *status = 500;
    if (!update->usable)
        return "the folder " OC_UPDATE_FOLDER " of the data directory cannot be used; see the log";
    struct stat about;
    *status = 503;
    if (fstat(update->config.root, &about) != 0 || about.st_nlink == 0)
        return "the data directory is missing";
    *status = 409;
    return atomic_load(&update->busy) ? "another update is under way" : NULL;
}

char *oc_update_read(oc_update_t *update, size_t *len) {
    pthread_mutex_lock(&update->lock);
    char *text = update->json ? malloc(update->json_len + 1) : NULL;
    if (text) {
        memcpy(text, update->json, update->json_len + 1);
        *len = update->json_len;
    }
    pthread_mutex_unlock(&update->lock);
    return text;
}

static void answer_read(oc_update_t *update, const oc_command_t *command) {
    size_t len = 0;
    char *text = oc_update_read(update, &len);
    oc_mailbox_reply_text(update->host.mailbox, command->request, command->generation,
                          text ? OC_OK : OC_ERR_NOMEM, 0, 0, text, len);
    free(text);
}

void oc_update_command(oc_update_t *update, const oc_command_t *command) {
    oc_parcel_t parcel = command->parcel;
    bool note = command->kind == OC_COMMAND_UPDATE_NOTE;
    oc_update_answer_t answer;
    if (command->kind == OC_COMMAND_UPDATE_READ) {
        answer_read(update, command);
        oc_mailbox_parcel_free(update->host.mailbox, &parcel);
        return;
    }
    if (note && (parcel.len > OC_UPDATE_NOTE_MAX ||
                 (parcel.len > 0 && memchr(parcel.data, '\0', parcel.len)))) {
        oc_update_refuse(&answer, 400, OC_ERR_INVAL, "malformed note");
        reply(update, command, &answer, 0);
        oc_mailbox_parcel_free(update->host.mailbox, &parcel);
        return;
    }
    oc_update_job_t *job = new_job(update, OC_UPDATE_JOB_COMMAND);
    if (job)
        job->command = *command;
    if (post(update, job))
        return;
    oc_update_refuse(&answer, 503, OC_ERR_BUSY, "the disk is too slow");
    reply(update, command, &answer, 0);
    oc_mailbox_parcel_free(update->host.mailbox, &parcel);
}

/* ---- from the script thread ---- */

static void post_after_writes(void *data) {
    oc_update_job_t *job = data;
    oc_update_t *update = job->update;
    if (!post(update, job))
        update->host.stepped(update->host.context, false);
}

/* A step that begins when the settings of scripts are on the disk. */
static void step(oc_update_t *update, enum oc_update_kind kind, enum oc_trial_why why) {
    oc_update_job_t *job = new_job(update, kind);
    if (!job) {
        update->host.stepped(update->host.context, false);
        return;
    }
    job->why = (int)why;
    update->host.written(update->host.context, post_after_writes, job);
}

static void on_prepare(void *context) {
    step(context, OC_UPDATE_JOB_PREPARE, OC_TRIAL_WHY_NONE);
}

static void on_restore(void *context, enum oc_trial_why why) {
    step(context, OC_UPDATE_JOB_RESTORE, why);
}

static bool on_left(void *context) {
    return oc_update_left(context);
}

static void on_commit(void *context) {
    oc_update_t *update = context;
    if (!post(update, new_job(update, OC_UPDATE_JOB_COMMIT)))
        update->host.stepped(update->host.context, false);
}

static void report(oc_update_t *update, enum oc_update_kind kind, int number, int why,
                   const char *text) {
    oc_update_job_t *job = new_job(update, kind);
    if (job) {
        job->number = number;
        job->why = why;
        snprintf(job->text, sizeof(job->text), "%s", text);
    }
    (void)post(update, job);
}

static void on_done(void *context, enum oc_trial_result result, enum oc_trial_why why,
                    const char *text) {
    report(context, OC_UPDATE_JOB_DONE, (int)result, (int)why, text);
}

static void on_state(void *context, enum oc_trial_state state) {
    report(context, OC_UPDATE_JOB_STATE, (int)state, 0, "");
}

static void on_ended(void *context, const char *text) {
    report(context, OC_UPDATE_JOB_ENDED, 0, 0, text);
}

static void on_lived(void *context) {
    report(context, OC_UPDATE_JOB_LIVED, 0, 0, "");
}

void oc_update_moved(oc_update_t *update) {
    if (update)
        (void)post(update, new_job(update, OC_UPDATE_JOB_MOVED));
}

oc_script_keeper_t oc_update_keeper(oc_update_t *update) {
    return (oc_script_keeper_t){.prepare = on_prepare,
                                .left = on_left,
                                .commit = on_commit,
                                .restore = on_restore,
                                .done = on_done,
                                .state = on_state,
                                .ended = on_ended,
                                .lived = on_lived,
                                .context = update};
}

int oc_update_reset(int root) {
    oc_update_disk_t disk;
    oc_trust_t trust = {0};
    oc_slots_t slots;
    int result = oc_update_disk_open(&disk, root);
    oc_slots_io_t io = oc_update_disk_io(&disk);
    if (result == OC_OK)
        result = oc_slots_open(&slots, &io, &trust);
    if (result == OC_OK)
        result = oc_slots_reset(&slots);
    oc_update_disk_close(&disk);
    return result;
}
