/* oc_sctp_stats - what an association tells of its receiving half; the sending half has
 * oc_sctp_send.h. All counts are since the start. */
#ifndef OC_SCTP_STATS_H
#define OC_SCTP_STATS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct oc_sctp_stats {
    uint64_t packets_in, packets_out;
    uint64_t messages, message_bytes;            /* received whole, in their turn */
    uint64_t duplicates;                         /* DATA chunks that had come before */
    uint64_t sacks;                              /* sent */
    uint64_t drop_format;                        /* packets or chunks that are no SCTP */
    uint64_t drop_checksum, drop_tag, drop_port; /* packets */
    uint64_t drop_room;    /* DATA chunks beyond the window, the blocks or the pool */
    uint64_t drop_span;    /* DATA chunks too far ahead */
    uint64_t drop_stream;  /* DATA chunks on a stream without an entry, or used too early */
    uint64_t drop_useless; /* DATA chunks nobody can use: late, or without a beginning */
    uint64_t purged;       /* pieces of messages the peer gave up */
    uint64_t unknown;      /* chunks of types that are not known */
    uint32_t bad_cookies, stale_cookies, restarts_refused;
    uint32_t a_rwnd;        /* bytes announced now */
    uint32_t stored_bytes;  /* in blocks now */
    uint32_t stored_blocks; /* of the pool, now */
    uint32_t streams;       /* entries in use */
    uint16_t mtu;           /* UDP payload bytes of the path, as far as known */
    uint16_t black_holes;   /* times that the path stopped taking that size */
    uint8_t tries;          /* how often what the handshake or the end waits for was sent */
    bool snap;              /* both INITs went with the descriptions */
    bool zero_checksum;     /* the other end takes packets without one, so they leave so */
} oc_sctp_stats_t;

#endif
