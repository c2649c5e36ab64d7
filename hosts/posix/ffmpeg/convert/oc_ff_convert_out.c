#include "oc_ff_convert_out.h"

#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "oc_err.h"
#include "oc_ff_object.h"

#define BUFFER (64 * 1024)
/* No edit lists, which not every player reads: streams that begin apart keep their times, and the
 * first frame of the later one lasts from the beginning on. */
#define FLAGS "frag_keyframe+empty_moov+default_base_moof"

#if LIBAVFORMAT_VERSION_MAJOR >= 61
typedef const uint8_t written_t; /* what a muxer hands over */
#else
typedef uint8_t written_t;
#endif

static const AVRational microseconds = {1, 1000000};

/* ---- records ---- */

static bool send_record(oc_ff_convert_out_t *out, uint32_t kind, const void *bytes, size_t len) {
    oc_convert_head_t head = {.kind = kind, .len = (uint32_t)len};
    out->broken = out->broken || !oc_ff_object_give(out->socket, &head, sizeof(head)) ||
                  !oc_ff_object_give(out->socket, bytes, len);
    return !out->broken;
}

static int write_bytes(void *context, written_t *bytes, int size) {
    for (int done = 0; done < size;) {
        int len = FFMIN(size - done, (int)OC_CONVERT_BYTES_MAX);
        if (!send_record(context, OC_CONVERT_BYTES, bytes + done, (size_t)len))
            return AVERROR(EPIPE);
        done += len;
    }
    return size;
}

static void describe(const oc_ff_convert_out_t *out, unsigned lane, char *text, size_t size) {
    const oc_ff_convert_about_t *about = &out->lane[lane].about;
    if (!about->from)
        return;
    const char *codec = avcodec_get_name(about->from->codecpar->codec_id);
    if (!about->decode)
        snprintf(text, size, "%.16s copied", codec);
    else if (lane == 0)
        snprintf(text, size, "%.10s by %.16s", codec, about->decode->video.name);
    else
        snprintf(text, size, "%.10s by aac", codec);
}

static void report(oc_ff_convert_out_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t now_us = now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
    if (out->reported_us && now_us - out->reported_us < OC_FF_CONVERT_STATE_US)
        return;
    out->reported_us = now_us;
    oc_convert_state_t state = {.done_us = out->done_us,
                                .duration_us = FFMAX(out->input->duration, 0)};
    describe(out, 0, state.video, sizeof(state.video));
    describe(out, 1, state.audio, sizeof(state.audio));
    send_record(out, OC_CONVERT_STATE, &state, sizeof(state));
}

/* ---- beginning ---- */

void oc_ff_convert_out_init(oc_ff_convert_out_t *out, int socket, const AVFormatContext *input) {
    memset(out, 0, sizeof(*out));
    out->socket = socket;
    out->input = input;
}

void oc_ff_convert_out_add(oc_ff_convert_out_t *out, unsigned lane,
                           const oc_ff_convert_about_t *about) {
    out->lane[lane].about = *about;
    out->lane[lane].next_dts = AV_NOPTS_VALUE;
}

void oc_ff_convert_out_describe(oc_ff_convert_out_t *out, unsigned lane, oc_span_t extra) {
    if (out->lane[lane].extra_len || extra.len > OC_FF_CONVERT_EXTRA_MAX)
        return;
    memcpy(out->lane[lane].extra, extra.data, extra.len);
    out->lane[lane].extra_len = extra.len;
}

static int fail(oc_ff_convert_out_t *out, int error, const char *what) {
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    av_strerror(error, text, sizeof(text));
    snprintf(out->why, sizeof(out->why), "%s: %s", what, text);
    return out->broken ? OC_ERR_CLOSED : oc_ff_error(error);
}

/* Whether each stream is known well enough. */
static bool described(const oc_ff_convert_out_t *out) {
    for (unsigned i = 0; i < OC_FF_CONVERT_LANES; i++) {
        oc_ff_stream_t stream;
        const oc_ff_decode_t *decode = out->lane[i].about.decode;
        if (decode && !oc_ff_decode_stream(decode, &stream))
            return false;
        const AVStream *from = out->lane[i].about.from;
        if (from && !decode && from->codecpar->extradata_size == 0 && !out->lane[i].extra_len)
            return false;
    }
    return true;
}

/* A player turns the picture as the input's did. */
static int copy_rotation(const AVStream *from, AVStream *to) {
#if LIBAVCODEC_VERSION_INT < AV_VERSION_INT(60, 31, 102) /* later: part of the parameters */
    size_t size = 0;
    const uint8_t *matrix = av_stream_get_side_data(from, AV_PKT_DATA_DISPLAYMATRIX, &size);
    uint8_t *copy =
        matrix ? av_stream_new_side_data(to, AV_PKT_DATA_DISPLAYMATRIX, size) : NULL;
    if (matrix && !copy)
        return AVERROR(ENOMEM);
    if (matrix)
        memcpy(copy, matrix, size);
#endif
    return 0;
}

static int set_extra(AVCodecParameters *par, oc_span_t extra) {
    par->extradata = av_mallocz(extra.len + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!par->extradata)
        return AVERROR(ENOMEM);
    memcpy(par->extradata, extra.data, extra.len);
    par->extradata_size = (int)extra.len;
    return 0;
}

/* What an encoder makes, in libavformat's words. */
static int fill_parameters(const oc_ff_decode_t *decode, AVCodecParameters *par) {
    oc_ff_stream_t stream;
    oc_ff_decode_stream(decode, &stream);
    bool sound = decode->audio.context != NULL;
    par->codec_type = sound ? AVMEDIA_TYPE_AUDIO : AVMEDIA_TYPE_VIDEO;
    par->codec_id = sound ? AV_CODEC_ID_AAC : AV_CODEC_ID_H264;
    par->width = (int)stream.width;
    par->height = (int)stream.height;
    par->sample_rate = (int)stream.rate;
    if (sound)
        av_channel_layout_default(&par->ch_layout, (int)stream.channels);
    par->frame_size = sound ? decode->audio.context->frame_size : 0;
    par->format = sound ? AV_SAMPLE_FMT_FLTP : AV_PIX_FMT_YUV420P;
    return set_extra(par, stream.extra);
}

static int add_stream(oc_ff_convert_out_t *out, unsigned lane) {
    const oc_ff_convert_about_t *about = &out->lane[lane].about;
    AVStream *stream = out->lane[lane].stream = avformat_new_stream(out->format, NULL);
    if (!stream)
        return AVERROR(ENOMEM);
    AVRational aspect = about->from->sample_aspect_ratio;
    stream->avg_frame_rate = about->from->avg_frame_rate;
    stream->time_base = about->decode ? oc_ff_decode_base(about->decode) : about->from->time_base;
    int error = about->decode ? fill_parameters(about->decode, stream->codecpar)
                              : avcodec_parameters_copy(stream->codecpar, about->from->codecpar);
    if (error >= 0 && !about->decode)
        error = copy_rotation(about->from, stream);
    if (error >= 0 && !about->decode && out->lane[lane].extra_len)
        error = set_extra(stream->codecpar, oc_span(out->lane[lane].extra, out->lane[lane].extra_len));
    stream->codecpar->codec_tag = 0;
    if (!aspect.num)
        aspect = about->from->codecpar->sample_aspect_ratio;
    if (about->decode && about->decode->rotate % 180 == 90 && aspect.num)
        aspect = av_inv_q(aspect);
    stream->sample_aspect_ratio = stream->codecpar->sample_aspect_ratio = aspect;
    return error;
}

static int begin(oc_ff_convert_out_t *out) {
    AVDictionary *options = NULL;
    uint8_t *buffer = av_malloc(BUFFER);
    out->io = buffer ? avio_alloc_context(buffer, BUFFER, 1, out, NULL, write_bytes, NULL) : NULL;
    if (!out->io) {
        av_free(buffer);
        return fail(out, AVERROR(ENOMEM), "the result");
    }
    int error = avformat_alloc_output_context2(&out->format, NULL, "mp4", NULL);
    for (unsigned i = 0; error >= 0 && i < OC_FF_CONVERT_LANES; i++) {
        if (out->lane[i].about.from)
            error = add_stream(out, i);
    }
    if (error >= 0) {
        out->format->pb = out->io;
        out->format->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
        out->format->avoid_negative_ts = AVFMT_AVOID_NEG_TS_MAKE_ZERO;
        av_dict_set(&options, "movflags", FLAGS, 0);
        av_dict_set_int(&options, "use_editlist", 0, 0);
        av_dict_set_int(&options, "frag_size", OC_FF_CONVERT_PART_BYTES, 0);
        av_dict_set_int(&options, "min_frag_duration", OC_FF_CONVERT_PART_US, 0);
        error = avformat_write_header(out->format, &options);
        av_dict_free(&options);
    }
    return error < 0 ? fail(out, error, "the result") : OC_OK;
}

/* ---- packets ---- */

/* Times that the muxer takes: each later than the one before. */
static void mend(int64_t *next_dts, AVPacket *p) {
    if (p->dts == AV_NOPTS_VALUE)
        p->dts = p->pts != AV_NOPTS_VALUE && *next_dts == AV_NOPTS_VALUE ? p->pts : *next_dts;
    if (p->dts == AV_NOPTS_VALUE)
        p->dts = 0;
    if (*next_dts != AV_NOPTS_VALUE && p->dts < *next_dts)
        p->dts = *next_dts;
    if (p->pts == AV_NOPTS_VALUE || p->pts < p->dts)
        p->pts = p->dts;
    *next_dts = p->dts + 1;
}

static int mux(oc_ff_convert_out_t *out, unsigned lane, AVPacket *packet) {
    const oc_ff_convert_about_t *about = &out->lane[lane].about;
    AVStream *stream = out->lane[lane].stream;
    AVRational base = about->decode ? oc_ff_decode_base(about->decode) : about->from->time_base;
    int64_t start = out->input->start_time == AV_NOPTS_VALUE ? 0 : out->input->start_time;
    if (packet->duration <= 0 && lane == 0 && stream->avg_frame_rate.num > 0)
        packet->duration = av_rescale_q(1, av_inv_q(stream->avg_frame_rate), base);
    if (packet->pts != AV_NOPTS_VALUE)
        out->done_us =
            FFMAX(out->done_us, av_rescale_q(packet->pts, base, microseconds) - start);
    av_packet_rescale_ts(packet, base, stream->time_base);
    mend(&out->lane[lane].next_dts, packet);
    packet->stream_index = stream->index;
    packet->pos = -1;
    int error = av_interleaved_write_frame(out->format, packet);
    report(out);
    return error < 0 || out->broken ? fail(out, error, "the result") : OC_OK;
}

static int flush_held(oc_ff_convert_out_t *out) {
    int rc = begin(out);
    for (unsigned i = 0; i < out->held_count; i++) {
        if (rc == OC_OK)
            rc = mux(out, out->held[i].lane, out->held[i].packet);
        av_packet_free(&out->held[i].packet);
    }
    av_freep(&out->held);
    out->held_count = 0;
    return rc;
}

static int hold(oc_ff_convert_out_t *out, unsigned lane, AVPacket *packet) {
    if (!out->held)
        out->held = av_calloc(OC_FF_CONVERT_HELD_MAX, sizeof(*out->held));
    AVPacket *own = out->held ? av_packet_alloc() : NULL;
    if (!own)
        return OC_ERR_NOMEM;
    av_packet_move_ref(own, packet);
    out->held_bytes += (size_t)own->size;
    out->held[out->held_count].packet = own;
    out->held[out->held_count++].lane = lane;
    if (out->held_count < OC_FF_CONVERT_HELD_MAX && out->held_bytes < OC_FF_CONVERT_HELD_BYTES)
        return OC_OK;
    snprintf(out->why, sizeof(out->why), "its picture begins too late, or cannot be decoded");
    return OC_ERR_FORMAT;
}

int oc_ff_convert_out_put(oc_ff_convert_out_t *out, unsigned lane, AVPacket *packet) {
    if (out->format)
        return mux(out, lane, packet);
    int rc = hold(out, lane, packet);
    return rc == OC_OK && described(out) ? flush_held(out) : rc;
}

int oc_ff_convert_out_end(oc_ff_convert_out_t *out) {
    if (!out->format) {
        snprintf(out->why, sizeof(out->why), "nothing in it can be decoded: it is damaged, or "
                                             "larger than 4096x4096 pixels");
        return OC_ERR_FORMAT;
    }
    int error = av_write_trailer(out->format);
    avio_flush(out->io);
    out->reported_us = 0;
    report(out);
    return error < 0 || out->broken ? fail(out, error, "the result") : OC_OK;
}

void oc_ff_convert_out_close(oc_ff_convert_out_t *out) {
    for (unsigned i = 0; i < out->held_count; i++)
        av_packet_free(&out->held[i].packet);
    av_freep(&out->held);
    out->held_count = 0;
    avformat_free_context(out->format);
    out->format = NULL;
    if (out->io) {
        av_freep(&out->io->buffer);
        avio_context_free(&out->io);
    }
}
