#include "oc_sctp.h"
#include "oc_sctp_impl.h"

#define CAMERA_WINDOW   (32u << 10)
#define CAMERA_MESSAGE  (16u << 10)
#define CAMERA_SPAN     1024
#define CAMERA_STREAMS  12 /* 8 open, and some that are refused or on their way out */
#define CAMERA_SENDING  8
#define CAMERA_RECORDS  64
#define PROFILE_WINDOW  (4u << 20)
#define PROFILE_MESSAGE (256u << 10)
#define PROFILE_SPAN    16384
#define PROFILE_STREAMS 80
#define PROFILE_SENDING 64
#define PROFILE_RECORDS 8192
#define ALIGN           16

oc_sctp_config_t oc_sctp_camera_config(oc_pool_t *pool) {
    return (oc_sctp_config_t){.window = CAMERA_WINDOW,
                              .message_max = CAMERA_MESSAGE,
                              .span = CAMERA_SPAN,
                              .streams = CAMERA_STREAMS,
                              .send = {CAMERA_RECORDS, CAMERA_SENDING, OC_CC_RATE},
                              .pool = pool,
                              .zero_checksum = true};
}

oc_sctp_config_t oc_sctp_peer_config(oc_pool_t *pool) {
    return (oc_sctp_config_t){.window = PROFILE_WINDOW,
                              .message_max = PROFILE_MESSAGE,
                              .span = PROFILE_SPAN,
                              .streams = PROFILE_STREAMS,
                              .send = {PROFILE_RECORDS, PROFILE_SENDING, OC_CC_RATE},
                              .pool = pool,
                              .zero_checksum = true};
}

static size_t aligned(size_t n) {
    return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static bool valid(const oc_sctp_config_t *config) {
    return config->pool && config->window >= OC_SCTP_WINDOW_MIN &&
           config->window <= OC_SCTP_WINDOW_MAX && config->message_max >= OC_SCTP_MESSAGE_MIN &&
           config->message_max <= config->window && config->span >= OC_SCTP_SPAN_MIN &&
           config->span <= OC_SCTP_SPAN_MAX && !(config->span & (config->span - 1)) &&
           config->streams >= 1 && config->streams <= OC_SCTP_STREAMS_MAX &&
           config->overhead <= OC_SCTP_OVERHEAD_MAX && oc_send_memory(&config->send) > 0;
}

size_t oc_sctp_memory(const oc_sctp_config_t *config) {
    if (!valid(config))
        return 0;
    return aligned(sizeof(oc_sctp_t)) + aligned(oc_sctp_recv_map_bytes(config->span)) +
           aligned(config->streams * sizeof(oc_sctp_stream_t)) + oc_send_memory(&config->send);
}

uint32_t oc_sctp_blocks(const oc_sctp_config_t *config) {
    /* and the handshake's: INIT ACK, cookie, replies */
    return oc_sctp_reassembly_blocks(config->window, config->message_max) + 3;
}

void oc_sctp_config_draw(oc_sctp_config_t *config) {
    oc_sctp_setup_t drawn;
    oc_sctp_setup_draw(&drawn);
    config->tag = drawn.tag;
    config->tsn = drawn.tsn;
}

oc_sctp_setup_t oc_sctp_config_setup(const oc_sctp_config_t *config) {
    return (oc_sctp_setup_t){.tag = config->tag,
                             .tsn = config->tsn,
                             .a_rwnd = config->window,
                             .out_streams = OC_SCTP_STREAMS_DECLARED,
                             .in_streams = OC_SCTP_STREAMS_DECLARED,
                             .forward_tsn = true,
                             .reconfig = true,
                             .zero_checksum = config->zero_checksum};
}

oc_sctp_t *oc_sctp_init(void *memory, const oc_sctp_config_t *config) {
    oc_sctp_t *sctp = memory;
    uint8_t *at = memory;
    oc_sctp_stream_t *streams;
    oc_sctp_setup_t local = oc_sctp_config_setup(config);
    if (!valid(config) || (uintptr_t)memory % ALIGN)
        return NULL;
    memset(sctp, 0, sizeof *sctp);
    at += aligned(sizeof *sctp);
    oc_sctp_recv_init(&sctp->recv, (uint32_t *)(void *)at, config->span);
    at += aligned(oc_sctp_recv_map_bytes(config->span));
    streams = (oc_sctp_stream_t *)(void *)at;
    at += aligned(config->streams * sizeof *streams);
    sctp->send = oc_send_init(at, &config->send);
    if (!sctp->send)
        return NULL;
    oc_sctp_streams_init(&sctp->streams, streams, config->streams);
    oc_sctp_assoc_init(&sctp->assoc, &local, config->local_port ? config->local_port : OC_SCTP_PORT,
                       config->remote_port ? config->remote_port : OC_SCTP_PORT, config->rtt_us,
                       config->pool);
    oc_sctp_reassembly_init(&sctp->store, config->pool, &sctp->streams, config->window,
                            config->message_max);
    oc_sctp_reconf_init(&sctp->reconf, &sctp->streams, &sctp->store, sctp->assoc.local.tsn);
    oc_sctp_pmtu_init(&sctp->pmtu, config->mtu_max ? config->mtu_max : OC_SCTP_PACKET_MAX);
    sctp->rtt_us = config->rtt_us;
    sctp->overhead = config->overhead;
    sctp->zero_checksum = config->zero_checksum;
    sctp->unchecked = config->unchecked;
    return sctp;
}

void oc_sctp_stop(oc_sctp_t *sctp) {
    if (sctp->stopped)
        return;
    sctp->stopped = true;
    oc_send_stop(sctp->send);
}

void oc_sctp_deinit(oc_sctp_t *sctp) {
    oc_sctp_stop(sctp);
    oc_sctp_reassembly_clear(&sctp->store);
    oc_sctp_assoc_clear(&sctp->assoc);
}

void oc_sctp_snap(oc_sctp_t *sctp, const oc_sctp_setup_t *peer, uint8_t options) {
    oc_sctp_assoc_snap(&sctp->assoc, peer, options);
}

int oc_sctp_connect(oc_sctp_t *sctp, int64_t now_us) {
    int rc = oc_sctp_assoc_connect(&sctp->assoc);
    oc_sctp_sync(sctp, now_us);
    return rc;
}

int oc_sctp_shutdown(oc_sctp_t *sctp) {
    return oc_sctp_assoc_shutdown(&sctp->assoc);
}

void oc_sctp_abort(oc_sctp_t *sctp, uint16_t cause) {
    oc_sctp_assoc_abort(&sctp->assoc, OC_SCTP_DOWN_LOCAL, cause ? cause : OC_SCTP_CAUSE_USER_ABORT,
                        true);
    oc_sctp_stop(sctp);
}

void oc_sctp_sync(oc_sctp_t *sctp, int64_t now_us) {
    oc_sctp_assoc_t *assoc = &sctp->assoc;
    if (assoc->state == OC_SCTP_ENDED) {
        oc_sctp_stop(sctp);
        return;
    }
    if (!assoc->peer_known || (sctp->up && sctp->peer_tsn == assoc->peer.tsn))
        return; /* up with another TSN: the peer came with another INIT than its description's */
    if (!sctp->started || sctp->peer_tsn != assoc->peer.tsn) {
        sctp->peer_tsn = assoc->peer.tsn;
        sctp->cum_seen = assoc->peer.tsn - 1;
        oc_sctp_recv_start(&sctp->recv, assoc->peer.tsn, assoc->local.a_rwnd);
        oc_sctp_reconf_start(&sctp->reconf, assoc->peer.tsn);
    }
    if (!sctp->started) {
        oc_send_peer_t peer = {.first_tsn = assoc->local.tsn,
                               .a_rwnd = assoc->peer.a_rwnd,
                               .mtu = oc_sctp_packet_max(sctp),
                               .rtt_us = sctp->rtt_us,
                               .forward_tsn = assoc->peer.forward_tsn};
        sctp->started = true;
        sctp->last_rwnd = assoc->peer.a_rwnd;
        if (oc_send_start(sctp->send, &peer, now_us) != OC_OK) {
            oc_sctp_assoc_abort(assoc, OC_SCTP_DOWN_NOTSUP, OC_SCTP_CAUSE_USER_ABORT, true);
            oc_sctp_stop(sctp);
            return;
        }
    }
    sctp->up = sctp->up || assoc->state >= OC_SCTP_ESTABLISHED;
}

int oc_sctp_open(oc_sctp_t *sctp, uint16_t sid, const oc_send_stream_config_t *config) {
    const uint8_t busy = OC_SCTP_STREAM_CLOSING | OC_SCTP_STREAM_REQUESTED |
                         OC_SCTP_STREAM_OUT_RESET | OC_SCTP_STREAM_IN_WAIT |
                         OC_SCTP_STREAM_IN_RESET | OC_SCTP_STREAM_NOTIFY;
    oc_sctp_stream_t *stream = oc_sctp_streams_find(&sctp->streams, sid);
    bool fresh = !stream;
    int rc;
    if (sid == UINT16_MAX)
        return OC_ERR_RANGE;
    if (sctp->assoc.state == OC_SCTP_ENDED)
        return OC_ERR_STATE;
    if (stream && stream->flags & busy)
        return OC_ERR_BUSY;
    if (stream && stream->flags & OC_SCTP_STREAM_OUT)
        return OC_ERR_EXIST;
    if (fresh && !(stream = oc_sctp_streams_add(&sctp->streams, sid)))
        return OC_ERR_BUSY;
    rc = oc_send_stream_open(sctp->send, sid, config);
    if (rc == OC_OK)
        stream->flags |= OC_SCTP_STREAM_OUT;
    else if (fresh)
        sctp->streams.count--;
    return rc;
}

int oc_sctp_kick(oc_sctp_t *sctp, uint16_t sid) {
    return oc_send_kick(sctp->send, sid);
}

int oc_sctp_close(oc_sctp_t *sctp, uint16_t sid, int64_t now_us) {
    oc_sctp_stream_t *stream = oc_sctp_streams_find(&sctp->streams, sid);
    if (!stream)
        return OC_ERR_NOENT;
    if (sctp->up && !sctp->assoc.peer.reconfig)
        return OC_ERR_NOTSUP;
    if (stream->flags &
        (OC_SCTP_STREAM_CLOSING | OC_SCTP_STREAM_REQUESTED | OC_SCTP_STREAM_OUT_RESET))
        return OC_OK;
    stream->flags |= OC_SCTP_STREAM_CLOSING;
    if (stream->flags & OC_SCTP_STREAM_OUT)
        (void)oc_send_stream_close(sctp->send, sid, true, now_us);
    return OC_OK;
}

void oc_sctp_path_changed(oc_sctp_t *sctp, uint32_t rtt_us, uint16_t overhead, int64_t now_us) {
    if (overhead <= OC_SCTP_OVERHEAD_MAX)
        sctp->overhead = overhead;
    if (rtt_us) {
        sctp->rtt_us = rtt_us;
        oc_sctp_assoc_set_rtt(&sctp->assoc, rtt_us);
    }
    oc_sctp_pmtu_path(&sctp->pmtu);
    if (sctp->started && !sctp->stopped)
        oc_send_path_changed(sctp->send, oc_sctp_packet_max(sctp), rtt_us, now_us);
}

enum oc_sctp_state oc_sctp_state(const oc_sctp_t *sctp) {
    return (enum oc_sctp_state)sctp->assoc.state;
}

oc_send_t *oc_sctp_sender(oc_sctp_t *sctp) {
    return sctp->send;
}

void oc_sctp_stats(const oc_sctp_t *sctp, oc_sctp_stats_t *out) {
    const oc_sctp_assoc_t *assoc = &sctp->assoc;
    const oc_sctp_reassembly_t *store = &sctp->store;
    *out = sctp->stats;
    out->messages = store->messages;
    out->message_bytes = store->message_bytes;
    out->duplicates = sctp->recv.duplicates;
    out->drop_tag = assoc->bad_tags;
    out->drop_room = store->no_room;
    out->drop_span = sctp->recv.beyond;
    out->drop_stream = store->no_stream;
    out->drop_useless = store->orphans + store->late;
    out->purged = store->purged;
    out->bad_cookies = assoc->bad_cookies;
    out->stale_cookies = assoc->stale_cookies;
    out->restarts_refused = assoc->restarts;
    out->a_rwnd = oc_sctp_reassembly_rwnd(store);
    out->stored_bytes = store->bytes;
    out->stored_blocks = store->blocks;
    out->streams = sctp->streams.count;
    out->mtu = sctp->pmtu.size;
    out->black_holes = sctp->pmtu.holes;
    out->tries = assoc->tries;
    out->snap = assoc->snap;
    out->zero_checksum = assoc->peer.zero_checksum;
}
