/* plane_host - a host for oc_plane in virtual time on one thread: drivers are pumped inline, file
 * operations go to one simulated disk per channel, a script is this test. It keeps a log of every
 * packet the sources delivered, and compares recordings with it. */
#ifndef PLANE_HOST_H
#define PLANE_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "oc_plane_live.h"
#include "oc_sim_disk.h"

#define HOST_START_US   INT64_C(50000000)         /* monotonic time at the start */
#define HOST_WALL_US    INT64_C(1795229460000000) /* its UTC: 2026-11-21T02:51:00Z */
#define HOST_BACKOFF_US INT64_C(500000)           /* a lost source is started again after */
#define HOST_BLOCKS     512                       /* of plane memory whose size is known */
#define HOST_QUEUE      64                        /* file operations under way */

/* One packet as a source delivered it. */
typedef struct host_packet {
    uint64_t hash; /* of its bytes */
    uint32_t len;
    uint8_t track;
    bool key;
} host_packet_t;

/* A source and its thread, played by the host. */
typedef struct host_capture {
    const oc_capture_driver_t *driver; /* NULL = none */
    void *state;
    oc_handoff_t *handoff;
    oc_capture_config_t config;
    int result;    /* of open */
    bool answered; /* opened was told */
    bool started, lost, closing;
    int64_t due_us;  /* next pump, or next start when lost */
    uint32_t logged; /* items of the handoff that are in the log */
    host_packet_t *log;
    size_t log_len, log_room;
    bool silent; /* no log: for the allocation test */
} host_capture_t;

/* A desired list, as a script hands it over. Start from zeros. */
typedef struct plane_list {
    oc_desired_head_t head;
    oc_desired_entry_t entry[OC_CHANNELS_MAX];
} plane_list_t;

typedef struct plane_host {
    plane_list_t list; /* of host_open and what follows it: plane_list.h */
    int64_t now_us;
    oc_clock_t clock;
    oc_plane_t *plane;
    oc_mailbox_t *box;
    uint32_t generation;
    host_capture_t capture[OC_STREAMS_MAX];
    oc_sim_disk_t *disk[OC_STREAMS_MAX];
    oc_sim_disk_t *clips[OC_STREAMS_MAX]; /* made with the first one: handles are per output */
    int32_t arg1, arg2;                   /* of the next command */
    uint32_t submitted, queue_limit;      /* file operations under way over all channels */
    uint8_t outputs[OC_STREAMS_MAX][HOST_QUEUE]; /* of each disk's operations, oldest first */
    uint32_t outputs_len[OC_STREAMS_MAX];
    bool sink; /* files: every operation succeeds at once and nothing is kept */
    struct {
        unsigned channel;
        uint32_t id;
    } sunk[HOST_QUEUE];
    uint32_t sunk_len;
    uint64_t sunk_bytes;
    oc_desired_detect_t detect[OC_CHANNELS_MAX]; /* as told last */
    uint32_t detects;                            /* how often it was */
    char input_changes[512];                     /* what input_changed was given, a line each */
    int64_t media_late_us; /* the media thread comes so much later than a packet */
    int64_t held_us;       /* INT64_MAX, or when the media thread comes */
    bool opens_held;       /* capture_open is not answered for now */
    int refuse_memory;     /* allocate fails after so many; -1 = never */
    int blocks;            /* plane memory now in use, in blocks */
    uint32_t allocations;  /* ever */
    uint32_t host_commands;
    unsigned rings_gone, ring_gone; /* how often that was told; the slot told last */
    uint32_t keys_requested, bitrate;
    /* Privacy by command: what the host was asked to keep, and how that ends. */
    bool storing, store_held, wished, kept;
    int store_result;
    uint32_t stores;
    /* Memory of the plane comes back: looked at before it is freed. NULL: not. */
    void (*released)(struct plane_host *host, const void *memory, size_t bytes);
    struct {
        void *memory;
        size_t bytes;
    } block[HOST_BLOCKS];
    oc_reply_t reply[OC_MAILBOX_REPLIES * 2]; /* taken, not yet asked for */
    uint32_t replies;
    uint32_t edges[OC_MAILBOX_OBJECTS];
    /* A real script instead of the test: it takes replies and edges (`script`), and somebody
     * answers the commands for the host (`command`, owns its parcel). NULL: as above. */
    void (*script)(struct plane_host *host);
    void (*command)(struct plane_host *host, const oc_command_t *command);
} plane_host_t;

/* A plane, and a first script. */
void host_init(plane_host_t *host);
/* Shuts down, checks that nothing is left in memory. */
void host_end(plane_host_t *host);
/* Lets so much time go by. */
void host_run(plane_host_t *host, int64_t us);
/* The script dies and another one starts. */
void host_new_script(plane_host_t *host);

/* What came back for a command. */
typedef struct host_answer {
    int code;
    int32_t value, value1;
    char text[OC_PARCEL_MAX + 1];
} host_answer_t;

/* Posts a command of the running script: request number or OC_ERR_BUSY. */
int32_t host_post(plane_host_t *host, uint16_t kind, unsigned object, int32_t arg0,
                  const void *record, size_t size);
/* True when the request was answered; *answer (static) is valid until the next call. */
bool host_answered(plane_host_t *host, int32_t request, host_answer_t **answer);
/* Posts and lets time go by until it is answered (60 s at most). */
host_answer_t *host_call(plane_host_t *host, uint16_t kind, unsigned object, int32_t arg0,
                         const void *record, size_t size);

/* A config with a 6 s ring and audio. */
oc_channel_config_t host_channel(const char *name, const char *url);
oc_stream_row_t host_row(plane_host_t *host, unsigned channel);
/* How many events of a kind the log holds; *text (may be NULL): JSON of the log, static. */
unsigned host_events(plane_host_t *host, const char *kind, const char **text);

/* Compares all recordings of a channel with what its source delivered: bytes and order of each
 * track, nothing missing between the first and the last sample. Samples of all tracks. */
typedef struct host_found {
    size_t files, open_files;
    uint64_t samples[OC_TRACKS_MAX];
    uint64_t unrecorded[OC_TRACKS_MAX]; /* delivered after the last recorded one */
    uint64_t before[OC_TRACKS_MAX];     /* delivered before the first recorded one */
} host_found_t;
host_found_t host_check(plane_host_t *host, unsigned channel);
/* The same for its clips. */
host_found_t host_check_clips(plane_host_t *host, unsigned channel);

#endif
