/* oc_board - what differs from board to board: the pins of the camera, out of the defines of the
 * board's manifest (MODDEF_CAMERA_*), and what must be switched on before it answers. */
#ifndef OC_BOARD_H
#define OC_BOARD_H

#include <stddef.h>
#include "esp_camera.h"

/* Fills pins, clocks and the bus; format, size and buffers are the driver's. */
void oc_board_camera(camera_config_t *config);

/* Gives the camera power where a board switches it; XS task or capture task, before the sensor is
 * set up. Twice is fine. */
void oc_board_power_camera(void);

/* "SDA 40, SCL 39": where the sensor must answer, for messages. */
void oc_board_bus(char *out, size_t size);

#endif
