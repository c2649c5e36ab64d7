/* See fake_idf.h: the camera. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "esp_timer.h"
#include "fake_idf.h"

#define US_PER_S    1000000
#define GET_WAIT_US (4 * US_PER_S) /* as esp32-camera */
#define BUFFERS_MAX 8
#define SEGMENT_MAX 65535u
#define COMMENT     0xFE
#define MARK        "n="

const resolution_info_t resolution[] = {{160, 120},  {320, 240},   {640, 480},
                                        {1280, 720}, {1600, 1200}, {0, 0}};

fake_camera_t fake_camera;
static camera_fb_t frames[BUFFERS_MAX];
static bool lent[BUFFERS_MAX];
static size_t room;
static int64_t next_us;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sensor_t sensor;

/* A real image of 48 x 32 made by FFmpeg. */
static const uint8_t *image(size_t *len) {
    static uint8_t bytes[1024];
    static size_t size;
    if (!size) {
        FILE *file = fopen(ROOT "/tests/corpora/jpeg/ffmpeg", "rb");
        if (!file || (size = fread(bytes, 1, sizeof bytes, file)) < 100)
            abort();
        fclose(file);
    }
    *len = size;
    return bytes;
}

static void broken(const char *what) {
    fprintf(stderr, "fake camera: %s\n", what);
    abort();
}

static void put(uint8_t **out, const void *bytes, size_t len) {
    memcpy(*out, bytes, len);
    *out += len;
}

/* The image with comments in front that carry its number and bring it to `bytes`, and the wanted
 * size in its header. */
uint32_t fake_jpeg(uint32_t n, uint32_t bytes, uint16_t width, uint16_t height, uint8_t *out) {
    size_t len;
    const uint8_t *from = image(&len);
    char mark[16];
    int mark_len = snprintf(mark, sizeof mark, MARK "%u;", n);
    uint32_t least = (uint32_t)len + 4 + (uint32_t)mark_len;
    uint32_t fill = bytes > least ? bytes - least : 0;
    uint32_t total = least, seed = n * 2654435761u;
    uint8_t *p = out;
    if (out) {
        uint8_t head[4] = {0xFF, COMMENT, 0, (uint8_t)(mark_len + 2)};
        put(&p, from, 2);
        put(&p, head, 4);
        put(&p, mark, (size_t)mark_len);
    }
    while (fill >= 4) {
        uint32_t part = fill < SEGMENT_MAX + 2 ? fill : SEGMENT_MAX + 2;
        if (fill - part > 0 && fill - part < 4)
            part -= 4;
        total += part;
        fill -= part;
        if (!out)
            continue;
        uint8_t head[4] = {0xFF, COMMENT, (uint8_t)((part - 2) >> 8), (uint8_t)(part - 2)};
        put(&p, head, 4);
        for (uint32_t i = 4; i < part; i++) {
            seed = seed * 1664525u + 1013904223u;
            *p++ = (uint8_t)(seed >> 24);
        }
    }
    if (!out)
        return total;
    uint8_t *rest = p;
    put(&p, from + 2, len - 2);
    for (uint8_t *q = rest; q + 9 < p; q++) {
        if (q[0] == 0xFF && q[1] == 0xC0) { /* SOF0: length, precision, height, width */
            uint8_t size[4] = {(uint8_t)(height >> 8), (uint8_t)height, (uint8_t)(width >> 8),
                               (uint8_t)width};
            memcpy(q + 5, size, 4);
            break;
        }
    }
    return total;
}

uint32_t fake_jpeg_number(const uint8_t *jpeg, size_t len) {
    if (len < 10 || jpeg[2] != 0xFF || jpeg[3] != COMMENT || memcmp(jpeg + 6, MARK, 2) != 0)
        return 0;
    return (uint32_t)strtoul((const char *)jpeg + 8, NULL, 10);
}

static int set_quality(sensor_t *s, int quality) {
    (void)s;
    fake_camera.quality = quality;
    return 0;
}

static void free_buffers(void) {
    for (unsigned i = 0; i < BUFFERS_MAX; i++) {
        heap_caps_free(frames[i].buf);
        frames[i] = (camera_fb_t){0};
    }
}

esp_err_t esp_camera_init(const camera_config_t *config) {
    fake_camera.config = *config;
    fake_camera.inits++;
    if (fake_camera.ready)
        broken("set up twice");
    if (fake_camera.init_error)
        return fake_camera.init_error;
    if (fake_camera.no_jpeg && config->pixel_format == PIXFORMAT_JPEG)
        return ESP_ERR_NOT_SUPPORTED;
    framesize_t size = config->frame_size;
    if (size > fake_camera.largest)
        size = fake_camera.largest;
    room = (size_t)resolution[size].width * resolution[size].height / 5;
    for (unsigned i = 0; i < config->fb_count; i++) {
        frames[i].buf = heap_caps_aligned_alloc(16, room, MALLOC_CAP_SPIRAM);
        if (frames[i].buf)
            continue;
        free_buffers();
        return ESP_ERR_NO_MEM;
    }
    sensor.status.framesize = size;
    sensor.set_quality = set_quality;
    fake_camera.quality = config->jpeg_quality;
    fake_camera.ready = true;
    next_us = esp_timer_get_time();
    return ESP_OK;
}

esp_err_t esp_camera_deinit(void) {
    if (!fake_camera.ready)
        broken("taken down while not set up");
    if (fake_camera.out)
        broken("taken down while a frame is lent");
    fake_camera.ready = false;
    fake_camera.deinits++;
    free_buffers();
    return ESP_OK;
}

sensor_t *esp_camera_sensor_get(void) {
    return fake_camera.ready ? &sensor : NULL;
}

static void sleep_us(int64_t us) {
    if (fake_now_us >= 0) {
        fake_now_us += us;
        return;
    }
    us /= fake_speed;
    struct timespec time = {us / US_PER_S, us % US_PER_S * 1000};
    nanosleep(&time, NULL);
}

static void fill_fake(camera_fb_t *fb, uint32_t n, uint32_t bytes, const resolution_info_t *size) {
    uint32_t len = fake_jpeg(n, bytes, size->width, size->height, NULL);
    uint8_t *whole = malloc(len);
    if (!whole)
        abort();
    fake_jpeg(n, bytes, size->width, size->height, whole);
    bool cut = fake_camera.cut_every && n % fake_camera.cut_every == 0;
    fb->len = cut ? len - 2 : len;
    if (fb->len > room)
        fb->len = room; /* what does not fit is lost, as in the real one */
    memcpy(fb->buf, whole, fb->len);
    free(whole);
}

static void fill(camera_fb_t *fb, int64_t stamp_us) {
    uint32_t n = ++fake_camera.made;
    uint32_t bytes = fake_camera.bytes_at_quality
                         ? fake_camera.bytes_at_quality / (uint32_t)fake_camera.quality
                     : fake_camera.bytes ? fake_camera.bytes
                                         : 1000;
    const resolution_info_t *size = &resolution[sensor.status.framesize];
    if (fake_camera.big_every && n % fake_camera.big_every == 0)
        bytes = fake_camera.big_bytes;
    if (fake_camera.picture)
        fb->len = fake_camera.picture(n, size->width, size->height, fb->buf, room);
    else
        fill_fake(fb, n, bytes, size);
    stamp_us += fake_camera.stamp_shift_us;
    fb->timestamp.tv_sec = stamp_us / US_PER_S;
    fb->timestamp.tv_usec = stamp_us % US_PER_S;
    fb->width = size->width;
    fb->height = size->height;
    fb->format = PIXFORMAT_JPEG;
}

camera_fb_t *esp_camera_fb_get(void) {
    if (!fake_camera.ready)
        broken("a frame is asked for while not set up");
    fake_camera.gets++;
    int64_t now = esp_timer_get_time();
    unsigned i = 0;
    pthread_mutex_lock(&lock);
    while (i < fake_camera.config.fb_count && lent[i])
        i++;
    pthread_mutex_unlock(&lock);
    if (fake_camera.mute || i == fake_camera.config.fb_count) {
        sleep_us(fake_camera.wait_us ? fake_camera.wait_us : GET_WAIT_US);
        return NULL;
    }
    if (next_us > now)
        sleep_us(next_us - now);
    now = esp_timer_get_time();
    next_us = now + fake_camera.frame_us;
    fill(&frames[i], now);
    pthread_mutex_lock(&lock);
    lent[i] = true;
    fake_camera.out++;
    pthread_mutex_unlock(&lock);
    return &frames[i];
}

void esp_camera_fb_return(camera_fb_t *fb) {
    size_t i = (size_t)(fb - frames);
    pthread_mutex_lock(&lock);
    if (i >= BUFFERS_MAX || !lent[i])
        broken("a frame is given back that is not lent");
    lent[i] = false;
    fake_camera.out--;
    memset(fb->buf, 0xEE, fb->len); /* the sensor writes the next one */
    pthread_mutex_unlock(&lock);
}

void fake_reset(void) {
    free_buffers();
    memset(lent, 0, sizeof lent);
    memset(&fake_camera, 0, sizeof fake_camera);
    fake_camera.largest = FRAMESIZE_INVALID;
    fake_memory_left = -1;
    fake_no_psram = false;
    fake_now_us = -1;
    fake_speed = 1;
    for (unsigned i = 0; i < sizeof fake_pin / sizeof *fake_pin; i++) {
        fake_pin[i] = -1;
        fake_level[i] = 0;
    }
    fake_nvs.value = -1;
    fake_nvs.blob_len = 0;
    fake_nvs.error = ESP_OK;
    fake_nvs.write_error = ESP_OK;
    fake_nvs.writes = 0;
}
