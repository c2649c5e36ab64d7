/* oc_source_play - a viewer's playback as the source of a reliable stream: two chunks, one of which
 * is being read while the other is sent. What was taken stays in its chunk until the other end has
 * it, so a viewer costs two chunks however long the recording is. Paced by media time: at most
 * OC_SOURCE_PLAY_AHEAD_US ahead of the place where the viewer is, so that a pause or a seek finds
 * little under way. One thread; reading is somebody else's (oc_play_reader). */
#ifndef OC_SOURCE_PLAY_H
#define OC_SOURCE_PLAY_H

#include "oc_play_chunk.h"
#include "oc_sctp_source.h"

#define OC_SOURCE_PLAY_CHUNKS    2u
#define OC_SOURCE_PLAY_AHEAD_US  (5 * 1000 * 1000LL)
#define OC_SOURCE_PLAY_SPEED_MIN 125u   /* per mille: an eighth */
#define OC_SOURCE_PLAY_SPEED_MAX 64000u /* 64 times */
#define OC_SOURCE_PLAY_KEYS_FROM 4001u  /* from this speed on key pictures alone: above 4 times */
#define OC_SOURCE_PLAY_AGAIN_US  (500 * 1000LL) /* a file that is being written is read again */

/* Private: one chunk and what became of it. */
typedef struct oc_source_play_slot {
    oc_play_chunk_t *chunk; /* borrowed for the source's life */
    enum { OC_SOURCE_PLAY_FREE, OC_SOURCE_PLAY_READING, OC_SOURCE_PLAY_READY } state;
    uint32_t serial;    /* of its messages' names */
    uint32_t next;      /* the next message to take */
    uint32_t under_way; /* taken and not done */
} oc_source_play_slot_t;

/* About 150 bytes; read the counts, the rest is its own. */
typedef struct oc_source_play {
    oc_source_play_slot_t slot[OC_SOURCE_PLAY_CHUNKS];
    uint32_t piece_max; /* bytes of the largest message that the other end takes */
    uint32_t serial, order;
    bool seek, paused, held, ended;
    int64_t seek_us;
    int64_t again_us; /* not read before; 0: at once */
    uint32_t speed;   /* per mille */
    int64_t now_us;   /* of the last call with a time */
    int64_t
        anchor_us; /* media time anchor_media_us was due then; INT64_MIN: with the next message */
    int64_t anchor_media_us;
    uint32_t queued; /* bytes in chunks, taken or not, that the other end does not have */
    uint64_t done;   /* messages that the other end has */
} oc_source_play_t;

extern const oc_source_ops_t oc_source_play_ops; /* ctx: the source */

/* chunks: OC_SOURCE_PLAY_CHUNKS of them. piece_max: bytes of the largest message that the other end
 * takes, OC_PLAY_PIECE_MIN at least; beyond OC_PLAY_PIECE changes nothing. at_us: where to begin,
 * from the base on. */
void oc_source_play_init(oc_source_play_t *source, oc_play_chunk_t *const *chunks,
                         uint32_t piece_max, int64_t at_us, int64_t now_us);

/* The next chunk to be filled, its order set; NULL: none now. One is under way at a time; it comes
 * back by oc_source_play_filled. */
oc_play_chunk_t *oc_source_play_want(oc_source_play_t *source);
/* A wanted chunk was filled. Kick the stream. */
void oc_source_play_filled(oc_source_play_t *source, oc_play_chunk_t *chunk, int64_t now_us);
/* True while a chunk is with the reader: the memory must stay. */
bool oc_source_play_reading(const oc_source_play_t *source);

/* The viewer's wishes; each may be repeated. After seek what was not taken is thrown away. */
void oc_source_play_pause(oc_source_play_t *source, int64_t now_us);
void oc_source_play_resume(oc_source_play_t *source, int64_t now_us);
void oc_source_play_seek(oc_source_play_t *source, int64_t at_us, int64_t now_us);
/* per_mille: OC_SOURCE_PLAY_SPEED_MIN .. MAX, else OC_ERR_RANGE and nothing changes. Where key
 * pictures alone begin or end it goes on with a seek to the place it is at. */
int oc_source_play_speed(oc_source_play_t *source, uint32_t per_mille, int64_t now_us);
/* The high watermark was passed (true), the low one again (false): nothing is read meanwhile; what
 * was read is sent, and reading goes on at its place. */
void oc_source_play_hold(oc_source_play_t *source, bool held);

/* When the next message may leave; INT64_MAX: not by time. Then, and after filled, resume and seek:
 * advance, and kick the stream. */
int64_t oc_source_play_deadline(const oc_source_play_t *source);
void oc_source_play_advance(oc_source_play_t *source, int64_t now_us);
/* True while messages are taken and not done. */
bool oc_source_play_under_way(const oc_source_play_t *source);
/* Bytes that wait or are under way. */
uint32_t oc_source_play_queued(const oc_source_play_t *source);

#endif
