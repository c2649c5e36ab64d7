/* A script that dies takes nothing with it: in one process, every kind of death many times, one
 * machine after the other, and the memory of the process stays where it was. */
#include "machine_host.h"
#include "oc_xs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) /* four times as slow, and memory is not compared */
#define ROUNDS 3
#else
#define ROUNDS 20
#endif
#define WARM_ROUNDS   5
#define GROWTH_BYTES  (1024 * 1024) /* of the process, over all rounds but the first */
#define KILL_HEAP     (4u * 1024 * 1024)
#define KILL_KEYS     3000u
#define KILL_AFTER_MS 20u

static const struct {
    const char *name;
    oc_machine_reason_t reason;
} deaths[] = {
    {"finishes", OC_MACHINE_FINISHED},
    {"throws_at_start", OC_MACHINE_THREW_AT_START},
    {"throws_later", OC_MACHINE_THREW},
    {"throws_hostile", OC_MACHINE_THREW},
    {"rejects", OC_MACHINE_REJECTED},
    {"heap", OC_MACHINE_HEAP},
    {"heap_text", OC_MACHINE_HEAP},
    {"heap_regexp", OC_MACHINE_HEAP},
#ifdef OC_XS17
    {"heap_json", OC_MACHINE_HEAP},
#else
    {"heap_json", OC_MACHINE_THREW_AT_START},
#endif
#ifndef OC_XS17 /* which is not mended: docs/adr/0090-engine-mended.md */
    {"ways", OC_MACHINE_FINISHED},
    {"heap_sum", OC_MACHINE_HEAP},
    {"heap_raw", OC_MACHINE_HEAP},
    {"heap_private", OC_MACHINE_HEAP},
#endif
    {"stack", OC_MACHINE_STACK},
    {"stack_native", OC_MACHINE_STACK},
    {"keys", OC_MACHINE_KEYS},
    {"loop", OC_MACHINE_STOPPED},
    {"loop_at_start", OC_MACHINE_STOPPED},
    {"regexp", OC_MACHINE_STOPPED},
    {"json", OC_MACHINE_STOPPED},
    {"builtin", OC_MACHINE_STOPPED},
    {"promises", OC_MACHINE_STOPPED},
};

/* OC_DEATH_ROUNDS in the environment: more of them. */
static unsigned rounds_to_run(void) {
    const char *expected = getenv("OC_DEATH_ROUNDS");
    int rounds = expected ? atoi(expected) : ROUNDS;
    return rounds > ROUNDS ? (unsigned)rounds : ROUNDS;
}

static size_t resident_bytes(void) {
    size_t pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%zu %zu", &pages, &resident), 2);
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static void every_death_many_times(void **state) {
    machine_host_t host;
    size_t warm = 0;
    unsigned lives = 0, rounds = rounds_to_run();
    machine_host_init(&host);
    host.config.heap_bytes = KILL_HEAP;
    host.config.key_count = KILL_KEYS;
    for (unsigned round = 0; round < rounds; round++) {
        for (size_t i = 0; i < sizeof deaths / sizeof *deaths; i++, lives++) {
            char name[64], text[OC_MACHINE_TEXT_BYTES];
            snprintf(name, sizeof name, "ends/%s", deaths[i].name);
            host.config.runaway_ms = deaths[i].reason == OC_MACHINE_STOPPED ? KILL_AFTER_MS : 0;
            oc_machine_reason_t reason = machine_host_once(&host, name, text, sizeof text);
            if (reason != deaths[i].reason)
                fail_msg("%s: %s: %s", name, oc_machine_reason_text(reason), text);
        }
        if (round == WARM_ROUNDS)
            warm = resident_bytes();
    }
    size_t grown = resident_bytes() > warm ? resident_bytes() - warm : 0;
    printf("%u lives; %zu bytes resident, %zu more than after round %u\n", lives, resident_bytes(),
           grown, WARM_ROUNDS);
#if !defined(__SANITIZE_ADDRESS__) /* which keeps freed memory */
    assert_true(grown < GROWTH_BYTES);
#endif
    machine_host_deinit(&host);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_death_many_times)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
