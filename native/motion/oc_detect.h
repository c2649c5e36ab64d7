/* oc_detect - what is looked for at a channel, as the desired list has it: one reading for every
 * host. */
#ifndef OC_DETECT_H
#define OC_DETECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oc_detect_record.h"
#include "oc_motion.h"

typedef struct oc_detect {
    bool motion, sound;
    uint8_t sensitivity; /* of motion, 1 .. 100 */
    uint16_t minimum;    /* of an event of motion: thousandths of the picture */
    uint32_t cooldown_ms;
    uint16_t threshold_db; /* of sound above its floor, 1 .. 96 */
    char zones[OC_ZONE_TEXT_MAX];
} oc_detect_t;

/* OC_OK | OC_ERR_INVAL | OC_ERR_FORMAT malformed zones; *out is then not to be used. */
int oc_detect_read(oc_detect_t *out, const oc_desired_detect_t *desired);

/* The detector's part of it. */
oc_motion_config_t oc_detect_motion(const oc_detect_t *detect);

/* The `data` of an event of motion as JSON. Returns the bytes without NUL; out has size bytes. */
int oc_detect_text(const oc_motion_area_t *area, char *out, size_t size);

#endif
