/* What a flood costs: CPU of the whole path for each datagram of it (demultiplexing, STUN, DTLS,
 * SCTP and what is answered; the system's calls are not in it), and the memory it holds. A line per
 * kind of flood; p2p_flood_test keeps the same within limits, by counted work. */
#include <stdio.h>
#include <time.h>
#include "p2p_flood.h"

#define DATAGRAMS 20000
#define OFFERS    2000

static uint64_t cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int main(int argc, char **argv) {
    unsigned share = argc > 1 ? 50 : 1; /* any word: a fiftieth of it */
    printf("| %-32s | µs each | bytes in | out ÷ in | blocks of 1.25 KB | heap KB | viewer |\n",
           "flood");
    printf("|---|---|---|---|---|---|---|\n");
    for (unsigned i = 0; i < flood_kind_count; i++) {
        const flood_kind_t *kind = &flood_kinds[i];
        unsigned count = (kind->act ? OFFERS : DATAGRAMS) / share;
        flood_cost_t best = flood_run(kind, count, cpu_ns);
        for (unsigned run = 0; run < 2; run++) { /* the least of three: others use the machine */
            flood_cost_t again = flood_run(kind, count, cpu_ns);
            best = again.units < best.units ? again : best;
        }
        printf("| %-32s | %.2f | %llu | ", kind->name, (double)best.units / 1000 / count,
               (unsigned long long)(best.bytes_in / count));
        if (best.bytes_in)
            printf("%.2f", (double)best.bytes_out / (double)best.bytes_in);
        printf(" | %u | %.1f | %s |\n", best.pool_max, (double)best.heap / 1024,
               best.up ? "stays" : "ended");
    }
    return 0;
}
