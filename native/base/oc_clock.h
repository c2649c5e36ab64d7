/* oc_clock - monotonic time plus a wall-clock offset and how far it can be trusted.
 * Cores never read a clock: hosts fill an oc_clock_t and pass times in. All times are int64_t
 * microseconds. Monotonic time starts anywhere and never steps; wall time is UTC since 1970. */
#ifndef OC_CLOCK_H
#define OC_CLOCK_H

#include <stddef.h>
#include <stdint.h>

typedef enum oc_clock_quality {
    OC_CLOCK_NONE = 0, /* the wall clock was never set */
    OC_CLOCK_RTC = 1,  /* from a battery clock or the system without proof of synchronisation */
    OC_CLOCK_NTP = 2,  /* synchronised */
} oc_clock_quality_t;

/* 2024-01-01, seconds since 1970: a wall clock before it was never set. */
#define OC_CLOCK_FIRST_S INT64_C(1704067200)

typedef struct oc_clock {
    int64_t wall_minus_mono_us; /* add to a monotonic time to get UTC; 0 with OC_CLOCK_NONE */
    oc_clock_quality_t quality;
} oc_clock_t;

/* UTC of a monotonic time; with OC_CLOCK_NONE the monotonic time itself. */
static inline int64_t oc_clock_wall_us(const oc_clock_t *clock, int64_t mono_us) {
    return mono_us + clock->wall_minus_mono_us;
}

/* Bytes of a formatted time with its NUL: 20261121T025100.123Z */
#define OC_CLOCK_TEXT 21

/* Writes wall_us as YYYYMMDDThhmmss.mmmZ (ISO 8601 basic, UTC; sorts by time). Years 1970..9999;
 * earlier or later times are clamped to that range. `out` has OC_CLOCK_TEXT bytes. */
void oc_clock_format(int64_t wall_us, char out[OC_CLOCK_TEXT]);

/* Reads what oc_clock_format wrote, `len` bytes at `text` (exactly OC_CLOCK_TEXT - 1).
 * OC_OK | OC_ERR_FORMAT (any other shape, or a date that does not exist). */
int oc_clock_parse(const char *text, size_t len, int64_t *wall_us);

/* value * to / from rounded to the nearest (halves up), exact as long as the result fits int64_t,
 * else the nearest end of its range. No drift: always convert from the origin, never add converted
 * differences. from, to: >= 1. */
int64_t oc_clock_rescale(int64_t value, uint32_t from, uint32_t to);

/* a + b, at the nearest end of the range when that does not fit: for times read from files. */
int64_t oc_clock_add(int64_t a, int64_t b);

/* Compares a / a_scale with b / b_scale exactly: -1 earlier, 0 equal, 1 later. Scales: >= 1 ticks
 * per second. */
int oc_clock_compare(int64_t a, uint32_t a_scale, int64_t b, uint32_t b_scale);

#endif
