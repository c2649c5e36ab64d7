/* Clocks that are wrong by decades: a certificate that is made or looked at in 1970, in 2000 or in
 * 2060 is as good as any, in both roles; the fingerprint decides. time() is the test's own, for
 * mbedTLS too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "dtls_pair.h"
#include "oc_certificate_mbedtls.h"
#include "oc_random_seeded.h"

#define SECOND 1000000

static time_t clock_s;
static unsigned requested;

time_t time(time_t *out) {
    requested++;
    if (out)
        *out = clock_s;
    return clock_s;
}

/* Unset, before the certificate begins, within it, after the end of 32 bits, after its end. */
static const time_t clocks[] = {0, 946684799, 1795305600, 2147483648u, 2840140800u};
#define CLOCKS (sizeof clocks / sizeof clocks[0])

static pair_t pair;

static void any_clock_makes_and_takes_certificates(void **state) {
    for (unsigned made = 0; made < CLOCKS; made++) {
        for (unsigned checked = 0; checked < CLOCKS; checked++) {
            oc_random_seed(made);
            clock_s = clocks[made];
            dtls_pair_make(&pair, OC_HS_SUITES_GCM_FIRST);
            for (unsigned i = 0; i < 2; i++) {
                assert_int_equal(pair.end[i].certificate->crt.valid_from.year, 2000);
                assert_int_equal(pair.end[i].certificate->crt.valid_to.year, 2049);
            }
            clock_s = clocks[checked];
            requested = 0;
            dtls_pair_start(&pair);
            if (!dtls_pair_connect(&pair, pair.now_us + SECOND))
                fail_msg("made at %lld, looked at at %lld", (long long)clocks[made],
                         (long long)clocks[checked]);
            assert_true(requested > 0); /* the library has looked, and it did not matter */
            dtls_pair_free(&pair);
        }
    }
}

static void no_clock_makes_a_wrong_fingerprint_right(void **state) {
    for (unsigned i = 0; i < 2 * CLOCKS; i++) {
        unsigned which = i % 2;
        oc_random_seed(i);
        clock_s = clocks[i / 2];
        dtls_pair_make(&pair, OC_HS_SUITES_GCM_FIRST);
        pair.end[which].config.peer[0].digest[3] ^= 1;
        dtls_pair_start(&pair);
        dtls_pair_run(&pair, pair.now_us + SECOND);
        assert_int_equal(pair.end[which].failed, 1);
        assert_int_equal(pair.end[which].end.reason, OC_HS_FINGERPRINT);
        assert_int_equal(pair.end[0].connected + pair.end[1].connected, 0);
        dtls_pair_free(&pair);
    }
}

/* The certificate file is written on one day and read on another. */
static void files_are_read_at_any_time(void **state) {
    char text[OC_CERTIFICATE_PEM];
    for (unsigned i = 0; i < CLOCKS; i++) {
        oc_certificate_t *first, *second;
        clock_s = clocks[i];
        assert_int_equal(oc_certificate_make(&first), 0);
        int len = oc_certificate_write(first, text, sizeof text);
        assert_true(len > 0);
        clock_s = clocks[CLOCKS - 1 - i];
        assert_int_equal(oc_certificate_read(&second, text, (size_t)len), 0);
        assert_memory_equal(oc_certificate_fingerprint(first), oc_certificate_fingerprint(second),
                            OC_CERTIFICATE_FINGERPRINT);
        oc_certificate_destroy(first);
        oc_certificate_destroy(second);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_clock_makes_and_takes_certificates),
        cmocka_unit_test(no_clock_makes_a_wrong_fingerprint_right),
        cmocka_unit_test(files_are_read_at_any_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
