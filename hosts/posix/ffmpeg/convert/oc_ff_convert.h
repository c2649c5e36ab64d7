/* oc_ff_convert - one file into a fragmented MP4 with H.264 and AAC: the best picture and the best
 * sound, copied where they are that already. Input and output are sockets; the MP4 is written from
 * its beginning to its end. One thread for each. */
#ifndef OC_FF_CONVERT_H
#define OC_FF_CONVERT_H

#include "oc_convert_wire.h"
#include "oc_ff.h"

#define OC_FF_CONVERT_GOP_MS 2000 /* between key frames that are encoded */

/* Converts. input: oc_object_wire; output: oc_convert_wire, state and bytes are written to it. Both
 * are borrowed until return. end: filled in. */
void oc_ff_convert_run(const oc_convert_order_t *order, int input, int output,
                       oc_convert_end_t *end);

/* For oc_ff_host.log: keeps the last failure of its thread, for `end`. */
void oc_ff_convert_log(oc_log_level_t level, const char *line);

#endif
