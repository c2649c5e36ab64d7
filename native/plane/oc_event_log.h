/* oc_event_log - the last events of the program, numbered from 1, readable as bounded records.
 * The oldest goes first; a reader sees from the numbers what it missed. */
#ifndef OC_EVENT_LOG_H
#define OC_EVENT_LOG_H

#include <stddef.h>
#include <stdint.h>
#include "oc_clock.h"
#include "oc_command.h"
#include "oc_limits.h" /* OC_EVENT_LOG_ENTRIES */

#define OC_EVENT_PATH_MAX 160 /* bytes with NUL; the longest path of a recording takes 153 */

typedef struct oc_event {
    uint32_t number; /* from 1 on; set by the log */
    int32_t code;    /* OC_ERR_* or 0; of an input its level */
    int64_t at_us;   /* monotonic; read as UTC of the clock at the time of reading */
    char channel[OC_CHANNEL_NAME_MAX]; /* "" = none */
    char kind[OC_EVENT_KIND_MAX];      /* stable lower-case word */
    char path[OC_EVENT_PATH_MAX];      /* relative to the data directory; "" = none */
    char text[OC_EVENT_TEXT_MAX];
    bool sub;    /* of the channel's sub stream */
    bool raised; /* by the application, not by the plane or its host */
} oc_event_t;

typedef struct oc_event_log {
    uint32_t added; /* events so far; the newest has this number */
    oc_event_t entry[OC_EVENT_LOG_ENTRIES];
} oc_event_log_t;

/* An empty place for the next event, already numbered and linked in; the caller fills the rest.
 * Start from a zeroed oc_event_log_t. */
oc_event_t *oc_event_log_add(oc_event_log_t *log);

/* Writes whole events from number `from` (0 = the oldest) on, as many as fit into `size` bytes: the
 * records of EVENTS_READ (docs/design/script.md). *next: the number to go on with. Returns the
 * bytes written. */
size_t oc_event_log_read(const oc_event_log_t *log, uint32_t from, const oc_clock_t *clock,
                         char *out, size_t size, uint32_t *next);

#endif
