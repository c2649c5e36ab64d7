#define _GNU_SOURCE
#include "oc_plugin.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "oc_err.h"

#define FILE_NAME "oc_ffmpeg.so"
#define BEHIND    ": " /* dlerror begins with the path */
#ifdef OC_PACKAGE
#define ABSENT "is not installed: apt install ocellus-ffmpeg"
#define OTHER  "apt install ocellus ocellus-ffmpeg"
#else
#define ABSENT "was not built: apt install libavformat-dev libswscale-dev, then npm run build"
#define OTHER  "npm run build"
#endif

/* The driver's own state lives in memory of the host's. */
typedef struct proxy {
    const oc_capture_driver_t *driver; /* NULL: not opened */
    void *state;
    oc_capture_env_t env;
} proxy_t;

static char folder_path[PATH_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const oc_plugin_t *loaded; /* under lock */

void oc_plugin_folder(const char *folder) {
    snprintf(folder_path, sizeof(folder_path), "%s", folder);
}

static void log_line(oc_log_level_t level, const char *room, const char *line) {
    oc_log(level, room, "%s", line);
}

static bool fits(const oc_plugin_t *plugin) {
    return plugin->abi == OC_PLUGIN_ABI && plugin->config_bytes == sizeof(oc_capture_config_t) &&
           plugin->env_bytes == sizeof(oc_capture_env_t) &&
           plugin->handoff_bytes == sizeof(oc_handoff_t) && plugin->driver[0];
}

/* Loads the file. NULL: why says what is to be done. Under lock. */
static const oc_plugin_t *load(char *why, size_t size) {
    static const oc_plugin_host_t host = {log_line};
    char path[PATH_MAX + sizeof(FILE_NAME) + 1];
    snprintf(path, sizeof(path), "%s/%s", folder_path, FILE_NAME);
    if (!folder_path[0] || access(path, R_OK) != 0) {
        snprintf(why, size, "this input needs the plug-in " FILE_NAME ", which " ABSENT);
        return NULL;
    }
    void *file = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!file) {
        const char *error = dlerror(), *text = error ? error : "unknown error";
        size_t skip = strncmp(text, path, strlen(path)) == 0 ? strlen(path) + strlen(BEHIND) : 0;
        snprintf(why, size, FILE_NAME ": %.100s", strlen(text) > skip ? text + skip : text);
        return NULL;
    }
    const oc_plugin_t *plugin = dlsym(file, OC_PLUGIN_SYMBOL);
    if (!plugin || !fits(plugin)) {
        snprintf(why, size, FILE_NAME ": it belongs to another version of ocellus: " OTHER);
        dlclose(file);
        return NULL;
    }
    log_line(OC_LOG_INFO, plugin->name, plugin->attach(&host));
    return plugin; /* for good: FFmpeg leaves handlers behind */
}

static void proxy_close(void *state);

static int proxy_open(void *state, const oc_capture_env_t *env, oc_capture_config_t *config) {
    proxy_t *proxy = state;
    memset(proxy, 0, sizeof(*proxy));
    proxy->env = *env;
    config->why[0] = '\0';
    pthread_mutex_lock(&lock);
    if (!loaded)
        loaded = load(config->why, sizeof(config->why));
    const oc_capture_driver_t *driver = loaded ? loaded->driver[0] : NULL;
    pthread_mutex_unlock(&lock);
    if (!driver)
        return OC_ERR_NOTSUP;
    proxy->state = env->allocate(env->context, driver->state_bytes);
    if (!proxy->state) {
        snprintf(config->why, sizeof(config->why), "%s: no memory for the driver", driver->name);
        return OC_ERR_NOMEM;
    }
    proxy->driver = driver;
    int result = driver->open(proxy->state, env, config);
    if (result < 0)
        proxy_close(proxy);
    return result;
}

static int proxy_start(void *state, int64_t now_us) {
    proxy_t *proxy = state;
    return proxy->driver ? proxy->driver->start(proxy->state, now_us) : OC_ERR_STATE;
}

static int64_t proxy_pump(void *state, int64_t now_us) {
    proxy_t *proxy = state;
    return proxy->driver ? proxy->driver->pump(proxy->state, now_us) : INT64_MAX;
}

static void proxy_stop(void *state) {
    proxy_t *proxy = state;
    if (proxy->driver)
        proxy->driver->stop(proxy->state);
}

static int proxy_request_key(void *state) {
    proxy_t *proxy = state;
    if (!proxy->driver || !proxy->driver->request_key)
        return OC_ERR_NOTSUP;
    return proxy->driver->request_key(proxy->state);
}

static int proxy_set_bitrate(void *state, uint32_t bps) {
    proxy_t *proxy = state;
    if (!proxy->driver || !proxy->driver->set_bitrate_bps)
        return OC_ERR_NOTSUP;
    return proxy->driver->set_bitrate_bps(proxy->state, bps);
}

static void proxy_close(void *state) {
    proxy_t *proxy = state;
    if (proxy->driver)
        proxy->driver->close(proxy->state);
    if (proxy->state)
        proxy->env.release(proxy->env.context, proxy->state);
    proxy->driver = NULL;
    proxy->state = NULL;
}

const oc_capture_driver_t oc_plugin_ffmpeg = {
    .name = "ffmpeg",
    .state_bytes = sizeof(proxy_t),
    .may_block = true,
    .open = proxy_open,
    .start = proxy_start,
    .pump = proxy_pump,
    .stop = proxy_stop,
    .request_key = proxy_request_key,
    .set_bitrate_bps = proxy_set_bitrate,
    .close = proxy_close,
};
