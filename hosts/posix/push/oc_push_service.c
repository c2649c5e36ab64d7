#include "oc_push_service.h"

#include <stdio.h>
#include <string.h>

#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_log.h"
#include "oc_plane_pull.h"
#include "oc_push_link.h"
#include "oc_table.h"
#include "oc_thread_check.h"

#define TEXT_WORDS (sizeof(oc_push_text_t) / 4)
#define REPORT_US  (INT64_C(3600) * 1000 * 1000) /* a failure that lasts is logged so often */

/* What was begun at a place. */
typedef struct run {
    const oc_loop_env_t *loop;
    int32_t pull;              /* > 0 while begun */
    oc_push_link_t *link;      /* NULL: nothing is begun */
    bool open;                 /* it was seen open */
    oc_plane_body_t held;      /* made, and not taken by the link yet */
    bool given;                /* a piece is with the link, which has not written it yet */
    _Atomic bool released;     /* it has: by the thread of the link */
    uint32_t packets, bytes;   /* of that piece */
    int64_t gather_us;         /* no piece is made before */
    oc_out_pull_stats_t stats; /* of the client, as counted so far */
    int logged;                /* code of the failure that was logged last; 0: none */
    int64_t report_us;         /* the same failure is not logged again before */
} run_t;

struct oc_push_service {
    oc_push_service_env_t env;
    oc_push_list_t list;
    run_t run[OC_PUSHES_MAX];
    oc_push_targets_t taken; /* while a command is carried out; wiped behind it */
    bool stopped;
    int64_t publish_us;
    _Atomic uint32_t rows[OC_PUSHES_MAX][OC_TABLE_WORDS(OC_PUSH_ROW_WORDS)];
    _Atomic uint32_t texts[OC_PUSHES_MAX][OC_TABLE_WORDS(TEXT_WORDS)];
};

_Static_assert(sizeof(oc_push_text_t) % 4 == 0, "a table has words");

/* ---- what is published ---- */

static oc_table_t row_table(const oc_push_service_t *service, unsigned place) {
    return (oc_table_t){OC_PUSH_ROW_WORDS, (_Atomic uint32_t *)service->rows[place]};
}

static oc_table_t text_table(const oc_push_service_t *service, unsigned place) {
    return (oc_table_t){TEXT_WORDS, (_Atomic uint32_t *)service->texts[place]};
}

bool oc_push_service_row(const oc_push_service_t *service, unsigned place, oc_push_row_t *row) {
    if (place >= OC_PUSHES_MAX)
        return false;
    oc_table_t table = row_table(service, place);
    return oc_table_read(&table, (uint32_t *)row);
}

bool oc_push_service_text(const oc_push_service_t *service, unsigned place, oc_push_text_t *text) {
    uint32_t words[TEXT_WORDS];
    if (place >= OC_PUSHES_MAX)
        return false;
    oc_table_t table = text_table(service, place);
    bool done = oc_table_read(&table, words);
    memcpy(text, words, sizeof *text);
    return done;
}

static void publish(oc_push_service_t *service, unsigned place) {
    const oc_push_t *push = &service->list.push[place];
    const run_t *run = &service->run[place];
    oc_table_t rows = row_table(service, place), texts = text_table(service, place);
    uint32_t words[TEXT_WORDS];
    oc_push_text_t text = {0};
    oc_push_row_t row;
    oc_push_list_row(&service->list, place, &row);
    if (run->link)
        row.queue_bytes = (uint32_t)oc_push_link_queued(run->link) + run->held.len;
    snprintf(text.name, sizeof text.name, "%s", push->target.name);
    snprintf(text.why, sizeof text.why, "%s", push->why);
    memcpy(words, &text, sizeof words);
    oc_table_write(&texts, words);
    oc_table_write(&rows, (const uint32_t *)&row);
}

/* A line for what begins and what fails; one for a failure that stays the same, and one an hour. */
static void report(run_t *run, const oc_push_t *push, int64_t now_us) {
    const char *name = push->target.name;
    if (push->phase == OC_PUSH_RUNS) {
        oc_log(OC_LOG_INFO, "push", "%s: runs", name);
        run->logged = OC_OK;
    } else if (push->phase == OC_PUSH_RETRIES &&
               (push->failures_total == 1 || push->code != run->logged ||
                now_us >= run->report_us)) {
        oc_log(OC_LOG_WARN, "push", "%s: %s", name,
               push->why[0] ? push->why : oc_err_text(push->code));
        run->logged = push->code;
        run->report_us = now_us + REPORT_US;
    }
}

static void publish_all(oc_push_service_t *service, int64_t now_us) {
    bool all = now_us >= service->publish_us, any = false, runs = false;
    for (unsigned i = 0; i < OC_PUSHES_MAX; i++) {
        const oc_push_t *push = &service->list.push[i];
        bool changed = oc_push_list_changed(&service->list, i);
        if (changed)
            report(&service->run[i], push, now_us);
        if (changed || (all && push->phase == OC_PUSH_RUNS))
            publish(service, i);
        any |= changed;
        runs |= push->phase == OC_PUSH_RUNS;
    }
    if (all || !runs)
        service->publish_us = runs ? now_us + OC_PUSH_PUBLISH_US : 0;
    if (any)
        oc_mailbox_edge(service->env.mailbox, OC_OBJECT_PUSH);
}

/* ---- one push ---- */

/* Thread of the link, or within oc_push_link_close. */
static void on_release(void *context, const uint8_t *data) {
    run_t *run = context;
    run->loop->release(run->loop->context, (void *)data);
    atomic_store(&run->released, true);
}

/* Thread of the link. */
static void on_wake(void *context) {
    const run_t *run = context;
    run->loop->wake(run->loop->context);
}

/* Ends what was begun, if anything was. */
static void end(oc_push_service_t *service, run_t *run) {
    if (run->link)
        oc_push_link_close(run->link);
    oc_plane_pull_close(service->env.plane, run->pull);
    if (run->held.data)
        run->loop->release(run->loop->context, run->held.data);
    *run = (run_t){.loop = run->loop, .logged = run->logged, .report_us = run->report_us};
}

static void begin(oc_push_service_t *service, unsigned place, int64_t now_us) {
    const oc_push_target_t *target = &service->list.push[place].target;
    const char *format = target->format == OC_PUSH_TS ? "ts" : "flv";
    run_t *run = &service->run[place];
    char why[OC_PUSH_WHY_MAX] = "";
    const oc_plane_pull_config_t stream = {.channel = target->channel,
                                           .sub = target->sub,
                                           .format = oc_out_pull_format(format),
                                           .push = true,
                                           .audio_only = target->audio_only};
    int32_t pull = OC_ERR_NOTSUP;
    if (stream.format < OC_PULL_FORMATS)
        pull = oc_plane_pull_open(service->env.plane, &stream, why, sizeof why);
    if (pull <= 0) {
        oc_push_list_waits(&service->list, place, pull, why, now_us);
        return;
    }
    run->pull = pull;
    const oc_push_link_config_t link = {.url = target->url,
                                        .pin = target->pin,
                                        .ts = target->format == OC_PUSH_TS,
                                        .wake = on_wake,
                                        .context = run};
    int code = oc_push_link_open(&run->link, &link, why, sizeof why);
    if (code == OC_OK) {
        oc_push_list_connecting(&service->list, place, now_us);
        return;
    }
    run->link = NULL;
    end(service, run);
    oc_push_list_failed(&service->list, place, code, why, now_us);
}

/* Makes the next piece. OC_OK | OC_AGAIN | OC_ERR_CLOSED. */
static int make(oc_push_service_t *service, unsigned place) {
    run_t *run = &service->run[place];
    oc_out_pull_stats_t before = run->stats, *now = &run->stats;
    int code = oc_plane_pull_next(service->env.plane, run->pull, &run->held);
    oc_plane_pull_stats(service->env.plane, run->pull, now);
    oc_push_list_left_out(&service->list, place, now->left_out_gops - before.left_out_gops,
                          now->left_out_packets - before.left_out_packets);
    run->packets = (uint32_t)(now->packets - before.packets);
    run->bytes = run->held.len;
    return code;
}

/* Brings a piece on its way, if the one before has left. OC_OK | OC_AGAIN | OC_ERR_CLOSED. */
static int send(oc_push_service_t *service, unsigned place, int64_t now_us) {
    run_t *run = &service->run[place];
    if (run->given && !atomic_load(&run->released))
        return OC_AGAIN;
    if (run->given)
        oc_push_list_delivered(&service->list, place, run->packets, run->bytes, now_us);
    run->given = false;
    if (!run->held.data && now_us < run->gather_us)
        return OC_AGAIN;
    int code = run->held.data ? OC_OK : make(service, place);
    if (code != OC_OK)
        return code;
    bool full = run->bytes >= OC_PULL_PIECE_BYTES || run->packets >= OC_PULL_PIECE_PACKETS;
    run->gather_us = full ? now_us : now_us + OC_PUSH_GATHER_US;
    atomic_store(&run->released, false);
    run->given =
        oc_push_link_give(run->link, run->held.data, run->held.len, on_release, run) == OC_OK;
    if (run->given)
        run->held = (oc_plane_body_t){0};
    return OC_OK;
}

static void go_on(oc_push_service_t *service, unsigned place, int64_t now_us) {
    run_t *run = &service->run[place];
    char why[OC_PUSH_WHY_MAX] = "";
    int code = OC_OK;
    if (oc_plane_pull_over(service->env.plane, run->pull)) {
        end(service, run);
        oc_push_list_ended(&service->list, place, now_us);
        return;
    }
    oc_push_link_state_t state = oc_push_link_state(run->link, &code, why, sizeof why);
    if (state == OC_PUSH_LINK_ENDED) {
        end(service, run);
        oc_push_list_failed(&service->list, place, code, why, now_us);
        return;
    }
    if (state == OC_PUSH_LINK_CONNECTING)
        return;
    if (!run->open)
        oc_push_list_connected(&service->list, place, now_us);
    run->open = true;
    if (send(service, place, now_us) == OC_ERR_CLOSED) {
        end(service, run);
        oc_push_list_ended(&service->list, place, now_us);
    }
}

/* ---- all of them ---- */

static void carry_out(oc_push_service_t *service, int64_t now_us) {
    unsigned place;
    oc_push_do_t what;
    while (oc_push_list_poll(&service->list, now_us, &place, &what)) {
        if (what == OC_PUSH_BEGIN)
            begin(service, place, now_us);
        else
            end(service, &service->run[place]);
    }
}

int64_t oc_push_service_advance(oc_push_service_t *service, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    for (unsigned i = 0; i < OC_PUSHES_MAX; i++)
        if (service->run[i].link && !service->list.push[i].stale)
            go_on(service, i, now_us);
    carry_out(service, now_us);
    publish_all(service, now_us);
    int64_t due_us = oc_push_list_next_deadline(&service->list);
    return service->publish_us > 0 && service->publish_us < due_us ? service->publish_us : due_us;
}

bool oc_push_service_command(oc_push_service_t *service, const oc_command_t *command,
                             int64_t now_us) {
    oc_parcel_t parcel = command->parcel;
    char why[OC_PUSH_WHY_MAX] = "malformed list of live pushes";
    if (command->kind != OC_COMMAND_PUSHES)
        return false;
    int code = service->stopped
                   ? OC_ERR_CLOSED
                   : oc_push_targets_read(oc_span(parcel.data, parcel.len), &service->taken);
    if (code == OC_OK)
        code = oc_push_list_set(&service->list, &service->taken, now_us, why, sizeof why);
    oc_crypto_wipe(&service->taken, sizeof service->taken); /* keys of servers */
    if (parcel.data)
        oc_crypto_wipe(parcel.data, parcel.len);
    oc_mailbox_parcel_free(service->env.mailbox, &parcel);
    if (code == OC_OK)
        (void)oc_push_service_advance(service, now_us);
    oc_mailbox_reply_text(service->env.mailbox, command->request, command->generation, code, 0, 0,
                          why, code == OC_OK ? 0 : strlen(why));
    return true;
}

void oc_push_service_stop(oc_push_service_t *service, int64_t now_us) {
    service->stopped = true;
    oc_push_list_clear(&service->list, now_us);
    (void)oc_push_service_advance(service, now_us);
}

int oc_push_service_create(oc_push_service_t **out, const oc_push_service_env_t *env) {
    oc_push_service_t *service = env->loop.allocate(env->loop.context, sizeof *service);
    if (!service)
        return OC_ERR_NOMEM;
    memset(service, 0, sizeof *service);
    service->env = *env;
    oc_push_list_init(&service->list, env->seed);
    for (unsigned i = 0; i < OC_PUSHES_MAX; i++)
        service->run[i].loop = &service->env.loop;
    *out = service;
    return OC_OK;
}

void oc_push_service_free(oc_push_service_t *service) {
    if (!service)
        return;
    const oc_loop_env_t loop = service->env.loop;
    oc_crypto_wipe(&service->list, sizeof service->list);
    loop.release(loop.context, service);
}
