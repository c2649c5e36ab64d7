#include "oc_box.h"
#include "oc_clock.h"
#include "oc_err.h"
#include "oc_export_impl.h"
#include "oc_moov.h"

#define TRUN_FLAGS   0x01000F01u /* version 1: offset; duration, size, flags, composition offset */
#define DEFAULT_BASE 0x020000u   /* of tfhd: offsets count from the moof */
#define MDAT_HEAD    8u

/* Samples of one track in the first fragment. */
typedef struct walk {
    oc_mp4_frag_t at;
    oc_mp4_source_t source; /* ends with the fragment */
    oc_vod_file_t *file;
    unsigned track;
} walk_t;

static walk_t begin(oc_vod_file_t *file, const oc_vod_fragment_t *first, unsigned track) {
    walk_t walk = {.source = file->source, .file = file, .track = track};
    walk.source.size = first->end;
    oc_mp4_frag_start(&walk.at, first->moof, 0, INT64_MIN);
    return walk;
}

static int next(walk_t *walk, oc_mp4_sample_t *sample) {
    uint32_t description;
    return oc_mp4_frag_next(&walk->at, &walk->file->moov.track[walk->track], &walk->source,
                            &walk->file->window, sample, &description);
}

void oc_export_cut(oc_export_t *plan, oc_vod_file_t *file, oc_vod_fragment_t *first,
                   uint32_t before) {
    oc_mp4_sample_t sample;
    plan->skip[0] = plan->skip[1] = 0;
    plan->skip[file->lead] = before;
    if (before == 0 || file->lead == 1 || !first->has[1])
        return;
    const oc_mp4_track_t *track = file->moov.track;
    walk_t sound = begin(file, first, 1);
    first->has[1] = false;
    for (; next(&sound, &sample) == OC_OK; plan->skip[1]++) {
        if (oc_clock_compare(sample.dts, track[1].track.timescale, first->first_dts[0],
                             track[0].track.timescale) < 0)
            continue;
        first->has[1] = true;
        first->first_dts[1] = sample.dts;
        return;
    }
}

/* Where the payloads of a track lie that go out. */
typedef struct payload {
    uint64_t at, len;
    size_t offset; /* of data_offset in the head */
} payload_t;

/* The run of one track: its samples' entries. */
static int write_run(const oc_export_t *plan, oc_vod_file_t *file, const oc_vod_fragment_t *first,
                     unsigned track, oc_wr_t *w, payload_t *out) {
    walk_t walk = begin(file, first, track);
    oc_mp4_sample_t sample;
    uint32_t n = 0, count = 0;
    int rc;
    size_t trun = oc_box_begin_full(w, "trun", TRUN_FLAGS), count_at = oc_wr_len(w);
    oc_wr_u32(w, 0);
    out->offset = oc_wr_len(w);
    oc_wr_u32(w, 0);
    for (; (rc = next(&walk, &sample)) == OC_OK; n++) {
        if (n < plan->skip[track])
            continue;
        if (count++ == 0)
            out->at = sample.offset;
        if (sample.offset != out->at + out->len)
            return OC_ERR_FORMAT; /* not as we write them */
        out->len += sample.len_bytes;
        oc_wr_u32(w, sample.duration);
        oc_wr_u32(w, sample.len_bytes);
        oc_wr_u32(w, sample.key ? OC_MOOV_FLAGS_KEY : OC_MOOV_FLAGS_DELTA);
        oc_wr_u32(w, (uint32_t)sample.cts);
    }
    oc_wr_patch_u32(w, count_at, count);
    oc_box_end(w, trun);
    return rc == OC_END ? OC_OK : rc;
}

static int write_traf(const oc_export_t *plan, oc_vod_file_t *file, const oc_vod_fragment_t *first,
                      unsigned track, int64_t shift, oc_wr_t *w, payload_t *out) {
    size_t traf = oc_box_begin(w, "traf");
    size_t box = oc_box_begin_full(w, "tfhd", DEFAULT_BASE);
    oc_wr_u32(w, plan->track[track].id);
    oc_box_end(w, box);
    box = oc_box_begin_full(w, "tfdt", 0x01000000u);
    oc_wr_u64(w, (uint64_t)(first->first_dts[track] + shift * oc_export_ticks(plan, track)));
    oc_box_end(w, box);
    int rc = write_run(plan, file, first, track, w, out);
    oc_box_end(w, traf);
    return rc;
}

int oc_export_cut_put(oc_export_t *plan, oc_vod_file_t *file, const oc_vod_fragment_t *first,
                      int64_t shift) {
    payload_t payload[OC_TRACKS_MAX] = {{0}};
    oc_wr_t w = oc_wr(plan->cut, OC_EXPORT_HEAD_MAX);
    size_t moof = oc_box_begin(&w, "moof");
    size_t mfhd = oc_box_begin_full(&w, "mfhd", 0);
    oc_wr_u32(&w, 1);
    oc_box_end(&w, mfhd);
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++) {
        int rc = first->has[t] ? write_traf(plan, file, first, t, shift, &w, &payload[t]) : OC_OK;
        if (rc != OC_OK)
            return rc;
    }
    oc_box_end(&w, moof);
    uint64_t bytes = payload[0].len + payload[1].len;
    oc_wr_u32(&w, (uint32_t)(MDAT_HEAD + bytes));
    oc_wr_bytes(&w, "mdat", 4);
    uint32_t offset = (uint32_t)oc_wr_len(&w);
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++) {
        if (payload[t].offset)
            oc_wr_patch_u32(&w, payload[t].offset, offset);
        offset += (uint32_t)payload[t].len;
    }
    if (w.bad || bytes > UINT32_MAX - OC_EXPORT_HEAD_MAX)
        return OC_ERR_TOO_BIG;
    oc_export_put(
        plan,
        &(oc_export_piece_t){.kind = OC_EXPORT_MEMORY, .at = (uint64_t)(plan->cut - plan->head)},
        oc_wr_len(&w));
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++)
        oc_export_put(
            plan,
            &(oc_export_piece_t){.kind = OC_EXPORT_RAW, .at = payload[t].at, .file = file->index},
            payload[t].len);
    return OC_OK;
}
