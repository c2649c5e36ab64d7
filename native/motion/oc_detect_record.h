/* oc_detect_record - what an application wants looked for at a channel: a part of the desired list.
 */
#ifndef OC_DETECT_RECORD_H
#define OC_DETECT_RECORD_H

#include "oc_record.h"
#include "oc_zone_mask.h"

/* begin record: made by tools/protocol */
/* clang-format off */
/* What the host looks for at a channel; all 0: nothing. */
typedef struct oc_desired_detect {
    uint32_t sensitivity; /* of motion, 1 to 100; 0: none is looked for */
    uint32_t least_permille; /* of an event of motion, in thousandths of the picture; 0: 2 */
    uint32_t cooldown_ms; /* an event ends so long after its last motion or sound */
    uint32_t sound_db; /* decibels above what is usual, 1 to 96; 0: sound is not listened to */
    char zones[OC_ZONE_TEXT_MAX]; /* polygons in which motion counts, as in motion.zones; "": everywhere */
} oc_desired_detect_t;
OC_RECORD(oc_desired_detect, 528, {16, 512, "zones"}, {0, OC_RECORD_END, ""})
_Static_assert(offsetof(oc_desired_detect_t, sensitivity) == 0 && offsetof(oc_desired_detect_t, least_permille) == 4 && offsetof(oc_desired_detect_t, cooldown_ms) == 8 && offsetof(oc_desired_detect_t, sound_db) == 12 && offsetof(oc_desired_detect_t, zones) == 16 && sizeof(oc_desired_detect_t) == 528, "as TypeScript writes it");
/* clang-format on */
/* end record */

#endif
