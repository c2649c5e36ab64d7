/* oc_play_reader - see the header. */
#include "oc_play_reader.h"

#include <stdio.h>

#include "oc_box.h"
#include "oc_clock.h"
#include "oc_err.h"
#include "oc_json.h"

#define US_PER_MS  1000
#define US_PER_S   1000000u
#define CODECS_MAX 64
#define WAITS      4    /* for a file behind one that was being written */
#define TEXT_MAX   512u /* bytes of a JSON message */
_Static_assert(OC_FMP4_INIT_MAX <= OC_PLAY_PIECE_MIN, "an init segment is one message");
_Static_assert(OC_FMP4_HEAD_MAX(OC_PLAY_GROUP) <= OC_PLAY_PIECE_MIN / 2, "a head leaves room");

typedef struct play_file {
    int64_t offset_us; /* of its beginning, from the base on */
    char path[OC_PLAY_PATH_MAX];
} play_file_t;

struct oc_play_reader {
    oc_play_files_t files;
    play_file_t file[OC_PLAY_FILES];
    unsigned count, at; /* files; the one under way */
    char base[OC_PLAY_BASE_MAX];
    bool open, reported; /* a file is; the viewer has been told its tracks */
    bool have;           /* sample is the next one */
    bool found;          /* any file could be read since the seek */
    unsigned waits;      /* in a row, for more of the file under way */
    oc_mp4_source_t source;
    oc_mp4_read_t *mp4;
    oc_mp4_sample_t sample;
    oc_fmp4_t mux;
    uint64_t rest_offset; /* of a sample that is longer than a message: what is left of it */
    uint32_t rest;
    int64_t rest_at_us;
    int64_t last_us; /* of the message before this chunk's */
    char list[OC_PLAY_FOUND];
    uint8_t group[OC_PLAY_PIECE]; /* payloads of the samples of one fragment, in order of time */
    _Alignas(16) uint8_t mp4_memory[OC_MP4_READ_BYTES];
};

size_t oc_play_reader_bytes(void) {
    return sizeof(oc_play_reader_t);
}

/* ---- the list ---- */

/* Bytes up to `end`, which is passed over; false: there is none. */
static bool field(oc_span_t *list, char end, oc_span_t *out) {
    const uint8_t *at = list->len ? memchr(list->data, end, list->len) : NULL;
    if (!at)
        return false;
    *out = oc_span(list->data, (size_t)(at - list->data));
    *list = oc_span(at + 1, list->len - out->len - 1);
    return true;
}

/* Milliseconds, 0 .. 2^31 - 1, as microseconds; -1: not a number like that. */
static int64_t milliseconds(oc_span_t text) {
    int64_t value = 0;
    if (text.len == 0 || text.len > 10)
        return -1;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return -1;
        value = value * 10 + (text.data[i] - '0');
    }
    return value > INT32_MAX ? -1 : value * US_PER_MS;
}

/* Text without control characters, quotes and backslashes, so that it may stand in JSON. */
static bool plain(oc_span_t text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < ' ' || text.data[i] == '"' || text.data[i] == '\\')
            return false;
    return text.len > 0;
}

static void copy_text(char *to, oc_span_t text) {
    memcpy(to, text.data, text.len);
    to[text.len] = 0;
}

static int add_file(oc_play_reader_t *r, oc_span_t offset, oc_span_t path) {
    int64_t us = milliseconds(offset);
    if (us < 0 || !plain(path) || (r->count && us < r->file[r->count - 1].offset_us))
        return OC_ERR_FORMAT;
    if (r->count == OC_PLAY_FILES || path.len >= OC_PLAY_PATH_MAX)
        return OC_ERR_TOO_BIG;
    r->file[r->count].offset_us = us;
    copy_text(r->file[r->count++].path, path);
    return OC_OK;
}

int oc_play_reader_init(oc_play_reader_t **out, void *memory, oc_span_t list,
                        const oc_play_files_t *files, int64_t *at_us) {
    oc_play_reader_t *r = memory;
    oc_span_t base, number, path;
    memset(r, 0, offsetof(oc_play_reader_t, group));
    r->files = *files;
    if (!field(&list, ' ', &base) || !field(&list, '\n', &number) || !plain(base) ||
        base.len >= sizeof r->base)
        return OC_ERR_FORMAT;
    copy_text(r->base, base);
    *at_us = milliseconds(number);
    while (list.len) {
        int rc = field(&list, ' ', &number) && field(&list, '\n', &path) ? add_file(r, number, path)
                                                                         : OC_ERR_FORMAT;
        if (rc != OC_OK)
            return rc;
    }
    *out = r;
    return *at_us >= 0 && r->count ? OC_OK : OC_ERR_FORMAT;
}

/* ---- files ---- */

void oc_play_reader_close(oc_play_reader_t *reader) {
    if (reader->open)
        reader->files.close(reader->files.context, &reader->source);
    reader->open = reader->have = reader->reported = false;
    reader->rest = 0;
    reader->waits = 0;
}

/* True: the name of a file says that it is being written. */
static bool is_written(const play_file_t *file) {
    static const char end[] = "_open.mp4";
    size_t len = strlen(file->path);
    return len >= sizeof end && strcmp(file->path + len - (sizeof end - 1), end) == 0;
}

/* The end of the last whole fragment, from a boundary on: sound lies behind the picture of its
 * fragment, and would be late where a write is under way. */
static uint64_t whole_end(const oc_play_reader_t *r, uint64_t from, uint64_t size) {
    uint8_t head[8];
    uint64_t end = from;
    for (uint64_t at = from; at + sizeof head <= size;) {
        if (r->source.read_at(r->source.context, at, head, sizeof head) != OC_OK)
            break;
        oc_rd_t rd = oc_rd(oc_span(head, sizeof head));
        uint32_t len = oc_rd_u32(&rd), type = oc_rd_u32(&rd);
        if (len < sizeof head || len > size - at)
            break;
        at += len;
        if (type == OC_BOX_TYPE('m', 'd', 'a', 't') || type == OC_BOX_TYPE('m', 'o', 'o', 'v'))
            end = at;
    }
    return end;
}

/* Opens the file under way, at a time of the whole. */
static int open_file(oc_play_reader_t *r, int64_t at_us) {
    const play_file_t *file = &r->file[r->at];
    int rc = r->files.open(r->files.context, file->path, &r->source);
    if (rc != OC_OK)
        return rc;
    r->open = true;
    if (r->files.size && is_written(file))
        r->source.size = whole_end(r, 0, r->source.size);
    rc = oc_mp4_read_open(&r->mp4, r->mp4_memory, &r->source, NULL, 0);
    if (rc == OC_OK && at_us > file->offset_us)
        rc = oc_mp4_read_seek(r->mp4, at_us - file->offset_us);
    if (rc == OC_OK)
        r->found = true;
    else
        oc_play_reader_close(r);
    return rc;
}

/* The files from an instant on, from the host. False: it knows none. */
static bool find_files(oc_play_reader_t *r, int64_t at_us) {
    char path[OC_PLAY_PATH_MAX];
    oc_span_t number, name;
    unsigned before = r->count;
    if (!r->files.find || before == 0)
        return false;
    memcpy(path, r->file[0].path, sizeof path);
    int len = r->files.find(r->files.context, r->base, path, at_us / US_PER_MS, r->list);
    if (len <= 0)
        return false;
    oc_span_t list = oc_span(r->list, (size_t)len);
    r->count = 0;
    while (list.len && field(&list, ' ', &number) && field(&list, '\n', &name))
        if (add_file(r, number, name) != OC_OK)
            break;
    return r->count > 0;
}

/* True: the file that is open has more bytes than were known. */
static bool has_grown(oc_play_reader_t *r) {
    uint64_t size = r->open && r->files.size ? r->files.size(r->files.context, &r->source) : 0;
    if (size > r->source.size)
        size = whole_end(r, r->source.size, size);
    if (size <= r->source.size)
        return false;
    r->source.size = size;
    r->waits = 0;
    oc_mp4_read_grow(r->mp4, size);
    return true;
}

/* Behind the end of the file under way. OC_OK it has more now | OC_AGAIN later | OC_END another
 * one, or none. */
static int go_on(oc_play_reader_t *r) {
    int64_t offset_us = r->file[r->at].offset_us;
    bool grows = is_written(&r->file[r->at]) || r->waits > 0;
    if (has_grown(r))
        return OC_OK;
    if (!grows && r->at + 1 < r->count) {
        r->at++;
        return OC_END;
    }
    if (!find_files(r, offset_us)) {
        r->at = r->count;
        return OC_END;
    }
    for (r->at = 0; r->at < r->count && r->file[r->at].offset_us < offset_us; r->at++)
        continue;
    bool same = r->at < r->count && r->file[r->at].offset_us == offset_us;
    if (grows && has_grown(r)) /* its last bytes, before it got its name */
        return OC_OK;
    bool last = same && r->at + 1 == r->count;
    if (grows && last && (is_written(&r->file[r->at]) || r->waits < WAITS)) {
        r->waits++; /* behind one that was closed the next one may follow */
        return OC_AGAIN;
    }
    r->at += same;
    r->waits = 0;
    return OC_END;
}

/* A file that is gone or damaged. The last one known may have a new name, or others behind it. */
static int pass_over(oc_play_reader_t *r) {
    int64_t offset_us = r->file[r->at].offset_us;
    bool last = r->at + 1 == r->count;
    r->at++;
    if (last && find_files(r, offset_us))
        for (r->at = 0; r->at < r->count && r->file[r->at].offset_us <= offset_us; r->at++)
            continue;
    return OC_END;
}

static void seek(oc_play_reader_t *r, int64_t at_us) {
    oc_play_reader_close(r);
    bool known = r->count > 0 && at_us >= r->file[0].offset_us &&
                 (r->count > 1 && at_us < r->file[r->count - 1].offset_us);
    if (!known)
        (void)find_files(r, at_us);
    r->at = 0;
    r->found = false;
    while (r->at + 1 < r->count && r->file[r->at + 1].offset_us <= at_us)
        r->at++;
}

/* Gets the next sample that is wanted. A file that is gone or cannot be read is passed over. OC_OK
 * | OC_END no file any more | OC_ERR_* none of them could be read. */
static int fetch(oc_play_reader_t *r, const oc_play_chunk_t *order) {
    int why = OC_ERR_NOENT;
    while (!r->have) {
        if (r->at >= r->count)
            return r->found ? OC_END : why;
        int rc = r->open ? OC_OK : open_file(r, order->at_us);
        if (rc == OC_OK)
            rc = oc_mp4_read_next(r->mp4, &r->sample);
        if (rc == OC_OK) {
            r->have = r->sample.len_bytes > 0 &&
                      (!order->keys_only || (r->sample.track == 0 && r->sample.key));
            r->reported = r->reported && !r->sample.new_config;
            continue;
        }
        why = rc < 0 ? rc : why;
        rc = rc == OC_END ? go_on(r) : pass_over(r);
        if (rc == OC_AGAIN)
            return rc;
        if (rc != OC_OK)
            oc_play_reader_close(r);
    }
    return OC_OK;
}

/* ---- messages ---- */

static int64_t sample_us(const oc_play_reader_t *r, const oc_mp4_sample_t *s) {
    return oc_clock_add(r->file[r->at].offset_us,
                        oc_clock_rescale(s->dts, r->mux.track[s->track].timescale, US_PER_S));
}

/* Room for the next message; its length is set when it is written. */
static uint8_t *begin(oc_play_chunk_t *chunk, int64_t at_us, bool text) {
    chunk->message[chunk->count] =
        (oc_play_message_t){.at_us = at_us, .offset = chunk->len, .text = text};
    return chunk->bytes + chunk->len;
}

static void end(oc_play_chunk_t *chunk, size_t len) {
    chunk->message[chunk->count++].len = (uint16_t)len;
    chunk->len += (uint32_t)len;
}

static bool full(const oc_play_chunk_t *chunk) {
    return OC_PLAY_CHUNK_BYTES - chunk->len < OC_PLAY_PIECE ||
           OC_PLAY_CHUNK_MESSAGES - chunk->count < 3;
}

/* {"playback":true,"base":"2026-11-21T02:51:00.000Z","at":1500,"codecs":"avc1.640028",
 * "mime":"video/mp4; codecs=...","width":1280,"height":720} */
static void report_hello(const oc_play_reader_t *r, oc_play_chunk_t *chunk, const char *codecs,
                         int64_t at_us) {
    const oc_track_t *video = &r->mux.track[0];
    bool has_video = video->codec != OC_CODEC_NONE;
    char mime[CODECS_MAX + 32];
    snprintf(mime, sizeof mime, "%s/mp4; codecs=\"%s\"", has_video ? "video" : "audio", codecs);
    oc_json_t json = oc_json((char *)begin(chunk, at_us, true), TEXT_MAX);
    oc_json_begin_object(&json);
    oc_json_member_bool(&json, "playback", true);
    oc_json_member_string(&json, "base", r->base);
    oc_json_member_int(&json, "at", at_us / US_PER_MS);
    oc_json_member_string(&json, "codecs", codecs);
    oc_json_member_string(&json, "mime", mime);
    oc_json_member_int(&json, "width", video->width);
    oc_json_member_int(&json, "height", video->height);
    oc_json_end_object(&json);
    end(chunk, json.len);
}

/* Describes the tracks of the file under way, its time line moved to the whole's. */
static int begin_mux(oc_play_reader_t *r, const oc_play_chunk_t *chunk) {
    oc_track_t track[OC_TRACKS_MAX];
    int64_t base[OC_TRACKS_MAX] = {0};
    uint32_t sequence = r->mux.sequence;
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        const oc_track_t *found = oc_mp4_read_track(r->mp4, i);
        bool expected = found && (i == 0 || !chunk->keys_only);
        track[i] = expected ? *found : (oc_track_t){.codec = OC_CODEC_NONE};
        if (expected)
            base[i] = -oc_clock_rescale(r->file[r->at].offset_us, US_PER_S, found->timescale);
    }
    int rc = oc_fmp4_init(&r->mux, track, base);
    r->mux.sequence = sequence;
    return rc;
}

/* Tells the tracks: JSON and the init segment. */
static int report_tracks(oc_play_reader_t *r, oc_play_chunk_t *chunk) {
    char codecs[CODECS_MAX];
    int rc = begin_mux(r, chunk);
    if (rc == OC_OK)
        rc = oc_fmp4_codecs(&r->mux, codecs, sizeof codecs);
    if (rc != OC_OK)
        return rc;
    int64_t at_us = sample_us(r, &r->sample);
    report_hello(r, chunk, codecs, at_us);
    uint8_t *out = begin(chunk, at_us, false);
    rc = oc_fmp4_init_segment(&r->mux, out, OC_FMP4_INIT_MAX);
    if (rc < 0)
        return rc;
    end(chunk, (size_t)rc);
    r->reported = true;
    return OC_OK;
}

static oc_packet_t packet_of(const oc_play_reader_t *r, const uint8_t *data) {
    const oc_mp4_sample_t *s = &r->sample;
    int64_t first = r->mux.base_dts[s->track];
    return (oc_packet_t){.data = data,
                         .len_bytes = s->len_bytes,
                         .dts = s->dts < first ? first : s->dts,
                         .cts = s->cts,
                         .duration = s->duration,
                         .track = s->track,
                         .key = s->key};
}

/* The next bytes of a sample that did not fit into one message. */
static int report_rest(oc_play_reader_t *r, oc_play_chunk_t *chunk) {
    uint32_t len = r->rest < chunk->piece_max ? r->rest : chunk->piece_max;
    uint8_t *out = begin(chunk, r->rest_at_us, false);
    int rc = r->source.read_at(r->source.context, r->rest_offset, out, len);
    if (rc != OC_OK)
        return rc;
    end(chunk, len);
    r->rest_offset += len;
    r->rest -= len;
    return OC_OK;
}

/* A fragment of one sample, its bytes straight from the file; the first piece of it. */
static int report_alone(oc_play_reader_t *r, oc_play_chunk_t *chunk, const oc_packet_t *packet,
                        uint64_t offset) {
    oc_span_t spans[2];
    int64_t at_us = sample_us(r, &(oc_mp4_sample_t){.dts = packet->dts, .track = packet->track});
    uint8_t *out = begin(chunk, at_us, false);
    oc_fmp4_fragment_t fragment = {
        .head = out, .head_size = OC_FMP4_HEAD_MAX(1), .spans = spans, .spans_size = 2};
    int rc = oc_fmp4_fragment(&r->mux, packet, 1, NULL, &fragment);
    if (rc != OC_OK)
        return rc;
    uint32_t head = (uint32_t)fragment.head_len, room = chunk->piece_max - head;
    uint32_t len = packet->len_bytes < room ? packet->len_bytes : room;
    rc = r->source.read_at(r->source.context, offset, out + head, len);
    if (rc != OC_OK)
        return rc;
    end(chunk, head + len);
    r->rest_offset = offset + len;
    r->rest = packet->len_bytes - len;
    r->rest_at_us = at_us;
    return OC_OK;
}

/* A key picture that lasts until the next one. */
static int report_key(oc_play_reader_t *r, oc_play_chunk_t *chunk) {
    oc_packet_t packet = packet_of(r, r->group);
    uint64_t offset = r->sample.offset;
    unsigned file = r->at;
    r->have = false;
    /* the next one may be in another file: then this one has its own duration */
    int rc = oc_mp4_read_next(r->mp4, &r->sample);
    while (rc == OC_OK && !(r->sample.track == 0 && r->sample.key))
        rc = oc_mp4_read_next(r->mp4, &r->sample);
    if (rc == OC_OK && r->at == file && r->sample.dts > packet.dts &&
        r->sample.dts - packet.dts < UINT32_MAX) {
        packet.duration = (uint32_t)(r->sample.dts - packet.dts);
        r->have = true;
        r->reported = r->reported && !r->sample.new_config;
    }
    return report_alone(r, chunk, &packet, offset);
}

/* Whether the next sample goes into the fragment of these n, of len bytes, which began at_us. */
static bool belongs(const oc_play_reader_t *r, const oc_play_chunk_t *chunk, unsigned n, size_t len,
                    int64_t at_us) {
    const oc_mp4_sample_t *s = &r->sample;
    return n < OC_PLAY_GROUP && r->reported && !(s->track == 0 && s->key) &&
           len + s->len_bytes + OC_FMP4_HEAD_MAX(n + 1) <= chunk->piece_max &&
           sample_us(r, s) - at_us < OC_PLAY_GROUP_US;
}

/* A fragment of samples that lie near each other in time: one message. */
static int report_group(oc_play_reader_t *r, oc_play_chunk_t *chunk) {
    oc_packet_t packet[OC_PLAY_GROUP];
    oc_span_t spans[OC_PLAY_GROUP + 1];
    unsigned n = 0, file = r->at;
    size_t len = 0;
    int64_t at_us = sample_us(r, &r->sample);
    int rc;
    do {
        packet[n++] = packet_of(r, r->group + len);
        rc = r->source.read_at(r->source.context, r->sample.offset, r->group + len,
                               r->sample.len_bytes);
        if (rc != OC_OK)
            return rc;
        len += r->sample.len_bytes;
        r->have = false;
        rc = fetch(r, chunk);
    } while (rc == OC_OK && r->at == file && belongs(r, chunk, n, len, at_us));
    uint8_t *out = begin(chunk, at_us, false);
    oc_fmp4_fragment_t fragment = {.head = out,
                                   .head_size = OC_FMP4_HEAD_MAX(n),
                                   .spans = spans,
                                   .spans_size = OC_PLAY_GROUP + 1};
    rc = oc_fmp4_fragment(&r->mux, packet, n, NULL, &fragment);
    if (rc != OC_OK)
        return rc;
    size_t at = fragment.head_len;
    for (size_t i = 1; i < fragment.spans_len; i++) {
        memcpy(out + at, spans[i].data, spans[i].len);
        at += spans[i].len;
    }
    end(chunk, at);
    return OC_OK;
}

/* One message or two. OC_OK | OC_END | OC_ERR_*. */
static int report_next(oc_play_reader_t *r, oc_play_chunk_t *chunk) {
    if (r->rest)
        return report_rest(r, chunk);
    int rc = fetch(r, chunk);
    if (rc != OC_OK)
        return rc;
    if (!r->reported)
        return report_tracks(r, chunk);
    if (chunk->keys_only)
        return report_key(r, chunk);
    oc_packet_t packet = packet_of(r, r->group);
    if (packet.len_bytes + OC_FMP4_HEAD_MAX(1) <= chunk->piece_max)
        return report_group(r, chunk);
    r->have = false;
    return report_alone(r, chunk, &packet, r->sample.offset);
}

/* The last message: why there are no more. */
static void report_end(oc_play_chunk_t *chunk, int64_t at_us, int result) {
    char *out = (char *)begin(chunk, at_us, true);
    int len = result == OC_END
                  ? snprintf(out, TEXT_MAX, "{\"ended\":true}")
                  : snprintf(out, TEXT_MAX, "{\"error\":\"recording: %s\"}", oc_err_text(result));
    end(chunk, (size_t)len);
}

void oc_play_reader_fill(oc_play_reader_t *reader, oc_play_chunk_t *chunk) {
    int rc = OC_OK;
    chunk->count = chunk->len = 0;
    if (chunk->seek) {
        seek(reader, chunk->at_us);
        reader->last_us = chunk->at_us;
    }
    while (rc == OC_OK && !full(chunk))
        rc = report_next(reader, chunk);
    if (chunk->count)
        reader->last_us = chunk->message[chunk->count - 1].at_us;
    if (rc == OC_AGAIN) { /* goes on from here */
        chunk->result = rc;
        return;
    }
    if (rc != OC_OK) {
        report_end(chunk, reader->last_us, rc);
        oc_play_reader_close(reader);
        reader->at = reader->count; /* until a seek */
    }
    chunk->result = rc;
}
