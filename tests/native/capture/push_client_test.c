/* The example client against a session behind a real UNIX socket: what it sends is what its file
 * holds. */
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "capture_conformance.h"
#include "oc_capture_push.h"
#include "oc_fake_media.h"
#include "oc_push_session.h"

#define PICTURES 60
#define GOP      20
#define SIZE     2000
#define LARGE    15000 /* a movie of these does not fit into what a socket holds */

static rig_t rig;
static char folder[] = "/tmp/push_client_XXXXXX", address[64], movie[64];

static uint32_t size = SIZE;

static oc_fake_picture_t picture(uint32_t n) {
    return (oc_fake_picture_t){320, 240, size, 5, n, n % GOP, (uint16_t)(n / GOP & 1)};
}

static void put_nal(FILE *f, const uint8_t *nal, size_t len) {
    fwrite("\0\0\0\1", 1, 4, f);
    fwrite(nal, 1, len, f);
}

static void write_movie(void) { /* Annex B; parameter sets before each IDR picture */
    FILE *f = fopen(movie, "wb");
    static uint8_t unit[20000];
    oc_track_t t;
    oc_fake_video_track(&t, 320, 240, 500, 1, 0);
    for (uint32_t n = 0; n < PICTURES; n++) {
        oc_fake_picture_t p = picture(n);
        uint32_t len = oc_fake_picture(&p, unit, sizeof unit);
        if (n % GOP == 0) {
            put_nal(f, t.config + 8, t.config[7]);
            put_nal(f, t.config + 8 + t.config[7] + 3, t.config[8 + t.config[7] + 2]);
        }
        for (uint32_t at = 0; at < len;) {
            uint32_t n_bytes = (uint32_t)unit[at + 2] << 8 | unit[at + 3];
            put_nal(f, unit + at + 4, n_bytes);
            at += 4 + n_bytes;
        }
    }
    fclose(f);
}

static int listen_here(void) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    strcpy(a.sun_path, address);
    unlink(address);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static pid_t run(const char *name, const char *path) {
    pid_t pid = fork();
    if (pid == 0) {
        execl(CLIENT, CLIENT, address, name, path, "500", (char *)NULL);
        _exit(127);
    }
    return pid;
}

/* Serves one connection until it ends; checks packets against the movie when `check`. Returns how
 * many came, stopping after `most`. */
static uint32_t serve(int listener, bool check, uint32_t maximum) {
    static uint8_t want[20000];
    uint8_t bytes[1000];
    uint32_t packets = 0;
    oc_push_session_t s;
    int fd = accept(listener, NULL, NULL), rc = OC_OK;
    oc_push_session_init(&s);
    while (rc == OC_OK && packets < maximum) {
        oc_handoff_item_t item;
        ssize_t n = read(fd, bytes, sizeof bytes);
        size_t taken;
        int out;
        if (n <= 0)
            break;
        rc = oc_push_session_input(&s, bytes, (size_t)n, &taken);
        out = oc_push_session_poll_output(&s, bytes, sizeof bytes);
        if (out > 0)
            assert_int_equal(write(fd, bytes, (size_t)out), out);
        oc_capture_push.pump(rig.state, rig.now_us);
        for (; oc_handoff_peek(&rig.handoff, &item) == OC_OK; oc_handoff_release(&rig.handoff)) {
            oc_fake_picture_t p = picture(packets);
            if (item.kind == OC_HANDOFF_TRACK)
                assert_int_equal(item.track->width, check ? 320 : 64);
            if (item.kind != OC_HANDOFF_PACKET)
                continue;
            assert_int_equal(item.packet.dts, packets * 180);
            if (check) {
                assert_int_equal(item.packet.key, packets % GOP == 0);
                assert_int_equal(item.packet.len_bytes, oc_fake_picture(&p, want, sizeof want));
                assert_memory_equal(item.packet.data, want, item.packet.len_bytes);
            }
            packets++;
        }
    }
    oc_push_session_end(&s);
    close(fd);
    return packets;
}

static int exit_code(pid_t pid) {
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_a_file_arrives_whole(void **state) {
    int listener = listen_here();
    pid_t pid;
    write_movie();
    rig_init(&rig, &oc_capture_push, "push:cam");
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(oc_capture_push.start(rig.state, 0), OC_OK);
    pid = run("cam", movie);
    assert_int_equal(serve(listener, true, UINT32_MAX), PICTURES);
    assert_int_equal(exit_code(pid), 0);
    pid = run("other", movie); /* refused: it says so and fails */
    assert_int_equal(serve(listener, true, UINT32_MAX), 0);
    assert_int_equal(exit_code(pid), 1);
    rig_close(&rig);
    close(listener);
}

static void test_a_device_that_leaves(void **state) {
    int listener = listen_here();
    pid_t pid;
    size = LARGE;
    write_movie();
    rig_init(&rig, &oc_capture_push, "push:cam");
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_int_equal(oc_capture_push.start(rig.state, 0), OC_OK);
    pid = run("cam", movie);
    assert_int_equal(serve(listener, true, 5) >= 5, 1);
    assert_int_equal(exit_code(pid), 1);
    rig_close(&rig);
    close(listener);
}

static int make_folder(void **state) {
    assert_non_null(mkdtemp(folder));
    snprintf(address, sizeof address, "%s/s", folder);
    snprintf(movie, sizeof movie, "%s/m.h264", folder);
    return 0;
}
static int remove_folder(void **state) {
    unlink(address);
    unlink(movie);
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_arrives_whole),
        cmocka_unit_test(test_a_device_that_leaves),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
