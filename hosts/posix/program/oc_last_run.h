/* oc_last_run - the run of the program before this one: its version and its end, kept in the data
 * directory, so that a start after an update of the host says for how long each channel was without
 * pictures. A process that was killed leaves none. */
#ifndef OC_LAST_RUN_H
#define OC_LAST_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "oc_limits.h"
#include "oc_plane.h"

#define OC_LAST_RUN_FILE    "crash/last-run" /* one line: version, times below; 0600 */
#define OC_LAST_RUN_VERSION 64               /* bytes with NUL */

/* How the run before ended. All zero: there was none, or it left nothing. */
typedef struct oc_last_run {
    char version[OC_LAST_RUN_VERSION];
    int64_t wall_us; /* UTC */
    int64_t boot_us; /* CLOCK_BOOTTIME: of use within the same boot of the machine */
} oc_last_run_t;

/* Takes what the run before left below `root`, and removes it: it is read once. */
void oc_last_run_take(int root, oc_last_run_t *last);
/* Captures have ended just now. Failures are ignored: the next start says less. */
void oc_last_run_leave(int root, const char *version);

/* us between that end and `now`; -1: not known, since the machine was started again or a clock was
 * set meanwhile. */
int64_t oc_last_run_gap(const oc_last_run_t *last, const oc_last_run_t *now);

/* Tells it for each channel that has pictures again. All zero but `last` and `version`. */
typedef struct oc_resumption {
    oc_last_run_t last;
    const char *version; /* of this run; borrowed */
    int64_t began_us, looked_us;
    bool notified[OC_CHANNELS_MAX];
} oc_resumption_t;

/* Media thread, as often as it turns: looks every 50 ms during the first minute. An event of the
 * channel for each first picture: `host-updated`, or `host-restarted` when the version is the same;
 * code: ms without pictures, 0: not known. */
void oc_resumption_turn(oc_resumption_t *resumption, oc_plane_t *plane, int64_t now_us);

#endif
