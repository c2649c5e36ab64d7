/* oc_bundle_write - writes a bundle (docs/formats-update.md), also one that is wrong. */
#ifndef OC_BUNDLE_WRITE_H
#define OC_BUNDLE_WRITE_H

#include "oc_bundle.h"
#include "oc_p256_fake.h"

/* What is in it; 0 and NULL: left out. */
typedef struct oc_bundle_recipe {
    const char *name, *version, *channel, *revision, *host, *notes;
    uint32_t counter, capabilities, settings;
    uint16_t api_level;
    const char *engines[OC_BUNDLE_ENGINES_MAX + 1];
    oc_span_t archives[OC_BUNDLE_ENGINES_MAX + 1];
    const uint8_t *revoked[OC_BUNDLE_REVOKED_MAX + 1];    /* ids */
    const uint8_t *signers[OC_BUNDLE_SIGNATURES_MAX + 1]; /* points */
} oc_bundle_recipe_t;

static inline void oc_bundle_write_box(oc_wr_t *w, const char *type, const void *data, size_t len) {
    oc_wr_u32(w, (uint32_t)len + 8);
    oc_wr_bytes(w, type, 4);
    oc_wr_bytes(w, data, len);
}

static inline void oc_bundle_write_text(oc_wr_t *w, const char *type, const char *text) {
    oc_bundle_write_box(w, type, text ? text : "", text ? strlen(text) : 0);
}

static inline void oc_bundle_write_number(oc_wr_t *w, const char *type, uint32_t value,
                                          unsigned bytes) {
    oc_wr_u32(w, bytes + 8);
    oc_wr_bytes(w, type, 4);
    oc_wr_be(w, value, bytes);
}

static inline void oc_bundle_write_engine(oc_wr_t *w, const char *engine, oc_span_t archive) {
    uint8_t hash[OC_CRYPTO_HASH];
    size_t len = strlen(engine);
    oc_hash(OC_HASH_SHA256, &archive, 1, hash);
    oc_wr_u32(w, (uint32_t)(8 + 1 + len + 4 + sizeof hash));
    oc_wr_bytes(w, "engi", 4);
    oc_wr_u8(w, (uint32_t)len);
    oc_wr_bytes(w, engine, len);
    oc_wr_u32(w, (uint32_t)archive.len);
    oc_wr_bytes(w, hash, sizeof hash);
}

static inline void oc_bundle_write_manifest(const oc_bundle_recipe_t *recipe, oc_wr_t *w) {
    size_t at = oc_wr_len(w);
    oc_wr_u32(w, 0);
    oc_wr_bytes(w, "ocbm", 4);
    oc_bundle_write_text(w, "name", recipe->name);
    oc_bundle_write_text(w, "vers", recipe->version);
    oc_bundle_write_text(w, "chan", recipe->channel);
    oc_bundle_write_text(w, "revn", recipe->revision);
    oc_bundle_write_number(w, "cntr", recipe->counter, 4);
    oc_bundle_write_text(w, "host", recipe->host);
    oc_bundle_write_number(w, "apil", recipe->api_level, 2);
    oc_bundle_write_number(w, "caps", recipe->capabilities, 4);
    oc_bundle_write_number(w, "sets", recipe->settings, 4);
    oc_bundle_write_text(w, "note", recipe->notes);
    for (unsigned i = 0; i <= OC_BUNDLE_ENGINES_MAX && recipe->engines[i]; i++)
        oc_bundle_write_engine(w, recipe->engines[i], recipe->archives[i]);
    for (unsigned i = 0; i <= OC_BUNDLE_REVOKED_MAX && recipe->revoked[i]; i++)
        oc_bundle_write_box(w, "rvok", recipe->revoked[i], OC_KEY_ID);
    oc_wr_patch_u32(w, at, (uint32_t)(oc_wr_len(w) - at));
}

/* What is signed of a manifest. */
static inline void oc_bundle_write_digest(oc_span_t manifest, uint8_t digest[OC_CRYPTO_HASH]) {
    const oc_span_t parts[] = {oc_span("ocellus bundle 1", 17), manifest};
    oc_hash(OC_HASH_SHA256, parts, 2, digest);
}

/* Returns the bytes written; 0: out is too small. */
static inline size_t oc_bundle_write(const oc_bundle_recipe_t *recipe, uint8_t *out, size_t room) {
    oc_wr_t w = oc_wr(out, room);
    uint8_t digest[OC_CRYPTO_HASH], sign[OC_KEY_ID + OC_P256_SIGNATURE];
    oc_bundle_write_manifest(recipe, &w);
    oc_bundle_write_digest(oc_span(out, oc_wr_len(&w)), digest);
    for (unsigned i = 0; i <= OC_BUNDLE_SIGNATURES_MAX && recipe->signers[i]; i++) {
        oc_key_id(recipe->signers[i], sign);
        oc_p256_fake_sign(recipe->signers[i], digest, sign + OC_KEY_ID);
        oc_bundle_write_box(&w, "sign", sign, sizeof sign);
    }
    for (unsigned i = 0; i <= OC_BUNDLE_ENGINES_MAX && recipe->engines[i]; i++)
        oc_bundle_write_box(&w, "arch", recipe->archives[i].data, recipe->archives[i].len);
    return w.bad ? 0 : oc_wr_len(&w);
}

#endif
