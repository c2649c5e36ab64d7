/* p2p_app - what a test does with channels at either end: echoes, flows, refusals; and it notes
 * what happened. */
#ifndef P2P_APP_H
#define P2P_APP_H

#include "oc_source_fifo.h"
#include "p2p_flow.h"

#define APP_CHANNELS 64
#define APP_TEXT     300

typedef struct app_channel {
    oc_hub_peer_t peer; /* 0: free */
    uint16_t sid;
    bool echo, opened, closed;
    flow_t *in; /* what comes is checked against it */
    oc_source_fifo_t fifo;
    unsigned messages;
    char text[APP_TEXT]; /* the last string that came */
} app_channel_t;

/* One end. */
typedef struct app {
    world_hub_t *hub;
    app_channel_t channel[APP_CHANNELS];
    flow_t *serve;      /* channels "flow" that are opened here send it */
    flow_t *receive;    /* channels "flow" that are opened here check what comes against it */
    bool unordered;     /* channels that are opened from here */
    bool serve_partial; /* the flow served may be abandoned */
    unsigned up, lost, back, path, over, descriptions, opened, closed, channels, failed;
    unsigned silent, mapped;
    unsigned ready, connect_fail, addresses, negotiates; /* events of the hub */
    unsigned candidates, ends;                           /* trickled */
    char candidate[256];                                 /* the last one, */
    char mid[OC_SDP_MID_MAX + 1];                        /* for that media line */
    int64_t candidate_us, end_us, description_us;        /* the last ones */
    bool later; /* channels that the other end opens are only counted: see app_accept */
    oc_peer_reason_t reason; /* of the last OVER */
    int code;
    char why[OC_PEER_WHY_TEXT];
    char label[OC_PEER_LABEL + 1]; /* of the last CHANNEL, */
    uint16_t sid;                  /* its id, */
    bool negotiated;               /* and whether the signalling brought it */
    uint64_t dropped;              /* messages, by EVENT_DROPPED */
    int64_t up_us;                 /* the last UP */
} app_t;

/* hub->context is the app. */
void app_init(app_t *app, world_hub_t *hub);
/* Opens a channel in band; what comes on it is checked against `in` (may be NULL), what is sent are
 * strings by app_say, or the flow `out`. Returns it. Aborts when it cannot be opened. */
app_channel_t *app_open(app_t *app, oc_hub_peer_t peer, const char *label, flow_t *in, flow_t *out);
/* The same with an id both ends know. */
app_channel_t *app_negotiated(app_t *app, oc_hub_peer_t peer, uint16_t sid, flow_t *in,
                              flow_t *out);
/* Accepts a channel that the other end opened, as app_open. Aborts when it cannot be. */
app_channel_t *app_accept(app_t *app, oc_hub_peer_t peer, uint16_t sid, flow_t *in, flow_t *out);
void app_report(app_t *app, app_channel_t *channel, const char *text);
app_channel_t *app_find(app_t *app, oc_hub_peer_t peer, uint16_t sid);
void app_deinit(app_t *app); /* when the peers are gone */

#endif
