#include "oc_vod_frame.h"

#include <stdlib.h>

#include "oc_clock.h"
#include "oc_err.h"

/* The last key frame at or before `ms` of an open file, found from the table on; the headers of its
 * fragments are read, nothing else. *later: pictures behind `ms` are there. */
static int find(oc_vod_file_t *file, uint64_t ms, oc_mp4_sample_t *found, uint32_t *description,
                bool *later) {
    const oc_mp4_track_t *track = &file->moov.track[0];
    bool all = track->track.codec == OC_CODEC_MJPEG;
    oc_key_t key = {.offset = file->body};
    oc_mp4_sample_t sample;
    oc_mp4_frag_t at;
    uint32_t number;
    int rc = file->keys.len > 0 ? oc_key_find(file->keys, ms, &key) : OC_OK;
    if (rc != OC_OK)
        return OC_ERR_FORMAT;
    found->len_bytes = 0;
    oc_mp4_frag_start(&at, key.offset, 0, INT64_MIN);
    while ((rc = oc_mp4_frag_next(&at, track, &file->source, &file->window, &sample, &number)) ==
           OC_OK) {
        int64_t shown_ms = oc_vod_file_ms(file, 0, oc_clock_add(sample.dts, sample.cts));
        *later = shown_ms > (int64_t)ms;
        if (found->len_bytes > 0 && *later)
            break;
        if (sample.key || all) {
            *found = sample;
            *description = number;
        }
    }
    if (rc != OC_OK && rc != OC_END && rc != OC_ERR_TRUNC)
        return rc;
    return found->len_bytes > 0 ? OC_OK : OC_ERR_NOENT;
}

static int take(oc_vod_file_t *file, const oc_mp4_sample_t *sample, uint32_t description,
                oc_vod_frame_t *out) {
    oc_mp4_track_t *track = &file->moov.track[0];
    int rc = OC_OK;
    if (description != track->in_force)
        rc = oc_mp4_moov_describe(&file->source, &file->window, track, description);
    if (rc != OC_OK)
        return rc;
    if (sample->len_bytes > OC_MP4_SAMPLE_MAX)
        return OC_ERR_FORMAT;
    out->data = malloc(sample->len_bytes);
    if (!out->data)
        return OC_ERR_NOMEM;
    rc = file->source.read_at(file->source.context, sample->offset, out->data, sample->len_bytes);
    out->bytes = sample->len_bytes;
    out->track = track->track;
    if (rc != OC_OK) {
        free(out->data);
        out->data = NULL;
    }
    return rc;
}

static int read_frame(oc_vod_file_t *file, const oc_vod_folder_t *folder, int64_t at_ms,
                      oc_vod_frame_t *out) {
    const oc_vod_entry_t *entry = &folder->span.entry[folder->span.count - 1];
    oc_mp4_sample_t sample = {0};
    uint32_t description = 0;
    bool later = false;
    int rc = oc_vod_file_open(file, &folder->span, folder->span.count - 1);
    if (rc != OC_OK)
        return rc;
    rc = file->lead == 0 ? OC_OK : OC_ERR_NOENT;
    if (rc == OC_OK)
        rc = find(file, at_ms > entry->start_ms ? (uint64_t)(at_ms - entry->start_ms) : 0, &sample,
                  &description, &later);
    if (rc == OC_OK)
        rc = take(file, &sample, description, out);
    if (rc == OC_OK) {
        out->settled = later || entry->end_ms != 0;
        out->wall_ms =
            entry->start_ms + oc_vod_file_ms(file, 0, oc_clock_add(sample.dts, sample.cts));
    }
    oc_vod_file_close(file);
    return rc;
}

int oc_vod_frame_read(const oc_vod_place_t *place, const char *channel, int64_t at_ms,
                      const oc_vod_synced_t *synced, oc_key_cache_t *keys, oc_vod_frame_t *out) {
    oc_vod_folder_t folder;
    *out = (oc_vod_frame_t){.data = NULL};
    if (at_ms < OC_VOD_FRAME_GAP_MS || at_ms == INT64_MAX)
        return OC_ERR_NOENT;
    oc_vod_file_t *file = calloc(1, sizeof(*file));
    if (!file)
        return OC_ERR_NOMEM;
    int rc = oc_vod_folder_open(&folder, place, channel, at_ms - OC_VOD_FRAME_GAP_MS, at_ms + 1,
                                synced, keys);
    if (rc == OC_OK) {
        rc = folder.span.count > 0 ? read_frame(file, &folder, at_ms, out) : OC_ERR_NOENT;
        oc_vod_folder_close(&folder);
    }
    free(file);
    return rc;
}
