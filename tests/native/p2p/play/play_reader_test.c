/* Recordings as messages: read back by the reader of files, sample for sample. */
#include "media_fixture.h"

#include <stdio.h>

#include "oc_play_reader.h"

#define SECONDS  4
#define FPS      30
#define KEY      40000u /* longer than a message */
#define PICTURE  700u
#define SOUND    200u
#define GAP_MS   10000 /* from the beginning of one file to that of the next */
#define TICKS    1000  /* of a picture */
#define VIDEO_HZ 30000
#define AUDIO_HZ 44100
#define FILES    2

static fixture_file_t file[FILES];
static unsigned opened, closed;
static oc_play_chunk_t chunk;
static void *memory;

static uint8_t pixel(unsigned which, unsigned track, uint64_t n, size_t i) {
    return (uint8_t)(which * 101 + track * 57 + n * 13 + i * 7);
}

static oc_packet_t packet(unsigned which, unsigned track, uint64_t n, uint8_t *bytes) {
    bool key = track == 1 || n % FPS == 0;
    uint32_t len = track ? SOUND : key ? KEY : PICTURE;
    for (size_t i = 0; i < len; i++)
        bytes[i] = pixel(which, track, n, i);
    return (oc_packet_t){.data = bytes,
                         .len_bytes = len,
                         .dts = (int64_t)n * (track ? 1024 : TICKS),
                         .duration = track ? 1024 : TICKS,
                         .track = (uint8_t)track,
                         .key = key};
}

/* A recording like ours: a fragment for each second. */
static void make_file(unsigned which) {
    oc_track_t track[OC_TRACKS_MAX] = {fixture_track(OC_CODEC_H264), fixture_track(OC_CODEC_AAC)};
    static uint8_t bytes[128][KEY];
    oc_packet_t row[128];
    oc_fmp4_t mux;
    uint64_t sound = 0;
    assert_int_equal(oc_fmp4_init(&mux, track, NULL), OC_OK);
    fixture_init_segment(&file[which], &mux);
    for (unsigned second = 0; second < SECONDS; second++) {
        unsigned n = 0;
        for (unsigned i = 0; i < FPS; i++, n++)
            row[n] = packet(which, 0, second * FPS + i, bytes[n]);
        for (; sound * 1024 < (second + 1ull) * AUDIO_HZ; sound++, n++)
            row[n] = packet(which, 1, sound, bytes[n]);
        assert_int_equal(fixture_fragment(&file[which], &mux, row, n, NULL), OC_OK);
    }
}

static int open_file(void *context, const char *path, oc_mp4_source_t *out) {
    unsigned which = (unsigned)(path[0] - 'a');
    if (which >= FILES || (path[1] && strcmp(path + 1, "_open.mp4") != 0))
        return OC_ERR_NOENT;
    opened++;
    *out = fixture_source(&file[which]);
    return OC_OK;
}

static void close_file(void *context, oc_mp4_source_t *source) {
    closed++;
}

static const char *found; /* what the host finds; NULL: nothing */
static unsigned finds;

static uint64_t size_of(void *context, const oc_mp4_source_t *source) {
    return ((fixture_file_t *)source->context)->len;
}

static int find(void *context, const char *base, const char *path, int64_t at_ms, char *out) {
    int len = 0;
    finds++;
    assert_string_equal(base, "x");
    for (const char *line = found; line && *line; line = strchr(line, '\n') + 1) {
        int64_t end = strtoll(line, NULL, 10) + SECONDS * 1000;
        if (end > at_ms)
            len += sprintf(out + len, "%.*s", (int)(strchr(line, '\n') + 1 - line), line);
    }
    return len;
}

static const oc_play_files_t files = {open_file, close_file, NULL, NULL, NULL};
static const oc_play_files_t finding = {open_file, close_file, size_of, find, NULL};

static oc_play_reader_t *reader_of(const char *list) {
    oc_play_reader_t *reader = NULL;
    int64_t at_us = -1;
    memset(&chunk, 0, sizeof chunk);
    chunk.piece_max = OC_PLAY_PIECE;
    chunk.seek = true;
    assert_int_equal(
        oc_play_reader_init(&reader, memory, oc_span(list, strlen(list)), &files, &at_us), OC_OK);
    chunk.at_us = at_us;
    return reader;
}

/* What a viewer has: texts, and for each init segment the bytes from it on. */
static struct {
    fixture_file_t media[8];
    unsigned count, texts, messages;
    char text[8][512];
    int64_t last_us;
    int result;
} seen;

static void forget(void) {
    for (unsigned i = 0; i < 8; i++)
        free(seen.media[i].data);
    memset(&seen, 0, sizeof seen);
    seen.last_us = -(1LL << 60);
}

static void keep(const oc_play_message_t *m) {
    const uint8_t *bytes = chunk.bytes + m->offset;
    assert_true(m->len > 0 && m->len <= chunk.piece_max);
    assert_true(m->at_us >= seen.last_us - OC_PLAY_GROUP_US); /* sound may be a little behind */
    seen.last_us = m->at_us;
    seen.messages++;
    if (m->text) {
        assert_true(seen.texts < 8);
        snprintf(seen.text[seen.texts++], 512, "%.*s", (int)m->len, (const char *)bytes);
        return;
    }
    seen.count += m->len > 8 && !memcmp(bytes + 4, "ftyp", 4);
    assert_true(seen.count >= 1 && seen.count <= 8);
    fixture_put(&seen.media[seen.count - 1], bytes, m->len);
}

/* Reads until there is no more. */
static void drain(oc_play_reader_t *reader) {
    forget();
    do {
        oc_play_reader_fill(reader, &chunk);
        assert_true(chunk.len <= OC_PLAY_CHUNK_BYTES && chunk.count <= OC_PLAY_CHUNK_MESSAGES);
        for (uint32_t i = 0; i < chunk.count; i++)
            keep(&chunk.message[i]);
        chunk.seek = false;
    } while (chunk.result == OC_OK);
    seen.result = chunk.result;
}

/* The samples of one init segment are those of a file from picture `first` on, `offset_ms` later.
 */
static void check_media(unsigned part, unsigned which, uint64_t first, int64_t offset_ms) {
    void *own;
    oc_mp4_read_t *reader = fixture_open(&seen.media[part], &own);
    oc_mp4_sample_t s;
    uint64_t next[2] = {first, 0}, count[2] = {0};
    static uint8_t bytes[KEY];
    while (oc_mp4_read_next(reader, &s) == OC_OK) {
        unsigned scale = s.track ? AUDIO_HZ : VIDEO_HZ, step = s.track ? 1024 : TICKS;
        int64_t dts = s.dts - offset_ms * scale / 1000;
        if (s.track == 1 && count[1] == 0)
            next[1] = (uint64_t)(dts / step);
        assert_int_equal(dts, (int64_t)next[s.track] * step);
        assert_int_equal(s.duration, step);
        assert_int_equal(fixture_read_at(&seen.media[part], s.offset, bytes, s.len_bytes), OC_OK);
        for (size_t i = 0; i < s.len_bytes; i += 97)
            assert_int_equal(bytes[i], pixel(which, s.track, next[s.track], i));
        next[s.track]++;
        count[s.track]++;
    }
    assert_int_equal(next[0], SECONDS * FPS);
    assert_int_equal(next[1], (SECONDS * AUDIO_HZ + 1023) / 1024);
    free(own);
}

static void test_everything_once_and_in_order(void **state) {
    static const uint32_t pieces[] = {OC_PLAY_PIECE, OC_PLAY_PIECE_MIN, 5000};
    for (unsigned i = 0; i < 3; i++) {
        oc_play_reader_t *reader = reader_of("2026-11-21T00:00:00Z 0\n0 a\n10000 b\n");
        chunk.piece_max = pieces[i];
        drain(reader);
        assert_int_equal(seen.result, OC_END);
        assert_int_equal(seen.count, 2);
        check_media(0, 0, 0, 0);
        check_media(1, 1, 0, GAP_MS);
        assert_int_equal(seen.texts, 3);
        assert_string_equal(seen.text[0],
                            "{\"playback\":true,\"base\":\"2026-11-21T00:00:00Z\",\"at\":0,"
                            "\"codecs\":\"avc1.640028,mp4a.40.2\",\"mime\":\"video/mp4; "
                            "codecs=\\\"avc1.640028,mp4a.40.2\\\"\",\"width\":1920,"
                            "\"height\":1080}");
        assert_non_null(strstr(seen.text[1], "\"at\":10000,"));
        assert_string_equal(seen.text[2], "{\"ended\":true}");
        oc_play_reader_close(reader);
        assert_int_equal(opened, closed);
    }
}

static void test_seek(void **state) {
    oc_play_reader_t *reader = reader_of("x 2500\n0 a\n10000 b\n");
    drain(reader);
    check_media(0, 0, 2 * FPS, 0);
    check_media(1, 1, 0, GAP_MS);
    chunk.seek = true; /* after the end, as often as one likes */
    chunk.at_us = 13999000;
    drain(reader);
    assert_int_equal(seen.count, 1);
    check_media(0, 1, 3 * FPS, GAP_MS);
    chunk.seek = true; /* between the files: what is before, then on */
    chunk.at_us = 7000000;
    drain(reader);
    check_media(0, 0, 3 * FPS, 0);
    check_media(1, 1, 0, GAP_MS);
    chunk.seek = true; /* behind all */
    chunk.at_us = 2000000000;
    drain(reader);
    check_media(0, 1, 3 * FPS, GAP_MS);
    oc_play_reader_close(reader);
}

static void test_key_pictures_alone(void **state) {
    oc_play_reader_t *reader = reader_of("x 1000\n0 a\n10000 b\n");
    chunk.keys_only = true;
    drain(reader);
    assert_int_equal(seen.count, 2);
    for (unsigned part = 0; part < 2; part++) {
        void *own;
        oc_mp4_read_t *mp4 = fixture_open(&seen.media[part], &own);
        oc_mp4_sample_t s;
        unsigned n = part ? 0 : 1;
        assert_null(oc_mp4_read_track(mp4, 1));
        for (; oc_mp4_read_next(mp4, &s) == OC_OK; n++) {
            assert_true(s.key && s.len_bytes == KEY);
            assert_int_equal(s.dts, (int64_t)(n + part * 10) * VIDEO_HZ);
            assert_int_equal(s.duration, n + 1 < SECONDS ? VIDEO_HZ : TICKS);
        }
        assert_int_equal(n, SECONDS);
        free(own);
    }
    oc_play_reader_close(reader);
}

static void test_files_that_are_gone_or_torn(void **state) {
    oc_play_reader_t *reader = reader_of("x 0\n0 z\n10000 b\n");
    drain(reader);
    check_media(0, 1, 0, GAP_MS);
    reader = reader_of("x 0\n0 y\n5 z\n");
    drain(reader);
    assert_int_equal(seen.result, OC_ERR_NOENT);
    assert_int_equal(seen.texts, 1);
    assert_non_null(strstr(seen.text[0], "{\"error\":\"recording: "));
    size_t whole = file[0].len; /* torn: what is whole is played, then the next one */
    for (size_t cut = 1; cut < whole; cut += whole / 37) {
        file[0].len = cut;
        reader = reader_of("x 0\n0 a\n10000 b\n");
        drain(reader);
        assert_int_equal(seen.result, OC_END);
        check_media(seen.count - 1, 1, 0, GAP_MS);
        oc_play_reader_close(reader);
        assert_int_equal(opened, closed);
    }
    file[0].len = whole;
}

/* The script names the first file; the host finds the others, here many times the same two. */
static void test_any_number_of_files(void **state) {
    oc_play_reader_t *reader = NULL;
    static char list[300 * 16];
    int64_t at_us;
    int len = 0;
    for (unsigned i = 0; i < 300; i++)
        len += sprintf(list + len, "%u %c\n", i * GAP_MS, 'a' + (int)(i % 2));
    found = list;
    assert_int_equal(
        oc_play_reader_init(&reader, memory, oc_span("x 0\n0 a\n", 8), &finding, &at_us), OC_OK);
    for (unsigned begin = 250; begin < 300; begin += 49) {
        int64_t last_us = -1;
        memset(&chunk, 0, sizeof chunk);
        chunk.piece_max = OC_PLAY_PIECE;
        chunk.seek = true;
        chunk.keys_only = true;
        chunk.at_us = (int64_t)begin * GAP_MS * 1000;
        unsigned texts = 0;
        do {
            oc_play_reader_fill(reader, &chunk);
            for (uint32_t i = 0; i < chunk.count; i++) {
                texts += chunk.message[i].text;
                assert_true(chunk.message[i].at_us >= last_us);
                last_us = chunk.message[i].at_us;
            }
            chunk.seek = false;
        } while (chunk.result == OC_OK);
        assert_int_equal(chunk.result, OC_END);
        assert_int_equal(texts, 300 - begin + 1); /* and the end */
        assert_true(last_us > (299LL * GAP_MS + (SECONDS - 2) * 1000) * 1000);
    }
    oc_play_reader_close(reader);
    found = NULL;
    assert_int_equal(opened, closed);
}

/* A file that is being written is followed to its end, over its new name into the next one. */
static void test_into_the_live_edge(void **state) {
    oc_play_reader_t *reader = NULL;
    int64_t at_us;
    size_t whole = file[0].len;
    uint64_t before = 0;
    finds = 0;
    file[0].len = whole / 5;
    found = "0 a_open.mp4\n";
    assert_int_equal(
        oc_play_reader_init(&reader, memory, oc_span("x 0\n0 a_open.mp4\n", 17), &finding, &at_us),
        OC_OK);
    memset(&chunk, 0, sizeof chunk);
    chunk.piece_max = OC_PLAY_PIECE;
    chunk.seek = true;
    forget();
    for (unsigned step = 0; step < 100; step++) {
        do {
            oc_play_reader_fill(reader, &chunk);
            for (uint32_t i = 0; i < chunk.count; i++)
                keep(&chunk.message[i]);
            chunk.seek = false;
        } while (chunk.result == OC_OK);
        if (chunk.result != OC_AGAIN)
            break;
        if (file[0].len < whole) {
            file[0].len = file[0].len + whole / 7 < whole ? file[0].len + whole / 7 : whole;
            assert_true(seen.messages >= before);
            before = seen.messages;
        } else {
            found = "0 a\n10000 b\n"; /* closed; the next one */
        }
    }
    assert_int_equal(chunk.result, OC_END);
    assert_int_equal(seen.count, 2);
    check_media(0, 0, 0, 0);
    check_media(1, 1, 0, GAP_MS);
    assert_true(finds >= 8 && finds < 30);
    oc_play_reader_close(reader);
    found = NULL;
    assert_int_equal(opened, closed);
}

static void test_lists_that_are_none(void **state) {
    static const char *const bad[] = {"",
                                      "x",
                                      "x 0",
                                      "x 0\n",
                                      "x 0\n0 a",
                                      "x -1\n0 a\n",
                                      "x 0\n-1 a\n",
                                      "x 0\n5 a\n4 b\n",
                                      "x 0\n0 \n",
                                      "x y\n0 a\n",
                                      "x 0\n0 a\"\n",
                                      "\" 0\n0 a\n",
                                      "x 0\n0a\n",
                                      " 0\n0 a\n",
                                      "x 99999999999\n0 a\n"};
    oc_play_reader_t *reader = NULL;
    int64_t at_us;
    char longest[OC_PLAY_FILES * 8 + 400];
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(
            oc_play_reader_init(&reader, memory, oc_span(bad[i], strlen(bad[i])), &files, &at_us),
            OC_ERR_FORMAT);
    int len = snprintf(longest, sizeof longest, "x 0\n");
    for (unsigned i = 0; i <= OC_PLAY_FILES; i++)
        len += snprintf(longest + len, sizeof longest - (size_t)len, "%u a\n", i);
    assert_int_equal(
        oc_play_reader_init(&reader, memory, oc_span(longest, (size_t)len), &files, &at_us),
        OC_ERR_TOO_BIG);
    len = snprintf(longest, sizeof longest, "x 0\n0 %0300d\n", 1);
    assert_int_equal(
        oc_play_reader_init(&reader, memory, oc_span(longest, (size_t)len), &files, &at_us),
        OC_ERR_TOO_BIG);
}

static int set_up(void **state) {
    memory = aligned_alloc(16, (oc_play_reader_bytes() + 15) / 16 * 16);
    for (unsigned i = 0; i < FILES; i++)
        make_file(i);
    return memory ? 0 : -1;
}

static int tear_down(void **state) {
    forget();
    for (unsigned i = 0; i < FILES; i++)
        free(file[i].data);
    free(memory);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_once_and_in_order),
        cmocka_unit_test(test_seek),
        cmocka_unit_test(test_key_pictures_alone),
        cmocka_unit_test(test_files_that_are_gone_or_torn),
        cmocka_unit_test(test_any_number_of_files),
        cmocka_unit_test(test_into_the_live_edge),
        cmocka_unit_test(test_lists_that_are_none),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
