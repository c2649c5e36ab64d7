/* oc_plane_ring: rings that are lent, told to be gone before their memory is, and counted viewers.
 */
#include "plane_list.h"

#include "oc_err.h"
#include "oc_plane_impl.h"
#include "oc_plane_ring.h"

#define SECOND INT64_C(1000000)
#define PLAIN  "fake:?fps=30&gop=30&size=2000&key=9000"

static plane_host_t host;

static int ring(unsigned channel, oc_stream_kind_t stream, oc_plane_ring_t *out) {
    return oc_plane_ring(host.plane, channel, stream, out);
}

static void a_ring_is_lent_until_its_channel_closes(void **state) {
    oc_plane_ring_t lent;
    oc_packet_t packet;
    host_init(&host);
    assert_int_equal(ring(0, OC_STREAM_MAIN, &lent), OC_ERR_NOENT);
    assert_int_equal(ring(OC_CHANNELS_MAX, OC_STREAM_MAIN, &lent), OC_ERR_NOENT);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, SECOND);
    assert_int_equal(ring(channel, OC_STREAM_SUB, &lent), OC_ERR_NOENT);
    assert_int_equal(ring(channel, OC_STREAM_MAIN, &lent), OC_OK);
    assert_int_equal(lent.slot, channel);
    assert_int_equal(lent.state, OC_STREAM_RUNNING);
    assert_true(lent.encoder_bps > 100000);
    assert_false(lent.recorded);
    host_record(&host, channel);
    assert_int_equal(ring(channel, OC_STREAM_MAIN, &lent), OC_OK);
    assert_true(lent.recorded);
    assert_int_equal(oc_ring_get(lent.ring, oc_ring_newest(lent.ring), &packet), OC_OK);
    assert_int_equal(oc_plane_ring_clock(host.plane)->quality, host.clock.quality);
    assert_int_equal(host.rings_gone, 0);
    assert_int_equal(host_close(&host, channel)->code, OC_OK);
    assert_int_equal(host.rings_gone, 1);
    assert_int_equal(host.ring_gone, channel);
    assert_int_equal(ring(channel, OC_STREAM_MAIN, &lent), OC_ERR_NOENT);
    assert_null(lent.ring);
    host_end(&host);
    assert_int_equal(host.rings_gone, 1); /* once each */
}

static void viewers_count_in_the_row(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, SECOND);
    assert_int_equal(oc_plane_indicator(host.plane), OC_INDICATOR_SENSOR);
    oc_plane_ring_viewers(host.plane, channel, 3);
    oc_plane_ring_viewers(host.plane, OC_STREAMS_MAX, 1);
    host_run(&host, SECOND);
    assert_int_equal(host_row(&host, channel).viewers, 3);
    assert_int_equal(oc_plane_indicator(host.plane), OC_INDICATOR_SENSOR | OC_INDICATOR_WATCHING);
    oc_plane_ring_viewers(host.plane, channel, 0);
    host_run(&host, SECOND);
    assert_int_equal(oc_plane_indicator(host.plane), OC_INDICATOR_SENSOR);
    host_end(&host);
}

static const oc_ring_t *held;

static void look(plane_host_t *h, const void *memory, size_t bytes) {
    if (memory == (const void *)held)
        assert_int_equal(h->rings_gone, 1); /* told before the memory goes */
}

static void privacy_takes_the_ring_back(void **state) {
    oc_plane_ring_t lent;
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, SECOND);
    assert_int_equal(ring(channel, OC_STREAM_MAIN, &lent), OC_OK);
    held = lent.ring;
    host.released = look;
    oc_plane_ring_viewers(host.plane, channel, 1);
    assert_int_equal(
        oc_plane_input(host.plane, OC_INPUT_DEVICE, OC_INPUT_PRIVACY, true, host.now_us), OC_OK);
    host_run(&host, SECOND);
    assert_int_equal(host.rings_gone, 1);
    assert_int_equal(ring(channel, OC_STREAM_MAIN, &lent), OC_ERR_PRIVATE);
    assert_int_equal(oc_plane_indicator(host.plane), 0);
    host.released = NULL;
    host_end(&host);
}

/* A disk that hangs keeps the channel and its recording; every other output ends at once. */
static void live_ends_when_closing_begins(void **state) {
    oc_plane_ring_t lent;
    oc_plane_body_t body;
    char why[80];
    const oc_plane_pull_config_t mp4 = {.channel = "cam1", .format = OC_PULL_MP4};
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_record(&host, channel);
    host_run(&host, 2 * SECOND);
    int32_t pull = oc_plane_pull_open(host.plane, &mp4, why, sizeof why);
    assert_true(pull > 0);
    assert_int_equal(oc_plane_live_get(host.plane, "cam1", "index.m3u8", "", &body), OC_OK);
    host.plane->env.loop.release(host.plane->env.loop.context, body.data);
    host.queue_limit = 0;
    host_drop(&host, channel);
    host_run(&host, SECOND);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_CLOSING);
    assert_int_equal(host.rings_gone, 1);
    assert_int_equal(ring(channel, OC_STREAM_MAIN, &lent), OC_ERR_NOENT);
    assert_int_equal(oc_plane_live_get(host.plane, "cam1", "index.m3u8", "", &body), OC_ERR_NOENT);
    assert_int_equal(oc_plane_pull_next(host.plane, pull, &body), OC_ERR_CLOSED);
    oc_plane_pull_close(host.plane, pull);
    assert_int_equal(oc_plane_pull_open(host.plane, &mp4, why, sizeof why), OC_ERR_NOENT);
    assert_int_equal(host_row(&host, channel).viewers, 0);
    assert_true(host_row(&host, channel).ring_bytes > 0); /* the recording reads it */
    host.queue_limit = HOST_QUEUE;
    host_run(&host, 5 * SECOND);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_FREE);
    assert_int_equal(host.rings_gone, 1);
    host_end(&host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_is_lent_until_its_channel_closes),
        cmocka_unit_test(live_ends_when_closing_begins),
        cmocka_unit_test(viewers_count_in_the_row),
        cmocka_unit_test(privacy_takes_the_ring_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
