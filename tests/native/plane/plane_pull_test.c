/* oc_plane_pull: clients of progressive streams, prompt and slow ones, through what happens to a
 * channel. What they got is read back by the product's own MP4 reader. */
#include "plane_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"
#include "oc_plane_pull.h"

#define SECOND   INT64_C(1000000)
#define PLAIN    "fake:?fps=30&gop=30&size=2000&key=9000&audio=aac"
#define FILE_MAX (8u * 1024 * 1024)

static plane_host_t host;

/* Somebody who watches. */
typedef struct viewer {
    int32_t number;
    int result; /* of the last question */
    uint8_t *file;
    size_t len;
    uint32_t pieces;
    size_t largest; /* bytes of a piece */
} viewer_t;

/* What the file of a viewer holds. */
typedef struct found {
    uint64_t samples[OC_TRACKS_MAX];
    int64_t first_dts[OC_TRACKS_MAX], last_dts[OC_TRACKS_MAX];
    int64_t longest; /* distance of two pictures, ticks of 90 kHz */
    uint32_t holes;  /* distances of more than one picture */
    bool keys;       /* each hole and the start are followed by a key frame */
} found_t;

static int32_t try_open(const char *channel, oc_pull_format_t format, char *why) {
    char unused[160];
    return oc_plane_pull_open(host.plane,
                              &(oc_plane_pull_config_t){.channel = channel, .format = format},
                              why ? why : unused, 160);
}

static void begin(viewer_t *v, const char *channel, oc_pull_format_t format) {
    *v = (viewer_t){.number = try_open(channel, format, NULL), .file = malloc(FILE_MAX)};
    assert_true(v->number > 0);
}

static void end(viewer_t *v) {
    oc_plane_pull_close(host.plane, v->number);
    oc_plane_pull_close(host.plane, v->number); /* twice is fine */
    free(v->file);
}

/* Takes what there is. */
static void drink(viewer_t *v) {
    oc_plane_body_t body;
    do {
        v->result = oc_plane_pull_next(host.plane, v->number, &body);
        if (!body.data)
            continue;
        assert_true(v->len + body.len <= FILE_MAX);
        memcpy(v->file + v->len, body.data, body.len);
        v->len += body.len;
        v->pieces++;
        v->largest = body.len > v->largest ? body.len : v->largest;
        host.blocks--;
        free(body.data);
    } while (v->result == OC_OK);
}

/* Lets time go by; the viewer takes each piece at once. */
static void watch(viewer_t *v, int64_t us) {
    for (int64_t step = 10000; us > 0; us -= step) {
        host_run(&host, step);
        drink(v);
    }
}

static int read_at(void *context, uint64_t offset, void *buffer, size_t len) {
    const viewer_t *v = context;
    if (offset > v->len || len > v->len - offset)
        return OC_ERR_TRUNC;
    memcpy(buffer, v->file + offset, len);
    return OC_OK;
}

static found_t look(viewer_t *v) {
    static _Alignas(16) uint8_t memory[OC_MP4_READ_BYTES];
    oc_mp4_source_t source = {read_at, v, v->len};
    oc_mp4_read_t *reader;
    oc_mp4_sample_t sample;
    char why[200] = "";
    found_t found = {.keys = true};
    if (oc_mp4_read_open(&reader, memory, &source, why, sizeof why) != OC_OK)
        fail_msg("%s", why);
    while (oc_mp4_read_next(reader, &sample) == OC_OK) {
        unsigned t = sample.track;
        int64_t distance = sample.dts - found.last_dts[t];
        if (found.samples[t]++ == 0)
            found.first_dts[t] = sample.dts;
        else if (t == 0 && distance > found.longest)
            found.longest = distance;
        bool hole = t == 0 && found.samples[t] > 1 && distance > 3000;
        found.holes += hole;
        if (t == 0 && (hole || found.samples[t] == 1))
            found.keys = found.keys && sample.key;
        found.last_dts[t] = sample.dts;
    }
    return found;
}

static void a_viewer_misses_nothing(void **state) {
    viewer_t v;
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, 10 * SECOND + SECOND / 2);
    assert_int_equal(host_row(&host, channel).viewers, 0);
    begin(&v, "cam1", OC_PULL_MP4);
    drink(&v);
    assert_int_equal(v.result, OC_AGAIN);
    found_t found = look(&v);
    assert_in_range(found.samples[0], 15, 16); /* from the newest key frame on */
    watch(&v, 20 * SECOND);
    found = look(&v);
    assert_int_equal(found.first_dts[0], 0);
    assert_in_range(found.first_dts[1], 0, 1024);
    assert_true(found.keys && found.holes == 0);
    assert_in_range(found.samples[0], 615, 616);
    assert_int_equal(found.last_dts[0], (int64_t)(found.samples[0] - 1) * 3000);
    assert_in_range(found.samples[1], 955, 963); /* 46.875 a second, 20.5 s */
    assert_int_equal(host_row(&host, channel).viewers, 1);
    assert_true(v.pieces > 1100); /* packets as they come: none waits for others */
    end(&v);
    host_run(&host, SECOND);
    assert_int_equal(host_row(&host, channel).viewers, 0);
    assert_int_equal(oc_plane_pull_next(host.plane, v.number, &(oc_plane_body_t){0}), OC_ERR_NOENT);
    host_end(&host);
}

/* [E2] Who takes nothing for a while goes on at the newest key frame, on the same time line, and
 * costs no memory meanwhile. */
static void a_slow_viewer_goes_on_at_the_newest_key(void **state) {
    viewer_t v;
    host_init(&host);
    host_open(&host, "cam1", PLAIN);
    host_run(&host, 3 * SECOND);
    begin(&v, "cam1", OC_PULL_MP4);
    watch(&v, 2 * SECOND);
    found_t before = look(&v);
    int blocks = host.blocks;
    host_run(&host, 20 * SECOND); /* the ring holds 6 s */
    assert_int_equal(host.blocks, blocks);
    drink(&v);
    assert_in_range(v.largest, 9000, 128 * 1024 + 20000);
    found_t after = look(&v);
    assert_int_equal(after.holes, 1);
    assert_true(after.keys);
    assert_in_range(after.last_dts[0] - before.last_dts[0], 20 * 90000 - 3000, 20 * 90000 + 3000);
    assert_in_range(after.longest, 18 * 90000, 20 * 90000 + 3000);
    host_run(&host, 2 * SECOND); /* a little late: nothing is left out */
    drink(&v);
    assert_int_equal(look(&v).holes, 1);
    host_run(&host, 5 * SECOND); /* still in the ring, but no longer live */
    drink(&v);
    assert_int_equal(look(&v).holes, 2);
    end(&v);
    host_end(&host);
}

static void a_lost_source_goes_on_on_the_time_line(void **state) {
    viewer_t v;
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN "&script=lost@90:IO");
    host_run(&host, SECOND);
    begin(&v, "cam1", OC_PULL_MP4);
    watch(&v, 10 * SECOND);
    assert_int_equal(host_row(&host, channel).source_losses, 1);
    assert_int_equal(v.result, OC_AGAIN);
    found_t found = look(&v);
    assert_int_equal(found.holes, 1);
    assert_true(found.keys);
    assert_in_range(found.last_dts[0], 9 * 90000, 11 * 90000);
    end(&v);
    host_end(&host);
}

static void a_script_is_not_needed(void **state) {
    viewer_t v;
    host_init(&host);
    host_open(&host, "cam1", PLAIN);
    host_run(&host, SECOND);
    begin(&v, "cam1", OC_PULL_MP4);
    watch(&v, SECOND);
    host_new_script(&host);
    watch(&v, 15 * SECOND);
    found_t found = look(&v);
    assert_int_equal(found.holes, 0);
    assert_in_range(found.samples[0], 16 * 30, 17 * 30 + 1);
    end(&v);
    host_end(&host);
}

static void a_body_ends_with_its_channel(void **state) {
    viewer_t v;
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, SECOND);
    begin(&v, "cam1", OC_PULL_MP4);
    watch(&v, SECOND);
    assert_int_equal(v.result, OC_AGAIN);
    assert_int_equal(host_close(&host, channel)->code, OC_OK);
    drink(&v);
    assert_int_equal(v.result, OC_ERR_CLOSED);
    assert_int_equal(look(&v).holes, 0);
    /* another channel in its place is not his */
    assert_int_equal(host_open(&host, "cam2", PLAIN), channel);
    host_run(&host, SECOND);
    drink(&v);
    assert_int_equal(v.result, OC_ERR_CLOSED);
    assert_int_equal(host_row(&host, channel).viewers, 0);
    end(&v);
    host_end(&host);
}

static void a_source_that_ends_ends_the_body(void **state) {
    viewer_t v;
    host_init(&host);
    host_open(&host, "cam1", PLAIN "&script=end@60");
    host_run(&host, SECOND);
    begin(&v, "cam1", OC_PULL_MP4);
    watch(&v, 3 * SECOND);
    assert_int_equal(v.result, OC_ERR_CLOSED);
    assert_int_equal(look(&v).last_dts[0], 29 * 3000); /* from picture 30 to the last one */
    end(&v);
    host_end(&host);
}

/* Players do not read a second init segment. */
static void other_parameter_sets_end_an_mp4(void **state) {
    viewer_t v;
    host_init(&host);
    host_open(&host, "cam1", PLAIN "&script=params@75");
    host_run(&host, SECOND);
    begin(&v, "cam1", OC_PULL_MP4);
    watch(&v, 4 * SECOND);
    assert_int_equal(v.result, OC_ERR_CLOSED);
    found_t found = look(&v);
    assert_int_equal(found.samples[0], 45); /* 30 .. 74 */
    end(&v);
    begin(&v, "cam1", OC_PULL_MP4); /* a new request plays on */
    watch(&v, SECOND);
    assert_int_equal(v.result, OC_AGAIN);
    assert_true(look(&v).samples[0] > 30);
    end(&v);
    host_end(&host);
}

static void what_cannot_be_is_refused(void **state) {
    int32_t numbers[OC_PULLS_VIEWERS];
    char why[160];
    host_init(&host);
    assert_int_equal(try_open("cam1", OC_PULL_MP4, NULL), OC_ERR_NOENT);
    host_open(&host, "cam1", PLAIN);
    host_run(&host, SECOND);
    assert_int_equal(try_open("cam1", OC_PULL_MJPEG, why), OC_ERR_NOTSUP);
    assert_string_equal(
        why, "multipart images need a channel of mjpeg; the picture of this one is h264");
    assert_int_equal(try_open("", OC_PULL_MP4, why), OC_ERR_NOENT);
    assert_string_equal(why, "");
    int blocks = host.blocks;
    for (unsigned i = 0; i < OC_PULLS_VIEWERS; i++) {
        numbers[i] = try_open("cam1", OC_PULL_MP4, why);
        assert_true(numbers[i] > 0);
    }
    assert_int_equal(try_open("cam1", OC_PULL_MP4, why), OC_ERR_BUSY);
    oc_plane_pull_close(host.plane, numbers[3]);
    assert_int_equal(oc_plane_pull_next(host.plane, numbers[3], &(oc_plane_body_t){0}),
                     OC_ERR_NOENT);
    int32_t again = try_open("cam1", OC_PULL_MP4, why);
    assert_true(again > 0 && again != numbers[3]);
    numbers[3] = again;
    for (unsigned i = 0; i < OC_PULLS_VIEWERS; i++)
        oc_plane_pull_close(host.plane, numbers[i]);
    oc_plane_pull_close(host.plane, 0);
    oc_plane_pull_close(host.plane, -1);
    assert_int_equal(host.blocks, blocks);
    host_end(&host);
}

static int32_t push(const char *channel, bool audio_only) {
    char why[160];
    return oc_plane_pull_open(
        host.plane,
        &(oc_plane_pull_config_t){
            .channel = channel, .format = OC_PULL_FLV, .push = true, .audio_only = audio_only},
        why, sizeof why);
}

#ifndef OC_LIMITS_BOARD /* which has no places for pushes */
/* Places of pushes are apart from those of viewers; nobody watches by one, but the light is on. */
static void a_push_is_no_viewer(void **state) {
    int32_t numbers[OC_PULLS_MAX];
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, SECOND);
    int blocks = host.blocks;
    for (unsigned i = 0; i < OC_PULLS_MAX; i++) {
        bool pushes = i < OC_PUSHES_MAX;
        if (i == OC_PUSHES_MAX) {
            host_run(&host, SECOND);
            assert_int_equal(push("cam1", false), OC_ERR_BUSY);
            assert_int_equal(host_row(&host, channel).viewers, 0);
            assert_int_equal(host_row(&host, channel).live_requests, 0);
            assert_true(oc_plane_indicator(host.plane) & OC_INDICATOR_WATCHING);
        }
        numbers[i] = pushes ? push("cam1", false) : try_open("cam1", OC_PULL_MP4, NULL);
        assert_true(numbers[i] > 0);
    }
    assert_int_equal(try_open("cam1", OC_PULL_MP4, NULL), OC_ERR_BUSY);
    assert_false(oc_plane_pull_over(host.plane, numbers[0]));
    for (unsigned i = OC_PUSHES_MAX; i < OC_PULLS_MAX; i++)
        oc_plane_pull_close(host.plane, numbers[i]);
    host_drop(&host, channel);
    host_run(&host, SECOND);
    assert_true(oc_plane_pull_over(host.plane, numbers[0]));
    assert_false(oc_plane_indicator(host.plane) & OC_INDICATOR_WATCHING);
    for (unsigned i = 0; i < OC_PUSHES_MAX; i++)
        oc_plane_pull_close(host.plane, numbers[i]);
    assert_true(oc_plane_pull_over(host.plane, numbers[0]));
    assert_true(host.blocks <= blocks);
    host_end(&host);
}
#endif

/* One that begins while its source is away would only be thrown out by the server. */
static void a_push_begins_with_something_to_send(void **state) {
    host_init(&host);
    assert_int_equal(push("cam1", false), OC_ERR_NOENT);
    host_open(&host, "cam1", PLAIN "&script=lost@90:IO");
    host_run(&host, SECOND);
    int32_t number = push("cam1", false);
    assert_true(number > 0);
    while (host_row(&host, 0).state != OC_STREAM_LOST)
        host_run(&host, 10000);
    assert_int_equal(push("cam1", false), OC_ERR_SILENT);
    assert_false(oc_plane_pull_over(host.plane, number)); /* what runs waits */
    oc_plane_pull_close(host.plane, number);
    host_run(&host, 5 * SECOND);
    number = push("cam1", false);
    assert_true(number > 0);
    oc_plane_pull_close(host.plane, number);
    host_end(&host);
}

/* Without memory the body ends: the rest may need what would be left out. */
static void no_memory_ends_it(void **state) {
    viewer_t v;
    host_init(&host);
    host_open(&host, "cam1", PLAIN);
    host_run(&host, SECOND);
    host.refuse_memory = 0;
    assert_int_equal(try_open("cam1", OC_PULL_MP4, NULL), OC_ERR_NOMEM);
    host.refuse_memory = -1;
    begin(&v, "cam1", OC_PULL_MP4);
    host.refuse_memory = 0;
    drink(&v);
    assert_int_equal(v.result, OC_ERR_CLOSED);
    host.refuse_memory = -1;
    end(&v);
    host_end(&host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_viewer_misses_nothing),
        cmocka_unit_test(a_slow_viewer_goes_on_at_the_newest_key),
        cmocka_unit_test(a_lost_source_goes_on_on_the_time_line),
        cmocka_unit_test(a_script_is_not_needed),
        cmocka_unit_test(a_body_ends_with_its_channel),
        cmocka_unit_test(a_source_that_ends_ends_the_body),
        cmocka_unit_test(other_parameter_sets_end_an_mp4),
        cmocka_unit_test(what_cannot_be_is_refused),
#ifndef OC_LIMITS_BOARD
        cmocka_unit_test(a_push_is_no_viewer),
#endif
        cmocka_unit_test(a_push_begins_with_something_to_send),
        cmocka_unit_test(no_memory_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
