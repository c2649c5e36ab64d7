/* See oc_board.h. */
#include "oc_board.h"

#include <stdio.h>
#include "driver/gpio.h"
#include "driver/ledc.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "mc.defines.h"

#ifndef MODDEF_CAMERA_XCLK
#error "this board names no camera: see hosts/esp32/README.md"
#endif
#ifndef MODDEF_CAMERA_POWERDOWN
#define MODDEF_CAMERA_POWERDOWN (-1)
#endif
#ifndef MODDEF_CAMERA_RESET
#define MODDEF_CAMERA_RESET (-1)
#endif
#ifndef MODDEF_CAMERA_I2C_PORT
#define MODDEF_CAMERA_I2C_PORT 1
#endif
#ifndef MODDEF_CAMERA_XCLK_FREQ_HZ
#define MODDEF_CAMERA_XCLK_FREQ_HZ 20000000
#endif
#define POWER_SETTLE_MS 200

void oc_board_camera(camera_config_t *config) {
    *config = (camera_config_t){
        .pin_pwdn = MODDEF_CAMERA_POWERDOWN,
        .pin_reset = MODDEF_CAMERA_RESET,
        .pin_xclk = MODDEF_CAMERA_XCLK,
        .pin_sccb_sda = MODDEF_CAMERA_SDA,
        .pin_sccb_scl = MODDEF_CAMERA_SCL,
        .pin_d7 = MODDEF_CAMERA_D7,
        .pin_d6 = MODDEF_CAMERA_D6,
        .pin_d5 = MODDEF_CAMERA_D5,
        .pin_d4 = MODDEF_CAMERA_D4,
        .pin_d3 = MODDEF_CAMERA_D3,
        .pin_d2 = MODDEF_CAMERA_D2,
        .pin_d1 = MODDEF_CAMERA_D1,
        .pin_d0 = MODDEF_CAMERA_D0,
        .pin_vsync = MODDEF_CAMERA_VSYNC,
        .pin_href = MODDEF_CAMERA_HREF,
        .pin_pclk = MODDEF_CAMERA_PCLK,
        .xclk_freq_hz = MODDEF_CAMERA_XCLK_FREQ_HZ,
        .ledc_timer = LEDC_TIMER_0,
        .ledc_channel = LEDC_CHANNEL_0,
        .sccb_i2c_port = MODDEF_CAMERA_I2C_PORT,
    };
}

void oc_board_power_camera(void) {
#ifdef MODDEF_OCCAMERA_POWER_PIN
    gpio_reset_pin((gpio_num_t)MODDEF_OCCAMERA_POWER_PIN);
    gpio_set_direction((gpio_num_t)MODDEF_OCCAMERA_POWER_PIN, GPIO_MODE_OUTPUT);
    gpio_set_level((gpio_num_t)MODDEF_OCCAMERA_POWER_PIN, MODDEF_OCCAMERA_POWER_LEVEL);
    vTaskDelay(pdMS_TO_TICKS(POWER_SETTLE_MS));
#endif
}

void oc_board_front(void) {
#ifdef MODDEF_OCCAMERA_LIGHT_PIN
    gpio_reset_pin((gpio_num_t)MODDEF_OCCAMERA_LIGHT_PIN);
    gpio_set_direction((gpio_num_t)MODDEF_OCCAMERA_LIGHT_PIN, GPIO_MODE_OUTPUT);
#endif
#ifdef MODDEF_OCCAMERA_PRIVACY_PIN
    gpio_reset_pin((gpio_num_t)MODDEF_OCCAMERA_PRIVACY_PIN);
    gpio_set_direction((gpio_num_t)MODDEF_OCCAMERA_PRIVACY_PIN, GPIO_MODE_INPUT);
    /* a wire that breaks raises it */
    gpio_set_pull_mode((gpio_num_t)MODDEF_OCCAMERA_PRIVACY_PIN,
                       MODDEF_OCCAMERA_PRIVACY_LEVEL ? GPIO_PULLUP_ONLY : GPIO_PULLDOWN_ONLY);
#endif
    oc_board_light(false);
}

void oc_board_light(bool bright) {
#ifdef MODDEF_OCCAMERA_LIGHT_PIN
    gpio_set_level((gpio_num_t)MODDEF_OCCAMERA_LIGHT_PIN,
                   bright ? MODDEF_OCCAMERA_LIGHT_LEVEL : !MODDEF_OCCAMERA_LIGHT_LEVEL);
#else
    (void)bright;
#endif
}

bool oc_board_has_switch(void) {
#ifdef MODDEF_OCCAMERA_PRIVACY_PIN
    return true;
#else
    return false;
#endif
}

bool oc_board_switch(void) {
#ifdef MODDEF_OCCAMERA_PRIVACY_PIN
    return gpio_get_level((gpio_num_t)MODDEF_OCCAMERA_PRIVACY_PIN) == MODDEF_OCCAMERA_PRIVACY_LEVEL;
#else
    return false;
#endif
}

void oc_board_bus(char *out, size_t size) {
    snprintf(out, size, "SDA %d, SCL %d", MODDEF_CAMERA_SDA, MODDEF_CAMERA_SCL);
}
