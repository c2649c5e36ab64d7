/* oc_script_ring: letters come out as they went in, and whatever the other process writes into the
 * memory, nothing outside of it is read or written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "oc_script_ring.h"

static struct {
    uint8_t before[64];
    oc_script_ring_t ring;
    uint8_t after[64];
} memory;

static uint8_t bytes[OC_PARCEL_MAX], got[OC_PARCEL_MAX];

static int clear(void **state) {
    memset(&memory, 0, sizeof(memory));
    memset(memory.before, 0x5a, sizeof(memory.before));
    memset(memory.after, 0x5a, sizeof(memory.after));
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    return 0;
}

static bool put(uint32_t request, uint32_t first, uint32_t second, bool *asleep) {
    oc_letter_t letter = {.kind = OC_LETTER_COMMAND, .request = request};
    return oc_script_ring_put(&memory.ring, &letter, bytes, first, bytes + first, second, asleep);
}

static void take(uint32_t request, uint32_t size) {
    oc_letter_t letter;
    bool bad = false;
    assert_true(oc_script_ring_peek(&memory.ring, &letter, &bad));
    assert_false(bad);
    assert_int_equal(letter.request, request);
    assert_int_equal(letter.bytes, size);
    memset(got, 0, size);
    oc_script_ring_take(&memory.ring, &letter, got);
    assert_memory_equal(got, bytes, size);
}

/* Sizes that end at every place of the ring, over its end many times. */
static void letters_come_as_they_were_sent(void **state) {
    bool asleep;
    uint32_t sent = 0, taken = 0, sizes[8];
    for (uint32_t round = 0; round < 20000; round++) {
        for (unsigned i = 0; i < 1 + round % 3; i++, sent++) {
            sizes[sent % 8] = (sent * 2654435761u >> 18) % (round % 50 ? 700 : 40000);
            assert_true(
                put(sent, sizes[sent % 8] / 3, sizes[sent % 8] - sizes[sent % 8] / 3, &asleep));
        }
        for (; taken < sent; taken++)
            take(taken, sizes[taken % 8]);
    }
}

static void the_reader_is_woken_when_it_had_read_all(void **state) {
    bool asleep = false;
    assert_true(put(1, 10, 0, &asleep));
    assert_true(asleep);
    asleep = false;
    assert_true(put(2, 10, 0, &asleep));
    assert_false(asleep);
    take(1, 10);
    take(2, 10);
    assert_true(put(3, 0, 0, &asleep));
    assert_true(asleep);
}

static void a_full_ring_takes_no_letter_and_loses_none(void **state) {
    bool asleep;
    uint32_t sent = 0;
    while (put(sent, 5000, 0, &asleep))
        sent++;
    assert_in_range(sent, 40, OC_SCRIPT_RING_BYTES / 5000);
    take(0, 5000);
    assert_true(put(sent, 5000, 0, &asleep));
    for (uint32_t i = 1; i <= sent; i++)
        take(i, 5000);
}

static uint32_t random_word(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed;
}

/* Places and lengths of the memory are the other process's to write. */
static void a_hostile_writer_reaches_nothing(void **state) {
    uint32_t seed = 1;
    for (unsigned round = 0; round < 200000; round++) {
        oc_letter_t letter, written;
        bool bad = false, asleep;
        uint32_t head = random_word(&seed), tail = round % 2 ? head - seed % 200000 : seed * 3;
        atomic_store(&memory.ring.head, head);
        atomic_store(&memory.ring.tail, tail);
        uint32_t at = tail & (OC_SCRIPT_RING_BYTES - 1);
        written = (oc_letter_t){.kind = 1, .bytes = random_word(&seed) >> (seed >> 27)};
        if (at + sizeof(written) <= OC_SCRIPT_RING_BYTES)
            memcpy(memory.ring.bytes + at, &written, sizeof(written));
        if (oc_script_ring_peek(&memory.ring, &letter, &bad)) {
            assert_true(letter.bytes <= OC_PARCEL_MAX);
            oc_script_ring_take(&memory.ring, &letter, got);
        }
        (void)put(round, seed % 3000, 0, &asleep);
    }
    for (unsigned i = 0; i < 64; i++) {
        assert_int_equal(memory.before[i], 0x5a);
        assert_int_equal(memory.after[i], 0x5a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(letters_come_as_they_were_sent, clear),
        cmocka_unit_test_setup(the_reader_is_woken_when_it_had_read_all, clear),
        cmocka_unit_test_setup(a_full_ring_takes_no_letter_and_loses_none, clear),
        cmocka_unit_test_setup(a_hostile_writer_reaches_nothing, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
