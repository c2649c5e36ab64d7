/* oc_board - what differs from board to board: the pins of the camera, out of the defines of the
 * board's manifest (MODDEF_CAMERA_*), and what must be switched on before it answers. */
#ifndef OC_BOARD_H
#define OC_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include "esp_camera.h"

/* Fills pins, clocks and the bus; format, size and buffers are the driver's. */
void oc_board_camera(camera_config_t *config);

/* Gives the camera power where a board switches it; XS task or capture task, before the sensor is
 * set up. Twice is fine. */
void oc_board_power_camera(void);

/* "SDA 40, SCL 39": where the sensor must answer, for messages. */
void oc_board_bus(char *out, size_t size);

/* The light and the switch for privacy mode, where the manifest names their pins: "occamera" with
 * light_pin and light_level (that lights it), privacy_pin and privacy_level (when it is raised). */
/* Sets their pins up, the light dark. */
void oc_board_front(void);
void oc_board_light(bool bright);
bool oc_board_has_switch(void);
/* What the pin says now; it may bounce. Without a switch: false. */
bool oc_board_switch(void);

#endif
