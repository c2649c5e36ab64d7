#define _GNU_SOURCE
#include "oc_script_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "oc_app_needs.h"
#include "oc_app_watch.h"
#include "oc_capability.h"
#include "oc_crash.h"
#include "oc_host_modules.h"
#include "oc_posix.h"
#include "oc_pulse.h"
#include "oc_zone.h"

#define STACK_BYTES (2 * 1024 * 1024) /* the engine takes its limit from it; 1 MB at least */
#define MAIN_MODULE "ocellus/app/main"

/* ---- what a script asks of its host ---- */

static bool read_row(void *host, unsigned channel, oc_stream_row_t *row) {
    oc_script_t *script = host;
    const oc_table_t *table =
        oc_plane_stream_table(oc_media_thread_plane(script->config.media), channel);
    return table && oc_table_read(table, (uint32_t *)row);
}

static void read_name(void *host, unsigned channel, char name[OC_CHANNEL_NAME_MAX]) {
    oc_script_t *script = host;
    oc_plane_channel_name(oc_media_thread_plane(script->config.media), channel, name);
}

static void read_why(void *host, unsigned channel, char why[OC_DESIRED_WHY_MAX]) {
    oc_script_t *script = host;
    oc_plane_why(oc_media_thread_plane(script->config.media), channel, why);
}

static bool read_session(void *host, unsigned index, oc_session_row_t *row) {
    const oc_script_t *script = host;
    return oc_p2p_service_read_session(script->config.p2p, index, row);
}

static bool read_view(void *host, unsigned index, oc_view_row_t *row) {
    const oc_script_t *script = host;
    return oc_p2p_service_read_view(script->config.p2p, index, row);
}

static bool read_push(void *host, unsigned index, oc_push_row_t *row) {
    const oc_script_t *script = host;
    return oc_push_service_row(script->config.push, index, row);
}

static void read_push_why(void *host, unsigned index, char why[OC_PUSH_WHY_MAX]) {
    const oc_script_t *script = host;
    oc_push_text_t text;
    bool read = oc_push_service_text(script->config.push, index, &text);
    memcpy(why, read ? text.why : "", read ? sizeof(text.why) : 1);
}

static int64_t now_us(void *host) {
    return oc_posix_now_us();
}

static void read_clock(void *host, oc_clock_t *clock) {
    oc_posix_clock(clock);
}

static bool read_zone(void *host, const char *name, oc_zone_t *zone) {
    return oc_zone_read(name, zone);
}

static int open_body(void *host, oc_body_root_t root, const char *path, oc_body_ref_t *out) {
    oc_script_t *script = host;
    return oc_script_body_open(&script->bodies, root, path, out);
}

static int take_body(void *host, uint32_t number, oc_body_ref_t *out) {
    const oc_script_t *script = host;
    return oc_span_bodies_take(script->config.spans, number, script->context.facts.generation, out);
}

static int reply_body(void *host, uint32_t id, oc_body_ref_t ref) {
    oc_script_t *script = host;
    return oc_api_broker_body(script->config.broker, id, ref, oc_pulse_us());
}

static void print(void *host, const char *text, size_t bytes) {
    oc_script_t *script = host;
    script->config.print(script->config.context, text, bytes);
}

static void set_log_level(void *host, oc_log_level_t level) {
    oc_script_t *script = host;
    script->config.set_log_level(script->config.context, level);
}

static void on_log(void *host, oc_machine_log_t level, const char *text) {
    for (size_t len; *text; text += len + (text[len] == '\n')) {
        len = strcspn(text, "\n");
        oc_log((oc_log_level_t)level, "script", "%.*s", (int)len, text);
    }
}

/* ---- one script ---- */

static void on_end(void *host, const oc_machine_end_t *end) {
    oc_script_context_t *context = host;
    oc_loop_quit(((oc_script_t *)context->host)->loop);
}

/* On the media thread, before any command of the new script. */
static void begin_generation(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_script_t *script = call->context;
    oc_plane_t *plane = oc_media_thread_plane(media);
    int64_t now = oc_posix_now_us();
    script->last.generation = call->a;
    oc_span_bodies_script_gone(script->config.spans, call->a - 1); /* if its end did not say so */
    oc_plane_new_script(plane, call->a, now);
    oc_plane_event(plane, -1, OC_EVENT_SCRIPT_STARTED, 0, "", "", now);
    oc_p2p_service_new_script(script->config.p2p, call->a, now);
}

/* On the media thread. */
static void report_ready(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_plane_event(oc_media_thread_plane(media), -1, OC_EVENT_SCRIPT_READY, OC_OK, "", "",
                   oc_posix_now_us());
}

/* On the media thread: what a script has lent goes back with it. */
static void end_generation(oc_media_thread_t *media, const oc_media_call_t *call) {
    const oc_script_t *script = call->context;
    oc_span_bodies_script_gone(script->config.spans, call->a);
}

/* On the media thread. text: "REASON: MESSAGE", or the reason alone. */
static void note_last(oc_script_t *script, int reason, const char *text) {
    oc_clock_t clock;
    oc_posix_clock(&clock);
    script->last.reason = oc_machine_reason_text((oc_machine_reason_t)reason);
    size_t len = strlen(script->last.reason);
    snprintf(script->last_message, sizeof(script->last_message), "%s",
             strlen(text) > len + 2 ? text + len + 2 : "");
    script->last.message = script->last_message;
    script->last.wall_us = oc_clock_wall_us(&clock, oc_posix_now_us());
}

/* On the media thread. */
static void report_end(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_script_t *script = call->context;
    char *text = call->data; /* malloc, owned here */
    note_last(script, call->result, text);
    oc_plane_event(oc_media_thread_plane(media), -1, OC_EVENT_SCRIPT_ENDED, call->result, "", text,
                   oc_posix_now_us());
    free(text);
}

static void set_machine(oc_script_t *script, oc_machine_t *machine) {
    pthread_mutex_lock(&script->lock);
    script->machine = machine;
    pthread_mutex_unlock(&script->lock);
}

/* Machine with both archives. NULL: `why` says why there can be none. */
static oc_machine_t *make_machine(oc_script_t *script, char *why, size_t why_size) {
    oc_machine_config_t config = {.name = "application", /* for a debugger */
                                  .loop = oc_loop_native(script->loop),
                                  .heap_bytes = OC_SCRIPT_HEAP_BYTES,
                                  .runaway_ms = OC_SCRIPT_RUNAWAY_MS,
                                  .host = &script->context,
                                  .on_log = on_log,
                                  .on_end = on_end};
    const oc_app_archive_t *app = &script->app.now; /* this thread alone changes it */
    oc_machine_t *machine = NULL;
    const char *error = NULL;
    oc_host_modules_configure(&config);
    int result = oc_machine_create(&machine, &config);
    if (result < 0) {
        snprintf(why, why_size, "no script machine: %s", oc_err_text(result));
        return NULL;
    }
    if (oc_host_modules_map(machine, &error) < 0)
        snprintf(why, why_size, "modules of the host: %s", error ? error : "not usable");
    else if (oc_machine_map(machine, app->data, app->size, false, &error) < 0)
        snprintf(why, why_size, "%s: %s", script->config.app_path, error ? error : "not usable");
    else
        return machine;
    oc_machine_delete(machine);
    oc_loop_settle(script->loop);
    return NULL;
}

/* From the archive that waits, if its turn has come, and when that cannot be mapped, from the one
 * before. One on trial keeps the one before until it is committed. */
static oc_machine_t *make_newest(oc_script_t *script, char *why, size_t why_size) {
    pthread_mutex_lock(&script->lock);
    bool taken = script->takes && oc_app_archives_take(&script->app);
    pthread_mutex_unlock(&script->lock);
    script->takes = false;
    oc_machine_t *machine = make_machine(script, why, why_size);
    bool good = machine != NULL, trial = script->context.facts.trial;
    if (trial || !taken)
        return machine;
    if (oc_script_settle(script, good) && !good) {
        oc_log(OC_LOG_ERROR, "script", "%s: the previous application goes on", why);
        machine = make_machine(script, why, why_size);
    }
    return machine;
}

static void note_crash(const char *text) {
    char line[256];
    snprintf(line, sizeof(line), "script ended: %s", text);
    oc_crash_note(line);
}

/* On the media thread. */
static void report_replaced(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_script_t *script = call->context;
    note_last(script, OC_MACHINE_REPLACED, "");
    oc_plane_event(oc_media_thread_plane(media), -1, OC_EVENT_APP_REPLACED, OC_OK, "", "",
                   oc_posix_now_us());
}

static void keep_end(oc_script_t *script, oc_machine_reason_t reason, const char *text) {
    oc_script_facts_t *facts = &script->context.facts;
    oc_clock_t clock;
    oc_posix_clock(&clock);
    facts->end_reason = oc_machine_reason_text(reason);
    facts->end_message = script->end_message;
    facts->end_wall_us = oc_clock_wall_us(&clock, oc_posix_now_us());
    snprintf(script->end_message, sizeof(script->end_message), "%s", text);
}

/* What the supervisor ended itself is no failure. */
static void note_replaced(oc_script_t *script) {
    keep_end(script, OC_MACHINE_REPLACED, "");
    script->ends.text[0] = 0;
    script->context.facts.replaced++;
    oc_log(OC_LOG_INFO, "script", "replaced: starting %s", script->config.app_path);
    oc_media_call_t call = {.run = report_replaced, .context = script};
    (void)oc_media_thread_post(script->config.media, &call);
    oc_api_broker_end(script->config.broker);
}

/* Logs and reports how a script ended, and keeps it for the next one. */
static void note_end(oc_script_t *script, const oc_machine_end_t *end) {
    oc_script_facts_t *facts = &script->context.facts;
    keep_end(script, end->reason, end->text);
    oc_script_ends_note(&script->ends, oc_posix_now_us(), end->text);
    if (atomic_load(&script->stop))
        return;
    oc_log(OC_LOG_ERROR, "script", "ended: %s; restarting it", facts->end_reason);
    on_log(NULL, OC_MACHINE_LOG_ERROR, end->text);
    size_t size = strlen(facts->end_reason) + strlen(end->text) + 3;
    char *text = malloc(size);
    if (!text)
        return;
    snprintf(text, size, "%s%s%.*s", facts->end_reason, end->text[0] ? ": " : "",
             (int)strcspn(end->text, "\n"), end->text);
    note_crash(text);
    oc_media_call_t call = {
        .run = report_end, .context = script, .data = text, .result = (int)end->reason};
    if (oc_media_thread_post(script->config.media, &call) != OC_OK)
        free(text);
    oc_api_broker_end(script->config.broker); /* the host's answers know of this end */
}

/* The script shall make way, for the end of the program or for another application. */
static bool leaves(const oc_script_t *script) {
    return atomic_load(&script->stop) || script->leaves;
}

/* Whether it ended by itself, and not because its place was wanted. */
static bool ended_itself(oc_script_t *script, const oc_machine_end_t *end) {
    bool stopped = end->reason == OC_MACHINE_RUNNING || end->reason == OC_MACHINE_STOPPED;
    return !stopped || atomic_load(&script->stop) || !script->leaves;
}

/* The host's own word on what an application may do; an unchanged one is not repeated. */
static void log_capabilities(oc_script_t *script) {
    char names[OC_CAPABILITY_TEXT];
    unsigned now = oc_machine_capabilities(script->machine);
    if (script->context.facts.generation > 1 && now == script->capabilities)
        return;
    script->capabilities = now;
    oc_capability_names(now, names);
    oc_log(OC_LOG_INFO, "script", "%s may use: %s (host API %u)", script->config.app_path, names,
           OC_API_LEVEL);
}

/* What the next script is told of the one before, and of whether it is on trial. */
static void hand_over(oc_script_t *script) {
    oc_script_facts_t *facts = &script->context.facts;
    if (script->takes)
        oc_handover_keep(&script->handover);
    else
        oc_handover_drop(&script->handover);
    facts->handover = script->gives ? script->handover.kept : NULL;
    facts->trial = script->takes && script->trial.state == OC_TRIAL_STARTING;
    script->gives = false;
}

/* The next generation begins, before any of its commands. */
static void begin(oc_script_t *script) {
    oc_script_context_t *context = &script->context;
    oc_api_broker_end(script->config.broker);
    uint32_t generation = oc_mailbox_new_generation(context->mailbox);
    oc_media_call_t call = {.run = begin_generation, .context = script, .a = generation};
    context->facts.generation = generation;
    context->pump = NULL;
    hand_over(script);
    oc_app_folder_init(&script->app_folder, script->config.data_root, 0);
    atomic_store(&script->ready, false);
    script->ready_us = 0;
    script->leaves = false;
    script->begun_us = oc_pulse_us();
    script->lived = false;
    while (oc_media_thread_post(script->config.media, &call) != OC_OK)
        usleep(1000); /* the media thread empties its queue in no time */
}

/* One that has not asked for the media plane does nothing that a person would see. */
static void note_unbegun(const oc_script_t *script) {
    if (!script->context.pump && !leaves(script))
        oc_log(OC_LOG_WARN, "script", "%s has not called start(): there is no camera until it does",
               script->config.app_path);
}

/* It runs until it ends, or makes way. */
static void live(oc_script_t *script, oc_machine_t *machine) {
    /* An earlier stop has not seen the machine: nothing of it runs then. */
    if (!leaves(script) && oc_machine_import(machine, OC_HOST_PRELUDE) == 0 &&
        oc_machine_import(machine, MAIN_MODULE) == 0)
        note_unbegun(script);
    while (oc_machine_end(machine)->reason == OC_MACHINE_RUNNING && !leaves(script)) {
        unsigned ms = oc_script_attend(script);
        if (leaves(script) || oc_machine_end(machine)->reason != OC_MACHINE_RUNNING)
            break;
        if (ms == 0)
            oc_loop_run(script->loop);
        else
            oc_loop_run_for(script->loop, ms);
    }
}

/* A whole life. False: no script can run. *replaced: it made way for another application. */
static bool run_once(oc_script_t *script, bool *replaced) {
    char why[256];
    begin(script);
    oc_machine_t *machine = make_newest(script, why, sizeof(why));
    bool tried = script->trial.state != OC_TRIAL_IDLE;
    if (tried)
        oc_script_made(script, machine != NULL, why);
    if (!machine && tried && script->trial.state != OC_TRIAL_IDLE)
        return true;
    if (!machine) {
        script->config.failed(script->config.context, why);
        return false;
    }
    set_machine(script, machine);
    live(script, machine);
    set_machine(script, NULL);
    *replaced = !ended_itself(script, oc_machine_end(machine));
    if (*replaced)
        note_replaced(script);
    else
        note_end(script, oc_machine_end(machine));
    oc_script_gone(script, *replaced ? NULL : oc_machine_end(machine));
    oc_machine_delete(machine);
    oc_media_call_t call = {
        .run = end_generation, .context = script, .a = script->context.facts.generation};
    (void)oc_media_thread_post(script->config.media, &call); /* else the next beginning does */
    oc_loop_settle(script->loop);
    return true;
}

/* Where processors are short, packets go before decisions. Added to the nice value the process was
 * started with, so that the script never goes first. Linux keeps one per thread, and raising it
 * needs no right; when it fails, everything works as before. */
#define OC_SCRIPT_NICE 5

/* Waits before the next script, unless another application waits. */
static void back_off(oc_script_t *script, unsigned *pause_ms) {
    int64_t lived = script->ready_us > 0 ? oc_pulse_us() - script->ready_us : 0;
    if (lived >= OC_SCRIPT_STEADY_US)
        *pause_ms = OC_SCRIPT_BACKOFF_MIN_MS;
    atomic_fetch_add(&script->restarts, 1);
    int64_t until = oc_posix_now_us() + *pause_ms * 1000LL, left;
    while (!atomic_load(&script->stop) && !oc_script_changes(script) &&
           (left = until - oc_posix_now_us()) > 0)
        oc_loop_run_for(script->loop, (unsigned)(left / 1000) + 1);
    *pause_ms = *pause_ms * 2 < OC_SCRIPT_BACKOFF_MAX_MS ? *pause_ms * 2 : OC_SCRIPT_BACKOFF_MAX_MS;
}

/* Script thread: the application's file is another one. */
static void on_app(void *context, const uint8_t *data, size_t size) {
    oc_script_t *script = context;
    char why[OC_APP_NEEDS_TEXT];
    oc_script_change_t change = {.state = true};
    int result = oc_script_change(script, data, size, &change, why, sizeof(why));
    if (result < 0)
        oc_log(OC_LOG_ERROR, "script", "application %s: %s: the running one goes on",
               script->config.app_path, result == OC_ERR_FORMAT ? why : oc_err_text(result));
}

static oc_app_watch_t *watch_app(oc_script_t *script) {
    const char *path = script->config.app_path;
    if (!script->config.app_watch)
        return NULL;
    oc_app_watch_t *watch = oc_app_watch_start(oc_loop_native(script->loop), path, on_app, script);
    if (!watch)
        oc_log(OC_LOG_ERROR, "script", "--app-watch: %s cannot be watched: %s", path,
               strerror(errno));
    return watch;
}

static void *run(void *data) {
    oc_script_t *script = data;
    id_t self = (id_t)gettid();
    setpriority(PRIO_PROCESS, self, getpriority(PRIO_PROCESS, self) + OC_SCRIPT_NICE);
    unsigned pause_ms = OC_SCRIPT_BACKOFF_MIN_MS;
    bool replaced = false;
    oc_loop_enter(script->loop);
    oc_app_watch_t *watch = watch_app(script);
    while (!atomic_load(&script->stop) && run_once(script, &replaced)) {
        if (replaced)
            pause_ms = OC_SCRIPT_BACKOFF_MIN_MS;
        else if (!oc_script_changes(script))
            back_off(script, &pause_ms);
        oc_script_between(script);
    }
    oc_script_stopped(script);
    oc_app_watch_stop(watch);
    oc_loop_settle(script->loop);
    oc_loop_leave(script->loop);
    return NULL;
}

/* Its own thread alone changes the machine, so no lock is needed here. */
static void measure(oc_script_t *script) {
    oc_machine_memory_t memory = {0};
    if (script->machine)
        oc_machine_memory(script->machine, &memory);
    atomic_store(&script->used_bytes, (uint32_t)memory.used_bytes);
    atomic_store(&script->allocated_bytes, (uint32_t)memory.allocated_bytes);
    atomic_store(&script->keys, memory.keys);
}

static void on_wake(void *context) {
    oc_script_t *script = context;
    if (leaves(script) || oc_script_changes(script)) {
        oc_loop_quit(script->loop); /* oc_script_attend, outside of the machine */
        if (leaves(script))
            return;
    }
    if (script->ready_us == 0 && atomic_load(&script->ready) && script->machine) {
        script->ready_us = oc_pulse_us();
        log_capabilities(script); /* not of one that only answers a command line */
    }
    if (script->context.pump)
        script->context.pump(script->context.pump_data);
    measure(script);
}

int oc_script_create(oc_script_t **out) {
    oc_script_t *script = calloc(1, sizeof(*script));
    if (!script)
        return OC_ERR_NOMEM;
    pthread_mutex_init(&script->lock, NULL);
    if (oc_loop_create(&script->loop, on_wake, script) != OC_OK)
        return OC_ERR_NOMEM; /* the process ends */
    *out = script;
    return OC_OK;
}

int oc_script_start(oc_script_t *script, const oc_script_config_t *config) {
    script->config = *config;
    script->app.now = (oc_app_archive_t){.data = config->app, .size = config->app_size};
    script->bodies.panel.maximum = OC_SCRIPT_PANEL_BYTES;
    script->bodies.data_root = config->data_root;
    script->bodies.store = oc_media_thread_files(config->media);
    script->config.facts.ends = script->ends.text;
    script->context = (oc_script_context_t){.mailbox = oc_media_thread_mailbox(config->media),
                                            .facts = script->config.facts,
                                            .read_row = read_row,
                                            .read_name = read_name,
                                            .read_why = read_why,
                                            .read_session = read_session,
                                            .read_view = read_view,
                                            .read_push = read_push,
                                            .read_push_why = read_push_why,
                                            .now_us = now_us,
                                            .read_clock = read_clock,
                                            .read_zone = read_zone,
                                            .open_body = open_body,
                                            .take_body = take_body,
                                            .reply_body = reply_body,
                                            .print = print,
                                            .set_log_level = set_log_level,
                                            .app_folder = &script->app_folder,
                                            .host = script};
    int result = oc_posix_thread(&script->thread, "script", STACK_BYTES, run, script);
    script->started = result == OC_OK;
    return result;
}

void oc_script_wake(oc_script_t *script) {
    oc_loop_wake(script->loop);
}

void oc_script_ready(oc_script_t *script) {
    oc_media_call_t call = {.run = report_ready, .context = script};
    if (!atomic_exchange(&script->ready, true))
        (void)oc_media_thread_post(script->config.media, &call); /* full: an event is missing */
}

bool oc_script_stop(oc_script_t *script, int64_t until_us) {
    atomic_store(&script->stop, true);
    pthread_mutex_lock(&script->lock);
    if (script->machine)
        oc_machine_stop(script->machine, "the program ends");
    pthread_mutex_unlock(&script->lock);
    oc_script_wake(script);
    while (script->started) {
        int64_t now_us = oc_pulse_us(), us = oc_posix_now_us() + until_us - now_us;
        struct timespec until = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
        script->started = pthread_clockjoin_np(script->thread, NULL, CLOCK_MONOTONIC, &until) != 0;
        if (script->started && now_us >= until_us)
            return false;
    }
    return true;
}

void oc_script_free(oc_script_t *script) {
    oc_loop_delete(script->loop);
    oc_app_archives_clear(&script->app);
    oc_handover_clear(&script->handover);
    pthread_mutex_destroy(&script->lock);
    free(script);
}

int oc_script_panel(oc_script_t *script, const char *path, const char *type, oc_body_ref_t *out) {
    pthread_mutex_lock(&script->lock);
    int result = oc_script_body_panel(&script->bodies, script->app.now.data, script->app.now.size,
                                      path, type, out);
    pthread_mutex_unlock(&script->lock);
    return result;
}

void oc_script_memory(const oc_script_t *script, oc_script_memory_t *memory) {
    *memory = (oc_script_memory_t){.used_bytes = atomic_load(&script->used_bytes),
                                   .allocated_bytes = atomic_load(&script->allocated_bytes),
                                   .limit_bytes = OC_SCRIPT_HEAP_BYTES,
                                   .keys = atomic_load(&script->keys),
                                   .keys_max = OC_MACHINE_DEFAULT_KEYS};
}

int64_t oc_script_unstopped_us(oc_script_t *script) {
    if (pthread_mutex_trylock(&script->lock) != 0)
        return -1;
    int64_t us = script->machine ? oc_machine_unstopped_us(script->machine) : 0;
    pthread_mutex_unlock(&script->lock);
    return us;
}

void oc_script_last_end(const oc_script_t *script, oc_script_end_t *end) {
    *end = script->last;
}

uint32_t oc_script_restarts(const oc_script_t *script) {
    return atomic_load(&script->restarts);
}
