/* oc_plugin - capture drivers in a shared object, opened when the first input needs one. The
 * executable links nothing of it: oc_plugin_ffmpeg is a driver like the others whose open loads
 * oc_ffmpeg.so from the program's folder and from then on passes every call on. A plug-in stays
 * loaded until the process ends. */
#ifndef OC_PLUGIN_H
#define OC_PLUGIN_H

#include "oc_capture.h"
#include "oc_log.h"
#include "oc_plugin_rule.h"

#define OC_PLUGIN_ABI     1           /* counts changes of the structs below and of oc_capture.h */
#define OC_PLUGIN_SYMBOL  "oc_plugin" /* the one symbol: oc_plugin_t */
#define OC_PLUGIN_DRIVERS 4           /* at most in one plug-in */

/* What the host lends a plug-in for the process's life. */
typedef struct oc_plugin_host {
    /* One line to the log; any thread; must not hold a secret. */
    void (*log)(oc_log_level_t level, const char *room, const char *line);
} oc_plugin_host_t;

/* What a plug-in exports; static. */
typedef struct oc_plugin {
    uint32_t abi;           /* OC_PLUGIN_ABI it was built with */
    uint32_t config_bytes;  /* sizeof(oc_capture_config_t): a stale plug-in is noticed */
    uint32_t env_bytes;     /* sizeof(oc_capture_env_t) */
    uint32_t handoff_bytes; /* sizeof(oc_handoff_t) */
    const char *name;
    /* Called once, before any driver. Returns one line for the log: what it is built on. */
    const char *(*attach)(const oc_plugin_host_t *host);
    const oc_capture_driver_t *driver[OC_PLUGIN_DRIVERS]; /* NULL behind the last */
} oc_plugin_t;

/* Where plug-ins are; copied. Before other threads start; without it no plug-in is found. */
void oc_plugin_folder(const char *folder);

/* The inputs of oc_plugin_wanted. open: OC_ERR_NOTSUP with why when the plug-in cannot be loaded.
 */
extern const oc_capture_driver_t oc_plugin_ffmpeg;

#endif
