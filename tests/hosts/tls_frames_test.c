/* oc_tls_frames: reads end where a frame ends, whatever pieces the bytes come in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "oc_tls_frames.h"

static const uint32_t lengths[] = {0, 2, 1, 0, 16384, 255, 65536, 0xFFFFFF};

enum { FRAMES = sizeof(lengths) / sizeof(lengths[0]) };

/* Takes `want` bytes, of a head or of something else, in pieces of at most `piece`. */
static void take(oc_tls_frames_t *frames, const uint8_t *bytes, size_t want, size_t piece) {
    static const uint8_t zeros[65536];
    for (size_t at = 0; at < want;) {
        size_t room = oc_tls_frames_room(frames);
        assert_int_equal(room, want - at); /* to the end, and no byte more */
        size_t n = room < piece ? room : piece;
        oc_tls_frames_took(frames, bytes ? bytes + at : zeros, n);
        at += n;
    }
}

static void no_read_holds_bytes_of_two_frames(void **state) {
    static const size_t pieces[] = {1, 3, 4096, 65536};
    for (unsigned p = 0; p < 4; p++) {
        oc_tls_frames_t frames = {0};
        take(&frames, NULL, OC_TLS_FRAMES_PREFACE, pieces[p]);
        for (unsigned i = 0; i < FRAMES; i++) {
            uint32_t n = lengths[i];
            /* the type and the flags look like a length too */
            const uint8_t head[OC_TLS_FRAMES_HEAD] = {(uint8_t)(n >> 16),
                                                      (uint8_t)(n >> 8),
                                                      (uint8_t)n,
                                                      0xFF,
                                                      0xFF,
                                                      0xFF,
                                                      0xFF,
                                                      0xFF,
                                                      0xFF};
            take(&frames, head, sizeof(head), pieces[p]);
            take(&frames, NULL, n, pieces[p]);
        }
        assert_int_equal(oc_tls_frames_room(&frames), OC_TLS_FRAMES_HEAD);
    }
    (void)state;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_read_holds_bytes_of_two_frames)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
