/* oc_ff_cut - whether an input ends before what it says of itself: an index of samples behind its
 * end, or a duration in its header that its packets do not reach. Only headers count: a duration
 * that was measured at the end of the file, or estimated, says nothing of what was there. */
#ifndef OC_FF_CUT_H
#define OC_FF_CUT_H

#include <libavformat/avformat.h>
#include <stdbool.h>

typedef struct oc_ff_cut {
    int64_t reach_us; /* end of the latest packet on the input's own clock; 0: none yet */
} oc_ff_cut_t;

/* Streams that are not wanted need not be read. In formats whose streams have no duration of their
 * own, they are: the longest of all streams is what the header means. */
bool oc_ff_cut_needs_all(const AVFormatContext *format);

/* Of each packet. */
void oc_ff_cut_note(oc_ff_cut_t *cut, const AVFormatContext *format, const AVPacket *packet);

/* At the end of the input, which has so many bytes. */
bool oc_ff_cut_is(const oc_ff_cut_t *cut, AVFormatContext *format, int64_t bytes);

#endif
