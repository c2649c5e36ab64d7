/* oc_plane from command to file and live body, in virtual time. */
#include "plane_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "oc_capture_push.h"
#include "oc_err.h"
#include "oc_fake_media.h"
#include "oc_thread_check.h"

#define SECOND INT64_C(1000000)
#define PLAIN  "fake:?fps=30&gop=30&size=2000&key=9000&audio=aac"

static plane_host_t host;

/* [E9] open, record, stop, close: one file with its true end, every packet in it. */
static void records_what_the_source_delivers(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_record(&host, channel);
    host_run(&host, 10 * SECOND);
    oc_stream_row_t row = host_row(&host, channel);
    assert_int_equal(row.state, OC_STREAM_RUNNING);
    assert_int_equal(row.recording, 1);
    assert_int_equal(row.video_codec, OC_CODEC_H264);
    assert_int_equal(row.audio_codec, OC_CODEC_AAC);
    assert_in_range(row.fps_milli, 29900, 30100);
    assert_in_range(row.record_synced_age_ms, 1, 1000);
    assert_true(row.bytes_lo > 0);
    assert_int_equal(row.copied_lo, row.bytes_lo); /* one copy per payload byte */
    assert_int_equal(row.dropped_packets, 0);

    host_answer_t *answer = host_stop(&host, channel);
    assert_int_equal(answer->code, OC_OK);
    assert_int_equal(host_row(&host, channel).recording, 0);
    host_found_t found = host_check(&host, channel);
    assert_int_equal(found.files, 1);
    assert_int_equal(found.open_files, 0);
    assert_int_equal(strncmp(oc_sim_disk_path(host.disk[channel], 0),
                             "recordings/cam1/ocellus_20261121T0251", 37),
                     0);
    assert_int_equal(found.before[0], 0); /* from the first packet on: its GOP was under way */
    assert_in_range(found.samples[0], 299, 303);
    assert_in_range(found.samples[1], 465, 475);
    assert_int_equal(host_events(&host, "record-opened", NULL), 1);
    assert_int_equal(host_events(&host, "record-closed", NULL), 1);

    answer = host_close(&host, channel);
    assert_int_equal(answer->code, OC_OK);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_FREE);
    char name[OC_CHANNEL_NAME_MAX];
    oc_plane_channel_name(host.plane, channel, name);
    assert_string_equal(name, "");
    assert_int_equal(host.blocks, 0);
    host_end(&host);
}

/* A recording that was ended on purpose is not reached back into by the next one. */
static void another_recording_begins_when_it_is_asked_for(void **state) {
    char end[24], begin[24];
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_record(&host, channel);
    host_run(&host, 5 * SECOND);
    assert_int_equal(host_stop(&host, channel)->code, OC_OK);
    host_run(&host, 2500 * 1000);                          /* two key frames come */
    oc_desired_recording_t next = host_recording("porch"); /* files are listed by name */
    assert_int_equal(host_record_as(&host, channel, &next)->code, OC_OK);
    host_run(&host, 3 * SECOND);
    assert_int_equal(host_stop(&host, channel)->code, OC_OK);
    const char *first = oc_sim_disk_path(host.disk[channel], 0);
    const char *second = oc_sim_disk_path(host.disk[channel], 1);
    snprintf(end, 24, "%.20s", strchr(strchr(first, '_') + 1, '_') + 1);
    snprintf(begin, 24, "%.20s", strchr(second, '_') + 1);
    assert_true(strcmp(begin, end) > 0);
    host_end(&host);
}

static int32_t post_clip(unsigned channel) {
    const oc_clip_record_t clip = {.name = "clip", .audio = true};
    host.arg1 = 3000;
    return host_post(&host, OC_COMMAND_CLIP, channel, 0, &clip, sizeof clip);
}

/* An answer that comes when the script that asked is gone is dropped, and the next script's waiting
 * commands are its own. */
static void answers_to_a_dead_script_are_dropped(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, 2 * SECOND);
    int32_t old = 0, mine[OC_MAILBOX_COMMANDS];
    for (int i = 0; i < OC_MAILBOX_COMMANDS; i++)
        assert_true((old = post_clip(channel)) > 0);
    host_run(&host, SECOND);
    host_new_script(&host);
    for (int i = 0; i < OC_MAILBOX_COMMANDS; i++)
        assert_true((mine[i] = post_clip(channel)) > 0);
    host_answer_t *answer;
    host_run(&host, 0);
    assert_false(host_answered(&host, mine[0], &answer));
    host_run(&host, 20 * SECOND);
    for (int i = 0; i < OC_MAILBOX_COMMANDS; i++) {
        assert_true(host_answered(&host, mine[i], &answer));
        assert_int_equal(answer->code, OC_OK);
    }
    assert_false(host_answered(&host, old, &answer));
    host_end(&host);
}

/* A source that goes away and comes back: the ring, the recording and the time line go on. */
static void a_lost_source_resumes(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN "&script=lost@60:TIMEOUT");
    host_record(&host, channel);
    host_run(&host, 2 * SECOND + 200000);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_LOST);
    assert_int_equal(host_row(&host, channel).source_losses, 1);
    host_run(&host, 5 * SECOND);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_RUNNING);
    assert_int_equal(host_row(&host, channel).jumps, 1);
    const char *text;
    assert_int_equal(host_events(&host, "source-resumed", &text), 1);
    assert_non_null(strstr(text, "|after 0.5 s|")); /* how long nothing came */
    assert_int_equal(host_events(&host, "source-lost", &text), 1);
    assert_non_null(strstr(text, "timed out"));
    assert_int_equal(host_stop(&host, channel)->code, OC_OK);
    host_found_t found = host_check(&host, channel); /* before and after the loss, all of it */
    assert_true(found.samples[0] > 150);
    host_end(&host);
}

static void a_source_that_ends_says_so(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN "&script=end@45");
    host_record(&host, channel);
    host_run(&host, 4 * SECOND);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_ENDED);
    assert_int_equal(host_events(&host, "source-ended", NULL), 1);
    assert_int_equal(host_stop(&host, channel)->code, OC_OK);
    host_found_t found = host_check(&host, channel);
    assert_int_equal(found.unrecorded[0], 0); /* the last picture is in the file */
    assert_int_equal(found.unrecorded[1], 0);
    host_end(&host);
}

/* [A1] A GOP that cannot fit is refused when the channel is opened, in words that name the key. */
static void a_gop_larger_than_the_ring_is_a_configuration_error(void **state) {
    static const struct {
        uint32_t max_gop, ring_bytes, ring_ms, preroll_ms;
        const char *reports;
    } rows[] = {
        {10000, 0, 6000, 0, "maxGopSize"},
        {0, 30000, 0, 0, "ring"},
        {0, 1000000, 5000, 0, "ring"},
        {0, 0, 2000, 60000, "preroll"},
    };
    host_init(&host);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        oc_channel_config_t config = host_channel("cam1", PLAIN);
        config.max_gop_bytes = rows[i].max_gop;
        config.ring_bytes = rows[i].ring_bytes;
        config.ring_ms = rows[i].ring_ms;
        config.preroll_ms = rows[i].preroll_ms;
        host_answer_t *answer = host_set(&host, &config);
        assert_true(answer->code == OC_ERR_RANGE || answer->code == OC_ERR_INVAL);
        assert_non_null(strstr(answer->text, rows[i].reports));
        assert_null(strchr(answer->text, '\n'));
        assert_int_equal(host.blocks, 0); /* all given back, the name is free again */
    }
    const char *text;
    assert_int_equal(host_events(&host, "channel-failed", &text), 4);
    assert_null(strstr(text, "fake:")); /* the URL is never shown */
    host_open(&host, "cam1", PLAIN);
    host_end(&host);
}

/* [E23] A channel that cannot be opened is tried again and again: one event, and how often it was.
 */
static void a_failure_that_lasts_is_reported_once(void **state) {
    host_init(&host);
    oc_channel_config_t config = host_channel("cam1", PLAIN);
    config.max_gop_bytes = 10000;
    host_set(&host, &config);
    host_run(&host, 600 * SECOND);
    assert_int_equal(host_events(&host, "channel-failed", NULL), 1);
    host_run(&host, 3600 * SECOND);
    assert_int_equal(host_events(&host, "channel-failed", NULL), 2); /* it still does */
    host_open(&host, "cam2", PLAIN);
    const char *text;
    assert_int_equal(host_events(&host, "channel-opened", &text), 1);
    assert_null(strstr(text, "attempts"));
    host_close(&host, list_number(&host, "cam1"));
    config = host_channel("cam3", PLAIN);
    host.refuse_memory = 1; /* the letter */
    host_set(&host, &config);
    host_run(&host, 8 * SECOND); /* after 1, 3 and 7 s */
    host.refuse_memory = -1;
    host_run(&host, 30 * SECOND);
    assert_int_equal(host_events(&host, "channel-opened", &text), 2);
    assert_non_null(strstr(text, "after 4 attempts"));
    host_end(&host);
}

/* [A1] A GOP that grows too big at run time is reported and left out, not mangled. */
static void a_gop_that_grows_too_big_is_reported(void **state) {
    host_init(&host);
    oc_channel_config_t config = host_channel("cam1", "fake:?gop=30&size=1000&key=5000&script="
                                                      "big@70:90000,big@160:90000");
    config.max_gop_bytes = 60000;
    config.ring_ms = 0;
    config.ring_bytes = 400000;
    host_answer_t *answer = host_set(&host, &config);
    assert_string_equal(answer->text, "");
    unsigned channel = (unsigned)answer->value;
    host_record(&host, channel);
    host_run(&host, 8 * SECOND);
    assert_int_equal(host_row(&host, channel).lost_gops, 2);
    assert_true(host_row(&host, channel).dropped_packets >= 20);
    assert_int_equal(host_events(&host, "gop-too-big", NULL), 1); /* at most every 10 s */
    host_end(&host);
}

/* [A5] Packets without bytes are skipped and counted. */
static void empty_packets_are_counted(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN "&script=empty@20,empty@50");
    host_record(&host, channel);
    host_run(&host, 4 * SECOND);
    assert_int_equal(host_row(&host, channel).empty_packets, 2);
    assert_int_equal(host_stop(&host, channel)->code, OC_OK);
    host_found_t found = host_check(&host, channel);
    assert_int_equal(found.unrecorded[0], 0);
    assert_int_equal(found.before[0], 0);
    assert_in_range(found.samples[0], 116, 121);
    host_end(&host);
}

/* [E10] [A5] Audio alone, from an integrator's own encoder: recorded and played live. The source
 * announces nothing when it is opened, so the ring follows the hints. */
static void audio_only_is_recorded(void **state) {
    uint8_t payload[OC_FAKE_AUDIO_MAX];
    oc_track_t track;
    oc_plane_body_t body;
    host_init(&host);
    unsigned channel = host_open(&host, "mic", "push:mic");
    int sender = oc_push_attach("mic");
    assert_true(sender >= 0);
    oc_fake_audio_track(&track);
    assert_int_equal(oc_push_track(sender, 1, &track), OC_OK);
    host_record(&host, channel);
    for (uint32_t n = 0; n < 300; n++) {
        oc_packet_t packet = {.data = payload,
                              .len_bytes = oc_fake_audio(1, n, payload),
                              .dts = (int64_t)n * OC_FAKE_AUDIO_TICKS,
                              .duration = OC_FAKE_AUDIO_TICKS,
                              .track = 1,
                              .key = true};
        assert_int_equal(oc_push_packet(sender, &packet), OC_OK);
        if (n % 100 == 50) {
            packet.len_bytes = 0;
            assert_int_equal(oc_push_packet(sender, &packet), OC_AGAIN);
        }
        host_run(&host, SECOND * OC_FAKE_AUDIO_TICKS / OC_FAKE_AUDIO_RATE);
    }
    oc_stream_row_t row = host_row(&host, channel);
    assert_int_equal(row.video_codec, OC_CODEC_NONE);
    assert_int_equal(row.audio_codec, OC_CODEC_AAC);
    assert_int_equal(row.sample_rate, OC_FAKE_AUDIO_RATE);
    assert_int_equal(row.empty_packets, 3);
    assert_int_equal(oc_plane_live_get(host.plane, "mic", "index.m3u8", "", &body), OC_OK);
    host.blocks--;
    free(body.data);
    assert_int_equal(host_stop(&host, channel)->code, OC_OK);
    host_found_t found = host_check(&host, channel);
    assert_int_equal(found.files, 1);
    assert_int_equal(found.samples[0], 0);
    assert_in_range(found.samples[1], 298, 300);
    assert_int_equal(found.unrecorded[1], 0);
    oc_push_detach(sender);
    host_end(&host);
}

static void a_full_mailbox_is_busy_and_every_command_is_answered(void **state) {
    host_init(&host);
    int32_t request[OC_MAILBOX_COMMANDS];
    host_answer_t *answer;
    for (int i = 0; i < OC_MAILBOX_COMMANDS; i++)
        assert_true((request[i] = host_post(&host, OC_COMMAND_REQUEST_KEY, 1, 0, NULL, 0)) > 0);
    assert_int_equal(host_post(&host, OC_COMMAND_REQUEST_KEY, 1, 0, NULL, 0), OC_ERR_BUSY);
    host_run(&host, 0);
    for (int i = 0; i < OC_MAILBOX_COMMANDS; i++) {
        assert_true(host_answered(&host, request[i], &answer));
        assert_int_equal(answer->code, OC_ERR_STATE);
    }
    /* the same with commands that wait for a slow disk */
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, SECOND);
    oc_sim_disk_faults(host.disk[channel])->delay_us[OC_FILE_SYNC] = SECOND;
    for (int i = 0; i < OC_MAILBOX_COMMANDS; i++)
        assert_true((request[i] = post_clip(channel)) > 0);
    host_run(&host, 20 * SECOND);
    for (int i = 0; i < OC_MAILBOX_COMMANDS; i++) {
        assert_true(host_answered(&host, request[i], &answer));
        assert_int_equal(answer->code, OC_OK);
    }
    host_end(&host);
}

/* A script that posts as fast as it can does not keep packets waiting: one advance carries out a
 * few commands only, takes packets, and asks to be called again. */
static void commands_take_turns_with_packets(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_capture_t *capture = &host.capture[channel];
    for (int turn = 0; turn < 100; turn++) {
        oc_reply_t reply;
        unsigned answered = 0;
        while (host_post(&host, OC_COMMAND_EVENTS_READ, 0, 0, NULL, 0) > 0) {
        }
        host.now_us += 33334;
        capture->driver->pump(capture->state, host.now_us);
        assert_true(oc_handoff_pushed(capture->handoff) != oc_handoff_released(capture->handoff));
        assert_int_equal(oc_plane_advance(host.plane, host.now_us), host.now_us);
        assert_int_equal(oc_handoff_pushed(capture->handoff),
                         oc_handoff_released(capture->handoff));
        while (oc_mailbox_take_reply(host.box, &reply) == OC_OK) {
            oc_mailbox_parcel_free(host.box, &reply.parcel);
            answered++;
        }
        assert_in_range(answered, 1, 8);
    }
    host_end(&host);
}

static void commands_that_make_no_sense_get_a_reason(void **state) {
    host_init(&host);
    oc_channel_config_t config = host_channel("Cam 1", PLAIN);
    host_answer_t *answer = host_set(&host, &config);
    assert_int_equal(answer->code, OC_ERR_INVAL);
    assert_non_null(strstr(answer->text, "\"Cam 1\" is not allowed"));
    memset(config.name, 'x', sizeof config.name); /* no end */
    answer = host_set(&host, &config);
    assert_int_equal(answer->code, OC_ERR_INVAL);
    config = host_channel("cam1", "rtsp://user:secret@camera/");
    answer = host_set(&host, &config);
    assert_int_not_equal(answer->code, OC_OK);
    assert_null(strstr(answer->text, "secret"));
    config = host_channel("cam1", "fake:?fps=0");
    answer = host_set(&host, &config);
    assert_int_equal(answer->code, OC_ERR_FORMAT);
    assert_non_null(strstr(answer->text, "fps"));

    unsigned channel = host_open(&host, "cam1", PLAIN);
    oc_desired_recording_t record = host_recording("not_allowed");
    answer = host_record_as(&host, channel, &record);
    assert_int_equal(answer->code, OC_ERR_INVAL);
    record = host_recording("ok");
    record.preroll_ms = 1;
    answer = host_record_as(&host, channel, &record);
    assert_int_equal(answer->code, OC_ERR_RANGE);
    assert_non_null(strstr(answer->text, "prerollSeconds"));
    assert_int_equal(host_call(&host, OC_COMMAND_SET_BITRATE, channel, 0, NULL, 0)->code,
                     OC_ERR_RANGE);
    assert_int_equal(host_call(&host, OC_COMMAND_SET_BITRATE, channel, 500000, NULL, 0)->code,
                     OC_OK);
    assert_int_equal(host.bitrate, 500000);
    assert_int_equal(host_call(&host, OC_COMMAND_REQUEST_KEY, channel, 0, NULL, 0)->code, OC_OK);
    assert_int_equal(host.keys_requested, 1);
    assert_int_equal(host_call(&host, 99, 0, 0, NULL, 0)->code, OC_ERR_NOTSUP);
    assert_int_equal(host_call(&host, OC_COMMAND_READY, 0, 0, "x", 1)->value, OC_COMMAND_READY);
    assert_int_equal(host.host_commands, 1);
    host_end(&host);
}

static void no_memory_is_an_answer(void **state) {
    host_init(&host);
    oc_channel_config_t config = host_channel("cam1", PLAIN);
    for (int after = 0;; after++) { /* the letter, then what it leads to */
        host.refuse_memory = after;
        config.ring_ms++;
        host_answer_t *answer = host_set(&host, &config);
        if (answer->code == OC_OK)
            break;
        assert_int_equal(answer->code, OC_ERR_NOMEM);
        assert_true(answer->text[0] != 0);
        assert_int_equal(host.blocks, 0);
        assert_true(after < 30); /* of its outputs, too */
    }
    host.refuse_memory = 1;
    oc_desired_recording_t record = host_recording("ocellus");
    assert_int_equal(host_record_as(&host, 0, &record)->code, OC_ERR_NOMEM);
    oc_plane_body_t body;
    host.refuse_memory = -1;
    host_run(&host, 5 * SECOND);
    host.refuse_memory = 0;
    assert_int_equal(oc_plane_live_get(host.plane, "cam1", "index.m3u8", "", &body), OC_ERR_NOMEM);
    host.refuse_memory = -1;
    host_end(&host);
}

/* [E9] 32 channels at once, or as many as this host has: every packet of every channel is in its
 * file. */
static void thirty_two_channels(void **state) {
    const unsigned all = OC_CHANNELS_MAX < 32 ? OC_CHANNELS_MAX : 32;
    host_init(&host);
    for (unsigned i = 0; i < all; i++) {
        char name[16];
        snprintf(name, sizeof name, "cam%u", i);
        assert_int_equal(host_open(&host, name, "fake:?gop=15&size=300&key=900"), i);
        host_record(&host, i);
    }
    host.queue_limit = all; /* fewer than one per output: the queue is full again and again */
    host_run(&host, 6 * SECOND);
    for (unsigned i = 0; i < all; i++) {
        oc_stream_row_t row = host_row(&host, i);
        assert_int_equal(row.dropped_packets + row.lost_gops, 0);
        assert_int_equal(row.record_lost_packets, 0);
        assert_in_range(row.fps_milli, 29900, 30100);
    }
    oc_plane_shutdown(host.plane, host.now_us);
    host_run(&host, 2 * SECOND);
    assert_true(oc_plane_idle(host.plane));
    for (unsigned i = 0; i < all; i++) {
        host_found_t found = host_check(&host, i);
        assert_int_equal(found.files, 1);
        assert_int_equal(found.open_files, 0);
        assert_int_equal(found.before[0], 0);
        assert_true(found.samples[0] >= 180);
    }
    host_end(&host);
}

/* A number that the host does not have is refused in words; one that becomes free is used again. */
static void more_channels_than_there_are(void **state) {
    char name[OC_CHANNEL_NAME_MAX], why[64];
    host_init(&host);
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        snprintf(name, sizeof name, "cam%u", i);
        assert_int_equal(host_open(&host, name, "fake:?gop=15&size=300&key=900"), i);
    }
    for (unsigned kind = OC_COMMAND_REQUEST_KEY; kind <= OC_COMMAND_SET_BITRATE; kind++) {
        host_answer_t *answer = host_call(&host, (uint16_t)kind, OC_CHANNELS_MAX, 0, NULL, 0);
        assert_int_equal(answer->code, OC_ERR_STATE);
        snprintf(why, sizeof why, "channel %d: not open", OC_CHANNELS_MAX);
        assert_string_equal(answer->text, why);
    }
    assert_null(oc_plane_stream_table(host.plane, OC_STREAMS_MAX));
    oc_plane_channel_name(host.plane, OC_STREAMS_MAX, name);
    assert_string_equal(name, "");
    assert_int_equal(host_close(&host, OC_CHANNELS_MAX - 1)->code, OC_OK);
    assert_int_equal(host_open(&host, "last", PLAIN), OC_CHANNELS_MAX - 1);
    host_end(&host);
}

/* Shutdown waits for a slow disk; the file is whole and has its name; new commands are refused. */
static void shutdown_with_a_slow_disk(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_record(&host, channel);
    host_run(&host, 3 * SECOND);
    for (unsigned kind = 0; kind < OC_SIM_DISK_KINDS; kind++)
        oc_sim_disk_faults(host.disk[channel])->delay_us[kind] = SECOND;
    oc_plane_shutdown(host.plane, host.now_us);
    oc_plane_shutdown(host.plane, host.now_us); /* twice is fine */
    host_run(&host, SECOND / 2);
    assert_false(oc_plane_idle(host.plane));
    oc_channel_config_t config = host_channel("cam2", PLAIN);
    assert_int_equal(host_set(&host, &config)->code, OC_ERR_CLOSED);
    host_run(&host, 20 * SECOND);
    assert_true(oc_plane_idle(host.plane));
    host_found_t found = host_check(&host, channel);
    assert_int_equal(found.files, 1);
    assert_int_equal(found.open_files, 0);
    assert_in_range(found.samples[0], 89, 92);
    host_end(&host);
}

/* A disk that answers nothing but errors does not keep the program from ending. */
static void shutdown_with_a_dead_disk(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_record(&host, channel);
    host_run(&host, 3 * SECOND);
    for (unsigned kind = 0; kind < OC_SIM_DISK_KINDS; kind++)
        oc_sim_disk_faults(host.disk[channel])->code[kind] = OC_ERR_IO;
    host_run(&host, 3 * SECOND);
    oc_plane_shutdown(host.plane, host.now_us);
    host_run(&host, 4 * SECOND);
    assert_true(oc_plane_idle(host.plane));
    host_end(&host);
}

/* Recording fails and recovers; everything else goes on and a person is told. */
static void a_full_disk_is_reported_and_recovers(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_record(&host, channel);
    host_run(&host, 2 * SECOND);
    oc_sim_disk_faults(host.disk[channel])->code[OC_FILE_WRITE] = OC_ERR_DISK_FULL;
    host_run(&host, 10 * SECOND);
    assert_int_equal(host_row(&host, channel).record_failing, 1);
    assert_in_range(host_row(&host, channel).record_synced_age_ms, 9000, 11500);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_RUNNING);
    const char *text;
    assert_true(host_events(&host, "record-failed", &text) >= 1);
    assert_non_null(strstr(text, "no space left on the device"));
    oc_sim_disk_faults(host.disk[channel])->code[OC_FILE_WRITE] = OC_OK;
    host_run(&host, 10 * SECOND);
    assert_int_equal(host_row(&host, channel).record_failing, 0);
    assert_in_range(host_row(&host, channel).record_synced_age_ms, 1, 1000);
    assert_true(host_events(&host, "record-recovered", NULL) >= 1);
    host_end(&host);
}

/* Failing from the first byte on, the age of what is missing is told all the same; a source that
 * says nothing more leaves nothing to be missed. */
static void the_age_of_what_is_not_on_the_disk(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", "fake:?fps=30&gop=30&script=end@450");
    oc_sim_disk_faults(host.disk[channel])->code[OC_FILE_CREATE] = OC_ERR_READ_ONLY;
    host_record(&host, channel);
    host_run(&host, 8 * SECOND);
    assert_int_equal(host_row(&host, channel).record_failing, 1);
    assert_in_range(host_row(&host, channel).record_synced_age_ms, 7000, 9000);
    oc_sim_disk_faults(host.disk[channel])->code[OC_FILE_CREATE] = OC_OK;
    host_run(&host, 20 * SECOND);
    assert_int_equal(host_row(&host, channel).state, OC_STREAM_ENDED);
    assert_int_equal(host_row(&host, channel).record_synced_age_ms, 0);
    host_end(&host);
}

/* A source that can wait is slowed down to the disk instead of losing packets. */
static void a_fast_source_waits_for_the_disk(void **state) {
    host_init(&host);
    oc_channel_config_t config = host_channel("import", "fake:?gop=30&size=2000&key=9000");
    config.as_fast_as_possible = true;
    host.opens_held = true;
    list_add(&host.list, config.name, config.url)->channel = config;
    list_post(&host, &host.list);
    oc_sim_disk_faults(host.disk[0])->delay_us[OC_FILE_SYNC] = 100000;
    host_run(&host, 0);
    host.opens_held = false;
    host_run(&host, 1000);
    host_record(&host, 0);
    host_run(&host, 2 * SECOND);
    oc_stream_row_t row = host_row(&host, 0);
    /* 0.5 s of pictures for each fragment that may wait, 20 times: far more than real time (60) */
    const uint32_t expected = 15 * (OC_OUT_FILE_JOBS / 2) * 20;
    assert_true(row.packets_lo > expected);
    assert_int_equal(row.dropped_packets, 0);
    assert_int_equal(row.record_lost_packets, 0);
    assert_int_equal(host_stop(&host, 0)->code, OC_OK);
    host_found_t found = host_check(&host, 0);
    assert_true(found.samples[0] > expected / 2);
    host_end(&host);
}

/* The row's quantiles describe the last minute, not the whole life. */
static void latency_describes_the_last_minute(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", "fake:?gop=30&size=200&key=900");
    host.media_late_us = 2000;
    host_run(&host, 20 * SECOND);
    oc_stream_row_t row = host_row(&host, channel);
    assert_in_range(row.lateness_p50_us, 2000, 2250);
    assert_in_range(row.lateness_max_us, 2000, 2250);
    host.media_late_us = 0;
    host_run(&host, 15 * SECOND); /* 35 s: a new half of the window has begun, the old one counts */
    row = host_row(&host, channel);
    assert_in_range(row.lateness_p50_us, 2000, 2250);
    assert_in_range(row.lateness_max_us, 2000, 2250);
    host_run(&host, 50 * SECOND);
    row = host_row(&host, channel);
    assert_int_equal(row.lateness_p999_us, 0);
    assert_int_equal(row.lateness_max_us, 0);
    host_end(&host);
}

/* Edges tell that something happened, never each packet; rows come four times a second. */
static void edges_are_few(void **state) {
    host_init(&host);
    unsigned channel = host_open(&host, "cam1", PLAIN);
    host_run(&host, SECOND);
    memset(host.edges, 0, sizeof host.edges);
    uint32_t before = atomic_load(&oc_plane_stream_table(host.plane, channel)->memory[0]);
    host_run(&host, 60 * SECOND);
    uint32_t rows =
        (atomic_load(&oc_plane_stream_table(host.plane, channel)->memory[0]) - before) / 2;
    assert_in_range(rows, 200, 241);
    assert_int_equal(host.edges[OC_OBJECT_CHANNEL + channel], 0);
    assert_int_equal(host.edges[OC_OBJECT_EVENTS], 0);
    host_end(&host);
}

/* More events than the log keeps: pages of whole events, numbers without a hole. */
static void the_event_log_overflows_cleanly(void **state) {
    const int oldest = 300 - OC_EVENT_LOG_ENTRIES + 1;
    char kept[32], gone[32];
    host_init(&host);
    for (int i = 0; i < 300; i++)
        oc_plane_event(host.plane, -1, OC_EVENT_VIDEO_CAME, OC_OK, "", "a line of text",
                       host.now_us);
    host_answer_t *answer = host_call(&host, OC_COMMAND_EVENTS_READ, 0, 1, NULL, 0);
    assert_int_equal(answer->code, OC_OK);
    assert_int_equal(answer->value, 301);
    snprintf(kept, sizeof kept, "%d|", oldest);
    snprintf(gone, sizeof gone, "|%d|", oldest - 1);
    assert_int_equal(strncmp(answer->text, kept, strlen(kept)), 0);
    assert_null(strstr(answer->text, gone));
    assert_non_null(strstr(answer->text, "|300|1795229460000|||video-came|0||a line of text|"));
    answer = host_call(&host, OC_COMMAND_EVENTS_READ, 0, 301, NULL, 0);
    assert_string_equal(answer->text, "");
    assert_int_equal(answer->value, 301);
    host_end(&host);
}

#ifndef OC_NO_PROCESSES
static _Thread_local char here;

static uintptr_t token(void) {
    return (uintptr_t)&here;
}

static void *enter(void *context) {
    oc_plane_idle(host.plane);
    return NULL;
}

/* Debug and sanitizer builds abort when the plane is entered on a foreign thread; others do not
 * look. */
static void a_foreign_thread_is_noticed(void **state) {
    int status = 0;
    host_init(&host);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        pthread_t thread;
        signal(SIGABRT, SIG_DFL);
        oc_thread_check_own(token);
        if (pthread_create(&thread, NULL, enter, NULL) == 0)
            pthread_join(thread, NULL);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
#ifdef OC_THREAD_CHECK
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
#else
    assert_true(WIFEXITED(status));
#endif
    host_end(&host);
}
#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_what_the_source_delivers),
        cmocka_unit_test(another_recording_begins_when_it_is_asked_for),
        cmocka_unit_test(answers_to_a_dead_script_are_dropped),
        cmocka_unit_test(a_lost_source_resumes),
        cmocka_unit_test(a_source_that_ends_says_so),
        cmocka_unit_test(a_gop_larger_than_the_ring_is_a_configuration_error),
        cmocka_unit_test(a_failure_that_lasts_is_reported_once),
        cmocka_unit_test(a_gop_that_grows_too_big_is_reported),
        cmocka_unit_test(empty_packets_are_counted),
        cmocka_unit_test(audio_only_is_recorded),
        cmocka_unit_test(a_full_mailbox_is_busy_and_every_command_is_answered),
        cmocka_unit_test(commands_take_turns_with_packets),
        cmocka_unit_test(commands_that_make_no_sense_get_a_reason),
        cmocka_unit_test(no_memory_is_an_answer),
        cmocka_unit_test(thirty_two_channels),
        cmocka_unit_test(more_channels_than_there_are),
        cmocka_unit_test(shutdown_with_a_slow_disk),
        cmocka_unit_test(shutdown_with_a_dead_disk),
        cmocka_unit_test(a_full_disk_is_reported_and_recovers),
        cmocka_unit_test(the_age_of_what_is_not_on_the_disk),
        cmocka_unit_test(a_fast_source_waits_for_the_disk),
        cmocka_unit_test(latency_describes_the_last_minute),
        cmocka_unit_test(edges_are_few),
        cmocka_unit_test(the_event_log_overflows_cleanly),
#ifndef OC_NO_PROCESSES
        cmocka_unit_test(a_foreign_thread_is_noticed),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
