#define _GNU_SOURCE
#include "oc_ff_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <libavutil/display.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "oc_connect_policy.h"
#include "oc_err.h"
#include "oc_ff_allow.h"
#include "oc_ff_device.h"
#include "oc_ff_guard.h"
#include "oc_ff_missed.h"

#define DEVICE_POLL_US 2000
#define REDIRECTS_MAX  5
#define HOLE_PACKETS   4 /* behind a hole in a TCP connection, before it is given up */
#define MATRIX_BYTES   (9 * sizeof(int32_t))

/* libavformat follows redirects of RTSP by itself, with the password: it is stopped before it says
 * a word there, and we follow. */
static bool leads_elsewhere(oc_ff_reader_t *reader) {
    const char *url = reader->format ? reader->format->url : NULL;
    if (reader->input->kind != OC_PLUGIN_RTSP || !url || strcmp(url, reader->target) == 0)
        return false;
    snprintf(reader->moved, sizeof(reader->moved), "%s", url);
    return true;
}

/* libavformat asks every 100 ms while it waits: a longer time between two questions is a pause of
 * this process, or work of its own, and no silence of the source. */
static int64_t awake_us(oc_ff_reader_t *reader) {
    oc_awake_tick(&reader->awake, oc_ff_now(reader->env));
    return reader->awake.awake_us;
}

/* What is read is another's by now, or counts anew: the connection is to be made again. */
static bool is_other(const oc_ff_reader_t *reader) {
    return oc_ff_missed_restarted() || (reader->rtsp && reader->rtsp->changed);
}

/* libavformat polls this while it waits. */
static int must_end(void *context) {
    oc_ff_reader_t *reader = context;
    const oc_capture_env_t *env = reader->env;
    if (leads_elsewhere(reader) || oc_ff_guard()->why[0]) /* a request that did not leave */
        return 1;
    if (is_other(reader))
        return 1;
    if (env->interrupted && env->interrupted(env->context))
        return 1;
    reader->late = awake_us(reader) > reader->deadline_us;
    return reader->late;
}

static void allow(oc_ff_reader_t *reader, int64_t us) {
    us = reader->input->kind == OC_PLUGIN_S3 ? OC_FF_OBJECT_US : us;
    reader->late = false;
    reader->deadline_us = awake_us(reader) + us;
}

/* Of every connection with TLS, also those of a playlist's parts, which libavformat does not give
 * the options of the playlist. */
static void set_tls(const oc_ff_input_t *in, AVDictionary **options) {
    bool verify = in->pinned || !in->tls_off;
    av_dict_set(options, "tls_verify", verify ? "1" : "0", 0);
    if (verify && oc_ff_guard_tls == OC_FF_GUARD_FFMPEG)
        av_dict_set(options, "ca_file", oc_ff_ca_file(), 0);
}

static int (*open_plain)(AVFormatContext *, AVIOContext **, const char *, int, AVDictionary **);

static int open_io(AVFormatContext *format, AVIOContext **io, const char *url, int flags,
                   AVDictionary **options) {
    AVDictionary *own = NULL, **all = options ? options : &own;
    const oc_ff_input_t *in = oc_ff_guard()->input;
    if (in && in->kind == OC_PLUGIN_HTTP)
        set_tls(in, all);
    int error = open_plain(format, io, url, flags, all);
    av_dict_free(&own);
    return error;
}

static void set_options(const oc_ff_input_t *in, AVDictionary **options) {
    if (in->kind == OC_PLUGIN_RTSP)
        av_dict_set(options, "rtsp_transport", in->udp ? "udp" : "tcp", 0);
    if (in->kind == OC_PLUGIN_RTSP && !in->udp) /* else holes go unnoticed there */
        av_dict_set_int(options, "reorder_queue_size", HOLE_PACKETS, 0);
    if (in->kind == OC_PLUGIN_RTSP && oc_ff_guard_tls == OC_FF_GUARD_FFMPEG)
        set_tls(in, options);
    if (in->kind == OC_PLUGIN_V4L2 || in->kind == OC_PLUGIN_ALSA)
        oc_ff_device_options(in, options);
    else
        av_dict_set(options, "protocol_whitelist", oc_ff_allow_protocols(in->kind), 0);
    av_dict_set(options, "format_whitelist", oc_ff_allow_formats(in->kind), 0);
    av_dict_set(options, "codec_whitelist", oc_ff_allow_decoders(), 0);
}

/* Looks into the streams with decoders that are as limited as ours. Those of streams that
 * turn up later, and of a playlist's parts, are limited by oc_ff_between. */
static int find_streams(AVFormatContext *format) {
    unsigned count = format->nb_streams;
    AVDictionary **options = av_calloc(count ? count : 1, sizeof(*options));
    if (!options)
        return AVERROR(ENOMEM);
    for (unsigned i = 0; i < count; i++)
        av_dict_set_int(&options[i], "max_pixels", OC_FF_PIXELS_MAX, 0);
    int error = avformat_find_stream_info(format, options);
    for (unsigned i = 0; i < count; i++)
        av_dict_free(&options[i]);
    av_free(options);
    return error;
}

static int code_of(const oc_ff_reader_t *reader, int error) {
    const oc_ff_guard_t *guard = oc_ff_guard();
    if (guard->why[0])
        return guard->code ? guard->code : OC_ERR_READ_ONLY;
    if (reader->late)
        return OC_ERR_TIMEOUT;
    if (error == AVERROR(EINVAL))
        return OC_ERR_NOTSUP;
    int code = oc_ff_error(error);
    if (code == OC_ERR_PASSWORD && oc_ff_digest_foreign(&guard->digest))
        return OC_ERR_NOTSUP;
    return code == OC_ERR_IO && guard->no_host ? OC_ERR_HOST : code;
}

static int fail(oc_ff_reader_t *reader, int error, char *why, size_t size) {
    char text[AV_ERROR_MAX_STRING_SIZE + 32] = "";
    const char *refused = oc_ff_guard()->why;
    int code = code_of(reader, error);
    oc_plugin_kind_t kind = reader->input->kind;
    bool far = oc_plugin_far(kind) || kind == OC_PLUGIN_S3;
    reader->transient = far && oc_capture_comes_later(code);
    if (code == OC_ERR_NOTSUP && oc_ff_digest_foreign(&oc_ff_guard()->digest))
        snprintf(text, sizeof(text),
                 "it only accepts Digest %s, which FFmpeg does not know: allow MD5 there",
                 oc_ff_guard()->digest.other);
    else if (code <= OC_ERR_REFUSED && code >= OC_ERR_NO_VIDEO) /* of sources: words of ours */
        snprintf(text, sizeof(text), "%s", oc_err_text(code));
    else
        av_strerror(error, text, sizeof(text));
    if (error == AVERROR_EXIT && !reader->late && !refused[0] && !is_other(reader))
        code = OC_ERR_CLOSED;
    if (error == AVERROR(EINVAL) && !reader->late) /* what libavformat says of a format that is not
                                                      on the list, and of nothing else here */
        snprintf(text, sizeof(text), "unsupported format or protocol (docs/design/cli.md#inputs)");
    if (refused[0]) {
        snprintf(why, size, "%.*s", (int)size - 1, refused);
        oc_ff_log(OC_LOG_WARN, "%s: %s", reader->input->shown, refused);
    } else {
        snprintf(why, size, "%.57s: %s%s", reader->input->shown,
                 reader->late ? "no answer in time" : text,
                 reader->stripped ? " (redirected, without the password)" : "");
    }
    oc_ff_reader_close(reader);
    return code;
}

/* Which stream of a kind is taken; pictures that come with music are none. */
static int choose(AVFormatContext *format, enum AVMediaType type) {
    int index = av_find_best_stream(format, type, -1, -1, NULL, 0);
    if (index >= 0 && format->streams[index]->disposition & AV_DISPOSITION_ATTACHED_PIC)
        return -1;
    return index < 0 ? -1 : index;
}

static bool is_live(const AVFormatContext *format, oc_plugin_kind_t kind) {
    if (kind == OC_PLUGIN_RTSP || kind == OC_PLUGIN_RTMP || kind == OC_PLUGIN_V4L2 ||
        kind == OC_PLUGIN_ALSA)
        return true;
    bool sized = format->pb && (format->pb->seekable || avio_size(format->pb) > 0);
    bool ends = format->duration > 0 || sized;
    bool list = format->iformat && strcmp(format->iformat->name, "hls") == 0;
    return kind == OC_PLUGIN_HTTP && !ends && !list;
}

/* FFmpeg's own verification, or ours, must be able to hold what the address asks for. */
static int check_tls(const oc_ff_input_t *in, char *why, size_t size) {
    const AVInputFormat *rtsp = av_find_input_format("rtsp");
    const AVClass *class = rtsp ? rtsp->priv_class : NULL;
    if (oc_ff_guard_tls == OC_FF_GUARD_OURS || !in->tls || (in->tls_off && !in->pinned))
        return OC_OK;
    bool rtsps = in->kind == OC_PLUGIN_RTSP &&
                 !(class && av_opt_find(&class, "tls_verify", NULL, 0, AV_OPT_SEARCH_FAKE_OBJ));
    bool rtmps = in->kind == OC_PLUGIN_RTMP; /* no option reaches its TLS */
    if (!in->pinned && !rtsps && !rtmps)
        return OC_OK;
    snprintf(why, size, "%.50s: FFmpeg is built without GnuTLS: %s", in->shown,
             in->pinned ? "tlsFingerprint cannot be checked"
             : rtmps    ? "rtmps cannot be verified: tlsVerify=off, or another FFmpeg"
                        : "rtsps cannot be verified: tlsVerify=off, or another FFmpeg");
    return OC_ERR_NOTSUP;
}

/* True when each handshake of this source ended with a certificate that was accepted. */
static bool was_verified(const oc_ff_input_t *in) {
    const oc_ff_guard_t *guard = oc_ff_guard();
    if (oc_ff_guard_tls != OC_FF_GUARD_OURS || (in->tls_off && !in->pinned))
        return true;
    return guard->trusted == guard->handshakes && (!in->tls || guard->handshakes > 0);
}

/* This program reads it: a socket leads there. 0 or an AVERROR. */
static int connect_object(oc_ff_reader_t *reader) {
    int socket = open(reader->target, O_RDONLY | O_CLOEXEC);
    if (socket < 0)
        return AVERROR(errno);
    int rc = oc_ff_object_open(&reader->object, socket, &reader->format->interrupt_callback);
    if (rc != OC_OK) {
        close(socket);
        return rc == OC_ERR_NOMEM ? AVERROR(ENOMEM) : AVERROR(EIO);
    }
    reader->format->pb = reader->object.io;
    reader->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    return 0;
}

/* forced: the format, NULL: what libavformat finds. pictures: it has no times of its own. 0 or an
 * AVERROR. */
static int open_format(oc_ff_reader_t *reader, const AVInputFormat *forced, bool pictures) {
    const oc_ff_input_t *in = reader->input;
    AVDictionary *options = NULL;
    bool device = forced && !pictures;
    reader->format = avformat_alloc_context();
    if (!reader->format)
        return AVERROR(ENOMEM);
    reader->format->interrupt_callback = (AVIOInterruptCB){must_end, reader};
    reader->format->probesize = OC_FF_PROBE_BYTES;
    reader->format->max_analyze_duration = OC_FF_ANALYZE_US;
    reader->format->max_streams = OC_FF_STREAMS;
    reader->format->flags |= device ? AVFMT_FLAG_NONBLOCK : AVFMT_FLAG_GENPTS;
    reader->format->use_wallclock_as_timestamps = pictures;
    set_options(in, &options);
    open_plain = reader->format->io_open; /* the same each time */
    reader->format->io_open = open_io;
    int error = in->kind == OC_PLUGIN_S3 ? connect_object(reader) : 0;
    if (error >= 0)
        error = avformat_open_input(&reader->format, reader->target, forced, &options);
    av_dict_free(&options);
    return error;
}

static int connect_input(oc_ff_reader_t *reader, char *why, size_t size) {
    const oc_ff_input_t *in = reader->input;
    const AVInputFormat *device = NULL;
    if (in->kind == OC_PLUGIN_V4L2 || in->kind == OC_PLUGIN_ALSA) {
        int rc = oc_ff_device_prepare(in, &device, why, size);
        if (rc != OC_OK)
            return rc;
    }
    av_max_alloc(OC_FF_ALLOC_MAX); /* of the process: the same each time */
    int error = open_format(reader, device, false);
    if (error == AVERROR_INVALIDDATA && oc_ff_guard()->multipart) /* without a first boundary */
        error = open_format(reader, av_find_input_format("mjpeg"), true);
    if (error >= 0)
        error = find_streams(reader->format);
    if (error >= 0 && !was_verified(in)) {
        snprintf(oc_ff_guard()->why, OC_FF_GUARD_WHY_MAX, "the certificate was not verified");
        oc_ff_guard()->code = OC_ERR_CERTIFICATE;
        error = AVERROR(EACCES);
    }
    return error < 0 ? fail(reader, error, why, size) : OC_OK;
}

/* Where a redirect leads, and what of it is refused. NULL: it is followed. */
static const char *refused_redirect(const oc_ff_reader_t *reader, unsigned hops) {
    bool tls = strncmp(reader->moved, "rtsps://", 8) == 0;
    oc_connect_own_t to;
    oc_connect_own(reader->input->kind, reader->moved, &to);
    if (hops == REDIRECTS_MAX)
        return "too often";
    if (!to.host[0] || (!tls && strncmp(reader->moved, "rtsp://", 7) != 0))
        return "to an address that is not RTSP: refused";
    return reader->input->tls && !tls ? "from TLS to a connection without TLS: refused" : NULL;
}

/* Takes the password along only where it was meant to go: the same scheme, host and port. OC_OK:
 * target is the new address | OC_ERR_READ_ONLY | OC_ERR_TOO_BIG, why is set. */
static int follow(oc_ff_reader_t *reader, unsigned hops, char *why, size_t size) {
    oc_connect_own_t from, to;
    char next[OC_FF_TARGET_MAX];
    const oc_ff_input_t *in = reader->input;
    const char *refused = refused_redirect(reader, hops);
    if (refused) {
        snprintf(why, size, "%.60s: redirected %s", in->shown, refused);
        return OC_ERR_READ_ONLY;
    }
    oc_connect_own(in->kind, reader->target, &from);
    oc_connect_own(in->kind, reader->moved, &to);
    const char *user = strstr(reader->target, "://") + 3, *rest = strstr(reader->moved, "://") + 3;
    const char *at = memrchr(user, '@', strcspn(user, "/?#"));
    size_t scheme = (size_t)(rest - reader->moved);
    bool same = from.port == to.port && strcasecmp(from.host, to.host) == 0 &&
                strncmp(reader->target, reader->moved, scheme) == 0;
    bool take = at && same && !memchr(rest, '@', strcspn(rest, "/?#"));
    int len = snprintf(next, sizeof(next), "%.*s%.*s%s", (int)scheme, reader->moved,
                       take ? (int)(at + 1 - user) : 0, user, rest);
    reader->stripped = reader->stripped || (at && !take);
    if (len < 0 || (size_t)len >= sizeof(next)) {
        snprintf(why, size, "%.60s: redirected to a longer address", in->shown);
        return OC_ERR_TOO_BIG;
    }
    memcpy(reader->target, next, sizeof(next));
    reader->moved[0] = '\0';
    return OC_OK;
}

/* From here on what the server says is looked at; not where FFmpeg decrypts it by itself. OC_OK |
 * OC_ERR_NOMEM. */
static int watch_rtsp(oc_ff_reader_t *reader, const char *host) {
    oc_ff_guard_t *guard = oc_ff_guard();
    bool tls = strncasecmp(reader->target, "rtsps:", 6) == 0;
    snprintf(guard->host, OC_FF_GUARD_HOST_MAX, "%s", host);
    if (!reader->rtsp)
        reader->rtsp = malloc(sizeof(*reader->rtsp));
    if (!reader->rtsp)
        return OC_ERR_NOMEM;
    oc_ff_rtsp_begin(reader->rtsp);
    guard->rtsp = tls && oc_ff_guard_tls == OC_FF_GUARD_FFMPEG ? NULL : reader->rtsp;
    guard->rtsp_tls = tls;
    guard->rtsp_socket = -1;
    return OC_OK;
}

/* Connects, wherever it leads. */
static int connect_all(oc_ff_reader_t *reader, char *why, size_t size) {
    for (unsigned hops = 0;; hops++) {
        oc_connect_own_t own;
        oc_ff_guard_set(reader->input);
        oc_ff_missed_came();
        oc_connect_own(reader->input->kind, reader->target, &own);
        if (reader->input->kind == OC_PLUGIN_RTMP) /* FFmpeg looks at no name there */
            snprintf(oc_ff_guard()->host, OC_FF_GUARD_HOST_MAX, "%s", own.host);
        int rc = reader->input->kind == OC_PLUGIN_RTSP ? watch_rtsp(reader, own.host) : OC_OK;
        if (rc == OC_OK)
            rc = connect_input(reader, why, size);
        if (rc == OC_OK || !reader->moved[0])
            return rc;
        reader->transient = false;
        rc = follow(reader, hops, why, size);
        if (rc != OC_OK)
            return rc;
    }
}

int oc_ff_reader_open(oc_ff_reader_t *reader, const oc_ff_input_t *input,
                      const oc_capture_env_t *env, char *why, size_t size) {
    memset(reader, 0, sizeof(*reader));
    reader->env = env;
    reader->input = input;
    memcpy(reader->target, input->target, sizeof(reader->target));
    allow(reader, OC_FF_OPEN_US);
    int rc = check_tls(input, why, size);
    if (rc == OC_OK)
        rc = connect_all(reader, why, size);
    if (rc != OC_OK)
        return rc;
    reader->stream[0] = choose(reader->format, AVMEDIA_TYPE_VIDEO);
    reader->stream[1] = choose(reader->format, AVMEDIA_TYPE_AUDIO);
    reader->live = is_live(reader->format, input->kind);
    if (reader->stream[0] < 0 && reader->stream[1] < 0)
        return fail(reader, AVERROR_STREAM_NOT_FOUND, why, size);
    for (unsigned i = 0; i < reader->format->nb_streams; i++) {
        bool used = (int)i == reader->stream[0] || (int)i == reader->stream[1];
        reader->format->streams[i]->discard = used ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    }
    return OC_OK;
}

uint16_t oc_ff_reader_rotation(const AVStream *stream) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102) /* FFmpeg 6.1 */
    const AVPacketSideData *side =
        av_packet_side_data_get(stream->codecpar->coded_side_data,
                                stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
    const uint8_t *matrix = side && side->size >= MATRIX_BYTES ? side->data : NULL;
#else
    size_t size = 0;
    const uint8_t *matrix = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    matrix = size >= MATRIX_BYTES ? matrix : NULL;
#endif
    double turned = matrix ? av_display_rotation_get((const int32_t *)matrix) : 0;
    if (!(turned >= -360 && turned <= 360)) /* not a number: no rotation */
        return 0;
    int quarters = (int)(turned < 0 ? turned - 45 : turned + 45) / 90; /* counter-clockwise */
    return (uint16_t)((8 - quarters) % 4 * 90);
}

int oc_ff_reader_read(oc_ff_reader_t *reader, AVPacket *packet, unsigned *lane) {
    allow(reader, OC_FF_READ_US); /* over all packets that are passed over: a flood ends, too */
    for (;;) {
        int error = av_read_frame(reader->format, packet);
        if (error == AVERROR(EAGAIN) && !must_end(reader)) {
            usleep(DEVICE_POLL_US); /* the kernel's queues would wait for ever, and nobody ask us */
            continue;
        }
        if (error < 0 && oc_ff_guard()->why[0]) {
            oc_ff_log(OC_LOG_WARN, "%s: %s", reader->input->shown, oc_ff_guard()->why);
            return code_of(reader, error);
        }
        if (error < 0 && reader->rtsp && reader->rtsp->changed) {
            oc_ff_log(OC_LOG_WARN, "%s: another RTP source (SSRC) took the place of the one before",
                      reader->input->shown);
            return OC_ERR_CLOSED;
        }
        if (error < 0 && reader->object.failed) /* libavformat takes it for the end */
            return reader->late ? OC_ERR_TIMEOUT : OC_ERR_IO;
        if (error == AVERROR_EOF ||
            (error < 0 && reader->format->pb && reader->format->pb->eof_reached))
            return OC_END;
        if (error < 0)
            return reader->late ? OC_ERR_TIMEOUT : oc_ff_error(error);
        oc_ff_missed_came();
        if (!was_verified(reader->input)) { /* a part of a playlist */
            av_packet_unref(packet);
            return OC_ERR_READ_ONLY;
        }
        for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
            if (packet->stream_index == reader->stream[i] && packet->size > 0) {
                *lane = i;
                return OC_OK;
            }
        }
        av_packet_unref(packet);
        if (must_end(reader))
            return reader->late ? OC_ERR_TIMEOUT : OC_ERR_CLOSED;
    }
}

int oc_ff_reader_rewind(oc_ff_reader_t *reader) {
    AVFormatContext *format = reader->format;
    int64_t start = format->start_time == AV_NOPTS_VALUE ? 0 : format->start_time;
    char why[OC_CAPTURE_WHY_MAX];
    allow(reader, OC_FF_OPEN_US);
    bool counts = format->iformat && format->iformat->flags & AVFMT_NOTIMESTAMPS;
    if (!counts && av_seek_frame(format, -1, start, AVSEEK_FLAG_BACKWARD) >= 0)
        return OC_OK;
    oc_ff_reader_close(reader);
    return oc_ff_reader_open(reader, reader->input, reader->env, why, sizeof(why));
}

void oc_ff_reader_close(oc_ff_reader_t *reader) {
    if (reader->format) {
        reader->deadline_us = awake_us(reader) + 500000; /* a goodbye, not more */
        avformat_close_input(&reader->format);
    }
    reader->format = NULL;
    if (reader->rtsp) {
        oc_ff_guard()->rtsp = NULL;
        free(reader->rtsp);
        reader->rtsp = NULL;
    }
    if (reader->object.io) {
        oc_ff_object_close(&reader->object);
        close(reader->object.socket);
    }
}
