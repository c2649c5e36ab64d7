/* turn_model - a TURN server in virtual time, for tests: RFC 8656 as far as a client can see it,
 * with the failures a client meets. It is strict: what it does not expect it refuses. */
#ifndef TURN_MODEL_H
#define TURN_MODEL_H

#include "oc_addr.h"
#include "oc_span.h"

#define MODEL_CLIENTS 8
#define MODEL_PEERS   512

/* Where its bytes go. */
typedef struct turn_model_sink {
    void *context;
    void (*to_client)(void *context, const oc_addr_t *client, oc_span_t bytes);
    void (*to_peer)(void *context, const oc_addr_t *relayed, const oc_addr_t *peer,
                    oc_span_t bytes);
} turn_model_sink_t;

typedef struct turn_model_peer {
    oc_addr_t addr;     /* family 0: free */
    int64_t permit_us;  /* permission until; of the IP alone */
    uint16_t channel;   /* 0 none */
    int64_t channel_us; /* until */
} turn_model_peer_t;

typedef struct turn_model_allocation {
    oc_addr_t client; /* family 0: free */
    oc_addr_t relayed;
    uint8_t txid[12]; /* of the Allocate: a repetition is answered again, RFC 8656 section 7.2 */
    int64_t expires_us;
    turn_model_peer_t peer[MODEL_PEERS];
} turn_model_allocation_t;

typedef struct turn_model {
    /* set by the test, before or between */
    oc_addr_t addr;
    const char *user, *password, *realm;
    bool stream;          /* answers as on TCP: ChannelData padded */
    bool open;            /* asks for no password */
    bool algorithms;      /* offers SHA-256 before MD5, and USERHASH */
    bool cut_algorithms;  /* as if somebody took PASSWORD-ALGORITHMS out of the answers */
    bool unsigned_errors; /* errors without integrity */
    bool no_channels;     /* 400 to ChannelBind */
    bool ignores;         /* answers nothing */
    bool bad_signature;   /* success answers are signed wrongly */
    unsigned lifetime_s;
    int64_t nonce_us;     /* life of a nonce; 0: for ever */
    unsigned refuse;      /* error code to Allocate, 0 none */
    unsigned only_family; /* of relayed addresses; 0 both */
    oc_addr_t alternate;  /* family 0: none; else 300 to an authenticated Allocate */
    oc_addr_t forbidden;  /* 403 to permissions of this IP */
    turn_model_sink_t sink;
    /* what it has seen */
    unsigned requests[16]; /* by method */
    unsigned challenges, binds, permits_refused;
    unsigned send_indications, channel_data, undelivered;
    unsigned malformed; /* a client of ours must never cause one */
    /* state */
    uint32_t nonce, next_port;
    int64_t nonce_made_us;
    oc_addr_t seen_as; /* family 0: clients are seen at their address; else all at this one */
    turn_model_allocation_t allocation[MODEL_CLIENTS];
} turn_model_t;

/* Defaults: user "camera", password "secret", realm "test", lifetime 600 s. */
void turn_model_init(turn_model_t *model, const oc_addr_t *addr, const turn_model_sink_t *sink);

/* A datagram, or one whole message of a stream, of a client. */
void turn_model_input(turn_model_t *model, const oc_addr_t *client, oc_span_t bytes,
                      int64_t now_us);

/* A datagram of a peer to a relayed address. */
void turn_model_from_peer(turn_model_t *model, const oc_addr_t *relayed, const oc_addr_t *peer,
                          oc_span_t bytes, int64_t now_us);

/* As a program that was started again: no allocation, another nonce. */
void turn_model_restart(turn_model_t *model, int64_t now_us);

#endif
