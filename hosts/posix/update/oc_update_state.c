/* What is said of updates: the state as JSON, lines for /metrics. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_capability.h"
#include "oc_json.h"
#include "oc_log.h"
#include "oc_update_impl.h"

/* ---- what is in the slots ---- */

static void describe(oc_update_about_t *about, enum oc_slot slot, const oc_bundle_t *bundle) {
    about->app.slot = slot;
    memcpy(about->app.name, bundle->name, sizeof(about->app.name));
    memcpy(about->app.version, bundle->version, sizeof(about->app.version));
    oc_key_id_text(bundle->key_id, about->app.key);
    memcpy(about->channel, bundle->channel, sizeof(about->channel));
    memcpy(about->revision, bundle->revision, sizeof(about->revision));
    memcpy(about->notes, bundle->notes.len ? bundle->notes.data : (const uint8_t *)"",
           bundle->notes.len);
    about->bytes = (uint32_t)bundle->bytes.len;
}

void oc_update_look(oc_update_t *update) {
    uint8_t *data = update->usable ? malloc(OC_BUNDLE_BYTES_MAX) : NULL;
    memset(update->about, 0, sizeof(update->about));
    for (unsigned i = 0; data && i < OC_SLOT_BUNDLES; i++) {
        enum oc_slot slot = i ? OC_SLOT_B : OC_SLOT_A;
        oc_bundle_why_t why;
        oc_bundle_t bundle = {0};
        int result = oc_slots_load(&update->slots, slot,
                                   (oc_slots_memory_t){data, OC_BUNDLE_BYTES_MAX}, &bundle, &why);
        update->about[i].used = result != OC_ERR_NOENT;
        update->about[i].damaged = result != OC_OK && result != OC_ERR_NOENT;
        if (result == OC_OK)
            describe(&update->about[i], slot, &bundle);
    }
    free(data);
}

/* ---- another data directory ---- */

void oc_update_follow(oc_update_t *update) {
    oc_update_disk_t there;
    oc_slots_memory_t memory = {malloc(OC_BUNDLE_BYTES_MAX), OC_BUNDLE_BYTES_MAX};
    if (!update->moves || !memory.data) {
        free(memory.data);
        return;
    }
    int result = oc_update_disk_open(&there, update->config.root);
    oc_slots_io_t io = oc_update_disk_io(&update->disk); /* there is copied to it below */
    oc_slots_io_t to = oc_update_disk_io(&there);
    if (result == OC_OK)
        result = oc_slots_move(&update->slots, &to, memory);
    free(memory.data);
    if (result != OC_OK) {
        oc_update_disk_close(&there);
        oc_log(OC_LOG_ERROR, "update", "the new data directory cannot have the updates: %s",
               oc_err_text(result));
        return;
    }
    oc_update_disk_close(&update->disk);
    update->disk = there;
    update->slots.io = io;
    update->moves = false;
    update->part = (oc_update_part_t){0}; /* what was fetched of a bundle was left behind */
    (void)oc_update_history_save(&update->history, update->config.root);
    oc_update_look(update);
}

/* ---- JSON ---- */

static const char *state_of(const oc_update_t *update) {
    if (update->config.key_count == 0)
        return "disabled";
    switch (update->trial) {
    case OC_TRIAL_PREPARING:
    case OC_TRIAL_ASKING:
    case OC_TRIAL_ENDING:
        return "handing-over";
    case OC_TRIAL_STARTING:
    case OC_TRIAL_WATCHING:
    case OC_TRIAL_COMMITTING:
        return "trial";
    case OC_TRIAL_UNDOING:
    case OC_TRIAL_RESTORING:
    case OC_TRIAL_RETURNING:
        return "rolling-back";
    default:
        return atomic_load(&update->busy) ? "staged" : "idle";
    }
}

static void write_keys(const oc_update_t *update, oc_json_t *json) {
    char text[OC_KEY_ID_TEXT];
    uint8_t id[OC_KEY_ID];
    oc_json_key(json, "keys");
    oc_json_begin_array(json);
    for (uint32_t i = 0; i < update->trust.key_count; i++) {
        oc_key_id(update->trust.points[i], id);
        oc_key_id_text(id, text);
        if (!oc_trust_is_revoked(&update->trust, id))
            oc_json_string(json, text);
    }
    oc_json_end_array(json);
    oc_json_key(json, "revoked");
    oc_json_begin_array(json);
    for (uint32_t i = 0; i < update->trust.revoked_count; i++) {
        oc_key_id_text(update->trust.revoked[i], text);
        oc_json_string(json, text);
    }
    oc_json_end_array(json);
}

static const char *role_of(const oc_update_t *update, enum oc_slot slot) {
    const oc_slot_record_t *record = &update->slots.record;
    return record->trial == slot          ? "trial"
           : update->running.slot == slot ? "active"
           : record->previous == slot     ? "previous"
                                          : NULL;
}

static void write_slot(const oc_update_t *update, unsigned index, oc_json_t *json) {
    const oc_update_about_t *about = &update->about[index];
    enum oc_slot slot = index ? OC_SLOT_B : OC_SLOT_A;
    if (!about->used)
        return;
    oc_json_begin_object(json);
    oc_json_member_string(json, "slot", oc_slot_name(slot));
    oc_json_member_string(json, "name", about->app.name);
    oc_json_member_string(json, "version", about->app.version);
    const char *role = about->damaged ? "damaged" : role_of(update, slot);
    if (role)
        oc_json_member_string(json, "state", role);
    oc_json_member_string(json, "keyId", about->app.key);
    oc_json_member_string(json, "channel", about->channel);
    oc_json_member_string(json, "revision", about->revision);
    oc_json_member_string(json, "notes", about->notes);
    oc_json_member_int(json, "bytes", about->bytes);
    oc_json_end_object(json);
}

static void write_slots(const oc_update_t *update, oc_json_t *json) {
    const char *role = update->usable ? role_of(update, OC_SLOT_FACTORY) : "active";
    oc_json_key(json, "slots");
    oc_json_begin_array(json);
    oc_json_begin_object(json);
    oc_json_member_string(json, "slot", "factory");
    oc_json_member_string(json, "name", update->factory.name);
    oc_json_member_string(json, "version", update->factory.version);
    if (role)
        oc_json_member_string(json, "state", role);
    oc_json_end_object(json);
    for (unsigned i = 0; i < OC_SLOT_BUNDLES; i++)
        write_slot(update, i, json);
    oc_json_end_array(json);
}

static void write_trial(const oc_update_t *update, oc_json_t *json) {
    oc_json_key(json, "trial");
    if (update->trying.slot == OC_SLOT_NONE) {
        oc_json_null(json);
    } else {
        oc_json_begin_object(json);
        oc_json_member_string(json, "version", update->trying.version);
        oc_json_member_string(json, "from", update->running.version);
        unsigned seconds = update->config.trial_seconds;
        oc_json_member_int(json, "seconds", seconds ? seconds : OC_TRIAL_SECONDS);
        oc_json_end_object(json);
    }
    oc_json_key(json, "progress");
    if (!update->part.begun) {
        oc_json_null(json);
    } else {
        oc_json_begin_object(json);
        oc_json_member_int(json, "bytes", update->part.have);
        oc_json_member_int(json, "of", update->part.bytes);
        oc_json_end_object(json);
    }
}

/* JSON of a script, as it came: it is its own. */
static void write_note(const oc_update_t *update, oc_json_t *json) {
    size_t len = strlen(update->note);
    oc_json_key(json, "available");
    if (len == 0 || json->bad || json->size - json->len < len) {
        oc_json_null(json);
        return;
    }
    memcpy(json->out + json->len, update->note, len);
    json->len += len;
    json->comma = true;
}

static void write_state(const oc_update_t *update, oc_json_t *json) {
    oc_json_begin_object(json);
    oc_json_member_string(json, "name", update->running.name);
    oc_json_member_string(json, "version", update->running.version);
    oc_json_member_string(json, "state", state_of(update));
    oc_json_member_string(json, "slot", oc_slot_name(update->running.slot));
    oc_json_member_string(json, "host", update->config.version);
    oc_json_member_int(json, "apiLevel", OC_API_LEVEL);
    oc_json_member_string(json, "engine", update->engine);
    oc_json_member_int(json, "counter", update->slots.record.counter);
    write_keys(update, json);
    write_slots(update, json);
    write_trial(update, json);
    write_note(update, json);
    oc_update_history_write(&update->history, json);
    oc_json_end_object(json);
}

void oc_update_publish(oc_update_t *update) {
    char *text = malloc(OC_UPDATE_JSON_MAX + 1);
    if (!text)
        return; /* the state before stays */
    oc_json_t json = oc_json(text, OC_UPDATE_JSON_MAX);
    write_state(update, &json);
    if (json.bad) {
        free(text);
        return;
    }
    text[json.len] = '\0';
    pthread_mutex_lock(&update->lock);
    char *before = update->json;
    update->json = text;
    update->json_len = json.len;
    pthread_mutex_unlock(&update->lock);
    free(before);
}

/* ---- metrics ---- */

size_t oc_update_metrics(oc_update_t *update, char *out, size_t size) {
    int len = snprintf(out, size,
                       "# HELP ocellus_update_busy Whether an update is under way.\n"
                       "# TYPE ocellus_update_busy gauge\n"
                       "ocellus_update_busy %d\n"
                       "# HELP ocellus_updates_total Updates of the application since the start, "
                       "by result.\n"
                       "# TYPE ocellus_updates_total counter\n",
                       atomic_load(&update->busy));
    for (unsigned i = 0; i < OC_UPDATE_RESULTS && len > 0 && (size_t)len < size; i++)
        len += snprintf(out + len, size - (size_t)len, "ocellus_updates_total{result=\"%s\"} %u\n",
                        oc_update_results[i].word, atomic_load(&update->results[i]));
    return len > 0 && (size_t)len < size ? (size_t)len : 0;
}
