/* A LED of /sys/class/leds, played by a folder: dark, steady, blinking; wrong names. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "oc_err.h"
#include "oc_led.h"
#include "oc_command.h"
#include "test_folder.h"
#include "test_wait.h"

typedef struct rig {
    char path[64];
    int root;
    _Atomic uint32_t indicator;
    oc_led_t *led;
} rig_t;

static int set_up(void **state) {
    rig_t *rig = calloc(1, sizeof(*rig));
    rig->root = test_folder_make(rig->path);
    *state = rig;
    for (int i = 0; i < 2; i++) {
        char name[32];
        snprintf(name, sizeof(name), "led%d", i);
        if (mkdirat(rig->root, name, 0700) != 0)
            return 1;
        snprintf(name, sizeof(name), "led%d/brightness", i);
        test_folder_write(rig->root, name, "9\n");
        snprintf(name, sizeof(name), "led%d/trigger", i);
        test_folder_write(rig->root, name, "heartbeat");
    }
    test_folder_write(rig->root, "led0/max_brightness", "255\n");
    return oc_led_start(&rig->led, rig->path, &rig->indicator);
}

static int tear_down(void **state) {
    rig_t *rig = *state;
    oc_led_stop(rig->led);
    close(rig->root);
    test_folder_remove(rig->path);
    free(rig);
    return 0;
}

/* What a file begins with, up to white space; a sysfs file is what was written last, at its start.
 */
static const char *first_of(const rig_t *rig, const char *name) {
    static char text[32];
    int fd = openat(rig->root, name, O_RDONLY);
    ssize_t got = read(fd, text, sizeof(text) - 1);
    assert_true(got >= 0);
    text[got] = '\0';
    close(fd);
    return text;
}

static bool begins(const rig_t *rig, const char *name, const char *text) {
    return strncmp(first_of(rig, name), text, strlen(text)) == 0;
}

static void nap(void) {
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

static void wait_for(const rig_t *rig, const char *name, const char *text) {
    for (int ms = 0; !begins(rig, name, text); ms += 5, nap())
        assert_true(ms < TEST_WAIT_MS);
}

static void show(rig_t *rig, uint32_t indicator) {
    atomic_store(&rig->indicator, indicator);
}

static void it_follows(void **state) {
    rig_t *rig = *state;
    assert_int_equal(oc_led_use(rig->led, "led0"), OC_OK);
    wait_for(rig, "led0/brightness", "0");
    assert_true(begins(rig, "led0/trigger", "none"));
    show(rig, OC_INDICATOR_SENSOR);
    wait_for(rig, "led0/brightness", "255");
    show(rig, OC_INDICATOR_SENSOR | OC_INDICATOR_WATCHING);
    for (int i = 0; i < 2; i++) { /* it blinks */
        wait_for(rig, "led0/brightness", "0");
        wait_for(rig, "led0/brightness", "255");
    }
    show(rig, 0);
    wait_for(rig, "led0/brightness", "0");
}

/* The one before goes dark; without max_brightness it is 1; at the end all are dark. */
static void another_one_and_none(void **state) {
    rig_t *rig = *state;
    show(rig, OC_INDICATOR_SENSOR);
    assert_int_equal(oc_led_use(rig->led, "led0"), OC_OK);
    wait_for(rig, "led0/brightness", "255");
    assert_int_equal(oc_led_use(rig->led, "led1"), OC_OK);
    wait_for(rig, "led1/brightness", "1");
    wait_for(rig, "led0/brightness", "0");
    assert_int_equal(oc_led_use(rig->led, ""), OC_OK);
    wait_for(rig, "led1/brightness", "0");
    assert_int_equal(oc_led_use(rig->led, "led0"), OC_OK);
    wait_for(rig, "led0/brightness", "255");
    oc_led_stop(rig->led);
    rig->led = NULL;
    assert_true(begins(rig, "led0/brightness", "0"));
}

static void wrong_names_harm_nothing(void **state) {
    rig_t *rig = *state;
    char longest[OC_LED_NAME_MAX + 1];
    memset(longest, 'a', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    const char *wrong[] = {"..", ".", "a/b", "/etc", "../led0", longest};
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(oc_led_use(rig->led, wrong[i]), OC_ERR_INVAL);
    show(rig, OC_INDICATOR_SENSOR);
    assert_int_equal(oc_led_use(rig->led, "nobody"), OC_OK); /* a line in the log */
    assert_int_equal(oc_led_use(rig->led, "led0"), OC_OK);
    wait_for(rig, "led0/brightness", "255");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_follows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_one_and_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wrong_names_harm_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
