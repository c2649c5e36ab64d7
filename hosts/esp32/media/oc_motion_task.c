/* See oc_motion_task.h. One frame is under way at a time; who may touch it and the detectors is
 * `busy`: the task while it is set, the media task otherwise. */
#include "oc_motion_task.h"

#include <stdatomic.h>
#include <string.h>
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "oc_detect.h"
#include "oc_err.h"
#include "oc_esp.h"
#include "oc_jpeg_dc.h"
#include "oc_log.h"
#include "oc_plane_ring.h"
#include "oc_tasks.h"

#define LOOK_US   200000 /* between frames of a channel */
#define CELLS     64     /* across the small picture, at most: 64x48 takes 50 KB */
#define FRAME_MAX 196608 /* bytes of a frame; a larger one is passed over */

typedef struct camera {
    oc_detect_t settings; /* media task only; becomes `detect` while nothing is under way */
    bool fresh;           /* `settings` has changed */
    oc_detect_t detect;
    bool changed; /* the detector does not know of it yet */
    bool raised;  /* the level of the input, as the plane has it */
    oc_ring_t *ring;
    unsigned slot;
    uint64_t seq;      /* of the last frame that was looked at */
    int64_t looked_us; /* when */
    bool refused;      /* the log has why its frames are of no use */
    oc_motion_t *motion;
    unsigned width, height;
} camera_t;

/* The frame under way, and what came of it. */
typedef struct look {
    unsigned channel;
    uint32_t len; /* 0: only the time */
    unsigned wide, high;
    int64_t at_us;
    int result; /* OC_OK | OC_ERR_* of the frame */
    oc_motion_area_t area;
} look_t;

struct oc_motion_task {
    oc_motion_task_config_t config;
    TaskHandle_t task; /* NULL: nothing was watched so far */
    _Atomic bool busy, done, stop, ended;
    look_t look;
    unsigned next; /* channel whose turn it is */
    uint8_t *frame;
    oc_jpeg_dc_work_t *work;
    uint8_t *grey, *cells;
    camera_t camera[OC_CHANNELS_MAX];
};

/* ---- the task ---- */

/* The detector for frames of that size. False: no memory, or they are too small. */
static bool prepare(oc_motion_task_t *m, camera_t *camera, unsigned wide, unsigned high) {
    unsigned width = wide / 8 < CELLS ? wide / 8 : CELLS;
    unsigned height = wide > 0 ? width * high / wide : 0;
    oc_motion_config_t config = oc_detect_motion(&camera->detect);
    size_t bytes = oc_motion_bytes(width, height);
    if (camera->motion && (camera->width != width || camera->height != height)) {
        oc_esp_release(camera->motion);
        camera->motion = NULL;
    }
    if (!camera->motion) {
        void *memory = bytes > 0 ? oc_esp_allocate(bytes) : NULL;
        if (!memory)
            return false;
        camera->motion = oc_motion_init(memory, width, height, &config);
        camera->width = width;
        camera->height = height;
        camera->changed = true;
    }
    if (camera->changed) {
        oc_motion_configure(camera->motion, &config);
        (void)oc_zone_mask(camera->detect.zones, width, height, m->cells);
        oc_motion_mask(camera->motion, m->cells);
        camera->changed = false;
    }
    return true;
}

static void look_at_frame(oc_motion_task_t *m) {
    look_t *look = &m->look;
    camera_t *camera = &m->camera[look->channel];
    oc_motion_area_t area;
    look->result = OC_OK;
    if (look->len == 0) {
        if (camera->motion)
            (void)oc_motion_turn(camera->motion, look->at_us, &area);
        return;
    }
    if (!prepare(m, camera, look->wide, look->high)) {
        look->result = OC_ERR_NOMEM;
        return;
    }
    look->result = oc_jpeg_dc(m->frame, look->len, m->grey, camera->width, camera->height, m->work);
    if (look->result == OC_OK && oc_motion_put(camera->motion, m->grey, camera->width, look->at_us,
                                               &area) == OC_MOTION_BEGINS)
        look->area = area;
}

static void run(void *context) {
    oc_motion_task_t *m = context;
    while (!atomic_load(&m->stop)) {
        ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
        if (!atomic_load(&m->busy))
            continue;
        look_at_frame(m);
        atomic_store(&m->done, true);
        atomic_store(&m->busy, false);
        m->config.wake(m->config.context);
    }
    atomic_store(&m->ended, true);
    for (;;)
        ulTaskNotifyTake(pdTRUE, portMAX_DELAY); /* deleted by oc_motion_task_stop */
}

/* ---- the media task ---- */

int oc_motion_task_create(oc_motion_task_t **out, const oc_motion_task_config_t *config) {
    oc_motion_task_t *m = oc_esp_allocate(sizeof *m);
    if (!m)
        return OC_ERR_NOMEM;
    memset(m, 0, sizeof *m);
    m->config = *config;
    *out = m;
    return OC_OK;
}

static void free_buffers(oc_motion_task_t *m) {
    oc_esp_release(m->frame);
    oc_esp_release(m->work);
    oc_esp_release(m->grey);
    oc_esp_release(m->cells);
    m->frame = m->grey = m->cells = NULL;
    m->work = NULL;
}

/* Memory and task, once something is watched. */
static int begin(oc_motion_task_t *m) {
    if (m->task)
        return OC_OK;
    m->frame = oc_esp_allocate(FRAME_MAX);
    m->work = oc_esp_allocate(sizeof *m->work);
    m->grey = oc_esp_allocate(OC_JPEG_DC_CELLS);
    m->cells = oc_esp_allocate(OC_JPEG_DC_CELLS);
    if (!m->frame || !m->work || !m->grey || !m->cells ||
        OC_TASK_START(MOTION, run, m, &m->task) != pdPASS) {
        free_buffers(m);
        m->task = NULL;
        return OC_ERR_NOMEM;
    }
    return OC_OK;
}

/* The input of a channel has this level. area: of what moves, NULL: none. */
static void settle(oc_motion_task_t *m, unsigned channel, bool raised, const oc_motion_area_t *area,
                   int64_t now_us) {
    char data[OC_INPUT_DATA_MAX] = "";
    camera_t *camera = &m->camera[channel];
    oc_input_change_t change = {(int)channel, OC_INPUT_MOTION, raised, data};
    if (camera->raised == raised)
        return;
    camera->raised = raised;
    if (area)
        (void)oc_detect_text(area, data, sizeof data);
    (void)oc_plane_input_data(m->config.plane, &change, now_us);
}

int oc_motion_task_detect(oc_motion_task_t *m, unsigned channel,
                          const oc_desired_detect_t *desired) {
    oc_detect_t detect;
    int result = oc_detect_read(&detect, desired);
    if (result == OC_OK && detect.sound && !detect.motion)
        result = OC_ERR_NOTSUP;
    if (result == OC_OK && detect.motion)
        result = begin(m);
    if (result != OC_OK)
        return result;
    m->camera[channel].settings = detect;
    m->camera[channel].fresh = true;
    return OC_OK;
}

/* What the task found. */
static void take_result(oc_motion_task_t *m, int64_t now_us) {
    const look_t *look = &m->look;
    camera_t *camera = &m->camera[look->channel];
    if (look->result != OC_OK && !camera->refused)
        oc_log(OC_LOG_WARN, "motion", "channel %u: its frames cannot be used: %s", look->channel,
               oc_err_text(look->result));
    camera->refused = look->result != OC_OK;
    bool active =
        camera->detect.motion && camera->ring && camera->motion && oc_motion_active(camera->motion);
    settle(m, look->channel, active, active ? &look->area : NULL, now_us);
}

/* Copies the newest frame. False: there is no new one. */
static bool copy_frame(oc_motion_task_t *m, camera_t *camera, look_t *look) {
    oc_packet_t packet;
    uint64_t newest = oc_ring_newest(camera->ring);
    if (newest == 0 || newest == camera->seq || oc_ring_get(camera->ring, newest, &packet) != OC_OK)
        return false;
    const oc_track_t *track = oc_ring_track(camera->ring, packet.track, packet.config_id);
    camera->seq = newest;
    if (!track || track->codec != OC_CODEC_MJPEG || packet.len_bytes > FRAME_MAX)
        return false;
    memcpy(m->frame, packet.data, packet.len_bytes);
    look->len = packet.len_bytes;
    look->wide = track->width;
    look->high = track->height;
    look->at_us = packet.capture_us;
    return true;
}

/* Gives the task what is due at a channel. False: nothing is. */
static bool give(oc_motion_task_t *m, unsigned channel, int64_t now_us) {
    camera_t *camera = &m->camera[channel];
    oc_plane_ring_t from;
    if (!camera->detect.motion || now_us - camera->looked_us < LOOK_US)
        return false;
    camera->looked_us = now_us;
    if (!camera->ring && oc_plane_ring(m->config.plane, channel, OC_STREAM_MAIN, &from) == OC_OK) {
        camera->ring = from.ring;
        camera->slot = from.slot;
        camera->seq = 0;
    }
    if (!camera->ring)
        return false;
    look_t look = {.channel = channel, .at_us = now_us};
    if (!copy_frame(m, camera, &look) && !camera->raised)
        return false;
    m->look = look;
    atomic_store(&m->busy, true);
    xTaskNotifyGive(m->task);
    return true;
}

/* Settings and sources that have changed. False: the channel is not watched. */
static bool follow(oc_motion_task_t *m, unsigned channel, int64_t now_us) {
    camera_t *camera = &m->camera[channel];
    if (camera->fresh) {
        camera->detect = camera->settings;
        camera->changed = true;
        camera->fresh = false;
    }
    if (!camera->detect.motion) {
        settle(m, channel, false, NULL, now_us);
        camera->ring = NULL;
    }
    if (!camera->ring) { /* another source has another background */
        oc_esp_release(camera->motion);
        camera->motion = NULL;
    }
    return camera->detect.motion;
}

int64_t oc_motion_task_turn(oc_motion_task_t *m, int64_t now_us) {
    int64_t due_us = INT64_MAX;
    if (!m->task || atomic_load(&m->busy))
        return INT64_MAX; /* it wakes this task */
    if (atomic_exchange(&m->done, false))
        take_result(m, now_us);
    bool given = false;
    for (unsigned i = 0; i < OC_CHANNELS_MAX && !given; i++) {
        unsigned channel = (m->next + i) % OC_CHANNELS_MAX;
        camera_t *camera = &m->camera[channel];
        if (!follow(m, channel, now_us))
            continue;
        given = give(m, channel, now_us);
        if (given)
            m->next = channel + 1;
        if (camera->looked_us + LOOK_US < due_us)
            due_us = camera->looked_us + LOOK_US;
    }
    return given ? INT64_MAX : due_us;
}

void oc_motion_task_ring_gone(oc_motion_task_t *m, unsigned slot, int64_t now_us) {
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        camera_t *camera = &m->camera[i];
        if (!camera->ring || camera->slot != slot)
            continue;
        camera->ring = NULL; /* frames are copies: the task has none of its own */
        settle(m, i, false, NULL, now_us);
    }
}

bool oc_motion_task_stop(oc_motion_task_t *m) {
    if (!m || !m->task)
        return true;
    atomic_store(&m->stop, true);
    xTaskNotifyGive(m->task);
    if (!atomic_load(&m->ended))
        return false;
    vTaskDelete(m->task);
    m->task = NULL;
    return true;
}

void oc_motion_task_delete(oc_motion_task_t *m) {
    if (!m)
        return;
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++)
        oc_esp_release(m->camera[i].motion);
    free_buffers(m);
    oc_esp_release(m);
}
