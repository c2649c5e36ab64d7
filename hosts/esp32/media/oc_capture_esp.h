/* oc_capture_esp - capture driver over esp32-camera: the sensor's own JPEG frames, lent without a
 * copy. URL: camera: with options (oc_camera_plan.h). A frame stays in the camera's buffer until
 * the ring has copied it; the driver holds back at most OC_CAPTURE_ESP_LENT of them, so the sensor
 * always has one to fill, and leaves frames out (counted) while the media task holds them all.
 * One camera, so one open driver. pump waits for the next frame: it needs a task of its own. */
#ifndef OC_CAPTURE_ESP_H
#define OC_CAPTURE_ESP_H

#include "oc_camera_control.h"
#include "oc_capture.h"

#define OC_CAPTURE_ESP_BUFFERS 3 /* of a fifth of the pixels each, PSRAM: 3 x 184 KB at 720p */
#define OC_CAPTURE_ESP_LENT    (OC_CAPTURE_ESP_BUFFERS - 1)
/* So long without a frame: the sensor is set up anew. Below the 4 s esp_camera_fb_get waits. */
#define OC_CAPTURE_ESP_SILENT_US (3500 * 1000)

/* The driver. open: OC_ERR_NOENT no sensor answers | OC_ERR_NOTSUP it gives no JPEG |
 * OC_ERR_NOMEM no PSRAM for its buffers | OC_ERR_STATE the camera is open already |
 * OC_ERR_FORMAT the URL | OC_ERR_IO the rest. start: OC_ERR_BUSY lent frames are still out and the
 * sensor must be set up anew: try later. */
extern const oc_capture_driver_t oc_capture_esp;

/* Counts of the camera that is open; capture task, or any task for a look. state: of the driver. */
void oc_capture_esp_stats(const void *state, oc_camera_stats_t *out);

#endif
