/* oc_push_service on a plane in virtual time, with sources made of numbers and a server that the
 * test plays: what left the ring arrives once and in order or is counted as left out; nothing of a
 * push depends on a script. */
#include "plane_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fake_push_link.h"
#include "oc_err.h"
#include "oc_plane_impl.h"
#include "oc_push_metrics.h"
#include "oc_push_service.h"

#define SECOND INT64_C(1000000)
#define STEP   10000
#define CAMERA "fake:?fps=30&gop=30&size=2000&key=9000&audio=aac"

static plane_host_t host;
static oc_push_service_t *service;
static bool woken;

static void wake(void *context) {
    woken = true;
}

static void on_command(plane_host_t *h, const oc_command_t *command) {
    oc_parcel_t parcel = command->parcel;
    if (oc_push_service_command(service, command, h->now_us))
        return;
    oc_mailbox_parcel_free(h->box, &parcel);
    oc_mailbox_reply(h->box, command->request, command->generation, OC_OK, 0, 0, (oc_parcel_t){0});
}

static int setup(void **state) {
    fake_server_reset();
    host_init(&host);
    oc_push_service_env_t env = {
        .loop = host.plane->env.loop, .plane = host.plane, .mailbox = host.box, .seed = 1};
    env.loop.wake = wake;
    host.command = on_command;
    return oc_push_service_create(&service, &env) == OC_OK ? 0 : 1;
}

static int teardown(void **state) {
    oc_push_service_stop(service, host.now_us);
    assert_int_equal(fake_server_open(), 0);
    oc_push_service_free(service);
    host_end(&host);
    fake_server_reset();
    return 0;
}

static void run(int64_t us) {
    for (; us > 0; us -= STEP) {
        host_run(&host, STEP);
        (void)oc_push_service_advance(service, host.now_us);
        fake_server_turn();
        if (woken)
            (void)oc_push_service_advance(service, host.now_us);
        woken = false;
    }
}

static oc_push_row_t row_of(unsigned place) {
    oc_push_row_t row;
    assert_true(oc_push_service_row(service, place, &row));
    return row;
}

static const char *why_of(unsigned place) {
    static oc_push_text_t text;
    assert_true(oc_push_service_text(service, place, &text));
    return text.why;
}

static oc_push_target_t target_of(uint32_t id, const char *channel) {
    oc_push_target_t target = {.id = id};
    snprintf(target.channel, sizeof target.channel, "%s", channel);
    snprintf(target.url, sizeof target.url, "rtmp://server/app/secret%u", id);
    snprintf(target.name, sizeof target.name, "%s/%u", channel, id);
    return target;
}

static host_answer_t *give(unsigned count, const oc_push_target_t *targets) {
    static oc_push_targets_t list;
    list.targets = count;
    memcpy(list.target, targets, count * sizeof *targets);
    return host_call(&host, OC_COMMAND_PUSHES, 0, 0, &list,
                     offsetof(oc_push_targets_t, target) + count * sizeof *targets);
}

static void push(uint32_t id, const char *channel) {
    oc_push_target_t target = target_of(id, channel);
    assert_int_equal(give(1, &target)->code, OC_OK);
}

static bool waits_for(unsigned place, oc_push_phase_t phase, int64_t us) {
    for (; us > 0 && row_of(place).phase != phase; us -= STEP)
        run(STEP);
    return row_of(place).phase == phase;
}

/* ---- what the server got ---- */

static uint64_t hash_of(const uint8_t *data, size_t len) {
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ data[i]) * UINT64_C(1099511628211);
    return hash;
}

static uint32_t be(const uint8_t *p, unsigned n) {
    uint32_t v = 0;
    while (n--)
        v = v << 8 | *p++;
    return v;
}

typedef struct found {
    unsigned packets, missing, descriptions;
} found_t;

static bool is(const host_packet_t *packet, unsigned track, const uint8_t *data, uint32_t len) {
    return packet->track == track && packet->len == len && packet->hash == hash_of(data, len);
}

/* The place of a packet in the log, from `at` on; *missing: others of its track before it. */
static size_t find(const host_capture_t *capture, size_t at, unsigned track, const uint8_t *data,
                   uint32_t len, unsigned *missing) {
    for (; at < capture->log_len; at++) {
        if (is(&capture->log[at], track, data, len))
            return at;
        *missing += capture->log[at].track == track;
    }
    fail_msg("a packet of track %u that the source did not deliver then", track);
    return 0;
}

/* Each packet of a connection is the next one of its track that the source delivered, or some in
 * between are missing; the first is a key packet. capture: its log. */
static found_t look(const oc_push_link_t *link, const host_capture_t *capture) {
    found_t found = {0};
    size_t at[OC_TRACKS_MAX];
    assert_true(link->len >= 13);
    assert_memory_equal(link->file, "FLV\1", 4);
    for (size_t i = 13; i < link->len;) {
        const uint8_t *tag = link->file + i, *body = tag + 11;
        uint32_t len = be(tag + 1, 3);
        assert_true(i + 15 + len <= link->len);
        assert_int_equal(be(body + len, 4), len + 11);
        i += 15 + len;
        if (tag[0] == 18 || body[1] == 0) {
            found.descriptions += tag[0] == 9;
            continue;
        }
        unsigned track = tag[0] == 9 ? 0 : 1, prefix = track == 0 ? 5 : 2, before = 0;
        if (found.packets++ == 0) {
            assert_int_equal(track, 0);
            at[0] = at[1] = find(capture, 0, track, body + prefix, len - prefix, &before);
            assert_true(capture->log[at[0]].key);
        }
        at[track] =
            find(capture, at[track], track, body + prefix, len - prefix, &found.missing) + 1;
    }
    return found;
}

/* [E2] */
static void what_left_the_ring_arrives_once_and_in_order(void **state) {
    unsigned channel = host_open(&host, "cam1", CAMERA);
    run(2 * SECOND);
    push(7, "cam1");
    run(30 * SECOND);
    oc_push_row_t row = row_of(0);
    assert_int_equal(row.id, 7);
    assert_int_equal(row.phase, OC_PUSH_RUNS);
    assert_int_equal(fake_server.links, 1);
    assert_string_equal(fake_server.link[0].url, "rtmp://server/app/secret7");
    found_t found = look(&fake_server.link[0], &host.capture[0]);
    assert_int_equal(found.missing, 0);
    assert_true(found.packets > 30 * (30 + 46));
    assert_in_range(row.packets_lo, found.packets - 20, found.packets);
    assert_in_range(row.bytes_lo, fake_server.link[0].len - 100000, fake_server.link[0].len);
    assert_int_equal(row.left_out_packets_lo, 0);
    assert_int_equal(host_row(&host, channel).viewers, 0);
    assert_true(host.edges[OC_OBJECT_PUSH] > 0);
}

/* Gathering packets holds no stream back, however much it has: 60 Mbit/s. */
static void a_large_stream_arrives_whole(void **state) {
    host_open(&host, "cam1", "fake:?fps=30&gop=30&size=240000&key=600000&audio=aac");
    run(2 * SECOND);
    push(7, "cam1");
    run(6 * SECOND);
    oc_push_row_t row = row_of(0);
    found_t found = look(&fake_server.link[0], &host.capture[0]);
    assert_int_equal(found.missing + row.left_out_packets_lo, 0);
    assert_in_range(found.packets, 6 * 76, 8 * 76);
    uint64_t delivered_ms = row.delivered_ms_lo | (uint64_t)row.delivered_ms_hi << 32;
    assert_in_range(delivered_ms, host.now_us / 1000 - 300, host.now_us / 1000);
}

/* A server that takes nothing for seconds: whole GOPs are left out, and counted. */
static void what_a_slow_server_misses_is_counted(void **state) {
    srand(1);
    host_open(&host, "cam1", CAMERA);
    run(2 * SECOND);
    push(7, "cam1");
    for (unsigned i = 0; i < 40; i++) {
        fake_server.stuck = i % 2;
        run((1 + rand() % 90) * SECOND / 10);
    }
    fake_server.stuck = false;
    run(2 * SECOND);
    oc_push_row_t row = row_of(0);
    found_t found = look(&fake_server.link[0], &host.capture[0]);
    assert_int_equal(fake_server.links, 1);
    assert_true(row.left_out_gops > 10);
    /* a GOP begins with its picture; sound of the time line's start may lie before it */
    assert_int_equal(found.missing, row.left_out_packets_lo);
    assert_in_range(found.packets, row.packets_lo, row.packets_lo + 20);
}

/* [E2] 40 s without a server: the stream is back within 5 s. */
static void a_server_comes_back(void **state) {
    host_open(&host, "cam1", CAMERA);
    run(SECOND);
    push(7, "cam1");
    run(10 * SECOND);
    fake_server.refuses = OC_ERR_REFUSED;
    fake_server_end(OC_ERR_CLOSED);
    run(STEP);
    assert_int_equal(row_of(0).phase, OC_PUSH_RETRIES);
    assert_int_equal(row_of(0).failure, -OC_ERR_CLOSED);
    assert_string_equal(why_of(0), "the server says no");
    run(40 * SECOND);
    assert_in_range(row_of(0).failures, 9, 14);
    fake_server.refuses = 0;
    assert_true(waits_for(0, OC_PUSH_RUNS, 5 * SECOND));
    assert_string_equal(why_of(0), "");
    assert_int_equal(row_of(0).reconnects, 1);
    unsigned links = fake_server.links;
    run(61 * SECOND);
    assert_int_equal(row_of(0).failures, 0);
    assert_int_equal(fake_server.links, links);
    assert_int_equal(look(&fake_server.link[links - 1], &host.capture[0]).missing, 0);
}

/* Privacy mode ends it at once, whatever the server does, and it is back behind it. */
static void privacy_ends_it(void **state) {
    host_open(&host, "cam1", CAMERA);
    run(SECOND);
    push(7, "cam1");
    run(5 * SECOND);
    fake_server.stuck = true;
    run(SECOND);
    host.arg1 = 0;
    host_post(&host, OC_COMMAND_PRIVACY, OC_PRIVACY_COMMAND, OC_PRIVACY_COMMAND, NULL, 0);
    run(2 * STEP);
    assert_int_equal(fake_server_open(), 0);
    assert_int_equal(row_of(0).phase, OC_PUSH_WAITS);
    run(5 * SECOND);
    assert_int_equal(row_of(0).failure, -OC_ERR_PRIVATE);
    assert_int_equal(fake_server.links, 1);
    fake_server.stuck = false;
    host_post(&host, OC_COMMAND_PRIVACY, OC_PRIVACY_COMMAND, 0, NULL, 0);
    assert_true(waits_for(0, OC_PUSH_RUNS, 3 * SECOND));
    assert_int_equal(row_of(0).failures_total, 0);
    assert_int_equal(row_of(0).reconnects, 1);
}

static void it_waits_for_its_channel(void **state) {
    push(7, "cam1");
    run(SECOND);
    assert_int_equal(row_of(0).phase, OC_PUSH_WAITS);
    assert_int_equal(row_of(0).failure, -OC_ERR_NOENT);
    assert_int_equal(fake_server.links, 0);
    unsigned channel = host_open(&host, "cam1", CAMERA);
    assert_true(waits_for(0, OC_PUSH_RUNS, SECOND));
    run(5 * SECOND);
    host_close(&host, channel);
    run(STEP);
    assert_int_equal(row_of(0).phase, OC_PUSH_WAITS);
    assert_int_equal(fake_server_open(), 0);
    host_open(&host, "cam1", CAMERA "&script=params@200");
    assert_true(waits_for(0, OC_PUSH_RUNS, SECOND));
    assert_int_equal(row_of(0).failures_total, 0);
    run(20 * SECOND); /* other parameter sets are described in the middle of it */
    assert_int_equal(fake_server.links, 2);
    assert_int_equal(look(&fake_server.link[1], &host.capture[0]).descriptions, 2);
}

/* A source that is lost and comes back: the connection stays. */
static void a_lost_source_keeps_the_connection(void **state) {
    unsigned channel = host_open(&host, "cam1", CAMERA "&script=lost@90:IO");
    run(SECOND);
    push(7, "cam1");
    run(10 * SECOND);
    assert_int_equal(host_row(&host, channel).source_losses, 1);
    assert_int_equal(fake_server.links, 1);
    assert_int_equal(row_of(0).phase, OC_PUSH_RUNS);
    assert_true(look(&fake_server.link[0], &host.capture[0]).packets > 8 * 76);
}

/* [F2] A script dies, another one hands over its list: nothing of what is the same changes. */
static void a_script_is_not_needed(void **state) {
    oc_push_target_t targets[3];
    host_open(&host, "cam1", CAMERA);
    run(SECOND);
    for (unsigned i = 0; i < 3; i++)
        targets[i] = target_of(i + 1, "cam1");
    assert_int_equal(give(3, targets)->code, OC_OK);
    run(5 * SECOND);
    assert_int_equal(fake_server.links, 3);
    host_new_script(&host);
    run(20 * SECOND);
    snprintf(targets[0].name, sizeof targets[0].name, "other");
    assert_int_equal(give(3, targets)->code, OC_OK);
    run(5 * SECOND);
    assert_int_equal(fake_server.links, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(row_of(i).reconnects + row_of(i).failures_total, 0);
        assert_int_equal(look(&fake_server.link[i], &host.capture[0]).missing, 0);
    }
    snprintf(targets[1].url, sizeof targets[1].url, "rtmp://other/app/key");
    host_new_script(&host);
    assert_int_equal(give(2, targets)->code, OC_OK);
    assert_int_equal(fake_server.links, 4);
    assert_false(fake_server.link[0].closed);
    assert_true(fake_server.link[1].closed && fake_server.link[2].closed);
    assert_string_equal(fake_server.link[3].url, "rtmp://other/app/key");
    assert_int_equal(row_of(2).id, 0);
    assert_int_equal(row_of(1).packets_lo, 0);
}

static void what_is_no_list_is_refused(void **state) {
    oc_push_target_t two[2] = {target_of(1, "cam1"), target_of(1, "cam2")};
    host_answer_t *answer = give(2, two);
    assert_int_equal(answer->code, OC_ERR_INVAL);
    assert_string_equal(answer->text, "live push 1 (cam2/1): its id is there twice");
    answer = host_call(&host, OC_COMMAND_PUSHES, 0, 0, "x", 1);
    assert_int_equal(answer->code, OC_ERR_INVAL);
    assert_int_equal(row_of(0).id, 0);
}

/* Neither a link that cannot be made, nor memory that is not there, ends more than itself. */
static void what_cannot_begin_is_tried_again(void **state) {
    host_open(&host, "cam1", CAMERA);
    run(SECOND);
    fake_server.open_result = OC_ERR_NOTSUP;
    push(7, "cam1");
    assert_int_equal(row_of(0).phase, OC_PUSH_RETRIES);
    assert_string_equal(why_of(0), "no such protocol");
    fake_server.open_result = OC_OK;
    run(23 * SECOND);
    assert_int_equal(fake_server.links, 0);
    assert_true(waits_for(0, OC_PUSH_RUNS, 14 * SECOND));
    host.refuse_memory = 0;
    run(5 * SECOND);
    assert_int_equal(row_of(0).phase, OC_PUSH_WAITS);
    assert_int_equal(row_of(0).failure, -OC_ERR_NOMEM);
    host.refuse_memory = -1;
    assert_true(waits_for(0, OC_PUSH_RUNS, 2 * SECOND));
}

/* What it is called is shown, whatever is in it; its address never is. */
static void metrics_tell_of_it(void **state) {
    static char text[64 * 1024];
    assert_int_equal(oc_push_metrics_write(service, text, sizeof text), 0);
    host_open(&host, "cam1", CAMERA);
    run(SECOND);
    oc_push_target_t targets[2] = {target_of(3, "cam1"), target_of(4, "cam2")};
    snprintf(targets[1].name, sizeof targets[1].name, "a \"b\\c\"\n");
    assert_int_equal(give(2, targets)->code, OC_OK);
    run(5 * SECOND);
    size_t len = oc_push_metrics_write(service, text, sizeof text);
    assert_int_equal(len, strlen(text));
    assert_non_null(strstr(text, "\nocellus_push_state{push=\"cam1/3\"} 3\n"));
    assert_non_null(strstr(text, "\nocellus_push_state{push=\"a \\\"b\\\\c\\\"\\n\"} 1\n"));
    assert_null(strstr(text, "secret"));
    for (size_t size = 0; size <= len; size++)
        assert_int_equal(oc_push_metrics_write(service, text, size), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_left_the_ring_arrives_once_and_in_order),
        TEST(a_large_stream_arrives_whole),
        TEST(what_a_slow_server_misses_is_counted),
        TEST(a_server_comes_back),
        TEST(privacy_ends_it),
        TEST(it_waits_for_its_channel),
        TEST(a_lost_source_keeps_the_connection),
        TEST(a_script_is_not_needed),
        TEST(what_is_no_list_is_refused),
        TEST(what_cannot_begin_is_tried_again),
        TEST(metrics_tell_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
