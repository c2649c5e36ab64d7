/* oc_output - one way out of the ring of a stream: recording, clip, HLS, progressive clients, the
 * ring lent to WebRTC, or the next one. An output is an oc_output_kind_t in OC_OUTPUT_MAP; every
 * stream has a place for each, in an array. It sees its stream as it is: ring, tracks, time line,
 * and through its plane the clock in force and what the host does (oc_plane_env_t: memory, the file
 * queue, a wake-up). Inside native/plane only; media thread.
 *
 *   open -> packet, gap, advance ... close, until it says that it has ended -> ended
 *           poll_op, done: its file operations          row: at any time, open or not
 *
 * Memory is taken before open and given back after `ended`, never in between. What is open when its
 * stream closes is closed with it; the ring stays until the last one has ended. */
#ifndef OC_OUTPUT_H
#define OC_OUTPUT_H

#include "oc_command.h"
#include "oc_file_op.h"
#include "oc_packet.h"

/* XX(ID, name of its kind): their order is that of the turns and the number of their file
 * operations. */
#define OC_OUTPUT_MAP(XX)                                                                          \
    XX(LIVE, live) XX(RECORD, record) XX(CLIP, clip) XX(PULL, pull) XX(RING, ring)

/* Number of an output of a stream. */
typedef enum oc_output_id {
#define OC_OUTPUT_ID(id, name) OC_OUTPUT_##id,
    OC_OUTPUT_MAP(OC_OUTPUT_ID)
#undef OC_OUTPUT_ID
        OC_OUTPUTS
} oc_output_id_t;

/* Of oc_stream.h. */
struct oc_stream;
/* An output of a stream. */
typedef struct oc_output oc_output_t;

/* What makes an output. Every member but row may be NULL: it has nothing to do then. */
typedef struct oc_output_kind {
    bool always; /* opened with its stream, config NULL; else when something asks for it */
    size_t (*bytes)(void); /* of its state, all zero at open; NULL: it has none */
    /* config: of its kind. OC_OK | OC_ERR_*, and why is set: it stays closed. */
    int (*open)(oc_output_t *output, const void *config, int64_t now_us, char *why,
                size_t why_size);
    /* Whether it could have these settings of a channel. OC_OK | OC_ERR_RANGE, and why is set. */
    int (*check)(const oc_channel_config_t *config, char *why, size_t why_size);
    /* Those of its channel have changed, and were checked. OC_OK | OC_ERR_*. */
    int (*change)(oc_output_t *output, const oc_channel_config_t *config);
    /* Each packet of the ring from the oldest on, in order; data: borrowed until return. seq: its
     * number in the ring. An output that looks farther than one packet has a reader of its own. */
    void (*packet)(oc_output_t *output, uint64_t seq, const oc_packet_t *packet);
    /* Packets left the ring before it was given them; the next one begins a GOP. */
    void (*gap)(oc_output_t *output);
    /* Behind packets, and when it is due. Returns when it is due again; INT64_MAX: not by time. */
    int64_t (*advance)(oc_output_t *output, int64_t now_us);
    /* True: nothing need be lost if a source that can wait did so now. */
    bool (*behind)(const oc_output_t *output);
    /* It is to end with what is in the ring; called at once, and with each turn until OC_OK.
     * OC_OK it has ended | OC_AGAIN its file operations are under way. */
    int (*close)(oc_output_t *output, int64_t now_us);
    /* It has ended, is closed, and its state goes: counts what is kept, answers who waits. */
    void (*ended)(oc_output_t *output, int64_t now_us);
    /* Its next file operation, borrowed until done. OC_OK | OC_AGAIN none. */
    int (*poll_op)(oc_output_t *output, const oc_file_op_t **op);
    /* The result of one; in the order of poll_op. */
    void (*done)(oc_output_t *output, uint32_t id, int result, int64_t now_us);
    /* What it says in the row of its stream, which begins as zeros. */
    void (*row)(const oc_output_t *output, oc_stream_row_t *row, int64_t now_us);
} oc_output_kind_t;

/* In a stream, for its life; what counts goes on when it is opened again. */
struct oc_output {
    const oc_output_kind_t *kind;
    struct oc_stream *stream;
    void *state;                  /* of its kind; NULL while it is not open, or has none */
    bool is_open, closing, ended; /* ended: close has said so, it goes with the next advance */
    int reader;                   /* of the ring, for `packet`; -1: none */
    const oc_file_op_t *refused;  /* the host's queue was full: submitted again later */
    int64_t started_us;           /* when it was opened */
    int64_t stopped_us;           /* when it was told to end, or the one before; 0 = never */
    int64_t end_us;               /* it ends by itself then; INT64_MAX: it does not */
    int64_t end_line_us;          /* the same on the time line; INT64_MAX: not known */
    int64_t over_us;              /* since when end_us is past, as it was noticed; 0: it is not */
    uint32_t viewers, requests;   /* who watches by it now; what it was asked for so far */
};

/* The kinds. */
#define OC_OUTPUT_KIND(id, name) extern const oc_output_kind_t oc_output_##name;
OC_OUTPUT_MAP(OC_OUTPUT_KIND)
#undef OC_OUTPUT_KIND

/* Places for all of them, closed. */
void oc_outputs_init(struct oc_stream *stream);
/* Opens those that are always there; the ring is. OC_OK | OC_ERR_*, why is set. */
int oc_outputs_open(struct oc_stream *stream, int64_t now_us, char *why, size_t why_size);
/* Opens one that is closed. OC_OK | OC_ERR_NOMEM | OC_ERR_BUSY no ring reader | as its kind; why is
 * set. */
int oc_output_open(oc_output_t *output, const void *config, int64_t now_us, char *why,
                   size_t why_size);
/* Whether all could have these settings; the first that could not says why. */
int oc_outputs_check(const oc_channel_config_t *config, char *why, size_t why_size);
/* Settings of the channel take effect on those that are open. OC_OK | the first failure. */
int oc_outputs_change(struct oc_stream *stream, const oc_channel_config_t *config);
/* It ends by itself at an instant; INT64_MAX: never. */
void oc_output_end_at(oc_output_t *output, int64_t end_us);
/* Begins to end one; twice is fine, so is a closed one. It has ended in an advance. */
void oc_output_close(oc_output_t *output, int64_t now_us);

/* Before a packet goes into the ring: ends what has to end before it. */
void oc_outputs_before(struct oc_stream *stream, const oc_packet_t *packet, int64_t now_us);
/* Gives what is new in the ring to all, moves their file operations. Returns when to be called
 * again. */
int64_t oc_outputs_advance(struct oc_stream *stream, int64_t now_us);
/* The result of a file operation of output `number`; one that is closed or unknown is ignored. */
void oc_outputs_done(struct oc_stream *stream, unsigned number, uint32_t id, int result,
                     int64_t now_us);
/* True while a source that can wait should. */
bool oc_outputs_behind(const struct oc_stream *stream);
/* Begins to end all. */
void oc_outputs_close(struct oc_stream *stream, int64_t now_us);
/* True while one is open. */
bool oc_outputs_any(const struct oc_stream *stream);
void oc_outputs_row(const struct oc_stream *stream, oc_stream_row_t *row, int64_t now_us);

#endif
