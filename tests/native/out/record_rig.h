/* record_rig - everything a recording test needs, in virtual time: a source of made-up H.264 and
 * AAC packets, a ring, an output, a simulated disk, and a log of every packet the ring took. */
#ifndef RECORD_RIG_H
#define RECORD_RIG_H

#include "oc_out_file.h"
#include "oc_sim_disk.h"

#define RIG_START_US INT64_C(50000000)         /* monotonic time at the start */
#define RIG_WALL_US  INT64_C(1795229460000000) /* its UTC: 2026-11-21T02:51:00Z */
#define RIG_FOLDER   "recordings/cam1"

typedef struct rig_source {
    bool video, audio;
    bool alaw;                             /* audio is G.711 */
    bool mjpeg;                            /* video is Motion JPEG: every packet is a key packet */
    uint32_t video_timescale, frame_ticks; /* 90000, 3000: 30 frames per second */
    uint32_t audio_timescale, audio_ticks; /* 48000 with 1024 samples per packet */
    uint32_t first_s;                      /* dts of the first packets, seconds */
    uint32_t gop_frames;
    uint32_t video_bytes, key_bytes, audio_bytes; /* sizes on average */
    uint32_t audio_late_us;                       /* audio comes so much later than its time */
    bool reordered;                               /* composition offsets as with B-frames */
    bool no_durations;                            /* packets come with duration 0 */
} rig_source_t;

/* One packet as pushed. */
typedef struct rig_packet {
    oc_packet_t packet; /* data: not valid any more */
    uint64_t hash;
} rig_packet_t;

typedef struct rig {
    int64_t now_us;
    oc_clock_t clock;
    rig_source_t source;
    void *ring_memory, *out_memory;
    oc_ring_size_t ring_size;
    oc_ring_t *ring;
    oc_out_file_t *out;
    oc_sim_disk_t *disk;
    uint16_t config_id[OC_TRACKS_MAX];
    int64_t next_dts[OC_TRACKS_MAX]; /* of the next packet of each track */
    uint64_t frames;
    uint8_t variant;  /* of the newest description */
    int64_t epoch_us; /* monotonic time of dts 0 */
    bool jump;        /* the next packet says that the time line broke before it */
    bool quiet;       /* the source stands still */
    rig_packet_t *log;
    size_t log_len, log_room;
    uint64_t outside_spans; /* payload spans that do not lie in the ring's memory */
    uint64_t payload_spans;
    uint32_t max_ops_under_way, ops_under_way;
    oc_out_file_info_t last[OC_OUT_FILE_STOPPED + 1]; /* newest event of each kind */
    uint32_t events[OC_OUT_FILE_STOPPED + 1];
    uint64_t gap_packets; /* sum over the GAP events */
    int64_t worst_age_us; /* largest age that the newest synced packet reached */
} rig_t;

extern const rig_source_t rig_default_source; /* 30 fps and 48 kHz, GOP of 1 s, 60 KB/s */

/* ring_ms of the source's rate. config: NULL = 90 minutes, name "cam1". */
void record_rig_open(rig_t *rig, const rig_source_t *source, uint32_t ring_ms, uint64_t seed);
void record_rig_record(rig_t *rig, const oc_out_file_config_t *config);
oc_out_file_config_t record_rig_config(void);
void record_rig_close(rig_t *rig);

/* Lets so much time go by. */
void record_rig_run(rig_t *rig, int64_t us);
/* Stops and lets time go by until the output is idle, 60 s at most. */
void record_rig_stop(rig_t *rig);
/* A new parameter set for a track from the next key packet on. */
void record_rig_change_config(rig_t *rig, unsigned track);

/* Repairs every file that has its open name, as the host does at the next start; returns the bytes
 * cut off. */
uint64_t record_rig_recover(rig_t *rig);
/* Each file has a sidx, which says what its fragments say. Returns how many have an mfra too. */
size_t record_rig_check_index(rig_t *rig);

/* What all recordings of a disk hold, compared with the log. */
typedef struct rig_found {
    size_t files, open_files;
    uint64_t samples[OC_TRACKS_MAX];
    uint64_t missing[OC_TRACKS_MAX]; /* logged packets between the first and the last found ones */
    uint64_t first[OC_TRACKS_MAX], last[OC_TRACKS_MAX]; /* log indices */
    uint64_t doubled;                                   /* found again in a later file */
    int64_t first_missing_us; /* capture time of the oldest missing packet; INT64_MAX = none */
    int64_t last_capture_us;  /* of the newest sample */
} rig_found_t;

/* Reads every file with oc_mp4_read and fails the test unless each sample is bit-identical to a
 * logged packet with the same decode-time distances, flags and composition offsets, samples are in
 * order, every file starts with a key packet at time 0 .. 40 ms, and the tracks keep their
 * distance exactly. */
void record_rig_check(const rig_t *rig, rig_found_t *found);

#endif
