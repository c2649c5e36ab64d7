/* oc_peer - one viewer: ICE (RFC 8445), DTLS (6347) and SCTP (9260) with data channels (8831, 8832)
 * in one block of caller's memory. No sockets, no clock; allocates nothing but what oc_dtls.h says.
 * The hub (oc_hub.h) owns peers and gives them their datagrams: this header is for it. What a
 * program does with a peer is in oc_peer_channel.h. Invariants: no byte of DTLS is looked at that
 * did not come over a tuple with a completed check; nothing of a channel is seen before the
 * fingerprint matched.
 */
#ifndef OC_PEER_H
#define OC_PEER_H

#include "oc_certificate.h"
#include "oc_dcep.h"
#include "oc_dtls_shared.h"
#include "oc_ice.h"
#include "oc_peer_why.h"
#include "oc_pool.h"
#include "oc_sctp.h"
#include "oc_sctp_send.h"
#include "oc_sctp_streams.h"
#include "oc_sdp.h"

/* Without consent for so long a peer ends; a restart may bring it back before. */
#define OC_PEER_LOST_US (120 * 1000 * 1000LL)

/* Places for channels that are only refused: one too many hears why. */
#define OC_PEER_SPARE 1

/* What a peer may cost: chosen once per hub. */
typedef struct oc_peer_profile {
    oc_sctp_config_t sctp; /* window, message_max, streams, sender; the rest is the peer's */
    uint16_t channels; /* open at a time, 1 .. OC_SCTP_STREAMS_MAX - 1, as sctp.send.streams - 1;
                          128 bytes each */
} oc_peer_profile_t;

/* A camera: 32 KiB window, 16 KiB messages, 8 channels. `ocellus-peer`: 4 MiB, 256 KiB, 64. */
oc_peer_profile_t oc_peer_profile_camera(void);
oc_peer_profile_t oc_peer_profile_program(void);

typedef enum oc_peer_state {
    OC_PEER_WAITING,     /* our offer has no answer yet */
    OC_PEER_CHECKING,    /* no pair of addresses works yet */
    OC_PEER_HANDSHAKE,   /* one does; DTLS is under way */
    OC_PEER_ASSOCIATING, /* the fingerprint matched; SCTP is under way */
    OC_PEER_UP,          /* channels may be used */
    OC_PEER_LOST,        /* no consent: nothing is sent until a check succeeds again */
    OC_PEER_CLOSING,     /* the last datagrams leave */
    OC_PEER_OVER,        /* only to be freed */
} oc_peer_state_t;

const char *oc_peer_state_name(oc_peer_state_t state); /* static, lower case */

typedef struct oc_peer oc_peer_t; /* opaque */

typedef struct oc_peer_config {
    const oc_peer_profile_t *profile; /* borrowed for the peer's life, as all pointers here */
    const oc_certificate_t *certificate;
    oc_pool_t *pool;
    oc_ice_budget_t *budget;
    bool offering;       /* we made the offer: ICE controlling, DTLS role by the answer */
    bool allow_loopback; /* 127/8 and ::1 are addresses like others */
    bool rsa;            /* the other end's certificate may be RSA (oc_handshake.h) */
    uint32_t
        probe_ms;   /* keep-alive as in oc_ice.h: longest time between probes; 0: consent alone */
    uint8_t probes; /* so many unanswered in a row are EVENT_SILENT; 0: never */
} oc_peer_config_t;

/* Bytes of memory of one peer, a multiple of 16; the profile's pool is set. */
size_t oc_peer_bytes(const oc_peer_profile_t *profile);
/* A peer in memory of oc_peer_bytes bytes, aligned to 16, borrowed until deinit. *out: at its
 * beginning. OC_OK | OC_ERR_INVAL profile out of its ranges | OC_ERR_NOMEM. */
int oc_peer_init(oc_peer_t **out, const oc_peer_config_t *config, void *memory, int64_t now_us);
/* Wipes and frees; no job may be under way. */
void oc_peer_deinit(oc_peer_t *peer);

/* The other end's description: an offer before ours is written (offering false), or the answer.
 * Once more with other ICE credentials and the same fingerprint: an ICE restart.
 * OC_OK | OC_ERR_STATE not now | OC_ERR_EXIST another fingerprint: this is another peer. */
int oc_peer_set_remote(oc_peer_t *peer, const oc_sdp_t *remote, int64_t now_us);
/* New ICE credentials of ours; DTLS and SCTP go on. OC_OK | OC_ERR_STATE. */
int oc_peer_restart(oc_peer_t *peer, int64_t now_us);
oc_ice_t *oc_peer_ice(oc_peer_t *peer);
/* Our SCTP INIT for the description, the same for the peer's life (SNAP). Returns the
 * bytes; 0: none goes with it, since the other end's first description had none. */
size_t oc_peer_sctp_init(const oc_peer_t *peer, uint8_t out[OC_SCTP_SNAP_MAX]);
/* Our part in the handshake, for the description. OC_SDP_ACTPASS: the answer will say. */
oc_sdp_setup_t oc_peer_setup(const oc_peer_t *peer);

/* One datagram. data may be overwritten. True: a request on this tuple was integrity-checked, its
 * address belongs to this peer from now on. */
bool oc_peer_input(oc_peer_t *peer, const oc_path_t *from, uint8_t *data, size_t len,
                   int64_t now_us);
/* Several peers share a tuple: oc_dtls_shared of this one. */
int oc_peer_shared(oc_peer_t *peer, oc_span_t datagram);
void oc_peer_advance(oc_peer_t *peer, int64_t now_us);
int64_t oc_peer_next_deadline(const oc_peer_t *peer); /* INT64_MAX none */
/* The next datagram, its bytes into out (1500 at least). > 0 length | 0 none. */
int oc_peer_poll_output(oc_peer_t *peer, int64_t now_us, uint8_t *out, size_t size, oc_path_t *to);
/* The datagram polled last was cut for a larger path: it may be cut again on its way (IP). */
bool oc_peer_may_fragment(const oc_peer_t *peer);
/* The handshake's next piece of work, to be run by oc_handshake_run anywhere; NULL: none. It is
 * borrowed until oc_peer_job_done, which must follow; a peer has at most one under way. */
oc_hs_job_t *oc_peer_poll_job(oc_peer_t *peer, int64_t now_us);
void oc_peer_job_done(oc_peer_t *peer, int64_t now_us);

/* Ends it: SCTP ABORT and close_notify leave if it is up. Twice is fine. */
void oc_peer_close(oc_peer_t *peer, oc_peer_reason_t reason, int64_t now_us);

/* Microseconds since its address answered, of a peer that was up and does not answer checks any
 * more; 0: of all others. */
int64_t oc_peer_silent_us(const oc_peer_t *peer, int64_t now_us);
/* Ends it without a word to the other end: nobody is there. */
void oc_peer_displace(oc_peer_t *peer, int64_t now_us);

typedef struct oc_peer_stats {
    oc_peer_state_t state;
    oc_path_t path; /* in use; remote.family 0: none */
    uint32_t rtt_us;
    uint64_t datagrams_in, bytes_in, datagrams_out, bytes_out; /* UDP payload */
    uint64_t refused;                                          /* datagrams that no layer took */
    int64_t up_after_us; /* from the other end's description to UP; 0 not up yet */
    uint16_t channels;
    bool chacha; /* the cipher: ChaCha20-Poly1305, else AES-128-GCM */
    bool dtls_client;
    uint32_t max_message; /* bytes that the other end takes */
    oc_sctp_stats_t sctp; /* zero before the description is known and after the end, as send */
    oc_send_stats_t send;
} oc_peer_stats_t;
void oc_peer_stats(const oc_peer_t *peer, oc_peer_stats_t *out);
oc_peer_state_t oc_peer_get_state(const oc_peer_t *peer);

#endif
