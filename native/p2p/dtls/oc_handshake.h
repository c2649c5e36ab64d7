/* oc_handshake - the DTLS 1.2 handshake of one peer as the crypto worker sees it. A job takes
 * records in and gives datagrams out; one job of a handshake is under way at a time, and while it
 * is nobody else touches the handshake, the job or its buffers. The implementation is chosen when a
 * program is linked: oc_handshake_mbedtls.c; tests also have one without a library.
 * Only ECDHE with P-256, AES-128-GCM (C02B; C02F) or ChaCha20-Poly1305 (CCA9; CCA8), extended
 * master secret; no tickets, renegotiation, MFL, EtM, HelloVerifyRequest; use_srtp is agreed to and
 * not used. Both ends show a certificate, and the peer's is accepted for its fingerprint alone (RFC
 * 8122, RFC 8827): ours is ECDSA, the peer's may be RSA where `rsa` says so. */
#ifndef OC_HANDSHAKE_H
#define OC_HANDSHAKE_H

#include "oc_certificate.h"
#include "oc_dtls_record.h"

/* Bytes of records for one job: a message of 4 KB and what is around it. */
#define OC_HS_IN_MAX 4608
/* Bytes of datagrams of one job, with their lengths: two flights of ours. More is lost, as on a
 * network: whoever repeats small things to make us repeat flights gets no more than that. */
#define OC_HS_OUT_MAX 1536
#define OC_HS_MTU     1200 /* bytes of a datagram, at most */
/* A timer doubles up to this, or to its first value when that is longer: 15 s are all there is. It
 * doubles from the fourth repetition on: its first value is made of a known round trip, so what is
 * late is lost, and not a sign that the path is slower (RFC 6347 section 4.2.4.1 doubles at once,
 * from a first value that nobody measured). */
#define OC_HS_TIMER_CAP_MS 2000
#define OC_HS_TIMER_EQUAL  4 /* what the doubled value is divided by, at least the first value */
#define OC_HS_FINGERPRINTS 4 /* of one peer */
/* Bits of a peer's RSA key. From 2,048 on as browsers want it (less can be factored with means that
 * exist). Up to 4,096: checking its signature costs 4 times as much as with 2,048 bits and signing
 * costs the peer 8 times as much, so nobody uses more, and its certificate leaves room in a message
 * of 4 KB. Its exponent has at most 64 bits, since the work grows with it: 65,537 has 17. */
#define OC_HS_RSA_BITS_MIN 2048
#define OC_HS_RSA_BITS_MAX 4096

/* What a description of the peer says about its certificate, RFC 8122 section 5. */
typedef struct oc_hs_fingerprint {
    enum oc_hash hash; /* SHA-256, SHA-384 or SHA-512; others are passed over */
    uint8_t digest[OC_HASH_MAX];
} oc_hs_fingerprint_t;

/* Which cipher suites are offered or accepted, in which order. Our order counts in both roles. */
enum oc_hs_suites {
    OC_HS_SUITES_GCM_FIRST, /* where AES-GCM is done by the processor */
    OC_HS_SUITES_CHACHA_FIRST,
    OC_HS_SUITES_GCM_ONLY,
    OC_HS_SUITES_CHACHA_ONLY,
};

typedef struct oc_handshake_config {
    bool client;                         /* we are the DTLS client (a=setup:active) */
    const oc_certificate_t *certificate; /* ours; borrowed until the handshake is destroyed */
    oc_hs_fingerprint_t
        peer[OC_HS_FINGERPRINTS]; /* of the strongest hash among them one must match */
    unsigned peers;               /* 1 .. OC_HS_FINGERPRINTS */
    enum oc_hs_suites suites;
    bool rsa;          /* the peer's certificate may be RSA; a board has no time and room for it */
    uint32_t timer_ms; /* before the first repetition, 1 .. 60,000; doubles with each, see
                          OC_HS_TIMER_CAP_MS */
} oc_handshake_config_t;

/* Why a handshake failed, or ended. */
enum oc_hs_reason {
    OC_HS_NONE,
    OC_HS_PROTOCOL,       /* what the peer sent is against the rules */
    OC_HS_SUITE,          /* we are the server and know no cipher suite of the client's */
    OC_HS_FINGERPRINT,    /* the peer's certificate is not the one that was announced */
    OC_HS_RSA,            /* the peer's certificate is RSA, which this device does not take */
    OC_HS_KEY,            /* the key in it is of another kind, or RSA out of the limits */
    OC_HS_NO_CERTIFICATE, /* the peer shows none */
    OC_HS_NO_MEMORY,
    OC_HS_TIMEOUT,
    OC_HS_LIBRARY, /* the library fails for a reason of its own */
    OC_HS_ALERT,   /* the peer ended it by an alert */
};

/* A handshake; opaque. About 1.5 KB, and with mbedTLS 38 to 49 KB more between its first and last
 * job. */
typedef struct oc_handshake oc_handshake_t;

/* Where a handshake is after a job. */
enum oc_hs_state {
    OC_HS_RUNNING,
    OC_HS_OVER,   /* both Finished are verified */
    OC_HS_FAILED, /* `reason` says why */
};

/* One job, a value of pointers. Its owner fills in the first part; oc_handshake_run the second. */
typedef struct oc_hs_job {
    oc_handshake_t *handshake;
    void *owner;       /* not looked at: which peer this is */
    const uint8_t *in; /* records, one behind the other; epoch-1 ones are authenticated already */
    uint32_t in_len;   /* 0 .. OC_HS_IN_MAX */
    uint8_t *out;      /* OC_HS_OUT_MAX bytes */
    int64_t now_us;    /* the time while it runs */
    bool timer_fired;  /* repeat the last flight, whatever the time is */
    uint32_t timer_ms; /* from the next flight on, as in the configuration; 0: as it is */

    enum oc_hs_state state;
    enum oc_hs_reason reason; /* of OC_HS_FAILED */
    int detail;               /* code of the library behind it, for the log; 0: none */
    uint32_t out_len;         /* bytes at out: each datagram behind its length as 16 bits */
    int64_t timer_us;         /* when to run again without input; INT64_MAX: not */
    bool matched;             /* the peer's certificate was looked at and is the announced one */
    bool has_keys; /* `keys` came with this job; said once. Whoever reads them wipes them */
    oc_dtls_keys_t keys;
    bool alerted;         /* a fatal alert is among the datagrams of some job */
    uint64_t epoch0_next; /* 1 + highest record number used, also of datagrams that were lost; */
    uint64_t epoch1_next; /* 0: none was used */
} oc_hs_job_t;

/* Makes a handshake; nothing is sent before its first job. config: borrowed until return. OC_OK,
 * *out is owned by caller after return | OC_ERR_INVAL no certificate, no usable fingerprint, a
 * timer out of range | OC_ERR_NOMEM. */
int oc_handshake_create(oc_handshake_t **out, const oc_handshake_config_t *config);

/* Does what is to be done; at most some 10 ms of computing. Never fails: OC_HS_FAILED is an
 * outcome. Any thread, one at a time. What the library holds is wiped and freed when the state is
 * not RUNNING; later jobs change nothing. */
void oc_handshake_run(oc_handshake_t *handshake, oc_hs_job_t *job);

/* Wipes and frees; not while a job is under way. NULL is allowed. */
void oc_handshake_destroy(oc_handshake_t *handshake);

/* A reason in words, lower case, no full stop; static. */
const char *oc_handshake_reason_text(enum oc_hs_reason reason);

#endif
