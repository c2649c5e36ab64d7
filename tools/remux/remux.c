/* oc-remux IN.mp4 OUT.mp4 [--per-packet|--per-gop] [--limit N]
 * Reads with oc_mp4_read, writes with oc_fmp4; OUT may be "-" and is never sought in. For tests and
 * for looking at files by hand. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oc_clock.h"
#include "oc_err.h"
#include "oc_fmp4.h"
#include "oc_tool_source.h"

typedef struct remux {
    oc_tool_source_t in;
    FILE *out;
    const char *out_path;
    oc_fmp4_t mux;
    uint32_t count;                 /* packets waiting */
    size_t used, size;              /* bytes of payload waiting, and room for them */
    uint8_t *payload;               /* of the packets waiting, end to end */
    size_t at[OC_FMP4_PACKETS_MAX]; /* where in payload each one starts */
    oc_packet_t packets[OC_FMP4_PACKETS_MAX];
    oc_span_t spans[OC_FMP4_PACKETS_MAX + 1];
    uint8_t head[OC_FMP4_HEAD_MAX(OC_FMP4_PACKETS_MAX)];
} remux_t;

static void put(remux_t *r, const void *data, size_t len) {
    if (fwrite(data, 1, len, r->out) != len)
        oc_tool_die("%s: %s", r->out_path, strerror(errno));
}

static void flush(remux_t *r) {
    oc_fmp4_fragment_t fragment = {.head = r->head,
                                   .head_size = sizeof r->head,
                                   .spans = r->spans,
                                   .spans_size = OC_FMP4_PACKETS_MAX + 1};
    for (uint32_t i = 0; i < r->count; i++)
        r->packets[i].data = r->payload + r->at[i];
    int rc = oc_fmp4_fragment(&r->mux, r->packets, r->count, NULL, &fragment);
    if (rc < 0)
        oc_tool_die("%s: fragment %u: %s", r->out_path, r->mux.sequence + 1, oc_err_text(rc));
    for (size_t i = 0; rc == OC_OK && i < fragment.spans_len; i++)
        put(r, fragment.spans[i].data, fragment.spans[i].len);
    r->count = 0;
    r->used = 0;
}

static void add(remux_t *r, const oc_mp4_sample_t *s) {
    if (r->size - r->used < s->len_bytes) {
        r->size = r->used + s->len_bytes + (1u << 20);
        r->payload = realloc(r->payload, r->size);
        if (!r->payload)
            oc_tool_die("%s", oc_err_text(OC_ERR_NOMEM));
    }
    int rc =
        r->in.source.read_at(r->in.source.context, s->offset, r->payload + r->used, s->len_bytes);
    if (rc)
        oc_tool_die("input at offset %llu: %s", (unsigned long long)s->offset, oc_err_text(rc));
    r->at[r->count] = r->used;
    r->packets[r->count++] = (oc_packet_t){.len_bytes = s->len_bytes,
                                           .dts = s->dts,
                                           .cts = s->cts,
                                           .duration = s->duration,
                                           .track = s->track,
                                           .key = s->key};
    r->used += s->len_bytes;
}

/* Times below 0 (an edit list's pre-roll) move both tracks later by the same time. */
static void start(remux_t *r, const oc_mp4_sample_t *first) {
    oc_track_t tracks[OC_TRACKS_MAX] = {{.codec = OC_CODEC_NONE}};
    int64_t base[OC_TRACKS_MAX] = {0};
    static uint8_t init[OC_FMP4_INIT_MAX];
    for (unsigned t = 0; t < OC_TRACKS_MAX; t++) {
        const oc_track_t *track = oc_mp4_read_track(r->in.reader, t);
        const oc_track_t *lead = oc_mp4_read_track(r->in.reader, first->track);
        if (!track)
            continue;
        tracks[t] = *track;
        if (first->dts < 0)
            base[t] = t == first->track
                          ? first->dts
                          : oc_clock_rescale(first->dts, lead->timescale, track->timescale);
    }
    int rc = oc_fmp4_init(&r->mux, tracks, base);
    int len = rc ? rc : oc_fmp4_init_segment(&r->mux, init, sizeof init);
    if (len < 0)
        oc_tool_die("%s: %s", r->out_path, oc_err_text(len));
    put(r, init, (size_t)len);
}

static void run(remux_t *r, bool per_packet, unsigned long limit) {
    oc_mp4_sample_t s;
    bool started = false;
    int rc = OC_END;
    for (; limit && (rc = oc_mp4_read_next(r->in.reader, &s)) == OC_OK; limit--) {
        if (!started)
            start(r, &s);
        started = true;
        if (s.new_config)
            oc_tool_die("input at offset %llu: the description of a track changes: cut there",
                        (unsigned long long)s.offset);
        bool cut = s.key && (s.track == 0 || !oc_mp4_read_track(r->in.reader, 0));
        if (r->count && (per_packet || (cut && s.track == 0) || r->count == OC_FMP4_PACKETS_MAX ||
                         (cut && r->count >= 50)))
            flush(r);
        add(r, &s);
    }
    if (rc < 0)
        oc_tool_die("input: %s", oc_err_text(rc));
    if (r->count)
        flush(r);
}

int main(int argc, char **argv) {
    static remux_t r;
    const char *paths[2] = {NULL, NULL};
    bool per_packet = false, bad = false;
    unsigned long limit = (unsigned long)-1;
    unsigned n = 0;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--per-packet") || !strcmp(argv[i], "--per-gop"))
            per_packet = argv[i][6] == 'p';
        else if (!strcmp(argv[i], "--limit") && i + 1 < argc)
            limit = strtoul(argv[++i], NULL, 10);
        else if (n < 2 && strncmp(argv[i], "--", 2))
            paths[n++] = argv[i];
        else
            bad = true;
    }
    if (bad || n < 2) {
        fputs("usage: oc-remux IN.mp4 OUT.mp4|- [--per-packet|--per-gop] [--limit PACKETS]\n",
              stderr);
        return 2;
    }
    oc_tool_source_open(&r.in, paths[0]);
    r.out_path = paths[1];
    r.out = strcmp(paths[1], "-") ? fopen(paths[1], "wb") : stdout;
    if (!r.out)
        oc_tool_die("%s: %s", paths[1], strerror(errno));
    run(&r, per_packet, limit);
    if (fclose(r.out))
        oc_tool_die("%s: %s", paths[1], strerror(errno));
    free(r.payload);
    oc_tool_source_close(&r.in);
    return 0;
}
