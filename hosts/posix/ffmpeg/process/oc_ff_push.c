#define _GNU_SOURCE
#include "oc_ff_push.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "oc_awake.h"
#include "oc_connect_policy.h"
#include "oc_err.h"
#include "oc_ff.h"
#include "oc_ff_allow.h"
#include "oc_ff_guard.h"
#include "oc_ff_interpose.h"
#include "oc_ff_memory.h"
#include "oc_ff_rtmp.h"
#include "oc_ff_talk.h"

#define STACK_BYTES    (512 * 1024)
#define ALLOC_MAX      (16 * 1024 * 1024) /* bytes at once: an access unit and its head */
#define PACKET         188                /* bytes of TS */
#define PAYLOAD        (7 * PACKET)       /* of a datagram of SRT */
#define PIECE          (12 * PAYLOAD)     /* bytes taken out of the pipe at once */
#define ACCEPTED_US    (1000 * 1000)      /* for so long it has not taken the stream yet */
#define GOODBYE_US     (500 * 1000)
#define SRT_CONNECT_MS 4000              /* a name may have a second address */
#define SRT_QUEUE      (2 * 1024 * 1024) /* bytes that libsrt keeps until they are acknowledged */
#define SRT_FLIGHT     2048              /* packets under way: 21 Mbit/s at 1 s */

typedef struct push {
    bool taken;
    oc_ff_talk_t talk;
    int pipe;
    oc_push_target_t target;
    oc_ff_input_t trust; /* of it what the guard asks for */
    oc_ff_rtmp_t rtmp;
    AVIOContext *io; /* NULL: not connected */
    uint64_t written;
    oc_awake_t awake;
    int64_t deadline_us, opened_us; /* time awake */
    bool late;
    uint8_t piece[PIECE];
} push_t;

static push_t push;

/* ---- time ---- */

static int64_t awake_us(push_t *p) {
    oc_awake_tick(&p->awake, oc_ff_now(&(oc_capture_env_t){0}));
    return p->awake.awake_us;
}

static void allow(push_t *p, int64_t us) {
    p->deadline_us = awake_us(p) + us;
}

/* libavformat asks every 100 ms while it waits. */
static int must_end(void *context) {
    push_t *p = context;
    if (oc_ff_guard()->why[0] || p->rtmp.foreign || (!p->io && oc_ff_interpose_refused()))
        return 1;
    p->late = awake_us(p) > p->deadline_us;
    return p->late || p->talk.over;
}

/* ---- why it ended ---- */

/* What libsrt says of a connection that did not come about: its enum SRT_REJECT_REASON, and codes
 * like those of HTTP from 1400 on. */
static int srt_code(int reason) {
    switch (reason) {
    case 10:   /* SRT_REJ_BADSECRET */
    case 11:   /* SRT_REJ_UNSECURE: one side encrypts */
    case 17:   /* SRT_REJ_CRYPTO */
    case 1000: /* SRT_REJX_FALLBACK: by the server's program */
    case 1400: /* SRT_REJX_BAD_REQUEST */
    case 1401: /* SRT_REJX_UNAUTHORIZED */
    case 1403: /* SRT_REJX_FORBIDDEN */
    case 1404: /* SRT_REJX_NOTFOUND */
        return OC_ERR_PASSWORD;
    case 1409: /* SRT_REJX_CONFLICT */
        return OC_ERR_EXIST;
    case 16: /* SRT_REJ_TIMEOUT */
        return OC_ERR_TIMEOUT;
    case 0:
        return OC_OK;
    default:
        return OC_ERR_CLOSED;
    }
}

static bool is_end(int error) {
    return error == AVERROR_EOF || error == AVERROR(EIO) || error == AVERROR(ECONNRESET) ||
           error == AVERROR(EPIPE);
}

/* Of an address with TLS: what came of its handshake. */
static bool has_no_tls(const push_t *p) {
    return p->target.tls && oc_ff_guard()->handshakes == 0;
}

/* Servers refuse without a word: they shake hands and close the connection when application or
 * stream are named, or as soon as they have accepted it. */
static bool turns_away(const push_t *p) {
    return p->io ? p->awake.awake_us - p->opened_us < ACCEPTED_US
                 : p->rtmp.bytes >= OC_FF_RTMP_HELLO;
}

static int rtmp_code(const push_t *p, int error) {
    if (p->rtmp.refused)
        return p->rtmp.refused;
    if (p->rtmp.foreign || (!p->io && is_end(error) && has_no_tls(p)))
        return OC_ERR_FORMAT;
    if (error == AVERROR(EPERM) || error == AVERROR_UNKNOWN) /* an answer says so, in other words */
        return p->io ? OC_ERR_CLOSED : OC_ERR_PASSWORD;
    if (is_end(error) && turns_away(p))
        return OC_ERR_PASSWORD;
    return is_end(error) ? OC_ERR_CLOSED : OC_OK;
}

static int code_of(const push_t *p, int error) {
    const oc_ff_guard_t *guard = oc_ff_guard();
    int code = OC_OK;
    if (guard->why[0])
        return guard->code ? guard->code : OC_ERR_IO;
    if (guard->no_host)
        return OC_ERR_HOST;
    if (!p->io && oc_ff_interpose_refused())
        return OC_ERR_REFUSED;
    if (p->target.srt)
        code = p->io ? OC_ERR_CLOSED : srt_code(guard->srt_reason);
    else if (!p->late)
        code = rtmp_code(p, error);
    if (p->late && code != OC_ERR_PASSWORD)
        return OC_ERR_TIMEOUT;
    return code ? code : oc_ff_error(error);
}

/* In words of ours, or the server's; the program hides what is secret in them. */
static void explain(const push_t *p, int code, int error, char *why, size_t size) {
    const oc_ff_guard_t *guard = oc_ff_guard();
    const char *words = guard->server[0] ? guard->server : p->rtmp.code;
    if (guard->why[0])
        snprintf(why, size, "%.*s", (int)size - 1, guard->why);
    else if (words[0] && (code == OC_ERR_PASSWORD || code == OC_ERR_EXIST))
        snprintf(why, size, "the server refuses: %.120s", words);
    else if (words[0] && code == OC_ERR_CLOSED)
        snprintf(why, size, "the server says: %.120s", words);
    else if (code == OC_ERR_PASSWORD && !p->target.srt)
        snprintf(why, size,
                 "the server closes the connection in place of taking the stream: are application "
                 "and key right, and does nobody else publish there?");
    else if (code == OC_ERR_PASSWORD)
        snprintf(why, size, "the server refuses: is the passphrase or the stream id right?");
    else if (code == OC_ERR_FORMAT)
        snprintf(why, size, "there is no %s server at this port", p->target.tls ? "rtmps" : "RTMP");
    else if (code == OC_ERR_TIMEOUT)
        snprintf(why, size, p->io ? "the server acknowledges nothing" : "no answer in time");
    else if (code == OC_ERR_CLOSED && p->target.srt && p->io)
        snprintf(why, size, "the server, or the way to it, ended the connection");
    else if (code == OC_ERR_CLOSED)
        snprintf(why, size, "the server closed the connection");
    else if (code == OC_ERR_NOTSUP)
        snprintf(why, size, "FFmpeg is built without the protocol %s",
                 p->target.srt   ? "srt"
                 : p->target.tls ? "rtmps"
                                 : "rtmp");
    else if (code == OC_ERR_IO)
        av_strerror(error, why, size);
    else
        snprintf(why, size, "%s", oc_err_text(code));
}

/* The program is told how it stands. error: 0 or an AVERROR. */
static void tell(push_t *p, int code, int error) {
    oc_source_message_t message = {.kind = OC_SOURCE_PUSHED};
    message.pushed.result = code;
    if (code != OC_OK)
        explain(p, code, error, message.pushed.why, sizeof(message.pushed.why));
    oc_ff_talk_say(&p->talk, &message, 0);
}

/* ---- connecting ---- */

static void set_options(const oc_push_target_t *to, AVDictionary **options) {
    av_dict_set(options, "protocol_whitelist", oc_ff_allow_protocols(OC_PLUGIN_PUSH), 0);
    if (!to->srt) {
        av_dict_set(options, "rtmp_app", to->app, 0);
        av_dict_set(options, "rtmp_playpath", to->name, 0);
        av_dict_set(options, "rtmp_flush_interval", "1", 0); /* it listens behind each packet */
        av_dict_set(options, "tls_verify", "1", 0);
        return;
    }
    av_dict_set(options, "mode", "caller", 0);
    av_dict_set(options, "transtype", "live", 0);
    av_dict_set_int(options, "payload_size", PAYLOAD, 0);
    av_dict_set_int(options, "connect_timeout", SRT_CONNECT_MS, 0);
    av_dict_set_int(options, "timeout", OC_SOURCE_PUSH_US, 0);
    av_dict_set_int(options, "sndbuf", SRT_QUEUE, 0);
    av_dict_set_int(options, "ffs", SRT_FLIGHT, 0);
    if (to->latency_ms)
        av_dict_set_int(options, "latency", (int64_t)to->latency_ms * 1000, 0);
    if (to->key_bytes)
        av_dict_set_int(options, "pbkeylen", to->key_bytes, 0);
    if (to->passphrase[0])
        av_dict_set(options, "passphrase", to->passphrase, 0);
    if (to->stream_id[0])
        av_dict_set(options, "streamid", to->stream_id, 0);
}

/* Whom the connection trusts, and who looks at it. */
static void set_guard(push_t *p) {
    oc_connect_own_t own;
    p->trust = (oc_ff_input_t){.kind = OC_PLUGIN_PUSH,
                               .tls = p->target.tls,
                               .pinned = p->target.pinned,
                               .basic = true}; /* what is written is no HTTP */
    memcpy(p->trust.fingerprint, p->target.pin, sizeof(p->trust.fingerprint));
    oc_connect_own(OC_PLUGIN_PUSH, p->target.url, &own);
    oc_ff_rtmp_begin(&p->rtmp);
    oc_ff_guard_set(&p->trust);
    snprintf(oc_ff_guard()->host, OC_FF_GUARD_HOST_MAX, "%s", own.host);
    oc_ff_guard()->rtmp = p->target.srt ? NULL : &p->rtmp;
}

static bool was_verified(const push_t *p) {
    const oc_ff_guard_t *guard = oc_ff_guard();
    return !p->target.tls || (guard->handshakes > 0 && guard->trusted == guard->handshakes);
}

/* OC_OK | OC_ERR_*, of which the program was told. */
static int open_target(push_t *p) {
    AVDictionary *options = NULL;
    AVIOContext *io = NULL;
    AVIOInterruptCB interrupt = {must_end, p};
    set_guard(p);
    if (p->target.tls && oc_ff_guard_tls != OC_FF_GUARD_OURS) {
        snprintf(oc_ff_guard()->why, OC_FF_GUARD_WHY_MAX, "FFmpeg is built without GnuTLS");
        oc_ff_guard()->code = OC_ERR_NOTSUP;
    }
    set_options(&p->target, &options);
    av_max_alloc(ALLOC_MAX);
    allow(p, OC_SOURCE_PUSH_US);
    int error = oc_ff_guard()->why[0]
                    ? AVERROR(ENOSYS)
                    : avio_open2(&io, p->target.url, AVIO_FLAG_WRITE, &interrupt, &options);
    av_dict_free(&options);
    if (error >= 0 && !was_verified(p)) {
        snprintf(oc_ff_guard()->why, OC_FF_GUARD_WHY_MAX, "the certificate was not verified");
        oc_ff_guard()->code = OC_ERR_CERTIFICATE;
        avio_closep(&io);
        error = AVERROR(EACCES);
    }
    int code = error < 0 ? code_of(p, error) : OC_OK;
    tell(p, code, error);
    p->io = io;
    p->opened_us = awake_us(p);
    return code;
}

/* ---- writing ---- */

/* Nothing waits in the pipe, and no packet is half written: what there is may leave. */
static bool may_flush(const push_t *p) {
    int waiting = 0;
    if (!p->target.srt)
        return true;
    return p->written % PACKET == 0 && ioctl(p->pipe, FIONREAD, &waiting) == 0 && waiting == 0;
}

/* Until the program ends it, or the server. 0 | AVERROR. */
static int carry(push_t *p) {
    while (p->io->error >= 0) {
        ssize_t n = read(p->pipe, p->piece, sizeof(p->piece));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return 0;
        allow(p, OC_SOURCE_PUSH_US);
        avio_write(p->io, p->piece, (int)n);
        p->written += (uint64_t)n;
        if (may_flush(p))
            avio_flush(p->io);
        if (oc_ff_memory_refused_bytes() > 0)
            return AVERROR(ENOMEM);
    }
    return p->io->error;
}

static void *run(void *context) {
    push_t *p = context;
    static oc_source_message_t order;
    int fd;
    oc_ff_talk_use(&p->talk);
    oc_ff_memory_of_source();
    if (oc_ff_talk_hear(&p->talk, &order, &fd, 0) <= 0 || order.kind != OC_SOURCE_PUSH)
        return NULL;
    p->target = order.push;
    if (open_target(p) == OC_OK) {
        int error = carry(p);
        awake_us(p);
        if (error < 0)
            tell(p, code_of(p, error), error);
        allow(p, GOODBYE_US);
        avio_closep(&p->io);
        if (error >= 0)
            tell(p, OC_OK, 0);
    }
    return NULL;
}

bool oc_ff_push_begin(int socket, int pipe) {
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    bool free_place = !push.taken;
    if (free_place) {
        push.taken = true;
        push.talk.socket = socket;
        push.pipe = pipe;
        if (pthread_create(&thread, &attributes, run, &push) == 0)
            return true;
    }
    close(socket);
    close(pipe);
    return false;
}
