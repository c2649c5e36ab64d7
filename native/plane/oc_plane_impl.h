/* oc_plane_impl - what the parts of oc_plane share; nobody outside native/plane includes it.
 *   oc_plane.c           life, answers of the host, shutdown, events
 *   oc_plane_streams.c   streams that have something to do
 *   oc_plane_clock.c     the wall clock in force
 *   oc_plane_names.c     recordings that wait for the wall clock
 *   oc_plane_commands.c  commands of scripts and their answers
 *   oc_plane_desired.c   what shall run: oc_desired_list.c at work
 *   oc_plane_publish.c   rows and names for other threads
 *   oc_plane_privacy.c   why nothing may be captured; the light
 *   oc_plane_live.c      bodies for HTTP; oc_plane_pull.c: progressive streams
 *   oc_plane_ring.c      rings lent to the host; oc_channel*.c: channels
 *   oc_stream*.c         streams of channels; changes while they run: oc_channel_change.c
 *   oc_output.c          their outputs: oc_stream_record.c, oc_plane_live.c, _pull.c and _ring.c */
#ifndef OC_PLANE_IMPL_H
#define OC_PLANE_IMPL_H

#include "oc_channel.h"
#include "oc_clock_watch.h"
#include "oc_err.h"
#include "oc_event_log.h"
#include "oc_fmp4.h"
#include "oc_out_file.h"
#include "oc_out_live.h"
#include "oc_plane_desired.h"
#include "oc_plane_pull_impl.h"
#include "oc_plane_streams.h"
#include "oc_record_name.h"

/* A command that is answered later. */
typedef struct oc_plane_waiter {
    uint16_t kind; /* enum oc_command_kind; 0 = free */
    uint16_t slot; /* of the stream */
    uint32_t request, generation;
} oc_plane_waiter_t;

/* Beside the outputs of a stream, for the host's file thread. */
#define OC_PLANE_OUTPUT_NAMES OC_OUTPUTS

/* A recording that was closed without a date. */
typedef struct oc_plane_name {
    oc_record_name_t record;
    unsigned slot;                         /* of the stream whose file thread renames it */
    char folder[OC_CHANNEL_NAME_MAX + 16]; /* recordings/<channel> */
} oc_plane_name_t;

typedef struct oc_plane_names {
    oc_plane_name_t entry[OC_PLANE_NAMES]; /* oldest at `first` */
    uint32_t first, len;
    uint32_t dropped; /* had no place */
    uint32_t tries;   /* of the oldest: names that existed */
    bool under_way;   /* op is with the host */
    oc_file_op_t op;
} oc_plane_names_t;

/* Privacy mode, see oc_plane_privacy.c. */
typedef struct oc_plane_reasons {
    _Atomic uint32_t reasons;   /* oc_privacy_t bits in force */
    _Atomic uint32_t indicator; /* oc_indicator_t bits */
    uint32_t announced;         /* reasons the event log has */
    uint32_t waiting;           /* commands to be answered */
    int64_t schedule_us;        /* SCHEDULE is set by itself then; INT64_MAX: not */
    int64_t retry_us;           /* storing is tried again then */
    bool expected;              /* COMMAND, as asked for last */
    bool kept;                  /* what the host has stored of it */
    bool storing, under_way;    /* the host is storing `under_way` */
    int stored;                 /* how that ended last */
} oc_plane_reasons_t;

struct oc_plane {
    oc_plane_env_t env;
    oc_mailbox_t *mailbox;
    oc_clock_watch_t watch;
    const oc_clock_t *clock; /* the one in force, in `watch` */
    int64_t now_us;          /* of the last call that brought the time */
    bool stopping;
    int64_t silence_us; /* sources are looked at then; INT64_MAX: none should deliver */
    oc_plane_stats_t stats;
    uint32_t live_changes;                  /* see oc_plane_live_changes */
    oc_channel_t *channel[OC_CHANNELS_MAX]; /* by number; NULL = free */
    oc_plane_streams_t streams;             /* which streams have something to do */
    oc_plane_waiter_t waiter[OC_MAILBOX_REPLIES];
    oc_table_t row[OC_STREAMS_MAX];
    oc_table_t name[OC_STREAMS_MAX];
    oc_plane_rows_t *rows; /* of the host, or own_rows */
    oc_plane_rows_t own_rows;
    oc_plane_names_t names;
    oc_plane_desired_t desired;
    oc_event_log_t events;
    uint8_t inputs[OC_CHANNELS_MAX + 1]; /* bits by oc_input_t: raised; the last: of the device */
    oc_plane_reasons_t privacy;
    uint64_t file_bytes;       /* of a recording's file; 0: no limit of the host's */
    uint32_t events_requested; /* the number EVENTS_READ asked for last */
    /* One live segment at a time is put together. */
    uint8_t head[OC_FMP4_HEAD_MAX(OC_FMP4_PACKETS_MAX)];
    oc_span_t spans[OC_FMP4_PACKETS_MAX + 1];
    oc_plane_pulls_t pulls;
    int64_t lent_until_us; /* so long whoever was lent a live segment sends it to somebody */
};

/* Is the slot that of a sub stream? */
static inline bool oc_plane_is_sub(unsigned slot) {
    return slot >= OC_CHANNELS_MAX;
}
/* The channel that a stream belongs to. */
static inline unsigned oc_plane_channel_of(unsigned slot) {
    return oc_plane_is_sub(slot) ? slot - OC_CHANNELS_MAX : slot;
}
/* The slot of a channel's stream. */
static inline unsigned oc_plane_slot(unsigned channel, oc_stream_kind_t kind) {
    return channel + (kind == OC_STREAM_SUB ? OC_CHANNELS_MAX : 0);
}
/* The stream in a slot, of any number; NULL: none is open there now. */
static inline oc_stream_t *oc_plane_stream(const oc_plane_t *plane, unsigned slot) {
    const oc_channel_t *channel =
        slot < OC_STREAMS_MAX ? plane->channel[oc_plane_channel_of(slot)] : NULL;
    return channel ? channel->stream[oc_plane_is_sub(slot) ? OC_STREAM_SUB : OC_STREAM_MAIN] : NULL;
}

/* Takes some of the commands that wait. True: there may be more. */
bool oc_plane_commands_take(oc_plane_t *plane, int64_t now_us);
/* Answers every command of that kind that waits for the stream in this slot. text: reason or JSON,
 * may be "". */
void oc_plane_commands_answer(oc_plane_t *plane, unsigned slot, uint16_t kind, int code,
                              int32_t value0, const char *text);
/* Forgets commands of scripts that are gone. */
void oc_plane_commands_forget(oc_plane_t *plane, uint32_t generation);

/* Remembers a closed recording when it has no date. */
void oc_plane_names_add(oc_plane_t *plane, unsigned slot, const oc_out_file_info_t *closed);
/* Renames what has none once the clock is set. Returns when to be called again. */
int64_t oc_plane_names_advance(oc_plane_t *plane, int64_t now_us);
void oc_plane_names_done(oc_plane_t *plane, uint32_t id, int result, int64_t now_us);

/* Writes the row of a slot. A free one: zeros, or the state of a sub stream that is tried again. */
void oc_plane_publish_row(oc_plane_t *plane, unsigned slot, int64_t now_us);
void oc_plane_publish_channel(oc_plane_t *plane, unsigned number, int64_t now_us);
/* "" = free. */
void oc_plane_publish_name(oc_plane_t *plane, unsigned slot, const char *name);
/* FNV-1a, 32 bit, of a text; never 0. */
uint32_t oc_plane_publish_hash(uint32_t hash, const void *data, size_t len);

/* Carries out PRIVACY. OC_OK answered at once, *reasons is filled | OC_AGAIN answered later, keep
 * the command under its object | OC_ERR_INVAL. */
int oc_plane_privacy_request(oc_plane_t *plane, const oc_command_t *command, int64_t now_us);
/* Sets or clears one reason. */
void oc_plane_privacy_set(oc_plane_t *plane, uint32_t reason, bool on, int64_t now_us);
/* Hours of privacy mode are these from now on. */
void oc_plane_privacy_hours(oc_plane_t *plane, const oc_plane_hours_t *hours, int64_t now_us);
/* Schedule, light, answers. Returns when it wants to be called again. */
int64_t oc_plane_privacy_advance(oc_plane_t *plane, int64_t now_us);

/* The file of a recording or clip that is open. */
oc_out_file_t *oc_stream_record_file(const oc_output_t *output);
/* HLS of a stream; NULL: it is not open. */
oc_out_live_t *oc_plane_live_of(const oc_stream_t *stream);

/* The main or sub stream of a channel, by name, with that output. OC_OK: it is open | OC_AGAIN not
 * yet | OC_ERR_NOENT | OC_ERR_PRIVATE. */
int oc_plane_output(const oc_plane_t *plane, const char *name, bool sub, oc_output_id_t id,
                    oc_stream_t **out);

/* Appends an event of the application to the log; a text too long is cut. kind: not empty; channel:
 * "" = none; it need not be open. */
void oc_plane_raise(oc_plane_t *plane, const char *kind, const char *channel, const char *text,
                    int64_t now_us);

/* oc_plane_event with a formatted text. */
void oc_plane_eventf(oc_plane_t *plane, int slot, oc_event_kind_t kind, int code, const char *path,
                     int64_t now_us, const char *format, ...) __attribute__((format(printf, 7, 8)));

#endif
