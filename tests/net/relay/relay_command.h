/* relay_command - what the relay is told in words: options of its command line and lines of
 * standard input. */
#ifndef RELAY_COMMAND_H
#define RELAY_COMMAND_H

#include <stdbool.h>
#include "oc_sim_net.h"

/* Sets one property of both directions, or of one when it begins with "a." (from the first
 * namespace) or "b.": delay-ms, jitter-ms, loss-percent, duplicate-percent, reorder-percent,
 * reorder-ms, rate-kbit, queue-ms, down (0, 1). Fractions are allowed. false: no such property, or
 * not a number in its range. */
bool relay_set(oc_sim_link_t *a, oc_sim_link_t *b, const char *property, const char *value);

/* One line of JSON: {"a":{"seen":..,"bytes":..,"lost":..,...},"b":{...}}. */
void relay_print_stats(const oc_sim_link_stats_t *a, const oc_sim_link_stats_t *b);

#endif
