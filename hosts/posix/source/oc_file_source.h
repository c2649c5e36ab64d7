/* oc_file_source - the driver of a file that is given by its path: read by Ocellus, and through
 * FFmpeg when it is installed and the file has tracks that Ocellus does not carry. */
#ifndef OC_FILE_SOURCE_H
#define OC_FILE_SOURCE_H

#include "oc_capture.h"

/* The driver for a URL: FFmpeg for its inputs, oc_file_source for a path and file: that replay
 * reads (replay: is Ocellus alone), else oc_capture_find. NULL: none. */
const oc_capture_driver_t *oc_file_source_find(const char *url);

/* open: as the driver that reads the file; adapted names tracks that are not carried, and what to
 * install. */
extern const oc_capture_driver_t oc_file_source;

#endif
