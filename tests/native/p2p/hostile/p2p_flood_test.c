/* Every flood of p2p_flood costs little for each datagram of it, however many come, and holds
 * no more memory than written here. Counted work instead of time: basic blocks of the
 * cores (compiled with -fsanitize-coverage=trace-pc), and bytes that are hashed or deciphered.
 * [B12] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <string.h>
#include "oc_crypto.h"
#include "p2p_flood.h"

#define DATAGRAMS  3000
#define OFFERS     300
#define CALL_UNITS 64 /* of a call into libcrypto, beside its bytes */

static uint64_t units;

/* The compiler calls this in every basic block of the cores. */
void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void) {
    units++;
}

void __real_oc_hash(enum oc_hash kind, const oc_span_t *parts, unsigned count, uint8_t *out);
void __wrap_oc_hash(enum oc_hash kind, const oc_span_t *parts, unsigned count, uint8_t *out);
void __wrap_oc_hash(enum oc_hash kind, const oc_span_t *parts, unsigned count, uint8_t *out) {
    units += CALL_UNITS;
    for (unsigned i = 0; i < count; i++)
        units += parts[i].len;
    __real_oc_hash(kind, parts, count, out);
}

int __real_oc_aead_open(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE], oc_span_t ad,
                        oc_span_t sealed, uint8_t *out);
int __wrap_oc_aead_open(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE], oc_span_t ad,
                        oc_span_t sealed, uint8_t *out);
int __wrap_oc_aead_open(oc_aead_t *aead, const uint8_t nonce[OC_AEAD_NONCE], oc_span_t ad,
                        oc_span_t sealed, uint8_t *out) {
    units += CALL_UNITS + sealed.len;
    return __real_oc_aead_open(aead, nonce, ad, sealed, out);
}

static uint64_t work(void) {
    return units;
}

/* What each may cost. */
static const struct limit {
    const char *name;
    unsigned each, maximum; /* units of a datagram: mean, the dearest one */
    unsigned pool; /* blocks of the pool; what it held when this was written: more is a new bound */
    unsigned out;  /* bytes answered for 100 that come, at most */
    bool ends;     /* the viewer is cut off */
} limits[] = {
    {"STUN request, unknown ufrag", 610, 1100, 1, 1, false},
    {"STUN request, wrong integrity", 3600, 3600, 1, 1, false},
    {"STUN response to nothing", 600, 1100, 1, 1, false},
    {"200 bytes of nothing", 60, 490, 1, 1, false},
    {"DTLS record from nowhere", 80, 510, 1, 1, false},
    {"forged record, 1,187 bytes", 2700, 2700, 1, 1, false},
    {"31 forged records in a datagram", 8400, 8400, 1, 1, false},
    {"offer", 12000, 18000, 1, 1, false},
    {"offer of 64 KB, malformed", 490, 920, 1, 1, false},
    {"forged cookie", 1500, 1500, 1, 1, false},
    {"INIT", 1300, 1700, 1, 5, false}, /* the first few are answered: SNAP */
    {"TSN far ahead", 1800, 1800, 1, 50, false},
    {"every second TSN", 2900, 2900, 32, 340, false},
    {"another stream each", 1900, 2000, 1, 120, false},
    {"SACK of 280 gap blocks", 9600, 26000, 1, 10, false},
    {"50 fragments of 1 byte", 9000, 9200, 1, 10, false},
    {"messages that never end", 3400, 3500, 46, 10, false},
    {"HEARTBEAT of 400 bytes", 2200, 2200, 1, 120, false},
    {"stream resets", 1600, 1700, 1, 110, false},
    {"FORWARD-TSN far ahead", 1900, 1900, 1, 70, false},
    {"280 unknown chunks", 18000, 18000, 1, 50, false},
    {"DATA_CHANNEL_OPEN", 1700, 4600, 19, 100, false},
};

static const struct limit *limit_of(const char *name) {
    for (unsigned i = 0; i < sizeof limits / sizeof limits[0]; i++)
        if (strcmp(limits[i].name, name) == 0)
            return &limits[i];
    fail_msg("no limit for \"%s\"", name);
    return NULL;
}

static void check(const flood_kind_t *kind, const flood_cost_t *c) {
    const struct limit *limit = limit_of(kind->name);
    uint64_t half = c->datagrams / 2, second = c->units - c->first_half;
    print_message("%-32s %5u each, %6u most, %3u blocks, %4u %% out\n", kind->name,
                  (unsigned)(c->units / c->datagrams), (unsigned)c->maximum, c->pool_max,
                  (unsigned)(c->bytes_in ? c->bytes_out * 100 / c->bytes_in : 0));
    assert_in_range(c->units / c->datagrams, 1, limit->each);
    assert_in_range(c->maximum, 1, limit->maximum);
    assert_true(second / half <= c->first_half / half * 5 / 4 + 100); /* it does not grow */
    assert_in_range(c->pool_max, 0, limit->pool);
    oc_peer_profile_t camera = oc_peer_profile_camera();
    assert_in_range(c->pool_max, 0, oc_sctp_blocks(&camera.sctp));
    if (c->bytes_in)
        assert_in_range(c->bytes_out * 100 / c->bytes_in, 0, limit->out);
    assert_int_equal(c->up, !limit->ends);
}

/* Nothing is allocated for any of them. */
static void floods_are_cheap_and_bounded(void **state) {
    for (unsigned i = 0; i < flood_kind_count; i++) {
        if (flood_kinds[i].act)
            continue;
        flood_cost_t cost = flood_run(&flood_kinds[i], DATAGRAMS, work);
        check(&flood_kinds[i], &cost);
        assert_int_equal(cost.heap, 0);
        assert_int_equal(cost.jobs, 0);
    }
}

/* As many peers as may be half open, with the memory of their handshakes, and no more. */
static void offers_are_bounded(void **state) {
    for (unsigned i = 0; i < flood_kind_count; i++) {
        if (!flood_kinds[i].act)
            continue;
        flood_cost_t few = flood_run(&flood_kinds[i], OC_HUB_HALF_OPEN, work);
        flood_cost_t many = flood_run(&flood_kinds[i], OFFERS, work);
        check(&flood_kinds[i], &many);
        assert_int_equal(few.heap, many.heap);
        assert_int_equal(few.jobs, many.jobs);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floods_are_cheap_and_bounded),
        cmocka_unit_test(offers_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
