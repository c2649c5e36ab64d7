/* A view and its helper ocellus-ffmpeg with packets that mean harm: cut off, damaged, of other
 * parameter sets, of huge pictures. Each request has an answer, a view beside goes on, the memory
 * stays bounded; a helper that dies or is silent is replaced. FOLDER: of ocellus-ffmpeg; ROOT: the
 * repository's root; seeds as tests/fuzz/ff_view_fuzz.c reads them. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "oc_err.h"
#include "oc_look_link.h"
#include "oc_posix.h"

#define PACKETS  4
#define PACKET   4096
#define VARIANTS 40 /* of each seed */
#define WIDTH    48
#define HIGH     27
#define PEAK_MB  (896 + 150) /* the cap, and the libraries that are mapped */
#define SEEDS    (sizeof(names) / sizeof(*names))
#define VIEWS    3

static const char *const names[] = {"h264-baseline", "h264-high", "h265", "jpeg", "aac", "pcma"};

typedef struct seed {
    oc_look_request_t request;
    uint8_t config[OC_TRACK_CONFIG_MAX];
    uint8_t packet[PACKETS][PACKET];
    uint32_t bytes[PACKETS];
    unsigned packets;
} seed_t;

static seed_t seeds[SEEDS];
static atomic_int last_pid;
static uint32_t state = 1;

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void) {
    pid_t pid = __real_fork();
    if (pid > 0)
        atomic_store(&last_pid, pid);
    return pid;
}

static uint32_t below(uint32_t limit) {
    state = state * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)state * limit >> 32);
}

static uint32_t take(FILE *file, uint8_t *out, uint32_t room) {
    int high = fgetc(file), low = fgetc(file);
    uint32_t len = low < 0 ? 0 : (uint32_t)(high << 8 | low);
    assert_true(len <= room && fread(out, 1, len, file) == len);
    return len;
}

static int load(void **context) {
    oc_helper_folder(FOLDER);
    for (unsigned i = 0; i < SEEDS; i++) {
        char path[4096];
        snprintf(path, sizeof(path), "%s/tests/corpora/ff_view/%s", ROOT, names[i]);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        seed_t *s = &seeds[i];
        s->request = (oc_look_request_t){.codec = (uint32_t)fgetc(file),
                                         .wants = (uint32_t)fgetc(file),
                                         .fresh = 1,
                                         .rate = 16000,
                                         .channels = 1,
                                         .width = WIDTH,
                                         .height = HIGH};
        s->request.config_bytes = take(file, s->config, OC_TRACK_CONFIG_MAX);
        while (s->packets < PACKETS &&
               (s->bytes[s->packets] = take(file, s->packet[s->packets], PACKET)) > 0)
            s->packets++;
        fclose(file);
    }
    return 0;
}

static int request(oc_look_link_t *link, const seed_t *s, unsigned packet) {
    oc_look_request_t r = s->request;
    oc_look_answer_t answer;
    char why[OC_LOOK_LINK_WHY];
    r.fresh = packet == 0;
    r.bytes = s->bytes[packet];
    int rc = oc_look_link_do(link, &r, s->config, s->packet[packet], &answer, why);
    if (rc == OC_ERR_NOTSUP && why[0])
        fail_msg("%s", why);
    return rc;
}

/* A view that means no harm has its picture, of the process that is there then. */
static void assert_calm(oc_look_link_t *calm) {
    int rc = request(calm, &seeds[0], 0);
    if (rc == OC_ERR_IO) /* its process died with the other's packet */
        rc = request(calm, &seeds[0], 0);
    assert_int_equal(rc, OC_OK);
}

static void assert_bounded(void) {
#ifndef OC_SANITIZED
    char path[64], line[128];
    long kb = 0;
    snprintf(path, sizeof(path), "/proc/%d/status", atomic_load(&last_pid));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file))
        (void)sscanf(line, "VmHWM: %ld kB", &kb);
    fclose(file);
    print_message("at most %ld MB\n", kb / 1024);
    assert_in_range(kb / 1024, 1, PEAK_MB);
#endif
}

static void damage(seed_t *s, unsigned how) {
    unsigned packet = below(s->packets);
    uint32_t *bytes = &s->bytes[packet];
    switch (how % 5) {
    case 0: /* cut off */
        *bytes = below(*bytes);
        break;
    case 1:
        for (unsigned n = 1 + below(8); n > 0 && *bytes > 0; n--)
            s->packet[packet][below(*bytes)] = (uint8_t)below(256);
        break;
    case 2: /* garbage */
        for (uint32_t i = 0; i < *bytes; i++)
            s->packet[packet][i] = (uint8_t)below(256);
        break;
    case 3: /* another configuration, or a damaged one */
        if (below(2) > 0 || s->request.config_bytes == 0) {
            const seed_t *other = &seeds[below(SEEDS)];
            s->request.config_bytes = other->request.config_bytes;
            memcpy(s->config, other->config, OC_TRACK_CONFIG_MAX);
        } else {
            s->config[below(s->request.config_bytes)] = (uint8_t)below(256);
        }
        break;
    default: /* packets of another */
        memcpy(s->packet[packet], seeds[below(SEEDS)].packet[0], PACKET);
    }
}

static void test_pictures(void **context) {
    oc_look_link_t link = {.socket = -1};
    for (unsigned i = 0; i < SEEDS; i++) {
        bool found = false;
        for (unsigned k = 0; k < seeds[i].packets; k++)
            found |= request(&link, &seeds[i], k) == OC_OK;
        if (!found)
            fail_msg("%s: nothing is decoded", names[i]);
    }
    oc_look_link_close(&link);
}

static void test_damaged(void **context) {
    oc_look_link_t link = {.socket = -1}, calm = {.socket = -1};
    unsigned deaths = 0, answers = 0;
    for (unsigned n = 0; n < SEEDS * VARIANTS; n++) {
        seed_t bad = seeds[n % SEEDS];
        for (unsigned times = 1 + below(3); times > 0; times--)
            damage(&bad, below(5));
        for (unsigned k = 0; k < bad.packets; k++) {
            int rc = request(&link, &bad, k);
            assert_true(rc == OC_AGAIN || rc <= 0);
            deaths += rc == OC_ERR_IO;
            answers++;
        }
        if (n % 16 == 0)
            assert_calm(&calm);
    }
    print_message("%u damaged packets, %u deaths\n", answers, deaths);
    assert_calm(&calm);
    assert_bounded();
    oc_look_link_close(&link);
    oc_look_link_close(&calm);
}

/* ---- huge pictures ---- */

typedef struct bits {
    uint8_t *at;
    unsigned count;
} bits_t;

static void put(bits_t *b, unsigned value, unsigned count) {
    while (count-- > 0) {
        b->at[b->count / 8] |= (uint8_t)((value >> count & 1) << (7 - b->count % 8));
        b->count++;
    }
}

static void put_ue(bits_t *b, unsigned value) {
    unsigned length = 0;
    while ((value + 1) >> (length + 1))
        length++;
    put(b, 0, length);
    put(b, value + 1, length + 1);
}

/* H.264, Baseline: a sequence of square pictures of `side` pixels that keeps 16 of them. */
static void huge_h264(seed_t *out, unsigned side) {
    uint8_t sps[64] = {0x67, 66, 0, 62};
    bits_t b = {sps, 32};
    *out = seeds[0];
    put_ue(&b, 0);             /* its number */
    put_ue(&b, 0);             /* frame numbers of 4 bits */
    put_ue(&b, 2);             /* order of output is that of decoding */
    put_ue(&b, 16);            /* reference pictures */
    put(&b, 0, 1);             /* no gaps */
    put_ue(&b, side / 16 - 1); /* size */
    put_ue(&b, side / 16 - 1);
    put(&b, 0xC, 4); /* frames, 8x8 inference, no cropping, no VUI */
    put(&b, 1, 1);
    unsigned bytes = (b.count + 7) / 8, was = (unsigned)seeds[0].config[7];
    memcpy(out->config + 8, sps, bytes);
    out->config[6] = 0;
    out->config[7] = (uint8_t)bytes;
    memcpy(out->config + 8 + bytes, seeds[0].config + 8 + was,
           seeds[0].request.config_bytes - 8 - was);
    out->request.config_bytes = seeds[0].request.config_bytes - was + bytes;
}

/* The JPEG with another size in its frame header. */
static void huge_jpeg(seed_t *out, unsigned side) {
    *out = seeds[3];
    for (unsigned k = 0; k < out->packets; k++) {
        uint8_t *at = memmem(out->packet[k], out->bytes[k], "\xFF\xC0", 2);
        assert_non_null(at);
        at[5] = at[7] = (uint8_t)(side >> 8);
        at[6] = at[8] = (uint8_t)side;
    }
}

static void test_huge(void **context) {
    oc_look_link_t view[VIEWS] = {{.socket = -1}, {.socket = -1}, {.socket = -1}}, calm = view[0];
    const unsigned sides[] = {4096, 8192, 16384, 65520};
    seed_t bad;
    for (unsigned n = 0; n < 2 * sizeof(sides) / sizeof(*sides); n++) {
        unsigned side = sides[n / 2];
        if (n % 2 == 0)
            huge_h264(&bad, side);
        else
            huge_jpeg(&bad, side);
        for (unsigned i = 0; i < VIEWS; i++) {
            for (unsigned k = 0; k < bad.packets; k++) {
                int rc = request(&view[i], &bad, k);
                if (side > 4096 && (rc == OC_OK || rc == OC_ERR_IO))
                    fail_msg("%u pixels wide: %d", side, rc);
            }
        }
        assert_calm(&calm);
    }
    assert_bounded();
    for (unsigned i = 0; i < VIEWS; i++)
        oc_look_link_close(&view[i]);
    oc_look_link_close(&calm);
}

/* ---- helpers that end ---- */

static void test_killed(void **context) {
    oc_look_link_t link = {.socket = -1};
    assert_int_equal(request(&link, &seeds[0], 0), OC_OK);
    pid_t first = atomic_load(&last_pid);
    assert_int_equal(kill(first, SIGKILL), 0);
    assert_int_equal(request(&link, &seeds[0], 0), OC_ERR_IO);
    assert_int_equal(request(&link, &seeds[0], 0), OC_OK);
    assert_int_not_equal(atomic_load(&last_pid), first);
    oc_look_link_close(&link);
}

static void test_silent(void **context) {
    oc_look_link_t link = {.socket = -1};
    assert_int_equal(request(&link, &seeds[0], 0), OC_OK);
    pid_t first = atomic_load(&last_pid);
    siginfo_t stopped; /* a thread of its own answers: all of them have stopped */
    assert_int_equal(kill(first, SIGSTOP), 0);
    assert_int_equal(waitid(P_PID, (id_t)first, &stopped, WSTOPPED | WNOWAIT), 0);
    int64_t before_us = oc_posix_now_us();
    assert_int_equal(request(&link, &seeds[0], 0), OC_ERR_IO);
    assert_true(oc_posix_now_us() - before_us >= OC_LOOK_LINK_US - 10000);
    assert_int_not_equal(kill(first, 0), 0); /* ended, and no zombie */
    assert_int_equal(request(&link, &seeds[0], 0), OC_OK);
    oc_look_link_close(&link);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures), cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_huge),     cmocka_unit_test(test_killed),
        cmocka_unit_test(test_silent),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
