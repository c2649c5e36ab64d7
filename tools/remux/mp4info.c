/* oc-mp4info FILE [--json] [--packets] [--seek SECONDS]
 * What oc_mp4_read makes of a file: tracks, counts, exact times, and a hash (FNV-1a, 64 bit) of the
 * payload per packet and per track. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_fmp4.h"
#include "oc_tool_source.h"

#define FNV_START 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

typedef struct summary {
    uint64_t packets, bytes, keys, hash;
    int64_t first_dts;
} summary_t;

static uint64_t fnv(uint64_t hash, const uint8_t *p, size_t len) {
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ p[i]) * FNV_PRIME;
    return hash;
}

/* Lists the packets from the reader's position on. */
static void walk(oc_tool_source_t *file, bool json, bool list, summary_t sums[OC_TRACKS_MAX]) {
    uint8_t *payload = malloc(OC_MP4_SAMPLE_MAX);
    oc_mp4_sample_t s;
    const char *comma = "";
    int rc;
    if (!payload)
        oc_tool_die("%s", oc_err_text(OC_ERR_NOMEM));
    while ((rc = oc_mp4_read_next(file->reader, &s)) == OC_OK) {
        summary_t *sum = &sums[s.track];
        rc = file->source.read_at(file->source.context, s.offset, payload, s.len_bytes);
        if (rc)
            oc_tool_die("at offset %llu: %s", (unsigned long long)s.offset, oc_err_text(rc));
        if (!sum->packets++) {
            sum->first_dts = s.dts;
            sum->hash = FNV_START;
        }
        sum->bytes += s.len_bytes;
        sum->keys += s.key;
        sum->hash = fnv(sum->hash, payload, s.len_bytes);
        if (!list)
            continue;
        printf(json ? "%s\n    [%u, %lld, %ld, %lu, %lu, %d, %d, \"%016llx\"]"
                    : "%s%u dts %lld cts %ld duration %lu bytes %lu key %d new_config %d %016llx\n",
               json ? comma : "", s.track, (long long)s.dts, (long)s.cts, (unsigned long)s.duration,
               (unsigned long)s.len_bytes, s.key, s.new_config,
               (unsigned long long)fnv(FNV_START, payload, s.len_bytes));
        comma = ",";
    }
    if (rc < 0)
        oc_tool_die("malformed: %s", oc_err_text(rc));
    free(payload);
}

static void print_tracks(const oc_tool_source_t *file, bool json, const oc_mp4_info_t *info,
                         const summary_t *sums) {
    const char *comma = "";
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        const oc_track_t *t = oc_mp4_read_track(file->reader, i);
        const summary_t *s = &sums[i];
        if (!t)
            continue;
        printf(
            json ? "%s\n    {\"track\": %u, \"codec\": \"%s\", \"inBand\": %s, \"timescale\": %lu, "
                   "\"width\": %u, \"height\": %u, \"sampleRate\": %lu, \"channels\": %u, "
                   "\"configBytes\": %u, \"samples\": %llu, \"keys\": %llu, \"bytes\": %llu, "
                   "\"firstDts\": %lld, \"endDts\": %lld, \"hash\": \"%016llx\"}"
                 : "%strack %u: %s, in-band %s, timescale %lu, %ux%u, %lu Hz, %u channels, "
                   "config %u bytes, %llu samples, %llu keys, %llu bytes, dts %lld .. %lld, "
                   "hash %016llx\n",
            json ? comma : "", i, oc_codec_name(t->codec), t->in_band ? "true" : "false",
            (unsigned long)t->timescale, t->width, t->height, (unsigned long)t->sample_rate,
            t->channels, t->config_len, (unsigned long long)s->packets, (unsigned long long)s->keys,
            (unsigned long long)s->bytes, (long long)s->first_dts, (long long)info->end_dts[i],
            (unsigned long long)s->hash);
        comma = ",";
    }
}

static void print_codecs(const oc_tool_source_t *file, bool json) {
    oc_track_t tracks[OC_TRACKS_MAX] = {{.codec = OC_CODEC_NONE}};
    oc_fmp4_t mux;
    char codecs[64] = "";
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        const oc_track_t *t = oc_mp4_read_track(file->reader, i);
        if (t)
            tracks[i] = *t;
    }
    if (oc_fmp4_init(&mux, tracks, NULL) || oc_fmp4_codecs(&mux, codecs, sizeof codecs))
        codecs[0] = '\0';
    printf(json ? "\n  \"codecs\": \"%s\"" : "codecs %s\n", codecs);
}

static void print_info(const oc_mp4_info_t *info, bool json) {
    printf(json ? "\n  \"fragmented\": %s, \"torn\": %s, \"validBytes\": %llu, "
                  "\"durationUs\": %lld, \"fragments\": %lu,\n  \"maxGopBytes\": %lu, "
                  "\"maxGopMs\": %lu, \"bitrateBps\": %lu"
                : "fragmented %s, torn %s, valid bytes %llu, duration %lld us, fragments %lu\n"
                  "largest GOP %lu bytes, %lu ms; %lu bit/s\n",
           info->fragmented ? "true" : "false", info->torn ? "true" : "false",
           (unsigned long long)info->valid_bytes, (long long)info->duration_us,
           (unsigned long)info->fragments, (unsigned long)info->max_gop_bytes,
           (unsigned long)info->max_gop_ms, (unsigned long)info->bitrate_bps);
}

int main(int argc, char **argv) {
    static oc_tool_source_t file;
    summary_t sums[OC_TRACKS_MAX] = {{0}};
    const char *path = NULL, *seek = NULL;
    bool json = false, list = false, bad = false;
    oc_mp4_info_t info;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--json"))
            json = true;
        else if (!strcmp(argv[i], "--packets"))
            list = true;
        else if (!strcmp(argv[i], "--seek") && i + 1 < argc)
            seek = argv[++i];
        else if (!path && strncmp(argv[i], "--", 2))
            path = argv[i];
        else
            bad = true;
    }
    if (bad || !path) {
        fputs("usage: oc-mp4info FILE [--json] [--packets] [--seek SECONDS]\n", stderr);
        return 2;
    }
    oc_tool_source_open(&file, path);
    int rc = oc_mp4_read_info(file.reader, &info);
    if (!rc && seek)
        rc = oc_mp4_read_seek(file.reader, (int64_t)(strtod(seek, NULL) * 1e6));
    if (rc)
        oc_tool_die("%s: %s", path, oc_err_text(rc));
    fputs(json ? "{" : "", stdout);
    print_info(&info, json);
    fputs(json ? "," : "", stdout);
    print_codecs(&file, json);
    fputs(json ? ",\n  \"packets\": [" : "", stdout);
    walk(&file, json, list, sums);
    fputs(json ? "],\n  \"tracks\": [" : "", stdout);
    print_tracks(&file, json, &info, sums);
    fputs(json ? "]\n}\n" : "", stdout);
    oc_tool_source_close(&file);
    return 0;
}
