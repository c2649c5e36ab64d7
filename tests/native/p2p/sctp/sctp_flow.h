/* sctp_flow - one association in the virtual network: the sender under test, a source whose bytes
 * are a function of message and offset, and a model receiver that checks every byte and every rule
 * it can see (one TSN, one content; order; nothing delivered of an abandoned message). */
#ifndef SCTP_FLOW_H
#define SCTP_FLOW_H

#include "oc_sctp_send.h"
#include "sctp_net.h"

#define FLOW_STREAMS  8
#define FLOW_MESSAGES 4096 /* of one source that wait or are under way */
#define FLOW_GAPS     64
#define FLOW_TSNS     65536

typedef struct flow flow_t;

/* A source: messages first .. end - 1 exist, those before `lost` are overtaken. */
typedef struct flow_source {
    flow_t *flow;
    uint16_t sid;
    uint64_t next, end; /* references; they are also the PPID, so that the receiver knows them */
    uint64_t overrun;   /* messages below have no bytes any more */
    uint32_t len[FLOW_MESSAGES];
    int64_t made_us[FLOW_MESSAGES];
    bool key[FLOW_MESSAGES], taken[FLOW_MESSAGES];
    uint64_t group[FLOW_MESSAGES];
    uint32_t bulk;  /* > 0: endless messages of that many bytes */
    uint32_t split; /* > 0: parts of at most that many bytes */
    bool unordered;
    uint64_t done_ok, done_stale, done_closed;
} flow_source_t;

typedef struct flow_chunk {
    bool here;
    uint8_t flags;
    uint16_t sid, ssn, len;
    uint32_t ppid;
    uint8_t *bytes;
} flow_chunk_t;

typedef struct flow_receiver {
    uint32_t cum, high, first;
    flow_chunk_t *chunk; /* FLOW_TSNS of them */
    uint32_t held;       /* bytes that wait: out of order, or the application does not read */
    uint32_t unread;     /* part of held: in order */
    bool reading;        /* the application takes what comes */
    uint32_t window;     /* bytes */
    unsigned gap_limit;  /* blocks in a SACK, 20 as dcSCTP */
    bool ignores_immediate;
    bool renege; /* drops what is out of order, once */
    unsigned since_sack, duplicates;
    bool sack_due, timer;
    uint64_t timer_id;
    bool open; /* inside a message */
    uint32_t offset, ppid;
    uint16_t sid, ssn, next_ssn[FLOW_STREAMS];
    uint64_t messages, bytes, cut_short, forward, wrong;
    uint64_t packets, duplicate_chunks;
    uint32_t last_ppid[FLOW_STREAMS];
} flow_receiver_t;

struct flow {
    net_t *net;
    net_link_t *there, *back;
    oc_send_t *send;
    void *memory;
    flow_source_t source[FLOW_STREAMS];
    flow_receiver_t rx;
    uint32_t mtu;
    uint64_t wake_id;
    uint64_t drop_mask;    /* bit n: the n-th packet from now is dropped */
    unsigned drop_forward; /* so many FORWARD-TSN are dropped */
    uint64_t data_packets, oversize;
    uint32_t largest_burst;
    void (*delivered)(void *ctx, uint16_t sid, uint32_t ppid, int64_t made_us, uint32_t len);
    void *delivered_ctx;
    bool hold_acks;
};

typedef struct flow_config {
    oc_send_config_t send;
    uint32_t first_tsn, window, mtu, rtt_us;
    bool no_forward_tsn;
} flow_config_t;

/* Makes an association over two links and starts it at the network's time. */
void flow_open(flow_t *flow, net_t *net, net_link_t *there, net_link_t *back,
               const flow_config_t *config);
void flow_free(flow_t *flow);
/* Opens stream sid (below FLOW_STREAMS). Returns what oc_send_stream_open does. */
int flow_stream(flow_t *flow, uint16_t sid, oc_send_class_t priority, bool partial);
/* Adds a message to a stream's source and kicks it. */
void flow_message(flow_t *flow, uint16_t sid, uint32_t len, bool key, uint64_t group);
/* Lets the sender do what is due: after anything outside of the network changed. */
void flow_run(flow_t *flow);
/* The receiving application reads again after reading = false. */
void flow_read(flow_t *flow);

#endif
