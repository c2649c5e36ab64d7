/* oc_bundle - reads and verifies a bundle (.ocb): a signed manifest and an archive of one
 * application for each engine (docs/formats-update.md). The whole bundle lies in memory. Any
 * thread; allocates nothing. Read first (no cryptography, any bytes), then verify; what was only
 * read is worth nothing. */
#ifndef OC_BUNDLE_H
#define OC_BUNDLE_H

#include "oc_semver.h"
#include "oc_trust.h"

#ifdef OC_LIMITS_BOARD
#define OC_BUNDLE_BYTES_MAX (768u * 1024)
#else
#define OC_BUNDLE_BYTES_MAX (4u * 1024 * 1024)
#endif
#define OC_BUNDLE_MANIFEST_MAX   (16u * 1024) /* bytes of the manifest with its header */
#define OC_BUNDLE_SIGNATURES_MAX 4
#define OC_BUNDLE_ENGINES_MAX    4
#define OC_BUNDLE_REVOKED_MAX    32 /* keys that one bundle revokes */
#define OC_BUNDLE_NAME_MAX       64 /* bytes of name and revision */
#define OC_BUNDLE_CHANNEL_MAX    16
#define OC_BUNDLE_ENGINE_MAX     32
#define OC_BUNDLE_NOTES_MAX      4096
#define OC_BUNDLE_WHY            160 /* bytes of a reason, with NUL */

/* What is wrong with a bundle, and the code that functions here return. */
#define OC_BUNDLE_FAULT_MAP(X)                                                                     \
    X(FORMAT, OC_ERR_FORMAT)    /* no bundle, damaged, or against the rules */                     \
    X(TOO_BIG, OC_ERR_TOO_BIG)  /* above OC_BUNDLE_BYTES_MAX */                                    \
    X(HASH, OC_ERR_FORMAT)      /* an archive is not the one that was signed */                    \
    X(SIGNATURE, OC_ERR_DENIED) /* of a trusted key, but not over this manifest */                 \
    X(UNKNOWN_KEY, OC_ERR_DENIED)                                                                  \
    X(REVOKED_KEY, OC_ERR_DENIED)                                                                  \
    X(REVOCATION, OC_ERR_DENIED) /* its own key, the last one, or too many */                      \
    X(HOST, OC_ERR_NOTSUP)       /* needs a newer host */                                          \
    X(API_LEVEL, OC_ERR_NOTSUP)  /* needs a higher level, or unknown capabilities */               \
    X(ENGINE, OC_ERR_NOTSUP)     /* no archive for the engine of this host */                      \
    X(COUNTER, OC_ERR_STALE)     /* below the anti-rollback counter */                             \
    X(SAME, OC_ERR_EXIST)        /* runs already */                                                \
    X(FAILED, OC_ERR_STATE)      /* its trial failed before */

/* One of them; the numbers stay inside of the process. */
enum oc_bundle_fault {
    OC_BUNDLE_FINE = 0,
#define OC_BUNDLE_FAULT_ENUM(id, code) OC_BUNDLE_##id,
    OC_BUNDLE_FAULT_MAP(OC_BUNDLE_FAULT_ENUM)
#undef OC_BUNDLE_FAULT_ENUM
};

/* Why a bundle is refused. */
typedef struct oc_bundle_why {
    enum oc_bundle_fault fault;
    char text[OC_BUNDLE_WHY]; /* one line, for people; printable ASCII */
} oc_bundle_why_t;

/* Fills in a reason by printf's rules and returns the code of the fault. why may be NULL. */
int oc_bundle_refuse(oc_bundle_why_t *why, enum oc_bundle_fault fault, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* An archive of a bundle. Spans are borrowed from the bundle's bytes. */
typedef struct oc_bundle_archive {
    char engine[OC_BUNDLE_ENGINE_MAX + 1]; /* "xs-13.3" */
    oc_span_t bytes;
    const uint8_t *sha256; /* OC_CRYPTO_HASH bytes, as the manifest says */
} oc_bundle_archive_t;

/* A signature; borrowed from the bundle's bytes. */
typedef struct oc_bundle_signature {
    const uint8_t *key_id;    /* OC_KEY_ID bytes */
    const uint8_t *signature; /* OC_P256_SIGNATURE bytes */
} oc_bundle_signature_t;

/* A bundle that was read. Texts are NUL-terminated copies, checked as the format says. About 1 KB.
 */
typedef struct oc_bundle {
    oc_span_t bytes;                         /* all of it; borrowed */
    oc_span_t manifest;                      /* the box `ocbm` with its header: what is signed */
    char name[OC_BUNDLE_NAME_MAX + 1];       /* of the application */
    char version[OC_SEMVER_MAX + 1];         /* its SemVer */
    char channel[OC_BUNDLE_CHANNEL_MAX + 1]; /* release channel */
    char revision[OC_BUNDLE_NAME_MAX + 1];   /* of its source; may be empty */
    char host[OC_SEMVER_MAX + 1];            /* least version of the host */
    oc_span_t notes;                         /* UTF-8 without NUL; may be empty */
    uint32_t counter;                        /* anti-rollback */
    uint32_t capabilities;                   /* bits of oc_capability_t, perhaps of a newer host */
    uint32_t settings;                       /* version of the settings that it writes; 0: none */
    uint16_t api_level;                      /* least level of the host's API */
    uint8_t archive_count;                   /* 0: it only revokes keys */
    uint8_t signature_count;                 /* at least 1 */
    uint8_t revoked_count;
    oc_bundle_archive_t archives[OC_BUNDLE_ENGINES_MAX];
    oc_bundle_signature_t signatures[OC_BUNDLE_SIGNATURES_MAX];
    const uint8_t *revoked[OC_BUNDLE_REVOKED_MAX]; /* ids, OC_KEY_ID bytes each; borrowed */
    /* by oc_bundle_verify: */
    uint8_t key_id[OC_KEY_ID]; /* whose signature counted */
    uint8_t
        digest[OC_CRYPTO_HASH]; /* what was signed; names this update (its trial, its history) */
} oc_bundle_t;

/* Reads a bundle (borrowed as long as *bundle is used) and checks its structure, limits and texts.
 * OC_OK | OC_ERR_FORMAT, OC_ERR_TOO_BIG: *why says what. */
int oc_bundle_read(oc_bundle_t *bundle, oc_span_t bytes, oc_bundle_why_t *why);

/* Verifies the hash of each archive, then the signatures until one by a trusted key is valid, then
 * that what it revokes may be revoked. Fills in key_id and digest. Takes some 0.2 ms and the time
 * of SHA-256 of the archives on a PC, some 300 ms on an ESP32.
 * OC_OK | OC_ERR_FORMAT, OC_ERR_DENIED: *why says what. */
int oc_bundle_verify(oc_bundle_t *bundle, const oc_trust_t *trust, oc_bundle_why_t *why);

/* What a host is, for a bundle. */
typedef struct oc_bundle_host {
    const char *version; /* SemVer; borrowed */
    const char *engine;  /* "xs-13.3"; borrowed */
    uint16_t api_level;
} oc_bundle_host_t;

/* Whether a host is new enough for a bundle and has its engine. A bundle without an archive fits
 * everywhere. OC_OK | OC_ERR_NOTSUP: *why says what. */
int oc_bundle_fits(const oc_bundle_t *bundle, const oc_bundle_host_t *host, oc_bundle_why_t *why);

/* The archive for an engine (a C string), borrowed from the bundle; empty: there is none. */
oc_span_t oc_bundle_archive(const oc_bundle_t *bundle, const char *engine);

/* Revokes what a verified bundle revokes, in trust. OC_OK | as oc_trust_revoke, and trust is as it
 * was. */
int oc_bundle_revoke(const oc_bundle_t *bundle, oc_trust_t *trust);

#endif
