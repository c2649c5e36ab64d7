/* oc_ff_fits - whether the sound of a source fits its description. A camera may describe AAC of
 * another rate or number of channels than it sends: a recording of it plays nowhere, and nothing in
 * a packet tells. So the first packets are decoded, and their distance is measured: a packet lasts
 * as long as its description says. Once enough were right, nothing is looked at any more. */
#ifndef OC_FF_FITS_H
#define OC_FF_FITS_H

#include <libavcodec/avcodec.h>
#include <stdbool.h>

#define OC_FF_FITS_ENOUGH 24 /* packets: half a second, as a rule */

typedef struct oc_ff_fits {
    AVCodecContext *decoder; /* NULL: nothing is looked at (any more) */
    AVFrame *frame;
    unsigned right;       /* decoded, in a row */
    unsigned steps, near; /* distances measured; of them as long as they should be */
    unsigned since;       /* packets since last_us */
    int64_t last_us;      /* of the newest packet that has a time */
    bool any;             /* there is one */
} oc_ff_fits_t;

/* From now on packets of this description are looked at; when there is no decoder, none is. */
void oc_ff_fits_begin(oc_ff_fits_t *fits, const AVCodecParameters *about);

/* False: it cannot be decoded with the description, or the packets so far last longer or shorter.
 * at_us: its time, AV_NOPTS_VALUE = none; frame_us: how long it lasts by the description. */
bool oc_ff_fits(oc_ff_fits_t *fits, const AVPacket *packet, int64_t at_us, int64_t frame_us);

/* Frees what it took. Twice is fine. */
void oc_ff_fits_end(oc_ff_fits_t *fits);

#endif
