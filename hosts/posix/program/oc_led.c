#define _GNU_SOURCE
#include "oc_led.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_indicator_light.h"
#include "oc_log.h"
#include "oc_posix.h"

#define STACK_BYTES (64 * 1024)
#define LOOK_US     (OC_INDICATOR_LIGHT_BLINK_US / 2)

struct oc_led {
    const char *folder;
    const _Atomic uint32_t *indicator;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    char expected[OC_LED_NAME_MAX]; /* under lock */
    bool stop;                      /* under lock */
    char name[OC_LED_NAME_MAX];     /* own thread: the one in use */
    int fd;                         /* its brightness; -1: none */
    char maximum[16];               /* what its file says when it is brightest */
    bool bright, failed;
};

bool oc_led_allowed(const char *name) {
    size_t len = strlen(name);
    return len > 0 && len < OC_LED_NAME_MAX && name[0] != '.' && !strchr(name, '/');
}

static int open_file(const oc_led_t *led, const char *file, int flags) {
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s/%s", led->folder, led->name, file);
    return open(path, flags | O_CLOEXEC | O_NONBLOCK);
}

static void complain(oc_led_t *led, int number) {
    if (!led->failed)
        oc_log(OC_LOG_WARN, "led", "indicator.led: %s/%s: %s", led->folder, led->name,
               strerror(number));
    led->failed = true;
}

static void set(oc_led_t *led, bool bright) {
    const char *text = bright ? led->maximum : "0";
    if (led->fd >= 0 && pwrite(led->fd, text, strlen(text), 0) < 0)
        complain(led, errno);
    led->bright = bright;
}

/* Its own blinking would hide ours; not every LED has a trigger. */
static void take_trigger(const oc_led_t *led) {
    int fd = open_file(led, "trigger", O_WRONLY);
    if (fd < 0)
        return;
    (void)!write(fd, "none", 4);
    close(fd);
}

static void change(oc_led_t *led, const char *name) {
    if (led->fd >= 0) {
        set(led, false);
        close(led->fd);
    }
    snprintf(led->name, sizeof(led->name), "%s", name);
    led->fd = -1;
    led->failed = false;
    if (!name[0])
        return;
    take_trigger(led);
    snprintf(led->maximum, sizeof(led->maximum), "1");
    int fd = open_file(led, "max_brightness", O_RDONLY);
    ssize_t got = fd >= 0 ? read(fd, led->maximum, sizeof(led->maximum) - 1) : 0;
    if (got > 0)
        led->maximum[got] = '\0';
    if (fd >= 0)
        close(fd);
    led->fd = open_file(led, "brightness", O_WRONLY);
    if (led->fd < 0)
        complain(led, errno);
    set(led, false);
}

/* Sleeps for one look. False: it is to end. name: what is wanted. */
static bool next(oc_led_t *led, char name[OC_LED_NAME_MAX]) {
    int64_t until = oc_posix_now_us() + LOOK_US;
    pthread_mutex_lock(&led->lock);
    if (!led->stop && strcmp(led->expected, led->name) == 0)
        oc_posix_cond_wait(&led->cond, &led->lock, led->expected[0] ? until : INT64_MAX);
    memcpy(name, led->expected, OC_LED_NAME_MAX);
    bool go_on = !led->stop;
    pthread_mutex_unlock(&led->lock);
    return go_on;
}

static void *run(void *context) {
    oc_led_t *led = context;
    char name[OC_LED_NAME_MAX];
    while (next(led, name)) {
        if (strcmp(name, led->name) != 0)
            change(led, name);
        bool bright = oc_indicator_light(atomic_load(led->indicator), oc_posix_now_us());
        if (bright != led->bright)
            set(led, bright);
    }
    change(led, "");
    return NULL;
}

int oc_led_start(oc_led_t **out, const char *folder, const _Atomic uint32_t *indicator) {
    oc_led_t *led = calloc(1, sizeof(*led));
    if (!led)
        return OC_ERR_NOMEM;
    *led = (oc_led_t){.folder = folder, .indicator = indicator, .fd = -1};
    pthread_mutex_init(&led->lock, NULL);
    oc_posix_cond_init(&led->cond);
    if (oc_posix_thread(&led->thread, "led", STACK_BYTES, run, led) != OC_OK) {
        free(led);
        return OC_ERR_NOMEM;
    }
    *out = led;
    return OC_OK;
}

static void notify(oc_led_t *led, const char *name, bool stop) {
    pthread_mutex_lock(&led->lock);
    if (name)
        snprintf(led->expected, sizeof(led->expected), "%s", name);
    led->stop = led->stop || stop;
    pthread_cond_signal(&led->cond);
    pthread_mutex_unlock(&led->lock);
}

int oc_led_use(oc_led_t *led, const char *name) {
    if (name[0] && !oc_led_allowed(name))
        return OC_ERR_INVAL;
    notify(led, name, false);
    return OC_OK;
}

void oc_led_stop(oc_led_t *led) {
    if (!led)
        return;
    notify(led, NULL, true);
    pthread_join(led->thread, NULL);
    pthread_cond_destroy(&led->cond);
    pthread_mutex_destroy(&led->lock);
    free(led);
}
