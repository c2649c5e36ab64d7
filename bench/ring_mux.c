/* ring_mux - the frame path alone: MP4 in, ring, one fMP4 fragment per packet out; prints its CPU
 * time. ring_mux IN.mp4 OUT The same work as `ffmpeg -i IN -c copy -movflags
 * frag_every_frame+empty_moov+default_base_moof OUT`: read, one moof per packet, write. Prints one
 * JSON line: packets, payload bytes, CPU seconds of the whole process and of ring push + mux alone,
 * bytes copied per payload byte. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include "oc_err.h"
#include "oc_fmp4.h"
#include "oc_mp4_read.h"
#include "oc_ring.h"

#define BATCH 64 /* packets between two writes, about what a recording gathers in half a second */

static int read_at(void *context, uint64_t offset, void *buffer, size_t len) {
    ssize_t n = pread(*(int *)context, buffer, len, (off_t)offset);
    return n == (ssize_t)len ? OC_OK : n < 0 ? OC_ERR_IO : OC_ERR_TRUNC;
}

static double cpu_thread(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void fail(const char *what, const char *why) {
    fprintf(stderr, "ring_mux: %s: %s\n", what, why);
    exit(1);
}

/* One batch: read into a buffer (the encoder's part), then push, peek, fragment (ours), then write.
 */
typedef struct bench {
    oc_mp4_read_t *reader;
    oc_ring_t *ring;
    oc_fmp4_t mux;
    int in, out, reader_id, config_id[OC_TRACKS_MAX];
    uint8_t *payload;
    size_t payload_size;
    uint8_t heads[BATCH][OC_FMP4_HEAD_MAX(1)];
    struct iovec vectors[BATCH * 2];
    uint64_t packets, bytes, written;
    double seconds; /* CPU of ring push + mux */
} bench_t;

static size_t read_batch(bench_t *b, oc_packet_t packets[BATCH]) {
    size_t n = 0, used = 0;
    oc_mp4_sample_t s;
    while (n < BATCH && used + OC_MP4_SAMPLE_MAX <= b->payload_size &&
           oc_mp4_read_next(b->reader, &s) == OC_OK) {
        if (read_at(&b->in, s.offset, b->payload + used, s.len_bytes) != OC_OK)
            fail("read", "short");
        packets[n++] = (oc_packet_t){.data = b->payload + used,
                                     .len_bytes = s.len_bytes,
                                     .dts = s.dts,
                                     .cts = s.cts,
                                     .duration = s.duration,
                                     .track = s.track,
                                     .key = s.key,
                                     .config_id = (uint16_t)b->config_id[s.track]};
        used += s.len_bytes;
    }
    return n;
}

static void frame_path(bench_t *b, const oc_packet_t *packets, size_t n) {
    double start = cpu_thread();
    int vectors = 0;
    for (size_t i = 0; i < n; i++) {
        oc_packet_t lent;
        oc_span_t spans[2];
        oc_fmp4_fragment_t f = {
            .head = b->heads[i], .head_size = sizeof(b->heads[i]), .spans = spans, .spans_size = 2};
        if (oc_ring_push(b->ring, &packets[i]) != OC_OK)
            continue;
        while (oc_ring_peek(b->ring, b->reader_id, 0, &lent) == OC_GAP) {
        }
        if (oc_fmp4_fragment(&b->mux, &lent, 1, NULL, &f) != OC_OK)
            fail("fragment", "refused");
        oc_ring_advance(b->ring, b->reader_id, 1);
        for (size_t k = 0; k < f.spans_len; k++)
            b->vectors[vectors++] =
                (struct iovec){(void *)(uintptr_t)f.spans[k].data, f.spans[k].len};
        b->packets++;
        b->bytes += lent.len_bytes;
        b->written += f.bytes;
    }
    b->seconds += cpu_thread() - start;
    if (writev(b->out, b->vectors, vectors) < 0)
        fail("write", "failed");
}

static void set_up(bench_t *b, const char *in, const char *out) {
    static _Alignas(16) uint8_t reader_memory[OC_MP4_READ_BYTES];
    char why[160] = "";
    struct stat st;
    b->in = open(in, O_RDONLY);
    b->out = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (b->in < 0 || b->out < 0 || fstat(b->in, &st))
        fail(in, "cannot be opened");
    static oc_mp4_source_t source;
    source = (oc_mp4_source_t){read_at, &b->in, (uint64_t)st.st_size};
    if (oc_mp4_read_open(&b->reader, reader_memory, &source, why, sizeof(why)) != OC_OK)
        fail(in, why);
    oc_ring_plan_t plan = {.milliseconds = 12000, .bitrate_bps = 2600000, .packets_per_s = 100};
    oc_ring_size_t size;
    if (oc_ring_plan(&plan, &size, why, sizeof(why)) != OC_OK)
        fail("ring", why);
    b->ring =
        oc_ring_init(aligned_alloc(16, (size.total_bytes + 15) & ~(size_t)15), NULL, &plan, &size);
    oc_track_t tracks[OC_TRACKS_MAX] = {{0}, {0}};
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++) {
        const oc_track_t *track = oc_mp4_read_track(b->reader, i);
        if (!track)
            continue;
        tracks[i] = *track;
        b->config_id[i] = oc_ring_set_track(b->ring, i, track);
    }
    int64_t base[OC_TRACKS_MAX] = {-1000000, -1000000}; /* edit lists may start below 0 */
    if (oc_fmp4_init(&b->mux, tracks, base) != OC_OK)
        fail(in, "no track for the mux");
    b->reader_id = oc_ring_open(b->ring, OC_RING_NEXT, 0, OC_RING_TO_OLDEST);
    b->payload_size = (size_t)OC_MP4_SAMPLE_MAX * 2;
    b->payload = malloc(b->payload_size);
    uint8_t head[OC_FMP4_INIT_MAX];
    int n = oc_fmp4_init_segment(&b->mux, head, sizeof(head));
    if (n < 0 || write(b->out, head, (size_t)n) != n)
        fail(out, "cannot be written");
}

int main(int argc, char **argv) {
    static bench_t bench;
    static oc_packet_t packets[BATCH];
    struct rusage usage;
    oc_ring_stats_t stats;
    size_t n;
    if (argc != 3) {
        fprintf(stderr, "usage: ring_mux IN.mp4 OUT\n");
        return 2;
    }
    set_up(&bench, argv[1], argv[2]);
    while ((n = read_batch(&bench, packets)) > 0)
        frame_path(&bench, packets, n);
    oc_ring_stats(bench.ring, &stats);
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"packets\":%llu,\"payloadBytes\":%llu,\"writtenBytes\":%llu,\"cpuSeconds\":%.6f,"
           "\"framePathSeconds\":%.6f,\"copiesPerByte\":%.6f,\"maxRssKb\":%ld}\n",
           (unsigned long long)bench.packets, (unsigned long long)bench.bytes,
           (unsigned long long)bench.written,
           (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6,
           bench.seconds, bench.bytes ? (double)stats.copied_bytes / (double)bench.bytes : 0,
           usage.ru_maxrss);
    return bench.packets ? 0 : 1;
}
