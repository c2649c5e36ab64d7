/* ts_mux - the writer of MPEG-TS alone: MP4 in, one piece for each packet out; prints its CPU time.
 * ts_mux IN.mp4 OUT The same work as `ffmpeg -i IN -c copy -f mpegts OUT`. Beside it, what the
 * piece would cost as spans (a header and 184 bytes each, then copied), and one plain copy of the
 * payload. Prints one JSON line. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "oc_clock.h"
#include "oc_err.h"
#include "oc_mp4_read.h"
#include "oc_span.h"
#include "oc_ts.h"

#define PIECE_MAX (2 * OC_MP4_SAMPLE_MAX)
#define SPANS_MAX (2 * (OC_MP4_SAMPLE_MAX / 184 + 1))
#define FLUSH_AT  (256 * 1024) /* bytes between two writes */

typedef struct bench {
    oc_mp4_read_t *reader;
    oc_track_t track[OC_TRACKS_MAX];
    oc_ts_t ts;
    int in, out;
    uint8_t *payload, *piece;
    oc_span_t *spans;
    size_t pending;
    uint64_t packets, bytes, written;
    double write_s, spans_s, copy_s;
} bench_t;

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
    fprintf(stderr, "ts_mux: %s: %s\n", what, why);
    exit(1);
}

static void flush(bench_t *b) {
    if (write(b->out, b->piece, b->pending) != (ssize_t)b->pending)
        fail("write", "failed");
    b->pending = 0;
}

static void write_packet(bench_t *b, const oc_packet_t *packet) {
    uint32_t scale = b->track[packet->track].timescale;
    int64_t dts = oc_clock_rescale(packet->dts, scale, OC_TS_HZ);
    int64_t pts = oc_clock_rescale(packet->dts + packet->cts, scale, OC_TS_HZ);
    double start = cpu_thread();
    oc_ts_t counted = b->ts;
    size_t bytes = oc_ts_write(&counted, packet, dts, pts, NULL);
    if (b->pending + bytes > PIECE_MAX)
        fail("packet", "too large");
    (void)oc_ts_write(&b->ts, packet, dts, pts, b->piece + b->pending);
    b->write_s += cpu_thread() - start;
    b->pending += bytes;
    b->written += bytes;
    if (b->pending >= FLUSH_AT)
        flush(b);
}

/* What it would be as spans; into the room behind what is pending. */
static void copy_spans(bench_t *b, const oc_packet_t *packet) {
    static uint8_t head[4 * (OC_MP4_SAMPLE_MAX / 184 + 1)];
    uint8_t *to = b->piece + b->pending;
    double start = cpu_thread();
    size_t count = 0;
    for (size_t at = 0; at < packet->len_bytes; at += 184) {
        size_t left = packet->len_bytes - at;
        memcpy(head + count * 2, "\x47\1\1\x10", 4);
        b->spans[count] = oc_span(head + count * 2, 4);
        b->spans[count + 1] = oc_span(packet->data + at, left < 184 ? left : 184);
        count += 2;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(to, b->spans[i].data, b->spans[i].len);
        to += b->spans[i].len;
    }
    b->spans_s += cpu_thread() - start;
}

static void copy_plain(bench_t *b, const oc_packet_t *packet) {
    double start = cpu_thread();
    memcpy(b->piece + b->pending, packet->data, packet->len_bytes);
    b->copy_s += cpu_thread() - start;
}

static void set_up(bench_t *b, const char *in, const char *out) {
    static _Alignas(16) uint8_t reader_memory[OC_MP4_READ_BYTES];
    static oc_mp4_source_t source;
    char why[160] = "";
    struct stat st;
    b->in = open(in, O_RDONLY);
    b->out = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (b->in < 0 || b->out < 0 || fstat(b->in, &st))
        fail(in, "cannot be opened");
    source = (oc_mp4_source_t){read_at, &b->in, (uint64_t)st.st_size};
    if (oc_mp4_read_open(&b->reader, reader_memory, &source, why, sizeof(why)) != OC_OK)
        fail(in, why);
    for (unsigned i = 0; i < OC_TRACKS_MAX; i++)
        if (oc_mp4_read_track(b->reader, i))
            b->track[i] = *oc_mp4_read_track(b->reader, i);
    oc_ts_init(&b->ts, 0);
    oc_ts_describe(&b->ts, b->track);
    b->payload = malloc(OC_MP4_SAMPLE_MAX);
    b->piece = malloc(2 * PIECE_MAX);
    b->spans = malloc(SPANS_MAX * sizeof(*b->spans));
}

int main(int argc, char **argv) {
    static bench_t bench;
    oc_mp4_sample_t s;
    struct rusage usage;
    if (argc != 3) {
        fprintf(stderr, "usage: ts_mux IN.mp4 OUT\n");
        return 2;
    }
    set_up(&bench, argv[1], argv[2]);
    while (oc_mp4_read_next(bench.reader, &s) == OC_OK) {
        if (read_at(&bench.in, s.offset, bench.payload, s.len_bytes) != OC_OK)
            fail("read", "short");
        oc_packet_t packet = {.data = bench.payload,
                              .len_bytes = s.len_bytes,
                              .dts = s.dts < 0 ? 0 : s.dts, /* edit lists may start below 0 */
                              .cts = s.cts,
                              .track = s.track,
                              .key = s.key};
        copy_plain(&bench, &packet);
        copy_spans(&bench, &packet);
        write_packet(&bench, &packet);
        bench.packets++;
        bench.bytes += s.len_bytes;
    }
    flush(&bench);
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"packets\":%llu,\"payloadBytes\":%llu,\"writtenBytes\":%llu,\"cpuSeconds\":%.6f,"
           "\"writeSeconds\":%.6f,\"spansSeconds\":%.6f,\"copySeconds\":%.6f}\n",
           (unsigned long long)bench.packets, (unsigned long long)bench.bytes,
           (unsigned long long)bench.written,
           (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6,
           bench.write_s, bench.spans_s, bench.copy_s);
    return bench.packets ? 0 : 1;
}
