/* The panel of the application: files out of its archive, below /app/. The page that shows it puts
 * it into a frame without an origin, so that its scripts have neither a login nor our page. Such a
 * frame sends no cookies: who may see the panel is led to an address with a token in it, under
 * which the files are everybody's until the program ends. */
#define _GNU_SOURCE
#include <stdio.h>

#include "oc_http_access.h"
#include "oc_http_send.h"

#define PAGE "index.html"

/* Scripts and requests to this device alone, shown by this device alone. */
static const char policy[] =
    "sandbox allow-scripts allow-forms; default-src 'none'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

static void write_etag(const oc_body_ref_t *ref, char out[24]) {
    uint8_t hash[OC_CRYPTO_HASH], part[4096];
    uint8_t all[OC_CRYPTO_HASH + sizeof(part)] = {0};
    int64_t got;
    for (uint64_t at = 0; (got = oc_body_read(ref, at, part, sizeof(part))) > 0;
         at += (uint64_t)got) { /* each part with the hash of what precedes it */
        memcpy(all + OC_CRYPTO_HASH, part, (size_t)got);
        oc_hash(OC_HASH_SHA256, &(oc_span_t){all, OC_CRYPTO_HASH + (size_t)got}, 1, hash);
        memcpy(all, hash, sizeof(hash));
    }
    snprintf(out, 24, "\"%02x%02x%02x%02x%02x%02x%02x%02x\"", all[0], all[1], all[2], all[3],
             all[4], all[5], all[6], all[7]);
}

static bool is_known(oc_http_session_t *session, const char *etag) {
    char text[64];
    const char *known = oc_http_header(session, WSI_TOKEN_HTTP_IF_NONE_MATCH, text, sizeof(text));
    return known && strcmp(known, etag) == 0;
}

static int send_file(oc_http_t *http, oc_http_session_t *session, const char *path) {
    char full[OC_HTTP_PATH_MAX + 8], etag[24];
    const char *type = oc_http_rule_type(path);
    oc_body_ref_t ref;
    snprintf(full, sizeof(full), "panel/%s", path);
    int result = http->config.panel(http->config.context, full, type, &ref);
    if (result != OC_OK)
        return oc_http_send_status(http, session, result == OC_ERR_NOENT ? 404 : 503);
    write_etag(&ref, etag);
    bool known = is_known(session, etag);
    session->source = OC_HTTP_BODY;
    session->ref = ref;
    session->offset = 0;
    session->left = known ? 0 : ref.bytes;
    return oc_http_send(
        http, session,
        &(oc_http_head_t){.status = known ? 304 : 200,
                          .type = type,
                          .len = session->left,
                          .max_age_s = OC_HTTP_REVALIDATE,
                          .etag = etag,
                          .everybody = true,
                          .policy = strncmp(type, "text/html", 9) == 0 ? policy : NULL});
}

int oc_http_panel(oc_http_t *http, oc_http_session_t *session) {
    char location[sizeof(http->panel_token) + 16];
    const char *rest = oc_http_rest(session);
    size_t len = sizeof(http->panel_token) - 1;
    if (rest[0] != '~') {
        snprintf(location, sizeof(location), "/app/~%s/", http->panel_token);
        return rest[0] == '\0'
                   ? oc_http_send(http, session,
                                  &(oc_http_head_t){.status = 303, .location = location})
                   : oc_http_send_status(http, session, 404);
    }
    if (strlen(rest) < len + 2 || rest[len + 1] != '/' ||
        !oc_crypto_equal((const uint8_t *)rest + 1, (const uint8_t *)http->panel_token, len))
        return oc_http_send_status(http, session, 404);
    rest += len + 2;
    return send_file(http, session, rest[0] ? rest : PAGE);
}
