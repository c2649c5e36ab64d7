/* oc_view_watermark - three levels of what waits for one viewer (B5). WARN each time it rises above
 * warn; HIGH when it rises above high, and the reader is held; LOW when it falls below low after a
 * WARN or HIGH, and the reader goes on. All zero: off. Pure. */
#ifndef OC_VIEW_WATERMARK_H
#define OC_VIEW_WATERMARK_H

#include <stdbool.h>
#include <stdint.h>

/* What a change brought; bits, in the order in which they are told. */
typedef enum oc_view_level {
    OC_VIEW_LEVEL_WARN = 1,
    OC_VIEW_LEVEL_HIGH = 2,
    OC_VIEW_LEVEL_LOW = 4,
} oc_view_level_t;

typedef struct oc_view_watermark {
    uint32_t low, warn, high; /* bytes; low < warn < high, or all 0: off */
    bool above;               /* more than warn waits */
    bool armed;               /* LOW is due when less than low waits */
    bool held;                /* the reader is held */
} oc_view_watermark_t;

/* Whether these can be set: 0 < low < warn < high, or all 0. */
bool oc_view_watermark_valid(int64_t low, int64_t warn, int64_t high);
/* Sets valid levels; what is true of the queue stays so: follow it by an update. Off: a held reader
 * goes on, nothing is told. */
void oc_view_watermark_set(oc_view_watermark_t *mark, uint32_t low, uint32_t warn, uint32_t high);
/* The levels, or, with high below 1.5 times gop_bytes, larger ones with that high and the parts of
 * it that low and warn are by default; off stays off. gop_bytes: of the largest GOP; 0 not known.
 */
void oc_view_watermark_follow(uint32_t level[3], uint32_t gop_bytes);
/* So many bytes wait now. oc_view_level_t bits to be told; see held afterwards. */
unsigned oc_view_watermark_update(oc_view_watermark_t *mark, uint64_t queued);

#endif
