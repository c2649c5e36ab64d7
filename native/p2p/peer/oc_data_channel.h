/* oc_data_channel - one data channel of a peer as a source of its SCTP stream: what the protocol of
 * channels itself has to say first (OPEN, ACK, a refusal), then what the program's source has.
 * Internal to oc_peer. */
#ifndef OC_DATA_CHANNEL_H
#define OC_DATA_CHANNEL_H

#include "oc_dcep.h"
#include "oc_source_fifo.h"

#define OC_DATA_CHANNEL_CONTROL 3072 /* bytes that the protocol itself may have waiting */

typedef enum oc_data_channel_state {
    OC_DATA_CHANNEL_FREE,
    OC_DATA_CHANNEL_REQUESTED, /* the other end's OPEN waits for accept or refuse */
    OC_DATA_CHANNEL_OPENING,   /* our OPEN has no ACK yet */
    OC_DATA_CHANNEL_OPEN,
    OC_DATA_CHANNEL_REFUSING, /* ACK and reason are on their way; then it is closed */
    OC_DATA_CHANNEL_CLOSING,  /* our reset is asked for; the id is free after both resets */
} oc_data_channel_state_t;

/* One channel; 128 bytes. */
typedef struct oc_data_channel {
    oc_data_channel_state_t state;
    uint16_t sid;
    bool unordered;    /* what we send */
    bool ended;        /* the program's source said OC_END */
    bool finished;     /* nothing more will be sent and all is acknowledged: close it */
    bool opened_event; /* not polled yet */
    bool deaf;         /* what still comes is dropped */
    bool reset_in;     /* the other end has reset its stream */
    bool reset_out;    /* ours is reset, or was never open */
    bool negotiated;   /* both ends know it: neither OPEN nor ACK */
    uint8_t early_first, early_count; /* of `early`: the next one, and the number */
    uint16_t label_len;
    void *label;          /* ASKED by the signalling and not told yet: a block with the label */
    void *early;          /* ASKED: a block with the messages that came already; NULL none */
    int64_t close_us;     /* not reset before this; 0: at any time; INT64_MAX: not before UP */
    uint32_t unacked;     /* messages of the program taken and not done */
    uint32_t max_message; /* bytes of a message that the other end takes */
    const oc_source_ops_t *ops; /* NULL: sends nothing */
    void *context;
    bool *look; /* becomes true with `finished` */
    oc_source_fifo_t control;
} oc_data_channel_t;

extern const oc_source_ops_t oc_data_channel_ops; /* ctx: the channel */

/* A channel in use, its state to be set by the caller. look: borrowed until deinit. */
void oc_data_channel_init(oc_data_channel_t *channel, uint16_t sid, oc_pool_t *pool, bool *look);
/* Gives back what it holds; it is free. */
void oc_data_channel_deinit(oc_data_channel_t *channel);
/* Sets `finished` when it is. */
void oc_data_channel_look(oc_data_channel_t *channel);

#endif
