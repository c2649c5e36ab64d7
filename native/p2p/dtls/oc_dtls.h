/* oc_dtls - DTLS of one peer: feeds the handshake with what is safe to feed, holds what comes
 * early, switches to the own record layer when the handshake is over and the fingerprint matched,
 * and ends the connection. No clock, no I/O. Allocates for the handshake and two keys, frees the
 * former when it is over. Only datagrams from addresses that a connectivity check has proven belong
 * here.
 *
 * One turn: input or advance; then poll_job until OC_AGAIN (each job goes to the crypto worker, its
 * completion to job_done); then poll_data, poll_output and poll_event until they have nothing. */
#ifndef OC_DTLS_H
#define OC_DTLS_H

#include "oc_handshake.h"

#define OC_DTLS_HELD_APP      4 /* early application records of one peer, kept for the handshake */
#define OC_DTLS_HELD_FINISHED 2 /* epoch-1 handshake records that came before the keys */
#define OC_DTLS_HELD_MAX      1500               /* bytes of one of them */
#define OC_DTLS_TIMEOUT_US    (15 * 1000 * 1000) /* for the whole handshake */
#define OC_DTLS_TIMER_MIN_US  (50 * 1000)        /* before the first repetition, at least */
#define OC_DTLS_ALLOWANCE_US  (25 * 1000)        /* added for what the peer computes */
#define OC_DTLS_ANSWER_US     (50 * 1000)        /* between answers to repeated final flights */
#define OC_DTLS_OUTPUT_MAX    OC_HS_MTU          /* bytes of a datagram from oc_dtls_poll_output */

/* Where a peer is. */
enum oc_dtls_state {
    OC_DTLS_IDLE,
    OC_DTLS_SHAKING,
    OC_DTLS_CONNECTED,
    OC_DTLS_ENDED, /* closed or failed; nothing is sealed or opened any more */
};

typedef struct oc_dtls_config {
    bool client;                         /* we are the DTLS client */
    const oc_certificate_t *certificate; /* borrowed while the state is OC_DTLS_SHAKING */
    oc_hs_fingerprint_t peer[OC_HS_FINGERPRINTS];
    unsigned peers; /* 1 .. OC_HS_FINGERPRINTS */
    enum oc_hs_suites suites;
    bool rsa;              /* as in oc_handshake_config_t */
    uint32_t rtt_us;       /* of the path, 0: not known */
    uint32_t allowance_us; /* for what the peer computes per flight, 0: OC_DTLS_ALLOWANCE_US */
    int64_t timeout_us;    /* for the whole handshake, 0: OC_DTLS_TIMEOUT_US */
} oc_dtls_config_t;

/* What happened. */
enum oc_dtls_event_kind {
    OC_DTLS_EVENT_CONNECTED, /* the peer is who it should be; seal and data work */
    OC_DTLS_EVENT_CLOSED,    /* the peer closed, authenticated; `alert` is its code */
    OC_DTLS_EVENT_FAILED,    /* the handshake failed: `reason` */
};
typedef struct oc_dtls_event {
    enum oc_dtls_event_kind kind;
    enum oc_hs_reason reason;
    int alert;  /* CLOSED: of the peer. FAILED: its last one in the clear, which anyone can forge:
                   often 40 no suite in common, 46 our certificate is another one. -1: none */
    int detail; /* FAILED: code of the library, for the log; 0: none */
    bool seen;  /* FAILED: something of the peer's handshake came */
} oc_dtls_event_t;

/* Counters of one peer; they wrap. */
typedef struct oc_dtls_stats {
    uint32_t opened, sealed;   /* records of epoch 1 */
    uint32_t dropped_forged;   /* did not authenticate */
    uint32_t dropped_replayed; /* were opened before, or too old */
    uint32_t dropped_other;    /* not for this state, implausible, or no room */
    uint32_t answers;          /* to repeated final flights */
} oc_dtls_stats_t;

typedef struct oc_dtls_slot oc_dtls_slot_t; /* what only a handshake needs; 20 KB, opaque */

/* One peer; about 260 bytes. Zeroed: OC_DTLS_IDLE. Fields are private, but state and stats. */
typedef struct oc_dtls {
    enum oc_dtls_state state;
    oc_dtls_stats_t stats;
    bool client;
    bool connected_event, ended_event; /* not polled yet */
    bool alert_due, answer_due;        /* datagrams to be made by poll_output */
    bool alert_sealed;                 /* in epoch 1 */
    uint8_t alert_level, alert_code;
    oc_dtls_event_t end;
    oc_dtls_record_t record; /* keys; pending while SHAKING */
    oc_dtls_slot_t *slot;    /* owned; NULL when no handshake needs it any more */
    oc_span_t rest;          /* borrowed until poll_data gives 0: what of a datagram is unread */
    uint8_t finished[48];    /* server: our last message, for answers; wiped with the first data */
    unsigned finished_len;   /* 0: none */
    uint64_t epoch0_next;    /* number of our next record in the clear */
    int64_t deadline_us;     /* SHAKING: end of patience */
    int64_t answer_at_us;    /* no answer before this */
} oc_dtls_t;

/* Begins a handshake on a zeroed dtls; the client sends with its first job. config: borrowed until
 * return. OC_OK | OC_ERR_STATE not idle | OC_ERR_INVAL as oc_handshake_create | OC_ERR_NOMEM. */
int oc_dtls_start(oc_dtls_t *dtls, const oc_dtls_config_t *config, int64_t now_us);

/* The peer may be able to take a handshake only now (a connectivity check came, a pair is valid): a
 * client that has heard nothing yet repeats its first flight at once, the same bytes, and its timer
 * runs on as it was. Without effect in every other case. */
void oc_dtls_early_retransmit(oc_dtls_t *dtls, int64_t now_us);

/* Whether a handshake waits for the first sign of the peer's. */
bool oc_dtls_unheard(const oc_dtls_t *dtls);

/* The round trip of the path is known, or another one: the flights to come are repeated by it. 0
 * changes nothing. */
void oc_dtls_set_rtt(oc_dtls_t *dtls, uint32_t rtt_us);

/* Takes a datagram, borrowed until oc_dtls_poll_data gave 0 or the next input. Never fails: what is
 * wrong is dropped and counted. */
void oc_dtls_input(oc_dtls_t *dtls, oc_span_t datagram, int64_t now_us);

/* The next plaintext of the application, after input and after job_done. out: OC_DTLS_HELD_MAX
 * bytes or more; records with more plaintext are dropped. Its length | 0 nothing more. */
int oc_dtls_poll_data(oc_dtls_t *dtls, uint8_t *out, size_t size, int64_t now_us);

/* The next datagram of the handshake or of the end. out: OC_DTLS_OUTPUT_MAX bytes or more. Its
 * length | 0 nothing more. */
int oc_dtls_poll_output(oc_dtls_t *dtls, uint8_t *out, size_t size, int64_t now_us);

/* Writes a datagram of one application record. Its length | OC_ERR_STATE not connected |
 * OC_ERR_RANGE | OC_ERR_IO as oc_dtls_record_seal. */
int oc_dtls_seal(oc_dtls_t *dtls, const oc_span_t *parts, unsigned count, uint8_t *out,
                 size_t size);

/* Bytes that oc_dtls_seal adds: OC_DTLS_OVERHEAD_*, 0 when not connected. */
unsigned oc_dtls_overhead(const oc_dtls_t *dtls);

/* A job for the crypto worker (oc_handshake_run), when there is one; the output of the one before
 * is polled first. *job is borrowed until oc_dtls_job_done; its `owner` is the caller's. OC_OK |
 * OC_AGAIN. */
int oc_dtls_poll_job(oc_dtls_t *dtls, int64_t now_us, oc_hs_job_t **job);

/* The job was run. */
void oc_dtls_job_done(oc_dtls_t *dtls, int64_t now_us);

/* Time has passed. */
void oc_dtls_advance(oc_dtls_t *dtls, int64_t now_us);

/* When to call oc_dtls_advance, at the latest; INT64_MAX: never. */
int64_t oc_dtls_next_deadline(const oc_dtls_t *dtls);

/* OC_OK, *event is the next one | OC_AGAIN. */
int oc_dtls_poll_event(oc_dtls_t *dtls, oc_dtls_event_t *event);

/* Ends it: a close_notify, or during the handshake a fatal alert, waits in oc_dtls_poll_output; no
 * event follows. Twice is allowed. */
void oc_dtls_close(oc_dtls_t *dtls);

/* Wipes and frees everything. False: a job is under way; call again after its oc_dtls_job_done, and
 * keep *dtls until then. True: it is idle again. */
bool oc_dtls_deinit(oc_dtls_t *dtls);

#endif
