/* What becomes of a bundle: staged, tried, committed or given up. */
#define _GNU_SOURCE
#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_assert.h"
#include "oc_app_archives.h"
#include "oc_app_needs.h"
#include "oc_log.h"
#include "oc_posix.h"
#include "oc_settings_file.h"
#include "oc_update_impl.h"

/* ---- what is told ---- */

void oc_update_refuse(oc_update_answer_t *answer, int status, int code, const char *text) {
    *answer = (oc_update_answer_t){.status = status, .code = code};
    snprintf(answer->text, sizeof(answer->text), "%s", text);
}

const oc_update_result_t oc_update_results[OC_UPDATE_RESULTS] = {
    {"committed", OC_EVENT_UPDATE_COMMITTED, false},
    {"rolled-back", OC_EVENT_UPDATE_ROLLED_BACK, true},
    {"refused", OC_EVENT_UPDATE_REFUSED, true},
    {"revoked", OC_EVENT_UPDATE_REVOKED, false},
    {"interrupted", OC_EVENT_UPDATE_INTERRUPTED, true},
};

/* Place in oc_update_results of one of its words. */
static unsigned place_of(const char *result) {
    unsigned place = OC_UPDATE_RESULTS - 1;
    while (place > 0 && strcmp(result, oc_update_results[place].word) != 0)
        place--;
    oc_assert(strcmp(result, oc_update_results[place].word) == 0);
    return place;
}

void oc_update_note(oc_update_t *update, const oc_update_entry_t *given, const char *stack) {
    oc_update_entry_t entry = *given;
    char line[400];
    oc_clock_t clock;
    oc_posix_clock(&clock);
    if (clock.quality != OC_CLOCK_NONE)
        entry.wall_us = oc_clock_wall_us(&clock, oc_posix_now_us());
    snprintf(line, sizeof(line), "%s from %s, key %s, by %s: %s%s%s",
             entry.version[0] ? entry.version : "unknown", entry.from,
             entry.key[0] ? entry.key : "none", entry.by, entry.result, entry.why[0] ? ": " : "",
             entry.why);
    unsigned place = place_of(entry.result);
    bool bad = oc_update_results[place].bad;
    oc_log(bad ? OC_LOG_WARN : OC_LOG_INFO, "update", "%s", line);
    if (update->host.event)
        update->host.event(update->host.context, oc_update_results[place].event,
                           bad ? OC_ERR_STATE : OC_OK, line);
    atomic_fetch_add(&update->results[place], 1);
    oc_update_history_add(&update->history, &entry, stack);
    int result = oc_update_history_save(&update->history, update->config.root);
    if (result != OC_OK)
        oc_log(OC_LOG_WARN, "update", "the history cannot be kept: %s", oc_err_text(result));
}

/* An attempt of the bundle that was read, or of none. */
static oc_update_entry_t entry_of(const oc_update_t *update, const oc_bundle_t *bundle,
                                  const char *result, const char *by) {
    static const uint8_t none[OC_KEY_ID];
    oc_update_entry_t entry = {0};
    if (bundle) {
        memcpy(entry.version, bundle->version, sizeof(entry.version));
        if (memcmp(bundle->key_id, none, OC_KEY_ID) != 0)
            oc_key_id_text(bundle->key_id, entry.key);
    }
    memcpy(entry.from, update->running.version, sizeof(entry.from));
    snprintf(entry.result, sizeof(entry.result), "%s", result);
    snprintf(entry.by, sizeof(entry.by), "%s", by);
    return entry;
}

/* ---- staged ---- */

static int status_of(enum oc_bundle_fault fault) {
    switch (fault) {
    case OC_BUNDLE_TOO_BIG:
        return 413;
    case OC_BUNDLE_SIGNATURE:
    case OC_BUNDLE_UNKNOWN_KEY:
    case OC_BUNDLE_REVOKED_KEY:
    case OC_BUNDLE_REVOCATION:
        return 403;
    case OC_BUNDLE_HOST:
    case OC_BUNDLE_API_LEVEL:
    case OC_BUNDLE_ENGINE:
        return 412;
    case OC_BUNDLE_COUNTER:
    case OC_BUNDLE_SAME:
    case OC_BUNDLE_FAILED:
        return 409;
    default:
        return 400;
    }
}

/* The archive can be run, and declares what the manifest says. */
static int check_archive(const oc_update_t *update, const oc_bundle_t *bundle,
                         oc_bundle_why_t *why) {
    char text[OC_APP_NEEDS_TEXT];
    oc_app_needs_t needs;
    oc_span_t archive = oc_bundle_archive(bundle, update->engine);
    int result = oc_app_archives_check(archive.data, archive.len, text, sizeof(text));
    if (result == OC_OK)
        result = oc_app_needs_read(archive.data, archive.len, &needs, text, sizeof(text));
    if (result != OC_OK)
        return oc_bundle_refuse(why, OC_BUNDLE_FORMAT, "its archive: %.120s", text);
    if (needs.capabilities != bundle->capabilities)
        return oc_bundle_refuse(why, OC_BUNDLE_FORMAT,
                                "its archive declares other capabilities than the manifest");
    return OC_OK;
}

static int check(const oc_update_t *update, oc_bundle_t *bundle, const char *by,
                 oc_bundle_why_t *why) {
    oc_bundle_host_t host = {update->config.version, update->engine, OC_API_LEVEL};
    int result = oc_bundle_verify(bundle, &update->trust, why);
    if (result == OC_OK)
        result = oc_bundle_fits(bundle, &host, why);
    if (result == OC_OK && bundle->archive_count > 0)
        result = check_archive(update, bundle, why);
    if (result == OC_OK)
        result = oc_slots_admit(&update->slots, bundle, update->running.name,
                                update->running.version, strcmp(by, "script") == 0, why);
    return result;
}

/* A bundle without an archive. */
static void revoke(oc_update_t *update, const oc_bundle_t *bundle, const char *by,
                   oc_update_answer_t *answer) {
    int result = oc_slots_revoke(&update->slots, bundle);
    oc_update_entry_t entry = entry_of(update, bundle, result == OC_OK ? "revoked" : "refused", by);
    if (result == OC_OK)
        snprintf(answer->text, sizeof(answer->text), "%s", bundle->version);
    else
        oc_update_refuse(answer, result == OC_ERR_DISK_FULL ? 507 : 500, result,
                         oc_err_text(result));
    snprintf(entry.why, sizeof(entry.why), "%s", result == OC_OK ? "" : oc_err_text(result));
    oc_update_note(update, &entry, NULL);
}

/* The staged application takes the place of the one that runs, on trial. */
static int begin(oc_update_t *update, const oc_update_app_t *app, bool state, const char *by,
                 oc_update_answer_t *answer) {
    char why[OC_BUNDLE_WHY];
    oc_script_change_t change = {
        .state = state, .trial = true, .always = true, .seconds = update->config.trial_seconds};
    update->trying = *app;
    update->by = by;
    atomic_store(&update->busy, true);
    int result = update->host.change(update->host.context, app->archive.data, app->archive.len,
                                     &change, why, sizeof(why));
    if (result == OC_OK) {
        snprintf(answer->text, sizeof(answer->text), "%s", app->version);
        return OC_OK;
    }
    update->trying.slot = OC_SLOT_NONE;
    atomic_store(&update->busy, false);
    oc_update_refuse(answer, result == OC_ERR_BUSY ? 409 : 400, result,
                     result == OC_ERR_FORMAT ? why
                     : result == OC_ERR_BUSY ? "another update is under way"
                                             : oc_err_text(result));
    return result;
}

static void fail_staging(oc_update_t *update, const oc_bundle_t *bundle, const char *by,
                         const oc_update_answer_t *answer) {
    oc_update_entry_t entry = entry_of(update, bundle, "refused", by);
    snprintf(entry.why, sizeof(entry.why), "%s", answer->text);
    oc_update_note(update, &entry, NULL);
}

/* Into the free slot, and on trial. */
static int install(oc_update_t *update, const oc_bundle_t *bundle, const char *by,
                   oc_update_answer_t *answer) {
    int result = oc_slots_stage(&update->slots, bundle);
    if (result != OC_OK) {
        oc_update_refuse(answer, result == OC_ERR_DISK_FULL ? 507 : 500, result,
                         result == OC_ERR_DISK_FULL ? "there is no room on the disk"
                                                    : oc_err_text(result));
        return result;
    }
    oc_update_app_t app = {.slot = update->slots.staged};
    memcpy(app.name, bundle->name, sizeof(app.name));
    memcpy(app.version, bundle->version, sizeof(app.version));
    oc_key_id_text(bundle->key_id, app.key);
    app.archive = oc_bundle_archive(bundle, update->engine);
    return begin(update, &app, true, by, answer);
}

void oc_update_stage(oc_update_t *update, uint8_t *data, size_t size, const char *by,
                     oc_update_answer_t *answer) {
    oc_bundle_why_t why = {0};
    oc_bundle_t bundle = {0};
    int status;
    const char *refused = oc_update_refuses(update, &status);
    if (refused) {
        oc_update_refuse(answer, status, OC_ERR_STATE, refused);
        free(data);
        return;
    }
    int result = oc_bundle_read(&bundle, oc_span(data, size), &why);
    bool read = result == OC_OK;
    if (read)
        result = check(update, &bundle, by, &why);
    if (result != OC_OK)
        oc_update_refuse(answer, status_of(why.fault), result, why.text);
    else if (bundle.archive_count == 0)
        revoke(update, &bundle, by, answer);
    else
        result = install(update, &bundle, by, answer);
    if (result != OC_OK)
        fail_staging(update, read ? &bundle : NULL, by, answer);
    if (result == OC_OK && bundle.archive_count > 0) {
        free(update->tried.data);
        update->tried = (oc_update_bundle_t){data, bundle};
    } else {
        free(data);
    }
    oc_update_look(update);
}

/* The application before, with its bundle in tried. False: there is none that works. */
static bool load_previous(oc_update_t *update, oc_update_app_t *app, oc_bundle_why_t *why) {
    enum oc_slot slot = update->slots.record.previous;
    if (slot == OC_SLOT_FACTORY) {
        *app = update->factory;
        return true;
    }
    uint8_t *data = malloc(OC_BUNDLE_BYTES_MAX);
    oc_bundle_t bundle = {0};
    oc_bundle_host_t host = {update->config.version, update->engine, OC_API_LEVEL};
    if (!data ||
        oc_slots_load(&update->slots, slot, (oc_slots_memory_t){data, OC_BUNDLE_BYTES_MAX}, &bundle,
                      why) != OC_OK ||
        oc_bundle_fits(&bundle, &host, why) != OC_OK) {
        free(data);
        return false;
    }
    free(update->tried.data);
    update->tried = (oc_update_bundle_t){data, bundle};
    *app = (oc_update_app_t){.slot = slot};
    memcpy(app->name, bundle.name, sizeof(app->name));
    memcpy(app->version, bundle.version, sizeof(app->version));
    oc_key_id_text(bundle.key_id, app->key);
    app->archive = oc_bundle_archive(&bundle, update->engine);
    return true;
}

void oc_update_stage_previous(oc_update_t *update, const char *by, oc_update_answer_t *answer) {
    oc_bundle_why_t why = {.text = "there is nothing to go back to"};
    oc_update_app_t app;
    int status;
    const char *refused = oc_update_refuses(update, &status);
    if (refused)
        oc_update_refuse(answer, status, OC_ERR_STATE, refused);
    else if (update->slots.record.previous == OC_SLOT_NONE || !load_previous(update, &app, &why))
        oc_update_refuse(answer, 409, OC_ERR_NOENT, why.text);
    else /* what the newer one hands over may be more than the older one understands */
        (void)begin(update, &app, false, by, answer);
}

/* ---- the steps of a trial ---- */

static bool is_previous(const oc_update_t *update) {
    return update->trying.slot == update->slots.record.previous;
}

void oc_update_prepare(oc_update_t *update) {
    int result = oc_settings_copy(update->config.root, OC_SETTINGS_COPY,
                                  oc_slot_name(update->slots.running));
    if (result == OC_OK)
        result = is_previous(update) ? oc_slots_try_previous(&update->slots)
                                     : oc_slots_try(&update->slots);
    if (result != OC_OK) {
        oc_log(OC_LOG_ERROR, "update", "the trial cannot begin: %s", oc_err_text(result));
        (void)oc_settings_drop(update->config.root, OC_SETTINGS_COPY);
    }
    update->host.stepped(update->host.context, result == OC_OK);
}

static void note_written(void *context) {
    sem_post(context);
}

bool oc_update_left(oc_update_t *update) {
    sem_t written;
    if (!is_previous(update))
        return true;
    sem_init(&written, 0, 0);
    update->host.written(update->host.context, note_written, &written);
    while (sem_wait(&written) != 0 && errno == EINTR)
        ;
    sem_destroy(&written);
    int result = oc_settings_use(update->config.root, OC_SETTINGS_PREVIOUS);
    if (result == OC_OK || result == OC_ERR_NOENT)
        return true; /* none were kept: those of now */
    oc_log(OC_LOG_ERROR, "update", "the earlier settings cannot be used: %s", oc_err_text(result));
    return false;
}

void oc_update_commit(oc_update_t *update) {
    const oc_bundle_t *bundle = is_previous(update) ? NULL : &update->tried.bundle;
    int result = oc_slots_commit(&update->slots, bundle);
    if (result != OC_OK)
        oc_log(OC_LOG_ERROR, "update", "the record cannot be written: %s", oc_err_text(result));
    update->host.stepped(update->host.context, result == OC_OK);
}

static void tell(int result, const char *lost) {
    if (result != OC_OK)
        oc_log(OC_LOG_ERROR, "update", "the settings cannot be put back: %s", oc_err_text(result));
    else if (lost[0])
        oc_log(OC_LOG_WARN, "update",
               "settings that were changed in a form which only the other application knows are as "
               "before it: %s",
               lost);
}

int oc_update_put_back(oc_update_t *update, const char *copy) {
    char lost[256];
    int result = oc_settings_put_back(update->config.root, copy, lost, sizeof(lost));
    if (result == OC_ERR_NOENT)
        return OC_OK; /* it was put back before */
    tell(result, lost);
    return result;
}

void oc_update_settle(oc_update_t *update) {
    char lost[256];
    enum oc_slot running = update->newer ? OC_SLOT_NONE : update->running.slot;
    tell(oc_settings_settle(update->config.root, oc_slot_name(running),
                            oc_slot_name(update->slots.record.previous), lost, sizeof(lost)),
         lost);
}

void oc_update_restore(oc_update_t *update, enum oc_trial_why why) {
    int result = oc_update_put_back(update, OC_SETTINGS_COPY);
    /* with the settings of the one on trial in place, the record still says so: the next start puts
     * them back */
    if (result == OC_OK && update->slots.record.trial != OC_SLOT_NONE) {
        enum oc_slots_verdict verdict = why == OC_TRIAL_WHY_STOPPED        ? OC_SLOTS_INTERRUPTED
                                        : why == OC_TRIAL_WHY_STOPPED_WELL ? OC_SLOTS_STOPPED
                                                                           : OC_SLOTS_FAILED;
        result = oc_slots_give_up(&update->slots, verdict);
        if (result != OC_OK)
            oc_log(OC_LOG_ERROR, "update", "the record cannot be written: %s", oc_err_text(result));
    }
    update->host.stepped(update->host.context, true);
}

static void take_over(oc_update_t *update) {
    int result = oc_settings_keep(update->config.root);
    if (result != OC_OK)
        oc_log(OC_LOG_WARN, "update", "the earlier settings cannot be kept: %s",
               oc_err_text(result));
    update->running = update->trying;
    update->running.archive = oc_span(NULL, 0); /* the supervisor has its copy */
}

void oc_update_done(oc_update_t *update, enum oc_trial_result result, enum oc_trial_why why,
                    const char *text) {
    static const char *const results[] = {[OC_TRIAL_RUNNING] = "interrupted",
                                          [OC_TRIAL_COMMITTED] = "committed",
                                          [OC_TRIAL_ROLLED_BACK] = "rolled-back",
                                          [OC_TRIAL_REFUSED] = "refused",
                                          [OC_TRIAL_INTERRUPTED] = "interrupted"};
    const oc_update_app_t *app = &update->trying;
    oc_update_entry_t entry = entry_of(update, NULL, results[result], update->by);
    memcpy(entry.version, app->version, sizeof(entry.version));
    memcpy(entry.key, app->key, sizeof(entry.key));
    snprintf(entry.why, sizeof(entry.why), "%s", oc_trial_why_name(why));
    if (result == OC_TRIAL_COMMITTED)
        take_over(update);
    const char *stack = text[0] ? text : oc_trial_why_text(why);
    oc_update_note(update, &entry, result == OC_TRIAL_ROLLED_BACK ? stack : NULL);
    free(update->tried.data);
    update->tried = (oc_update_bundle_t){0};
    update->trying.slot = OC_SLOT_NONE;
    update->trial = OC_TRIAL_IDLE;
    atomic_store(&update->busy, false);
    oc_update_look(update);
}

/* ---- a committed application that does not live ---- */

void oc_update_ended(oc_update_t *update, const char *text) {
    if (!update->usable || atomic_load(&update->busy) || oc_slots_ended(&update->slots) != OC_END)
        return;
    char why[OC_BUNDLE_WHY];
    oc_script_change_t change = {.always = true};
    oc_update_app_t before = update->running;
    uint8_t *data = oc_update_choose(update);
    (void)oc_update_put_back(update, OC_SETTINGS_PREVIOUS);
    oc_update_entry_t entry = {.result = "rolled-back", .why = "crash-loop", .by = "host"};
    memcpy(entry.version, before.version, sizeof(entry.version));
    memcpy(entry.from, before.version, sizeof(entry.from));
    memcpy(entry.key, before.key, sizeof(entry.key));
    oc_update_note(update, &entry, text);
    int result = update->host.change(update->host.context, update->running.archive.data,
                                     update->running.archive.len, &change, why, sizeof(why));
    if (result != OC_OK)
        oc_log(OC_LOG_ERROR, "update", "%s %s cannot be started: %s", update->running.name,
               update->running.version, result == OC_ERR_FORMAT ? why : oc_err_text(result));
    free(data);
    oc_update_look(update);
}
