/* Incoming packets: verified, then chunk by chunk to the half that it concerns. */
#include "oc_sctp_impl.h"

static void protocol_violation(oc_sctp_t *sctp, uint16_t cause) {
    oc_sctp_assoc_abort(&sctp->assoc, OC_SCTP_DOWN_VIOLATION, cause, true);
    oc_sctp_stop(sctp);
}

/* A chunk that cannot be used, RFC 9260 3.3.10: n bytes behind the cause's number and length. */
static void report(oc_sctp_t *sctp, uint16_t cause, const uint8_t *info, uint32_t n) {
    uint8_t *p = oc_sctp_control_add(&sctp->assoc.control, OC_SCTP_ERROR, 0, 4 + n);
    if (!p)
        return;
    oc_sctp_put16(p, cause);
    oc_sctp_put16(p + 2, (uint16_t)(4 + n));
    memcpy(p + 4, info, n);
}

static void refuse_stream(oc_sctp_t *sctp, uint16_t sid) {
    uint8_t info[4] = {(uint8_t)(sid >> 8), (uint8_t)sid, 0, 0};
    report(sctp, OC_SCTP_CAUSE_INVALID_STREAM, info, sizeof info);
}

static int on_data(oc_sctp_t *sctp, const oc_sctp_chunk_t *chunk) {
    oc_sctp_data_t data;
    uint64_t refused = sctp->store.no_stream;
    int rc = oc_sctp_data_parse(chunk, &data);
    if (rc != OC_OK) {
        protocol_violation(sctp, OC_SCTP_CAUSE_NO_USER_DATA);
        return OC_END;
    }
    oc_sctp_assoc_proven(&sctp->assoc);
    if (!oc_sctp_assoc_can_receive(&sctp->assoc))
        return OC_OK;
    sctp->saw_data = true;
    sctp->saw_at_once |= (data.flags & OC_SCTP_DATA_IMMEDIATE) != 0;
    rc = oc_sctp_recv_check(&sctp->recv, data.tsn);
    if (rc != OC_OK) {
        sctp->saw_at_once |= rc < 0;
        return OC_OK;
    }
    if (data.sid == UINT16_MAX) { /* not one of 65,535 */
        refuse_stream(sctp, data.sid);
    } else {
        rc = oc_sctp_reassembly_data(&sctp->store, &data, data.tsn == sctp->recv.cum + 1,
                                     oc_sctp_recv_has(&sctp->recv, data.tsn - 1));
        if (rc == OC_AGAIN) {
            sctp->saw_at_once = true;
            return OC_OK;
        }
        if (sctp->store.no_stream != refused)
            refuse_stream(sctp, data.sid);
    }
    oc_sctp_recv_mark(&sctp->recv, data.tsn);
    return OC_OK;
}

static int on_sack(oc_sctp_t *sctp, const oc_sctp_chunk_t *chunk, int64_t now_us) {
    oc_sctp_gap_t gaps[OC_SCTP_GAPS_MAX];
    oc_sctp_sack_t sack;
    int rc = oc_sctp_sack_parse(chunk, gaps, &sack);
    if (rc != OC_OK)
        return rc;
    oc_sctp_assoc_proven(&sctp->assoc);
    if (!sctp->started || sctp->stopped)
        return OC_OK;
    sctp->last_rwnd = sack.a_rwnd;
    (void)oc_send_sack(sctp->send, &sack, now_us);
    if (oc_sctp_pmtu_timeouts(&sctp->pmtu, oc_send_timeouts(sctp->send), now_us))
        oc_send_set_mtu(sctp->send, oc_sctp_packet_max(sctp));
    return OC_OK;
}

static int on_forward(oc_sctp_t *sctp, const oc_sctp_chunk_t *chunk) {
    oc_sctp_forward_t forward;
    int rc = oc_sctp_forward_parse(chunk, &forward);
    if (rc != OC_OK)
        return rc;
    oc_sctp_assoc_proven(&sctp->assoc);
    if (!oc_sctp_assoc_can_receive(&sctp->assoc))
        return OC_OK;
    if (oc_sctp_recv_forward(&sctp->recv, forward.cumulative))
        oc_sctp_reassembly_forward(&sctp->store, &forward);
    oc_sctp_recv_hurry(&sctp->recv); /* also when it is old: our SACK was lost */
    return OC_OK;
}

/* Our request was answered. The sender's streams go now, not with the next packet: data of their
 * next use may be the next chunk. */
static void end_streams(oc_sctp_t *sctp) {
    sctp->reconf.finished = false;
    for (unsigned i = 0; i < sctp->streams.count; i++) {
        oc_sctp_stream_t *stream = &sctp->streams.entry[i];
        if (stream->flags & OC_SCTP_STREAM_OUT_RESET && stream->flags & OC_SCTP_STREAM_OUT) {
            (void)oc_send_stream_remove(sctp->send, stream->sid);
            stream->flags &= (uint8_t)~OC_SCTP_STREAM_OUT;
        }
    }
}

static int on_reconf(oc_sctp_t *sctp, const oc_sctp_chunk_t *chunk, int64_t now_us) {
    int rc;
    oc_sctp_assoc_proven(&sctp->assoc);
    if (!sctp->up || !oc_sctp_assoc_can_receive(&sctp->assoc))
        return OC_OK;
    rc = oc_sctp_reconf_input(&sctp->reconf, chunk, sctp->recv.cum);
    sctp->notify = true;
    if (sctp->reconf.finished)
        end_streams(sctp);
    if (sctp->reconf.close_ours) {
        sctp->reconf.close_ours = false;
        for (unsigned i = 0; i < sctp->streams.count; i++) {
            const oc_sctp_stream_t *stream = &sctp->streams.entry[i];
            if (stream->flags & OC_SCTP_STREAM_CLOSING && stream->flags & OC_SCTP_STREAM_OUT)
                (void)oc_send_stream_close(sctp->send, stream->sid, true, now_us);
        }
    }
    return rc;
}

/* Everything up to the cumulative TSN of a SHUTDOWN is acknowledged, and no further message is
 * taken (RFC 9260 9.2). */
static void on_shutdown(oc_sctp_t *sctp, const oc_sctp_chunk_t *chunk, int64_t now_us) {
    oc_sctp_sack_t sack = {.a_rwnd = sctp->last_rwnd};
    if (chunk->value.len < 4 || !sctp->up || sctp->stopped)
        return;
    sack.cum_tsn = oc_sctp_be32(chunk->value.data);
    (void)oc_send_sack(sctp->send, &sack, now_us);
    for (unsigned i = 0; i < sctp->streams.count; i++) {
        if (sctp->streams.entry[i].flags & OC_SCTP_STREAM_OUT)
            (void)oc_send_stream_close(sctp->send, sctp->streams.entry[i].sid, true, now_us);
    }
}

static void on_heartbeat_ack(oc_sctp_t *sctp, const oc_sctp_chunk_t *chunk, int64_t now_us) {
    const uint8_t *p = chunk->value.data;
    if (chunk->value.len < OC_SCTP_HEARTBEAT_INFO)
        return;
    if (oc_sctp_be16(p) != OC_SCTP_PARAM_HEARTBEAT || oc_sctp_be32(p + 4) != sctp->assoc.local.tag)
        return;
    if (oc_sctp_pmtu_answered(&sctp->pmtu, oc_sctp_be32(p + 8), now_us) && sctp->started)
        oc_send_set_mtu(sctp->send, oc_sctp_packet_max(sctp));
}

static int on_unknown(oc_sctp_t *sctp, const oc_sctp_chunk_t *chunk) {
    enum oc_sctp_unknown action = oc_sctp_unknown_chunk(chunk->type);
    sctp->stats.unknown++;
    if (action & OC_SCTP_STOP_REPORT && sctp->up)
        report(sctp, OC_SCTP_CAUSE_UNRECOGNIZED_CHUNK, chunk->whole.data,
               chunk->whole.len < OC_SCTP_CONTROL_MAX ? (uint32_t)chunk->whole.len
                                                      : OC_SCTP_CONTROL_MAX);
    return action & OC_SCTP_SKIP ? OC_OK : OC_END;
}

/* OC_OK | OC_END leave the rest of the packet out | OC_ERR_* a malformed chunk: the same, counted.
 */
static int on_chunk(oc_sctp_t *sctp, const oc_sctp_header_t *header, const oc_sctp_chunk_t *chunk,
                    int64_t now_us) {
    int rc;
    switch (chunk->type) {
    case OC_SCTP_DATA:
        return on_data(sctp, chunk);
    case OC_SCTP_SACK:
        return on_sack(sctp, chunk, now_us);
    case OC_SCTP_FORWARD_TSN:
        return on_forward(sctp, chunk);
    case OC_SCTP_RE_CONFIG:
        return on_reconf(sctp, chunk, now_us);
    case OC_SCTP_HEARTBEAT_ACK:
        on_heartbeat_ack(sctp, chunk, now_us);
        return OC_OK;
    case OC_SCTP_SHUTDOWN:
        on_shutdown(sctp, chunk, now_us);
        break;
    default:
        break;
    }
    rc = oc_sctp_assoc_chunk(&sctp->assoc, header, chunk, now_us);
    return rc == OC_AGAIN ? on_unknown(sctp, chunk) : rc;
}

/* RFC 9653 5.3: a packet without a checksum is taken when we said so, except where the peer cannot
 * have known it. */
static bool checksum_ok(oc_sctp_t *sctp, oc_span_t packet, const oc_sctp_header_t *header,
                        uint8_t first_type) {
    if (sctp->unchecked)
        return true;
    if (!header->checksum && sctp->zero_checksum && first_type != OC_SCTP_INIT &&
        first_type != OC_SCTP_COOKIE_ECHO)
        return true;
    if (oc_sctp_checksum_ok(packet))
        return true;
    sctp->stats.drop_checksum++;
    return false;
}

/* Looks at header and first chunk. OC_OK | OC_END not for us | OC_ERR_FORMAT. */
static int verify(oc_sctp_t *sctp, oc_span_t packet, oc_sctp_header_t *header, oc_rd_t *r) {
    oc_sctp_chunk_t first;
    oc_rd_t look;
    if (oc_sctp_header_parse(packet, header, r) != OC_OK)
        return OC_ERR_FORMAT;
    look = *r;
    if (oc_sctp_chunk_next(&look, &first) != OC_OK)
        return OC_ERR_FORMAT;
    if (header->source_port != sctp->assoc.remote_port ||
        header->destination_port != sctp->assoc.local_port) {
        sctp->stats.drop_port++;
        return OC_END;
    }
    if (!checksum_ok(sctp, packet, header, first.type) ||
        !oc_sctp_assoc_accepts(&sctp->assoc, header, &first))
        return OC_END;
    return OC_OK;
}

/* What the packet's chunks together brought. */
static void settle(oc_sctp_t *sctp, int64_t now_us) {
    if (sctp->saw_data)
        oc_sctp_recv_packet(&sctp->recv, sctp->saw_at_once, now_us);
    if (sctp->cum_seen != sctp->recv.cum && sctp->up) {
        sctp->cum_seen = sctp->recv.cum;
        if (sctp->reconf.waits) {
            oc_sctp_reconf_arrived(&sctp->reconf, sctp->recv.cum);
            sctp->notify = true;
        }
    }
}

int oc_sctp_input(oc_sctp_t *sctp, oc_span_t packet, int64_t now_us) {
    oc_sctp_header_t header;
    oc_sctp_chunk_t chunk;
    oc_rd_t r;
    int rc = verify(sctp, packet, &header, &r);
    bool first = true;
    sctp->stats.packets_in++;
    if (rc != OC_OK) {
        sctp->stats.drop_format += rc < 0;
        return rc < 0 ? rc : OC_OK;
    }
    sctp->saw_data = sctp->saw_at_once = false;
    while ((rc = oc_sctp_chunk_next(&r, &chunk)) == OC_OK) {
        if (chunk.type == OC_SCTP_INIT && !first)
            break; /* RFC 9260 6.10 */
        rc = on_chunk(sctp, &header, &chunk, now_us);
        oc_sctp_sync(sctp, now_us);
        if (rc != OC_OK)
            break;
        first = false;
    }
    sctp->stats.drop_format += rc < 0;
    settle(sctp, now_us);
    return OC_OK;
}
