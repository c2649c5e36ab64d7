#include "relay_command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_MS 200 /* of a link with a rate whose queue was not set */

/* The queue is told in time, the network counts bytes. */
static void set_queue(oc_sim_link_t *link, double ms) {
    double bytes = (double)link->rate_bps / 8000 * ms;
    link->queue_bytes = bytes < 3000 ? 3000 : bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes;
}

static bool set_one(oc_sim_link_t *link, const char *property, double v) {
    if (!strcmp(property, "delay-ms"))
        link->delay_us = (int64_t)(v * 1000);
    else if (!strcmp(property, "jitter-ms"))
        link->jitter_us = (int64_t)(v * 1000);
    else if (!strcmp(property, "reorder-ms"))
        link->reorder_us = (int64_t)(v * 1000);
    else if (!strcmp(property, "loss-percent") && v <= 100)
        link->loss_ppm = (uint32_t)(v * 10000 + 0.5);
    else if (!strcmp(property, "duplicate-percent") && v <= 100)
        link->duplicate_ppm = (uint32_t)(v * 10000 + 0.5);
    else if (!strcmp(property, "reorder-percent") && v <= 100)
        link->reorder_ppm = (uint32_t)(v * 10000 + 0.5);
    else if (!strcmp(property, "rate-kbit")) {
        double ms =
            link->rate_bps ? (double)link->queue_bytes * 8000 / (double)link->rate_bps : QUEUE_MS;
        link->rate_bps = (uint64_t)(v * 1000);
        set_queue(link, ms);
    } else if (!strcmp(property, "queue-ms") && link->rate_bps)
        set_queue(link, v);
    else if (!strcmp(property, "down") && v <= 1)
        link->down = v > 0;
    else
        return false;
    return true;
}

bool relay_set(oc_sim_link_t *a, oc_sim_link_t *b, const char *property, const char *value) {
    char *end;
    double v = strtod(value, &end);
    if (end == value || *end || !(v >= 0 && v <= 1e7))
        return false;
    if (!strncmp(property, "a.", 2))
        return set_one(a, property + 2, v);
    if (!strncmp(property, "b.", 2))
        return set_one(b, property + 2, v);
    return set_one(a, property, v) && set_one(b, property, v);
}

static void print_one(const char *name, const oc_sim_link_stats_t *s) {
    printf("\"%s\":{\"seen\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"lost\":%" PRIu64
           ",\"overflowed\":%" PRIu64 ",\"duplicated\":%" PRIu64 ",\"reordered\":%" PRIu64
           ",\"delivered\":%" PRIu64 "}",
           name, s->sent, s->bytes, s->lost, s->over_queue, s->duplicated, s->reordered,
           s->delivered);
}

void relay_print_stats(const oc_sim_link_stats_t *a, const oc_sim_link_stats_t *b) {
    putchar('{');
    print_one("a", a);
    putchar(',');
    print_one("b", b);
    puts("}");
    fflush(stdout);
}
