/* oc_capture_process - the driver of inputs that FFmpeg reads: the source itself runs in a process
 * ocellus-ffmpeg (oc_helper), where hosts/posix/ffmpeg is the driver; its packets come through
 * shared memory and are checked and copied here (oc_source_share). When that process dies the
 * source is lost and started again in a new one like any source; one that was in a shared process
 * which died twice within a minute gets a process of its own. ADR 21. */
#ifndef OC_CAPTURE_PROCESS_H
#define OC_CAPTURE_PROCESS_H

#include "oc_capture.h"

/* The inputs of oc_plugin_requested. open: OC_ERR_NOTSUP with why when there is no ocellus-ffmpeg.
 */
extern const oc_capture_driver_t oc_capture_process;

#endif
