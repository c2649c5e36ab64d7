#define _GNU_SOURCE
#include "oc_host_impl.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "oc_check_command.h"
#include "oc_file_commands.h"
#include "oc_index_commands.h"
#include "oc_vod_index.h"
#include "oc_helper.h"
#include "oc_posix.h"
#include "oc_pulse.h"
#include "oc_push_metrics.h"
#include "oc_random.h"
#include "oc_stderr.h"
#include "oc_p2p_login.h"
#include "oc_p2p_metrics.h"

#define STOP_US   (5 * 1000 * 1000)
#define SCRIPT_US (1500 * 1000) /* of that for the script */
#define HTTP_US   (1000 * 1000) /* of that for the HTTP thread, whose disk may hang */

static oc_mailbox_t *mailbox(const oc_host_t *host) {
    return oc_media_thread_mailbox(host->media);
}

/* Answers a command. Any thread. */
static void answer(const oc_host_t *host, const oc_command_t *command, int code, int value0,
                   int value1) {
    oc_mailbox_reply(mailbox(host), command->request, command->generation, code, value0, value1,
                     (oc_parcel_t){0});
}

static void refuse(const oc_host_t *host, const oc_command_t *command, int code, const char *why) {
    oc_file_commands_refuse(mailbox(host), command, code, why);
}

static void settle(const oc_host_t *host, const oc_command_t *command, int result,
                   const char *why) {
    if (result == OC_OK)
        answer(host, command, OC_OK, 0, 0);
    else
        refuse(host, command, result, why);
}

/* ---- the end of the process ---- */

/* Any thread. */
static void request_exit(oc_host_t *host, int code) {
    if (!atomic_exchange(&host->exiting, true)) {
        atomic_store(&host->exit_code, code);
        eventfd_write(host->exit_fd, 1);
    }
}

static void start_again(void *context) {
    request_exit(context, OC_HOST_AGAIN);
}

static void take_exit(oc_host_t *host, const oc_command_t *command) {
    char line[OC_LOG_LINE_MAX];
    snprintf(line, sizeof(line), "%.*s", (int)command->parcel.len, (char *)command->parcel.data);
    bool tried = oc_script_exits(host->script, line);
    if (!tried && line[0])
        oc_stderr_report(line);
    settle(host, command, tried ? OC_ERR_STATE : OC_OK, "an application on trial ends no program");
    if (!tried)
        request_exit(host, command->arg[0]);
}

/* ---- listening ---- */

/* HTTP thread: it has its port, or cannot have it. */
static void on_listening(void *context, int result, const char *text, const char *url) {
    oc_host_t *host = context;
    pthread_mutex_lock(&host->lock);
    oc_command_t command = host->listener;
    host->listener.request = 0;
    host->failed = result < 0;
    const oc_http_t *http = atomic_load(&host->http);
    if (result >= 0) {
        host->port = (unsigned)result;
        snprintf(host->url, sizeof(host->url), "%s", url);
        if (http) /* it is not being stopped already */
            atomic_store(&host->metrics.http, oc_http_counts(http));
        atomic_store(&host->listening, true);
    }
    pthread_mutex_unlock(&host->lock);
    oc_mailbox_reply_text(mailbox(host), command.request, command.generation,
                          result < 0 ? result : OC_OK, result < 0 ? 0 : result, 0, text,
                          strlen(text));
}

static void read_health(void *context, oc_health_t *health) {
    oc_host_t *host = context;
    const oc_plane_t *plane = oc_media_thread_plane(host->media);
    oc_health_gather(health, plane, oc_media_thread_data(host->media), oc_pulse_us());
    oc_health_room(health, oc_index_blocked(host->index), oc_index_low_bytes(host->index));
    health->script = oc_script_watch_state(&host->watch);
    health->media_late = oc_pulse_us() - atomic_load(&host->advanced_us) > OC_HEALTH_LATE_US;
}

static size_t write_metrics(void *context, char *out, size_t size) {
    oc_host_t *host = context;
    oc_metrics_now_t now;
    read_health(host, &now.health);
    oc_script_memory(host->script, &now.memory);
    now.restarts = oc_script_restarts(host->script);
    now.stuck = atomic_load(&host->watch.count);
    now.http_stuck = atomic_load(&host->http_watch.count);
    oc_script_wake(host->script); /* it measures itself for the next time */
    size_t len = oc_metrics_write(&host->metrics, &now, out, size);
    if (len)
        len += oc_push_metrics_write(host->push, out + len, size - len);
    uint32_t generation = oc_mailbox_generation(mailbox(host));
    if (len && host->config.update)
        len += oc_update_metrics(host->config.update, out + len, size - len);
    return len ? len + oc_app_metrics_write(&host->app_metrics, generation, out + len, size - len)
               : 0;
}

static int read_panel(void *context, const char *path, const char *type, oc_body_ref_t *out) {
    const oc_host_t *host = context;
    return oc_script_panel(host->script, path, type, out);
}

/* HTTP thread. */
static bool take_picture(void *context, oc_http_request_t *req) {
    oc_host_t *host = context;
    if (req->kind == OC_HTTP_REQUEST_THUMBNAIL)
        return oc_thumbs_request(host->thumbs, req);
    oc_media_call_t call = oc_pictures_call(host->pictures, req);
    return oc_media_thread_post(host->media, &call) == OC_OK;
}

/* Script thread. A server that could not listen goes: its thread ends by itself. */
static void drop_failed(oc_host_t *host) {
    pthread_mutex_lock(&host->lock);
    oc_http_t *http = host->failed && !host->stopping ? atomic_exchange(&host->http, NULL) : NULL;
    host->failed = false;
    pthread_mutex_unlock(&host->lock);
    if (http && oc_http_stop(http, oc_pulse_us() + HTTP_US))
        oc_http_free(http);
}

static void start_http(oc_host_t *host, const oc_command_t *command) {
    oc_http_config_t config = {.listen = host->listen,
                               .data_path = host->config.facts.data_path,
                               .viewer_root = host->viewer_root,
                               .data_root = host->config.data_root,
                               .finder = oc_vod_index_finder(host->index),
                               .media = host->media,
                               .live = &host->live,
                               .broker = &host->broker,
                               .desired = &host->desired,
                               .picture = take_picture,
                               .judge_viewers = oc_p2p_login_judge,
                               .count_viewers = oc_p2p_login_count,
                               .viewers = host->p2p_host,
                               .metrics = write_metrics,
                               .panel = read_panel,
                               .health = read_health,
                               .restart = start_again,
                               .listening = on_listening,
                               .context = host};
    if (host->config.update)
        config.update = oc_host_update_http(host->config.update);
    oc_http_t *http = NULL;
    pthread_mutex_lock(&host->lock); /* or a server could start behind the back of oc_host_stop */
    host->listener = *command;
    int result = host->stopping ? OC_ERR_CLOSED : oc_http_start(&http, &config);
    atomic_store(&host->http, http);
    if (result != OC_OK)
        host->listener.request = 0;
    pthread_mutex_unlock(&host->lock);
    if (result != OC_OK)
        refuse(host, command, result, oc_err_text(result));
}

static void take_listen(oc_host_t *host, const oc_command_t *command) {
    oc_listen_config_t expected;
    if (!oc_check_command_read(command, &expected)) {
        refuse(host, command, OC_ERR_INVAL, "malformed request");
        return;
    }
    pthread_mutex_lock(&host->lock);
    bool busy = host->listener.request != 0;
    pthread_mutex_unlock(&host->lock);
    if (!busy)
        drop_failed(host);
    if (expected.port > 65535) {
        refuse(host, command, OC_ERR_RANGE, "a port is a whole number from 0 to 65535");
    } else if (busy) {
        refuse(host, command, OC_ERR_BUSY, "another attempt to listen is under way");
    } else if (!atomic_load(&host->http)) {
        host->listen = expected;
        start_http(host, command);
    } else if (memcmp(&expected, &host->listen, sizeof(expected)) == 0) { /* unused bytes are 0 */
        answer(host, command, OC_OK, (int)host->port, 1);
    } else {
        refuse(host, command, OC_ERR_STATE, "already listening elsewhere");
    }
}

static void take_indicator(oc_host_t *host, const oc_command_t *command) {
    char name[OC_LED_NAME_MAX] = "";
    int result = OC_ERR_INVAL;
    if (command->parcel.len < sizeof(name)) {
        memcpy(name, command->parcel.data ? command->parcel.data : (const uint8_t *)"",
               command->parcel.len);
        result = OC_OK;
        if (!host->led && name[0])
            result = oc_led_start(&host->led, OC_LED_FOLDER, &host->indicator);
        if (result == OC_OK && host->led)
            result = oc_led_use(host->led, name);
    }
    settle(host, command, result, oc_err_text(result));
}

static void take_handover(oc_host_t *host, const oc_command_t *command) {
    int result = oc_script_hand_over(host->script, command);
    settle(host, command, result,
           result == OC_ERR_TOO_BIG ? "the state is larger than 64 KB" : "malformed state");
}

/* Script thread: what is answered at once and needs the parcel for that only. */
static bool carry_out(oc_host_t *host, const oc_command_t *command) {
    switch (command->kind) {
    case OC_COMMAND_HTTP_LISTEN:
        take_listen(host, command);
        return true;
    case OC_COMMAND_INDICATOR:
        take_indicator(host, command);
        return true;
    case OC_COMMAND_METRICS:
        settle(host, command, oc_app_metrics_take(&host->app_metrics, command),
               "malformed metrics");
        return true;
    case OC_COMMAND_HANDOVER:
        take_handover(host, command);
        return true;
    case OC_COMMAND_EXIT:
        take_exit(host, command);
        return true;
    case OC_COMMAND_READY:
        oc_api_broker_ready(&host->broker);
        oc_script_ready(host->script);
        answer(host, command, OC_OK, 0, 0);
        return true;
    case OC_COMMAND_PRIVACY:
        if (command->object == 0) /* its state is asked for, which is published */
            answer(host, command, OC_OK, (int)oc_host_privacy(host), (int)oc_host_indicator(host));
        return command->object == 0;
    default:
        return false;
    }
}

/* Live pushes need the helper; an empty list does not. True: it was refused. */
static bool cannot_push(oc_host_t *host, const oc_command_t *command) {
    oc_parcel_t parcel = command->parcel;
    char why[OC_LOG_LINE_MAX];
    if (parcel.len <= offsetof(oc_push_targets_t, target) ||
        oc_helper_exists(OC_HELPER_PUSH, why, sizeof(why)))
        return false;
    oc_mailbox_parcel_free(mailbox(host), &parcel);
    refuse(host, command, OC_ERR_NOTSUP, why);
    return true;
}

/* Script thread: everything but what belongs to the media plane. */
static bool deliver(void *context, const oc_command_t *command) {
    oc_host_t *host = context;
    oc_parcel_t parcel = command->parcel;
    oc_file_thread_t *files = oc_media_thread_files(host->media);
    switch (command->kind) { /* these own the parcel */
    case OC_COMMAND_HTTP_TAKE:
        oc_api_broker_take(&host->broker, command, oc_pulse_us());
        return true;
    case OC_COMMAND_HTTP_REPLY:
        oc_api_broker_reply(&host->broker, command, oc_pulse_us());
        return true;
    case OC_COMMAND_PUSHES:
        return cannot_push(host, command);
    case OC_COMMAND_HTTP_CHECK:
        oc_check_command_take(files, mailbox(host), command,
                              atomic_load(&host->listening) ? &host->listen : NULL, host->port,
                              host->config.facts.data_path);
        return true;
    case OC_COMMAND_UPDATE_BEGIN:
    case OC_COMMAND_UPDATE_WRITE:
    case OC_COMMAND_UPDATE_APPLY:
    case OC_COMMAND_UPDATE_READ:
    case OC_COMMAND_UPDATE_NOTE:
        if (!host->config.update)
            return false;
        oc_update_command(host->config.update, command);
        return true;
    case OC_COMMAND_STORE_READ:
    case OC_COMMAND_STORE_WRITE:
        if (oc_file_commands_by_person(command))
            oc_script_settings_changed(host->script);
        oc_file_commands_take(files, mailbox(host), command);
        return true;
    default:
        if (oc_key_commands_take(host->keys, mailbox(host), command) ||
            oc_index_event_command(host->index, mailbox(host), command) ||
            oc_index_commands_take(host->index, mailbox(host), command))
            return true;
        if (!carry_out(host, command))
            return false;
        oc_mailbox_parcel_free(mailbox(host), &parcel);
        return true;
    }
}

/* Media thread. */
static void host_command(void *context, const oc_command_t *command) {
    oc_host_t *host = context;
    oc_parcel_t parcel = command->parcel;
    if (command->kind == OC_COMMAND_SPAN_BODY) {
        oc_pictures_command(host->pictures, command, oc_posix_now_us());
        oc_mailbox_parcel_free(mailbox(host), &parcel);
        return;
    }
    if (oc_p2p_service_command(host->p2p, command, oc_posix_now_us()) ||
        oc_push_service_command(host->push, command, oc_posix_now_us()))
        return; /* they free the parcel */
    refuse(host, command, OC_ERR_NOTSUP, "unknown command");
    oc_mailbox_parcel_free(mailbox(host), &parcel);
}

static int64_t advanced(void *context, int64_t now_us) {
    oc_host_t *host = context;
    if (!atomic_load(&host->open))
        return INT64_MAX; /* oc_media_thread_start still runs: host->media is not set */
    int64_t awake_us = oc_pulse_us();
    atomic_store(&host->advanced_us, awake_us);
    oc_script_watch_turn(&host->watch, now_us);
    oc_http_watch_turn(&host->http_watch, &host->watch, atomic_load(&host->metrics.http), now_us);
    atomic_store(&host->indicator, oc_plane_indicator(oc_media_thread_plane(host->media)));
    oc_resumption_turn(&host->resumption, oc_media_thread_plane(host->media), now_us);
    oc_retention_notice_turn(&host->notice, oc_media_thread_plane(host->media), now_us);
    oc_desired_store_turn(&host->store, now_us);
    oc_span_bodies_advance(&host->spans, awake_us);
    oc_live_broker_advance(&host->live, awake_us);
    oc_api_broker_turn(&host->broker, awake_us);
    int64_t pictures_us = oc_pictures_advance(host->pictures, now_us);
    int64_t due_us = oc_p2p_service_advance(host->p2p, now_us);
    int64_t push_us = oc_push_service_advance(host->push, now_us);
    due_us = pictures_us < due_us ? pictures_us : due_us;
    due_us = push_us < due_us ? push_us : due_us;
    bool requested = host->live.waiting > 0 || atomic_load(&host->broker.count) > 0;
    int64_t requested_us = requested ? now_us + OC_PLANE_PUBLISH_US : INT64_MAX;
    return requested_us < due_us ? requested_us : due_us;
}

static void ring_gone(void *context, unsigned slot) {
    oc_host_t *host = context;
    oc_span_bodies_ring_gone(&host->spans, slot);
    oc_pictures_ring_gone(host->pictures, slot);
    oc_p2p_service_ring_gone(host->p2p, slot, oc_posix_now_us());
}

static void listed(void *context, uint32_t generation, const oc_desired_head_t *head,
                   const oc_desired_entry_t *entries) {
    oc_desired_listed(&((oc_host_t *)context)->desired, generation, head, entries);
}
static void detect(void *context, unsigned channel, const oc_desired_detect_t *detect) {
    int result = oc_pictures_detect(((oc_host_t *)context)->pictures, channel, detect);
    if (result < 0)
        oc_log(OC_LOG_WARN, "host", "channel %u: nothing is looked for: %s", channel,
               oc_err_text(result));
}

/* Media thread. Its channel is named by what it is called now. */
static void input_changed(void *context, const oc_input_change_t *change, int64_t now_us) {
    const oc_host_t *host = context;
    char name[OC_CHANNEL_NAME_MAX] = "";
    oc_clock_t clock;
    oc_posix_clock(&clock);
    if (change->channel != OC_INPUT_DEVICE)
        oc_plane_channel_name(oc_media_thread_plane(host->media), (unsigned)change->channel, name);
    oc_index_event_input(host->index, name, change, oc_clock_wall_us(&clock, now_us) / 1000);
}

/* Index thread: an event begins. */
static void event_begun(void *context, uint32_t id, const char *channel, int64_t start_ms) {
    const oc_host_t *host = context;
    if (atomic_load(&host->open))
        oc_pictures_event(host->pictures, id, channel, start_ms);
}

/* The pictures' thread. */
static void event_pictured(void *context, uint32_t id, int64_t start_ms, uint8_t *jpeg,
                           uint32_t bytes) {
    const oc_host_t *host = context;
    oc_index_event_picture(host->index, id, start_ms, jpeg, bytes);
}

/* File thread. */
static void file_changed(void *context, const char *path, const char *to) {
    const oc_host_t *host = context;
    if (path[0]) {
        oc_index_note(host->index, path, to);
        return;
    }
    oc_index_moved(host->index);
    atomic_store(&host->store.moved, true);
    oc_update_moved(host->config.update);
}

static bool stop_services(void *context) {
    oc_host_t *host = context;
    oc_push_service_stop(host->push, oc_posix_now_us());
    return oc_p2p_host_stop(host->p2p_host, oc_posix_now_us());
}

static void wake_script(void *context) {
    oc_host_t *host = context;
    oc_script_wake(host->script);
}

static void print(void *context, const char *text, size_t bytes) {
    const oc_host_t *host = context;
    if (host->config.print)
        host->config.print(host->config.print_context, text, bytes);
    else
        oc_stderr_print(text, bytes);
}

static void set_log_level(void *context, oc_log_level_t level) {
    oc_host_t *host = context;
    if (!host->config.log_fixed)
        oc_stderr_level(level);
}

/* Media thread: cameras that run need no script. */
static void decide_end(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_host_t *host = call->context;
    if (host->store.resumed)
        oc_log(OC_LOG_ERROR, "host", "no application can run: cameras go on as before the start");
    else
        request_exit(host, 1);
}

static void on_script_failed(void *context, const char *why) {
    oc_host_t *host = context;
    oc_stderr_report(why);
    if (oc_media_thread_post(host->media, &(oc_media_call_t){decide_end, .context = host}) != OC_OK)
        request_exit(host, 1);
}

static int make_push(oc_host_t *host) {
    oc_push_service_env_t env = {.loop = *oc_media_thread_env(host->media),
                                 .plane = oc_media_thread_plane(host->media),
                                 .mailbox = mailbox(host)};
    oc_random(&env.seed, sizeof(env.seed));
    return oc_push_service_create(&host->push, &env);
}

int oc_host_start(oc_host_t **out, const oc_host_config_t *config) {
    oc_host_t *host = calloc(1, sizeof(*host));
    if (!host)
        return OC_ERR_NOMEM;
    host->config = *config;
    pthread_mutex_init(&host->lock, NULL);
    oc_desired_init(&host->desired);
    host->begun = (oc_index_begun_t){event_begun, host};
    host->exit_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    host->viewer_root = open(config->viewer, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    oc_vod_finder_t recordings;
    oc_media_thread_config_t media = {.root = config->data_root,
                                      .wake_script = wake_script,
                                      .host_command = host_command,
                                      .deliver = deliver,
                                      .advanced = advanced,
                                      .ring_gone = ring_gone,
                                      .listed = listed,
                                      .detect = detect,
                                      .file_changed = file_changed,
                                      .input_changed = input_changed,
                                      .stop = stop_services,
                                      .context = host,
                                      .privacy = config->privacy,
                                      .privacy_switch = config->privacy_switch,
                                      .push_folder = config->facts.data_path,
                                      .data_path =
                                          config->data_root >= 0 ? config->facts.data_path : NULL,
                                      .data_lock = config->data_lock};
    if (oc_pulse_start() != OC_OK || host->exit_fd < 0 ||
        oc_script_create(&host->script) != OC_OK ||
        oc_index_start(&host->index, config->data_root) != OC_OK ||
        (oc_index_event_start(host->index, &host->begun),
         oc_media_thread_start(&host->media, &media)) != OC_OK ||
        (recordings = oc_vod_index_finder(host->index),
         oc_p2p_host_create(&host->p2p_host, host->media, &recordings)) != OC_OK)
        return OC_ERR_NOMEM; /* the process ends */
    host->p2p = oc_p2p_host_service(host->p2p_host);
    oc_plane_t *plane = oc_media_thread_plane(host->media);
    if (make_push(host) != OC_OK)
        return OC_ERR_NOMEM;
    oc_live_broker_init(&host->live, plane);
    const oc_pictures_events_t pictures = {event_pictured, host, &host->spans};
    if (oc_pictures_start(&host->pictures, plane, &host->live.answers, host->media, &pictures) !=
            OC_OK ||
        oc_thumbs_start(&host->thumbs, &(oc_vod_place_t){config->data_root, recordings},
                        &host->live.answers, oc_media_thread_files(host->media)) != OC_OK ||
        oc_key_commands_start(&host->keys, config->data_root, oc_media_thread_files(host->media),
                              mailbox(host)) != OC_OK)
        return OC_ERR_NOMEM; /* the process ends */
    oc_span_bodies_init(&host->spans, plane, mailbox(host));
    oc_app_metrics_init(&host->app_metrics);
    oc_api_broker_init(&host->broker, &host->live.answers, mailbox(host), host->media);
    host->watch = (oc_script_watch_t){.script = host->script,
                                      .media = host->media,
                                      .broker = &host->broker,
                                      .restart_us = config->restart_us,
                                      .restart = start_again,
                                      .context = host};
    host->fallback = (oc_api_fallback_t){.media = host->media,
                                         .script = host->script,
                                         .watch = &host->watch,
                                         .desired = &host->desired,
                                         .version = config->facts.version,
                                         .started_us = config->facts.started_us};
    host->broker.fallback = oc_api_fallback_answer;
    host->broker.fallback_context = &host->fallback;
    host->notice.index = host->index;
    oc_last_run_take(config->data_root, &host->resumption.last);
    host->resumption.version = config->facts.version;
    if (config->kept &&
        oc_desired_store_start(&host->store, host->media, config->data_root, config->kept) != OC_OK)
        return OC_ERR_NOMEM;
    atomic_store(&host->advanced_us, oc_pulse_us());
    atomic_store(&host->open, true);
    oc_metrics_init(&host->metrics, plane, config->facts.version, config->facts.started_us);
    host->metrics.more = oc_p2p_metrics_write;
    host->metrics.more_context = host->p2p;
    oc_script_config_t script = {.media = host->media,
                                 .broker = &host->broker,
                                 .p2p = host->p2p,
                                 .push = host->push,
                                 .spans = &host->spans,
                                 .desired = &host->desired,
                                 .data_root = config->data_root,
                                 .app = config->app,
                                 .app_size = config->app_size,
                                 .app_path = config->app_path,
                                 .app_watch = config->app_watch,
                                 .facts = config->facts,
                                 .print = print,
                                 .set_log_level = set_log_level,
                                 .failed = on_script_failed,
                                 .context = host};
    *out = host;
    if (config->update) {
        host->updates = (oc_host_update_t){host->script, host->media, &host->live.answers};
        script.keeper = oc_update_keeper(config->update);
        if (oc_host_update_start(&host->updates, config->update) != OC_OK)
            return OC_ERR_NOMEM;
    }
    return oc_script_start(host->script, &script);
}

int oc_host_exit_fd(const oc_host_t *host) {
    return host->exit_fd;
}

int oc_host_exit_code(const oc_host_t *host) {
    return atomic_load(&host->exit_code);
}

/* A thread that does not return may still use everything: recordings are finished, no more. */
static bool only_finish(oc_host_t *host, int64_t until_us, const char *why) {
    oc_media_thread_finish(host->media, until_us);
    oc_stderr_report(why);
    return false;
}

bool oc_host_stop(oc_host_t *host) {
    int64_t until = oc_pulse_us() + STOP_US;
    oc_script_skip_trial(host->script);
    if (host->config.json) /* the script prints what the end brings; half the time is kept back */
        oc_media_thread_finish(host->media, until - STOP_US / 2);
    if (!oc_script_stop(host->script, oc_pulse_us() + SCRIPT_US))
        return only_finish(host, until,
                           "the script cannot be stopped: finishing recordings, then exiting");
    pthread_mutex_lock(&host->lock);
    host->stopping = true;
    oc_http_t *http = atomic_exchange(&host->http, NULL); /* its memory stays: late answers */
    atomic_store(&host->metrics.http, NULL);              /* it is not watched any more */
    pthread_mutex_unlock(&host->lock);
    if (!oc_update_stop(host->config.update, until))
        return only_finish(host, until, "the disk does not answer: an update was not finished");
    if (http && !oc_http_stop(http, oc_pulse_us() + HTTP_US))
        return only_finish(host, until, "the thread that answers HTTP does not return");
    oc_pictures_end(host->pictures);
    bool read = oc_thumbs_stop(host->thumbs, until) && oc_key_commands_stop(host->keys, until);
    bool media_ended = oc_media_thread_stop(host->media, until);
    bool ended = media_ended && oc_index_stop(host->index, until) &&
                 oc_pictures_stop(host->pictures, until) && read;
    if (media_ended) /* a disk that does not answer is not waited for */
        oc_last_run_leave(host->config.data_root, host->config.facts.version);
    oc_led_stop(host->led);
    if (!ended) {
        oc_stderr_report("the disk does not answer: recordings may lack their last seconds");
        return false;
    }
    oc_desired_store_end(&host->store);
    oc_http_free(http);
    oc_p2p_host_free(host->p2p_host);
    oc_push_service_free(host->push);
    oc_script_free(host->script);
    oc_span_bodies_free(&host->spans);
    pthread_mutex_destroy(&host->lock);
    close(host->exit_fd);
    (void)close(host->viewer_root); /* none: -1 */
    free(host);
    oc_pulse_stop();
    return true;
}
