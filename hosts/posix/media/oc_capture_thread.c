#define _GNU_SOURCE
#include "oc_capture_thread.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>

#include "oc_err.h"
#include "oc_mp4_file.h"
#include "oc_posix.h"

#define STACK_BYTES (256 * 1024)  /* a driver's reader keeps small windows on it */
#define STACK_MORE  (1024 * 1024) /* codecs and protocol stacks of a driver that blocks */

typedef struct thread {
    oc_capture_run_t *capture;
    pthread_t id;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool woken; /* under lock */
} thread_t;

static int open_file(void *context, const char *path, oc_mp4_source_t *source) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang the thread */
    return fd < 0 ? oc_posix_error(errno) : oc_mp4_file_open(source, fd);
}

static uint64_t file_version(void *context, const char *path) {
    return oc_mp4_file_version(path);
}

static void *run(void *context) {
    oc_capture_run_live(((thread_t *)context)->capture);
    return NULL;
}

static void discard(thread_t *thread) {
    pthread_cond_destroy(&thread->cond);
    pthread_mutex_destroy(&thread->lock);
    free(thread);
}

static int start(void *context, oc_capture_run_t *capture, void **out) {
    size_t stack = capture->driver->may_block ? STACK_MORE : STACK_BYTES;
    thread_t *thread = calloc(1, sizeof(*thread));
    if (!thread)
        return OC_ERR_NOMEM;
    thread->capture = capture;
    pthread_mutex_init(&thread->lock, NULL);
    oc_posix_cond_init(&thread->cond);
    *out = thread; /* before it runs */
    int result = oc_posix_thread(&thread->id, "capture", stack, run, thread);
    if (result != OC_OK)
        discard(thread);
    return result;
}

static void join(void *context) {
    thread_t *thread = context;
    pthread_join(thread->id, NULL);
    discard(thread);
}

static void sleep_until(void *context, int64_t due_us) {
    thread_t *thread = context;
    pthread_mutex_lock(&thread->lock);
    while (!thread->woken && oc_posix_now_us() < due_us)
        oc_posix_cond_wait(&thread->cond, &thread->lock, due_us);
    thread->woken = false;
    pthread_mutex_unlock(&thread->lock);
}

static void wake(void *context) {
    thread_t *thread = context;
    pthread_mutex_lock(&thread->lock);
    thread->woken = true;
    pthread_cond_signal(&thread->cond);
    pthread_mutex_unlock(&thread->lock);
}

const oc_capture_run_env_t oc_capture_thread = {.start = start,
                                                .join = join,
                                                .sleep = sleep_until,
                                                .wake = wake,
                                                .open_file = open_file,
                                                .close_file = oc_mp4_file_close,
                                                .file_version = file_version};
