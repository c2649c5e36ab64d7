/* What the user is told, in an order that holds: a stream's messages come before its reset, DOWN
 * last. */
#include "oc_seq.h"
#include "oc_sctp_impl.h"
#include "oc_sctp_send.h"

/* One reset that is due; *upto: messages up to this number come before the next one. */
static bool poll_reset(oc_sctp_t *sctp, oc_sctp_event_t *out, uint32_t *upto) {
    const oc_sctp_run_t *ready = sctp->store.ready.first;
    bool left = false;
    *upto = sctp->store.number;
    for (unsigned i = 0; sctp->notify && i < sctp->streams.count; i++) {
        oc_sctp_stream_t *stream = &sctp->streams.entry[i];
        if (!(stream->flags & OC_SCTP_STREAM_NOTIFY))
            continue;
        left = true;
        if (ready && oc_seq32_upto(ready->number, stream->after)) {
            if (oc_seq32_before(stream->after, *upto))
                *upto = stream->after;
            continue;
        }
        *out = (oc_sctp_event_t){.kind = OC_SCTP_STREAM_RESET, .sid = stream->sid};
        out->by_peer = (stream->notify & OC_SCTP_NOTIFY_PEER) != 0;
        stream->notify &=
            out->by_peer ? (uint8_t)~OC_SCTP_NOTIFY_PEER : (uint8_t)~OC_SCTP_NOTIFY_OURS;
        if (!stream->notify)
            stream->flags &= (uint8_t)~OC_SCTP_STREAM_NOTIFY;
        oc_sctp_streams_sweep(&sctp->streams);
        return true;
    }
    sctp->notify = left;
    return false;
}

static bool poll_message(oc_sctp_t *sctp, oc_sctp_event_t *out, uint32_t upto) {
    oc_sctp_run_t *run = oc_sctp_reassembly_poll(&sctp->store, upto);
    if (!run)
        return false;
    *out = (oc_sctp_event_t){.kind = OC_SCTP_MESSAGE,
                             .sid = run->sid,
                             .ppid = run->ppid,
                             .len = run->bytes,
                             .unordered = (run->flags & OC_SCTP_DATA_UNORDERED) != 0,
                             .cut = (run->flags & OC_SCTP_RUN_CUT) != 0,
                             .message = run};
    return true;
}

int oc_sctp_poll_event(oc_sctp_t *sctp, oc_sctp_event_t *out) {
    oc_send_abandoned_t abandoned;
    uint32_t upto;
    if (sctp->up && !sctp->notified_up) {
        sctp->notified_up = true;
        *out = (oc_sctp_event_t){.kind = OC_SCTP_UP};
        return OC_OK;
    }
    if (poll_reset(sctp, out, &upto) || poll_message(sctp, out, upto))
        return OC_OK;
    if (sctp->started && oc_send_poll_abandoned(sctp->send, &abandoned) == OC_OK) {
        *out = (oc_sctp_event_t){.kind = OC_SCTP_ABANDONED,
                                 .sid = abandoned.sid,
                                 .messages = abandoned.messages,
                                 .torn = abandoned.torn,
                                 .bytes = abandoned.bytes};
        return OC_OK;
    }
    if (sctp->assoc.state == OC_SCTP_ENDED && !sctp->notified_down) {
        sctp->notified_down = true;
        *out = (oc_sctp_event_t){.kind = OC_SCTP_DOWN,
                                 .reason = (enum oc_sctp_reason)sctp->assoc.reason,
                                 .cause = sctp->assoc.cause};
        return OC_OK;
    }
    return OC_AGAIN;
}

size_t oc_sctp_message_copy(const oc_sctp_event_t *event, size_t offset, void *out, size_t len) {
    return oc_sctp_reassembly_copy(event->message, offset, out, len);
}

unsigned oc_sctp_message_parts(const oc_sctp_event_t *event, size_t offset, oc_span_t *parts,
                               unsigned max) {
    return oc_sctp_reassembly_parts(event->message, offset, parts, max);
}

void oc_sctp_message_release(oc_sctp_t *sctp, oc_sctp_event_t *event) {
    if (!event->message)
        return;
    oc_sctp_reassembly_release(&sctp->store, event->message);
    event->message = NULL;
    oc_sctp_recv_window(&sctp->recv, oc_sctp_reassembly_rwnd(&sctp->store), sctp->store.window);
}
