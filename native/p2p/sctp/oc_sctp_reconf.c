#include "oc_sctp_reconf.h"
#include "oc_seq.h"

#define TRIES_SHIFT_MAX 4 /* the time-out doubles up to 16 times its first value */

void oc_sctp_reconf_init(oc_sctp_reconf_t *reconf, oc_sctp_streams_t *streams,
                         oc_sctp_reassembly_t *store, uint32_t first_tsn) {
    *reconf = (oc_sctp_reconf_t){
        .streams = streams, .store = store, .our_seq = first_tsn, .timer_us = INT64_MAX};
}

void oc_sctp_reconf_start(oc_sctp_reconf_t *reconf, uint32_t peer_first_tsn) {
    reconf->peer_seq = peer_first_tsn;
    reconf->answer_seq = peer_first_tsn - 1;
}

/* ---- the peer's requests ---- */

static void respond(oc_sctp_reconf_t *reconf, uint32_t seq, uint8_t result) {
    reconf->respond = true;
    reconf->response_seq = seq;
    reconf->response = result;
}

/* The peer's direction of one stream is reset. */
static void reset_in(oc_sctp_reconf_t *reconf, oc_sctp_stream_t *stream) {
    bool notified =
        (stream->flags & (OC_SCTP_STREAM_IN_RESET | OC_SCTP_STREAM_IN)) == OC_SCTP_STREAM_IN_RESET;
    oc_sctp_reassembly_reset(reconf->store, stream);
    stream->flags &= (uint8_t) ~(OC_SCTP_STREAM_IN | OC_SCTP_STREAM_IN_WAIT);
    stream->flags |= OC_SCTP_STREAM_IN_RESET;
    if (notified)
        return;
    stream->flags |= OC_SCTP_STREAM_NOTIFY;
    stream->notify |= OC_SCTP_NOTIFY_PEER;
    stream->after = reconf->store->number;
}

static void reset_waiting(oc_sctp_reconf_t *reconf) {
    for (unsigned i = 0; i < reconf->streams->count; i++) {
        if (reconf->streams->entry[i].flags & OC_SCTP_STREAM_IN_WAIT)
            reset_in(reconf, &reconf->streams->entry[i]);
    }
}

/* Marks the streams of a request; none listed means all. add: streams that are new as well. */
static void mark(oc_sctp_reconf_t *reconf, oc_span_t sids, uint8_t flag, bool add) {
    oc_sctp_streams_t *streams = reconf->streams;
    for (unsigned i = 0; !sids.len && i < streams->count; i++)
        streams->entry[i].flags |= flag;
    for (size_t i = 0; i + 1 < sids.len; i += 2) {
        uint16_t sid = oc_sctp_be16(sids.data + i);
        oc_sctp_stream_t *stream =
            add ? oc_sctp_streams_add(streams, sid) : oc_sctp_streams_find(streams, sid);
        if (stream)
            stream->flags |= flag;
    }
}

/* Tells lists of streams apart (FNV-1a). */
static uint32_t sum_of(oc_span_t sids) {
    uint32_t sum = 2166136261u;
    for (size_t i = 0; i < sids.len; i++)
        sum = (sum ^ sids.data[i]) * 16777619u;
    return sum;
}

/* Outgoing SSN Reset Request, 5.2.2. */
static uint8_t on_reset_out(oc_sctp_reconf_t *reconf, oc_span_t value, uint32_t cum_tsn) {
    uint32_t seq = oc_sctp_be32(value.data), tsn = oc_sctp_be32(value.data + 8);
    oc_span_t sids = oc_span_sub(value, 12, value.len - 12);
    if (oc_seq32_after(tsn, cum_tsn)) {
        mark(reconf, sids, OC_SCTP_STREAM_IN_WAIT, true);
        reconf->waits = true;
        reconf->waited = false;
        reconf->wait_seq = seq;
        reconf->wait_tsn = tsn;
        reconf->wait_sids = sum_of(sids);
        return OC_SCTP_RESET_IN_PROGRESS;
    }
    if (reconf->waited && reconf->wait_tsn == tsn && reconf->wait_sids == sum_of(sids))
        return OC_SCTP_RESET_DONE; /* asked again under a new number: done already */
    reconf->waits = false;
    mark(reconf, sids, OC_SCTP_STREAM_IN_WAIT, false);
    reset_waiting(reconf);
    return OC_SCTP_RESET_DONE;
}

/* Incoming SSN Reset Request, 5.2.3: our own request, once data is acknowledged, is the answer. */
static uint8_t on_reset_in(oc_sctp_reconf_t *reconf, oc_span_t value) {
    oc_span_t sids = oc_span_sub(value, 4, value.len - 4);
    bool any = false;
    mark(reconf, sids, OC_SCTP_STREAM_CLOSING, false);
    for (unsigned i = 0; i < reconf->streams->count; i++) {
        oc_sctp_stream_t *stream = &reconf->streams->entry[i];
        if (stream->flags & (OC_SCTP_STREAM_REQUESTED | OC_SCTP_STREAM_OUT_RESET))
            stream->flags &= (uint8_t)~OC_SCTP_STREAM_CLOSING;
        any |= (stream->flags & OC_SCTP_STREAM_CLOSING) != 0;
    }
    reconf->close_ours = any;
    return any ? OC_SCTP_RESET_IN_PROGRESS : OC_SCTP_RESET_NOTHING;
}

static int on_request(oc_sctp_reconf_t *reconf, const oc_sctp_param_t *param, uint32_t cum_tsn) {
    size_t least = param->type == OC_SCTP_RESET_OUT ? 12 : 4;
    uint32_t seq;
    if (param->value.len < least)
        return OC_ERR_FORMAT;
    seq = oc_sctp_be32(param->value.data);
    if (seq == reconf->peer_seq - 1) { /* a repeat */
        respond(reconf, seq, reconf->result);
        return OC_OK;
    }
    if (seq != reconf->peer_seq) {
        respond(reconf, seq, OC_SCTP_RESET_BAD_SEQUENCE);
        return OC_OK;
    }
    reconf->peer_seq++;
    reconf->answer_seq = seq;
    if (param->type == OC_SCTP_RESET_OUT)
        reconf->result = on_reset_out(reconf, param->value, cum_tsn);
    else if (param->type == OC_SCTP_RESET_IN)
        reconf->result = on_reset_in(reconf, param->value);
    else
        reconf->result = OC_SCTP_RESET_DENIED;
    respond(reconf, seq, reconf->result);
    return OC_OK;
}

void oc_sctp_reconf_arrived(oc_sctp_reconf_t *reconf, uint32_t cum_tsn) {
    if (!reconf->waits || oc_seq32_after(reconf->wait_tsn, cum_tsn))
        return;
    reconf->waits = false;
    reconf->waited = true;
    reset_waiting(reconf);
    if (reconf->wait_seq == reconf->peer_seq - 1) {
        reconf->result = OC_SCTP_RESET_DONE;
        respond(reconf, reconf->wait_seq, reconf->result);
    }
}

/* ---- our request ---- */

void oc_sctp_reconf_request(oc_sctp_reconf_t *reconf, uint32_t last_tsn) {
    reconf->requested = true;
    reconf->due = true;
    reconf->tries = 0;
    reconf->last_tsn = last_tsn;
}

static void answered(oc_sctp_reconf_t *reconf) {
    for (unsigned i = 0; i < reconf->streams->count; i++) {
        oc_sctp_stream_t *stream = &reconf->streams->entry[i];
        if (!(stream->flags & OC_SCTP_STREAM_REQUESTED))
            continue;
        stream->flags &= (uint8_t) ~(OC_SCTP_STREAM_REQUESTED | OC_SCTP_STREAM_CLOSING);
        stream->flags |= OC_SCTP_STREAM_OUT_RESET | OC_SCTP_STREAM_NOTIFY;
        stream->notify |= OC_SCTP_NOTIFY_OURS;
        stream->after = reconf->store->number;
    }
    reconf->our_seq++;
    reconf->requested = false;
    reconf->due = false;
    reconf->finished = true;
    reconf->timer_us = INT64_MAX;
}

/* 5.2.7. A peer that says "in progress" is asked again after a time-out, under a new number: some
 * answer a repeated number from memory. A refusal is final, the stream is closed all the same. */
static int on_response(oc_sctp_reconf_t *reconf, oc_span_t value) {
    uint32_t result;
    if (value.len < 8)
        return OC_ERR_FORMAT;
    result = oc_sctp_be32(value.data + 4);
    if (!reconf->requested || !reconf->tries || oc_sctp_be32(value.data) != reconf->our_seq)
        return OC_OK;
    if (result == OC_SCTP_RESET_IN_PROGRESS)
        reconf->our_seq++;
    else if (result != OC_SCTP_RESET_ALREADY)
        answered(reconf);
    return OC_OK;
}

int oc_sctp_reconf_input(oc_sctp_reconf_t *reconf, const oc_sctp_chunk_t *chunk, uint32_t cum_tsn) {
    oc_rd_t r = oc_rd(chunk->value);
    oc_sctp_param_t param;
    int rc = OC_OK, next;
    while (rc == OC_OK && (next = oc_sctp_param_next(&r, &param)) != OC_END) {
        if (next != OC_OK)
            return next;
        if (param.type == OC_SCTP_RESET_RESPONSE)
            rc = on_response(reconf, param.value);
        else if (param.type >= OC_SCTP_RESET_OUT && param.type <= OC_SCTP_ADD_IN)
            rc = on_request(reconf, &param, cum_tsn);
    }
    return rc;
}

void oc_sctp_reconf_advance(oc_sctp_reconf_t *reconf, int64_t now_us) {
    if (reconf->timer_us > now_us)
        return;
    reconf->timer_us = INT64_MAX;
    reconf->due = reconf->requested;
}

static bool write_response(const oc_sctp_reconf_t *reconf, oc_sctp_packet_t *packet) {
    uint8_t *p = oc_sctp_chunk_write(packet, OC_SCTP_RE_CONFIG, 0, 12);
    if (!p)
        return false;
    oc_sctp_put16(p, OC_SCTP_RESET_RESPONSE);
    oc_sctp_put16(p + 2, 12);
    oc_sctp_put32(p + 4, reconf->response_seq);
    oc_sctp_put32(p + 8, reconf->response);
    return true;
}

static bool write_request(const oc_sctp_reconf_t *reconf, oc_sctp_packet_t *packet) {
    uint16_t count = 0;
    uint8_t *p;
    for (unsigned i = 0; i < reconf->streams->count; i++)
        count = (uint16_t)(count + !!(reconf->streams->entry[i].flags & OC_SCTP_STREAM_REQUESTED));
    p = oc_sctp_chunk_write(packet, OC_SCTP_RE_CONFIG, 0, 16u + 2u * count);
    if (!p)
        return false;
    oc_sctp_put16(p, OC_SCTP_RESET_OUT);
    oc_sctp_put16(p + 2, (uint16_t)(16 + 2 * count));
    oc_sctp_put32(p + 4, reconf->our_seq);
    oc_sctp_put32(p + 8, reconf->answer_seq);
    oc_sctp_put32(p + 12, reconf->last_tsn);
    p += 16;
    for (unsigned i = 0; i < reconf->streams->count; i++) {
        if (!(reconf->streams->entry[i].flags & OC_SCTP_STREAM_REQUESTED))
            continue;
        oc_sctp_put16(p, reconf->streams->entry[i].sid);
        p += 2;
    }
    return true;
}

void oc_sctp_reconf_write(oc_sctp_reconf_t *reconf, oc_sctp_packet_t *packet, uint32_t rto_us,
                          int64_t now_us) {
    int64_t interval;
    if (reconf->respond && write_response(reconf, packet))
        reconf->respond = false;
    if (!reconf->due || !write_request(reconf, packet))
        return;
    reconf->due = false;
    interval =
        (int64_t)rto_us << (reconf->tries < TRIES_SHIFT_MAX ? reconf->tries : TRIES_SHIFT_MAX);
    if (interval > OC_SCTP_RESET_LAST_US) /* rto_us may be backed off itself */
        interval = OC_SCTP_RESET_LAST_US;
    reconf->timer_us = now_us + interval;
    if (reconf->tries < UINT8_MAX)
        reconf->tries++;
}
