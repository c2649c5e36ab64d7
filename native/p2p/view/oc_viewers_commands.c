/* Commands of scripts (oc_viewers_impl.h), for any host. */
#include "oc_thread_check.h"
#include "oc_viewers_calls.h"

#include <stdio.h>

#define INTERVAL_MOST 255 /* s */
#define ATTEMPTS_MOST 10

/* What is answered. */
typedef struct answer {
    int32_t value;
    oc_parcel_t parcel;
    const char *why; /* of a failure, static or in text; NULL: the code says it */
    char text[OC_VIEWERS_WHY];
} answer_t;

/* The parcel as text with NUL, cut. */
static void text_of(const oc_command_t *command, const char *otherwise, char *out, size_t size) {
    if (command->parcel.len)
        snprintf(out, size, "%.*s", (int)command->parcel.len, (const char *)command->parcel.data);
    else
        snprintf(out, size, "%s", otherwise);
}

static int refuse(oc_viewers_t *v, const oc_command_t *command) {
    char why[OC_VIEWERS_WHY];
    oc_viewers_view_t *view = oc_viewers_view(v, command->arg[0]);
    if (!view || view->state != OC_VIEW_ASKED)
        return OC_ERR_NOENT;
    text_of(command, "refused", why, sizeof why);
    view->told = false; /* who refuses is told no stop */
    oc_viewers_end(view, why);
    return OC_OK;
}

static int end_session(oc_viewers_t *v, oc_viewers_session_t *s, const char *why) {
    for (oc_viewers_view_t *view = s->first, *next; view; view = next) {
        next = view->next;
        if (!view->closed)
            oc_viewers_end(view, why);
        oc_viewers_drop_held(view, false);
    }
    return oc_hub_close(v->hub, s->id, v->now_us);
}

int oc_viewers_end_login(oc_viewers_t *v, uint32_t session, uint32_t login, const char *why,
                         int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    oc_viewers_session_t *s = v->hub ? oc_viewers_session(v, session) : NULL;
    if (!s || s->login != login)
        return OC_ERR_NOENT;
    v->now_us = now_us;
    return end_session(v, s, why);
}

static int end(oc_viewers_t *v, const oc_command_t *command) {
    char why[OC_VIEWERS_WHY];
    text_of(command, "ended by the device", why, sizeof why);
    if (command->arg[0]) {
        oc_viewers_session_t *s = oc_viewers_session(v, (oc_hub_peer_t)command->arg[0]);
        return s ? end_session(v, s, why) : OC_ERR_NOENT;
    }
    oc_viewers_view_t *view = oc_viewers_view(v, command->arg[1]);
    if (!view || view->state == OC_VIEW_ENDING)
        return OC_ERR_NOENT;
    oc_viewers_end(view, why);
    return OC_OK;
}

static int reply(oc_viewers_t *v, const oc_command_t *command) {
    oc_viewers_view_t *view = oc_viewers_view(v, command->arg[0]);
    if (!view || view->kind != OC_VIEW_COMMAND || view->state != OC_VIEW_OPEN)
        return OC_ERR_NOENT;
    return oc_viewers_reply(view, (uint32_t)command->arg[1], command->arg[2] != 0,
                            oc_span(command->parcel.data, command->parcel.len));
}

/* Its levels have changed. */
static void follow_marks(oc_viewers_view_t *view) {
    oc_viewers_live_follow(view);
    (void)oc_viewers_play_follow(view);
    oc_viewers_publish_view(view);
}

static int watermarks(oc_viewers_t *v, const oc_command_t *command, answer_t *answer) {
    const int32_t *levels = &command->arg[1];
    if (!oc_view_watermark_valid(levels[0], levels[1], levels[2])) {
        snprintf(answer->text, sizeof answer->text,
                 "watermarks: %d, %d, %d: 0 < low < warn < high, or 0, 0, 0", levels[0], levels[1],
                 levels[2]);
        answer->why = answer->text;
        return OC_ERR_RANGE;
    }
    v->scan_us = 0;
    if (command->arg[0] > 0) {
        oc_viewers_view_t *view = oc_viewers_view(v, command->arg[0]);
        if (!view)
            return OC_ERR_NOENT;
        view->own_marks = true;
        oc_view_watermark_set(&view->mark, (uint32_t)levels[0], (uint32_t)levels[1],
                              (uint32_t)levels[2]);
        follow_marks(view);
        return OC_OK;
    }
    v->low = (uint32_t)levels[0];
    v->warn = (uint32_t)levels[1];
    v->high = (uint32_t)levels[2];
    v->follow = command->arg[0] < 0;
    for (unsigned i = 0; i < v->config.sessions; i++)
        for (oc_viewers_view_t *view = v->session[i].first; view; view = view->next)
            if (!view->own_marks && !view->closed) {
                oc_viewers_marks(view);
                follow_marks(view);
            }
    return OC_OK;
}

static int keep_alive(oc_viewers_t *v, const oc_command_t *command, answer_t *answer) {
    int32_t interval = command->arg[0], attempts = command->arg[1];
    if (interval < 0 || interval > INTERVAL_MOST || attempts < 0 || attempts > ATTEMPTS_MOST) {
        snprintf(answer->text, sizeof answer->text,
                 "keep-alive: %d s, %d attempts: 0 to %d and 0 to %d", interval, attempts,
                 INTERVAL_MOST, ATTEMPTS_MOST);
        answer->why = answer->text;
        return OC_ERR_RANGE;
    }
    return v->env.keep_alive
               ? v->env.keep_alive(v->env.context, (unsigned)interval, (unsigned)attempts)
               : oc_hub_configure(v->hub, (unsigned)interval, (unsigned)attempts, v->now_us);
}

static int carry_out(oc_viewers_t *v, const oc_command_t *command, answer_t *answer) {
    switch (command->kind) {
    case OC_COMMAND_P2P_TAKE:
        return oc_viewers_take(v, &answer->parcel);
    case OC_COMMAND_P2P_ACCEPT:
        return oc_viewers_accept(v, command, &answer->why);
    case OC_COMMAND_P2P_REFUSE:
        return refuse(v, command);
    case OC_COMMAND_P2P_REPLY:
        return reply(v, command);
    case OC_COMMAND_P2P_END:
        return end(v, command);
    case OC_COMMAND_P2P_WATERMARKS:
        return watermarks(v, command, answer);
    case OC_COMMAND_P2P_KEEPALIVE:
        return keep_alive(v, command, answer);
    case OC_COMMAND_P2P_PLAY:
        return oc_viewers_play_command(v, command, &answer->why);
    default:
        return oc_viewers_signal(v, command, &answer->value, &answer->parcel, &answer->why);
    }
}

bool oc_viewers_command(oc_viewers_t *v, const oc_command_t *given, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    oc_command_t command = *given;
    answer_t answer = {0};
    int code = OC_ERR_STATE;
    if (command.kind < OC_COMMAND_P2P_OFFER || command.kind > OC_COMMAND_P2P_PLAY)
        return false;
    oc_viewers_new_script(v, command.generation, now_us);
    /* levels may be set before, and what is left to tell may be taken after */
    if (v->hub || command.kind == OC_COMMAND_P2P_TAKE ||
        (command.kind == OC_COMMAND_P2P_WATERMARKS && command.arg[0] <= 0))
        code = carry_out(v, &command, &answer);
    else
        answer.why = "the transport is not open";
    bool later = code == OC_AGAIN && command.kind != OC_COMMAND_P2P_TAKE;
    if (later)
        return true; /* its parcel is kept */
    oc_mailbox_parcel_free(v->mailbox, &command.parcel);
    const char *why = answer.why ? answer.why : oc_err_text(code);
    if (code < 0)
        oc_mailbox_reply_text(v->mailbox, command.request, command.generation, code, answer.value,
                              0, why, strlen(why));
    else
        oc_mailbox_reply(v->mailbox, command.request, command.generation, code, answer.value, 0,
                         answer.parcel);
    return true;
}

/* Of an object that ended: the new script has never heard of it. */
static void forget_told(oc_viewers_t *v, oc_viewers_session_t *s) {
    for (oc_viewers_view_t *view = s->first, *next; view; view = next) {
        next = view->next;
        view->levels = 0;
        view->teller.tell &= (uint16_t) ~(TELL_LEVEL | TELL_END);
        if (view->state == OC_VIEW_ASKED)
            oc_viewers_tell(v, &view->teller, TELL_ASK);
        if (view->closed)
            oc_viewers_drop_held(view, s->over);
        oc_viewers_view_sweep(view);
    }
    oc_viewers_candidates_drop(v, s);
    s->teller.tell = 0;
    oc_viewers_session_sweep(v, s);
}

void oc_viewers_new_script(oc_viewers_t *v, uint32_t generation, int64_t now_us) {
    v->now_us = now_us;
    if (v->generation == generation)
        return;
    bool first = v->generation == 0;
    v->generation = generation;
    for (unsigned i = 0; !first && i < v->config.sessions; i++)
        if (v->session[i].id) {
            oc_viewers_pending_fail(v, &v->session[i], OC_ERR_GENERATION, "");
            forget_told(v, &v->session[i]);
        }
}
