/* oc_trial - how one application follows another, step by step, and goes back when the new one is
 * not healthy. Times and events go in; the host asks for the next action and carries it out.
 * One thread; no clock, no I/O, allocates nothing. docs/design/update.md, "Hand-over and trial".
 *
 *     idle -> preparing -> asking -> ending -> starting -> watching -> committing -> idle
 *               |            |         |          |            |            |
 *               v            +---------+----------+------+-----+------------+     a failure, a stop
 *              idle                                      v
 *                                     undoing -> restoring -> returning -> idle
 */
#ifndef OC_TRIAL_H
#define OC_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#define OC_TRIAL_NEVER INT64_MAX /* no deadline */

#define OC_TRIAL_ANSWER_US   INT64_C(500000)   /* for the answer of the old script */
#define OC_TRIAL_READY_US    INT64_C(10000000) /* for READY of the new one */
#define OC_TRIAL_ADOPT_US    INT64_C(10000000) /* behind READY, until each channel is in its list */
#define OC_TRIAL_SECONDS     20                /* of watching, when nothing else is set */
#define OC_TRIAL_SECONDS_MAX 600
#define OC_TRIAL_WELL_US     INT64_C(60000000) /* of watching, until a stop speaks against nothing */
#define OC_TRIAL_HEAP        900  /* per mille of the script's limit; above: not healthy */
#define OC_TRIAL_LAG_MS      1000 /* of the script's loop; above: not healthy */

enum oc_trial_state {
    OC_TRIAL_IDLE,
    OC_TRIAL_PREPARING,  /* the settings are copied and the record says `trial` */
    OC_TRIAL_ASKING,     /* the old script is asked for its state */
    OC_TRIAL_ENDING,     /* its machine is deleted */
    OC_TRIAL_STARTING,   /* the new one is made and has to say READY */
    OC_TRIAL_WATCHING,   /* it runs and is watched */
    OC_TRIAL_COMMITTING, /* the record is written */
    OC_TRIAL_UNDOING,    /* the machine of the new script is deleted */
    OC_TRIAL_RESTORING,  /* settings and record are put back */
    OC_TRIAL_RETURNING   /* the old application is made again */
};

/* What the host does next. Each is given once, and answered by the event behind it. */
enum oc_trial_action {
    OC_TRIAL_NOTHING, /* wait for an event, or for oc_trial_deadline */
    OC_TRIAL_PREPARE, /* copy the settings, oc_slots_try: oc_trial_prepared */
    OC_TRIAL_REQUEST, /* raise the edge: oc_trial_answered */
    OC_TRIAL_END,     /* delete the machine that runs: oc_trial_gone */
    OC_TRIAL_START,   /* make the new application with the state: oc_trial_started, _ready, _gone */
    OC_TRIAL_COMMIT,  /* oc_slots_commit: oc_trial_committed */
    OC_TRIAL_RESTORE, /* if `begun`, put the settings back; oc_slots_give_up: oc_trial_restored */
    OC_TRIAL_RETURN,  /* make the old application with its state: oc_trial_started, _gone */
    /* It is over: see oc_trial_t.result and .why. The machine is the host's again; where there is
     * none (its script ended just now), the host starts what is active, as after any end. */
    OC_TRIAL_DONE
};

/* How it ended. */
enum oc_trial_result {
    OC_TRIAL_RUNNING,     /* it has not */
    OC_TRIAL_COMMITTED,   /* the new application stays */
    OC_TRIAL_ROLLED_BACK, /* the old one runs again */
    OC_TRIAL_REFUSED,     /* the old one was never ended */
    OC_TRIAL_INTERRUPTED  /* the program stops */
};

/* Why it was not committed: name for programs (`why` of the history), text for people. */
#define OC_TRIAL_WHY_MAP(X)                                                                        \
    X(PREPARE, "prepare", "the settings could not be copied, or the record not written")           \
    X(START, "start", "the application could not be started")                                      \
    X(READY, "not-ready", "it was not ready in time")                                              \
    X(ENDED, "ended", "its script ended")                                                          \
    X(THREW, "threw", "its script threw an exception")                                             \
    X(REFUSED, "refused", "it refused the state or the settings")                                  \
    X(WATCHDOG, "watchdog", "its script was stopped by the watchdog")                              \
    X(HEAP, "heap", "its heap is above 90 % of its limit")                                         \
    X(LAG, "lag", "its loop did not answer within 1 s")                                            \
    X(CHANNEL, "channel", "a channel was closed or reopened")                                      \
    X(UNLISTED, "unlisted", "a channel was not in its list within 10 s")                           \
    X(RECORDING, "recording", "a channel that is always recorded was not, for 10 s")               \
    X(RECORD, "record", "the record could not be written")                                         \
    X(EXIT, "exit", "it wanted to end the program")                                                \
    X(STOPPED, "stopped", "the program was stopped")                                               \
    X(STOPPED_WELL, "stopped-well", "the program was stopped, after a minute in which it was well")

/* One of them; the numbers stay inside of the process. */
enum oc_trial_why {
    OC_TRIAL_WHY_NONE = 0,
#define OC_TRIAL_WHY_ENUM(id, name, text) OC_TRIAL_WHY_##id,
    OC_TRIAL_WHY_MAP(OC_TRIAL_WHY_ENUM)
#undef OC_TRIAL_WHY_ENUM
};
/* Name and text of a reason, never NULL; static. OC_TRIAL_WHY_NONE: "". */
const char *oc_trial_why_name(enum oc_trial_why why);
const char *oc_trial_why_text(enum oc_trial_why why);

/* What the host sees of the application that is watched; as of now. */
typedef struct oc_trial_health {
    uint32_t heap;           /* per mille of its limit */
    uint32_t lag_ms;         /* since its loop was asked and has not answered; 0: it has */
    uint32_t watchdog_stops; /* since it was started */
    uint32_t channels_lost;  /* that ran before and were closed or reopened since */
    uint32_t channels_open;  /* that ran before and are not in its list yet */
    uint32_t unrecorded;     /* that were recorded before, always, and are not though they run */
    bool privacy;            /* privacy mode is on: channels count for nothing */
} oc_trial_health_t;

/* All zero: idle. Read its members only. */
typedef struct oc_trial {
    enum oc_trial_state state;
    enum oc_trial_action action; /* not yet given to the host */
    enum oc_trial_result result; /* of the last one; OC_TRIAL_RUNNING: under way, or none yet */
    enum oc_trial_why why;       /* OC_TRIAL_WHY_NONE: nothing was wrong */
    int64_t watch_us;            /* of watching */
    int64_t since_us;            /* the state was entered */
    int64_t placed_us;           /* READY, or when each channel was in its list and recorded last */
    bool machine;                /* there is one, or it is being made */
    bool begun;                  /* START was given: RESTORE has to put the settings back */
    bool stopping;               /* the program stops */
} oc_trial_t;

/* Begins. seconds: of watching, 1..OC_TRIAL_SECONDS_MAX; 0: OC_TRIAL_SECONDS. An application runs,
 * its machine is there. OC_OK | OC_ERR_BUSY another one is under way | OC_ERR_RANGE. */
int oc_trial_begin(oc_trial_t *trial, int64_t now_us, uint32_t seconds);

/* The next action; OC_TRIAL_NOTHING when there is none now. Call it after every event and at the
 * deadline, until it gives nothing. */
enum oc_trial_action oc_trial_next(oc_trial_t *trial, int64_t now_us);
/* When oc_trial_next has to be called at the latest, while it is watched also oc_trial_check before
 * it; OC_TRIAL_NEVER: an event comes first. */
int64_t oc_trial_deadline(const oc_trial_t *trial);

/* Events. One that does not belong to the state is ignored: it was on its way already. Each machine
 * is gone once. */

/* PREPARE was done, or failed. */
void oc_trial_prepared(oc_trial_t *trial, int64_t now_us, bool good);
/* The old script has answered REQUEST; what it gave before that counts for nothing. */
void oc_trial_answered(oc_trial_t *trial, int64_t now_us);
/* The machine is gone: after END (why counts for nothing), or by itself: ENDED, THREW, REFUSED,
 * WATCHDOG or HEAP. Nothing of it is left to be deleted, and the host does not make another one
 * before it is told to. */
void oc_trial_gone(oc_trial_t *trial, int64_t now_us, enum oc_trial_why why);
/* The machine after START or RETURN was made, or could not be: then there is none. */
void oc_trial_started(oc_trial_t *trial, int64_t now_us, bool good);
/* The script of the machine said READY. */
void oc_trial_ready(oc_trial_t *trial, int64_t now_us);
/* The script of the machine ends the program: on trial that is a failure of its own, and the
 * program goes on. False: it is not on trial. */
bool oc_trial_exits(oc_trial_t *trial, int64_t now_us);
/* Once a second, at every change and at the deadline while it is watched. Only this decides to
 * commit: the time of watching is over, and everything is well as of now. */
void oc_trial_check(oc_trial_t *trial, int64_t now_us, const oc_trial_health_t *health);
/* COMMIT was done, or failed. */
void oc_trial_committed(oc_trial_t *trial, int64_t now_us, bool good);
/* RESTORE was done, as well as it could be. */
void oc_trial_restored(oc_trial_t *trial, int64_t now_us);
/* The program stops: no machine is made any more. Go on until oc_trial_next gives OC_TRIAL_DONE; if
 * there is no time for that, the next boot ends the trial. */
void oc_trial_stop(oc_trial_t *trial, int64_t now_us);

#endif
