/* oc_peer_impl - what the files of oc_peer share. */
#ifndef OC_PEER_IMPL_H
#define OC_PEER_IMPL_H

#include "oc_data_channel.h"
#include "oc_peer_channel.h"
#include "oc_peer_held.h"

/* A channel that the other end opened is not reset sooner after its OPEN: browsers drop what comes
 * before they have told the page that it is open, also the reason of a refusal (Chromium 156). */
#define OC_PEER_OPEN_US (500 * 1000)

#define OC_PEER_PLAIN 1500 /* bytes of one record's plaintext */
#define OC_PEER_HELLOS                                                                             \
    6 /* datagrams of the handshake before any pair is valid, within what                          \
         oc_ice allows to an address */
#define OC_PEER_EARLY_RETRANSMIT_US                                                                \
    2000 /* the ClientHello again after this, then twice as much ... */
#define OC_PEER_EARLY_RETRANSMIT_MAX 256000 /* ... up to this */
#define OC_PEER_REQUEST_US           32000  /* from this step on a check goes with it */

/* Events about the whole peer that have not been polled; bits. */
enum {
    NOTIFY_LOST = 1,
    NOTIFY_BACK = 2,
    NOTIFY_PATH = 4,
    NOTIFY_SILENT = 8,
    NOTIFY_MAPPED = 16,
    NOTIFY_OVER = 32
};

struct oc_peer {
    oc_peer_state_t state;
    oc_peer_why_t why; /* reason NO_REASON: nothing has ended */
    uint16_t cause;    /* of an ABORT of the peer's */
    uint8_t notify;
    uint8_t hellos; /* datagrams of the handshake sent where nothing is valid */
    bool offering;
    bool rsa;                      /* its certificate may be RSA */
    bool described;                /* the other end's description is known */
    bool restarting;               /* our new credentials wait for the answer */
    bool associated;               /* oc_sctp_connect was called */
    bool up_before;                /* was UP at least once */
    bool job;                      /* one is under way */
    bool fragment;                 /* the datagram polled last may be cut on its way */
    bool look;                     /* some channel may be finished */
    bool requested;                /* some channel of the signalling may not be told yet */
    bool snap;                     /* our INIT goes with our descriptions */
    uint8_t snap_options;          /* enum oc_sctp_option: what it says */
    bool early;                    /* some accepted channel may have messages from before */
    oc_sdp_setup_t setup;          /* our part; ACTPASS while not known */
    uint16_t channels;             /* places, with OC_PEER_SPARE */
    uint16_t used;                 /* of them */
    uint16_t next_sid;             /* where a free one is looked for */
    uint32_t max_message;          /* the other end's */
    int64_t now_us;                /* the latest seen */
    int64_t look_us;               /* some channel may be closed then; INT64_MAX none */
    int64_t lost_us;               /* LOST since */
    int64_t described_us;          /* the other end's description came */
    int64_t up_after_us;           /* UP for the first time so long after it; 0 not yet */
    int64_t early_retransmit_us;   /* the ClientHello goes out again; INT64_MAX not */
    int64_t early_retransmit_step; /* microseconds from that time to the next */
    oc_path_t valid;               /* the pair that was valid last, while none is selected */
    bool has_valid;
    uint64_t datagrams_in, bytes_in, datagrams_out, bytes_out, refused;
    uint8_t identity[32]; /* hash over the other end's fingerprints */
    const oc_certificate_t *certificate;
    oc_pool_t *pool;
    oc_peer_held_t held; /* before the handshake can go on */
    oc_ice_t ice;
    oc_dtls_t dtls;
    oc_sctp_config_t sctp_config;
    oc_sctp_t *sctp;             /* NULL before the description is known, and at the end */
    oc_data_channel_t channel[]; /* `channels` of them, then the memory of SCTP */
};

/* The only place where the state changes. */
void oc_peer_to(oc_peer_t *peer, oc_peer_state_t state);
/* Notes why it ends, unless that is known already. */
void oc_peer_note(oc_peer_t *peer, oc_peer_reason_t reason, int code);
/* To OVER, with the first reason that is given. */
void oc_peer_end(oc_peer_t *peer, oc_peer_reason_t reason, int code);

/* The other end gave a sign (its first check, a valid pair, a selected one). Some peers make their
 * DTLS only once their ICE is done, a little after that, and drop what comes before: the
 * ClientHello goes out now and a few times more. */
void oc_peer_early_retransmit(oc_peer_t *peer);
/* Time has passed: the next of those times. */
void oc_peer_early_retransmit_again(oc_peer_t *peer);

/* Whether SCTP has somewhere to send to: its time stands still otherwise. */
bool oc_peer_may_send(const oc_peer_t *peer, oc_path_t *path);
/* NULL: none. */
oc_data_channel_t *oc_peer_channel(oc_peer_t *peer, uint16_t sid);
/* A place for a channel with that id; NULL: all are in use. spare: those that the profile does not
 * count as well, to say no. */
oc_data_channel_t *oc_peer_channel_new(oc_peer_t *peer, uint16_t sid, bool spare);
/* Closes channels that have nothing more to say. */
void oc_peer_look(oc_peer_t *peer);
/* Ends SCTP and all channels; their sources are told OC_ERR_CLOSED first. */
void oc_peer_channels_end(oc_peer_t *peer);

/* ---- channels that nobody has accepted yet (oc_peer_requested.c) ---- */

/* The next question of oc_peer_request that is not told yet. False: none. */
bool oc_peer_take_requested(oc_peer_t *peer, oc_peer_event_t *out);
/* The association is up: refused channels may be closed a while later. */
void oc_peer_requested_up(oc_peer_t *peer);
/* A message came before the channel was accepted; it stays in the window. False: no room. */
bool oc_peer_early_add(oc_peer_t *peer, oc_data_channel_t *channel, const oc_sctp_event_t *event);
/* It will not be: they are released. */
void oc_peer_early_drop(oc_peer_t *peer, oc_data_channel_t *channel);
/* The next one of a channel that is accepted by now. False: none. */
bool oc_peer_early_take(oc_peer_t *peer, oc_sctp_event_t *out);

#endif
