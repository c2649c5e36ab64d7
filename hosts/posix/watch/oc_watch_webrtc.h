/* oc_watch_webrtc - the source `webrtc:`: live of a camera of ours, as its page gets it. It offers,
 * posts the offer, opens a data channel and hands over what comes. It has a loop of its own, on the
 * thread of its capture. */
#ifndef OC_WATCH_WEBRTC_H
#define OC_WATCH_WEBRTC_H

#include "oc_capture.h"

#define OC_WATCH_WEBRTC_SCHEME "webrtc"

/* The driver. */
extern const oc_capture_driver_t oc_watch_webrtc;

/* From the capture of the newest frame, by the camera's clock, to its arrival, by ours. False: not
 * known. Any thread. */
bool oc_watch_webrtc_latency(int64_t *us);

#endif
