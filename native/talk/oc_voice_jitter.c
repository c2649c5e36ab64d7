#include "oc_voice_jitter.h"

#include <string.h>

#include "oc_err.h"

#define US         1000000
#define SHORT_US   10000  /* a delay shorter by so much than the target is made longer */
#define LONG_US    30000  /* and one longer by so much shorter, */
#define PATIENT_US 500000 /* at once in a pause, else one block in so long */
#define MARGIN_US  20000  /* above the largest deviation: one block */
#define UNKNOWN    INT64_MAX

static int64_t us_of(const oc_voice_jitter_t *j, int64_t samples) {
    return samples * US / j->rate;
}

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

void oc_voice_jitter_init(oc_voice_jitter_t *j, uint32_t rate) {
    *j = (oc_voice_jitter_t){.rate = rate, .target_us = OC_VOICE_START_US};
}

/* ---- arrivals ---- */

static int64_t least(const oc_voice_jitter_t *j) {
    return smaller(j->least_us[0], j->least_us[1]);
}

/* The stream begins with this packet. */
static void begin(oc_voice_jitter_t *j, uint32_t time, int64_t now_us) {
    oc_voice_counts_t counts = j->counts;
    uint32_t rate = j->rate;
    oc_voice_jitter_init(j, rate);
    j->counts = counts;
    j->begun = true;
    j->at = j->position = time;
    j->start_us = now_us + OC_VOICE_START_US;
    j->window_us = now_us;
    j->least_us[0] = j->least_us[1] = UNKNOWN;
    j->peak_us[1] = OC_VOICE_START_US - MARGIN_US; /* until it is known better */
}

/* What an arrival says about the network. */
static void measure(oc_voice_jitter_t *j, int64_t at, int64_t now_us) {
    int64_t transit = now_us - us_of(j, at);
    if (now_us - j->window_us >= OC_VOICE_WINDOW_US) {
        j->least_us[1] = j->least_us[0];
        j->peak_us[1] = j->peak_us[0];
        j->least_us[0] = UNKNOWN;
        j->peak_us[0] = 0;
        j->window_us = now_us;
    }
    j->least_us[0] = smaller(j->least_us[0], transit);
    j->peak_us[0] = larger(j->peak_us[0], transit - least(j));
    int64_t target = larger(j->peak_us[0], j->peak_us[1]) + MARGIN_US;
    target = larger(target, OC_VOICE_DELAY_MIN_US);
    j->target_us = smaller(target, OC_VOICE_DELAY_MAX_US);
}

static oc_voice_slot_t *oldest(oc_voice_jitter_t *j) {
    oc_voice_slot_t *found = NULL;
    for (unsigned i = 0; i < OC_VOICE_SLOTS; i++)
        if (j->slot[i].used && (!found || j->slot[i].at < found->at))
            found = &j->slot[i];
    return found;
}

/* A free place; the oldest packet leaves when there is none. */
static oc_voice_slot_t *place(oc_voice_jitter_t *j) {
    for (unsigned i = 0; i < OC_VOICE_SLOTS; i++)
        if (!j->slot[i].used)
            return &j->slot[i];
    oc_voice_slot_t *left = oldest(j);
    j->counts.lost++;
    j->position = larger(j->position, left->at + left->len);
    return left;
}

static bool is_twice(const oc_voice_jitter_t *j, int64_t at) {
    for (unsigned i = 0; i < OC_VOICE_SLOTS; i++)
        if (j->slot[i].used && j->slot[i].at == at)
            return true;
    return false;
}

/* True: it came too late. Some in a row: the network has changed for good, or the sender has. */
static bool is_late(oc_voice_jitter_t *j, int64_t end) {
    if (end > j->position) {
        j->late_run = 0;
        return false;
    }
    j->counts.late++;
    j->late_run++;
    return true;
}

int oc_voice_jitter_push(oc_voice_jitter_t *j, const oc_voice_message_t *m, int64_t now_us) {
    int64_t at = j->at + (int32_t)(m->time - (uint32_t)j->at);
    int64_t far = us_of(j, at - j->position);
    bool restart = !j->begun || far > OC_VOICE_JUMP_US || far < -OC_VOICE_JUMP_US;
    j->counts.packets++;
    if (!restart && is_late(j, at + (int64_t)m->payload.len)) {
        measure(j, at, now_us);
        if (j->late_run < OC_VOICE_LATE_RUN)
            return OC_AGAIN;
        restart = true;
    }
    if (restart) {
        j->counts.restarts += j->begun;
        begin(j, m->time, now_us);
        at = j->at;
    } else if (is_twice(j, at)) {
        j->counts.twice++;
        return OC_AGAIN;
    }
    measure(j, at, now_us);
    j->at = larger(j->at, at);
    oc_voice_slot_t *slot = place(j);
    *slot = (oc_voice_slot_t){
        .at = at, .used = true, .sequence = m->sequence, .len = (uint16_t)m->payload.len};
    memcpy(slot->payload, m->payload.data, m->payload.len);
    return restart ? OC_GAP : OC_OK;
}

/* ---- playing ---- */

oc_voice_steer_t oc_voice_jitter_steer(oc_voice_jitter_t *j, uint32_t block, uint32_t ahead,
                                       bool quiet, int64_t now_us) {
    const oc_voice_slot_t *next = oldest(j);
    if (!j->begun || now_us < j->start_us || !next)
        return OC_VOICE_GO;
    int64_t delay = now_us - least(j) - us_of(j, j->position - ahead);
    if (delay < j->target_us - SHORT_US) {
        j->over_us = 0;
        j->counts.held++;
        return OC_VOICE_HOLD;
    }
    if (delay < j->target_us + LONG_US) {
        j->over_us = 0;
        return OC_VOICE_GO;
    }
    if (j->over_us == 0)
        j->over_us = now_us;
    if (!quiet && now_us - j->over_us < PATIENT_US)
        return OC_VOICE_GO;
    j->over_us = 0;
    j->counts.skipped++;
    j->position += block;
    return OC_VOICE_SKIP;
}

/* Packets that end before the position are of no use. */
static oc_voice_slot_t *next_of(oc_voice_jitter_t *j) {
    oc_voice_slot_t *slot = oldest(j);
    while (slot && slot->at + slot->len <= j->position) {
        slot->used = false;
        j->played = slot->sequence;
        j->has_played = true;
        slot = oldest(j);
    }
    return slot;
}

oc_voice_play_t oc_voice_jitter_next(oc_voice_jitter_t *j, uint32_t max, int64_t now_us,
                                     oc_span_t *payload, uint32_t *samples) {
    *payload = oc_span(NULL, 0);
    *samples = max;
    if (!j->begun || now_us < j->start_us)
        return OC_VOICE_SILENCE;
    oc_voice_slot_t *slot = next_of(j);
    if (!slot) {
        j->position += max;
        return OC_VOICE_LOST;
    }
    if (slot->at > j->position) {
        int64_t gap = slot->at - j->position;
        bool lost = j->has_played && (uint16_t)(slot->sequence - j->played) != 1;
        *samples = gap < max ? (uint32_t)gap : max;
        j->position += *samples;
        j->counts.lost += lost && j->position == slot->at;
        return lost ? OC_VOICE_LOST : OC_VOICE_SILENCE;
    }
    uint32_t skip = (uint32_t)(j->position - slot->at);
    *payload = oc_span(slot->payload + skip, slot->len - skip);
    *samples = slot->len - skip;
    j->position = slot->at + slot->len;
    j->played = slot->sequence;
    j->has_played = true;
    slot->used = false;
    return OC_VOICE_PACKET;
}
