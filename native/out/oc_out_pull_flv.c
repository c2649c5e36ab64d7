/* Pieces of an FLV stream without an end (oc_out_pull.h): header, onMetaData and sequence headers,
 * then one tag for each packet. Other tracks or parameter sets are described in the middle of it.
 */
#include "oc_err.h"
#include "oc_flv.h"
#include "oc_out_pull_impl.h"

#define US_PER_MS 1000

/* A piece while it is written. */
typedef struct writer {
    oc_fmp4_fragment_t *out;
    uint8_t *at, *begun; /* in out->head: next byte; first one that is in no span yet */
} writer_t;

/* Ends the span of what was written since the last one. */
static void flush(writer_t *w) {
    if (w->at > w->begun)
        w->out->spans[w->out->spans_len++] = oc_span(w->begun, (size_t)(w->at - w->begun));
    w->begun = w->at;
}

static uint32_t own_bytes(const oc_out_pull_t *pull) {
    uint32_t bytes = pull->count * (OC_FLV_TAG_BYTES + OC_FLV_PREFIX_MAX + OC_FLV_SIZE_BYTES);
    return pull->described ? bytes
                           : bytes + OC_FLV_HEADER_BYTES +
                                 (OC_TRACKS_MAX + 1) * (OC_FLV_TAG_BYTES + OC_FLV_SIZE_BYTES) +
                                 OC_TRACKS_MAX * OC_FLV_CONFIG_MAX + OC_FLV_METADATA_MAX;
}

/* Decode time in the body, milliseconds. */
static int64_t ms_of(const oc_out_pull_t *pull, const oc_packet_t *packet, int32_t cts) {
    int64_t us = oc_out_tracks_us(&pull->tracks, packet->track, packet->dts + cts) - pull->base_us;
    return us > 0 ? us / US_PER_MS : 0;
}

/* A tag whose body of len bytes is already written behind the room for its head. */
static void end_tag(writer_t *w, oc_flv_type_t type, int len, int64_t ms) {
    oc_flv_tag(w->at, type, (uint32_t)len, ms);
    w->at += OC_FLV_TAG_BYTES + len;
    oc_flv_size(w->at, (uint32_t)len);
    w->at += OC_FLV_SIZE_BYTES;
}

static oc_flv_type_t type_of(const oc_track_t *track) {
    return oc_codec_is_video(track->codec) ? OC_FLV_VIDEO : OC_FLV_AUDIO;
}

/* Describes the tracks, for packets from `ms` on. */
static void describe(oc_out_pull_t *pull, writer_t *w, int64_t ms) {
    const oc_track_t *track = pull->tracks.track;
    if (!pull->headed) {
        bool audio = oc_codec_is_audio(track[0].codec) || oc_codec_is_audio(track[1].codec);
        bool video = oc_codec_is_video(track[0].codec) || oc_codec_is_video(track[1].codec);
        oc_flv_header(w->at, audio, video);
        w->at += OC_FLV_HEADER_BYTES;
    }
    uint8_t *body = w->at + OC_FLV_TAG_BYTES;
    end_tag(w, OC_FLV_SCRIPT, oc_flv_metadata(track, body, OC_FLV_METADATA_MAX), ms);
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        if (track[i].codec == OC_CODEC_NONE)
            continue;
        body = w->at + OC_FLV_TAG_BYTES;
        end_tag(w, type_of(&track[i]), oc_flv_config(&track[i], body, OC_FLV_CONFIG_MAX), ms);
    }
}

static int add_packet(oc_out_pull_t *pull, writer_t *w, const oc_packet_t *packet) {
    const oc_track_t *track = &pull->tracks.track[packet->track];
    int64_t ms = ms_of(pull, packet, 0);
    size_t prefix = oc_flv_prefix(w->at + OC_FLV_TAG_BYTES, track, packet->key,
                                  (int32_t)(ms_of(pull, packet, packet->cts) - ms));
    if (packet->len_bytes > OC_FLV_BODY_MAX - prefix)
        return OC_ERR_TOO_BIG;
    uint32_t body_len = (uint32_t)prefix + packet->len_bytes;
    oc_flv_tag(w->at, type_of(track), body_len, ms);
    w->at += OC_FLV_TAG_BYTES + prefix;
    flush(w);
    w->out->spans[w->out->spans_len++] = oc_span(packet->data, packet->len_bytes);
    w->out->bytes += packet->len_bytes;
    oc_flv_size(w->at, body_len);
    w->at += OC_FLV_SIZE_BYTES;
    return OC_OK;
}

static int piece(oc_out_pull_t *pull, oc_fmp4_fragment_t *out) {
    writer_t w = {out, out->head, out->head};
    if (own_bytes(pull) > out->head_size || 2u * pull->count + 1 > out->spans_size)
        return OC_ERR_NOMEM;
    if (!pull->described)
        describe(pull, &w, ms_of(pull, &pull->packets[0], 0));
    for (unsigned i = 0; i < pull->count; i++) {
        int rc = add_packet(pull, &w, &pull->packets[i]);
        if (rc != OC_OK)
            return rc;
    }
    flush(&w);
    out->head_len = (size_t)(w.at - out->head);
    out->bytes += out->head_len;
    return OC_OK;
}

const oc_pull_kind_t oc_out_pull_flv = {
    .ending = "flv",
    .type = "video/x-flv",
    .why = "FLV carries a picture of h264 or h265; that of this channel is %s",
    .end = "",
    .picture = true,
    .redescribes = true,
    .carries = oc_flv_carries,
    .piece = piece};
