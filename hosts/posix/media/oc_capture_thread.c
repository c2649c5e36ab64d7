#define _GNU_SOURCE
#include "oc_capture_thread.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oc_capture_pause.h"
#include "oc_err.h"
#include "oc_log.h"
#include "oc_mp4_file.h"
#include "oc_posix.h"

#define STACK_BYTES   (256 * 1024)      /* a driver's reader keeps small windows on it */
#define STACK_MORE    (1024 * 1024)     /* codecs and protocol stacks of a driver that blocks */
#define QUICK_US      (2 * 1000 * 1000) /* a helper that lasted this long is replaced at once */
#define ROOM_RETRY_US (10 * 1000)       /* a state item waits for a slot this often */

struct oc_capture_thread {
    unsigned slot; /* of the stream */
    const oc_capture_driver_t *driver;
    void *state;
    oc_capture_config_t config;
    oc_handoff_t *handoff;
    oc_capture_thread_env_t env;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool run, close, woken;          /* under lock */
    _Atomic bool interrupted;        /* the driver must not wait any longer */
    _Atomic bool waits_for_room;     /* sleeping with a full handoff ... */
    _Atomic uint32_t slept_released; /* ... that had released this many items */
};

static int open_file(void *context, const char *path, oc_mp4_source_t *source) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang the thread */
    return fd < 0 ? oc_posix_error(errno) : oc_mp4_file_open(source, fd);
}

static uint64_t file_version(void *context, const char *path) {
    return oc_mp4_file_version(path);
}

static void *allocate(void *context, size_t bytes) {
    return aligned_alloc(16, (bytes + 15) / 16 * 16);
}

static void release(void *context, void *memory) {
    free(memory);
}

/* Any thread: the driver has something to pump. */
static void wake(void *context) {
    oc_capture_thread_wake(context);
}

static int64_t now_us(void *context) {
    return oc_posix_now_us();
}

static bool interrupted(void *context) {
    return atomic_load(&((oc_capture_thread_t *)context)->interrupted);
}

/* Sleeps until due, a wake-up or the close. False: closed. */
static bool sleep_until(oc_capture_thread_t *thread, int64_t due_us) {
    pthread_mutex_lock(&thread->lock);
    while (!thread->close && !thread->woken && oc_posix_now_us() < due_us)
        oc_posix_cond_wait(&thread->cond, &thread->lock, due_us);
    thread->woken = false;
    bool closed = thread->close;
    pthread_mutex_unlock(&thread->lock);
    return !closed;
}

/* As sleep_until, and woken when the handoff gets room. */
static bool sleep_for_room(oc_capture_thread_t *thread, int64_t due_us, uint32_t released) {
    atomic_store(&thread->slept_released, released);
    atomic_store(&thread->waits_for_room, true);
    bool go_on = oc_handoff_released(thread->handoff) != released || sleep_until(thread, due_us);
    atomic_store(&thread->waits_for_room, false);
    return go_on;
}

/* A state must not get lost: waits for a slot. False: closed meanwhile. */
static bool push_state(oc_capture_thread_t *thread, oc_handoff_kind_t kind, int code) {
    while (oc_handoff_push_state(thread->handoff, kind, code) != OC_OK) {
        if (!sleep_until(thread, oc_posix_now_us() + ROOM_RETRY_US))
            return false;
    }
    return true;
}

/* Pumps a started source until it is lost (its error) or the thread is closed (OC_OK). */
static int pump(oc_capture_thread_t *thread) {
    for (;;) {
        uint32_t released = oc_handoff_released(thread->handoff);
        int64_t due = thread->driver->pump(thread->state, oc_posix_now_us());
        if (due < 0)
            return (int)due;
        bool full =
            oc_handoff_pushed(thread->handoff) - released >= oc_handoff_capacity(thread->handoff);
        bool stuck = full || due == INT64_MAX; /* the latter also with all track slots taken */
        if (!(stuck ? sleep_for_room(thread, due, released) : sleep_until(thread, due)))
            return OC_OK;
    }
}

/* Sleeps before the next try. False: closed. */
static bool rest(oc_capture_thread_t *thread, int64_t us) {
    int64_t until = oc_posix_now_us() + us;
    while (oc_posix_now_us() < until) {
        if (!sleep_until(thread, until))
            return false;
    }
    return true;
}

/* Starts the source again and again until the thread is closed. */
static void run_source(oc_capture_thread_t *thread) {
    oc_capture_pause_t pause = {.was_in = thread->config.absent >= 0};
    bool lost = thread->config.absent < 0;
    for (;;) {
        int64_t begun = oc_posix_now_us();
        uint32_t few = oc_handoff_pushed(thread->handoff) + OC_CAPTURE_PAUSE_FEW;
        int result = thread->driver->start(thread->state, begun);
        bool started = result >= 0, delivered = false;
        if (started) {
            if (lost && !push_state(thread, OC_HANDOFF_RESUMED, OC_OK)) {
                thread->driver->stop(thread->state);
                return;
            }
            lost = false;
            result = pump(thread);
            delivered = (int32_t)(oc_handoff_pushed(thread->handoff) - few) > 0;
            thread->driver->stop(thread->state);
            if (result == OC_OK)
                return;
        }
        int64_t lasted = oc_posix_now_us() - begun;
        bool gone = result == OC_CAPTURE_GONE, at_once = gone && lasted > QUICK_US;
        result = gone ? OC_ERR_IO : result;
        if (!push_state(thread, OC_HANDOFF_LOST, result)) /* with each try: why may change */
            return;
        lost = true;
        int64_t wait = oc_capture_pause_us(&pause, result, started, delivered, lasted);
        if (!at_once && !rest(thread, wait))
            return;
    }
}

/* Waits for the command to run. False: close instead. */
static bool wait_for_run(oc_capture_thread_t *thread) {
    pthread_mutex_lock(&thread->lock);
    while (!thread->run && !thread->close)
        oc_posix_cond_wait(&thread->cond, &thread->lock, INT64_MAX);
    bool go_on = !thread->close;
    pthread_mutex_unlock(&thread->lock);
    return go_on;
}

static void *run(void *context) {
    oc_capture_thread_t *thread = context;
    oc_capture_env_t env = {.handoff = thread->handoff,
                            .open_file = open_file,
                            .close_file = oc_mp4_file_close,
                            .file_version = file_version,
                            .allocate = allocate,
                            .release = release,
                            .wake = wake,
                            .now_us = now_us,
                            .interrupted = interrupted,
                            .context = thread};
    int result = thread->driver->open(thread->state, &env, &thread->config);
    thread->env.opened(thread->env.context, thread->slot, result, &thread->config);
    if (result < 0)
        return NULL;
    if (wait_for_run(thread))
        run_source(thread);
    thread->driver->close(thread->state);
    thread->env.closed(thread->env.context, thread->slot);
    return NULL;
}

int oc_capture_thread_start(oc_capture_thread_t **out, unsigned slot,
                            const oc_capture_driver_t *driver, const oc_capture_config_t *config,
                            oc_handoff_t *handoff, const oc_capture_thread_env_t *env) {
    oc_capture_thread_t *thread = calloc(1, sizeof(*thread));
    if (!thread)
        return OC_ERR_NOMEM;
    thread->slot = slot;
    thread->driver = driver;
    thread->config = *config;
    thread->handoff = handoff;
    thread->env = *env;
    thread->state = allocate(NULL, driver->state_bytes);
    if (thread->state)
        memset(thread->state, 0, driver->state_bytes);
    pthread_mutex_init(&thread->lock, NULL);
    oc_posix_cond_init(&thread->cond);
    if (!thread->state ||
        oc_posix_thread(&thread->thread, "capture", driver->may_block ? STACK_MORE : STACK_BYTES,
                        run, thread) != OC_OK) {
        free(thread->state);
        free(thread);
        return OC_ERR_NOMEM;
    }
    *out = thread;
    return OC_OK;
}

static void command(oc_capture_thread_t *thread, bool *flag) {
    pthread_mutex_lock(&thread->lock);
    *flag = true;
    pthread_cond_signal(&thread->cond);
    pthread_mutex_unlock(&thread->lock);
}

void oc_capture_thread_run(oc_capture_thread_t *thread) {
    command(thread, &thread->run);
}

void oc_capture_thread_interrupt(oc_capture_thread_t *thread) {
    atomic_store(&thread->interrupted, true);
}

void oc_capture_thread_close(oc_capture_thread_t *thread) {
    oc_capture_thread_interrupt(thread);
    command(thread, &thread->close);
}

void oc_capture_thread_wake(oc_capture_thread_t *thread) {
    command(thread, &thread->woken);
}

void oc_capture_thread_room(oc_capture_thread_t *thread) {
    if (atomic_load(&thread->waits_for_room) &&
        oc_handoff_released(thread->handoff) != atomic_load(&thread->slept_released))
        oc_capture_thread_wake(thread);
}

int oc_capture_thread_request_key(oc_capture_thread_t *thread) {
    if (!thread->driver->request_key)
        return OC_ERR_NOTSUP;
    int result = thread->driver->request_key(thread->state);
    oc_capture_thread_wake(thread);
    return result;
}

int oc_capture_thread_set_bitrate(oc_capture_thread_t *thread, uint32_t bps) {
    if (!thread->driver->set_bitrate_bps)
        return OC_ERR_NOTSUP;
    int result = thread->driver->set_bitrate_bps(thread->state, bps);
    oc_capture_thread_wake(thread);
    return result;
}

void oc_capture_thread_join(oc_capture_thread_t *thread) {
    pthread_join(thread->thread, NULL);
    pthread_cond_destroy(&thread->cond);
    pthread_mutex_destroy(&thread->lock);
    free(thread->state);
    free(thread);
}
