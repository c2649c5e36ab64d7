/* Test declarations: what hosts/esp32 uses of esp32-camera's esp_camera.h and sensor.h. Not the
 * real header; the numbers of enumerations differ from version to version anyway. */
#ifndef ESP_CAMERA_H
#define ESP_CAMERA_H
#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>
#include "driver/ledc.h"
#include "esp_err.h"

#define ESP_ERR_CAMERA_BASE          0x20000
#define ESP_ERR_CAMERA_NOT_DETECTED  (ESP_ERR_CAMERA_BASE + 1)
#define ESP_ERR_CAMERA_NOT_SUPPORTED (ESP_ERR_CAMERA_BASE + 4)

typedef enum { PIXFORMAT_RGB565, PIXFORMAT_YUV422, PIXFORMAT_JPEG = 4 } pixformat_t;
typedef enum {
    FRAMESIZE_QQVGA,
    FRAMESIZE_QVGA,
    FRAMESIZE_VGA,
    FRAMESIZE_HD,
    FRAMESIZE_UXGA,
    FRAMESIZE_INVALID
} framesize_t;
typedef enum { CAMERA_GRAB_WHEN_EMPTY, CAMERA_GRAB_LATEST } camera_grab_mode_t;
typedef enum { CAMERA_FB_IN_PSRAM, CAMERA_FB_IN_DRAM } camera_fb_location_t;

typedef struct {
    const uint16_t width, height;
} resolution_info_t;
extern const resolution_info_t resolution[];

typedef struct {
    int pin_pwdn, pin_reset, pin_xclk, pin_sccb_sda, pin_sccb_scl;
    int pin_d7, pin_d6, pin_d5, pin_d4, pin_d3, pin_d2, pin_d1, pin_d0;
    int pin_vsync, pin_href, pin_pclk;
    int xclk_freq_hz;
    ledc_timer_t ledc_timer;
    ledc_channel_t ledc_channel;
    pixformat_t pixel_format;
    framesize_t frame_size;
    int jpeg_quality;
    size_t fb_count;
    camera_fb_location_t fb_location;
    camera_grab_mode_t grab_mode;
    int sccb_i2c_port;
} camera_config_t;

typedef struct {
    uint8_t *buf;
    size_t len, width, height;
    pixformat_t format;
    struct timeval timestamp;
} camera_fb_t;

typedef struct _sensor sensor_t;
struct _sensor {
    struct {
        framesize_t framesize;
        uint8_t quality;
    } status;
    int (*set_quality)(sensor_t *sensor, int quality);
};

esp_err_t esp_camera_init(const camera_config_t *config);
esp_err_t esp_camera_deinit(void);
camera_fb_t *esp_camera_fb_get(void);
void esp_camera_fb_return(camera_fb_t *fb);
sensor_t *esp_camera_sensor_get(void);
#endif
