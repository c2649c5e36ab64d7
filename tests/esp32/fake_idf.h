/* fake_idf - the ESP-IDF and esp32-camera that hosts/esp32 meets in its tests: tasks are threads,
 * the camera gives what the test scripts, memory can run out. Every misuse the real ones would
 * crash on (a frame given back twice, buffers freed while lent) aborts. */
#ifndef FAKE_IDF_H
#define FAKE_IDF_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "esp_camera.h"
#include "esp_heap_caps.h"

/* What the camera does next. Set fields between calls, or while it runs (they are read once per
 * frame). */
typedef struct fake_camera {
    _Atomic esp_err_t init_error; /* of the next esp_camera_init; stays */
    framesize_t largest;          /* FRAMESIZE_INVALID: as asked */
    bool no_jpeg;                 /* the sensor has none */
    _Atomic bool mute;            /* frames stop: esp_camera_fb_get waits, then gives NULL */
    int64_t frame_us;             /* between frames; 0 = as fast as they are taken */
    int64_t wait_us;              /* what esp_camera_fb_get waits at most; 0 = 4 s */
    int64_t stamp_shift_us;       /* added to time stamps */
    uint32_t bytes;               /* of a frame; 0 = 1000 */
    _Atomic uint32_t cut_every;   /* each n-th frame lacks its end; 0 = none */
    _Atomic uint32_t big_every;   /* each n-th frame has big_bytes; 0 = none */
    uint32_t big_bytes;
    /* Makes frame n instead of fake_jpeg, at most `room` bytes; NULL: fake_jpeg does. */
    size_t (*picture)(uint32_t n, uint16_t width, uint16_t height, uint8_t *out, size_t room);
    uint32_t bytes_at_quality; /* > 0: a frame has bytes_at_quality / quality bytes instead */
    /* read by tests */
    _Atomic uint32_t inits, deinits, gets, made;
    _Atomic unsigned out; /* frames lent by the camera now */
    _Atomic int quality;
    _Atomic bool ready;
    camera_config_t config; /* of the last init */
} fake_camera_t;
extern fake_camera_t fake_camera;

/* Forgets everything: no camera set up, no script, memory for all. */
void fake_reset(void);

/* The bytes of frame n (from 1), as made: fills out (NULL: only counts) and returns their number.
 */
uint32_t fake_jpeg(uint32_t n, uint32_t bytes, uint16_t width, uint16_t height, uint8_t *out);
/* The number of the frame in a JPEG of fake_jpeg; 0 = it is none. */
uint32_t fake_jpeg_number(const uint8_t *jpeg, size_t len);

/* Virtual time of esp_timer_get_time; -1 = the real one. In virtual time nothing sleeps. */
extern int64_t fake_now_us;
/* Real time goes this much faster for the tasks; 1 .. 1000. */
extern _Atomic int fake_speed;

/* Allocations that succeed before the next fails; -1 = all. */
extern _Atomic int fake_memory_left;
size_t fake_memory_out(void); /* bytes now allocated */
extern bool fake_no_psram;    /* the board has none */

/* The one partition. */
typedef struct fake_partition {
    const char *label; /* NULL: none */
    int type;
    const uint8_t *data;
    size_t size;
    esp_err_t error; /* of reading */
} fake_partition_t;
extern fake_partition_t fake_partition;

/* So often the script's task has fed its watchdog, and the firmware was marked valid. */
extern unsigned fake_fed, fake_kept;

/* Called by esp_restart; must not return. NULL: the program aborts. */
extern void (*fake_on_restart)(void);

/* Waits until every task sleeps and has taken what it was given. Not while a timeout is short. */
void fake_settle(void);
/* Tasks made and not ended. */
unsigned fake_tasks(void);
/* Pins written last: level, or -1; and what others put on them. */
extern _Atomic int fake_pin[64];
extern _Atomic int fake_level[64];

/* The one byte and the one blob that are kept over restarts. */
typedef struct fake_nvs {
    _Atomic int value; /* -1: none */
    uint8_t blob[4000];
    size_t blob_len; /* 0: none */
    esp_err_t error; /* of reading and opening */
    _Atomic esp_err_t write_error;
    _Atomic unsigned writes;
} fake_nvs_t;
extern fake_nvs_t fake_nvs;

#endif
