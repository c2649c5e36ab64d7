/* See oc_trial.h. */
#include "oc_trial.h"

#include <string.h>

#include "oc_err.h"

#define US_PER_S INT64_C(1000000)

const char *oc_trial_why_name(enum oc_trial_why why) {
    switch (why) {
#define WHY_NAME(id, name, text)                                                                   \
    case OC_TRIAL_WHY_##id:                                                                        \
        return name;
        OC_TRIAL_WHY_MAP(WHY_NAME)
#undef WHY_NAME
    default:
        return "";
    }
}

const char *oc_trial_why_text(enum oc_trial_why why) {
    switch (why) {
#define WHY_TEXT(id, name, text)                                                                   \
    case OC_TRIAL_WHY_##id:                                                                        \
        return text;
        OC_TRIAL_WHY_MAP(WHY_TEXT)
#undef WHY_TEXT
    default:
        return "";
    }
}

/* The one place that changes the state. */
static void enter(oc_trial_t *trial, int64_t now_us, enum oc_trial_state state,
                  enum oc_trial_action action) {
    trial->state = state;
    trial->action = action;
    trial->since_us = now_us;
}

static void finish(oc_trial_t *trial, int64_t now_us, enum oc_trial_result result) {
    trial->result = result;
    enter(trial, now_us, OC_TRIAL_IDLE, OC_TRIAL_DONE);
}

/* What came of it when it was not committed. */
static enum oc_trial_result result_of(const oc_trial_t *trial) {
    bool stopped = trial->why == OC_TRIAL_WHY_STOPPED || trial->why == OC_TRIAL_WHY_STOPPED_WELL;
    return stopped ? OC_TRIAL_INTERRUPTED : trial->begun ? OC_TRIAL_ROLLED_BACK : OC_TRIAL_REFUSED;
}

/* Settings and record are as they were. The old application is made again, if it is gone and the
 * program does not stop. */
static void come_back(oc_trial_t *trial, int64_t now_us) {
    if (trial->machine || trial->stopping)
        finish(trial, now_us, result_of(trial));
    else
        enter(trial, now_us, OC_TRIAL_RETURNING, OC_TRIAL_RETURN);
}

/* The trial is lost. The first reason counts. */
static void fail(oc_trial_t *trial, int64_t now_us, enum oc_trial_why why) {
    if (trial->why == OC_TRIAL_WHY_NONE)
        trial->why = why;
    bool ending = trial->state == OC_TRIAL_ENDING && trial->action == OC_TRIAL_NOTHING;
    if (trial->machine)
        enter(trial, now_us, OC_TRIAL_UNDOING, ending ? OC_TRIAL_NOTHING : OC_TRIAL_END);
    else
        enter(trial, now_us, OC_TRIAL_RESTORING, OC_TRIAL_RESTORE);
}

int oc_trial_begin(oc_trial_t *trial, int64_t now_us, uint32_t seconds) {
    if (trial->state != OC_TRIAL_IDLE || trial->action != OC_TRIAL_NOTHING)
        return OC_ERR_BUSY;
    if (seconds > OC_TRIAL_SECONDS_MAX)
        return OC_ERR_RANGE;
    memset(trial, 0, sizeof *trial);
    trial->watch_us = (seconds ? seconds : OC_TRIAL_SECONDS) * US_PER_S;
    trial->machine = true;
    enter(trial, now_us, OC_TRIAL_PREPARING, OC_TRIAL_PREPARE);
    return OC_OK;
}

enum oc_trial_action oc_trial_next(oc_trial_t *trial, int64_t now_us) {
    enum oc_trial_action action;
    if (trial->action == OC_TRIAL_NOTHING && now_us >= oc_trial_deadline(trial)) {
        if (trial->state == OC_TRIAL_ASKING)
            enter(trial, now_us, OC_TRIAL_ENDING, OC_TRIAL_END);
        else if (trial->state == OC_TRIAL_STARTING)
            fail(trial, now_us, OC_TRIAL_WHY_READY);
    }
    action = trial->action;
    trial->action = OC_TRIAL_NOTHING;
    if (action == OC_TRIAL_START || action == OC_TRIAL_RETURN)
        trial->machine = true;
    if (action == OC_TRIAL_START)
        trial->begun = true;
    return action;
}

int64_t oc_trial_deadline(const oc_trial_t *trial) {
    int64_t watched = trial->since_us + trial->watch_us;
    switch (trial->state) {
    case OC_TRIAL_ASKING:
        return trial->since_us + OC_TRIAL_ANSWER_US;
    case OC_TRIAL_STARTING:
        return trial->since_us + OC_TRIAL_READY_US;
    case OC_TRIAL_WATCHING:
        return watched;
    default:
        return OC_TRIAL_NEVER;
    }
}

/* ---- events ---- */

void oc_trial_prepared(oc_trial_t *trial, int64_t now_us, bool good) {
    if (trial->state != OC_TRIAL_PREPARING)
        return;
    if (!good && trial->why == OC_TRIAL_WHY_NONE)
        trial->why = OC_TRIAL_WHY_PREPARE;
    if (!good)
        come_back(trial, now_us);
    else if (trial->stopping)
        fail(trial, now_us, OC_TRIAL_WHY_STOPPED);
    else if (trial->machine)
        enter(trial, now_us, OC_TRIAL_ASKING, OC_TRIAL_REQUEST);
    else
        enter(trial, now_us, OC_TRIAL_STARTING, OC_TRIAL_START);
}

void oc_trial_answered(oc_trial_t *trial, int64_t now_us) {
    /* what came before the request is an earlier one's answer */
    if (trial->state == OC_TRIAL_ASKING && trial->action == OC_TRIAL_NOTHING)
        enter(trial, now_us, OC_TRIAL_ENDING, OC_TRIAL_END);
}

void oc_trial_gone(oc_trial_t *trial, int64_t now_us, enum oc_trial_why why) {
    if (!trial->machine)
        return;
    trial->machine = false;
    switch (trial->state) {
    case OC_TRIAL_ASKING:
    case OC_TRIAL_ENDING:
        enter(trial, now_us, OC_TRIAL_STARTING, OC_TRIAL_START);
        break;
    case OC_TRIAL_STARTING:
    case OC_TRIAL_WATCHING:
    case OC_TRIAL_UNDOING:
        fail(trial, now_us, why == OC_TRIAL_WHY_NONE ? OC_TRIAL_WHY_ENDED : why);
        break;
    case OC_TRIAL_RETURNING:
        finish(trial, now_us, result_of(trial));
        break;
    default: /* what is under way goes on without it */
        break;
    }
}

void oc_trial_started(oc_trial_t *trial, int64_t now_us, bool good) {
    if (!good)
        trial->machine = false;
    if (trial->state == OC_TRIAL_STARTING || trial->state == OC_TRIAL_UNDOING) {
        if (!good)
            fail(trial, now_us, OC_TRIAL_WHY_START);
    } else if (trial->state == OC_TRIAL_RETURNING)
        finish(trial, now_us,
               trial->begun ? OC_TRIAL_ROLLED_BACK
                            : OC_TRIAL_REFUSED); /* the host goes on with it */
}

void oc_trial_ready(oc_trial_t *trial, int64_t now_us) {
    if (trial->state != OC_TRIAL_STARTING || !trial->machine)
        return;
    if (now_us >= oc_trial_deadline(trial)) {
        fail(trial, now_us, OC_TRIAL_WHY_READY);
        return;
    }
    enter(trial, now_us, OC_TRIAL_WATCHING, OC_TRIAL_NOTHING);
    trial->placed_us = now_us;
}

bool oc_trial_exits(oc_trial_t *trial, int64_t now_us) {
    if (trial->state != OC_TRIAL_STARTING && trial->state != OC_TRIAL_WATCHING)
        return false;
    if (trial->machine)
        fail(trial, now_us, OC_TRIAL_WHY_EXIT);
    return true;
}

/* What is wrong as of now. */
static enum oc_trial_why diagnose(const oc_trial_t *trial, int64_t now_us,
                                  const oc_trial_health_t *health) {
    bool late = now_us - trial->placed_us >= OC_TRIAL_ADOPT_US;
    return health->watchdog_stops             ? OC_TRIAL_WHY_WATCHDOG
           : health->heap > OC_TRIAL_HEAP     ? OC_TRIAL_WHY_HEAP
           : health->lag_ms > OC_TRIAL_LAG_MS ? OC_TRIAL_WHY_LAG
           : health->privacy                  ? OC_TRIAL_WHY_NONE
           : health->channels_lost            ? OC_TRIAL_WHY_CHANNEL
           : health->channels_open && late    ? OC_TRIAL_WHY_UNLISTED
           : health->unrecorded && late       ? OC_TRIAL_WHY_RECORDING
                                              : OC_TRIAL_WHY_NONE;
}

void oc_trial_check(oc_trial_t *trial, int64_t now_us, const oc_trial_health_t *health) {
    if (trial->state != OC_TRIAL_WATCHING)
        return;
    bool placed = health->privacy || (!health->channels_open && !health->unrecorded);
    if (placed)
        trial->placed_us = now_us;
    enum oc_trial_why why = diagnose(trial, now_us, health);
    bool over = now_us >= oc_trial_deadline(trial);
    if (why != OC_TRIAL_WHY_NONE)
        fail(trial, now_us, why);
    else if (over && placed)
        enter(trial, now_us, OC_TRIAL_COMMITTING, OC_TRIAL_COMMIT);
}

void oc_trial_committed(oc_trial_t *trial, int64_t now_us, bool good) {
    if (trial->state != OC_TRIAL_COMMITTING)
        return;
    if (good)
        finish(trial, now_us, OC_TRIAL_COMMITTED);
    else
        fail(trial, now_us, trial->stopping ? OC_TRIAL_WHY_STOPPED : OC_TRIAL_WHY_RECORD);
}

void oc_trial_restored(oc_trial_t *trial, int64_t now_us) {
    if (trial->state == OC_TRIAL_RESTORING)
        come_back(trial, now_us);
}

void oc_trial_stop(oc_trial_t *trial, int64_t now_us) {
    bool well = trial->state == OC_TRIAL_WATCHING && now_us - trial->since_us >= OC_TRIAL_WELL_US;
    trial->stopping = true;
    switch (trial->state) {
    case OC_TRIAL_ASKING:
    case OC_TRIAL_ENDING:
    case OC_TRIAL_STARTING:
    case OC_TRIAL_WATCHING:
        fail(trial, now_us, well ? OC_TRIAL_WHY_STOPPED_WELL : OC_TRIAL_WHY_STOPPED);
        break;
    case OC_TRIAL_RETURNING:
        finish(trial, now_us, result_of(trial));
        break;
    case OC_TRIAL_PREPARING:
        trial->why = OC_TRIAL_WHY_STOPPED;
        break;
    default: /* the event of what is under way comes, then it ends */
        break;
    }
}
