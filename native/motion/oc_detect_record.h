/* oc_detect_record - what an application wants looked for at a channel: a part of the desired list.
 */
#ifndef OC_DETECT_RECORD_H
#define OC_DETECT_RECORD_H

#include <stdint.h>
#include "oc_zone_mask.h"

/* All zero: nothing. */
typedef struct oc_desired_detect {
    uint32_t sensitivity;         /* of motion, 1 to 100; 0: none is looked for */
    uint32_t least_permille;      /* of an event of motion, in thousandths of the picture; 0: 2 */
    uint32_t cooldown_ms;         /* an event ends so long after its last motion or sound */
    uint32_t sound_db;            /* above what is usual, 1 to 96; 0: sound is not listened to */
    char zones[OC_ZONE_TEXT_MAX]; /* polygons in which motion counts; "": everywhere */
} oc_desired_detect_t;

#endif
