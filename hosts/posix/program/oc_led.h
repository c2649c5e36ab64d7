/* oc_led - a LED of this machine that follows oc_indicator_t (oc_indicator_light): one of
 * /sys/class/leds, by name. A thread of its own, since sysfs may wait for a driver. */
#ifndef OC_LED_H
#define OC_LED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define OC_LED_FOLDER   "/sys/class/leds"
#define OC_LED_NAME_MAX 64 /* bytes with NUL */

/* The thread; opaque. */
typedef struct oc_led oc_led_t;

/* folder: OC_LED_FOLDER, or a test's; indicator: bits, changed by others; both borrowed until
 * stopped. The LED stays as it is
 * until oc_led_use. OC_OK | OC_ERR_NOMEM. */
int oc_led_start(oc_led_t **out, const char *folder, const _Atomic uint32_t *indicator);

/* True for a name of one folder: no slash, no leading dot, not empty. */
bool oc_led_allowed(const char *name);

/* From now on this one, "" = none; the one before goes dark. One that cannot be used is a line in
 * the log. Any thread, never waits. OC_OK | OC_ERR_INVAL not allowed. */
int oc_led_use(oc_led_t *led, const char *name);

/* The LED goes dark; ends the thread. NULL is fine. */
void oc_led_stop(oc_led_t *led);

#endif
