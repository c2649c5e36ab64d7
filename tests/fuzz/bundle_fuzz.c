/* Bundles: any bytes. What is read lies inside, follows the rules and has one way to be written;
 * what verifies is one of those that were signed. */
#include <stdlib.h>
#include "oc_bundle_write.h"
#include "oc_err.h"

#define SEEDS 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned number, uint8_t *out, size_t room);

static void must(bool right) {
    if (!right)
        abort();
}

static void check_inside(const oc_bundle_t *bundle, oc_span_t part) {
    must(part.len == 0 ||
         (part.data >= bundle->bytes.data &&
          part.len <= bundle->bytes.len - (size_t)(part.data - bundle->bytes.data)));
}

static void write_engine(oc_wr_t *w, const oc_bundle_archive_t *archive) {
    size_t len = strlen(archive->engine);
    oc_wr_u32(w, (uint32_t)(8 + 1 + len + 4 + OC_CRYPTO_HASH));
    oc_wr_bytes(w, "engi", 4);
    oc_wr_u8(w, (uint32_t)len);
    oc_wr_bytes(w, archive->engine, len);
    oc_wr_u32(w, (uint32_t)archive->bytes.len);
    oc_wr_bytes(w, archive->sha256, OC_CRYPTO_HASH);
}

/* The manifest written from what was read is the manifest. */
static void check_round_trip(const oc_bundle_t *bundle) {
    static uint8_t out[OC_BUNDLE_MANIFEST_MAX];
    static char notes[OC_BUNDLE_NOTES_MAX + 1];
    oc_wr_t w = oc_wr(out, sizeof out);
    oc_bundle_recipe_t recipe = {bundle->name,     bundle->version,
                                 bundle->channel,  bundle->revision,
                                 bundle->host,     notes,
                                 bundle->counter,  bundle->capabilities,
                                 bundle->settings, bundle->api_level,
                                 {NULL},           {{NULL, 0}},
                                 {NULL},           {NULL}};
    if (bundle->notes.len)
        memcpy(notes, bundle->notes.data, bundle->notes.len);
    notes[bundle->notes.len] = 0;
    oc_bundle_write_manifest(&recipe, &w);
    for (unsigned i = 0; i < bundle->archive_count; i++)
        write_engine(&w, &bundle->archives[i]);
    for (unsigned i = 0; i < bundle->revoked_count; i++)
        oc_bundle_write_box(&w, "rvok", bundle->revoked[i], OC_KEY_ID);
    oc_wr_patch_u32(&w, 0, (uint32_t)oc_wr_len(&w));
    must(!w.bad && oc_wr_len(&w) == bundle->manifest.len &&
         memcmp(out, bundle->manifest.data, bundle->manifest.len) == 0);
}

/* The digests of the seeds. */
static bool was_signed(const uint8_t digest[OC_CRYPTO_HASH]) {
    static uint8_t digests[SEEDS][OC_CRYPTO_HASH], seed[64 * 1024];
    static bool made;
    oc_bundle_t bundle;
    for (unsigned n = 0; n < SEEDS && !made; n++) {
        size_t size = oc_fuzz_seed(n, seed, sizeof seed);
        must(oc_bundle_read(&bundle, oc_span(seed, size), NULL) == OC_OK);
        oc_bundle_write_digest(bundle.manifest, digests[n]);
    }
    made = true;
    for (unsigned n = 0; n < SEEDS; n++)
        if (memcmp(digests[n], digest, OC_CRYPTO_HASH) == 0)
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const oc_bundle_host_t host = {"1.0.0", "xs-13.3", 1};
    oc_bundle_t bundle;
    oc_bundle_why_t why = {OC_BUNDLE_FINE, ""};
    oc_trust_t trust = {0};
    uint8_t point[OC_P256_POINT];
    if (oc_bundle_read(&bundle, oc_span(data, size), &why) != OC_OK) {
        must(why.fault != OC_BUNDLE_FINE && why.text[0]);
        return 0;
    }
    check_inside(&bundle, bundle.manifest);
    check_inside(&bundle, bundle.notes);
    for (unsigned i = 0; i < bundle.archive_count; i++)
        check_inside(&bundle, bundle.archives[i].bytes);
    check_round_trip(&bundle);
    for (uint8_t n = 0; n < 2; n++) {
        oc_p256_fake_point(n, point);
        must(oc_trust_add(&trust, point) == OC_OK);
    }
    (void)oc_bundle_fits(&bundle, &host, &why);
    if (oc_bundle_verify(&bundle, &trust, &why) == OC_OK)
        must(was_signed(bundle.digest));
    return 0;
}

size_t oc_fuzz_seed(unsigned number, uint8_t *out, size_t room) {
    uint8_t first[OC_P256_POINT], second[OC_P256_POINT], id[OC_KEY_ID];
    oc_p256_fake_point(0, first);
    oc_p256_fake_point(1, second);
    oc_key_id(second, id);
    oc_bundle_recipe_t recipe = {.name = "camera",
                                 .version = "1.2.3-rc.1+b7",
                                 .channel = "stable",
                                 .revision = "4f2a",
                                 .host = "0.1.0",
                                 .notes = "Sch\xC3\xB6n \xE2\x82\xAC \xF0\x9F\x8E\xA5\n",
                                 .counter = 7,
                                 .api_level = 1,
                                 .engines = {"xs-13.3"},
                                 .archives = {oc_span("thirteen", 8)},
                                 .signers = {first}};
    if (number == 1) { /* two engines, two signatures */
        recipe.engines[1] = "xs-17.7";
        recipe.archives[1] = oc_span("seventeen", 9);
        recipe.signers[1] = second;
    }
    if (number == 2) /* revokes beside an archive */
        recipe.revoked[0] = id;
    if (number == 3) { /* only revokes */
        recipe.engines[0] = NULL;
        recipe.revoked[0] = id;
    }
    return number < SEEDS ? oc_bundle_write(&recipe, out, room) : 0;
}
