/* oc_peer_channel - the data channels of a peer (RFC 8831, 8832) and its events. */
#include "oc_peer_impl.h"

#include <stdio.h>
#include "oc_err.h"
#include "oc_json.h"

oc_data_channel_t *oc_peer_channel(oc_peer_t *peer, uint16_t sid) {
    for (unsigned i = 0, seen = 0; i < peer->channels && seen < peer->used; i++) {
        oc_data_channel_t *c = &peer->channel[i];
        if (c->state == OC_DATA_CHANNEL_FREE)
            continue;
        if (c->sid == sid)
            return c;
        seen++;
    }
    return NULL;
}

oc_data_channel_t *oc_peer_channel_new(oc_peer_t *peer, uint16_t sid, bool spare) {
    if (!spare && peer->used + OC_PEER_SPARE >= peer->channels)
        return NULL;
    for (unsigned i = 0; i < peer->channels; i++)
        if (peer->channel[i].state == OC_DATA_CHANNEL_FREE) {
            oc_data_channel_init(&peer->channel[i], sid, peer->pool, &peer->look);
            peer->used++;
            return &peer->channel[i];
        }
    return NULL;
}

static void free_channel(oc_peer_t *peer, oc_data_channel_t *c) {
    oc_data_channel_deinit(c);
    peer->used--;
}

void oc_peer_channels_end(oc_peer_t *peer) {
    oc_peer_held_drop(&peer->held, peer->pool);
    if (peer->sctp)
        oc_sctp_deinit(peer->sctp); /* tells the sources */
    peer->sctp = NULL;
    for (unsigned i = 0; i < peer->channels; i++)
        if (peer->channel[i].state != OC_DATA_CHANNEL_FREE)
            free_channel(peer, &peer->channel[i]);
}

/* Opens our stream of a channel. */
static int open_stream(oc_peer_t *peer, oc_data_channel_t *c,
                       const oc_peer_channel_config_t *config) {
    oc_send_stream_config_t stream = {
        .source = {&oc_data_channel_ops, c},
        .priority = config && config->urgent ? OC_SEND_COMMAND : OC_SEND_MEDIA,
        .partial = config && config->partial,
    };
    c->max_message = peer->max_message;
    if (config) {
        c->ops = config->ops;
        c->context = config->context;
        c->unordered = config->unordered;
    }
    return oc_sctp_open(peer->sctp, c->sid, &stream);
}

static void close_stream(oc_peer_t *peer, oc_data_channel_t *c) {
    if (c->state != OC_DATA_CHANNEL_CLOSING &&
        oc_sctp_close(peer->sctp, c->sid, peer->now_us) != OC_OK)
        c->reset_out = true; /* it was never open */
    c->state = OC_DATA_CHANNEL_CLOSING;
}

void oc_peer_look(oc_peer_t *peer) {
    peer->look = false;
    peer->look_us = INT64_MAX;
    for (unsigned i = 0; i < peer->channels; i++) {
        oc_data_channel_t *c = &peer->channel[i];
        if (c->state == OC_DATA_CHANNEL_FREE || !c->finished)
            continue;
        if (c->close_us > peer->now_us) {
            peer->look_us = c->close_us < peer->look_us ? c->close_us : peer->look_us;
            continue;
        }
        c->finished = false;
        close_stream(peer, c);
    }
}

/* ---- for programs ---- */

static int push_ack(oc_data_channel_t *c) {
    uint8_t ack[OC_DCEP_ACK_BYTES];
    int n = oc_dcep_write_ack(ack, sizeof ack);
    return oc_source_fifo_push(&c->control, OC_PPID_DCEP, ack, (uint32_t)n);
}

/* Acknowledges an OPEN and opens our stream. */
static int answer(oc_peer_t *peer, oc_data_channel_t *c, const oc_peer_channel_config_t *config) {
    int rc = c->negotiated ? OC_OK : push_ack(c);
    if (rc == OC_OK)
        rc = open_stream(peer, c, config);
    if (rc == OC_OK)
        oc_sctp_kick(peer->sctp, c->sid);
    return rc;
}

int oc_peer_accept(oc_peer_t *peer, uint16_t sid, const oc_peer_channel_config_t *config) {
    oc_data_channel_t *c = oc_peer_channel(peer, sid);
    if (!c || c->state != OC_DATA_CHANNEL_REQUESTED)
        return OC_ERR_NOENT;
    int rc = answer(peer, c, config);
    if (rc == OC_OK) {
        c->state = OC_DATA_CHANNEL_OPEN;
        peer->early |= c->early != NULL;
        return OC_OK;
    }
    oc_source_fifo_deinit(&c->control); /* the question stays open */
    oc_source_fifo_init(&c->control, peer->pool, OC_DATA_CHANNEL_CONTROL);
    c->ops = NULL;
    c->context = NULL;
    c->unordered = false;
    return rc;
}

/* {"error": reason}, the reason cut to OC_PEER_REASON bytes but not inside a character. Its length.
 */
static uint32_t error_json(const char *reason, char *out, size_t size) {
    char text[OC_PEER_REASON + 1];
    size_t n = strlen(reason);
    if (n > OC_PEER_REASON)
        for (n = OC_PEER_REASON; n && ((uint8_t)reason[n] & 0xC0) == 0x80;)
            n--;
    memcpy(text, reason, n);
    text[n] = '\0';
    oc_json_t json = oc_json(out, size);
    oc_json_begin_object(&json);
    oc_json_member_string(&json, "error", text);
    oc_json_end_object(&json);
    return json.bad ? 0 : (uint32_t)json.len;
}

int oc_peer_refuse(oc_peer_t *peer, uint16_t sid, const char *reason) {
    char text[6 * OC_PEER_REASON + 16];
    oc_data_channel_t *c = oc_peer_channel(peer, sid);
    if (!c || c->state != OC_DATA_CHANNEL_REQUESTED)
        return OC_ERR_NOENT;
    c->state = OC_DATA_CHANNEL_REFUSING;
    c->deaf = true;
    oc_peer_early_drop(peer, c);
    int rc = answer(peer, c, NULL);
    if (rc == OC_OK)
        rc = oc_source_fifo_push(&c->control, OC_PPID_STRING, text,
                                 error_json(reason, text, sizeof text));
    if (rc != OC_OK) /* no memory for words: the reset alone says it */
        close_stream(peer, c);
    else
        (void)oc_sctp_kick(peer->sctp, sid);
    return OC_OK;
}

/* Even ids are the DTLS client's, odd ones the server's (RFC 8832 section 6). */
static int free_sid(oc_peer_t *peer) {
    uint16_t parity = peer->setup == OC_SDP_ACTIVE ? 0 : 1;
    for (unsigned i = 0; i <= peer->used; i++) {
        uint16_t sid = (uint16_t)(peer->next_sid * 2 + parity);
        peer->next_sid = (uint16_t)((peer->next_sid + 1) % 16384);
        if (!oc_peer_channel(peer, sid))
            return sid;
    }
    return OC_ERR_BUSY;
}

static int push_open(oc_data_channel_t *c, const char *label,
                     const oc_peer_channel_config_t *config) {
    uint8_t bytes[OC_DCEP_OPEN_MAX];
    oc_dcep_open_t open = {
        .ordered = !config->unordered,
        .reliability = config->partial ? OC_DCEP_RETRANSMITS : OC_DCEP_RELIABLE,
        .limit = config->partial ? 65535 : 0, /* when to give up is our decision alone */
        .priority = config->urgent ? 512 : 256,
        .label = oc_span(label, strlen(label)),
    };
    int n = oc_dcep_write_open(&open, bytes, sizeof bytes);
    return n > 0 ? oc_source_fifo_push(&c->control, OC_PPID_DCEP, bytes, (uint32_t)n) : n;
}

int oc_peer_open(oc_peer_t *peer, const char *label, const oc_peer_channel_config_t *config) {
    if ((peer->state != OC_PEER_UP && peer->state != OC_PEER_LOST) || !peer->up_before)
        return OC_ERR_STATE;
    int sid = free_sid(peer);
    oc_data_channel_t *c = sid >= 0 ? oc_peer_channel_new(peer, (uint16_t)sid, false) : NULL;
    if (!c)
        return OC_ERR_BUSY;
    c->state = OC_DATA_CHANNEL_OPENING;
    int rc = push_open(c, label, config);
    if (rc == OC_OK)
        rc = open_stream(peer, c, config);
    if (rc != OC_OK) {
        free_channel(peer, c);
        return rc;
    }
    oc_sctp_kick(peer->sctp, c->sid);
    return sid;
}

int oc_peer_open_negotiated(oc_peer_t *peer, uint16_t sid, const oc_peer_channel_config_t *config) {
    if (sid > OC_PEER_NEGOTIATED_MAX)
        return OC_ERR_RANGE;
    if (!peer->sctp)
        return OC_ERR_STATE;
    if (oc_peer_channel(peer, sid))
        return OC_ERR_EXIST;
    oc_data_channel_t *c = oc_peer_channel_new(peer, sid, false);
    if (!c)
        return OC_ERR_BUSY;
    c->state = OC_DATA_CHANNEL_OPEN;
    int rc = open_stream(peer, c, config);
    if (rc != OC_OK)
        free_channel(peer, c);
    else
        oc_sctp_kick(peer->sctp, sid);
    return rc;
}

void oc_peer_kick(oc_peer_t *peer, uint16_t sid) {
    if (!peer->sctp)
        return;
    (void)oc_sctp_kick(peer->sctp, sid);
}

int oc_peer_close_channel(oc_peer_t *peer, uint16_t sid) {
    oc_data_channel_t *c = oc_peer_channel(peer, sid);
    if (!c || !peer->sctp)
        return OC_ERR_NOENT;
    c->deaf = true;
    oc_peer_early_drop(peer, c);
    close_stream(peer, c);
    return OC_OK;
}

size_t oc_peer_message_copy(const oc_peer_event_t *event, size_t offset, void *out, size_t size) {
    return event->len ? oc_sctp_message_copy(&event->message, offset, out, size) : 0;
}

unsigned oc_peer_message_parts(const oc_peer_event_t *event, size_t offset, oc_span_t *parts,
                               unsigned max) {
    return event->len ? oc_sctp_message_parts(&event->message, offset, parts, max) : 0;
}

void oc_peer_message_release(oc_peer_t *peer, oc_peer_event_t *event) {
    if (peer && peer->sctp)
        oc_sctp_message_release(peer->sctp, &event->message);
}

/* ---- events ---- */

/* An OPEN that is given to nobody. */
static void refuse_open(oc_peer_t *peer, uint16_t sid, const char *why) {
    oc_data_channel_t *c = oc_peer_channel_new(peer, sid, true);
    if (!c) { /* the reset alone says no */
        (void)oc_sctp_close(peer->sctp, sid, peer->now_us);
        return;
    }
    c->state = OC_DATA_CHANNEL_REQUESTED;
    c->close_us = peer->now_us + OC_PEER_OPEN_US;
    (void)oc_peer_refuse(peer, sid, why);
}

static void refuse_long(oc_peer_t *peer, uint16_t sid) {
    char why[OC_PEER_REASON];
    snprintf(why, sizeof why, "label of more than %u bytes, or protocol of more than %u",
             OC_DCEP_LABEL_MAX, OC_DCEP_PROTOCOL_MAX);
    refuse_open(peer, sid, why);
}

static bool take_open(oc_peer_t *peer, uint16_t sid, const oc_dcep_open_t *open,
                      oc_peer_event_t *out) {
    oc_data_channel_t *c = oc_peer_channel(peer, sid);
    if (c) { /* an id in use: that channel is closed (RFC 8832 section 6); it may be closing already
              */
        if (c->state == OC_DATA_CHANNEL_OPEN && !c->deaf)
            (void)oc_peer_close_channel(peer, sid);
        return false;
    }
    c = oc_peer_channel_new(peer, sid, false);
    if (!c) {
        refuse_open(peer, sid, "too many channels");
        return false;
    }
    c->state = OC_DATA_CHANNEL_REQUESTED;
    c->close_us = peer->now_us + OC_PEER_OPEN_US;
    out->kind = OC_PEER_EVENT_CHANNEL;
    out->ordered = open->ordered;
    out->reliability = open->reliability;
    out->limit = open->limit;
    out->priority = open->priority;
    out->label_len = (uint16_t)open->label.len;
    memcpy(out->label, open->label.data, open->label.len);
    out->label[open->label.len] = '\0';
    return true;
}

/* A message of the protocol itself. True: *out is an event. */
static bool take_dcep(oc_peer_t *peer, oc_sctp_event_t *event, oc_peer_event_t *out) {
    uint8_t bytes[OC_DCEP_OPEN_MAX];
    oc_dcep_open_t open;
    uint16_t sid = event->sid;
    bool too_long = event->cut || event->len > sizeof bytes;
    size_t n = oc_sctp_message_copy(event, 0, bytes, sizeof bytes);
    oc_sctp_message_release(peer->sctp, event);
    int type = too_long && bytes[0] == OC_DCEP_OPEN ? OC_ERR_TOO_BIG
                                                    : oc_dcep_parse(oc_span(bytes, n), &open);
    out->sid = sid;
    if (type == OC_DCEP_OPEN)
        return take_open(peer, sid, &open, out);
    oc_data_channel_t *c = oc_peer_channel(peer, sid);
    if (type == OC_DCEP_ACK && c && c->state == OC_DATA_CHANNEL_OPENING) {
        c->state = OC_DATA_CHANNEL_OPEN;
        oc_sctp_kick(peer->sctp, sid); /* unordered messages waited for it */
        out->kind = OC_PEER_EVENT_OPENED;
        return true;
    }
    if (type == OC_ERR_TOO_BIG && !c)
        refuse_long(peer, sid);
    else if (type < 0 && !c)
        (void)oc_sctp_close(peer->sctp, sid, peer->now_us);
    return false;
}

static void show_message(const oc_sctp_event_t *event, oc_peer_event_t *out) {
    bool empty = event->ppid == OC_PPID_STRING_EMPTY || event->ppid == OC_PPID_BINARY_EMPTY;
    out->kind = OC_PEER_EVENT_MESSAGE;
    out->sid = event->sid;
    out->text = event->ppid == OC_PPID_STRING || event->ppid == OC_PPID_STRING_EMPTY;
    out->len = empty ? 0 : event->len;
    out->message = *event;
}

static bool take_message(oc_peer_t *peer, oc_sctp_event_t *event, oc_peer_event_t *out) {
    oc_data_channel_t *c = oc_peer_channel(peer, event->sid);
    if (event->ppid == OC_PPID_DCEP)
        return take_dcep(peer, event, out);
    bool requested = c && c->state == OC_DATA_CHANNEL_REQUESTED;
    if (event->cut) { /* longer than our description says: the channel ends, and no other */
        oc_sctp_message_release(peer->sctp, event);
        if (requested)
            (void)oc_peer_refuse(peer, event->sid, "message too long");
        else if (c)
            (void)oc_peer_close_channel(peer, event->sid);
        return false;
    }
    if (requested && oc_peer_early_add(peer, c, event))
        return false;
    if (!c || c->deaf || requested) {
        oc_sctp_message_release(peer->sctp, event);
        if (requested)
            (void)oc_peer_refuse(peer, event->sid, "too many messages before it was accepted");
        return false;
    }
    show_message(event, out);
    return true;
}

/* One of the two resets of a channel. */
static bool take_reset(oc_peer_t *peer, oc_sctp_event_t *event, oc_peer_event_t *out) {
    oc_data_channel_t *c = oc_peer_channel(peer, event->sid);
    if (!c)
        return false;
    if (event->by_peer) {
        c->reset_in = true;
        oc_peer_early_drop(peer, c);
        close_stream(peer, c);
    } else
        c->reset_out = true;
    if (!c->reset_in || !c->reset_out)
        return false;
    free_channel(peer, c);
    out->kind = OC_PEER_EVENT_CLOSED;
    out->sid = event->sid;
    return true;
}

static bool by_peer(enum oc_sctp_reason reason) {
    return reason == OC_SCTP_DOWN_SHUTDOWN || reason == OC_SCTP_DOWN_ABORTED;
}

/* True: *out is an event. */
static bool take_sctp(oc_peer_t *peer, oc_sctp_event_t *event, oc_peer_event_t *out) {
    switch (event->kind) {
    case OC_SCTP_UP:
        if (peer->state == OC_PEER_ASSOCIATING)
            oc_peer_to(peer, OC_PEER_UP);
        peer->up_before = true;
        peer->up_after_us = peer->now_us - peer->described_us;
        oc_peer_requested_up(peer);
        out->kind = OC_PEER_EVENT_UP;
        return true;
    case OC_SCTP_DOWN:
        peer->cause = event->cause;
        if (peer->state < OC_PEER_CLOSING)
            oc_peer_end(peer, by_peer(event->reason) ? OC_PEER_REMOTE : OC_PEER_PROTOCOL,
                        (int)event->reason);
        return false;
    case OC_SCTP_MESSAGE:
        return take_message(peer, event, out);
    case OC_SCTP_STREAM_RESET:
        return take_reset(peer, event, out);
    case OC_SCTP_ABANDONED:
        out->kind = OC_PEER_EVENT_DROPPED;
        out->sid = event->sid;
        out->messages = event->messages;
        out->bytes = event->bytes;
        out->code = (int)event->torn;
        if (event->torn) /* what the other end has of it cannot be told from a whole fragment */
            (void)oc_peer_close_channel(peer, event->sid);
        return true;
    }
    return false;
}

static bool take_notified(oc_peer_t *peer, oc_peer_event_t *out) {
    static const struct {
        uint8_t bit;
        oc_peer_event_kind_t kind;
    } kinds[] = {{NOTIFY_LOST, OC_PEER_EVENT_LOST},
                 {NOTIFY_BACK, OC_PEER_EVENT_BACK},
                 {NOTIFY_PATH, OC_PEER_EVENT_PATH},
                 {NOTIFY_SILENT, OC_PEER_EVENT_SILENT},
                 {NOTIFY_MAPPED, OC_PEER_EVENT_MAPPED}};
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (peer->notify & kinds[i].bit) {
            peer->notify &= (uint8_t)~kinds[i].bit;
            out->kind = kinds[i].kind;
            return true;
        }
    return false;
}

int oc_peer_poll_event(oc_peer_t *peer, oc_peer_event_t *out) {
    oc_sctp_event_t event;
    memset(out, 0, offsetof(oc_peer_event_t, label));
    out->label[0] = '\0';
    bool alive = peer->sctp && peer->state < OC_PEER_CLOSING;
    if (take_notified(peer, out) || (alive && oc_peer_take_requested(peer, out)))
        return OC_OK;
    if (alive && oc_peer_early_take(peer, &event)) {
        show_message(&event, out);
        return OC_OK;
    }
    while (peer->sctp && peer->state < OC_PEER_CLOSING &&
           oc_sctp_poll_event(peer->sctp, &event) == OC_OK)
        if (take_sctp(peer, &event, out))
            return OC_OK;
    if (peer->notify & NOTIFY_OVER && !peer->job) {
        peer->notify = 0;
        out->kind = OC_PEER_EVENT_OVER;
        out->why = peer->why;
        return OC_OK;
    }
    return OC_AGAIN;
}
