/* The sender's figures in virtual time: nothing here depends on the machine. Prints a table.
 * Arguments: parts to run (bulk video fair share queue; none = all), `newreno` for the reference,
 * and a number: the first seed, 1 if none (the control was tuned on 1 to 5). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sctp_scenes.h"

static int first_seed = 1;

static bool expected(int argc, char **argv, const char *name) {
    bool any = false;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "newreno") || atoi(argv[i]) > 0)
            continue;
        any = true;
        if (!strcmp(argv[i], name))
            return true;
    }
    return !any;
}

static void bulk(oc_cc_kind_t cc) {
    printf("\nbulk, 20 s, 40 ms, relay of 34 MB/s\n"
           "loss %%  window KiB   MB/s  lost %%  sent again / lost  timeouts\n");
    for (int loss = 0; loss <= 3; loss++) {
        for (int kib = 1024; kib <= 4096; kib *= 4) {
            scene_t s =
                scene_bulk(cc, loss / 100.0, (uint32_t)kib << 10, 20, 6 + (uint64_t)first_seed);
            printf("%6d  %10d  %5.2f  %6.2f  %17.3f  %8u\n", loss, kib, s.mbytes_per_s,
                   s.lost * 100, s.again_per_lost, (unsigned)s.timeouts);
        }
    }
}

static void video(oc_cc_kind_t cc) {
    printf("\nvideo 2.1 Mbit/s, 5 seeds x 200 s, 40 ms, one way in ms\n"
           "loss %%    p50    p95    p99  p99.9    most  frames  sent again / lost  timeouts\n");
    for (int loss = 0; loss <= 3; loss++) {
        scene_t s = scene_video(cc, loss / 100.0, first_seed, 5, 200);
        printf("%6d  %5.1f  %5.1f  %5.1f  %5.1f  %6.1f  %5.1f%%  %17.3f  %8u\n", loss, s.p50, s.p95,
               s.p99, s.p999, s.maximum, 100.0 * (double)s.frames / (double)s.made,
               s.again_per_lost, (unsigned)s.timeouts);
    }
}

static void fair(oc_cc_kind_t cc) {
    static const char *const names[] = {"TCP cubic", "TCP NewReno", "SCTP NewReno", "itself"};
    printf("\nbeside one other flow, 10 Mbit/s, 120 s, 5 seeds: ours / other\n"
           "other         queue ms  began   least   mean   most\n");
    for (int rival = SCENE_CUBIC; rival <= SCENE_ITSELF; rival++) {
        for (int i = 0; i < 4; i++) {
            double least = 1e9, maximum = 0, sum = 0;
            for (uint64_t seed = (uint64_t)first_seed; seed < (uint64_t)first_seed + 5; seed++) {
                scene_t s = scene_fair(cc, (scene_rival_t)rival, i & 1 ? 50 : 10, i & 2, 120, seed);
                least = s.ratio < least ? s.ratio : least;
                maximum = s.ratio > maximum ? s.ratio : maximum;
                sum += s.ratio;
            }
            printf("%-12s  %8d  %-6s  %5.2f  %5.2f  %5.2f\n", names[rival], i & 1 ? 50 : 10,
                   i & 2 ? "first" : "second", least, sum / 5, maximum);
        }
    }
}

static void share(oc_cc_kind_t cc) {
    static const char *const names[] = {"TCP cubic", "TCP NewReno", "SCTP NewReno", "itself"};
    static const int rtts[] = {10, 20, 80, 150}, queues[] = {10, 30, 100};
    printf("\nthe same over other paths, 60 s, 2 seeds, who began: both: least .. most\n"
           "other         queue ms  10 ms          20 ms          80 ms          150 ms\n");
    for (int rival = SCENE_CUBIC; rival <= SCENE_ITSELF; rival++) {
        for (unsigned q = 0; q < 3; q++) {
            printf("%-12s  %8d", names[rival], queues[q]);
            for (unsigned i = 0; i < 4; i++) {
                double least = 1e9, maximum = 0;
                for (uint64_t k = 0; k < 4; k++) {
                    scene_t s = scene_fair_at(cc, (scene_rival_t)rival, rtts[i], queues[q], k & 1,
                                              60, (uint64_t)first_seed + k / 2);
                    least = s.ratio < least ? s.ratio : least;
                    maximum = s.ratio > maximum ? s.ratio : maximum;
                }
                printf("  %5.2f .. %5.2f", least, maximum);
            }
            printf("\n");
        }
    }
}

static void queue(oc_cc_kind_t cc) {
    printf("\nalone on 3 Mbit/s with a buffer of 300 ms: queueing in ms\n"
           "flow    p50  p95  p99   Mbit/s\n");
    for (int i = 0; i < 2; i++) {
        scene_t s = scene_queue(cc, i, 120);
        printf("%s  %4u  %3u  %3u  %7.2f\n", i ? "video" : "bulk ", s.wait_p50, s.wait_p95,
               s.wait_p99, s.mbytes_per_s * 8);
    }
}

int main(int argc, char **argv) {
    oc_cc_kind_t cc = OC_CC_RATE;
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "newreno"))
            cc = OC_CC_NEWRENO;
        else if (atoi(argv[i]) > 0)
            first_seed = atoi(argv[i]);
    printf("congestion control: %s\n", cc == OC_CC_NEWRENO ? "NewReno" : "rate");
    if (expected(argc, argv, "bulk"))
        bulk(cc);
    if (expected(argc, argv, "video"))
        video(cc);
    if (expected(argc, argv, "fair"))
        fair(cc);
    if (expected(argc, argv, "share"))
        share(cc);
    if (expected(argc, argv, "queue"))
        queue(cc);
    return 0;
}
