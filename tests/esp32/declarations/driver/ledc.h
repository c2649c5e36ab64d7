/* Test declarations: what hosts/esp32 uses of ESP-IDF's driver/ledc.h. Not the real header. */
#ifndef DRIVER_LEDC_H
#define DRIVER_LEDC_H
typedef enum { LEDC_TIMER_0 } ledc_timer_t;
typedef enum { LEDC_CHANNEL_0 } ledc_channel_t;
#endif
