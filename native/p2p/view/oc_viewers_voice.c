/* Voice (oc_viewers_impl.h): what a viewer says, played by the device. It goes past the script,
 * whose end changes nothing of it. */
#include "oc_viewers_impl.h"

#include "oc_talk.h"

int oc_viewers_voice_prepare(oc_viewers_view_t *view, const oc_command_t *command,
                             const char **why) {
    oc_viewers_t *v = view->owner;
    *why = "voice: this device has no speaker";
    if (!v->env.talk)
        return OC_ERR_NOTSUP;
    int rc = oc_talk_begin(v->env.talk, command->arg[1], command->arg[2],
                           oc_span(command->parcel.data, command->parcel.len), v->now_us, why);
    view->talks = rc == OC_OK;
    return rc;
}

void oc_viewers_voice_detach(oc_viewers_view_t *view) {
    if (!view->talks)
        return;
    view->talks = false;
    oc_talk_end(view->owner->env.talk);
}

void oc_viewers_voice_message(oc_viewers_view_t *view, const oc_peer_event_t *event) {
    uint8_t bytes[OC_VOICE_HEAD + OC_VOICE_PAYLOAD + 1]; /* one more: too long */
    const char *why;
    oc_viewers_t *v = view->owner;
    if (!view->talks)
        return;
    size_t len = oc_peer_message_copy(event, 0, bytes, sizeof bytes);
    view->received += event->len;
    if (oc_talk_message(v->env.talk, oc_span(bytes, len), v->now_us, &why) != OC_OK)
        oc_viewers_end(view, why);
    else if (v->publish_us == INT64_MAX)
        v->publish_us = v->now_us;
}

int64_t oc_viewers_voice_follow(oc_viewers_view_t *view) {
    oc_viewers_t *v = view->owner;
    const char *why;
    if (!view->talks)
        return INT64_MAX;
    if (oc_talk_advance(v->env.talk, v->now_us, &why) < 0) {
        oc_viewers_end(view, why);
        return INT64_MAX;
    }
    return oc_talk_deadline(v->env.talk);
}

void oc_viewers_end_talk(oc_viewers_t *v, const char *why, int64_t now_us) {
    v->now_us = now_us;
    for (unsigned i = 0; i < v->config.sessions; i++)
        for (oc_viewers_view_t *view = v->session[i].first, *next; view; view = next) {
            next = view->next;
            if (view->talks)
                oc_viewers_end(view, why);
        }
}
