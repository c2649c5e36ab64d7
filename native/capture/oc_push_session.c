#include <string.h>
#include "oc_err.h"
#include "oc_push_session.h"

void oc_push_session_init(oc_push_session_t *session) {
    memset(session, 0, sizeof *session);
    oc_push_wire_init(&session->wire);
    session->sender = -1;
}

static void reply(oc_push_session_t *s, unsigned type, uint32_t a, uint32_t b, const char *text) {
    int n = oc_push_wire_reply(type, a, b, text, s->out, sizeof s->out);
    s->out_len = n > 0 ? (uint32_t)n : 0;
}

static void refuse(oc_push_session_t *s, int code, const char *text) {
    reply(s, OC_PUSH_WIRE_REFUSED, 0, (uint32_t)code, text);
    s->why = text;
    s->over = true;
}

static void hello(oc_push_session_t *s, const oc_push_wire_event_t *ev) {
    if (ev->version != OC_PUSH_WIRE_VERSION) {
        refuse(s, OC_ERR_NOTSUP, "unsupported version: this device speaks version 1");
        return;
    }
    memcpy(s->name, ev->name, sizeof s->name);
    s->sender = oc_push_attach(ev->name);
    if (s->sender < 0)
        refuse(s, s->sender,
               s->sender == OC_ERR_BUSY ? "another sender uses this name"
                                        : "no channel has push: with this name as its input");
    else
        reply(s, OC_PUSH_WIRE_WELCOME, OC_PUSH_WIRE_VERSION, oc_push_payload_max(s->sender), "");
}

/* Describes a track, or keeps it for later when the channel is about to start or has too many
 * descriptions under way: the sender would not tell it again. */
static int describe(oc_push_session_t *s, unsigned index, const oc_track_t *track) {
    int rc = oc_push_track(s->sender, index, track);
    s->is_late[index] = rc == OC_ERR_BUSY || rc == OC_ERR_STATE;
    if (s->is_late[index] && track != &s->late[index])
        s->late[index] = *track;
    return rc;
}

/* True while a packet must wait: for its track's description, which the port could not take yet, or
 * for room. */
static bool must_wait(oc_push_session_t *s, const oc_packet_t *packet) {
    unsigned i = packet->track;
    if (i < OC_TRACKS_MAX && s->is_late[i])
        (void)describe(s, i, &s->late[i]);
    return (i < OC_TRACKS_MAX && s->is_late[i]) || oc_push_room(s->sender, packet) == OC_AGAIN;
}

static int begin(oc_push_session_t *s, const oc_packet_t *packet) {
    int rc = oc_push_begin(s->sender, packet);
    s->refused_packets += rc < 0;
    return rc;
}

static void event(oc_push_session_t *s, const oc_push_wire_event_t *ev) {
    int rc = OC_OK;
    switch (ev->kind) {
    case OC_PUSH_WIRE_ON_HELLO:
        hello(s, ev);
        return;
    case OC_PUSH_WIRE_ON_TRACK:
        rc = describe(s, ev->index, ev->track);
        if (rc == OC_ERR_INVAL)
            refuse(s, rc, "TRACK: index 0 takes a video codec, index 1 an audio codec");
        break;
    case OC_PUSH_WIRE_ON_PACKET:
        s->held = ev->packet;
        s->holds = true; /* until there is room for it */
        return;
    case OC_PUSH_WIRE_ON_DATA:
        rc = oc_push_append(s->sender, ev->data.data, (uint32_t)ev->data.len);
        break;
    case OC_PUSH_WIRE_ON_END:
        rc = oc_push_commit(s->sender);
        break;
    case OC_PUSH_WIRE_ON_BYE:
        s->over = true;
        return;
    }
    if (rc == OC_ERR_CLOSED)
        refuse(s, rc, "the channel was closed");
}

int oc_push_session_input(oc_push_session_t *session, const uint8_t *data, size_t len,
                          size_t *taken) {
    oc_span_t span = oc_span(data, len);
    int rc = OC_OK;
    while (!session->over && rc == OC_OK) {
        oc_push_wire_event_t ev;
        if (session->holds && must_wait(session, &session->held)) {
            *taken = len - span.len;
            return OC_AGAIN;
        }
        if (session->holds && begin(session, &session->held) == OC_ERR_CLOSED)
            refuse(session, OC_ERR_CLOSED, "the channel was closed");
        session->holds = false;
        if (session->over)
            break;
        rc = oc_push_wire_input(&session->wire, &span, &ev);
        if (rc == OC_OK)
            event(session, &ev);
        else if (rc != OC_AGAIN)
            refuse(session, rc, session->wire.why);
    }
    *taken = len - span.len;
    return session->over ? OC_END : OC_OK;
}

int oc_push_session_poll_output(oc_push_session_t *session, uint8_t *out, size_t size) {
    uint32_t n, bps;
    if (!session->out_len && session->sender >= 0 && !session->over) {
        if (oc_push_take_key_request(session->sender))
            reply(session, OC_PUSH_WIRE_KEY, 0, 0, "");
        else if ((bps = oc_push_take_bitrate(session->sender)) != 0)
            reply(session, OC_PUSH_WIRE_BITRATE, 0, bps, "");
    }
    n = session->out_len;
    if (!n || size < n)
        return 0;
    memcpy(out, session->out, n);
    session->out_len = 0;
    return (int)n;
}

void oc_push_session_end(oc_push_session_t *session) {
    oc_push_detach(session->sender);
    session->sender = -1;
    session->over = true;
}
