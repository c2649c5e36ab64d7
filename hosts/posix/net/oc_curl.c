#include "oc_curl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#define VERSION_LEAST 0x075700 /* 7.87: CURLOPT_QUICK_EXIT */

/* Of OpenSSL, which libcurl brings: its own instance, found through it. */
typedef struct {
    void *(*peer_certificate)(const void *ssl);
    int (*digest)(const void *certificate, const void *type, unsigned char *out, unsigned *size);
    const void *(*sha256)(void);
    void (*free_certificate)(void *certificate);
} tls_t;

static oc_curl_t functions;
static tls_t tls;
static const char *missing;

static bool look_up(void *library, const char *name, void *out) {
    void *found = dlsym(library, name);
    memcpy(out, &found, sizeof found); /* ISO C has no way from an object to a function */
    return found != NULL;
}

static const char *load(void) {
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    bool all = library != NULL;
    if (!library)
        return "libcurl is not installed; install the package libcurl4";
#define LOOK_UP(name) all = all && look_up(library, "curl_" #name, &functions.name);
    OC_CURL_FUNCTIONS(LOOK_UP)
#undef LOOK_UP
    if (!all || functions.version_info(CURLVERSION_NOW)->version_num < VERSION_LEAST)
        return "libcurl is older than 7.87; install a newer one";
    if (functions.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return "libcurl does not start";
    int features = functions.version_info(CURLVERSION_NOW)->features;
    if (!(features & CURL_VERSION_ASYNCHDNS) || !(features & CURL_VERSION_SSL))
        return "this libcurl has no TLS, or waits for names; install the package libcurl4";
    bool pins = look_up(library, "SSL_get1_peer_certificate", &tls.peer_certificate) &&
                look_up(library, "X509_digest", &tls.digest) &&
                look_up(library, "EVP_sha256", &tls.sha256) &&
                look_up(library, "X509_free", &tls.free_certificate);
    if (!pins)
        tls.peer_certificate = NULL;
    return NULL;
}

static void load_once(void) {
    missing = load();
}

const oc_curl_t *oc_curl(const char **why) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load_once);
    *why = missing;
    return missing ? NULL : &functions;
}

bool oc_curl_fingerprint(CURL *easy, uint8_t out[OC_CURL_PIN_BYTES]) {
    const struct curl_tlssessioninfo *session = NULL;
    if (!tls.peer_certificate ||
        functions.easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || !session ||
        session->backend != CURLSSLBACKEND_OPENSSL || !session->internals)
        return false;
    void *certificate = tls.peer_certificate(session->internals);
    unsigned size = OC_CURL_PIN_BYTES;
    bool done = certificate && tls.digest(certificate, tls.sha256(), out, &size) == 1;
    if (certificate)
        tls.free_certificate(certificate);
    return done;
}
