/* Two associations in virtual time with a link between them that loses, doubles, reorders, corrupts
 * and cuts; messages are a function of stream and number, so that every byte is checked. */
#ifndef SCTP_RIG_H
#define SCTP_RIG_H

#include "oc_sctp.h"

#define RIG_STREAMS 16
#define RIG_BLOCKS  8000

/* One direction of the link. Shares are parts per 1,000. */
typedef struct rig_link {
    int64_t delay_us, jitter_us;
    unsigned loss, twice, corrupt;
    uint32_t mtu; /* SCTP packet bytes, larger ones vanish unless oversize; 0 = any */
    bool down;
    uint64_t sent, lost;
} rig_link_t;

/* What one end sends on a stream, and what it has received on it. */
typedef struct rig_stream {
    uint32_t count, next; /* messages in all, number of the next one */
    uint32_t shortest, longest;
    uint32_t stale; /* messages below this number are overtaken */
    bool unordered;
    uint32_t done, abandoned;  /* as the sender said */
    uint32_t received, expect; /* at this end: messages; the least number that may come next */
    uint32_t skipped;          /* numbers that never came */
    bool gaps;                 /* numbers may be left out */
    unsigned resets_peer, resets_ours;
} rig_stream_t;

typedef struct sctp_rig_end {
    oc_sctp_t *sctp;
    void *memory, *blocks;
    oc_pool_t pool;
    rig_stream_t stream[RIG_STREAMS];
    bool up, down, hold; /* hold: messages are polled and kept */
    oc_sctp_event_t held[4096];
    unsigned held_count;
    enum oc_sctp_reason reason;
    uint16_t cause;
    uint64_t bytes; /* received */
    int64_t up_us;
} rig_end_t;

typedef struct rig rig_t;
struct rig {
    rig_end_t end[2];
    rig_link_t link[2]; /* from end i */
    int64_t now_us;
    uint64_t random;
    struct rig_datagram *queue;
    uint64_t order, steps;
    /* Scripted loss: true drops the packet. NULL: none. */
    bool (*drop)(rig_t *rig, unsigned from, const uint8_t *packet, size_t len);
    unsigned drops; /* for the script */
};

/* Both ends of one config; blocks: of each end's pool. */
void sctp_rig_init(rig_t *rig, const oc_sctp_config_t *config, unsigned blocks, uint64_t seed);
/* Different ends. */
void sctp_rig_init_ends(rig_t *rig, const oc_sctp_config_t *a, const oc_sctp_config_t *b,
                        unsigned blocks, uint64_t seed);
/* Both call oc_sctp_connect. */
void sctp_rig_connect(rig_t *rig);
/* Opens a stream from an end; messages of shortest .. longest bytes. OC_OK or what oc_sctp_open
 * says. */
int sctp_rig_open(rig_t *rig, unsigned end, uint16_t sid, uint32_t count, uint32_t shortest,
                  uint32_t longest, bool partial);
/* count more messages on an open stream. */
void sctp_rig_more(rig_t *rig, unsigned end, uint16_t sid, uint32_t count);
/* Runs until a time, or until nothing will happen any more. */
void sctp_rig_run(rig_t *rig, int64_t until_us);
/* Runs until both are up. */
void sctp_rig_up(rig_t *rig);
/* Releases what an end holds. */
void sctp_rig_release(rig_t *rig, unsigned end);
/* Puts bytes on the wire as if `from` had sent them, with a right checksum; they arrive at once. */
void sctp_rig_inject(rig_t *rig, unsigned from, uint8_t *packet, size_t len);
/* Ends both and checks that every block is back. */
void sctp_rig_end(rig_t *rig);
/* 0 .. n - 1 */
uint32_t sctp_rig_random(rig_t *rig, uint32_t n);

#endif
