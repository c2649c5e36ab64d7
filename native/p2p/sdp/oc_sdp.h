/* oc_sdp - session descriptions of a peer connection with data channels and nothing else: reads any
 * offer or answer, writes ours. Session description RFC 8866, offer and answer RFC 3264 and 9429,
 * SCTP over DTLS RFC 8841, setup and fingerprint RFC 8842 and 8122, ICE RFC 8839, BUNDLE RFC 9143.
 * Both forms of the media line are understood and answered in kind:
 *   m=application 9 UDP/DTLS/SCTP webrtc-datachannel   with a=sctp-port:5000
 *   m=application 9 DTLS/SCTP 5000                     with a=sctpmap:5000 webrtc-datachannel 1024
 * Other media are answered with port 0. Unknown lines and attributes are passed over. Bounded, no
 * allocation; a text is read in time linear in its length. */
#ifndef OC_SDP_H
#define OC_SDP_H

#include "oc_candidate.h"
#include "oc_crypto.h"
#include "oc_span.h"

#define OC_SDP_MAX          (64u * 1024) /* bytes of a description */
#define OC_SDP_LINE_MAX     2048u        /* bytes of a line without its end */
#define OC_SDP_ICE_MAX      256u         /* characters of ufrag and of password (RFC 8839 5.4) */
#define OC_SDP_MID_MAX      64u          /* characters of our media line's mid */
#define OC_SDP_MID_OFFERED  "0"          /* the mid of our offers */
#define OC_SDP_FINGERPRINTS 4u           /* usable ones; more: refused; 66 bytes each */
#define OC_SDP_CANDIDATES   32u          /* kept; more are counted; sizeof(oc_candidate_t) each */
#define OC_SDP_INIT_MAX     256u         /* bytes of an SCTP INIT; more: refused */
#define OC_SDP_SECTIONS     9u           /* media lines: ours and 8 others; 64 bytes each */

#define OC_SDP_SCTP_PORT       5000u  /* where none is named */
#define OC_SDP_MESSAGE_DEFAULT 65536u /* max-message-size not named (RFC 8841 6.1) */
#define OC_SDP_MESSAGE_MAX                                                                         \
    (256u * 1024) /* larger ones and 0, which is without limit, become this */

/* Which of the two a text is. */
typedef enum oc_sdp_kind { OC_SDP_OFFER, OC_SDP_ANSWER } oc_sdp_kind_t;

/* Who begins the DTLS handshake (RFC 8842 section 5): the active end is the client. */
typedef enum oc_sdp_setup {
    OC_SDP_ACTPASS, /* either; in offers only */
    OC_SDP_ACTIVE,
    OC_SDP_PASSIVE,
} oc_sdp_setup_t;

/* How the media line is written. */
typedef enum oc_sdp_form {
    OC_SDP_UDP_DTLS_SCTP, /* RFC 8841; also TCP/DTLS/SCTP of an offer */
    OC_SDP_DTLS_SCTP,     /* draft-ietf-mmusic-sctp-sdp-07 and before, with sctpmap */
} oc_sdp_form_t;

/* A certificate's hash. */
typedef struct oc_fingerprint {
    uint8_t hash; /* enum oc_hash: SHA-256, -384 or -512 */
    uint8_t len;  /* bytes of value: 32, 48 or 64 */
    uint8_t value[OC_HASH_MAX];
} oc_fingerprint_t;

/* A media line as it stands in an offer, for the answer. All: views of the text. */
typedef struct oc_sdp_section {
    oc_span_t media, proto, formats; /* "audio", "UDP/TLS/RTP/SAVPF", "111 0" */
    oc_span_t mid;                   /* empty: none */
} oc_sdp_section_t;

/* What the other end described. About 6 KB. */
typedef struct oc_sdp {
    char ufrag[OC_SDP_ICE_MAX + 1], pwd[OC_SDP_ICE_MAX + 1];
    oc_fingerprint_t fingerprint[OC_SDP_FINGERPRINTS];
    unsigned fingerprints; /* > 0: any of them may match */
    oc_sdp_setup_t setup;  /* of an answer never OC_SDP_ACTPASS */
    oc_sdp_form_t form;
    uint16_t sctp_port;           /* > 0 */
    uint32_t max_message;         /* bytes, 1 .. OC_SDP_MESSAGE_MAX: the largest it takes */
    char mid[OC_SDP_MID_MAX + 1]; /* "" = none */
    uint8_t sctp_init[OC_SDP_INIT_MAX]; /* of SNAP (a=sctp-init): not looked into here */
    uint16_t sctp_init_len;             /* 0 = none */
    bool bundle;                  /* mid stands in a BUNDLE group */
    bool ice_lite;                /* it makes no checks of its own */
    bool trickle;                 /* it takes candidates later (RFC 8840) */
    bool renomination;            /* it may nominate again (ice-options of libwebrtc) */
    bool end_of_candidates;
    oc_candidate_t candidate[OC_SDP_CANDIDATES];
    unsigned candidates;         /* kept */
    unsigned candidates_ignored; /* of no use here, malformed, of another generation, or too many */
    oc_sdp_section_t section[OC_SDP_SECTIONS]; /* borrowed: valid while the text is */
    unsigned sections;
    unsigned ours;     /* index of the section that is described here */
    unsigned line;     /* after an error: number of the line, from 1; 0 = of the whole */
    const char *error; /* after an error: what is wrong, static; NULL = nothing */
} oc_sdp_t;

/* Reads a description. Of several media lines for data channels the first that is not rejected
 * counts. Attributes of the session hold where the media line does not say otherwise; in a BUNDLE
 * group those of the group's first line hold too (RFC 9143 section 7.1).
 * OC_OK | OC_ERR_TOO_BIG text, a line or a count beyond the limits above | OC_ERR_FORMAT malformed,
 * or something needed is missing: ufrag, password, a fingerprint | OC_ERR_NOTSUP it is no data
 * channel, or only with hashes or setups that are refused. out->line and out->error say what. */
int oc_sdp_parse(oc_span_t text, oc_sdp_kind_t kind, oc_sdp_t *out);

/* Our own description. All pointers: borrowed until return. */
typedef struct oc_sdp_local {
    uint64_t session;        /* of the o= line; random, below 2^63, the same for a session's life */
    uint32_t version;        /* of the o= line; one more for each change */
    const char *ufrag, *pwd; /* 4 and 22 characters at least, of letters, digits, + and / */
    oc_fingerprint_t fingerprint;
    oc_sdp_setup_t setup;
    oc_sdp_form_t form;   /* of an offer; an answer takes that of `offer` */
    uint16_t sctp_port;   /* 0 = OC_SDP_SCTP_PORT */
    uint32_t max_message; /* bytes we take; > 0 */
    oc_span_t sctp_init;  /* our INIT chunk, OC_SDP_INIT_MAX at most; empty: none. Only in the form
                             UDP/DTLS/SCTP */
    bool trickle;         /* more candidates may come */
    bool end_of_candidates;
    const oc_candidate_t *candidate;
    unsigned candidates;
    const oc_sdp_t *offer; /* what is answered, its text still valid; NULL: this is an offer */
} oc_sdp_local_t;

/* The setup that an answer gives to an offer's: active wherever that is allowed. */
oc_sdp_setup_t oc_sdp_answer_setup(oc_sdp_setup_t offered);

/* Writes a description with CRLF and NUL. An offer's mid is "0", bundled; an answer has the media
 * lines of the offer in their order. The media line names the address of the best candidate as
 * default: relayed before reflexive before host, IPv4 first; none: 0.0.0.0 port 9.
 * > 0 length without NUL | OC_ERR_NOMEM out too small | OC_ERR_INVAL no ufrag, password or
 * fingerprint, OC_SDP_ACTPASS in an answer, or an INIT of more than OC_SDP_INIT_MAX bytes. */
int oc_sdp_write(const oc_sdp_local_t *local, char *out, size_t out_size);

#endif
