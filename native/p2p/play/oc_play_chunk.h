/* oc_play_chunk - recorded media on its way from a file to a viewer: a row of messages and their
 * bytes, made by oc_play_reader where it may wait for a disk, sent by oc_source_play. One chunk
 * belongs to one of the two at a time. */
#ifndef OC_PLAY_CHUNK_H
#define OC_PLAY_CHUNK_H

#include <stdbool.h>
#include <stdint.h>

#define OC_PLAY_CHUNK_BYTES    (64u * 1024) /* of messages; two chunks for each view that plays */
#define OC_PLAY_CHUNK_MESSAGES 64u          /* 24 bytes each */
#define OC_PLAY_PIECE          (16u * 1024) /* bytes of the largest message */
#define OC_PLAY_PIECE_MIN      4096u        /* a viewer must take so many: an init segment is one */

/* A message: text, the init segment, or a piece of a fragment (in order; together they are what a
 * SourceBuffer is given). */
typedef struct oc_play_message {
    int64_t at_us;   /* decode time of what it begins with, from the base of the playback on */
    uint32_t offset; /* in bytes[] */
    uint16_t len;    /* 1 .. OC_PLAY_PIECE */
    bool text;       /* JSON, else bytes */
} oc_play_message_t;

typedef struct oc_play_chunk {
    /* The order, by oc_source_play. */
    uint32_t order;     /* number of the seek it belongs to: what is older is thrown away */
    bool seek;          /* begin anew, at the key picture at or before at_us */
    bool keys_only;     /* key pictures alone, each as long as the distance to the next one */
    int64_t at_us;      /* from the base on */
    uint32_t piece_max; /* OC_PLAY_PIECE_MIN .. OC_PLAY_PIECE: bytes of a message */
    /* The result, by oc_play_reader. */
    int result; /* OC_OK more follows | OC_AGAIN later, of a file that is being written | OC_END the
                   last one, may be empty | OC_ERR_* as well */
    uint32_t count, len;
    oc_play_message_t message[OC_PLAY_CHUNK_MESSAGES];
    uint8_t bytes[OC_PLAY_CHUNK_BYTES];
} oc_play_chunk_t;

#endif
