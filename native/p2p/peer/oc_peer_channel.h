/* oc_peer_channel - the data channels of a peer (RFC 8831, 8832), for programs: events, opening,
 * refusing, messages. A peer for these calls is lent by oc_hub_peer. */
#ifndef OC_PEER_CHANNEL_H
#define OC_PEER_CHANNEL_H

#include "oc_peer.h"

#define OC_PEER_LABEL  OC_DCEP_LABEL_MAX
#define OC_PEER_REASON 240 /* bytes of a refusal's text */
#define OC_PEER_NEGOTIATED_MAX                                                                     \
    1023 /* the largest id that may be agreed on beforehand: Chromium takes no more */

typedef enum oc_peer_event_kind {
    OC_PEER_EVENT_UP,      /* channels may be opened */
    OC_PEER_EVENT_LOST,    /* no consent any more */
    OC_PEER_EVENT_BACK,    /* consent again, after LOST */
    OC_PEER_EVENT_PATH,    /* another pair of addresses is in use */
    OC_PEER_EVENT_SILENT,  /* `probes` in a row were not answered */
    OC_PEER_EVENT_MAPPED,  /* the other end sees us at another address than before */
    OC_PEER_EVENT_CHANNEL, /* the other end opens a channel: accept or refuse it, at any time. What
                              comes on it before the answer is kept: 26 messages, then refused */
    OC_PEER_EVENT_OPENED,  /* a channel of ours is acknowledged */
    OC_PEER_EVENT_MESSAGE, /* copy it, then release it */
    OC_PEER_EVENT_DROPPED, /* messages that we sent were abandoned: messages, bytes. Where only a
                              part of those that belong together had left, the channel is closed */
    OC_PEER_EVENT_CLOSED,  /* a channel is closed in both directions, its id is free again */
    OC_PEER_EVENT_OVER,    /* the last event: why */
} oc_peer_event_kind_t;

typedef struct oc_peer_event {
    oc_peer_event_kind_t kind;
    uint16_t sid;            /* SCTP stream = id of the channel */
    bool text;               /* MESSAGE: a string, else bytes */
    uint32_t len;            /* MESSAGE: bytes */
    uint64_t bytes;          /* DROPPED */
    uint32_t messages;       /* DROPPED */
    oc_peer_why_t why;       /* OVER */
    int code;                /* DROPPED: fragments of which only a part had left */
    oc_sctp_event_t message; /* MESSAGE: for copy and release */
    bool negotiated;         /* CHANNEL: by oc_peer_request, perhaps before UP */
    bool ordered;            /* CHANNEL: as the other end opened it */
    oc_dcep_reliability_t reliability;
    uint32_t limit;
    uint16_t priority;
    uint16_t label_len;
    char label[OC_PEER_LABEL + 1]; /* CHANNEL: with NUL; may hold any bytes */
} oc_peer_event_t;

/* The next event. OC_OK | OC_AGAIN. */
int oc_peer_poll_event(oc_peer_t *peer, oc_peer_event_t *out);

/* What a channel sends comes from a source (oc_source_ops_t of oc_sctp.h), whose functions are
 * called while datagrams are made; next may say OC_END: the channel is closed when all was
 * acknowledged. A message longer than the other end takes (oc_peer_stats) is done with
 * OC_ERR_TOO_BIG. References are below 2^63. */
typedef struct oc_peer_channel_config {
    const oc_source_ops_t *ops; /* NULL: sends nothing. Borrowed until CLOSED or OVER */
    void *context;
    bool unordered; /* what we send */
    bool partial;   /* messages may be abandoned: by the source (OC_ERR_STALE) */
    bool urgent;    /* before the channels that are not: commands */
} oc_peer_channel_config_t;

/* The signalling says that the other end makes channel sid with this label without a word on the
 * wire (`negotiated` of browsers): EVENT_CHANNEL asks at once, so that what is accepted leaves with
 * the first packets of the association. label: copied. OC_OK | OC_ERR_STATE the other end's
 * description is not known, or the peer is ending | OC_ERR_RANGE sid above OC_PEER_NEGOTIATED_MAX |
 * OC_ERR_TOO_BIG label above OC_PEER_LABEL bytes | OC_ERR_EXIST sid is in use | OC_ERR_BUSY too
 * many channels | OC_ERR_NOMEM pool. */
int oc_peer_request(oc_peer_t *peer, uint16_t sid, oc_span_t label);

/* After EVENT_CHANNEL. OC_OK | OC_ERR_NOENT no such request is open | OC_ERR_NOTSUP partial, and
 * the other end has no FORWARD-TSN. Before UP that is not known: such a peer
 * ends with OC_PEER_PROTOCOL. */
int oc_peer_accept(oc_peer_t *peer, uint16_t sid, const oc_peer_channel_config_t *config);
/* Acknowledges, sends one JSON {"error": reason} and closes. reason: UTF-8, borrowed until return,
 * cut to OC_PEER_REASON. OC_OK | OC_ERR_NOENT. */
int oc_peer_refuse(oc_peer_t *peer, uint16_t sid, const char *reason);
/* Opens a channel of ours in band. > = 0 its id | OC_ERR_STATE not up | OC_ERR_BUSY too many |
 * OC_ERR_NOMEM pool | OC_ERR_TOO_BIG label | OC_ERR_NOTSUP. */
int oc_peer_open(oc_peer_t *peer, const char *label, const oc_peer_channel_config_t *config);
/* A channel that both ends know without a word (`negotiated` of browsers), also before UP, but with
 * the other end's description known. OC_OK | OC_ERR_STATE | OC_ERR_EXIST | OC_ERR_BUSY too many |
 * OC_ERR_RANGE id above 1,023 | OC_ERR_NOTSUP. */
int oc_peer_open_negotiated(oc_peer_t *peer, uint16_t sid, const oc_peer_channel_config_t *config);
/* The source has something again, or has become OC_END. */
void oc_peer_kick(oc_peer_t *peer, uint16_t sid);
/* Closes: what has not been sent is dropped. OC_OK | OC_ERR_NOENT. */
int oc_peer_close_channel(oc_peer_t *peer, uint16_t sid);

/* What our stream of a channel has sent. OC_OK | OC_ERR_NOENT it has none. */
int oc_peer_channel_stats(const oc_peer_t *peer, uint16_t sid, oc_send_stream_stats_t *out,
                          int64_t now_us);

/* Bytes of a message (event->len of them) from offset on, as many as fit: their number. */
size_t oc_peer_message_copy(const oc_peer_event_t *event, size_t offset, void *out, size_t size);
/* The bytes where they lie, borrowed until released: how many parts, at most max. */
unsigned oc_peer_message_parts(const oc_peer_event_t *event, size_t offset, oc_span_t *parts,
                               unsigned max);
/* Gives its memory back and opens the window; once for each MESSAGE, before the peer is closed. */
void oc_peer_message_release(oc_peer_t *peer, oc_peer_event_t *event);

#endif
