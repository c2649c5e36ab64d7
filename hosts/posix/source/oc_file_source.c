#include "oc_file_source.h"

#include <stdio.h>
#include <string.h>

#include "oc_capture_process.h"
#include "oc_err.h"
#include "oc_log.h"
#include "oc_plugin_rule.h"

#define SCHEME "ffmpeg:"

typedef struct file_source {
    oc_capture_env_t env;
    const oc_capture_driver_t *driver; /* NULL: not open */
    void *state;
} file_source_t;

const oc_capture_driver_t *oc_file_source_find(const char *url) {
    const oc_capture_driver_t *driver =
        oc_plugin_requested(url) ? &oc_capture_process : oc_capture_find(url);
    bool file = driver == &oc_capture_replay && strncmp(url, "replay:", 7) != 0;
    return file ? &oc_file_source : driver;
}

static void source_close(void *state) {
    file_source_t *s = state;
    if (s->driver)
        s->driver->close(s->state);
    if (s->state)
        s->env.release(s->env.context, s->state);
    s->driver = NULL;
    s->state = NULL;
}

/* Opens the file with one driver. On failure nothing is held. */
static int open_with(file_source_t *s, const oc_capture_driver_t *driver,
                     oc_capture_config_t *config) {
    s->state = s->env.allocate(s->env.context, driver->state_bytes);
    if (!s->state) {
        snprintf(config->why, sizeof config->why, "%s: no memory for the driver", driver->name);
        return OC_ERR_NOMEM;
    }
    memset(s->state, 0, driver->state_bytes);
    s->driver = driver;
    int rc = driver->open(s->state, &s->env, config);
    if (rc < 0)
        source_close(s);
    return rc;
}

/* A track that was asked for is not carried. */
static bool lacks(const oc_capture_config_t *opened) {
    return opened->track[0].omitted || opened->track[1].omitted;
}

/* "video mp4v, audio mp3" */
static void name_tracks(const oc_capture_config_t *opened, char *text, size_t size) {
    char video[8], audio[8];
    oc_coding_text(opened->track[0].omitted, video);
    oc_coding_text(opened->track[1].omitted, audio);
    snprintf(text, size, "%s%s%s%s%s", video[0] ? "video " : "", video,
             video[0] && audio[0] ? ", " : "", audio[0] ? "audio " : "", audio);
}

/* The same file through FFmpeg. */
static int open_ffmpeg(file_source_t *s, const oc_capture_config_t *requested,
                       oc_capture_config_t *out) {
    const char *path =
        strncmp(requested->url, "file:", 5) == 0 ? requested->url + 5 : requested->url;
    path += path != requested->url && strncmp(path, "//", 2) == 0 ? 2 : 0;
    *out = *requested;
    int len = snprintf(out->url, sizeof out->url, SCHEME "%.500s", path);
    if (len < 0 || strlen(path) > 500 || strchr(path, '#') || strstr(path, "${"))
        return OC_ERR_NOTSUP; /* FFmpeg's options begin with one */
    return open_with(s, &oc_capture_process, out);
}

static int source_open(void *state, const oc_capture_env_t *env, oc_capture_config_t *config) {
    file_source_t *s = state;
    oc_capture_config_t requested = *config, other;
    char tracks[40];
    memset(s, 0, sizeof *s);
    s->env = *env;
    int rc = open_with(s, &oc_capture_replay, config);
    if (rc == OC_OK ? !lacks(config) : rc != OC_ERR_FORMAT)
        return rc;
    source_close(s);
    int second = open_ffmpeg(s, &requested, &other);
    if (second == OC_OK && (rc != OC_OK || !lacks(&other))) {
        memcpy(other.url, requested.url, sizeof other.url);
        if (rc == OC_OK)
            name_tracks(config, tracks, sizeof tracks);
        oc_log(OC_LOG_INFO, "file", "%s: read by FFmpeg", rc == OC_OK ? tracks : config->why);
        *config = other;
        return OC_OK;
    }
    source_close(s);
    *config = requested;
    rc = open_with(s, &oc_capture_replay, config);
    if (rc == OC_OK) {
        name_tracks(config, tracks, sizeof tracks);
        snprintf(config->adapted, sizeof config->adapted, "not carried: %s: %.100s", tracks,
                 other.why[0] ? other.why : "rename the file: # begins options of FFmpeg");
    } else if (second == OC_ERR_NOTSUP && other.why[0]) {
        const char *slash = strrchr(config->why, '/'); /* the caller has the whole path */
        snprintf(requested.why, sizeof requested.why, "%.78s: %.78s",
                 slash ? slash + 1 : config->why, other.why);
        memcpy(config->why, requested.why, sizeof config->why);
    }
    return rc;
}

static int source_start(void *state, int64_t now_us) {
    file_source_t *s = state;
    return s->driver ? s->driver->start(s->state, now_us) : OC_ERR_STATE;
}

static int64_t source_pump(void *state, int64_t now_us) {
    file_source_t *s = state;
    return s->driver ? s->driver->pump(s->state, now_us) : INT64_MAX;
}

static void source_stop(void *state) {
    file_source_t *s = state;
    if (s->driver)
        s->driver->stop(s->state);
}

static int source_request_key(void *state) {
    file_source_t *s = state;
    return s->driver && s->driver->request_key ? s->driver->request_key(s->state) : OC_ERR_NOTSUP;
}

static int source_set_bitrate(void *state, uint32_t bps) {
    file_source_t *s = state;
    return s->driver && s->driver->set_bitrate_bps ? s->driver->set_bitrate_bps(s->state, bps)
                                                   : OC_ERR_NOTSUP;
}

const oc_capture_driver_t oc_file_source = {
    .name = "file",
    .state_bytes = sizeof(file_source_t),
    .may_block = true, /* FFmpeg may */
    .open = source_open,
    .start = source_start,
    .pump = source_pump,
    .stop = source_stop,
    .request_key = source_request_key,
    .set_bitrate_bps = source_set_bitrate,
    .close = source_close,
};
