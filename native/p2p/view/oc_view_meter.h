/* oc_view_meter - rates of a channel out of two counters (B7): bytes sent lately, and bytes
 * acknowledged in the past second. Fed at steps of OC_VIEW_METER_US or more; pure. */
#ifndef OC_VIEW_METER_H
#define OC_VIEW_METER_H

#include <stdint.h>

#define OC_VIEW_METER_US    (250 * 1000)
#define OC_VIEW_METER_STEPS 4 /* that make a second */

/* What was counted at a time. */
typedef struct oc_view_sample {
    int64_t at_us;
    uint64_t acked;
} oc_view_sample_t;

/* Zeroed but for begun_us: when counting began. */
typedef struct oc_view_meter {
    int64_t begun_us, sent_us;
    uint64_t sent, acked;                             /* at the last step */
    oc_view_sample_t sample[OC_VIEW_METER_STEPS + 1]; /* the newest first */
    unsigned samples;
    uint32_t inst_rate; /* bytes per second sent between the last two steps */
} oc_view_meter_t;

/* The counters now; less than OC_VIEW_METER_US after the last step nothing but acked is noted. */
void oc_view_meter_step(oc_view_meter_t *meter, uint64_t sent, uint64_t acked, int64_t now_us);
/* Bytes acknowledged in the second before now_us. */
uint32_t oc_view_meter_acked(const oc_view_meter_t *meter, int64_t now_us);

#endif
