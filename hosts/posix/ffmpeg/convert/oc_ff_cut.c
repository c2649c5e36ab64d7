#include "oc_ff_cut.h"

#include <string.h>

#define SLACK_US    1000000 /* headers round, and a last picture may last longer than it says */
#define SLACK_SHARE 100     /* of the duration: some count in frames of a rate that is not exact */

static const AVRational microseconds = {1, AV_TIME_BASE};

bool oc_ff_cut_needs_all(const AVFormatContext *format) {
    return !strstr(format->iformat->name, "mp4");
}

void oc_ff_cut_note(oc_ff_cut_t *cut, const AVFormatContext *format, const AVPacket *packet) {
    const AVStream *stream = format->streams[packet->stream_index];
    int64_t at = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    if (at == AV_NOPTS_VALUE)
        return;
    at = av_rescale_q(at + FFMAX(packet->duration, 0), stream->time_base, microseconds);
    cut->reach_us = FFMAX(cut->reach_us, at);
}

/* Samples that the index has behind the end. */
static bool indexes_beyond(AVStream *stream, int64_t bytes) {
    int count = avformat_index_get_entries_count(stream);
    for (int i = 0; i < count; i++) {
        const AVIndexEntry *entry = avformat_index_get_entry(stream, i);
        if (entry->size > 0 && entry->pos > bytes - entry->size)
            return true;
    }
    return false;
}

/* The longest of the streams that were read; 0: their header names none. */
static int64_t duration_of(const AVFormatContext *format) {
    int64_t longest = 0;
    if (format->duration_estimation_method != AVFMT_DURATION_FROM_STREAM)
        return 0;
    if (oc_ff_cut_needs_all(format))
        return FFMAX(format->duration, 0);
    for (unsigned i = 0; i < format->nb_streams; i++) {
        const AVStream *stream = format->streams[i];
        if (stream->discard < AVDISCARD_ALL && stream->duration != AV_NOPTS_VALUE)
            longest =
                FFMAX(longest, av_rescale_q(stream->duration, stream->time_base, microseconds));
    }
    return longest;
}

bool oc_ff_cut_is(const oc_ff_cut_t *cut, AVFormatContext *format, int64_t bytes) {
    for (unsigned i = 0; i < format->nb_streams; i++) {
        if (format->streams[i]->discard < AVDISCARD_ALL &&
            indexes_beyond(format->streams[i], bytes))
            return true;
    }
    int64_t duration = duration_of(format);
    int64_t slack = FFMAX(SLACK_US, duration / SLACK_SHARE);
    return cut->reach_us < duration - slack;
}
