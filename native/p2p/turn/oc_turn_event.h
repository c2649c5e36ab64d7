/* oc_turn_event - what one allocation tells: events, reasons, counters. */
#ifndef OC_TURN_EVENT_H
#define OC_TURN_EVENT_H

#include "oc_addr.h"

/* Between us and the server. */
typedef enum oc_turn_transport { OC_TURN_UDP, OC_TURN_TCP, OC_TURN_TLS } oc_turn_transport_t;

typedef enum oc_turn_reason {
    OC_TURN_STOPPED,      /* oc_turn_stop */
    OC_TURN_NO_ANSWER,    /* nothing came back, or the lifetime ran out unanswered */
    OC_TURN_NO_STREAM,    /* the stream ended or cannot be created */
    OC_TURN_BAD_STREAM,   /* bytes on it are not TURN */
    OC_TURN_UNAUTHORIZED, /* user name or password refused; tried again after OC_TURN_RETRY_MAX_US
                           */
    OC_TURN_MISMATCH,     /* the server knows no such allocation (437): it restarted, or we moved */
    OC_TURN_MOVED,        /* oc_turn_moved */
    OC_TURN_REFUSED,      /* another error code */
    OC_TURN_BAD_ANSWER,   /* an answer without what it must hold, or a redirection in a circle */
} oc_turn_reason_t;

typedef enum oc_turn_event_kind {
    OC_TURN_UP,      /* relayed and mapped are valid */
    OC_TURN_DOWN,    /* the allocation is gone, or cannot be created: reason. Another try follows by
                        itself unless it was oc_turn_stop */
    OC_TURN_CONNECT, /* stream only: open one to server (TLS: verify domain), then oc_turn_connected
                      */
    OC_TURN_DISCONNECT, /* stream only: close it now; nothing more is to be reported of it */
} oc_turn_event_kind_t;

typedef struct oc_turn_event {
    oc_turn_event_kind_t kind;
    oc_addr_t relayed;       /* UP; DOWN: what it was, family 0 when there was none */
    oc_addr_t mapped;        /* UP: what the server sees of us; family 0 unknown */
    oc_addr_t server;        /* CONNECT */
    oc_turn_reason_t reason; /* DOWN */
    uint16_t code;           /* DOWN: error code of the answer that decided, 0 = none */
    int64_t retry_us;        /* DOWN: when the next try begins; INT64_MAX = never */
} oc_turn_event_t;

typedef struct oc_turn_stats {
    uint64_t sent, received; /* datagrams of peers, wrapped and unwrapped */
    uint64_t by_channel;     /* of those sent, in ChannelData */
    uint32_t requests;       /* with repetitions */
    uint32_t repeated;       /* of them */
    uint32_t dropped;        /* messages that were too long, of no known peer or badly signed */
    uint32_t allocations;    /* made so far */
    uint32_t rtt_us;         /* to the server, smoothed; 0 unknown */
} oc_turn_stats_t;

#endif
