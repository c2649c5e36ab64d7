/* oc_plane - the media plane: owns every channel (source -> time line -> ring -> outputs), carries
 * out commands, publishes tables, keeps the event log. Media thread only, no I/O, no clock: the
 * host calls it with the time, runs capture threads and file operations for it, and feeds results
 * back. It needs no script to keep going: killing one changes nothing here except who may command.
 */
#ifndef OC_PLANE_H
#define OC_PLANE_H

#include "oc_clock.h"
#include "oc_desired_record.h"
#include "oc_input.h"
#include "oc_loop_env.h"
#include "oc_mailbox.h"
#include "oc_out_live.h"
#include "oc_plane_rows.h"
#include "oc_table.h"

#define OC_PLANE_SILENT_US                                                                         \
    (5 * 1000 * 1000) /* a source may say nothing so long, or 3 GOPs, ...                          \
                       */
#define OC_PLANE_SILENT_MAX_US                                                                     \
    (60 * 1000 * 1000) /* ... but never so long, unless three of its pictures take longer */
#define OC_PLANE_PUBLISH_US (250 * 1000) /* rows of streams that move are written so often */
#define OC_PLANE_SETTLED_US                                                                        \
    (12 * 1000 * 1000) /* and until then after the last move: rates are 0                          \
                        */

typedef struct oc_plane oc_plane_t; /* opaque, oc_plane_bytes() of caller's memory */

/* What the host does for the plane. All are called on the media thread and must not block; their
 * answers come later, never from inside the call. Who does a part of it says with which context, so
 * that nobody hands calls on. */
typedef struct oc_plane_env {
    /* allocate, release: for rings and outputs, at channel open and close only, never on the frame
     * path. wake: oc_plane_advance is to be called soon, as a stream has something for it; NULL:
     * the host calls it often enough. The others are not used. */
    oc_loop_env_t loop;
    /* The content of this part of a ring is no longer needed: whole pages may go back to the
     * system. Once or twice a GOP; NULL = memory stays, and rings hold more than was asked for. */
    void (*discard)(void *context, void *memory, size_t bytes);
    /* The driver for a URL, NULL = none. The member may be NULL: oc_capture_find. */
    const oc_capture_driver_t *(*capture_find)(void *context, const char *url);
    /* A capture is numbered by the slot of its stream (oc_stream_kind_t), below OC_STREAMS_MAX.
     * Gives the stream a capture thread that opens `driver` with *config (copied) and *handoff
     * (borrowed until oc_plane_capture_closed). Answer: oc_plane_capture_opened. An error here or
     * there ends it: the thread no longer touches the handoff, and capture_close is not called. */
    int (*capture_open)(void *context, unsigned slot, const oc_capture_driver_t *driver,
                        const oc_capture_config_t *config, oc_handoff_t *handoff);
    /* The stream is no longer needed while its open is under way: the answer may come sooner. The
     * member may be NULL. */
    void (*capture_interrupt)(void *context, unsigned slot);
    /* Starts pumping after a successful open; later failures of pump arrive in the handoff as
     * OC_HANDOFF_LOST / _RESUMED, pushed by the capture thread. */
    void (*capture_start)(void *context, unsigned slot);
    /* Stops the driver, closes it, ends the thread. Answer: oc_plane_capture_closed. The plane
     * reads no payload from here on; each advance releases what is still in the handoff. */
    void (*capture_close)(void *context, unsigned slot);
    /* Items of this capture's handoff were released: one that waits for room may go on. The member
     * may be NULL. */
    void (*capture_room)(void *context, unsigned slot);
    int (*capture_request_key)(void *context, unsigned slot);
    int (*capture_set_bitrate)(void *context, unsigned slot, uint32_t bps);
    void *captures; /* the context of capture_open .. capture_set_bitrate */
    /* Queues one file operation of an output of a stream (*op borrowed until its answer:
     * oc_plane_file_done). OC_OK | OC_ERR_BUSY the file queue is full: asked again later.
     * NULL: a host without files; recordings are refused. */
    int (*file_submit)(void *context, unsigned slot, unsigned output, const oc_file_op_t *op);
    /* Keeps for the next start whether OC_PRIVACY_COMMAND holds. Answer: oc_plane_privacy_stored;
     * one at a time. The member may be NULL: a host that cannot; a restart ends it. */
    void (*privacy_store)(void *context, bool on);
    void *context; /* of those without another one */
    /* Commands of OC_COMMAND_HOST and above; the host answers with oc_mailbox_reply, now or later
     * (on the media thread). Owns command->parcel. */
    void (*host_command)(void *context, const oc_command_t *command);
    /* The stream in this slot begins to close: nothing may look at its ring (oc_plane_ring) after
     * the call, which comes once. The member may be NULL. */
    void (*ring_gone)(void *context, unsigned slot);
    /* A script has handed over a list, which may be as the one before: head and its entries, in
     * their order, borrowed for the call. The member may be NULL. */
    void (*listed)(void *context, uint32_t generation, const oc_desired_head_t *head,
                   const oc_desired_entry_t *entries);
    /* What to look for at a channel from now on, whatever is opened there; borrowed for the call.
     * The member may be NULL: a host without detectors. */
    void (*detect)(void *context, unsigned channel, const oc_desired_detect_t *detect);
    /* The level of an input (oc_input_t) of a channel or OC_INPUT_DEVICE has changed. The member
     * may be NULL. */
    void (*input_changed)(void *context, const oc_input_change_t *change, int64_t now_us);
    void *owner;           /* the context of host_command .. input_changed */
    oc_plane_rows_t *rows; /* borrowed for the plane's life; NULL: memory of its own */
} oc_plane_env_t;

/* Bytes of the plane itself, without rings and outputs. */
size_t oc_plane_bytes(void);
/* memory: aligned to 16. mailbox, env: borrowed for the plane's life. clock: copied. */
oc_plane_t *oc_plane_init(void *memory, const oc_plane_env_t *env, oc_mailbox_t *mailbox,
                          const oc_clock_t *clock);

/* Takes commands and packets, moves outputs, publishes; of the streams only those that have
 * something to do. Call on every wake-up, after other calls, and at the returned monotonic time. */
int64_t oc_plane_advance(oc_plane_t *plane, int64_t now_us);

/* Answers of the host, on the media thread, by slot. config: what the source delivers (copied). */
void oc_plane_capture_opened(oc_plane_t *plane, unsigned slot, int result,
                             const oc_capture_config_t *config, int64_t now_us);
void oc_plane_capture_closed(oc_plane_t *plane, unsigned slot, int64_t now_us);
void oc_plane_file_done(oc_plane_t *plane, unsigned slot, unsigned output, uint32_t id, int result,
                        int64_t now_us);

/* A new script begins (host, while none runs): answers that the one before waited for are dropped.
 */
void oc_plane_new_script(oc_plane_t *plane, uint32_t generation, int64_t now_us);

/* Ends everything in order: outputs finish their files, capture stops. oc_plane_idle tells when. */
void oc_plane_shutdown(oc_plane_t *plane, int64_t now_us);
bool oc_plane_idle(const oc_plane_t *plane);

/* Privacy mode: while there is a reason every capture is closed, recordings are finished, rings are
 * wiped and freed, live is refused, and no channel opens (OC_ERR_PRIVATE). A reason takes effect at
 * once, without a script; COMMAND ends only when that has been stored. */
/* The reasons in force (oc_privacy_t bits), 0 = off. Any thread. */
uint32_t oc_plane_privacy(const oc_plane_t *plane);
/* oc_indicator_t bits, for the light of a camera. Any thread. */
uint32_t oc_plane_indicator(const oc_plane_t *plane);
/* COMMAND, asked for by the host in the place of a script: as the command PRIVACY. Media thread. */
void oc_plane_privacy_command(oc_plane_t *plane, bool on, int64_t now_us);
/* What the host has stored about COMMAND: before the first advance, and when somebody else has
 * changed it. */
void oc_plane_privacy_notified(oc_plane_t *plane, bool on, int64_t now_us);
/* The result of privacy_store: OC_OK or OC_ERR_*. */
void oc_plane_privacy_stored(oc_plane_t *plane, int result, int64_t now_us);

/* Hours of privacy mode, as a script told them last. */
typedef struct oc_plane_hours {
    bool hold;         /* OC_PRIVACY_SCHEDULE is in force */
    int64_t begins_us; /* it is by itself from then on; INT64_MAX: not */
} oc_plane_hours_t;
/* Media thread. */
oc_plane_hours_t oc_plane_hours(const oc_plane_t *plane);

/* Over the end of a process: what a host keeps (media thread). */
/* Counts lists that were handed over; 0: none was. */
uint32_t oc_plane_list_revision(const oc_plane_t *plane);
/* The list in force as a letter (oc_desired_record.h; aligned as its head), without a camera that
 * is being tried. letter NULL: only its bytes. 0: none was handed over, or it has no room. */
size_t oc_plane_list(const oc_plane_t *plane, void *letter, size_t size);
/* Before the first script: takes the list (borrowed until return) as if one had handed it over, and
 * the hours. OC_OK | OC_ERR_INVAL | OC_ERR_RANGE: nothing has changed, why is set. */
int oc_plane_resume(oc_plane_t *plane, const void *letter, size_t bytes,
                    const oc_plane_hours_t *hours, int64_t now_us, char *why, size_t why_size);

typedef struct oc_plane_stats { /* totals since oc_plane_init */
    uint32_t channels;          /* now open, in whatever state */
    uint32_t bodies;            /* live bodies made */
    uint64_t body_bytes;        /* their bytes */
    uint64_t body_copied_bytes; /* copied from the ring for them: each segment byte once */
} oc_plane_stats_t;
void oc_plane_stats(const oc_plane_t *plane, oc_plane_stats_t *out);

/* Tables, readable from any thread. NULL: no such slot. State 0: nothing there; a sub stream that
 * is not open has the state opening or lost. */
const oc_table_t *oc_plane_stream_table(const oc_plane_t *plane, unsigned slot);
/* begin protocol: made by tools/protocol */
/* clang-format off */
/* Name of a channel that is open only while its camera is tried: no setting may have it, and it
 * is no part of health, status and metrics. */
#define OC_CHANNEL_TEST "testing-"
/* clang-format on */
/* end protocol */
/* Whether the channel of a slot is that one. Any thread. */
bool oc_plane_is_test(const oc_plane_t *plane, unsigned slot);
/* The name of the channel of a slot, from any thread; copies at most OC_CHANNEL_NAME_MAX bytes; ""
 * when there is none. */
void oc_plane_channel_name(const oc_plane_t *plane, unsigned slot, char *out);
/* Why the channel of a number is not as the desired list wants it: one line without secrets, "" =
 * it is, or is on its way. Any thread. */
void oc_plane_why(const oc_plane_t *plane, unsigned number, char out[OC_DESIRED_WHY_MAX]);

/* Appends to the event log (slot: of the stream it is about, -1 = none; text: one line). Media
 * thread. */
void oc_plane_event(oc_plane_t *plane, int slot, oc_event_kind_t kind, int code, const char *path,
                    const char *text, int64_t now_us);

/* The level of an input of a channel, or of the device as a whole (OC_INPUT_DEVICE): raised or not;
 * all are low at first. A change is an event, code 1 or 0; the same level again is none. Contacts
 * are debounced by the caller. Media thread. OC_OK | OC_ERR_INVAL no such input or channel. */
int oc_plane_input(oc_plane_t *plane, int channel, unsigned input, bool raised, int64_t now_us);
/* The same, with what is known of the change: env.input_changed is given it, the log of the plane
 * is not. OC_ERR_TOO_BIG: data has OC_INPUT_DATA_MAX bytes or more. */
int oc_plane_input_data(oc_plane_t *plane, const oc_input_change_t *change, int64_t now_us);

/* Files of recordings end at the first key packet behind so many bytes; 0: as oc_out_file does.
 * Also those that are written now. Media thread. */
void oc_plane_file_bytes(oc_plane_t *plane, uint64_t bytes);

/* True: the script has asked for what comes after the newest event, so it has the whole log. Media
 * thread. */
bool oc_plane_events_notified(const oc_plane_t *plane);

#endif
