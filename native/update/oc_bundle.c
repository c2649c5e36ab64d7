/* See oc_bundle.h. Boxes: ISO/IEC 14496-12 section 4.2. */
#include "oc_bundle.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "oc_capability.h"
#include "oc_err.h"

#define BOX_HEAD 8 /* size and type */

/* Signed is the SHA-256 of this with its NUL, and the manifest: a signature for something else is
 * none here. */
static const char domain[] = "ocellus bundle 1";

static int code_of(enum oc_bundle_fault fault) {
    switch (fault) {
#define FAULT_CODE(id, code)                                                                       \
    case OC_BUNDLE_##id:                                                                           \
        return code;
        OC_BUNDLE_FAULT_MAP(FAULT_CODE)
#undef FAULT_CODE
    default:
        return OC_OK;
    }
}

int oc_bundle_refuse(oc_bundle_why_t *why, enum oc_bundle_fault fault, const char *format, ...) {
    if (why) {
        va_list arguments;
        va_start(arguments, format);
        why->fault = fault;
        vsnprintf(why->text, sizeof why->text, format, arguments);
        va_end(arguments);
    }
    return code_of(fault);
}

/* ---- boxes ---- */

/* The next box is of this type. The reader stays where it is. */
static bool next_is(const oc_rd_t *r, const char type[4]) {
    return oc_rd_left(r) >= BOX_HEAD && memcmp(r->p + 4, type, 4) == 0;
}

/* Takes a box of this type with `min` to `max` bytes of content. */
static int take_box(oc_rd_t *r, const char type[4], size_t min, size_t max, oc_span_t *content,
                    oc_bundle_why_t *why) {
    oc_rd_t head = *r;
    uint32_t size = oc_rd_u32(&head);
    if (oc_rd_left(r) < BOX_HEAD)
        return oc_bundle_refuse(why, OC_BUNDLE_FORMAT, "ends before box %.4s", type);
    if (!next_is(r, type))
        return oc_bundle_refuse(why, OC_BUNDLE_FORMAT, "box %.4s is missing", type);
    if (size < BOX_HEAD || size > oc_rd_left(r))
        return oc_bundle_refuse(why, OC_BUNDLE_FORMAT, "box %.4s goes beyond the end", type);
    if (size - BOX_HEAD < min || size - BOX_HEAD > max)
        return oc_bundle_refuse(why, OC_BUNDLE_FORMAT,
                                "box %.4s has %" PRIu32 " bytes, allowed are %zu to %zu", type,
                                size - BOX_HEAD, min, max);
    oc_rd_skip(r, BOX_HEAD);
    *content = oc_rd_span(r, size - BOX_HEAD);
    return OC_OK;
}

/* ---- texts ---- */

static bool is_lower(uint8_t c) {
    return c >= 'a' && c <= 'z';
}

static bool is_name(oc_span_t text) {
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (!is_lower(c) && !(c >= '0' && c <= '9') && !(c == '-' && i > 0))
            return false;
    }
    return text.len > 0;
}

static bool is_channel(oc_span_t text) {
    for (size_t i = 0; i < text.len; i++)
        if (!is_lower(text.data[i]))
            return false;
    return text.len > 0;
}

static bool is_printable(oc_span_t text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < ' ' || text.data[i] > '~')
            return false;
    return true;
}

static bool is_engine(oc_span_t text) {
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (!is_lower(c) && !(c >= '0' && c <= '9') && c != '-' && c != '.')
            return false;
    }
    return text.len > 0;
}

static bool is_version(oc_span_t text) {
    return oc_semver_check(text) == OC_OK;
}

/* Continuation bytes behind a first byte of UTF-8, and the least second byte and the greatest
 * (RFC 3629 section 4); -1: no first byte. */
static int sequence(uint8_t first, uint8_t *low, uint8_t *high) {
    *low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    *high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    return first < 0x80   ? 0
           : first < 0xC2 ? -1
           : first < 0xE0 ? 1
           : first < 0xF0 ? 2
           : first < 0xF5 ? 3
                          : -1;
}

/* UTF-8 without control characters but line feed and tab. */
static bool is_text(oc_span_t text) {
    for (size_t i = 0; i < text.len;) {
        uint8_t low, high, first = text.data[i++];
        int more = sequence(first, &low, &high);
        if (more < 0 || (size_t)more > text.len - i || first == 0x7F ||
            (first < ' ' && first != '\n' && first != '\t'))
            return false;
        for (; more > 0; more--, i++) {
            if (text.data[i] < low || text.data[i] > high)
                return false;
            low = 0x80;
            high = 0xBF;
        }
    }
    return true;
}

/* A box that is a text, copied with NUL to `out` of max + 1 bytes. */
static int take_text(oc_rd_t *r, const char type[4], size_t max, bool (*good)(oc_span_t), char *out,
                     oc_bundle_why_t *why) {
    oc_span_t text;
    int result = take_box(r, type, 0, max, &text, why);
    if (result != OC_OK)
        return result;
    if (!good(text))
        return oc_bundle_refuse(why, OC_BUNDLE_FORMAT, "box %.4s is malformed", type);
    if (text.len)
        memcpy(out, text.data, text.len);
    out[text.len] = 0;
    return OC_OK;
}

static int take_number(oc_rd_t *r, const char type[4], unsigned bytes, uint32_t *out,
                       oc_bundle_why_t *why) {
    oc_span_t content;
    int result = take_box(r, type, bytes, bytes, &content, why);
    if (result == OC_OK) {
        oc_rd_t number = oc_rd(content);
        *out = (uint32_t)oc_rd_be(&number, bytes);
    }
    return result;
}

/* ---- the manifest ---- */

static int read_texts(oc_bundle_t *bundle, oc_rd_t *r, oc_bundle_why_t *why) {
    int result = take_text(r, "name", OC_BUNDLE_NAME_MAX, is_name, bundle->name, why);
    if (result == OC_OK)
        result = take_text(r, "vers", OC_SEMVER_MAX, is_version, bundle->version, why);
    if (result == OC_OK)
        result = take_text(r, "chan", OC_BUNDLE_CHANNEL_MAX, is_channel, bundle->channel, why);
    if (result == OC_OK)
        result = take_text(r, "revn", OC_BUNDLE_NAME_MAX, is_printable, bundle->revision, why);
    return result;
}

static int read_needs(oc_bundle_t *bundle, oc_rd_t *r, oc_bundle_why_t *why) {
    uint32_t level = 0;
    int result = take_number(r, "cntr", 4, &bundle->counter, why);
    if (result == OC_OK)
        result = take_text(r, "host", OC_SEMVER_MAX, is_version, bundle->host, why);
    if (result == OC_OK)
        result = take_number(r, "apil", 2, &level, why);
    if (result == OC_OK)
        result = take_number(r, "caps", 4, &bundle->capabilities, why);
    if (result == OC_OK)
        result = take_number(r, "sets", 4, &bundle->settings, why);
    bundle->api_level = (uint16_t)level;
    return result;
}

static int read_notes(oc_bundle_t *bundle, oc_rd_t *r, oc_bundle_why_t *why) {
    int result = take_box(r, "note", 0, OC_BUNDLE_NOTES_MAX, &bundle->notes, why);
    if (result == OC_OK && !is_text(bundle->notes))
        return oc_bundle_refuse(why, OC_BUNDLE_FORMAT, "box note is no text in UTF-8");
    return result;
}

/* One `engi`. The archive's span has its size only, until it is found behind the manifest. */
static int read_engine(oc_bundle_t *bundle, oc_rd_t *r, oc_bundle_why_t *why) {
    oc_span_t content;
    int result = take_box(r, "engi", 1 + 1 + 4 + OC_CRYPTO_HASH,
                          1 + OC_BUNDLE_ENGINE_MAX + 4 + OC_CRYPTO_HASH, &content, why);
    if (result != OC_OK)
        return result;
    if (bundle->archive_count == OC_BUNDLE_ENGINES_MAX)
        return oc_bundle_refuse(why, OC_BUNDLE_FORMAT, "more than %d engines",
                                OC_BUNDLE_ENGINES_MAX);
    oc_bundle_archive_t *archive = &bundle->archives[bundle->archive_count];
    oc_rd_t fields = oc_rd(content);
    oc_span_t engine = oc_rd_span(&fields, oc_rd_u8(&fields));
    archive->bytes.len = oc_rd_u32(&fields);
    archive->sha256 = oc_rd_bytes(&fields, OC_CRYPTO_HASH);
    if (fields.bad || oc_rd_left(&fields) || !is_engine(engine) || !archive->bytes.len)
        return oc_bundle_refuse(why, OC_BUNDLE_FORMAT, "box engi is malformed");
    memcpy(archive->engine, engine.data, engine.len);
    archive->engine[engine.len] = 0;
    if (oc_bundle_archive(bundle, archive->engine).len)
        return oc_bundle_refuse(why, OC_BUNDLE_FORMAT, "engine %s twice", archive->engine);
    bundle->archive_count++;
    return OC_OK;
}

static int read_revocation(oc_bundle_t *bundle, oc_rd_t *r, oc_bundle_why_t *why) {
    oc_span_t id;
    int result = take_box(r, "rvok", OC_KEY_ID, OC_KEY_ID, &id, why);
    if (result != OC_OK)
        return result;
    if (bundle->revoked_count == OC_BUNDLE_REVOKED_MAX)
        return oc_bundle_refuse(why, OC_BUNDLE_FORMAT, "more than %d revoked keys",
                                OC_BUNDLE_REVOKED_MAX);
    bundle->revoked[bundle->revoked_count++] = id.data;
    return OC_OK;
}

static int read_manifest(oc_bundle_t *bundle, oc_span_t content, oc_bundle_why_t *why) {
    oc_rd_t r = oc_rd(content);
    int result = read_texts(bundle, &r, why);
    if (result == OC_OK)
        result = read_needs(bundle, &r, why);
    if (result == OC_OK)
        result = read_notes(bundle, &r, why);
    while (result == OC_OK && next_is(&r, "engi"))
        result = read_engine(bundle, &r, why);
    while (result == OC_OK && next_is(&r, "rvok"))
        result = read_revocation(bundle, &r, why);
    if (result != OC_OK)
        return result;
    if (oc_rd_left(&r))
        return oc_bundle_refuse(why, OC_BUNDLE_FORMAT,
                                "the manifest holds something else, or in another order");
    if (!bundle->archive_count && !bundle->revoked_count)
        return oc_bundle_refuse(why, OC_BUNDLE_FORMAT, "neither an archive nor a revoked key");
    return OC_OK;
}

/* ---- the bundle ---- */

static int read_signature(oc_bundle_t *bundle, oc_rd_t *r, oc_bundle_why_t *why) {
    oc_span_t content;
    int result = take_box(r, "sign", OC_KEY_ID + OC_P256_SIGNATURE, OC_KEY_ID + OC_P256_SIGNATURE,
                          &content, why);
    if (result != OC_OK)
        return result;
    if (bundle->signature_count == OC_BUNDLE_SIGNATURES_MAX)
        return oc_bundle_refuse(why, OC_BUNDLE_FORMAT, "more than %d signatures",
                                OC_BUNDLE_SIGNATURES_MAX);
    bundle->signatures[bundle->signature_count++] =
        (oc_bundle_signature_t){content.data, content.data + OC_KEY_ID};
    return OC_OK;
}

static int read_archive(oc_bundle_archive_t *archive, oc_rd_t *r, oc_bundle_why_t *why) {
    size_t size = archive->bytes.len;
    return take_box(r, "arch", size, size, &archive->bytes, why);
}

int oc_bundle_read(oc_bundle_t *bundle, oc_span_t bytes, oc_bundle_why_t *why) {
    oc_rd_t r = oc_rd(bytes);
    oc_span_t content;
    memset(bundle, 0, sizeof *bundle);
    if (bytes.len > OC_BUNDLE_BYTES_MAX)
        return oc_bundle_refuse(why, OC_BUNDLE_TOO_BIG, "%zu bytes, at most %u", bytes.len,
                                OC_BUNDLE_BYTES_MAX);
    int result = take_box(&r, "ocbm", 0, OC_BUNDLE_MANIFEST_MAX - BOX_HEAD, &content, why);
    if (result != OC_OK)
        return result;
    bundle->bytes = bytes;
    bundle->manifest = oc_span(bytes.data, content.len + BOX_HEAD);
    result = read_manifest(bundle, content, why);
    do {
        if (result == OC_OK)
            result = read_signature(bundle, &r, why);
    } while (result == OC_OK && next_is(&r, "sign"));
    for (unsigned i = 0; result == OC_OK && i < bundle->archive_count; i++)
        result = read_archive(&bundle->archives[i], &r, why);
    if (result == OC_OK && oc_rd_left(&r))
        return oc_bundle_refuse(why, OC_BUNDLE_FORMAT, "%zu bytes behind its end", oc_rd_left(&r));
    return result;
}

/* ---- what it is worth ---- */

static int verify_archives(const oc_bundle_t *bundle, oc_bundle_why_t *why) {
    uint8_t hash[OC_CRYPTO_HASH];
    for (unsigned i = 0; i < bundle->archive_count; i++) {
        const oc_bundle_archive_t *archive = &bundle->archives[i];
        oc_hash(OC_HASH_SHA256, &archive->bytes, 1, hash);
        if (memcmp(hash, archive->sha256, sizeof hash) != 0)
            return oc_bundle_refuse(why, OC_BUNDLE_HASH,
                                    "the archive for %s is not the one of the manifest",
                                    archive->engine);
    }
    return OC_OK;
}

/* What one signature says: OC_BUNDLE_FINE, or why it does not count. */
static enum oc_bundle_fault judge(const oc_bundle_signature_t *signature, const oc_trust_t *trust,
                                  const uint8_t digest[OC_CRYPTO_HASH]) {
    const uint8_t *point = oc_trust_point(trust, signature->key_id);
    if (oc_trust_is_revoked(trust, signature->key_id))
        return OC_BUNDLE_REVOKED_KEY;
    if (!point)
        return OC_BUNDLE_UNKNOWN_KEY;
    return oc_p256_verify(point, digest, signature->signature) == OC_OK ? OC_BUNDLE_FINE
                                                                        : OC_BUNDLE_SIGNATURE;
}

static int refuse_key(enum oc_bundle_fault fault, const uint8_t *id, oc_bundle_why_t *why) {
    char text[OC_KEY_ID_TEXT];
    oc_key_id_text(id, text);
    return oc_bundle_refuse(why, fault,
                            fault == OC_BUNDLE_SIGNATURE     ? "the signature of key %s is wrong"
                            : fault == OC_BUNDLE_REVOKED_KEY ? "key %s was revoked"
                                                             : "key %s is not trusted here",
                            text);
}

/* The first signature that counts; else why the one that came nearest does not. */
static int verify_signatures(oc_bundle_t *bundle, const oc_trust_t *trust, oc_bundle_why_t *why) {
    static const enum oc_bundle_fault nearest[] = {OC_BUNDLE_SIGNATURE, OC_BUNDLE_REVOKED_KEY,
                                                   OC_BUNDLE_UNKNOWN_KEY};
    enum oc_bundle_fault faults[OC_BUNDLE_SIGNATURES_MAX];
    for (unsigned i = 0; i < bundle->signature_count; i++) {
        faults[i] = judge(&bundle->signatures[i], trust, bundle->digest);
        if (faults[i] == OC_BUNDLE_FINE) {
            memcpy(bundle->key_id, bundle->signatures[i].key_id, OC_KEY_ID);
            return OC_OK;
        }
    }
    for (unsigned kind = 0; kind < sizeof nearest / sizeof *nearest; kind++)
        for (unsigned i = 0; i < bundle->signature_count; i++)
            if (faults[i] == nearest[kind])
                return refuse_key(faults[i], bundle->signatures[i].key_id, why);
    return oc_bundle_refuse(why, OC_BUNDLE_FORMAT, "no signature");
}

int oc_bundle_verify(oc_bundle_t *bundle, const oc_trust_t *trust, oc_bundle_why_t *why) {
    oc_trust_t after = *trust;
    const oc_span_t parts[] = {oc_span(domain, sizeof domain), bundle->manifest};
    int result = verify_archives(bundle, why);
    if (result != OC_OK)
        return result;
    oc_hash(OC_HASH_SHA256, parts, 2, bundle->digest);
    result = verify_signatures(bundle, trust, why);
    if (result != OC_OK)
        return result;
    result = oc_bundle_revoke(bundle, &after);
    if (result != OC_OK)
        return oc_bundle_refuse(why, OC_BUNDLE_REVOCATION,
                                result == OC_ERR_INVAL ? "it revokes the key that signed it"
                                : result == OC_ERR_STATE
                                    ? "it revokes the last trusted key"
                                    : "this device has no room for more revoked keys");
    return OC_OK;
}

int oc_bundle_fits(const oc_bundle_t *bundle, const oc_bundle_host_t *host, oc_bundle_why_t *why) {
    if (!bundle->archive_count)
        return OC_OK;
    if (oc_semver_compare(oc_span(bundle->host, strlen(bundle->host)),
                          oc_span(host->version, strlen(host->version))) > 0)
        return oc_bundle_refuse(why, OC_BUNDLE_HOST, "needs host %.40s, this is %.40s",
                                bundle->host, host->version);
    if (bundle->api_level > host->api_level)
        return oc_bundle_refuse(why, OC_BUNDLE_API_LEVEL, "needs API level %u, this host has %u",
                                bundle->api_level, host->api_level);
    if (bundle->capabilities & ~OC_CAPABILITIES_ALL)
        return oc_bundle_refuse(why, OC_BUNDLE_API_LEVEL,
                                "needs capabilities that this host does not have (%#" PRIx32 ")",
                                bundle->capabilities & ~OC_CAPABILITIES_ALL);
    if (!oc_bundle_archive(bundle, host->engine).len)
        return oc_bundle_refuse(why, OC_BUNDLE_ENGINE, "no archive for engine %s", host->engine);
    return OC_OK;
}

oc_span_t oc_bundle_archive(const oc_bundle_t *bundle, const char *engine) {
    for (unsigned i = 0; i < bundle->archive_count; i++)
        if (strcmp(bundle->archives[i].engine, engine) == 0)
            return bundle->archives[i].bytes;
    return (oc_span_t){NULL, 0};
}

int oc_bundle_revoke(const oc_bundle_t *bundle, oc_trust_t *trust) {
    oc_trust_t after = *trust;
    for (unsigned i = 0; i < bundle->revoked_count; i++) {
        int result = oc_trust_revoke(&after, bundle->revoked[i], bundle->key_id);
        if (result != OC_OK)
            return result;
    }
    *trust = after;
    return OC_OK;
}
