#include "oc_vod_list.h"

#include <inttypes.h>
#include <stdio.h>

#include "oc_clock.h"
#include "oc_err.h"

#define LINE_MAX_BYTES 512 /* of what one segment adds, without the address */
#define TEXT_MAX       40  /* bytes with NUL of a date */

typedef struct writer {
    const oc_vod_list_config_t *config;
    const oc_vod_text_t *text; /* NULL: only measures */
    oc_vod_file_t *file;
    const char *path;   /* of the file in hand */
    int64_t start_ms;   /* of the file in hand, UTC */
    uint64_t segments;  /* of all files */
    bool begun;         /* the file in hand has a segment */
    bool unread;        /* a disk could not read some file */
    uint64_t at, at_ms; /* where the segment in hand begins */
    uint64_t max_ms;    /* of a segment */
} writer_t;

static int add(const writer_t *w, const char *text, int len) {
    return w->text ? w->text->add(w->text->context, text, (size_t)len) : OC_OK;
}

/* 2026-11-21T02:51:00.123Z */
static void write_date(int64_t wall_ms, char out[TEXT_MAX]) {
    char t[OC_CLOCK_TEXT];
    oc_clock_format(wall_ms * 1000, t);
    snprintf(out, TEXT_MAX, "%.4s-%.2s-%.5s:%.2s:%s", t, t + 4, t + 6, t + 11, t + 13);
}

/* What stands in front of the first segment of a file. */
static int write_map(const writer_t *w) {
    char line[LINE_MAX_BYTES + OC_VOD_PATH_MAX], date[TEXT_MAX];
    write_date(w->start_ms + (int64_t)w->at_ms, date);
    int len = snprintf(line, sizeof line,
                       "%s#EXT-X-MAP:URI=\"%s%s\",BYTERANGE=\"%" PRIu64 "@0\"\n"
                       "#EXT-X-PROGRAM-DATE-TIME:%s\n",
                       w->segments ? "#EXT-X-DISCONTINUITY\n" : "", w->config->prefix, w->path,
                       w->file->body, date);
    return add(w, line, len);
}

/* The segment in hand ends here. */
static int end_segment(writer_t *w, uint64_t at, uint64_t at_ms) {
    char line[LINE_MAX_BYTES + OC_VOD_PATH_MAX];
    uint64_t ms = at_ms > w->at_ms ? at_ms - w->at_ms : 1;
    int rc = w->begun ? OC_OK : write_map(w);
    if (rc != OC_OK)
        return rc;
    w->begun = true;
    w->segments++;
    w->max_ms = ms > w->max_ms ? ms : w->max_ms;
    int len =
        snprintf(line, sizeof line,
                 "#EXTINF:%" PRIu64 ".%03u,\n#EXT-X-BYTERANGE:%" PRIu64 "@%" PRIu64 "\n%s%s\n",
                 ms / 1000, (unsigned)(ms % 1000), at - w->at, w->at, w->config->prefix, w->path);
    w->at = at;
    w->at_ms = at_ms;
    return add(w, line, len);
}

/* The rest of a file behind its last key frame; of one that grows it is left for later. */
static int end_file(writer_t *w, int64_t from_ms, int64_t to_ms) {
    uint64_t end;
    int64_t end_ms;
    bool grows = w->config->live && w->file->span->entry[w->file->index].end_ms == 0;
    if (grows || (int64_t)w->at_ms >= to_ms)
        return OC_OK;
    int rc = oc_vod_file_end(w->file, w->at, &end, &end_ms);
    if (rc != OC_OK || end == w->at || (!w->begun && end_ms <= from_ms))
        return rc;
    return end_segment(w, end, end_ms > 0 ? (uint64_t)end_ms : 0);
}

/* The segments of the file in hand that touch [from, to), milliseconds from its time 0. */
static int write_segments(writer_t *w, int64_t from_ms, int64_t to_ms) {
    oc_vod_keys_t keys = {0};
    bool any = false;
    int rc;
    while ((rc = oc_vod_keys_next(&keys, w->file)) == OC_OK) {
        const oc_key_t *key = &keys.key;
        bool before = (int64_t)key->ms <= from_ms;
        if (!any || before) { /* begins here, or at a later one that is early enough */
            if (!any && (int64_t)key->ms >= to_ms)
                return OC_OK;
            w->at = key->offset;
            w->at_ms = key->ms;
            any = true;
            continue;
        }
        uint64_t least_ms = w->segments == 0 ? 1 : OC_VOD_SEGMENT_MS;
        if (key->offset == w->at || key->ms < w->at_ms + least_ms)
            continue;
        rc = end_segment(w, key->offset, key->ms);
        if (rc != OC_OK || (int64_t)key->ms >= to_ms)
            return rc;
    }
    return rc != OC_END ? rc : any ? end_file(w, from_ms, to_ms) : OC_OK;
}

/* One file that is there. */
static int write_file(writer_t *w, const oc_vod_span_t *span, uint32_t index) {
    const oc_vod_entry_t *entry = &span->entry[index];
    int64_t to_ms = w->config->to_ms == INT64_MAX ? INT64_MAX : w->config->to_ms - entry->start_ms;
    if (to_ms <= 0 || (entry->end_ms && entry->end_ms <= w->config->from_ms))
        return OC_OK;
    int rc = oc_vod_file_open(w->file, span, index);
    if (rc != OC_OK)
        return rc;
    w->path = entry->path;
    w->start_ms = entry->start_ms;
    w->begun = false;
    rc = write_segments(w, w->config->from_ms - entry->start_ms, to_ms);
    oc_vod_file_close(w->file);
    return rc;
}

/* A file that is gone, damaged or on a bad sector takes none of the others with it. */
static int write_files(writer_t *w, const oc_vod_span_t *span) {
    int rc = OC_OK;
    for (uint32_t i = 0; i < span->count && rc == OC_OK; i++) {
        rc = write_file(w, span, i);
        w->unread |= rc == OC_ERR_IO;
        if (rc == OC_ERR_IO || rc == OC_ERR_FORMAT || rc == OC_ERR_TRUNC || rc == OC_ERR_NOENT)
            rc = OC_OK;
    }
    return rc;
}

int oc_vod_list_write(const oc_vod_list_config_t *config, const oc_vod_span_t *span,
                      oc_vod_file_t *file, const oc_vod_text_t *text) {
    char line[LINE_MAX_BYTES];
    writer_t w = {.config = config, .file = file};
    int rc = write_files(&w, span); /* how long the longest one is */
    if (rc != OC_OK || w.segments == 0)
        return rc != OC_OK ? rc : w.unread ? OC_ERR_IO : OC_ERR_NOENT;
    uint64_t target = (w.max_ms + 500) / 1000; /* RFC 8216, 4.3.3.1: rounded to the nearest */
    int len = snprintf(line, sizeof line,
                       "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:%" PRIu64 "\n"
                       "#EXT-X-PLAYLIST-TYPE:%s\n#EXT-X-INDEPENDENT-SEGMENTS\n"
                       "#EXT-X-MEDIA-SEQUENCE:0\n",
                       target > OC_VOD_TARGET_S ? target : OC_VOD_TARGET_S,
                       config->live ? "EVENT" : "VOD");
    w = (writer_t){.config = config, .file = file, .text = text};
    rc = add(&w, line, len);
    if (rc == OC_OK)
        rc = write_files(&w, span);
    if (rc == OC_OK && !config->live)
        rc = add(&w, "#EXT-X-ENDLIST\n", 15);
    return rc;
}
