/* See oc_slots.h. */
#include "oc_slots.h"

#include "oc_err.h"

#define PIECE 512 /* bytes that are compared at a time */

static enum oc_slots_place place_of(enum oc_slot slot) {
    return slot == OC_SLOT_A ? OC_SLOTS_A : OC_SLOTS_B;
}

static bool is_bundle(enum oc_slot slot) {
    return slot == OC_SLOT_A || slot == OC_SLOT_B;
}

static unsigned index_of(enum oc_slot slot) {
    return slot == OC_SLOT_A ? 0 : 1;
}

/* ---- the record ---- */

/* Whether a place holds these bytes. */
static int compare(const oc_slots_t *slots, enum oc_slots_place place, oc_span_t expected) {
    uint8_t piece[PIECE];
    for (size_t at = 0; at < expected.len; at += sizeof piece) {
        size_t size = expected.len - at < sizeof piece ? expected.len - at : sizeof piece;
        int result = slots->io.read(slots->io.context, place, (uint32_t)at, piece, size);
        if (result != OC_OK)
            return result;
        if (memcmp(piece, expected.data + at, size) != 0)
            return OC_ERR_IO;
    }
    return OC_OK;
}

/* Writes a place from its beginning, flushes it and looks at what is there. */
static int put(const oc_slots_t *slots, enum oc_slots_place place, oc_span_t bytes) {
    const oc_slots_io_t *io = &slots->io;
    int result = io->erase(io->context, place, (uint32_t)bytes.len);
    if (result == OC_OK)
        result = io->write(io->context, place, 0, bytes.data, bytes.len);
    if (result == OC_OK)
        result = io->flush(io->context, place);
    return result == OC_OK ? compare(slots, place, bytes) : result;
}

/* Makes `next` the record, in the older copy. After an error the record is as it was, and the same
 * copy is written the next time: what may have arrived there has a number that is used again. */
static int replace(oc_slots_t *slots, oc_slot_record_t *next) {
    uint8_t bytes[OC_SLOT_RECORD_BYTES];
    uint8_t copy = slots->copy ^ 1;
    next->sequence = slots->record.sequence + 1;
    oc_slot_record_write(next, bytes);
    int result =
        put(slots, copy ? OC_SLOTS_RECORD_1 : OC_SLOTS_RECORD_0, oc_span(bytes, sizeof bytes));
    if (result != OC_OK)
        return result;
    slots->record = *next;
    slots->copy = copy;
    return OC_OK;
}

static int read_copy(const oc_slots_t *slots, unsigned copy, oc_slot_record_t *record) {
    uint8_t bytes[OC_SLOT_RECORD_BYTES];
    int result = slots->io.read(slots->io.context, copy ? OC_SLOTS_RECORD_1 : OC_SLOTS_RECORD_0, 0,
                                bytes, sizeof bytes);
    if (result == OC_ERR_TRUNC) /* never written to its end */
        return OC_ERR_NOENT;
    return result == OC_OK ? oc_slot_record_read(record, bytes) : result;
}

int oc_slots_open(oc_slots_t *slots, const oc_slots_io_t *io, oc_trust_t *trust) {
    const oc_slots_io_t own = *io; /* io may be that of slots: opened again */
    oc_slot_record_t record;
    int results[2];
    memset(slots, 0, sizeof *slots);
    slots->io = own;
    slots->trust = trust;
    slots->record.previous = slots->record.trial = OC_SLOT_NONE;
    slots->staged = OC_SLOT_NONE;
    slots->copy = 1;
    slots->found = OC_SLOTS_FRESH;
    for (unsigned copy = 0; copy < 2; copy++) {
        results[copy] = read_copy(slots, copy, &record);
        if (results[copy] == OC_ERR_FORMAT && slots->found == OC_SLOTS_FRESH)
            slots->found = OC_SLOTS_LOST;
        if (results[copy] != OC_OK || record.sequence < slots->record.sequence)
            continue;
        slots->record = record;
        slots->copy = (uint8_t)copy;
        slots->found = OC_SLOTS_FOUND;
    }
    for (unsigned copy = 0; copy < 2; copy++)
        if (slots->found != OC_SLOTS_FOUND && results[copy] != OC_ERR_FORMAT &&
            results[copy] != OC_ERR_NOENT)
            return OC_ERR_IO;
    /* a first write that was torn, with nothing before it */
    if (results[0] == OC_ERR_FORMAT && results[1] == OC_ERR_NOENT)
        slots->found = OC_SLOTS_FRESH;
    trust->revoked_count = slots->record.revoked_count;
    memcpy(trust->revoked, slots->record.revoked, sizeof trust->revoked);
    return OC_OK;
}

/* ---- what runs ---- */

int oc_slots_load(const oc_slots_t *slots, enum oc_slot slot, oc_slots_memory_t memory,
                  oc_bundle_t *bundle, oc_bundle_why_t *why) {
    const oc_slot_record_t *record = &slots->record;
    if (!is_bundle(slot) ||
        (record->active != slot && record->previous != slot && record->trial != slot))
        return OC_ERR_NOENT;
    uint32_t size = record->bytes[index_of(slot)];
    if (size > memory.size)
        return oc_bundle_refuse(why, OC_BUNDLE_TOO_BIG, "larger than the memory of this host");
    int result = slots->io.read(slots->io.context, place_of(slot), 0, memory.data, size);
    if (result == OC_ERR_TRUNC)
        return oc_bundle_refuse(why, OC_BUNDLE_FORMAT, "shorter than it was written");
    if (result != OC_OK) {
        oc_bundle_refuse(why, OC_BUNDLE_FORMAT, "cannot be read: %s", oc_err_text(result));
        return OC_ERR_IO;
    }
    result = oc_bundle_read(bundle, oc_span(memory.data, size), why);
    if (result == OC_OK)
        result = oc_bundle_verify(bundle, slots->trust, why);
    if (result == OC_OK &&
        memcmp(bundle->digest, record->digest[index_of(slot)], OC_SLOT_DIGEST) != 0)
        return oc_bundle_refuse(why, OC_BUNDLE_HASH, "another bundle than the one put there");
    return result;
}

static void digest_of_factory(const char *name, const char *version,
                              uint8_t digest[OC_SLOT_DIGEST]) {
    const oc_span_t parts[] = {oc_span(name, strlen(name) + 1), oc_span(version, strlen(version))};
    uint8_t hash[OC_CRYPTO_HASH];
    oc_hash(OC_HASH_SHA256, parts, 2, hash);
    memcpy(digest, hash, OC_SLOT_DIGEST);
}

/* The host was updated, and brought a newer one of the same application. */
static bool factory_is_newer(const oc_slots_t *slots, const char *name, const char *version,
                             const oc_bundle_t *bundle) {
    return memcmp(slots->factory, slots->record.factory, OC_SLOT_DIGEST) != 0 &&
           strcmp(name, bundle->name) == 0 &&
           oc_semver_compare(oc_span(version, strlen(version)),
                             oc_span(bundle->version, strlen(bundle->version))) > 0;
}

void oc_slots_boot(oc_slots_t *slots, const char *factory_name, const char *factory_version,
                   const oc_bundle_host_t *host, oc_slots_memory_t memory,
                   oc_slots_choice_t *choice) {
    const enum oc_slot order[] = {slots->record.active, slots->record.previous};
    memset(choice, 0, sizeof *choice);
    digest_of_factory(factory_name, factory_version, slots->factory);
    choice->settings_back = slots->record.trial != OC_SLOT_NONE;
    slots->running = OC_SLOT_FACTORY;
    for (unsigned i = 0; i < 2 && order[i] != OC_SLOT_FACTORY; i++) {
        if (!is_bundle(order[i]))
            continue;
        oc_bundle_why_t *why = &choice->why[index_of(order[i])];
        if (oc_slots_load(slots, order[i], memory, &choice->bundle, why) != OC_OK ||
            oc_bundle_fits(&choice->bundle, host, why) != OC_OK)
            continue;
        choice->factory_newer =
            factory_is_newer(slots, factory_name, factory_version, &choice->bundle);
        if (!choice->factory_newer)
            slots->running = order[i];
        break;
    }
    choice->run = slots->running;
    if (choice->run == OC_SLOT_FACTORY)
        memset(&choice->bundle, 0, sizeof choice->bundle);
}

/* ---- a new bundle ---- */

static const oc_slot_failed_t *failed_entry(const oc_slot_record_t *record, const uint8_t *digest) {
    for (unsigned i = 0; i < OC_SLOT_FAILED_MAX; i++)
        if (record->failed[i].tries &&
            memcmp(record->failed[i].digest, digest, OC_SLOT_DIGEST) == 0)
            return &record->failed[i];
    return NULL;
}

/* Takes an update off the list. */
static void forget_failed(oc_slot_record_t *record, const uint8_t *digest) {
    const oc_slot_failed_t *entry = failed_entry(record, digest);
    if (!entry)
        return;
    for (size_t i = (size_t)(entry - record->failed); i + 1 < OC_SLOT_FAILED_MAX; i++)
        record->failed[i] = record->failed[i + 1];
    record->failed[OC_SLOT_FAILED_MAX - 1] = (oc_slot_failed_t){0};
}

/* Puts it at the head of the list; the oldest entry goes. */
static void note_failed(oc_slot_record_t *record, const uint8_t *digest, unsigned tries) {
    const oc_slot_failed_t *entry = failed_entry(record, digest);
    oc_slot_failed_t now = {.tries = (uint8_t)(tries + (entry ? entry->tries : 0))};
    if (now.tries > OC_SLOT_TRIES)
        now.tries = OC_SLOT_TRIES;
    memcpy(now.digest, digest, OC_SLOT_DIGEST);
    forget_failed(record, digest);
    memmove(&record->failed[1], &record->failed[0], sizeof record->failed - sizeof now);
    record->failed[0] = now;
}

int oc_slots_admit(const oc_slots_t *slots, const oc_bundle_t *bundle, const char *name,
                   const char *version, bool older, oc_bundle_why_t *why) {
    const oc_slot_failed_t *entry = failed_entry(&slots->record, bundle->digest);
    if (!bundle->archive_count) /* it takes keys out, and brings nothing that could be older */
        return OC_OK;
    if (bundle->counter < slots->record.counter)
        return oc_bundle_refuse(why, OC_BUNDLE_COUNTER,
                                "its counter is %u, this device takes nothing below %u",
                                (unsigned)bundle->counter, (unsigned)slots->record.counter);
    bool same = strcmp(bundle->name, name) == 0;
    if (same && strcmp(bundle->version, version) == 0)
        return oc_bundle_refuse(why, OC_BUNDLE_SAME, "%s runs already", version);
    if (same && !older && bundle->counter == slots->record.counter &&
        oc_semver_check(oc_span(version, strlen(version))) == OC_OK &&
        oc_semver_compare(oc_span(bundle->version, strlen(bundle->version)),
                          oc_span(version, strlen(version))) < 0)
        return oc_bundle_refuse(why, OC_BUNDLE_COUNTER,
                                "%s runs, which is newer: sign an older one with a higher counter "
                                "than %u",
                                version, (unsigned)slots->record.counter);
    if (entry && entry->tries >= OC_SLOT_TRIES)
        return oc_bundle_refuse(why, OC_BUNDLE_FAILED, "its trial has failed before");
    return OC_OK;
}

/* Never what runs; the active one only when the other one runs in its place. */
static enum oc_slot free_slot(const oc_slots_t *slots) {
    if (is_bundle(slots->running))
        return slots->running == OC_SLOT_A ? OC_SLOT_B : OC_SLOT_A;
    return slots->record.active == OC_SLOT_A ? OC_SLOT_B : OC_SLOT_A;
}

int oc_slots_stage(oc_slots_t *slots, const oc_bundle_t *bundle) {
    oc_slot_record_t next = slots->record;
    enum oc_slot slot = free_slot(slots);
    if (!bundle->archive_count)
        return OC_ERR_INVAL;
    if (slots->record.trial != OC_SLOT_NONE)
        return OC_ERR_STATE;
    slots->staged = OC_SLOT_NONE;
    if (next.active == slot)
        next.active = slots->running;
    if (next.previous == slot)
        next.previous = OC_SLOT_NONE;
    if (next.previous == next.active)
        next.previous = OC_SLOT_NONE;
    if (next.active != slots->record.active || next.previous != slots->record.previous) {
        int result = replace(slots, &next);
        if (result != OC_OK)
            return result;
    }
    int result = put(slots, place_of(slot), bundle->bytes);
    if (result != OC_OK)
        return result;
    slots->staged = slot;
    slots->record.bytes[index_of(slot)] = (uint32_t)bundle->bytes.len; /* written with the trial */
    memcpy(slots->record.digest[index_of(slot)], bundle->digest, OC_SLOT_DIGEST);
    return OC_OK;
}

static int begin_trial(oc_slots_t *slots, enum oc_slot slot) {
    oc_slot_record_t next = slots->record;
    if (slots->record.trial != OC_SLOT_NONE)
        return OC_ERR_STATE;
    next.trial = slot;
    int result = replace(slots, &next);
    if (result != OC_OK) { /* it may have arrived all the same, and would put settings back */
        next = slots->record;
        (void)replace(slots, &next);
    }
    return result;
}

int oc_slots_try(oc_slots_t *slots) {
    return slots->staged == OC_SLOT_NONE ? OC_ERR_STATE : begin_trial(slots, slots->staged);
}

int oc_slots_try_previous(oc_slots_t *slots) {
    if (slots->record.previous == OC_SLOT_NONE || slots->record.previous == slots->running)
        return OC_ERR_NOENT;
    return begin_trial(slots, slots->record.previous);
}

int oc_slots_commit(oc_slots_t *slots, const oc_bundle_t *bundle) {
    oc_slot_record_t next = slots->record;
    oc_trust_t trust = *slots->trust;
    if (next.trial == OC_SLOT_NONE)
        return OC_ERR_STATE;
    next.active = next.trial;
    next.previous = slots->running;
    next.trial = OC_SLOT_NONE;
    next.ends = 0;
    memcpy(next.factory, slots->factory, sizeof next.factory);
    if (bundle) {
        int result = oc_bundle_revoke(bundle, &trust);
        if (result != OC_OK)
            return result;
        if (next.counter < bundle->counter)
            next.counter = bundle->counter;
        next.revoked_count = trust.revoked_count;
        memcpy(next.revoked, trust.revoked, sizeof next.revoked);
        forget_failed(&next, bundle->digest);
    }
    int result = replace(slots, &next);
    if (result != OC_OK)
        return result;
    *slots->trust = trust;
    slots->running = next.active;
    slots->staged = OC_SLOT_NONE;
    return OC_OK;
}

int oc_slots_give_up(oc_slots_t *slots, enum oc_slots_verdict verdict) {
    oc_slot_record_t next = slots->record;
    if (next.trial == OC_SLOT_NONE)
        return OC_ERR_STATE;
    if (is_bundle(next.trial) && verdict != OC_SLOTS_STOPPED)
        note_failed(&next, next.digest[index_of(next.trial)],
                    verdict == OC_SLOTS_FAILED ? OC_SLOT_TRIES : 1);
    next.trial = OC_SLOT_NONE;
    slots->staged = OC_SLOT_NONE;
    return replace(slots, &next);
}

/* ---- early ends ---- */

/* What runs is no good: what is behind it is active. */
static int fall(oc_slots_t *slots, oc_slot_record_t *next) {
    enum oc_slot bad = slots->running;
    bool was_active = next->active == bad && next->previous != OC_SLOT_NONE;
    note_failed(next, next->digest[index_of(bad)], OC_SLOT_TRIES);
    next->active = was_active ? next->previous : OC_SLOT_FACTORY;
    next->previous = OC_SLOT_NONE;
    next->ends = 0;
    int result = replace(slots, next);
    return result == OC_OK ? OC_END : result;
}

int oc_slots_ended(oc_slots_t *slots) {
    oc_slot_record_t next = slots->record;
    if (!is_bundle(slots->running))
        return OC_ERR_STATE;
    if (++next.ends >= OC_SLOTS_ENDS)
        return fall(slots, &next);
    int result = replace(slots, &next);
    slots->record.ends = next.ends;
    return result;
}

int oc_slots_lived(oc_slots_t *slots) {
    oc_slot_record_t next = slots->record;
    next.ends = 0;
    return slots->record.ends ? replace(slots, &next) : OC_OK;
}

/* ---- what is kept ---- */

int oc_slots_revoke(oc_slots_t *slots, const oc_bundle_t *bundle) {
    oc_slot_record_t next = slots->record;
    oc_trust_t trust = *slots->trust;
    int result = oc_bundle_revoke(bundle, &trust);
    if (result != OC_OK || trust.revoked_count == slots->trust->revoked_count)
        return result;
    next.revoked_count = trust.revoked_count;
    memcpy(next.revoked, trust.revoked, sizeof next.revoked);
    result = replace(slots, &next);
    if (result == OC_OK)
        *slots->trust = trust;
    return result;
}

/* The bundle of a slot in use, unless it is there. */
static int move_slot(const oc_slots_t *from, const oc_slots_t *to, enum oc_slot slot,
                     oc_slots_memory_t memory) {
    uint32_t size = from->record.bytes[index_of(slot)];
    if (from->record.active != slot && from->record.previous != slot &&
        from->record.trial != slot && from->staged != slot)
        return OC_OK;
    if (size > memory.size)
        return OC_ERR_TOO_BIG;
    int result = from->io.read(from->io.context, place_of(slot), 0, memory.data, size);
    oc_span_t bytes = oc_span(memory.data, size);
    if (result != OC_OK)
        return result;
    if (compare(to, place_of(slot), bytes) == OC_OK)
        return to->io.flush(to->io.context, place_of(slot));
    return put(to, place_of(slot), bytes);
}

/* What a device never forgets. */
static void remember(oc_slot_record_t *record, const oc_slot_record_t *other) {
    oc_trust_t trust = {.revoked_count = record->revoked_count};
    memcpy(trust.revoked, record->revoked, sizeof trust.revoked);
    if (record->counter < other->counter)
        record->counter = other->counter;
    for (uint32_t i = 0; i < other->revoked_count; i++) {
        if (trust.revoked_count < OC_TRUST_REVOKED_MAX &&
            !oc_trust_is_revoked(&trust, other->revoked[i]))
            memcpy(trust.revoked[trust.revoked_count++], other->revoked[i], OC_KEY_ID);
    }
    record->revoked_count = trust.revoked_count;
    memcpy(record->revoked, trust.revoked, sizeof record->revoked);
}

int oc_slots_move(oc_slots_t *slots, const oc_slots_io_t *to, oc_slots_memory_t memory) {
    oc_slot_record_t next = slots->record;
    oc_trust_t trust = *slots->trust;
    oc_slots_t other;
    int result = oc_slots_open(&other, to, &trust); /* trust has the revoked keys of there now */
    for (unsigned i = 0; result == OC_OK && i < OC_SLOT_BUNDLES; i++)
        result = move_slot(slots, &other, i ? OC_SLOT_B : OC_SLOT_A, memory);
    if (result != OC_OK)
        return result;
    remember(&next, &other.record);
    result = replace(&other, &next);
    if (result != OC_OK)
        return result;
    slots->io = *to;
    slots->record = other.record;
    slots->copy = other.copy;
    slots->trust->revoked_count = next.revoked_count;
    memcpy(slots->trust->revoked, next.revoked, sizeof next.revoked);
    return OC_OK;
}

int oc_slots_reset(oc_slots_t *slots) {
    oc_slot_record_t next = slots->record;
    next.active = OC_SLOT_FACTORY;
    next.previous = next.trial = OC_SLOT_NONE;
    next.ends = 0;
    int result = replace(slots, &next);
    if (result != OC_OK)
        return result;
    for (unsigned i = 0; i < OC_SLOT_BUNDLES; i++) { /* as well as it can be: nothing names them */
        enum oc_slots_place place = i ? OC_SLOTS_B : OC_SLOTS_A;
        if (slots->io.erase(slots->io.context, place, 0) == OC_OK)
            (void)slots->io.flush(slots->io.context, place);
    }
    slots->running = OC_SLOT_FACTORY;
    slots->staged = OC_SLOT_NONE;
    return OC_OK;
}
