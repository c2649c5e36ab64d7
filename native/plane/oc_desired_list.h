/* oc_desired_list - what shall run, and how far it is: takes whole lists, compares each with the
 * one before, and says one after the other what is to be done so that what runs becomes what is
 * wanted. It opens nothing itself: whoever carries an action out reports how it ended. Pure: no
 * I/O, no memory, no clock. Inside native/plane only.
 *
 *   take() -> next() -> OPEN 0   -> opened(0) -> next() -> RECORD 0 -> recorded(0)
 *                                   gone(0, code)  -> due() later, next() -> OPEN 0 again
 *
 * Invariants: a channel is known by its name and keeps its number for as long as it is in the list;
 * an entry that did not change leads to no action; each action is given once, until it is reported.
 */
#ifndef OC_DESIRED_LIST_H
#define OC_DESIRED_LIST_H

#include "oc_desired_record.h"

/* What is to be done with the channel of a number. */
typedef enum oc_desired_do {
    OC_DESIRED_OPEN,   /* opened() or gone() follows, once */
    OC_DESIRED_CLOSE,  /* gone() follows, also when it was just being opened */
    OC_DESIRED_CHANGE, /* other settings while it runs: changed() follows */
    OC_DESIRED_RECORD, /* a recording begins, or one that runs ends at another time: recorded() */
    OC_DESIRED_STOP,   /* its recording is finished: record_ended() follows */
    OC_DESIRED_DETECT, /* its detectors, or none any more when it left the list: no report */
} oc_desired_do_t;

typedef struct oc_desired_action {
    oc_desired_do_t what;
    unsigned number; /* its entry: oc_desired_list_t.item[number].entry */
    bool resume;     /* RECORD: from where the one before ended */
} oc_desired_action_t;

/* How far the source of a channel is. */
typedef enum oc_desired_phase {
    OC_DESIRED_CLOSED,
    OC_DESIRED_OPENING,
    OC_DESIRED_RUNS,
    OC_DESIRED_CLOSING,
} oc_desired_phase_t;

/* Something that did not work and is tried again. All zero: nothing. */
typedef struct oc_desired_fault {
    int code;          /* OC_ERR_*; 0: none */
    uint32_t failures; /* tries in a row */
    int64_t due_us;    /* not tried before; INT64_MAX: not for the same settings */
    char why[OC_DESIRED_WHY_MAX];
} oc_desired_fault_t;

/* The recording of a channel. */
typedef enum oc_desired_record_phase {
    OC_DESIRED_RECORDS_NOT,
    OC_DESIRED_RECORDS,
    OC_DESIRED_STOPPING,
} oc_desired_record_phase_t;

/* One number. All zero: free. */
typedef struct oc_desired_item {
    bool wanted; /* it is in the list, with `entry` */
    oc_desired_entry_t entry;
    oc_desired_phase_t phase;
    bool reopen;   /* it runs with another source than its entry's */
    bool change;   /* it runs with other settings than its entry's */
    bool changing; /* changed() is waited for */
    bool detect;   /* its detectors are to be set */
    bool sub_open;
    bool tried;      /* since its entry changed last: it is as wanted, or `fault` says why not */
    uint32_t before; /* the revision up to which it had been tried when its entry changed */
    oc_desired_fault_t fault;
    oc_desired_record_phase_t record;
    oc_desired_recording_t running; /* unless RECORDS_NOT */
    int64_t running_until_us;
    bool follows; /* the next recording follows one that ended for other settings, ... */
    bool resumes; /* ... whose audio allows to go on where it ended */
    oc_desired_fault_t record_fault;
} oc_desired_item_t;

typedef struct oc_desired_list {
    uint32_t revision; /* counts lists that were taken; 0: none was */
    oc_desired_head_t head;
    oc_desired_item_t item[OC_CHANNELS_MAX];
} oc_desired_list_t;

/* Whether a letter is one. OC_OK | OC_ERR_INVAL | OC_ERR_RANGE; why is set then: one line that
 * names channel and field. letter: aligned as a head. */
int oc_desired_list_check(const void *letter, size_t bytes, char *why, size_t why_size);
/* Takes a letter that was checked. True: it is another list than the one in force. */
bool oc_desired_list_take(oc_desired_list_t *list, const void *letter);

/* The next thing to do; false: nothing now. closed: privacy mode, nothing may be open. */
bool oc_desired_list_next(oc_desired_list_t *list, bool closed, int64_t now_us,
                          oc_desired_action_t *out);
/* Behind next(), when it says no more: when there may be something again though nothing is
 * reported. Later than now_us; INT64_MAX: not by time. */
int64_t oc_desired_list_due(const oc_desired_list_t *list, bool closed, int64_t now_us);
/* Behind next(): notes what is as wanted by now, or failed. True: for a channel that is news. */
bool oc_desired_list_settle(oc_desired_list_t *list, bool closed, int64_t now_us);

/* Reports. code: 0 or OC_ERR_*; why: one line without secrets, cut when long. */
void oc_desired_list_opened(oc_desired_list_t *list, unsigned number);
/* It is being closed though no action said so: privacy mode has cut it. gone() follows. */
void oc_desired_list_closing(oc_desired_list_t *list, unsigned number);
/* Its source is closed: it did not open (code), or closed as told or by privacy mode (0). */
void oc_desired_list_gone(oc_desired_list_t *list, unsigned number, int code, const char *why,
                          int64_t now_us);
void oc_desired_list_changed(oc_desired_list_t *list, unsigned number, int code, const char *why,
                             int64_t now_us);
/* Its sub stream is open, or is not any more. */
void oc_desired_list_sub(oc_desired_list_t *list, unsigned number, bool open);
/* code OC_AGAIN: the recording before is still being finished, record_ended() follows, then it is
 * begun again. True: this failure is news. */
bool oc_desired_list_recorded(oc_desired_list_t *list, unsigned number, int code, const char *why,
                              int64_t now_us);
/* Its recording has ended: as told, by itself, or with its stream. */
void oc_desired_list_record_ended(oc_desired_list_t *list, unsigned number);
/* Somebody asks for it: what failed is tried at once. lost: its source is; it is opened again. */
void oc_desired_list_retry(oc_desired_list_t *list, unsigned number, bool lost);

/* The entry of a number; NULL: it is free, or on its way to be. */
const oc_desired_entry_t *oc_desired_list_entry(const oc_desired_list_t *list, unsigned number);
/* Why it is not as wanted: its code, 0 = it is, or is on its way; *why: borrowed, "" = as 0. */
int oc_desired_list_failure(const oc_desired_list_t *list, unsigned number, bool closed,
                            const char **why);
/* The list up to which it was brought: it is as wanted there, or failed. */
uint32_t oc_desired_list_revision(const oc_desired_list_t *list, unsigned number);
/* When its recording ends by itself; 0: it does not. */
int64_t oc_desired_until_us(const oc_desired_entry_t *entry);
/* [a-z0-9][a-z0-9-]*, and short enough. */
bool oc_desired_name_allowed(const char name[OC_CHANNEL_NAME_MAX]);

#endif
