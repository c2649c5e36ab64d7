/* oc_sctp_setup - what two ends tell each other at the start: INIT and INIT ACK, and the state
 * cookie between them; and an INIT that travels in the session description (SNAP,
 * draft-hancke-tsvwg-snap, `a=sctp-init`): when both ends have sent theirs, the association is
 * established as soon as DTLS is up, without INIT, INIT ACK and cookie. RFC 9260 3.3.2, 3.3.3, 5.1.3, RFC 3758 3.1, RFC 6525, RFC 9653. A cookie is
 * signed with HMAC-SHA256 and lives 60 s; what it carries is not trusted before that.
 *
 *   0                   1                   2                   3     RFC 9260 3.3.2, 3.3.3
 *   |  type = 1, 2  |   flags = 0   |            length             |
 *   |                         initiate tag                          |
 *   |                    a_rwnd of the sender                       |
 *   |   outbound streams            |   inbound streams             |
 *   |                          initial TSN                          |
 *   |        optional parameters: type (16), length (16), value     |
 */
#ifndef OC_SCTP_SETUP_H
#define OC_SCTP_SETUP_H

#include "oc_sctp_wire.h"

#define OC_SCTP_STREAMS_DECLARED 65535    /* each way, RFC 8831 6.2 */
#define OC_SCTP_COOKIE_KEY       32       /* bytes */
#define OC_SCTP_COOKIE_LEN       76       /* bytes: content 44, HMAC 32 */
#define OC_SCTP_COOKIE_LIFE_US   60000000 /* Valid.Cookie.Life, RFC 9260 16 */
#define OC_SCTP_COOKIE_MAX       1024     /* bytes of the peer's cookie that we echo */
#define OC_SCTP_UNKNOWN_MAX      4        /* unknown parameters that are reported */
#define OC_SCTP_SETUP_MAX        16       /* parameters looked at */
#define OC_SCTP_SNAP_MAX         64       /* bytes of our INIT: 20, and 18 of options */
#define OC_SCTP_SNAP_INITS       16 /* answered once it is established, 100 bytes each */
#define OC_SCTP_SNAP_TIMEOUTS    3  /* in a row without any sign of the peer: INIT after all */

/* The optional parameters of INIT and INIT ACK, bits. */
enum oc_sctp_option {
    OC_SCTP_OPTION_FORWARD_TSN = 1,   /* RFC 3758 3.1 */
    OC_SCTP_OPTION_EXTENSIONS = 2,    /* RFC 5061 4.2.7 */
    OC_SCTP_OPTION_ZERO_CHECKSUM = 4, /* RFC 9653 4 */
    OC_SCTP_OPTIONS_ALL = 7,
};

/* What one end says of itself. */
typedef struct oc_sctp_setup {
    uint32_t tag; /* the other end puts it into every packet; not 0 */
    uint32_t a_rwnd;
    uint32_t tsn; /* of the first DATA */
    uint16_t out_streams, in_streams;
    bool forward_tsn, reconfig, zero_checksum;
} oc_sctp_setup_t;

/* An INIT or INIT ACK as it came. */
typedef struct oc_sctp_init_chunk {
    oc_sctp_setup_t setup;
    uint8_t options;                        /* enum oc_sctp_option: which it has */
    oc_span_t cookie;                       /* of INIT ACK; data NULL: none */
    oc_span_t unknown[OC_SCTP_UNKNOWN_MAX]; /* whole parameters to be reported */
    unsigned unknown_count;
} oc_sctp_init_chunk_t;

/* OC_OK | OC_ERR_TRUNC | OC_ERR_FORMAT a parameter runs over the end, or tag 0. Stream counts of 0
 * are given as they are. */
int oc_sctp_setup_parse(const oc_sctp_chunk_t *chunk, oc_sctp_init_chunk_t *out);

/* The same for an INIT, from a packet or from a description: with a stream each way.
 * OC_OK | OC_ERR_TRUNC | OC_ERR_FORMAT also for a stream count of 0. */
int oc_sctp_setup_init(const oc_sctp_chunk_t *chunk, oc_sctp_init_chunk_t *out);
/* Draws tag and first TSN at random. */
void oc_sctp_setup_draw(oc_sctp_setup_t *setup);

/* What a peer may be counted on for that was told these options of ours only: it must use nothing
 * that one end has not named. A packet without a checksum is a matter of its receiver alone. */
void oc_sctp_setup_limit(oc_sctp_setup_t *setup, uint8_t options);

/* Writes INIT (type OC_SCTP_INIT) or INIT ACK with a cookie and reports, with these options of the
 * setup and no others. cookie, unknown: borrowed until return, may be empty. Returns the bytes
 * written, padded; 0: size is too small. */
size_t oc_sctp_setup_write(uint8_t *out, size_t size, uint8_t type, const oc_sctp_setup_t *setup,
                           uint8_t options, oc_span_t cookie, const oc_span_t *unknown,
                           unsigned unknown_count);

/* Reads an INIT of a description (SNAP), the whole chunk and nothing behind it but its padding of
 * zeros, as oc_sctp_setup_init does. OC_OK | OC_ERR_TRUNC | OC_ERR_FORMAT. */
int oc_sctp_snap_parse(oc_span_t bytes, oc_sctp_init_chunk_t *out);
/* Writes ours with these options of it (enum oc_sctp_option), without padding. Returns the bytes;
 * 0: size is too small. */
size_t oc_sctp_snap_write(const oc_sctp_setup_t *local, uint8_t options, uint8_t *out, size_t size);

/* What a cookie carries. */
typedef struct oc_sctp_cookie {
    int64_t made_us;
    uint32_t local_tag, local_tsn;
    uint32_t tie_tag; /* the peer's tag as it was known when the cookie was made; 0: not yet */
    oc_sctp_setup_t peer;
} oc_sctp_cookie_t;

/* Signs a cookie. key: OC_SCTP_COOKIE_KEY bytes. */
void oc_sctp_cookie_write(const oc_sctp_cookie_t *cookie, const uint8_t *key,
                          uint8_t out[OC_SCTP_COOKIE_LEN]);
/* OC_OK | OC_ERR_FORMAT not signed with this key. The age is the caller's to check. */
int oc_sctp_cookie_read(oc_span_t bytes, const uint8_t *key, oc_sctp_cookie_t *out);

#endif
