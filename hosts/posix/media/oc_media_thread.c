#define _GNU_SOURCE
#include "oc_media_thread.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <uv.h>

#include "oc_capture_thread.h"
#include "oc_data_watch.h"
#include "oc_deadlines.h"
#include "oc_file_source.h"
#include "oc_log.h"
#include "oc_media_loop.h"
#include "oc_notify.h"
#include "oc_posix.h"
#include "oc_pulse.h"
#include "oc_privacy_keep.h"
#include "oc_push_socket.h"
#include "oc_queue.h"
#include "oc_stall.h"
#include "oc_thread_check.h"
#include "oc_wakeup.h"

#define STACK_BYTES (512 * 1024)
#define TURN_US     1000000 /* there is one at least this often */
/* Results that can be under way at once: of every file job, and the stop. Their
 * places are kept free of calls from elsewhere, for a lost one would stall its receiver. */
#define RESULTS (OC_FILE_QUEUE + 1)

_Static_assert(RESULTS < OC_MEDIA_CALLS, "there is room for calls from elsewhere");

struct oc_media_thread {
    uv_loop_t loop;
    oc_wakeup_t wakeup;
    oc_deadlines_t deadlines;
    oc_deadline_t due; /* of the next turn */
    pthread_t thread;
    oc_queue_t calls;
    oc_media_thread_config_t config;
    oc_media_loop_t core;
    int64_t due_us; /* of the next turn */
    oc_stall_t stall;
    oc_notify_t notify;
    oc_file_thread_t *files;
    oc_privacy_keep_t privacy;
    oc_data_watch_t data;
    oc_push_socket_t *push; /* NULL: no channel of the push driver so far */
    bool stopping;          /* media thread */
    int64_t notified_us;    /* media thread: finishing, the plane is idle; waits until then */
    bool finishing;         /* media thread */
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool finished, ended; /* under lock */
    int rows_fd;
    oc_plane_rows_t *rows;
};

static void *allocate(void *context, size_t bytes) {
    return oc_media_thread_allocate(bytes);
}

static void release(void *context, void *memory) {
    oc_media_thread_release(memory);
}

static int64_t clock_us(void *context) {
    return oc_posix_now_us();
}

static void discard(void *context, void *memory, size_t bytes) {
    oc_media_thread_discard(memory, bytes);
}

int oc_media_thread_post(oc_media_thread_t *media, const oc_media_call_t *call) {
    int result = oc_queue_push_sparing(&media->calls, call, RESULTS);
    if (result == OC_OK)
        oc_wakeup_send(&media->wakeup);
    return result;
}

/* For results whose number is bounded by what is under way: there is always room. */
static void post_result(oc_media_thread_t *media, const oc_media_call_t *call) {
    if (oc_queue_push(&media->calls, call) == OC_OK)
        oc_wakeup_send(&media->wakeup);
    else
        oc_log(OC_LOG_ERROR, "media", "result lost: more than %d calls wait", OC_MEDIA_CALLS);
}

void oc_media_thread_wake(oc_media_thread_t *media) {
    oc_wakeup_send(&media->wakeup);
}

static void wake_media(void *context) {
    oc_media_thread_wake(context);
}

/* ---- captures ---- */

/* Lets senders in when the first channel takes what they push. */
static void open_push_socket(oc_media_thread_t *media) {
    oc_push_socket_config_t config = {media->config.push_folder, geteuid(),
                                      OC_PUSH_SOCKET_HELLO_US};
    if (!media->push && config.folder && oc_push_socket_start(&media->push, &config) != OC_OK)
        oc_log(OC_LOG_ERROR, "push", "no socket for senders: not enough memory or descriptors");
}

/* The driver of senders has nothing to pump before their socket is there. */
static const oc_capture_driver_t *capture_find(void *context, const char *url) {
    const oc_capture_driver_t *driver = oc_file_source_find(url);
    if (driver == &oc_capture_push)
        open_push_socket(context);
    return driver;
}

static void commanded(void *context) {
    const oc_media_thread_t *media = context;
    if (media->push)
        oc_push_socket_wake(media->push);
}

/* ---- files ---- */

/* Work for the file thread that is not an operation of an output. */
typedef struct work {
    int (*run)(oc_file_store_t *store, void *context);
    void (*done)(oc_media_thread_t *media, void *context, int result);
    void *context;
} work_t;

static int run_work(oc_file_store_t *store, void *context) {
    work_t *work = context;
    return work->run(store, work->context);
}

static void take_work(oc_media_thread_t *media, const oc_media_call_t *call) {
    work_t *work = call->context;
    oc_file_thread_taken(media->files);
    work->done(media, work->context, call->result);
    free(work);
}

static void take_file(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_file_thread_taken(media->files);
    oc_plane_file_done(media->core.plane, call->a, call->b, call->c, call->result,
                       oc_posix_now_us());
}

/* On the file thread. */
static void on_file_done(void *context, const oc_file_job_t *job) {
    post_result(context, &(oc_media_call_t){.run = job->work ? take_work : take_file,
                                            .context = job->context,
                                            .a = job->slot,
                                            .b = job->output,
                                            .c = job->id,
                                            .result = job->result});
}

static int file_submit(void *context, unsigned slot, unsigned output, const oc_file_op_t *op) {
    oc_media_thread_t *media = context;
    return oc_file_thread_submit(
        media->files, &(oc_file_job_t){.slot = slot, .output = output, .op = op, .id = op->id});
}

int oc_media_thread_work(oc_media_thread_t *media,
                         int (*work)(oc_file_store_t *store, void *context),
                         void (*done)(oc_media_thread_t *media, void *context, int result),
                         void *context) {
    work_t *job = malloc(sizeof(*job));
    if (!job)
        return OC_ERR_BUSY;
    *job = (work_t){work, done, context};
    int result =
        oc_file_thread_submit(media->files, &(oc_file_job_t){.work = run_work, .context = job});
    if (result != OC_OK)
        free(job);
    return result;
}

/* ---- the loop ---- */

/* Everything has ended and is known, or the script does not want to know. */
static void watch_finish(oc_media_thread_t *media, int64_t now) {
    if (!media->finishing || !oc_plane_idle(media->core.plane))
        return;
    if (media->notified_us == 0)
        media->notified_us = now + OC_MEDIA_NOTIFIED_US;
    if (now < media->notified_us && !oc_plane_events_notified(media->core.plane))
        return;
    media->finishing = false;
    pthread_mutex_lock(&media->lock);
    media->finished = true;
    pthread_cond_broadcast(&media->cond);
    pthread_mutex_unlock(&media->lock);
}

static void set_due(oc_media_thread_t *media, int64_t due_us, int64_t now_us) {
    int64_t wait = due_us > now_us ? due_us - now_us : 0;
    media->due_us = due_us;
    oc_stall_end(&media->stall, now_us + wait);
    media->due.at_us = wait > 0 ? due_us : now_us + 1000; /* others have their turn in between */
}

/* Everything that is due: calls of other threads, the wall clock, the plane. */
static void turn(void *context) {
    oc_media_thread_t *media = context;
    oc_media_call_t call;
    media->due_us = 0; /* it is set at the end */
    while (oc_queue_pop(&media->calls, &call) == OC_OK)
        call.run(media, &call);
    int64_t now = oc_stall_begin(&media->stall, media->core.plane, oc_posix_now_us());
    oc_notify_turn(&media->notify, now);
    if (!media->stopping) {
        oc_privacy_keep_turn(&media->privacy, now);
        oc_data_watch_turn(&media->data, now);
    }
    int64_t due = oc_media_loop_turn(&media->core);
    now = media->core.now_us;
    bool left = media->stopping && media->config.stop && !media->config.stop(media->config.context);
    if (media->stopping && !left && oc_plane_idle(media->core.plane)) {
        oc_deadlines_close(&media->deadlines, NULL, NULL);
        oc_wakeup_close(&media->wakeup);
        return;
    }
    watch_finish(media, now);
    int64_t maximum = media->finishing ? OC_MEDIA_NOTIFIED_US / 4 : TURN_US;
    set_due(media, due - now < maximum ? due : now + maximum, now);
}

static void due(void *context, int64_t due_us) {
    oc_media_thread_t *media = context;
    if (due_us < media->due_us && !oc_wakeup_closing(&media->wakeup))
        set_due(media, due_us, oc_posix_now_us());
}

static uintptr_t thread_token(void) {
    return (uintptr_t)pthread_self();
}

static void *run(void *context) {
    oc_media_thread_t *media = context;
    oc_thread_check_own(thread_token);
    oc_notify_open(&media->notify);
    uv_run(&media->loop, UV_RUN_DEFAULT);
    oc_notify_close(&media->notify);
    oc_thread_check_own(NULL);
    pthread_mutex_lock(&media->lock);
    media->ended = true;
    pthread_cond_broadcast(&media->cond);
    pthread_mutex_unlock(&media->lock);
    return NULL;
}

static void privacy_store(void *context, bool on) {
    oc_media_thread_t *media = context;
    oc_privacy_keep_store(&media->privacy, on);
}

/* Rows that a process beside this one can map, but not change. */
static int make_rows(oc_media_thread_t *media) {
    media->rows_fd = memfd_create("ocellus-rows", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (media->rows_fd < 0 || ftruncate(media->rows_fd, sizeof(*media->rows)) != 0)
        return OC_ERR_NOMEM;
    media->rows =
        mmap(NULL, sizeof(*media->rows), PROT_READ | PROT_WRITE, MAP_SHARED, media->rows_fd, 0);
    if (media->rows == MAP_FAILED)
        return OC_ERR_NOMEM;
    (void)fcntl(media->rows_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE);
    return OC_OK;
}

/* Mailbox and plane, for the process's life. */
static int make_plane(oc_media_thread_t *media) {
    const oc_media_thread_config_t *config = &media->config;
    oc_media_loop_env_t env = {.loop = {.allocate = allocate,
                                        .release = release,
                                        .now_us = clock_us,
                                        .wake = wake_media,
                                        .due = due,
                                        .context = media},
                               .read_clock = oc_posix_clock,
                               .captures = oc_capture_thread,
                               .mailbox = {.wake_script = config->wake_script,
                                           .deliver = config->deliver,
                                           .context = config->context},
                               .plane = {.discard = discard,
                                         .capture_find = capture_find,
                                         .file_submit = file_submit,
                                         .privacy_store = privacy_store,
                                         .context = media,
                                         .host_command = config->host_command,
                                         .ring_gone = config->ring_gone,
                                         .listed = config->listed,
                                         .detect = config->detect,
                                         .input_changed = config->input_changed,
                                         .owner = config->context,
                                         .rows = media->rows},
                               .advanced = config->advanced,
                               .context = config->context};
    env.captures.commanded = commanded;
    env.captures.context = media;
    int result = oc_media_loop_init(&media->core, &env);
    if (result != OC_OK)
        return result;
    oc_plane_t *plane = media->core.plane;
    oc_privacy_keep_init(&media->privacy, media, media->config.privacy);
    oc_data_watch_init(&media->data, media, media->config.data_path, media->config.data_lock);
    oc_plane_privacy_notified(plane, media->config.privacy, oc_posix_now_us());
    (void)oc_plane_input(plane, OC_INPUT_DEVICE, OC_INPUT_PRIVACY, media->config.privacy_switch,
                         oc_posix_now_us());
    return OC_OK;
}

int oc_media_thread_start(oc_media_thread_t **out, const oc_media_thread_config_t *config) {
    oc_media_thread_t *media = calloc(1, sizeof(*media));
    if (!media)
        return OC_ERR_NOMEM;
    media->config = *config;
    pthread_mutex_init(&media->lock, NULL);
    oc_posix_cond_init(&media->cond);
    if (oc_queue_init(&media->calls, sizeof(oc_media_call_t), OC_MEDIA_CALLS) != OC_OK ||
        uv_loop_init(&media->loop) != 0 ||
        oc_wakeup_open(&media->wakeup, &media->loop, turn, media) != OC_OK ||
        oc_deadlines_open(&media->deadlines, &media->loop) != OC_OK || make_rows(media) != OC_OK ||
        make_plane(media) != OC_OK ||
        oc_file_thread_start(&media->files, config->root, on_file_done, media) != OC_OK)
        return OC_ERR_NOMEM; /* the process ends: nothing is taken apart */
    oc_file_thread_watch(media->files, config->file_changed, config->context);
    media->due = (oc_deadline_t){.due = turn, .context = media};
    oc_deadlines_add(&media->deadlines, &media->due);
    media->due.at_us = 0;
    if (oc_posix_thread(&media->thread, "media", STACK_BYTES, run, media) != OC_OK)
        return OC_ERR_NOMEM;
    *out = media;
    return OC_OK;
}

oc_plane_t *oc_media_thread_plane(oc_media_thread_t *media) {
    return media->core.plane;
}

oc_mailbox_t *oc_media_thread_mailbox(oc_media_thread_t *media) {
    return media->core.mailbox;
}

int oc_media_thread_rows(const oc_media_thread_t *media) {
    return media->rows_fd;
}

int oc_media_thread_root(const oc_media_thread_t *media) {
    return media->config.root;
}

const oc_data_watch_t *oc_media_thread_data(const oc_media_thread_t *media) {
    return &media->data;
}

oc_file_thread_t *oc_media_thread_files(oc_media_thread_t *media) {
    return media->files;
}

oc_deadlines_t *oc_media_thread_deadlines(oc_media_thread_t *media) {
    return &media->deadlines;
}

const oc_loop_env_t *oc_media_thread_env(const oc_media_thread_t *media) {
    return &media->core.env.loop;
}

struct uv_loop_s *oc_media_thread_loop(oc_media_thread_t *media) {
    return &media->loop;
}

static void begin_finish(oc_media_thread_t *media, const oc_media_call_t *call) {
    media->finishing = true;
    media->notified_us = 0;
    oc_plane_shutdown(media->core.plane, oc_posix_now_us());
}

void oc_media_thread_finish(oc_media_thread_t *media, int64_t until_us) {
    pthread_mutex_lock(&media->lock);
    media->finished = false;
    pthread_mutex_unlock(&media->lock);
    post_result(media, &(oc_media_call_t){.run = begin_finish});
    pthread_mutex_lock(&media->lock);
    while (!media->finished && oc_pulse_wait(&media->cond, &media->lock, until_us))
        continue;
    pthread_mutex_unlock(&media->lock);
}

static void begin_stop(oc_media_thread_t *media, const oc_media_call_t *call) {
    media->stopping = true;
    oc_plane_shutdown(media->core.plane, oc_posix_now_us());
}

/* Results that came after the loop's end. */
static void drop_work(oc_media_thread_t *media) {
    oc_media_call_t call;
    while (oc_queue_pop(&media->calls, &call) == OC_OK)
        if (call.run == take_work)
            free(call.context);
}

bool oc_media_thread_stop(oc_media_thread_t *media, int64_t until_us) {
    post_result(media, &(oc_media_call_t){.run = begin_stop});
    pthread_mutex_lock(&media->lock);
    while (!media->ended && oc_pulse_wait(&media->cond, &media->lock, until_us))
        continue;
    bool ended = media->ended;
    pthread_mutex_unlock(&media->lock);
    if (!ended)
        return false;
    pthread_join(media->thread, NULL);
    if (!oc_file_thread_stop(media->files, until_us))
        return false;
    oc_push_socket_stop(media->push);
    drop_work(media);
    uv_loop_close(&media->loop);
    oc_wakeup_free(&media->wakeup);
    oc_media_loop_deinit(&media->core);
    oc_queue_deinit(&media->calls);
    pthread_cond_destroy(&media->cond);
    pthread_mutex_destroy(&media->lock);
    free(media);
    return true;
}
