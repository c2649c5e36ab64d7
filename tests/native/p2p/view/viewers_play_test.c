/* Playback over the whole path, in virtual time: pace, controls, watermarks, loss, ends. */
#include "media_fixture.h"

#include <stdio.h>

#include "oc_play_reader.h"
#include "view_rig.h"

#define FPS      30
#define SECONDS  40
#define KEY      20000u
#define PICTURE  1500u
#define VIDEO_HZ 30000
#define LIST     "2026-11-21T00:00:00Z %d\n0 a\n"

/* ---- the host: one recording in memory ---- */

static fixture_file_t file, got;
static void *memory;
static oc_play_reader_t *reader;
static oc_play_chunk_t chunk[OC_SOURCE_PLAY_CHUNKS], *pending;
static uint32_t playing;
static unsigned opens, closes, fills;
static int open_result, fill_result;
static char text[8][256];
static unsigned texts, messages;

static uint8_t byte_of(unsigned n, uint32_t i) {
    return (uint8_t)(n * 31 + i * 7);
}

static void make_recording(void) {
    oc_track_t track[OC_TRACKS_MAX] = {fixture_track(OC_CODEC_H264)};
    static uint8_t bytes[KEY];
    oc_fmp4_t mux;
    assert_int_equal(oc_fmp4_init(&mux, track, NULL), OC_OK);
    fixture_init_segment(&file, &mux);
    for (unsigned n = 0; n < SECONDS * FPS; n++) {
        oc_packet_t p = {.data = bytes, .dts = n * 1000, .duration = 1000, .key = n % FPS == 0};
        p.len_bytes = p.key ? KEY : PICTURE;
        for (uint32_t i = 0; i < p.len_bytes; i++)
            bytes[i] = byte_of(n, i);
        assert_int_equal(fixture_fragment(&file, &mux, &p, 1, NULL), OC_OK);
    }
}

static int open_file(void *context, const char *path, oc_mp4_source_t *out) {
    *out = fixture_source(&file);
    return OC_OK;
}

static void close_file(void *context, oc_mp4_source_t *source) {}

static int play_open(void *context, uint32_t view, oc_span_t list, int64_t *at_us, void **play,
                     oc_play_chunk_t *chunks[OC_SOURCE_PLAY_CHUNKS]) {
    const oc_play_files_t files = {open_file, close_file, NULL, NULL, NULL};
    if (open_result != OC_OK)
        return open_result;
    int rc = oc_play_reader_init(&reader, memory, list, &files, at_us);
    if (rc != OC_OK)
        return rc;
    playing = view;
    opens++;
    *play = &file;
    chunks[0] = &chunk[0];
    chunks[1] = &chunk[1];
    return OC_OK;
}

static int play_fill(void *context, void *play, oc_play_chunk_t *expected) {
    assert_ptr_equal(play, &file);
    assert_null(pending);
    if (fill_result != OC_OK)
        return fill_result;
    pending = expected;
    return OC_OK;
}

static void play_close(void *context, void *play) {
    oc_play_reader_close(reader);
    closes++;
    pending = NULL;
}

static const oc_viewers_env_t host = {
    .play_open = play_open, .play_fill = play_fill, .play_close = play_close};

/* The disk: a step of time later. */
static void step(void) {
    oc_play_chunk_t *ready = pending;
    if (!ready)
        return;
    pending = NULL;
    fills++;
    oc_play_reader_fill(reader, ready);
    oc_viewers_play_filled(rig.v, playing, ready, rig.world->now_us);
    rig.due_us = 0;
}

/* ---- the page ---- */

static void handle(page_t *page, const oc_peer_event_t *event) {
    static uint8_t bytes[OC_PLAY_PIECE];
    assert_true(event->len <= sizeof bytes);
    (void)oc_peer_message_copy(event, 0, bytes, event->len);
    messages++;
    if (event->text) {
        snprintf(text[texts++ % 8], sizeof *text, "%.*s", (int)event->len, (const char *)bytes);
        return;
    }
    if (event->len > 8 && !memcmp(bytes + 4, "ftyp", 4))
        got.len = 0; /* the newest run is looked at */
    fixture_put(&got, bytes, event->len);
}

static void begin(oc_sim_link_t link) {
    static rig_options_t options;
    options = (rig_options_t){.link = link, .play = &host, .handle = handle, .step = step};
    opens = closes = fills = texts = messages = 0;
    open_result = fill_result = OC_OK;
    got.len = 0;
    pending = NULL;
    rig_begin(&options);
    assert_true(rig_connect("") > 0);
    rig_run(2 * SECOND);
}

static void end(void) {
    rig_end();
    assert_int_equal(opens, closes);
}

static const oc_sim_link_t usual = {.delay_us = 10000, .mtu = 1472};

static int req(int32_t *view, int at_ms, page_t **page) {
    char list[128];
    page_t *made = rig_open("action=playback&channel=0&time=0");
    int len = snprintf(list, sizeof list, LIST, at_ms);
    rig_run(SECOND / 5);
    rig_expect("send-start");
    *view = rig_number("view");
    if (page)
        *page = made;
    return rig_command(OC_COMMAND_P2P_ACCEPT, OC_VIEW_PLAYBACK, *view, 0, 0, 0, list, (uint32_t)len,
                       NULL);
}

static int play(int32_t view, int op, int32_t value) {
    return rig_command(OC_COMMAND_P2P_PLAY, 0, view, op, value, 0, NULL, 0, NULL);
}

/* Pictures of the newest run that are whole: the first and how many; each byte is looked at. */
static unsigned pictures(unsigned *first, bool keys) {
    void *own;
    oc_mp4_read_t *mp4;
    oc_mp4_sample_t s;
    unsigned n = 0, next = 0;
    static uint8_t bytes[KEY];
    if (got.len == 0)
        return 0;
    mp4 = fixture_open(&got, &own);
    while (oc_mp4_read_next(mp4, &s) == OC_OK) {
        unsigned number = (unsigned)(s.dts / 1000);
        if (n++ == 0)
            *first = next = number;
        assert_int_equal(number, next); /* none is missing, none comes twice */
        next += keys ? FPS : 1;
        assert_int_equal(s.len_bytes, number % FPS ? PICTURE : KEY);
        assert_int_equal(fixture_read_at(&got, s.offset, bytes, s.len_bytes), OC_OK);
        for (uint32_t i = 0; i < s.len_bytes; i++)
            assert_int_equal(bytes[i], byte_of(number, i));
    }
    free(own);
    return n;
}

/* ---- tests ---- */

/* [B2] [B7] From an instant to the end, at the pace of time. */
static void it_plays_at_the_pace_of_time(void **state) {
    int32_t view;
    unsigned first = 0;
    begin(usual);
    assert_int_equal(req(&view, 10500, NULL), OC_OK);
    rig_run(10 * SECOND);
    unsigned n = pictures(&first, false);
    assert_int_equal(first, 10 * FPS);
    assert_in_range(n, 14 * FPS, 16 * FPS + FPS / 2); /* 10 s, and 5 s ahead */
    assert_non_null(strstr(text[0], "\"base\":\"2026-11-21T00:00:00Z\",\"at\":10000,"));
    assert_non_null(strstr(text[0], "\"mime\":\"video/mp4; codecs=\\\"avc1.640028\\\"\""));
    oc_view_row_t row = rig_row(view);
    assert_int_equal(row.kind, OC_VIEW_PLAYBACK);
    assert_true(row.acked_lo > 14 * 60000);
    assert_true(row.queued <= 2 * OC_PLAY_CHUNK_BYTES);
    rig_run(30 * SECOND);
    assert_int_equal(pictures(&first, false), (SECONDS - 10) * FPS);
    assert_string_equal(text[1], "{\"ended\":true}");
    assert_int_equal(texts, 2);
    assert_int_equal(play(view, OC_PLAY_SEEK, 39000), OC_OK); /* after the end, too */
    rig_run(SECOND);
    assert_int_equal(pictures(&first, false), FPS);
    end();
}

/* What the viewer says reaches the script, and what the script says is done. */
static void controls(void **state) {
    int32_t view;
    page_t *page;
    unsigned first = 0, n;
    begin(usual);
    assert_int_equal(req(&view, 0, &page), OC_OK);
    rig_run(SECOND);
    rig_log(page, "{\"pause\":true}", 14, true);
    rig_run(SECOND / 10);
    rig_expect("control");
    assert_int_equal(rig_number("view"), view);
    assert_int_equal(rig_bytes().len, 14);
    assert_memory_equal(rig_bytes().data, "{\"pause\":true}", 14);
    assert_int_equal(play(view, OC_PLAY_PAUSE, 0), OC_OK);
    rig_run(SECOND);
    n = pictures(&first, false);
    rig_run(20 * SECOND);
    assert_int_equal(pictures(&first, false), n);
    assert_int_equal(play(view, OC_PLAY_RESUME, 0), OC_OK);
    rig_run(3 * SECOND);
    assert_in_range(pictures(&first, false), n + 2 * FPS, n + 4 * FPS);
    assert_int_equal(play(view, OC_PLAY_SEEK, 30200), OC_OK);
    rig_run(SECOND / 2);
    assert_true(pictures(&first, false) > 4 * FPS);
    assert_int_equal(first, 30 * FPS);
    assert_int_equal(play(view, OC_PLAY_SPEED, 16000), OC_OK);
    assert_int_equal(play(view, OC_PLAY_SEEK, 0), OC_OK);
    rig_run(3 * SECOND);
    assert_int_equal(pictures(&first, true), SECONDS); /* key pictures: 40 s in 3 */
    assert_int_equal(first, 0);
    assert_int_equal(play(view, OC_PLAY_SPEED, 100), OC_ERR_RANGE);
    assert_string_equal(rig.notice, "playback: speed 125 .. 64000 per mille");
    assert_int_equal(play(view, 9, 0), OC_ERR_RANGE);
    assert_int_equal(play(view + 1, OC_PLAY_PAUSE, 0), OC_ERR_NOENT);
    char longest[2000] = "x";
    rig_log(page, longest, sizeof longest, true);
    rig_run(SECOND);
    rig_expect("send-stop");
    assert_true(rig_reports("a message is too long"));
    end();
}

/* What a script has taken and not carried out, the next one gets: a seek is not lost with it. */
static void controls_outlive_the_script(void **state) {
    int32_t view;
    page_t *page;
    begin(usual);
    assert_int_equal(req(&view, 0, &page), OC_OK);
    rig_run(SECOND);
    rig_log(page, "{\"seek\":1}", 10, true);
    rig_log(page, "{\"seek\":2}", 10, true);
    rig_run(SECOND / 10);
    rig_expect("control");
    assert_memory_equal(rig_bytes().data, "{\"seek\":1}", 10);
    for (unsigned i = 0; i < 2; i++) {
        rig_new_script();
        rig_expect("control");
        assert_memory_equal(rig_bytes().data, "{\"seek\":1}", 10);
    }
    rig_expect("control"); /* it goes on: the one before is carried out */
    assert_memory_equal(rig_bytes().data, "{\"seek\":2}", 10);
    assert_int_equal(play(view, OC_PLAY_SEEK, 2), OC_OK); /* and so is this one */
    rig_new_script();
    assert_false(rig_take());
    rig_log(page, "{\"pause\":true}", 14, true);
    rig_run(SECOND / 10);
    rig_expect("control");
    rig_log(page, "{\"resume\":true}", 15, true);
    rig_run(SECOND / 10);
    rig_expect("control");
    assert_false(rig_take());
    rig_new_script();
    assert_false(rig_take());
    assert_int_equal(rig_row(view).drop_received, 0);
    end();
}

/* [B5] [B6] High stops the reader, low goes on at the exact place; each is told once a crossing. */
static void watermarks_hold_it_at_its_place(void **state) {
    int32_t view;
    unsigned first = 0, lows = 0;
    begin(usual);
    assert_int_equal(req(&view, 0, NULL), OC_OK);
    rig_run(SECOND / 2);
    assert_int_equal(
        rig_command(OC_COMMAND_P2P_WATERMARKS, 0, view, 20000, 40000, 60000, NULL, 0, NULL), OC_OK);
    rig_run(3 * SECOND);
    rig_freeze(true);
    rig_run(8 * SECOND);
    unsigned read = fills;
    assert_int_equal(rig_row(view).held, OC_VIEW_HELD_HIGH);
    assert_true(rig_row(view).queued > 20000);
    rig_run(5 * SECOND);
    assert_int_equal(fills, read);
    rig_freeze(false);
    bool above = true; /* it is held now */
    while (rig_take())
        ;
    for (unsigned i = 0; i < 3000; i++) {
        rig_run(20 * MS);
        while (rig_take()) {
            assert_true(!rig_reports("\"high\"") || !above);
            assert_true(!rig_reports("\"low\"") || above);
            above = rig_reports("\"high\"") || (above && !rig_reports("\"low\""));
            lows += rig_reports("\"low\"");
        }
    }
    assert_true(lows > 2);
    assert_int_equal(pictures(&first, false), SECONDS * FPS);
    assert_int_equal(first, 0);
    end();
}

/* Nothing is missing where packets are lost, and nothing comes twice. */
static void loss(void **state) {
    int32_t view;
    unsigned first = 0;
    begin((oc_sim_link_t){.delay_us = 20000, .jitter_us = 5000, .loss_ppm = 50000, .mtu = 1472});
    rig_run(5 * SECOND);
    assert_int_equal(req(&view, 0, NULL), OC_OK);
    rig_run(60 * SECOND);
    assert_int_equal(pictures(&first, false), SECONDS * FPS);
    end();
}

/* It ends at any moment: by the viewer, by the script, with the session. */
static void ends(void **state) {
    for (unsigned way = 0; way < 3; way++)
        for (unsigned ms = 1; ms < 400; ms += 57) {
            int32_t view;
            page_t *page;
            begin(usual);
            assert_int_equal(req(&view, 0, &page), OC_OK);
            rig_run(ms * MS);
            if (way == 0)
                rig_close(page);
            else
                (void)rig_command(OC_COMMAND_P2P_END, 0, way == 1 ? 0 : rig.at_camera,
                                  way == 1 ? view : 0, 0, 0, NULL, 0, NULL);
            rig_run(2 * SECOND);
            assert_int_equal(closes, 1);
            assert_true(page->closed);
            end();
        }
}

/* What cannot be played is refused with a reason. */
static void refusals(void **state) {
    int32_t view;
    begin(usual);
    page_t *page = rig_open("action=playback");
    rig_run(SECOND / 5);
    rig_expect("send-start");
    assert_int_equal(rig_command(OC_COMMAND_P2P_ACCEPT, OC_VIEW_PLAYBACK, rig_number("view"), 0, 0,
                                 0, "x", 1, NULL),
                     OC_ERR_FORMAT);
    rig_run(SECOND);
    assert_true(page->closed);
    assert_non_null(strstr(text[0], "malformed"));
    open_result = OC_ERR_BUSY;
    assert_int_equal(req(&view, 0, &page), OC_ERR_BUSY);
    rig_run(SECOND);
    assert_string_equal(text[1], "{\"error\":\"busy\"}");
    open_result = OC_OK;
    fill_result = OC_ERR_IO;
    assert_int_equal(req(&view, 0, &page), OC_OK);
    rig_run(SECOND);
    rig_expect("send-stop");
    assert_true(page->closed);
    end();
}

static int set_up(void **state) {
    memory = aligned_alloc(16, (oc_play_reader_bytes() + 15) / 16 * 16);
    make_recording();
    return memory ? 0 : -1;
}

static int tear_down(void **state) {
    free(memory);
    free(file.data);
    free(got.data);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_plays_at_the_pace_of_time),
        cmocka_unit_test(controls),
        cmocka_unit_test(controls_outlive_the_script),
        cmocka_unit_test(watermarks_hold_it_at_its_place),
        cmocka_unit_test(loss),
        cmocka_unit_test(ends),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
