#include "oc_http_desk.h"

#include <stdlib.h>
#include <string.h>

#include "oc_json.h"
#include "oc_plane_live.h"
#include "oc_posix.h"
#include "oc_pull_desk.h"

void oc_http_desk_init(oc_http_desk_t *desk, oc_plane_t *plane, oc_mailbox_t *mailbox) {
    memset(desk, 0, sizeof(*desk));
    desk->plane = plane;
    desk->mailbox = mailbox;
}

static void free_ask(oc_http_ask_t *ask) {
    free(ask->body);
    free(ask);
}

static void answer_status(oc_http_desk_t *desk, uint32_t id, int status) {
    desk->answer(desk->context, &(oc_http_answer_t){.id = id, .status = status});
}

/* Takes the ask at `index` off the list. */
static void drop(oc_http_desk_t *desk, unsigned index) {
    free_ask(desk->asks[index]);
    desk->count--;
    memmove(&desk->asks[index], &desk->asks[index + 1],
            (desk->count - index) * sizeof(desk->asks[0]));
}

/* Requests whose time is over: the server has answered them itself. */
static void expire(oc_http_desk_t *desk, int64_t now_us) {
    for (unsigned i = 0; i < desk->count;) {
        if (desk->asks[i]->until_us <= now_us)
            drop(desk, i);
        else
            i++;
    }
}

static int live_status(int result) {
    switch (result) {
    case OC_OK:
        return 200;
    case OC_ERR_NOENT:
        return 404;
    case OC_ERR_STALE:
        return 410;
    case OC_ERR_PRIVATE:
        return 403;
    case OC_ERR_FORMAT:
    case OC_ERR_RANGE:
        return 400;
    default:
        return 503;
    }
}

/* One line that says so, instead of the text that 403 has elsewhere. */
static void refuse_private(oc_plane_body_t *body) {
    static const char text[] = "privacy mode is on\n";
    body->data = oc_media_thread_allocate(sizeof(text) - 1);
    if (!body->data)
        return;
    memcpy(body->data, text, sizeof(text) - 1);
    body->len = sizeof(text) - 1;
    body->content_type = "text/plain; charset=utf-8";
}

/* Answers a live request, unless what it asks for is to come: true. */
static bool try_live(oc_http_desk_t *desk, oc_http_ask_t *ask, uint32_t *wait_ms) {
    oc_plane_body_t body = {0};
    oc_http_answer_t answer = {.id = ask->id, .status = 503};
    char *slash = strchr(ask->path, '/');
    if (slash && atomic_load(&desk->body_bytes) < OC_HTTP_BODIES_BYTES) {
        *slash = '\0';
        int result = oc_plane_live_get(desk->plane, ask->path, slash + 1, ask->query, &body);
        *slash = '/';
        *wait_ms = result == OC_AGAIN ? body.wait_ms : 0;
        if (*wait_ms > 0)
            return true;
        answer.status = live_status(result);
        answer.live = result == OC_OK;
        if (result == OC_ERR_PRIVATE)
            refuse_private(&body);
        if (body.data) {
            answer.body = body.data;
            answer.len = body.len;
            answer.type = body.content_type;
            answer.max_age_s = body.max_age_s;
            atomic_fetch_add(&desk->body_bytes, body.len);
        }
    }
    desk->answer(desk->context, &answer);
    return false;
}

static void ask_live(oc_http_desk_t *desk, oc_http_ask_t *ask) {
    uint32_t wait_ms;
    if (!try_live(desk, ask, &wait_ms)) {
        free_ask(ask);
        return;
    }
    if (desk->waiting == OC_HTTP_WAITS) {
        answer_status(desk, ask->id, 503);
        free_ask(ask);
        return;
    }
    ask->until_us = oc_posix_now_us() + (int64_t)wait_ms * 1000;
    desk->waits[desk->waiting++] = ask;
}

/* Live requests that wait: those that go on waiting keep their order. */
static void serve_waits(oc_http_desk_t *desk, int64_t now_us) {
    uint32_t changes = oc_plane_live_changes(desk->plane), wait_ms;
    bool changed = changes != desk->live_seen;
    unsigned kept = 0;
    desk->live_seen = changes;
    for (unsigned i = 0; i < desk->waiting; i++) {
        oc_http_ask_t *ask = desk->waits[i];
        bool waits = !changed || try_live(desk, ask, &wait_ms);
        if (waits && ask->until_us > now_us) {
            desk->waits[kept++] = ask;
            continue;
        }
        if (waits)
            answer_status(desk, ask->id, 503);
        free_ask(ask);
    }
    desk->waiting = kept;
}

static void take_cancel(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_http_desk_t *desk = call->context;
    for (unsigned i = 0; i < desk->waiting; i++) {
        if (desk->waits[i]->id != call->a)
            continue;
        free_ask(desk->waits[i]);
        desk->waiting--;
        memmove(&desk->waits[i], &desk->waits[i + 1], (desk->waiting - i) * sizeof(desk->waits[0]));
        return;
    }
}

oc_media_call_t oc_http_desk_cancel(oc_http_desk_t *desk, uint32_t id) {
    return (oc_media_call_t){.run = take_cancel, .context = desk, .a = id};
}

bool oc_http_desk_falls_back(const char *path) {
    return strcmp(path, "/api/status") == 0 || strcmp(path, "/api/privacy") == 0;
}

/* No script answers it: the host does, or it gets 503. */
static void fall_back(oc_http_desk_t *desk, const oc_http_ask_t *ask) {
    oc_http_answer_t answer = {.id = ask->id, .status = 503};
    size_t len = 0;
    int status = 0;
    if (desk->fallback && oc_http_desk_falls_back(ask->path))
        status =
            desk->fallback(desk->fallback_context, ask, desk->scratch, sizeof(desk->scratch), &len);
    if (status > 0 && (answer.body = oc_media_thread_allocate(len))) {
        memcpy(answer.body, desk->scratch, len);
        answer.status = status;
        answer.len = (uint32_t)len;
        answer.type = "application/json";
        atomic_fetch_add(&desk->body_bytes, answer.len);
    }
    desk->answer(desk->context, &answer);
}

void oc_http_desk_late(oc_http_desk_t *desk, int64_t now_us) {
    for (unsigned i = 0; i < desk->count;) {
        const oc_http_ask_t *ask = desk->asks[i];
        int64_t asked_us = ask->until_us - OC_HTTP_API_US;
        if (strcmp(ask->path, "/api/status") != 0 || now_us - asked_us < OC_HTTP_STATUS_US) {
            i++;
            continue;
        }
        fall_back(desk, ask);
        drop(desk, i);
    }
}

static void ask_api(oc_http_desk_t *desk, oc_http_ask_t *ask) {
    expire(desk, oc_posix_now_us());
    if (!atomic_load(&desk->ready) || desk->count == OC_HTTP_ASKS) {
        fall_back(desk, ask);
        free_ask(ask);
        return;
    }
    desk->asks[desk->count++] = ask;
    oc_mailbox_edge(desk->mailbox, OC_OBJECT_HTTP);
}

static void take_ask(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_http_desk_t *desk = call->context;
    oc_http_ask_t *ask = call->data;
    switch (ask->kind) {
    case OC_HTTP_ASK_LIVE:
        ask_live(desk, ask);
        break;
    case OC_HTTP_ASK_PULL:
        oc_pull_desk_open(desk, ask, oc_posix_now_us());
        free_ask(ask);
        break;
    case OC_HTTP_ASK_API:
        ask_api(desk, ask);
        break;
    }
}

oc_media_call_t oc_http_desk_call(oc_http_desk_t *desk, oc_http_ask_t *ask) {
    return (oc_media_call_t){.run = take_ask, .context = desk, .data = ask};
}

bool oc_http_desk_ready(oc_http_desk_t *desk, uint32_t generation) {
    if (generation == desk->ended)
        return false;
    atomic_store(&desk->ready, true);
    return true;
}

void oc_http_desk_end(oc_http_desk_t *desk, uint32_t generation) {
    desk->ended = generation;
    atomic_store(&desk->ready, false);
    while (desk->count > 0) {
        const oc_http_ask_t *ask = desk->asks[0];
        if (strcmp(ask->method, "GET") == 0) /* what would change something may have done so */
            fall_back(desk, ask);
        else
            answer_status(desk, ask->id, 503);
        drop(desk, 0);
    }
}

void oc_http_desk_advance(oc_http_desk_t *desk, int64_t now_us) {
    expire(desk, now_us);
    oc_http_desk_late(desk, now_us);
    if (desk->waiting > 0)
        serve_waits(desk, now_us);
    oc_pull_desk_advance(desk, now_us);
}

static void reply(oc_http_desk_t *desk, const oc_command_t *command, int code, oc_parcel_t parcel) {
    oc_parcel_t taken = command->parcel;
    oc_mailbox_parcel_free(desk->mailbox, &taken);
    oc_mailbox_reply(desk->mailbox, command->request, command->generation, code, 0, 0, parcel);
}

/* The request as JSON; returns its length, 0: larger than a parcel. */
static uint32_t write_ask(const oc_http_ask_t *ask, char *out, size_t size) {
    oc_json_t json = oc_json(out, size);
    oc_json_begin_object(&json);
    oc_json_key(&json, "id");
    oc_json_int(&json, ask->id);
    oc_json_key(&json, "method");
    oc_json_string(&json, ask->method);
    oc_json_key(&json, "path");
    oc_json_string(&json, ask->path);
    oc_json_key(&json, "query");
    oc_json_string(&json, ask->query);
    oc_json_key(&json, "body");
    oc_json_string(&json, ask->body ? ask->body : "");
    oc_json_key(&json, "login");
    oc_json_int(&json, ask->login);
    oc_json_end_object(&json);
    return json.bad ? 0 : (uint32_t)json.len;
}

/* The oldest request nobody has taken. */
static oc_http_ask_t *next_ask(oc_http_desk_t *desk, unsigned *index) {
    for (unsigned i = 0; i < desk->count; i++) {
        if (!desk->asks[i]->taken) {
            *index = i;
            return desk->asks[i];
        }
    }
    return NULL;
}

void oc_http_desk_take(oc_http_desk_t *desk, const oc_command_t *command, int64_t now_us) {
    unsigned index;
    oc_http_ask_t *ask;
    expire(desk, now_us);
    while ((ask = next_ask(desk, &index))) {
        uint32_t len = write_ask(ask, desk->scratch, sizeof(desk->scratch));
        uint8_t *data = len > 0 ? oc_mailbox_parcel_alloc(desk->mailbox, len) : NULL;
        if (data) {
            memcpy(data, desk->scratch, len);
            ask->taken = true;
            reply(desk, command, OC_OK, (oc_parcel_t){data, len});
            return;
        }
        if (len > 0) {
            reply(desk, command, OC_ERR_NOMEM, (oc_parcel_t){0});
            return;
        }
        answer_status(desk, ask->id, 413);
        drop(desk, index);
    }
    reply(desk, command, OC_AGAIN, (oc_parcel_t){0});
}

void oc_http_desk_reply(oc_http_desk_t *desk, const oc_command_t *command, int64_t now_us) {
    uint32_t len = command->parcel.len;
    int code = OC_ERR_NOENT;
    expire(desk, now_us);
    for (unsigned i = 0; i < desk->count; i++) {
        if (desk->asks[i]->id != (uint32_t)command->arg[0] || !desk->asks[i]->taken)
            continue;
        oc_http_answer_t answer = {
            .id = desk->asks[i]->id, .status = command->arg[1], .type = "application/json"};
        if (answer.status < 200 || answer.status > 599) {
            code = OC_ERR_RANGE;
            break;
        }
        answer.body = oc_media_thread_allocate(len);
        if (answer.body && len > 0)
            memcpy(answer.body, command->parcel.data, len);
        answer.len = answer.body ? len : 0;
        atomic_fetch_add(&desk->body_bytes, answer.len);
        desk->answer(desk->context, &answer);
        drop(desk, i);
        code = OC_OK;
        break;
    }
    reply(desk, command, code, (oc_parcel_t){0});
}
