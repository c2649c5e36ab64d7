#include "oc_ff_convert.h"

#include <libavcodec/bsf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "oc_err.h"
#include "oc_ff_allow.h"
#include "oc_ff_convert_out.h"
#include "oc_ff_cut.h"
#include "oc_ff_decode.h"
#include "oc_ff_object.h"
#include "oc_ff_reader.h"

typedef struct convert {
    const oc_convert_order_t *order;
    oc_convert_end_t *end;
    oc_ff_object_t object;
    oc_ff_input_t input; /* what the encoders shall make */
    AVFormatContext *format;
    oc_ff_convert_out_t out;
    oc_ff_cut_t cut;
    struct {
        AVStream *stream;
        oc_ff_decode_t decode;
        AVBSFContext *plain; /* of AAC whose description is in its packets (ADTS): NULL else */
        bool copies, begun;  /* begun: a packet of it was copied */
    } lane[OC_FF_CONVERT_LANES];
} convert_t;

static _Thread_local char last_failure[OC_CONVERT_WHY_MAX];

void oc_ff_convert_log(oc_log_level_t level, const char *line) {
    if (level == OC_LOG_ERROR)
        snprintf(last_failure, sizeof(last_failure), "%s", line);
}

__attribute__((format(printf, 3, 4))) static int fail(convert_t *c, int code, const char *format,
                                                      ...) {
    va_list list;
    va_start(list, format);
    vsnprintf(c->end->why, sizeof(c->end->why), format, list);
    va_end(list);
    return code;
}

static int fail_av(convert_t *c, int error, const char *what) {
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    if (c->object.failed)
        return fail(c, c->object.failed, "the input cannot be read");
    av_strerror(error, text, sizeof(text));
    return fail(c, oc_ff_error(error), "%s: %s", what, text);
}

/* ---- the input ---- */

/* A file leads to no other one. */
static int refuse_io(AVFormatContext *format, AVIOContext **io, const char *url, int flags,
                     AVDictionary **options) {
    return AVERROR(EACCES);
}

static int find_streams(convert_t *c) {
    unsigned count = c->format->nb_streams;
    AVDictionary **options = av_calloc(count ? count : 1, sizeof(*options));
    if (!options)
        return AVERROR(ENOMEM);
    for (unsigned i = 0; i < count; i++)
        av_dict_set_int(&options[i], "max_pixels", OC_FF_PIXELS_MAX, 0);
    int error = avformat_find_stream_info(c->format, options);
    for (unsigned i = 0; i < count; i++)
        av_dict_free(&options[i]);
    av_free(options);
    return error;
}

static int open_input(convert_t *c, int socket) {
    AVDictionary *options = NULL;
    int rc = oc_ff_object_open(&c->object, socket, NULL);
    if (rc != OC_OK)
        return fail(c, rc, "%s", oc_err_text(rc));
    av_max_alloc(OC_FF_ALLOC_MAX);
    c->format = avformat_alloc_context();
    if (!c->format)
        return fail(c, OC_ERR_NOMEM, "%s", oc_err_text(OC_ERR_NOMEM));
    c->format->pb = c->object.io;
    c->format->io_open = refuse_io;
    c->format->probesize = OC_FF_PROBE_BYTES;
    c->format->max_analyze_duration = OC_FF_ANALYZE_US;
    c->format->max_streams = OC_FF_STREAMS;
    c->format->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_GENPTS;
    av_dict_set(&options, "format_whitelist", oc_ff_allow_formats(OC_PLUGIN_S3), 0);
    av_dict_set(&options, "codec_whitelist", oc_ff_allow_decoders(), 0);
    int error = avformat_open_input(&c->format, NULL, NULL, &options);
    av_dict_free(&options);
    if (error == AVERROR(EINVAL) && !c->object.failed) /* what libavformat says of such a format */
        return fail(c, OC_ERR_NOTSUP, "its format is not supported (docs/design/cli.md#inputs)");
    if (error >= 0)
        error = find_streams(c);
    return error < 0 || c->object.failed ? fail_av(c, error, "the input") : OC_OK;
}

/* ---- its two streams ---- */

static AVStream *choose(AVFormatContext *format, enum AVMediaType type) {
    int index = av_find_best_stream(format, type, -1, -1, NULL, 0);
    AVStream *stream = index >= 0 ? format->streams[index] : NULL;
    return stream && !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC) ? stream : NULL;
}

/* Whether players take it as it is. */
static bool can_copy(const convert_t *c, const AVStream *stream) {
    const AVCodecParameters *par = stream->codecpar;
    if (c->order->force || c->format->iformat->flags & AVFMT_NOTIMESTAMPS)
        return false;
    if (par->codec_type == AVMEDIA_TYPE_AUDIO)
        return par->codec_id == AV_CODEC_ID_AAC && par->sample_rate > 0 &&
               par->ch_layout.nb_channels <= 2;
    return par->codec_id == AV_CODEC_ID_H264 && par->extradata_size > 0 &&
           (par->format == AV_PIX_FMT_YUV420P || par->format == AV_PIX_FMT_YUVJ420P);
}

/* Takes the headers of ADTS off: MP4 has one description for all. 0 or an AVERROR. */
static int open_plain(AVBSFContext **plain, const AVStream *stream) {
    const AVBitStreamFilter *filter = av_bsf_get_by_name("aac_adtstoasc");
    int error = filter ? av_bsf_alloc(filter, plain) : AVERROR_BSF_NOT_FOUND;
    if (error >= 0)
        error = avcodec_parameters_copy((*plain)->par_in, stream->codecpar);
    if (error < 0)
        return error;
    (*plain)->time_base_in = stream->time_base;
    return av_bsf_init(*plain);
}

static int open_lane(convert_t *c, unsigned lane, enum AVMediaType type) {
    char why[OC_CAPTURE_WHY_MAX] = "";
    AVStream *stream = c->lane[lane].stream = choose(c->format, type);
    if (!stream)
        return OC_OK;
    stream->discard = AVDISCARD_DEFAULT;
    oc_ff_convert_about_t about = {.from = stream};
    c->lane[lane].copies = can_copy(c, stream);
    if (c->lane[lane].copies) {
        bool bare = type == AVMEDIA_TYPE_AUDIO && stream->codecpar->extradata_size == 0;
        int error = bare ? open_plain(&c->lane[lane].plain, stream) : 0;
        if (error < 0)
            return fail_av(c, error, "the sound");
        oc_ff_convert_out_add(&c->out, lane, &about);
        return OC_OK;
    }
    AVRational rate = av_guess_frame_rate(c->format, stream, NULL);
    int rc = oc_ff_decode_open(&c->lane[lane].decode, &c->input, stream->codecpar,
                               stream->time_base, rate, why, sizeof(why));
    if (rc != OC_OK)
        return fail(c, rc, "%s", why);
    if (type == AVMEDIA_TYPE_VIDEO)
        oc_ff_decode_turn(&c->lane[lane].decode, oc_ff_reader_rotation(stream));
    about.decode = &c->lane[lane].decode;
    oc_ff_convert_out_add(&c->out, lane, &about);
    return OC_OK;
}

static int open_lanes(convert_t *c) {
    bool all = oc_ff_cut_needs_all(c->format);
    for (unsigned i = 0; i < c->format->nb_streams; i++)
        c->format->streams[i]->discard = all ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    int rc = open_lane(c, 0, AVMEDIA_TYPE_VIDEO);
    if (rc == OC_OK)
        rc = open_lane(c, 1, AVMEDIA_TYPE_AUDIO);
    if (rc == OC_OK && !c->lane[0].stream && !c->lane[1].stream)
        rc = fail(c, OC_ERR_FORMAT, "it has neither a picture nor sound");
    return rc;
}

/* ---- packets ---- */

/* What the encoder of a lane has made. */
static int take_encoded(convert_t *c, unsigned lane) {
    AVPacket *packet = av_packet_alloc();
    int rc = packet ? OC_OK : OC_ERR_NOMEM;
    while (rc == OC_OK) {
        rc = oc_ff_decode_take(&c->lane[lane].decode, packet, false);
        if (rc == OC_OK)
            rc = oc_ff_convert_out_put(&c->out, lane, packet);
    }
    av_packet_free(&packet);
    return rc == OC_AGAIN ? OC_OK : rc;
}

/* Sound without the headers of its packets. A packet without one is broken and left out. */
static int pass_plain(convert_t *c, AVPacket *packet) {
    int error = av_bsf_send_packet(c->lane[1].plain, packet);
    while (error >= 0) {
        error = av_bsf_receive_packet(c->lane[1].plain, packet);
        if (error < 0)
            break;
        size_t size = 0;
        const uint8_t *extra =
            av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
        if (extra)
            oc_ff_convert_out_describe(&c->out, 1, oc_span(extra, size));
        int rc = oc_ff_convert_out_put(&c->out, 1, packet);
        if (rc != OC_OK)
            return rc;
    }
    c->lane[1].decode.broken += error == AVERROR_INVALIDDATA;
    return error == AVERROR(ENOMEM) ? OC_ERR_NOMEM : OC_OK;
}

static int pass(convert_t *c, unsigned lane, AVPacket *packet) {
    if (c->lane[lane].plain)
        return pass_plain(c, packet);
    bool starts = lane == 1 || packet->flags & AV_PKT_FLAG_KEY;
    if (!c->lane[lane].begun && !starts) /* nothing can be seen of it */
        return OC_OK;
    c->lane[lane].begun = true;
    return oc_ff_convert_out_put(&c->out, lane, packet);
}

static int convert_packet(convert_t *c, AVPacket *packet) {
    for (unsigned i = 0; i < OC_FF_CONVERT_LANES; i++) {
        AVStream *stream = c->lane[i].stream;
        if (!stream || stream->index != packet->stream_index || packet->size <= 0)
            continue;
        if (c->lane[i].copies)
            return pass(c, i, packet);
        int rc = oc_ff_decode_put(&c->lane[i].decode, packet);
        return rc == OC_OK ? take_encoded(c, i) : rc;
    }
    return OC_OK;
}

/* What is still in the codecs. */
static int drain(convert_t *c) {
    int rc = OC_OK;
    for (unsigned i = 0; i < OC_FF_CONVERT_LANES && rc == OC_OK; i++) {
        oc_ff_decode_t *decode = &c->lane[i].decode;
        if (!c->lane[i].stream || c->lane[i].copies)
            continue;
        rc = oc_ff_decode_put(decode, NULL);
        if (rc == OC_OK)
            rc = take_encoded(c, i);
        if (rc == OC_OK && decode->audio.context && decode->audio.any)
            rc = oc_ff_audio_finish(&decode->audio);
        if (rc == OC_OK)
            rc = take_encoded(c, i);
    }
    return rc;
}

static int run(convert_t *c) {
    AVPacket *packet = av_packet_alloc();
    int rc = packet ? OC_OK : OC_ERR_NOMEM, error = 0;
    while (rc == OC_OK) {
        error = av_read_frame(c->format, packet);
        if (error == AVERROR(EAGAIN) && !c->object.failed)
            continue;
        if (error < 0 || c->object.failed)
            break;
        oc_ff_cut_note(&c->cut, c->format, packet);
        rc = convert_packet(c, packet);
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    if (rc == OC_OK && (c->object.failed || error != AVERROR_EOF))
        return fail_av(c, error, "the input is damaged");
    c->end->cut = oc_ff_cut_is(&c->cut, c->format, c->object.bytes);
    if (rc == OC_OK)
        rc = drain(c);
    return rc == OC_OK ? oc_ff_convert_out_end(&c->out) : rc;
}

static void finish(convert_t *c, int rc) {
    c->end->result = rc;
    for (unsigned i = 0; i < OC_FF_CONVERT_LANES; i++) {
        c->end->broken += c->lane[i].decode.broken;
        oc_ff_decode_close(&c->lane[i].decode);
        av_bsf_free(&c->lane[i].plain);
    }
    if (rc != OC_OK && !c->end->why[0])
        fail(c, rc, "%s", c->out.why[0] ? c->out.why : last_failure[0] ? last_failure
                                                                       : oc_err_text(rc));
    oc_ff_convert_out_close(&c->out);
    if (c->format) {
        c->format->pb = NULL;
        avformat_close_input(&c->format);
    }
    oc_ff_object_close(&c->object);
}

void oc_ff_convert_run(const oc_convert_order_t *order, int input, int output,
                       oc_convert_end_t *end) {
    convert_t *c = av_mallocz(sizeof(*c));
    memset(end, 0, sizeof(*end));
    last_failure[0] = 0;
    av_log_set_level(AV_LOG_QUIET); /* one line says what failed */
    if (!c) {
        end->result = OC_ERR_NOMEM;
        return;
    }
    c->order = order;
    c->end = end;
    c->input = (oc_ff_input_t){.kind = OC_PLUGIN_FILE,
                               .shown = "the input",
                               .bitrate_bps = order->bitrate_bps,
                               .gop_ms = OC_FF_CONVERT_GOP_MS,
                               .encoder = (oc_ff_encoder_t)order->encoder};
    int rc = open_input(c, input);
    if (rc == OC_OK) {
        oc_ff_convert_out_init(&c->out, output, c->format);
        rc = open_lanes(c);
    }
    if (rc == OC_OK)
        rc = run(c);
    finish(c, rc);
    av_free(c);
}
