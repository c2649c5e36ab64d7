#define _GNU_SOURCE
#include "oc_tls_frames.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ssl.h>

#include "oc_err.h"

#define LENGTH_BYTES 3 /* of a head */

typedef int read_fn(SSL *ssl, void *bytes, int n);

/* Of a connection's oc_tls_frames_t among its data. Clients on other threads read it too. */
static _Atomic int place = -1;

size_t oc_tls_frames_room(oc_tls_frames_t *frames) {
    if (!frames->begun) {
        frames->begun = 1;
        frames->left = OC_TLS_FRAMES_PREFACE;
    }
    return frames->left ? frames->left : (size_t)OC_TLS_FRAMES_HEAD - frames->head;
}

void oc_tls_frames_took(oc_tls_frames_t *frames, const uint8_t *bytes, size_t n) {
    if (frames->left) {
        frames->left -= (uint32_t)n;
        return;
    }
    for (size_t i = 0; i < n; i++, frames->head++)
        if (frames->head < LENGTH_BYTES)
            frames->ahead = frames->ahead << 8 | bytes[i];
    if (frames->head == OC_TLS_FRAMES_HEAD) {
        frames->left = frames->ahead;
        frames->ahead = 0;
        frames->head = 0;
    }
}

static void on_free(void *parent, void *data, CRYPTO_EX_DATA *all, int index, long argl,
                    void *argp) {
    (void)parent, (void)all, (void)index, (void)argl, (void)argp;
    free(data);
}

int oc_tls_frames_open(void) {
    if (place < 0)
        place = SSL_get_ex_new_index(0, NULL, NULL, NULL, on_free);
    return place < 0 ? OC_ERR_NOMEM : OC_OK;
}

/* The connection serves HTTP/2. */
static bool is_cut(SSL *ssl) {
    const unsigned char *name = NULL;
    unsigned len = 0;
    if (place >= 0 && SSL_is_server(ssl))
        SSL_get0_alpn_selected(ssl, &name, &len);
    return len == 2 && memcmp(name, "h2", 2) == 0;
}

/* NULL: no memory. */
static oc_tls_frames_t *frames_of(SSL *ssl) {
    oc_tls_frames_t *frames = SSL_get_ex_data(ssl, place);
    if (!frames && (frames = calloc(1, sizeof(*frames))) && !SSL_set_ex_data(ssl, place, frames)) {
        free(frames);
        frames = NULL;
    }
    return frames;
}

int SSL_read(SSL *ssl, void *bytes, int n) {
    static read_fn *_Atomic original;
    if (!original) {
        void *found = dlsym(RTLD_NEXT, "SSL_read");
        read_fn *function;
        if (!found)
            abort(); /* the library that calls us is linked with it */
        memcpy(&function, &found, sizeof(function));
        original = function;
    }
    if (n <= 0 || !is_cut(ssl))
        return original(ssl, bytes, n);
    oc_tls_frames_t *frames = frames_of(ssl);
    if (!frames)
        return -1; /* the connection ends */
    size_t room = oc_tls_frames_room(frames);
    int got = original(ssl, bytes, room < (size_t)n ? (int)room : n);
    if (got > 0)
        oc_tls_frames_took(frames, bytes, (size_t)got);
    return got;
}
