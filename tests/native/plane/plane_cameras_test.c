/* [A1] Cameras as none should be, one after the other, against all that stands on their packets:
 * ring, live, file, progressive, a viewer's channel. The program lives, and nothing disappears
 * uncounted: each packet that was handed over is in the ring or counted by its reason, and each one
 * in the ring is recorded or counted by its own.
 * OC_CAMERAS: how many (10,000); OC_CAMERA_SEED: only that one, told in words. */
#include "plane_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "hostile_camera.h"
#include "oc_err.h"
#include "oc_out_pull.h"
#include "oc_plane_impl.h"
#include "oc_source_ring.h"
#include "ts_check.h"

/* Fewer where a machine is emulated. */
#define CAMERAS (10000u / (OC_TEST_DIVISOR > 4 ? OC_TEST_DIVISOR : 1))

#define SECOND INT64_C(1000000)

static plane_host_t host;

/* Everybody who looks. */
static struct {
    oc_out_pull_t *pull[OC_PULL_FORMATS];
    bool pulls[OC_PULL_FORMATS];
    ts_check_t ts;
    oc_source_scratch_t scratch;
    oc_source_feed_t feed;
    oc_source_ring_t viewer;
    uint8_t *head, text[OC_OUT_LIVE_PLAYLIST_MAX];
    oc_span_t *spans;
    uint64_t bytes; /* seen by all */
} eyes;

static oc_fmp4_fragment_t fragment(void) {
    return (oc_fmp4_fragment_t){.head = eyes.head,
                                .head_size = OC_FMP4_HEAD_MAX(OC_FMP4_PACKETS_MAX),
                                .spans = eyes.spans,
                                .spans_size = OC_FMP4_PACKETS_MAX + 1};
}

/* Every byte is read: one that is not ours is a report of the sanitizer. */
static void read_all(const oc_fmp4_fragment_t *out) {
    uint64_t sum = 0, len = 0;
    for (size_t i = 0; i < out->spans_len; i++) {
        len += out->spans[i].len;
        sum += out->spans[i].data[0] + out->spans[i].data[out->spans[i].len - 1];
    }
    assert_true(len == out->bytes);
    eyes.bytes += len + (sum & 1);
}

static void watch_live(oc_stream_t *stream) {
    static const oc_clock_t clock = {HOST_WALL_US, OC_CLOCK_NTP};
    oc_out_live_stats_t stats;
    oc_out_live_request_t request = {.clock = &clock};
    oc_out_live_t *live = oc_plane_live_of(stream);
    oc_out_live_stats(live, &stats);
    int len = oc_out_live_playlist(live, &request, (char *)eyes.text, sizeof eyes.text);
    assert_true(len > 0 || len == OC_AGAIN);
    for (uint32_t number = stats.first; number <= stats.last + 1; number++) {
        oc_fmp4_fragment_t out = fragment();
        if (oc_out_live_segment(live, number, &out) == OC_OK)
            read_all(&out);
        for (uint32_t part = 0; part < OC_OUT_LIVE_PARTS; part++) {
            out = fragment();
            int rc = oc_out_live_part(live, number, part, &out);
            if (rc == OC_OK)
                read_all(&out);
            else if (rc == OC_ERR_NOENT || rc == OC_AGAIN)
                break;
        }
    }
}

static void on_unit(void *context, const ts_unit_t *unit) {
    eyes.bytes += unit->len;
}

static void begin_ts(void) {
    ts_check_end(&eyes.ts);
    ts_check_begin(&eyes.ts, on_unit, NULL);
    eyes.ts.hostile = true;
}

/* A copy in memory of its size; that of MPEG-TS is read by a strict reader. */
static void read_piece(unsigned format, const oc_fmp4_fragment_t *out) {
    uint8_t *bytes = malloc((size_t)out->bytes);
    oc_out_pull_copy(eyes.pull[format], out, bytes);
    eyes.bytes += out->bytes;
    if (format == OC_PULL_TS)
        ts_check_feed(&eyes.ts, bytes, (size_t)out->bytes);
    free(bytes);
}

static void watch_pulls(oc_stream_t *stream) {
    char why[160];
    for (unsigned i = 0; i < OC_PULL_FORMATS; i++) {
        if (!eyes.pulls[i]) {
            eyes.pulls[i] = oc_out_pull_init(eyes.pull[i], stream->ring, (oc_pull_format_t)i, false,
                                             why, sizeof why) == OC_OK;
            if (i == OC_PULL_TS)
                begin_ts();
        }
        oc_fmp4_fragment_t out = fragment();
        int rc = OC_AGAIN;
        while (eyes.pulls[i] && (rc = oc_out_pull_next(eyes.pull[i], &out)) == OC_OK)
            read_piece(i, &out);
        eyes.pulls[i] = eyes.pulls[i] && rc != OC_ERR_CLOSED;
    }
}

static void watch_viewer(oc_stream_t *stream) {
    oc_source_ring_state_t found = oc_source_ring_look(&eyes.viewer);
    if (found == OC_SOURCE_RING_CHANGED) {
        uint8_t init[OC_FMP4_INIT_MAX];
        (void)oc_source_feed_init_segment(&eyes.feed, init, sizeof init);
        if (oc_source_ring_begin(&eyes.viewer) != OC_OK)
            return;
        found = oc_source_ring_look(&eyes.viewer);
    }
    oc_msg_t message;
    while (found == OC_SOURCE_RING_READY &&
           oc_source_ring_ops.next(&eyes.viewer, &message) == OC_OK) {
        oc_span_t parts[OC_SOURCE_PARTS];
        oc_source_ring_ops.take(&eyes.viewer, message.ref);
        int n = oc_source_ring_ops.bytes(&eyes.viewer, message.ref, 0, message.len, parts,
                                         OC_SOURCE_PARTS);
        for (int i = 0; i < n; i++)
            eyes.bytes += parts[i].len;
        oc_source_ring_ops.done(&eyes.viewer, message.ref, OC_OK);
    }
}

static void watch(oc_stream_t *stream) {
    watch_live(stream);
    watch_pulls(stream);
    watch_viewer(stream);
}

static const oc_capture_driver_t *find(void *context, const char *url) {
    return strncmp(url, "hostile:", 8) == 0 ? &hostile_driver : oc_capture_find(url);
}

static uint64_t lost_of(const oc_stream_row_t *row) {
    const uint32_t *words = (const uint32_t *)row;
    uint64_t sum = 0;
    for (unsigned i = 0; i < OC_LOSS_CAUSES; i++)
        sum += words[OC_STREAM_ROW_LOST(i)];
    return sum;
}

static void be(uint64_t seed, bool tell) {
    char url[40], text[256];
    snprintf(url, sizeof url, "hostile:%llu", (unsigned long long)seed);
    unsigned channel = host_open(&host, "cam1", url);
    oc_stream_t *stream = oc_plane_stream(host.plane, channel);
    memset(eyes.pulls, 0, sizeof eyes.pulls);
    oc_source_feed_init(&eyes.feed, stream->ring, &eyes.scratch);
    oc_source_ring_init(&eyes.viewer, &eyes.feed, NULL, 65536);
    host_record(&host, channel);
    hostile_camera.held = false;
    for (unsigned i = 0; hostile_camera.number < hostile_camera.packets_max; i++) {
        host_run(&host, i % 4 ? SECOND / 4 : 2 * SECOND);
        if (i % 4 == 0 && i < 400)
            watch(stream);
    }
    host_run(&host, 2 * SECOND);
    watch(stream);
    oc_stream_row_t row = host_row(&host, channel);
    oc_ring_stats_t ring;
    oc_out_file_stats_t file;
    oc_ring_stats(stream->ring, &ring);
    oc_out_file_stats(oc_stream_record_file(&stream->output[OC_OUTPUT_RECORD]), &file);
    hostile_camera_text(&hostile_camera, text, sizeof text);
    uint64_t found = row.packets_lo + row.empty_packets + row.unused_packets + lost_of(&row);
    if (tell)
        printf("%s: ring %llu, empty %u, unused %u, lost %llu; recorded %llu, unwanted %llu, lost "
               "%u, files %u, gaps %u, jumps %u\n",
               text, (unsigned long long)row.packets_lo, row.empty_packets, row.unused_packets,
               (unsigned long long)lost_of(&row), (unsigned long long)file.packets,
               (unsigned long long)file.unwanted_packets, file.lost_packets, file.files, file.gaps,
               row.jumps);
    for (unsigned i = 0; tell && i < OC_LOSS_CAUSES; i++)
        printf("%s %u\n", oc_loss_name(i), ((const uint32_t *)&row)[OC_STREAM_ROW_LOST(i)]);
    if (found != hostile_camera.sent)
        fail_msg("%s: %llu are accounted for", text, (unsigned long long)found);
    if (file.packets + file.lost_packets + file.unwanted_packets != ring.packets)
        fail_msg("%s: of %llu in the ring %llu recorded, %u lost", text,
                 (unsigned long long)ring.packets, (unsigned long long)file.packets,
                 file.lost_packets);
    if (hostile_camera.lends && hostile_camera.counted == 0 &&
        hostile_camera.released != hostile_camera.sent)
        fail_msg("%s: %u are released", text, hostile_camera.released);
    uint64_t file_lost = hostile_camera_is_late(&hostile_camera) ? 0 : file.lost_packets;
    if (hostile_camera_is_whole(&hostile_camera) && file_lost + lost_of(&row) > 0)
        fail_msg("%s: lost %u of the file, %llu before it", text, file.lost_packets,
                 (unsigned long long)lost_of(&row));
    assert_int_equal(host_close(&host, channel)->code, OC_OK);
}

static void cameras_of_every_kind(void **state) {
    const char *count = getenv("OC_CAMERAS"), *only = getenv("OC_CAMERA_SEED");
    uint64_t cameras = count ? strtoull(count, NULL, 10) : CAMERAS;
    eyes.head = malloc(OC_FMP4_HEAD_MAX(OC_FMP4_PACKETS_MAX));
    eyes.spans = malloc((OC_FMP4_PACKETS_MAX + 1) * sizeof *eyes.spans);
    for (unsigned i = 0; i < OC_PULL_FORMATS; i++)
        eyes.pull[i] = malloc(oc_out_pull_bytes());
    host_init(&host);
    host.sink = true;
    host.plane->env.capture_find = find;
    if (only)
        be(strtoull(only, NULL, 10), true);
    for (uint64_t seed = 1; seed <= cameras && !only; seed++)
        be(seed, false);
    host_end(&host);
    for (unsigned i = 0; i < OC_PULL_FORMATS; i++)
        free(eyes.pull[i]);
    begin_ts(); /* and frees what it had */
    free(eyes.spans);
    free(eyes.head);
    assert_true(only || eyes.bytes > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(cameras_of_every_kind)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
