/* How long it takes to connect at 40 ms of round trip and 3 % loss, in virtual time: nothing here
 * depends on the machine. Arguments: seeds from, to; `trace SEED` prints what one connection with a
 * foreign peer sends, `own SEED` what one of ours with ours. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "p2p_foreign.h"

static int by_size(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int distribution(const char *name, bool foreign, bool plain, bool without, unsigned first,
                        unsigned last) {
    int64_t *us = calloc(last - first + 1, sizeof *us);
    unsigned n = 0, over = 0, failed = 0;
    if (!us)
        return 1;
    for (unsigned seed = first; seed <= last; seed++) {
        foreign_t f = {
            .foreign = foreign, .plain = plain, .loss_ppm = 30000, .delay_us = 20000};
        int64_t t = foreign_connect(&f, seed);
        if (without && f.flights_lost)
            continue;
        failed += t < 0;
        over += t > 600000;
        us[n++] = t < 0 ? INT64_MAX : t;
    }
    if (n) {
        qsort(us, n, sizeof *us, by_size);
        printf("%-34s %5u  %5.0f %5.0f %5.0f %6.0f  %4u (%.2f %%)  %u\n", name, n,
               (double)us[n / 2] / 1000, (double)us[n * 95 / 100] / 1000,
               (double)us[n * 99 / 100] / 1000, (double)us[n - 1] / 1000, over, 100.0 * over / n,
               failed);
    }
    free(us);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && (!strcmp(argv[1], "trace") || !strcmp(argv[1], "own"))) {
        foreign_t f = {
            .foreign = argv[1][0] == 't', .print = true, .loss_ppm = 30000, .delay_us = 20000};
        printf("%.1f ms\n", (double)foreign_connect(&f, strtoul(argv[2], NULL, 10)) / 1000);
        return 0;
    }
    unsigned first = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1;
    unsigned last = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 2000;
    if (!first || last < first) {
        fprintf(stderr, "open_sim: seeds are FIRST LAST, from 1\n");
        return 1;
    }
    printf("answer to up in ms                  seeds    p50   p95   p99   most  over 600 ms  "
           "failed\n");
    return distribution("ours to ours, SNAP", false, false, false, first, last) +
           distribution("ours to ours, without it", false, true, false, first, last) +
           distribution("a foreign peer offers, SNAP", true, false, false, first, last) +
           distribution("  its second flight not lost", true, false, true, first, last) +
           distribution("a foreign peer, without it", true, true, false, first, last) +
           distribution("  its second flight not lost", true, true, true, first, last);
}
