/* A model of slots, switch record, trial and hand-over (docs/design/update.md, native/update), for
 * spin. The power is cut between any two steps, scripts end at any moment, updates come at any time.
 * Until its flush a write may be absent, torn or whole after a cut.
 *
 * What is asserted: a boot always ends with one application; what runs is complete and what the
 * record names; there are never two machines; an application whose trial failed is never active; one
 * that is active was healthy; the counter never goes down; settings of an application that was not
 * healthy are never left to another one; what a person changed in them, and was told is kept, is.
 *
 * With one of these the model is wrong, and an assertion has to fail: NO_FLUSH_SLOT, NO_FLUSH_RECORD,
 * NO_FLUSH_COPY, SAME_COPY, RECORD_BEFORE_SETTINGS, EARLY_START, COMMIT_UNHEALTHY, STAGE_OVER_ACTIVE,
 * NO_FOLLOW, FOLLOW_LATE. */

#ifndef UPDATES
#define UPDATES 3
#endif
#ifndef CUTS
#define CUTS 2
#endif
#ifndef CRASHES
#define CRASHES 3
#endif
#ifndef CHANGES
#define CHANGES 1
#endif

#define FACTORY 0 /* slots, as in the record */
#define A       1
#define B       2
#define NONE    3
#define TORN    9 /* content of a place that was written in part */

/* ---- the medium ---- */

byte slot[3];         /* version in A and B; index by slot */
byte slot_next[3];    /* written, not flushed */
bool slot_dirty[3];
typedef record_t { bool whole; byte sequence; byte chosen; byte previous; byte trial; byte counter; byte ends; byte in_a; byte in_b }
record_t record[2];
record_t record_next[2];
bool record_dirty[2];
byte settings;        /* by which version */
byte settings_next;
byte wish;            /* in them: the last change of a person */
byte wish_next;
bool settings_dirty;
byte copy;            /* of the settings */
byte copy_next;
byte copy_wish;
byte copy_wish_next;
bool copy_dirty;
bool copied;          /* the copy is complete: it follows people */

/* ---- the process ---- */

record_t now;         /* the record as read or written last */
byte newest;          /* its copy */
byte running;         /* slot */
byte version;         /* that runs */
byte machines;
bool on_trial;
bool up;              /* the boot is over */

/* ---- what is only observed ---- */

bool healthy[UPDATES + 1];
bool failed[UPDATES + 1];
byte counter;         /* acknowledged */
byte kept;            /* the last change of a person that was acknowledged */

/* ---- the environment ---- */

chan updates = [0] of { byte };
bool cut;
byte cuts;
byte crashes;
byte changes;
byte writing;         /* a change of a person, step by step; 0: none */
bool locked;          /* the settings are copied or put back */

#define VERSION_IN(where) (where == A -> now.in_a : (where == B -> now.in_b : 0))
#define SETTINGS (settings_dirty -> settings_next : settings)
#define WISH (settings_dirty -> wish_next : wish)

inline write_record() {
    d_step {
#ifdef SAME_COPY
        to = newest;
#else
        to = 1 - newest;
#endif
        now.sequence++;
        now.whole = true;
        record_next[to].whole = true;
        record_next[to].sequence = now.sequence;
        record_next[to].chosen = now.chosen;
        record_next[to].previous = now.previous;
        record_next[to].trial = now.trial;
        record_next[to].counter = now.counter;
        record_next[to].ends = now.ends;
        record_next[to].in_a = now.in_a;
        record_next[to].in_b = now.in_b;
        record_dirty[to] = true;
        newest = to
    }
#ifndef NO_FLUSH_RECORD
    d_step { keep_record(newest) }
#endif
}

inline keep_record(which) {
    record[which].whole = record_next[which].whole;
    record[which].sequence = record_next[which].sequence;
    record[which].chosen = record_next[which].chosen;
    record[which].previous = record_next[which].previous;
    record[which].trial = record_next[which].trial;
    record[which].counter = record_next[which].counter;
    record[which].ends = record_next[which].ends;
    record[which].in_a = record_next[which].in_a;
    record[which].in_b = record_next[which].in_b;
    record_dirty[which] = false
}

inline write_slot(where, what) {
    d_step { slot_next[where] = what; slot_dirty[where] = true }
#ifndef NO_FLUSH_SLOT
    d_step { slot[where] = what; slot_dirty[where] = false }
#endif
}

inline keep_settings() {
    settings = settings_next;
    wish = wish_next;
    settings_dirty = false
}

inline keep_copy() {
    copy = copy_next;
    copy_wish = copy_wish_next;
    copy_dirty = false
}

/* Some of what was not flushed arrives. */
inline lose_power() {
    d_step { writing = 0; locked = false; up = false; machines = 0 };
    for (at : 0 .. 1) {
        if
        :: !record_dirty[at]
        :: record_dirty[at] -> d_step { record_dirty[at] = false }
        :: record_dirty[at] -> d_step { record[at].whole = false; record_dirty[at] = false }
        :: record_dirty[at] -> d_step { keep_record(at) }
        fi
    }
    for (at : A .. B) {
        if
        :: !slot_dirty[at]
        :: slot_dirty[at] -> slot_dirty[at] = false
        :: slot_dirty[at] -> d_step { slot[at] = TORN; slot_dirty[at] = false }
        :: slot_dirty[at] -> d_step { slot[at] = slot_next[at]; slot_dirty[at] = false }
        fi
    }
    if
    :: settings_dirty -> settings_dirty = false
    :: settings_dirty -> d_step { keep_settings() }
    :: !settings_dirty
    fi;
    if
    :: copy_dirty -> copy_dirty = false
    :: copy_dirty && !copied -> d_step { copy = TORN; copy_dirty = false }
    :: copy_dirty -> d_step { keep_copy() }
    :: !copy_dirty
    fi;
    d_step { at = 0; machines = 0; on_trial = false; up = false }
}

/* ---- machines ---- */

inline start(where) {
    atomic {
        assert(machines == 0);
        machines++;
        running = where;
        version = VERSION_IN(where);
        assert(where == FACTORY || slot[where] == version || (slot_dirty[where] && slot_next[where] == version))
    };
    if /* it may write settings at once, behind what the one before wrote */
    :: atomic { writing == 0 -> wish_next = WISH; settings_next = version; settings_dirty = true }
    :: skip
    fi
}

inline end() {
    atomic { if :: machines > 0 -> machines-- :: else fi }
}

/* ---- settings ---- */

/* Behind every write of people that is under way. */
inline lock_settings() {
    atomic { writing == 0 -> locked = true }
}

inline copy_settings() {
    lock_settings();
    d_step { copied = false; copy_next = SETTINGS; copy_wish_next = WISH; copy_dirty = true };
#ifndef NO_FLUSH_COPY
    d_step { keep_copy() };
#endif
    d_step { copied = true; locked = false }
}

/* The copy takes the name of the settings, and is none from then on. */
inline settings_back() {
    lock_settings();
    if
    :: copied ->
        assert(copy != TORN);
        d_step {
            settings_next = (copy_dirty -> copy_next : copy);
            wish_next = (copy_dirty -> copy_wish_next : copy_wish);
            settings_dirty = true
        };
        d_step { keep_settings() };
        copied = false
    :: else /* they are back already */
    fi;
    locked = false
}

inline give_up() {
#ifdef RECORD_BEFORE_SETTINGS
    now.trial = NONE;
    write_record();
    settings_back()
#else
    settings_back();
    now.trial = NONE;
    write_record()
#endif
}

/* ---- a boot ---- */

inline read_record() {
    d_step {
        now.sequence = 0;
        now.chosen = FACTORY;
        now.previous = NONE;
        now.trial = NONE;
        now.counter = 0;
        now.ends = 0;
        now.in_a = 0;
        now.in_b = 0;
        newest = 1
    };
    d_step { if :: record[0].whole && record[0].sequence > now.sequence -> take(0) :: else fi };
    d_step { if :: record[1].whole && record[1].sequence > now.sequence -> take(1) :: else fi };
    assert(now.counter >= counter)
}

inline take(which) {
    newest = which;
    now.sequence = record[which].sequence;
    now.chosen = record[which].chosen;
    now.previous = record[which].previous;
    now.trial = record[which].trial;
    now.counter = record[which].counter;
    now.ends = record[which].ends;
    now.in_a = record[which].in_a;
    now.in_b = record[which].in_b
}

inline choose() {
    atomic {
        assert(now.chosen != NONE);
        if
        :: now.chosen == FACTORY || slot[now.chosen] == VERSION_IN(now.chosen) -> running = now.chosen
        :: else -> assert(false) /* the active slot is always complete */
        fi;
        assert(now.previous == FACTORY || now.previous == NONE || slot[now.previous] == VERSION_IN(now.previous));
        assert(VERSION_IN(running) == 0 || (healthy[VERSION_IN(running)] && !failed[VERSION_IN(running)]));
        assert(SETTINGS == 0 || healthy[SETTINGS]);
        assert(WISH >= kept)
    }
}

inline boot() {
    read_record();
    if
    :: now.trial != NONE ->
        failed[VERSION_IN(now.trial)] = true; /* it is not offered again here */
        give_up()
    :: else -> copied = false
    fi;
    choose();
    start(running);
    up = true
}

/* ---- an update ---- */

inline stage(what) {
    d_step {
        if
        :: running == A -> free = B
        :: running == B -> free = A
        :: running == FACTORY && now.chosen == A -> free = B
        :: else -> free = A
        fi;
#ifdef STAGE_OVER_ACTIVE
        free = (running == FACTORY -> A : running)
#endif
    };
    if
    :: now.previous == free || now.chosen == free ->
#ifndef STAGE_OVER_ACTIVE
        d_step {
            now.previous = (now.previous == free -> NONE : now.previous);
            now.chosen = (now.chosen == free -> running : now.chosen)
        };
        write_record()
#endif
    :: else
    fi;
    write_slot(free, what);
    d_step { if :: free == A -> now.in_a = what :: else -> now.in_b = what fi }
}

/* From PREPARE to the end of the trial. */
inline try() {
    copy_settings();
    now.trial = free;
    write_record();
    old = running;
    on_trial = true;
#ifdef EARLY_START
    machines++;
    assert(machines < 2);
#endif
    end();
    start(free);
    if /* of its trial */
    :: atomic { machines == 1 -> verdict = 1; healthy[version] = true }
    :: verdict = 0 /* too late, too much memory, no channel */
    :: atomic { machines == 0 -> verdict = 0 }
    fi;
#ifdef COMMIT_UNHEALTHY
    verdict = 1;
#endif
    if
    :: verdict == 1 ->
        d_step {
            now.chosen = free;
            now.previous = old;
            now.trial = NONE;
            now.ends = 0;
            now.counter = version
        };
        write_record();
        d_step {
            counter = now.counter;
            copied = false;
            assert(healthy[version] && !failed[version])
        }
    :: else ->
        failed[version] = true;
        end();
        give_up();
        start(old)
    fi;
    d_step { on_trial = false; old = 0; verdict = 0; free = 0 };
    assert(SETTINGS == 0 || healthy[SETTINGS]);
    assert(WISH >= kept)
}

/* The application has ended outside of a trial, each time early. */
inline restart() {
    now.ends++;
    if
    :: running != FACTORY && now.ends == 3 ->
        d_step {
            now.chosen = (now.chosen == running && now.previous != NONE -> now.previous : FACTORY);
            now.previous = NONE;
            now.ends = 0
        };
        write_record();
        choose();
        start(running)
    :: running != FACTORY && now.ends < 3 -> write_record(); start(running)
    :: running == FACTORY -> now.ends = 0; start(running)
    fi
}

active proctype device() {
    byte what, free, old, verdict, to, at;
    record[0].whole = false;
    record[1].whole = false;
    do
    :: {
        boot();
end_idle:
        do
        :: updates ? what ->
            if
            :: what >= now.counter -> stage(what); try()
            :: else
            fi;
            what = 0
        :: atomic { machines == 0 && !on_trial -> skip }; restart()
        od
    } unless {
        cut;
        lose_power();
        d_step { what = 0; free = 0; old = 0; verdict = 0; to = 0; cut = false }
    }
    od
}

/* Updates come in their order; one that comes while another is under way waits for its sender. */
active proctype sender() {
    byte next = 1;
end_sent:
    do
    :: next <= UPDATES -> updates ! next; next++
    :: next <= UPDATES -> next++ /* this device is not among those that get it */
    :: next > UPDATES -> break
    od
}

/* A person changes a setting, by the script that runs: into the copy, then into the settings. */
inline into_copy(next) {
#ifndef NO_FOLLOW
    if
    :: copied -> copy_next = (copy_dirty -> copy_next : copy); copy_wish_next = changes; copy_dirty = true
    :: else
    fi;
#endif
    writing = next
}

inline into_settings(next) {
    settings_next = SETTINGS;
    wish_next = changes;
    settings_dirty = true;
    writing = next
}

active proctype person() {
end_person:
    do
    :: d_step { writing == 0 && up && machines > 0 && changes < CHANGES -> changes++; writing = 1 }
#ifdef FOLLOW_LATE
    :: d_step { writing == 1 && !locked -> into_settings(2) }
    :: d_step { writing == 2 -> keep_settings(); kept = changes; writing = 3 }
    :: d_step { writing == 3 -> into_copy(4) }
    :: d_step { writing == 4 -> if :: copy_dirty -> keep_copy() :: else fi; writing = 0 }
#else
    :: d_step { writing == 1 && !locked -> into_copy(2) }
    :: d_step { writing == 2 -> if :: copy_dirty && copied -> keep_copy() :: else fi; writing = 3 }
    :: d_step { writing == 3 -> into_settings(4) }
    :: d_step { writing == 4 -> keep_settings(); kept = changes; writing = 0 }
#endif
    od
}

/* A script ends. */
active proctype script() {
end_script:
    do
    :: atomic { machines > 0 && crashes < CRASHES -> machines--; crashes++ }
    od
}

active proctype power() {
end_power:
    do
    :: atomic { !cut && cuts < CUTS -> cut = true; cuts++ }
    od
}
