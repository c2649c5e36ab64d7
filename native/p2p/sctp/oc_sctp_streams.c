#include "oc_sctp_streams.h"
#include <stddef.h>

void oc_sctp_streams_init(oc_sctp_streams_t *streams, oc_sctp_stream_t *memory, unsigned max) {
    *streams = (oc_sctp_streams_t){.entry = memory, .max = (uint16_t)max};
}

oc_sctp_stream_t *oc_sctp_streams_find(oc_sctp_streams_t *streams, uint16_t sid) {
    if (streams->last < streams->count && streams->entry[streams->last].sid == sid)
        return &streams->entry[streams->last];
    for (uint16_t i = 0; i < streams->count; i++) {
        if (streams->entry[i].sid == sid) {
            streams->last = i;
            return &streams->entry[i];
        }
    }
    return NULL;
}

oc_sctp_stream_t *oc_sctp_streams_add(oc_sctp_streams_t *streams, uint16_t sid) {
    oc_sctp_stream_t *stream = oc_sctp_streams_find(streams, sid);
    if (stream)
        return stream;
    if (streams->count == streams->max) {
        streams->refused++;
        return NULL;
    }
    streams->last = streams->count++;
    stream = &streams->entry[streams->last];
    *stream = (oc_sctp_stream_t){.sid = sid};
    return stream;
}

/* A direction that was never used needs no reset by the peer: only what it did use. */
static bool over(const oc_sctp_stream_t *stream) {
    const uint8_t busy = OC_SCTP_STREAM_OUT | OC_SCTP_STREAM_CLOSING | OC_SCTP_STREAM_REQUESTED |
                         OC_SCTP_STREAM_IN | OC_SCTP_STREAM_IN_WAIT | OC_SCTP_STREAM_NOTIFY;
    const uint8_t both = OC_SCTP_STREAM_OUT_RESET | OC_SCTP_STREAM_IN_RESET;
    return !(stream->flags & busy) && (stream->flags & both) == both;
}

void oc_sctp_streams_sweep(oc_sctp_streams_t *streams) {
    for (uint16_t i = 0; i < streams->count;) {
        if (over(&streams->entry[i]))
            streams->entry[i] = streams->entry[--streams->count];
        else
            i++;
    }
}
