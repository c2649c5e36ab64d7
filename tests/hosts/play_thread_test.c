/* Playbacks on their thread: real files, closing at every moment, limits, paths that are refused.
 */
#include "media_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_play_thread.h"
#include "oc_posix.h"
#include "test_folder.h"
#include "test_wait.h"

static _Atomic unsigned woken;
static int root;
static char folder[64];

static void wake(void *context) {
    woken++;
}

static void write_recording(void) {
    oc_track_t track[OC_TRACKS_MAX] = {fixture_track(OC_CODEC_H264)};
    fixture_file_t file = {0};
    static uint8_t bytes[3000];
    oc_packet_t packet = {.data = bytes, .len_bytes = sizeof bytes, .duration = 3000, .key = true};
    oc_fmp4_t mux;
    assert_int_equal(oc_fmp4_init(&mux, track, NULL), OC_OK);
    fixture_init_segment(&file, &mux);
    for (unsigned i = 0; i < 100; i++, packet.dts += 3000)
        assert_int_equal(fixture_fragment(&file, &mux, &packet, 1, NULL), OC_OK);
    assert_int_equal(mkdirat(root, "recordings", 0700), 0);
    int fd = openat(root, "recordings/a.mp4", O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0 && write(fd, file.data, file.len) == (ssize_t)file.len);
    close(fd);
    fd = openat(root, "secret.mp4", O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0 && write(fd, file.data, file.len) == (ssize_t)file.len);
    close(fd);
    assert_int_equal(symlinkat("../secret.mp4", root, "recordings/link.mp4"), 0);
    free(file.data);
}

static oc_play_t *open_list(oc_play_thread_t *thread, const char *list, uint32_t id,
                            oc_play_chunk_t **first) {
    oc_play_chunk_t *const *chunks;
    oc_play_t *play = NULL;
    int64_t at_us;
    assert_int_equal(oc_play_open(thread, oc_span(list, strlen(list)), id, &at_us, &play, &chunks),
                     OC_OK);
    *first = chunks[0];
    (*first)->seek = true;
    (*first)->at_us = at_us;
    (*first)->piece_max = OC_PLAY_PIECE;
    return play;
}

static oc_play_chunk_t *wait_chunk(oc_play_thread_t *thread, uint32_t *id) {
    oc_play_chunk_t *chunk = NULL;
    int64_t until = oc_posix_now_us() + TEST_WAIT_US;
    while (oc_play_thread_take(thread, id, &chunk) != OC_OK && oc_posix_now_us() < until)
        usleep(200);
    assert_non_null(chunk);
    return chunk;
}

static int files_open(void) {
    int count = 0;
    for (int fd = 3; fd < 200; fd++)
        count += fcntl(fd, F_GETFD) != -1;
    return count;
}

static void test_a_recording_is_read(void **state) {
    oc_play_thread_t *thread;
    oc_play_chunk_t *chunk;
    uint32_t id = 0, messages = 0;
    int before = files_open();
    assert_int_equal(oc_play_thread_start(&thread, &(oc_vod_place_t){.root = root}, wake, NULL),
                     OC_OK);
    oc_play_t *play = open_list(thread, "x 0\n0 recordings/a.mp4\n", 7, &chunk);
    do {
        assert_int_equal(oc_play_fill(play, chunk), OC_OK);
        assert_int_equal(oc_play_fill(play, chunk), OC_ERR_BUSY);
        assert_ptr_equal(wait_chunk(thread, &id), chunk);
        assert_int_equal(id, 7);
        messages += chunk->count;
        chunk->seek = false;
    } while (chunk->result == OC_OK);
    assert_int_equal(chunk->result, OC_END);
    assert_int_equal(messages, 2 + 100 + 1); /* all are key pictures: each is a fragment */
    assert_true(woken > 0);
    oc_play_close(play);
    oc_play_close(play);
    assert_int_equal(oc_play_fill(play, chunk), OC_ERR_BUSY);
    assert_true(oc_play_thread_stop(thread, oc_posix_now_us() + TEST_WAIT_US));
    assert_int_equal(files_open(), before);
}

static void test_only_recordings_are_opened(void **state) {
    static const char *const lists[] = {
        "x 0\n0 secret.mp4\n",          "x 0\n0 recordings/../secret.mp4\n",
        "x 0\n0 recordings/link.mp4\n", "x 0\n0 /etc/passwd\n",
        "x 0\n0 recordings/\n",         "x 0\n0 recordings/none.mp4\n"};
    oc_play_thread_t *thread;
    oc_play_chunk_t *chunk;
    uint32_t id;
    assert_int_equal(oc_play_thread_start(&thread, &(oc_vod_place_t){.root = root}, wake, NULL),
                     OC_OK);
    for (unsigned i = 0; i < sizeof lists / sizeof *lists; i++) {
        oc_play_t *play = open_list(thread, lists[i], i, &chunk);
        assert_int_equal(oc_play_fill(play, chunk), OC_OK);
        assert_int_equal(wait_chunk(thread, &id)->count, 1); /* the reason */
        assert_true(chunk->result < 0);
        oc_play_close(play);
    }
    assert_true(oc_play_thread_stop(thread, oc_posix_now_us() + TEST_WAIT_US));
}

/* Viewers that come and go at any moment, as many as there may be. */
static void test_closing_at_any_moment(void **state) {
    oc_play_thread_t *thread;
    int before = files_open();
    for (unsigned round = 0; round < 50; round++) {
        oc_play_t *play[OC_PLAYS_MAX];
        oc_play_chunk_t *chunk, *const *chunks;
        int64_t at_us;
        uint32_t id;
        assert_int_equal(oc_play_thread_start(&thread, &(oc_vod_place_t){.root = root}, wake, NULL),
                         OC_OK);
        for (unsigned i = 0; i < OC_PLAYS_MAX; i++) {
            play[i] = open_list(thread, "x 0\n0 recordings/a.mp4\n", i, &chunk);
            if (i % 3)
                assert_int_equal(oc_play_fill(play[i], chunk), OC_OK);
        }
        oc_play_t *more;
        assert_int_equal(oc_play_open(thread, oc_span("x 0\n0 a\n", 8), 0, &at_us, &more, &chunks),
                         OC_ERR_BUSY);
        for (unsigned i = 0; i < round; i++)
            (void)oc_play_thread_take(thread, &id, &chunk);
        for (unsigned i = 0; i < OC_PLAYS_MAX; i++)
            oc_play_close(play[i]);
        for (unsigned i = 0; i < round % 7; i++)
            (void)oc_play_thread_take(thread, &id, &chunk);
        assert_true(oc_play_thread_stop(thread, oc_posix_now_us() + TEST_WAIT_US));
        assert_int_equal(files_open(), before);
    }
}

static int set_up(void **state) {
    root = test_folder_make(folder);
    if (root < 0)
        return -1;
    write_recording();
    return 0;
}

static int tear_down(void **state) {
    close(root);
    test_folder_remove(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_recording_is_read),
        cmocka_unit_test(test_only_recordings_are_opened),
        cmocka_unit_test(test_closing_at_any_moment),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
