#include "oc_source_share.h"

#include <string.h>
#include "oc_err.h"

#define SLOT(n)       ((n) % OC_SOURCE_SLOTS)
#define PACKET_MAX    (8u * 1024 * 1024) /* bytes of one access unit; as OC_FF_PACKET_MAX */
#define TICKS_MAX     ((int64_t)1 << 52) /* of a time stamp: 72 years of nanoseconds' thousandths */
#define CTS_MAX       (1 << 30)
#define FPS_MILLI_MAX 1000000u
#define PACKETS_S_MAX 10000u
#define BITRATE_MAX   INT32_MAX
#define GOP_MS_MAX    (600u * 1000)
#define GOP_BYTES_MAX (256u * 1024 * 1024)

size_t oc_source_message_bytes(uint32_t kind) {
#define UP_TO(member)                                                                              \
    offsetof(oc_source_message_t, member) + sizeof(((oc_source_message_t *)0)->member)
    switch (kind) {
    case OC_SOURCE_ADD:
    case OC_SOURCE_START:
    case OC_SOURCE_STOP:
    case OC_SOURCE_CLOSE:
        return sizeof(uint32_t);
    case OC_SOURCE_OPEN:
        return UP_TO(open);
    case OC_SOURCE_ANSWER:
        return UP_TO(answer);
    case OC_SOURCE_HELLO:
        return UP_TO(hello);
    case OC_SOURCE_DONE:
        return UP_TO(done);
    case OC_SOURCE_LOG:
        return UP_TO(log);
    case OC_SOURCE_PUSH:
        return UP_TO(push);
    case OC_SOURCE_PUSHED:
        return UP_TO(pushed);
    case OC_SOURCE_REQUEST_NAME:
        return UP_TO(name);
    case OC_SOURCE_REQUEST_CONNECT:
    case OC_SOURCE_REQUEST_SOCKET:
    case OC_SOURCE_REQUEST_BIND:
    case OC_SOURCE_REQUEST_PEER:
        return UP_TO(address);
    case OC_SOURCE_REQUEST_DATAGRAM:
        return UP_TO(datagram);
    case OC_SOURCE_REQUEST_FILE:
        return UP_TO(path);
    default:
        return 0;
    }
#undef UP_TO
}

void oc_source_reader_init(oc_source_reader_t *reader, oc_source_share_t *share) {
    *reader = (oc_source_reader_t){.share = share};
}

/* codec NONE: a track that is not carried. */
static bool valid_track(unsigned index, const oc_track_t *t) {
    if (index >= OC_TRACKS_MAX || t->codec == OC_CODEC_NONE)
        return index < OC_TRACKS_MAX;
    return t->codec <= OC_CODEC_PCMU && t->timescale && t->timescale <= INT32_MAX &&
           t->config_len <= OC_TRACK_CONFIG_MAX && t->channels <= 8 && t->rotation < 360 &&
           t->rotation % 90 == 0 && (index == 0) == oc_codec_is_video(t->codec);
}

/* A copy that is read from then on: without the fence a compiler may read the source again, and
 * what was checked would not be what is used. */
static void copy_once(void *to, const void *from, size_t len) {
    memcpy(to, from, len);
    atomic_signal_fence(memory_order_seq_cst);
}

/* A bool that was written as a byte by somebody else. */
static bool plain_bool(const bool *flag) {
    uint8_t byte;
    memcpy(&byte, flag, 1);
    return byte != 0;
}

/* Copies a track out of memory that may change meanwhile, then looks at the copy. */
static int copy_track(const oc_track_t *from, unsigned index, oc_track_t *to) {
    copy_once(to, from, sizeof(*to));
    to->in_band = plain_bool(&to->in_band);
    return valid_track(index, to) ? OC_OK : OC_ERR_FORMAT;
}

static int check_packet(oc_source_reader_t *reader, const oc_source_item_t *item, int64_t now_us,
                        oc_source_found_t *out) {
    if (item->track >= OC_TRACKS_MAX || item->len_bytes == 0 || item->len_bytes > PACKET_MAX ||
        item->at > OC_SOURCE_BUFFER || item->len_bytes > OC_SOURCE_BUFFER - item->at ||
        item->dts > TICKS_MAX || item->dts < -TICKS_MAX || item->cts > CTS_MAX ||
        item->cts < -CTS_MAX || item->duration > INT32_MAX)
        return OC_ERR_FORMAT;
    int64_t at_us = item->capture_us < now_us ? item->capture_us : now_us;
    if (at_us > reader->capture_us)
        reader->capture_us = at_us;
    out->packet =
        (oc_packet_t){.data = (const uint8_t *)reader->share + OC_SOURCE_PAYLOAD + item->at,
                      .len_bytes = item->len_bytes,
                      .dts = item->dts,
                      .cts = item->cts,
                      .duration = item->duration,
                      .capture_us = reader->capture_us,
                      .track = item->track,
                      .key = item->key != 0,
                      .jump = item->jump != 0};
    return OC_OK;
}

int oc_source_look(oc_source_reader_t *reader, int64_t now_us, oc_source_found_t *out) {
    uint32_t ready = atomic_load(&reader->share->pushed) - reader->taken;
    oc_source_item_t item;
    if (ready == 0)
        return OC_AGAIN;
    if (ready > OC_SOURCE_SLOTS)
        return OC_ERR_FORMAT;
    copy_once(&item, &reader->share->item[SLOT(reader->taken)], sizeof(item));
    out->kind = (oc_handoff_kind_t)item.kind;
    out->code = 0;
    switch (item.kind) {
    case OC_HANDOFF_PACKET:
        return check_packet(reader, &item, now_us, out);
    case OC_HANDOFF_TRACK:
        out->packet = (oc_packet_t){.track = item.track};
        return item.code < 0 || item.code >= OC_HANDOFF_TRACKS
                   ? OC_ERR_FORMAT
                   : copy_track(&reader->share->track[item.code], item.track, &out->track);
    case OC_HANDOFF_LOST:
        out->code = item.code < 0 && item.code > -100 ? item.code : OC_ERR_IO;
        return OC_OK;
    case OC_HANDOFF_ENDED:
        return OC_OK;
    default:
        return OC_ERR_FORMAT;
    }
}

void oc_source_take(oc_source_reader_t *reader) {
    reader->taken++;
}

void oc_source_give_back(oc_source_reader_t *reader) {
    atomic_store(&reader->share->released, reader->taken);
}

uint32_t oc_source_lost(oc_source_reader_t *reader, oc_loss_t cause, uint32_t maximum) {
    uint32_t count = atomic_load(&reader->share->lost[cause]) - reader->lost[cause];
    count = count < maximum ? count : maximum; /* the rest the next time */
    reader->lost[cause] += count;
    return count;
}

/* Text of a stranger on its way to the log and the page: one line. */
static bool one_line(char *text, size_t size) {
    size_t len = strnlen(text, size);
    for (size_t i = 0; i < len; i++)
        text[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7F ? '?' : text[i];
    return len < size;
}

int oc_source_config_check(oc_capture_config_t *c) {
    c->audio = plain_bool(&c->audio);
    c->waits = plain_bool(&c->waits);
    c->loop = plain_bool(&c->loop);
    c->as_fast_as_possible = plain_bool(&c->as_fast_as_possible);
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        c->track[i].in_band = plain_bool(&c->track[i].in_band);
        if (!valid_track(i, &c->track[i]))
            return OC_ERR_FORMAT;
    }
    bool ends = one_line(c->adapted, sizeof(c->adapted)) && one_line(c->why, sizeof(c->why));
    bool fits = c->fps_milli <= FPS_MILLI_MAX && c->bitrate_bps <= BITRATE_MAX &&
                c->encoder_bps <= BITRATE_MAX && c->max_gop_ms <= GOP_MS_MAX &&
                c->max_gop_bytes <= GOP_BYTES_MAX && c->packets_per_s <= PACKETS_S_MAX;
    fits = fits && c->absent <= 0 && c->absent > -100;
    return ends && fits ? OC_OK : OC_ERR_FORMAT;
}
