/* Stands between FFmpeg and what it calls. These are the functions of GnuTLS, of the C library and
 * of libavcodec by the same names: defined in the program they win over those of the libraries,
 * for the libraries too. Each does its part (oc_ff_guard) and calls the original. Of ocellus-ffmpeg
 * only: a shared object would not win. ADR 22. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <libavcodec/avcodec.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_ff.h"
#include "oc_ff_allow.h"
#include "oc_ff_between.h"
#include "oc_ff_guard.h"
#include "oc_ff_rtmp.h"
#include "oc_ff_rtsp.h"

#define CA_BYTES_MAX (4 * 1024 * 1024) /* the list of Debian 12 has 220 KB */

/* The function of that name behind this program's. */
static void *behind(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found)
        abort(); /* the library that calls us is linked with it */
    return found;
}

/* ---- libc: what leaves ---- */

ssize_t send(int fd, const void *bytes, size_t len, int flags) {
    if (!oc_ff_guard_may_send(oc_ff_guard(), bytes, len)) {
        errno = EACCES;
        return -1;
    }
    return sendto(fd, bytes, len, flags, NULL, 0);
}

/* ---- libc and GnuTLS: what comes from an RTSP server (oc_ff_rtsp) ---- */

/* Bytes as they come, from `context`: as recv. */
typedef ssize_t (*more_t)(void *context, void *out, size_t len);

/* none: what says that there is nothing now. */
static ssize_t receive(oc_ff_rtsp_t *rtsp, more_t more, void *context, ssize_t none, void *out,
                       size_t len) {
    if (!rtsp->ready) {
        size_t room;
        uint8_t *to = oc_ff_rtsp_room(rtsp, &room);
        ssize_t came = more(context, to, room);
        if (came <= 0)
            return came;
        oc_ff_rtsp_put(rtsp, (size_t)came, oc_ff_now(&(oc_capture_env_t){0}));
    }
    return rtsp->ready ? (ssize_t)oc_ff_rtsp_take(rtsp, out, len) : none;
}

/* An RTMP server is looked at while FFmpeg reads it. */
static ssize_t look_at(ssize_t came, const void *bytes) {
    oc_ff_rtmp_t *rtmp = oc_ff_guard()->rtmp;
    if (rtmp && came > 0)
        oc_ff_rtmp_look(rtmp, bytes, (size_t)came);
    return came;
}

static ssize_t more_of_socket(void *context, void *out, size_t len) {
    return recvfrom(*(int *)context, out, len, 0, NULL, NULL);
}

ssize_t recv(int fd, void *out, size_t len, int flags) {
    oc_ff_guard_t *guard = oc_ff_guard();
    if (guard->rtmp && !guard->input->tls) /* else seen behind its decryption */
        return look_at(recvfrom(fd, out, len, flags, NULL, NULL), out);
    if (!guard->rtsp)
        return recvfrom(fd, out, len, flags, NULL, NULL);
    guard->rtsp_socket = fd;
    if (guard->rtsp_tls) /* seen behind its decryption */
        return recvfrom(fd, out, len, flags, NULL, NULL);
    errno = EAGAIN;
    return receive(guard->rtsp, more_of_socket, &fd, -1, out, len);
}

/* Bytes of the connection that were read ahead are there to be taken. */
int poll(struct pollfd *list, nfds_t count, int timeout_ms) {
    const oc_ff_guard_t *guard = oc_ff_guard();
    struct timespec limit = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
    bool ahead = guard->rtsp && guard->rtsp->ready;
    if (ahead && count == 1 && list->fd == guard->rtsp_socket && list->events & POLLIN) {
        list->revents = POLLIN; /* libavformat waits for each piece of a packet */
        return 1;
    }
    int ready = ppoll(list, count,
                      ahead            ? &(struct timespec){0}
                      : timeout_ms < 0 ? NULL
                                       : &limit,
                      NULL);
    for (nfds_t i = 0; i < count && ahead && ready >= 0; i++) {
        if (list[i].fd == guard->rtsp_socket && list[i].events & POLLIN) {
            ready += list[i].revents == 0;
            list[i].revents |= POLLIN;
        }
    }
    return ready;
}

static ssize_t more_of_tls(void *context, void *out, size_t len) {
    static ssize_t (*_Atomic original)(gnutls_session_t, void *, size_t);
    if (!original) {
        void *found = behind("gnutls_record_recv");
        ssize_t (*function)(gnutls_session_t, void *, size_t);
        memcpy(&function, &found, sizeof(function));
        original = function;
    }
    return original(context, out, len);
}

ssize_t gnutls_record_recv(gnutls_session_t session, void *out, size_t len) {
    const oc_ff_guard_t *guard = oc_ff_guard();
    if (!guard->rtsp || !guard->rtsp_tls)
        return look_at(more_of_tls(session, out, len), out);
    return receive(guard->rtsp, more_of_tls, session, GNUTLS_E_AGAIN, out, len);
}

/* ---- libsrt: why a connection did not come about, which FFmpeg does not ask ---- */

int srt_close(int socket);
int srt_close(int socket) {
    void *original = behind("srt_close"), *reason = dlsym(RTLD_DEFAULT, "srt_getrejectreason");
    int (*close_it)(int), (*why)(int);
    memcpy(&close_it, &original, sizeof(close_it));
    memcpy(&why, &reason, sizeof(why));
    oc_ff_guard()->srt_reason = why ? why(socket) : 0;
    return close_it(socket);
}

/* ---- libavcodec: decoders that libavformat opens itself, those of a playlist's parts too ---- */

int avcodec_open2(AVCodecContext *context, const AVCodec *codec, AVDictionary **options) {
    static int (*_Atomic original)(AVCodecContext *, const AVCodec *, AVDictionary **);
    const AVCodec *used = codec ? codec : context->codec;
    if (!original) {
        void *found = behind("avcodec_open2");
        int (*function)(AVCodecContext *, const AVCodec *, AVDictionary **);
        memcpy(&function, &found, sizeof(function));
        original = function;
    }
    if (used && av_codec_is_decoder(used)) {
        if (!oc_ff_allow_decoder(used->name))
            return AVERROR_DECODER_NOT_FOUND;
        context->max_pixels = FFMIN(context->max_pixels, OC_FF_PIXELS_MAX);
    }
    return original(context, codec, options);
}

/* ---- GnuTLS: whom is trusted ---- */

static oc_ff_guard_fault_t fault_of(unsigned status) {
    if (!(status & GNUTLS_CERT_INVALID))
        return OC_FF_GUARD_NONE;
    if (status & (GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_SIGNER_NOT_CA))
        return OC_FF_GUARD_AUTHORITY;
    if (status & (GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED))
        return OC_FF_GUARD_TIME;
    return OC_FF_GUARD_OTHER;
}

static int names(gnutls_x509_crt_t certificate, const char *host) {
    return gnutls_x509_crt_check_hostname2(certificate, host, 0);
}

/* The server's own certificate in DER; NULL: it has none, or of another type. */
static const gnutls_datum_t *leaf_of(gnutls_session_t session) {
    unsigned count = 0;
    if (gnutls_certificate_type_get2(session, GNUTLS_CTYPE_SERVER) != GNUTLS_CRT_X509)
        return NULL;
    const gnutls_datum_t *list = gnutls_certificate_get_peers(session, &count);
    return count ? list : NULL;
}

static bool is_named(const gnutls_datum_t *leaf, const char *host) {
    gnutls_x509_crt_t certificate;
    if (gnutls_x509_crt_init(&certificate) < 0)
        return false;
    bool named = gnutls_x509_crt_import(certificate, leaf, GNUTLS_X509_FMT_DER) >= 0 &&
                 names(certificate, host);
    gnutls_x509_crt_deinit(certificate);
    return named;
}

/* After a handshake: chain, time and pin; the name as well where it is known (RTSP, RTMP). That of
 * HTTPS is looked at by gnutls_x509_crt_check_hostname below, which FFmpeg calls. */
static bool is_trusted(gnutls_session_t session, oc_ff_guard_t *guard) {
    uint8_t sha256[OC_FF_FINGERPRINT] = {0};
    size_t bytes = sizeof(sha256);
    unsigned status = GNUTLS_CERT_INVALID;
    const gnutls_datum_t *leaf = leaf_of(session);
    if (!leaf || gnutls_fingerprint(GNUTLS_DIG_SHA256, leaf, sha256, &bytes) < 0)
        return false;
    if (gnutls_certificate_verify_peers3(session, NULL, &status) < 0)
        status = GNUTLS_CERT_INVALID;
    oc_ff_guard_fault_t fault = fault_of(status);
    if (fault == OC_FF_GUARD_NONE && guard->host[0] && !is_named(leaf, guard->host))
        fault = OC_FF_GUARD_NAME;
    if (!oc_ff_guard_accepts(guard, sha256, fault))
        return false;
    guard->trusted += guard->host[0] != 0;
    return true;
}

int gnutls_handshake(gnutls_session_t session) {
    static int (*_Atomic original)(gnutls_session_t);
    oc_ff_guard_t *guard = oc_ff_guard();
    if (!original) {
        void *found = behind("gnutls_handshake");
        int (*function)(gnutls_session_t);
        memcpy(&function, &found, sizeof(function));
        original = function;
    }
    int rc = original(session);
    if (rc != GNUTLS_E_SUCCESS || !guard->input)
        return rc;
    guard->handshakes++;
    return is_trusted(session, guard) ? rc : GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
}

/* FFmpeg asks behind the handshake, which is over only when the chain, or the pin, was right. */
int gnutls_certificate_verify_peers2(gnutls_session_t session, unsigned *status) {
    *status = 0;
    return oc_ff_guard()->input ? 0 : gnutls_certificate_verify_peers3(session, NULL, status);
}

unsigned gnutls_x509_crt_check_hostname(gnutls_x509_crt_t certificate, const char *host) {
    oc_ff_guard_t *guard = oc_ff_guard();
    uint8_t sha256[OC_FF_FINGERPRINT] = {0};
    size_t bytes = sizeof(sha256);
    bool named = names(certificate, host);
    if (!guard->input)
        return named;
    if (gnutls_x509_crt_get_fingerprint(certificate, GNUTLS_DIG_SHA256, sha256, &bytes) < 0 ||
        !oc_ff_guard_accepts(guard, sha256, named ? OC_FF_GUARD_NONE : OC_FF_GUARD_NAME))
        return 0;
    guard->trusted += guard->host[0] == 0; /* else counted behind the handshake */
    return 1;
}

/* The authorities of this machine; through open(), which reaches outside of the sandbox. */
int gnutls_certificate_set_x509_system_trust(gnutls_certificate_credentials_t credentials) {
    oc_ff_guard_t *guard = oc_ff_guard();
    struct stat about = {0};
    if (guard->input && (guard->input->pinned || guard->input->tls_off))
        return 0; /* nobody asks them */
    int fd = open(oc_ff_ca_file(), O_RDONLY | O_CLOEXEC), count = 0;
    bool fits = fd >= 0 && fstat(fd, &about) == 0 && about.st_size < CA_BYTES_MAX;
    uint8_t *bytes = fits ? malloc((size_t)about.st_size + 1) : NULL;
    if (bytes && read(fd, bytes, (size_t)about.st_size) == about.st_size) {
        gnutls_datum_t list = {bytes, (unsigned)about.st_size};
        count = gnutls_certificate_set_x509_trust_mem(credentials, &list, GNUTLS_X509_FMT_PEM);
    }
    guard->no_authorities = count <= 0;
    free(bytes);
    if (fd >= 0)
        close(fd);
    return count;
}

void oc_ff_between_begin(void) {
    if (strstr(avformat_configuration(), "--enable-gnutls"))
        oc_ff_guard_tls = OC_FF_GUARD_OURS;
}
