/* oc_motion - what moves in small grey pictures of a fixed camera. Each cell has a slow background,
 * a fast one (1 s) and its usual deviation; changes of light are taken out by a tone curve from
 * background to picture (oc_motion_tone.h), so exposure, clouds and a switched lamp are no motion.
 * A coherent area that differs from the background, moves, and lasts for several pictures is an
 * event; cells that go to and fro all the time (leaves, rain) do not count while they do.
 * Pure, integers only; one thread. */
#ifndef OC_MOTION_H
#define OC_MOTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OC_MOTION_WIDTH_MIN  16
#define OC_MOTION_HEIGHT_MIN 12
#define OC_MOTION_CELLS_MAX  8192 /* 96x54 is 5184 */

typedef struct oc_motion_config {
    uint8_t sensitivity;  /* 1 .. 100; 50 is usual */
    uint16_t minimum;     /* area of an event, in thousandths of the picture; 1 .. 1000 */
    uint32_t cooldown_ms; /* an event ends so long after its last motion */
} oc_motion_config_t;

/* Where something moves; thousandths of the picture. */
typedef struct oc_motion_area {
    uint16_t area;
    uint16_t x, y, width, height;
} oc_motion_area_t;

/* What a picture changes. */
typedef enum oc_motion_edge {
    OC_MOTION_NONE = 0,
    OC_MOTION_BEGINS,
    OC_MOTION_ENDS,
} oc_motion_edge_t;

/* One channel's detector; opaque, memory of the caller's. */
typedef struct oc_motion oc_motion_t;

/* Bytes for pictures of that size. 0: too small or too large. */
size_t oc_motion_bytes(unsigned width, unsigned height);
/* memory: oc_motion_bytes of it, aligned for uint32_t; borrowed until no longer used. */
oc_motion_t *oc_motion_init(void *memory, unsigned width, unsigned height,
                            const oc_motion_config_t *config);
/* From the next picture on; the background stays. */
void oc_motion_configure(oc_motion_t *motion, const oc_motion_config_t *config);
/* Cells that count: width * height bytes, 0 = does not; copied. NULL: all. */
void oc_motion_mask(oc_motion_t *motion, const uint8_t *cells);
/* One picture; rows are `stride` bytes apart. at_us: monotonic, grows; pictures nearer than 60 ms
 * to the last one are passed over. *area: of BEGINS, what moves; of ENDS, all that has moved. */
oc_motion_edge_t oc_motion_put(oc_motion_t *motion, const uint8_t *picture, size_t stride,
                               int64_t at_us, oc_motion_area_t *area);
/* No picture came: an event may end by its time. */
oc_motion_edge_t oc_motion_turn(oc_motion_t *motion, int64_t at_us, oc_motion_area_t *area);
/* True between BEGINS and ENDS. */
bool oc_motion_active(const oc_motion_t *motion);

#endif
