#define _GNU_SOURCE
#include "oc_media_thread.h"

#include <stdlib.h>
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
/* Results that can be under way at once: of every file job, two of each capture, the stop. Their
 * places are kept free of calls from elsewhere, for a lost one would stall its receiver. */
#define RESULTS (OC_FILE_QUEUE + 2 * OC_STREAMS_MAX + 1)

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

static void read_clock(void *context, oc_clock_t *clock) {
    oc_posix_clock(clock);
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

static void take_closed(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_media_loop_closed(&media->core, call->a);
}

static void take_opened(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_media_loop_opened(&media->core, call->a, call->result, call->context);
}

static void on_opened(void *context, unsigned slot, int result, const oc_capture_config_t *config) {
    post_result(context, &(oc_media_call_t){.run = take_opened,
                                            .context = (void *)(uintptr_t)config,
                                            .a = slot,
                                            .result = result});
}

static void on_closed(void *context, unsigned slot) {
    post_result(context, &(oc_media_call_t){.run = take_closed, .a = slot});
}

/* Lets senders in when the first channel takes what they push. */
static void open_push_socket(oc_media_thread_t *media) {
    oc_push_socket_config_t config = {media->config.push_folder, geteuid(),
                                      OC_PUSH_SOCKET_HELLO_US};
    if (!media->push && config.folder && oc_push_socket_start(&media->push, &config) != OC_OK)
        oc_log(OC_LOG_ERROR, "push", "no socket for senders: not enough memory or descriptors");
}

static const oc_capture_driver_t *capture_find(void *context, const char *url) {
    return oc_file_source_find(url);
}

static int capture_start(void *context, void **out, unsigned slot,
                         const oc_capture_driver_t *driver, const oc_capture_config_t *config,
                         oc_handoff_t *handoff) {
    oc_media_thread_t *media = context;
    oc_capture_thread_env_t env = {on_opened, on_closed, media};
    oc_capture_thread_t *capture = NULL;
    if (driver == &oc_capture_push)
        open_push_socket(media);
    int result = oc_capture_thread_start(&capture, slot, driver, config, handoff, &env);
    *out = capture;
    return result;
}

static void capture_run(void *context, void *capture) {
    oc_capture_thread_run(capture);
}

static void capture_close(void *context, void *capture) {
    oc_capture_thread_close(capture);
}

static void capture_room(void *context, void *capture) {
    oc_capture_thread_room(capture);
}

static void capture_interrupt(void *context, void *capture) {
    oc_capture_thread_interrupt(capture);
}

static int capture_request_key(void *context, void *capture) {
    const oc_media_thread_t *media = context;
    int result = oc_capture_thread_request_key(capture);
    if (media->push)
        oc_push_socket_wake(media->push);
    return result;
}

static int capture_set_bitrate(void *context, void *capture, uint32_t bps) {
    const oc_media_thread_t *media = context;
    int result = oc_capture_thread_set_bitrate(capture, bps);
    if (media->push)
        oc_push_socket_wake(media->push);
    return result;
}

static void capture_end(void *context, void *capture) {
    oc_capture_thread_join(capture);
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
static void turn(oc_media_thread_t *media) {
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

void oc_media_thread_due(oc_media_thread_t *media, int64_t due_us) {
    if (due_us < media->due_us && !oc_wakeup_closing(&media->wakeup))
        set_due(media, due_us, oc_posix_now_us());
}

static void on_due(void *context) {
    turn(context);
}

static void on_woken(void *context) {
    turn(context);
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

static void wake_script(void *context) {
    oc_media_thread_t *media = context;
    media->config.wake_script(media->config.context);
}

static bool deliver(void *context, const oc_command_t *command) {
    oc_media_thread_t *media = context;
    return media->config.deliver && media->config.deliver(media->config.context, command);
}

static void host_command(void *context, const oc_command_t *command) {
    oc_media_thread_t *media = context;
    media->config.host_command(media->config.context, command);
}

static void privacy_store(void *context, bool on) {
    oc_media_thread_t *media = context;
    oc_privacy_keep_store(&media->privacy, on);
}

static void input_changed(void *context, const oc_input_change_t *change, int64_t now_us) {
    oc_media_thread_t *media = context;
    if (media->config.input_changed)
        media->config.input_changed(media->config.context, change, now_us);
}

static void listed(void *context, uint32_t generation, const oc_desired_head_t *head,
                   const oc_desired_entry_t *entries) {
    oc_media_thread_t *media = context;
    if (media->config.listed)
        media->config.listed(media->config.context, generation, head, entries);
}

static void detect(void *context, unsigned channel, const oc_desired_detect_t *detect) {
    oc_media_thread_t *media = context;
    if (media->config.detect)
        media->config.detect(media->config.context, channel, detect);
}

static void ring_gone(void *context, unsigned slot) {
    oc_media_thread_t *media = context;
    if (media->config.ring_gone)
        media->config.ring_gone(media->config.context, slot);
}

static int64_t advanced(void *context, int64_t now_us) {
    oc_media_thread_t *media = context;
    return media->config.advanced ? media->config.advanced(media->config.context, now_us)
                                  : INT64_MAX;
}

/* Mailbox and plane, for the process's life. */
static int make_plane(oc_media_thread_t *media) {
    const oc_media_loop_env_t env = {.loop = {.allocate = allocate,
                                              .release = release,
                                              .now_us = clock_us,
                                              .wake = wake_media,
                                              .context = media},
                                     .read_clock = read_clock,
                                     .captures = {.start = capture_start,
                                                  .run = capture_run,
                                                  .close = capture_close,
                                                  .room = capture_room,
                                                  .interrupt = capture_interrupt,
                                                  .request_key = capture_request_key,
                                                  .set_bitrate = capture_set_bitrate,
                                                  .end = capture_end},
                                     .wake_script = wake_script,
                                     .deliver = deliver,
                                     .discard = discard,
                                     .capture_find = capture_find,
                                     .file_submit = file_submit,
                                     .host_command = host_command,
                                     .privacy_store = privacy_store,
                                     .ring_gone = ring_gone,
                                     .listed = listed,
                                     .detect = detect,
                                     .input_changed = input_changed,
                                     .advanced = advanced,
                                     .context = media};
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
        oc_wakeup_open(&media->wakeup, &media->loop, on_woken, media) != OC_OK ||
        oc_deadlines_open(&media->deadlines, &media->loop) != OC_OK || make_plane(media) != OC_OK ||
        oc_file_thread_start(&media->files, config->root, on_file_done, media) != OC_OK)
        return OC_ERR_NOMEM; /* the process ends: nothing is taken apart */
    oc_file_thread_watch(media->files, config->file_changed, config->context);
    media->due = (oc_deadline_t){.due = on_due, .context = media};
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

struct uv_loop_s *oc_media_thread_loop(oc_media_thread_t *media) {
    return &media->loop;
}

int oc_media_thread_request_key(oc_media_thread_t *media, unsigned slot) {
    return oc_media_loop_request_key(&media->core, slot);
}

int oc_media_thread_set_bitrate(oc_media_thread_t *media, unsigned slot, uint32_t bps) {
    return oc_media_loop_set_bitrate(&media->core, slot, bps);
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
