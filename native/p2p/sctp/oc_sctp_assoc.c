#include "oc_sctp_assoc.h"
#include "oc_crypto.h"
#include "oc_random.h"

void oc_sctp_assoc_set_rtt(oc_sctp_assoc_t *assoc, uint32_t rtt_us) {
    assoc->first_us = rtt_us < OC_SCTP_T1_MAX_US / 2 ? 2 * rtt_us : OC_SCTP_T1_MAX_US;
    if (assoc->first_us < OC_SCTP_T1_MIN_US)
        assoc->first_us = rtt_us ? OC_SCTP_T1_MIN_US : OC_SCTP_T1_MAX_US;
}

void oc_sctp_assoc_init(oc_sctp_assoc_t *assoc, const oc_sctp_setup_t *local, uint16_t local_port,
                        uint16_t remote_port, uint32_t rtt_us, oc_pool_t *pool) {
    *assoc = (oc_sctp_assoc_t){.pool = pool,
                               .control.pool = pool,
                               .local = *local,
                               .local_port = local_port,
                               .remote_port = remote_port,
                               .timer_us = INT64_MAX};
    oc_sctp_assoc_set_rtt(assoc, rtt_us);
    oc_random(assoc->key, sizeof assoc->key);
    if (!assoc->local.tag)
        oc_sctp_setup_draw(&assoc->local);
}

static void give(oc_sctp_assoc_t *assoc, uint8_t **block) {
    if (*block)
        oc_pool_give(assoc->pool, *block);
    *block = NULL;
}

static void give_all(oc_sctp_assoc_t *assoc) {
    give(assoc, &assoc->init_ack);
    give(assoc, &assoc->cookie);
    oc_sctp_control_clear(&assoc->control);
}

void oc_sctp_assoc_clear(oc_sctp_assoc_t *assoc) {
    give_all(assoc);
    oc_crypto_wipe(assoc->key, sizeof assoc->key);
}

static void restart_timer(oc_sctp_assoc_t *assoc) {
    assoc->timer_us = INT64_MAX;
    assoc->tries = 0;
}

static void begin_handshake(oc_sctp_assoc_t *assoc) {
    assoc->state = OC_SCTP_COOKIE_WAIT;
    assoc->pending |= OC_SCTP_SEND_INIT;
}

static void establish(oc_sctp_assoc_t *assoc) {
    assoc->state = OC_SCTP_ESTABLISHED;
    assoc->pending &= (uint8_t) ~(OC_SCTP_SEND_INIT | OC_SCTP_SEND_COOKIE);
    restart_timer(assoc);
    give(assoc, &assoc->cookie);
    give(assoc, &assoc->init_ack);
}

void oc_sctp_assoc_snap(oc_sctp_assoc_t *assoc, const oc_sctp_setup_t *peer, uint8_t options) {
    assoc->peer = *peer;
    assoc->offered = options;
    oc_sctp_setup_limit(&assoc->peer, options);
    assoc->snap = true;
}

/* Established by descriptions, and the peer has not shown that it knows it. */
static bool only_assumed(const oc_sctp_assoc_t *assoc) {
    return assoc->assumed && assoc->state == OC_SCTP_ESTABLISHED;
}

void oc_sctp_assoc_fall_back(oc_sctp_assoc_t *assoc) {
    if (!only_assumed(assoc))
        return;
    assoc->assumed = false;
    restart_timer(assoc);
    begin_handshake(assoc);
}

int oc_sctp_assoc_connect(oc_sctp_assoc_t *assoc) {
    if (assoc->state != OC_SCTP_CLOSED)
        return assoc->state == OC_SCTP_ENDED ? OC_ERR_STATE : OC_OK; /* the peer was faster */
    if (assoc->snap) {
        assoc->peer_known = assoc->assumed = true;
        establish(assoc);
    } else {
        begin_handshake(assoc);
    }
    return OC_OK;
}

int oc_sctp_assoc_shutdown(oc_sctp_assoc_t *assoc) {
    if (assoc->state == OC_SCTP_ESTABLISHED)
        assoc->state = OC_SCTP_SHUTDOWN_PENDING;
    else if (assoc->state < OC_SCTP_ESTABLISHED)
        return OC_ERR_STATE;
    return assoc->state == OC_SCTP_ENDED ? OC_ERR_STATE : OC_OK;
}

void oc_sctp_assoc_drained(oc_sctp_assoc_t *assoc) {
    if (assoc->state == OC_SCTP_SHUTDOWN_PENDING) {
        assoc->state = OC_SCTP_SHUTDOWN_SENT;
        assoc->pending |= OC_SCTP_SEND_SHUTDOWN;
        restart_timer(assoc);
    } else if (assoc->state == OC_SCTP_SHUTDOWN_RECEIVED) {
        assoc->state = OC_SCTP_SHUTDOWN_ACK_SENT;
        assoc->pending |= OC_SCTP_SEND_SHUTDOWN_ACK;
        restart_timer(assoc);
    }
}

static void end(oc_sctp_assoc_t *assoc, enum oc_sctp_reason reason, uint16_t cause) {
    if (assoc->state == OC_SCTP_ENDED)
        return;
    assoc->state = OC_SCTP_ENDED;
    assoc->reason = (uint8_t)reason;
    assoc->cause = cause;
    assoc->pending = 0;
    restart_timer(assoc);
    give_all(assoc);
}

void oc_sctp_assoc_abort(oc_sctp_assoc_t *assoc, enum oc_sctp_reason reason, uint16_t cause,
                         bool notify) {
    bool known = assoc->peer_known && assoc->state != OC_SCTP_ENDED;
    end(assoc, reason, cause);
    if (notify && known)
        assoc->pending |= OC_SCTP_SEND_ABORT;
}

bool oc_sctp_assoc_can_receive(const oc_sctp_assoc_t *assoc) {
    return assoc->state >= OC_SCTP_ESTABLISHED && assoc->state <= OC_SCTP_SHUTDOWN_SENT;
}

bool oc_sctp_assoc_can_send(const oc_sctp_assoc_t *assoc) {
    return assoc->state == OC_SCTP_ESTABLISHED || assoc->state == OC_SCTP_SHUTDOWN_PENDING ||
           assoc->state == OC_SCTP_SHUTDOWN_RECEIVED;
}

void oc_sctp_assoc_proven(oc_sctp_assoc_t *assoc) {
    assoc->assumed = false;
    if (assoc->state == OC_SCTP_COOKIE_ECHOED ||
        (assoc->state == OC_SCTP_COOKIE_WAIT && assoc->snap)) /* it answers with our tag */
        establish(assoc);
}

/* RFC 9260 8.5, 8.5.1. */
bool oc_sctp_assoc_accepts(oc_sctp_assoc_t *assoc, const oc_sctp_header_t *header,
                           const oc_sctp_chunk_t *first) {
    bool ok = header->tag == assoc->local.tag;
    if (first->type == OC_SCTP_INIT)
        ok = header->tag == 0;
    else if ((first->type == OC_SCTP_ABORT || first->type == OC_SCTP_SHUTDOWN_COMPLETE) &&
             first->flags & OC_SCTP_FLAG_T)
        ok = assoc->peer_known && header->tag == assoc->peer.tag;
    if (!ok)
        assoc->bad_tags++;
    return ok;
}

/* Whether an INIT is answered. Later ones than of the handshake are duplicates, or a restart, which
 * is refused; but an association without a handshake has peers that begin one all the same, with
 * the tag of their description or with another. */
static bool takes_init(oc_sctp_assoc_t *assoc, const oc_sctp_setup_t *peer) {
    bool same = peer->tag == assoc->peer.tag;
    if (assoc->state <= OC_SCTP_COOKIE_ECHOED)
        return true;
    if (!only_assumed(assoc) && !(assoc->state == OC_SCTP_ESTABLISHED && assoc->snap && same)) {
        assoc->restarts += !same;
        return false;
    }
    if (assoc->inits == OC_SCTP_SNAP_INITS)
        return false;
    assoc->inits++;
    return true;
}

/* An INIT, RFC 9260 5.1 B and 5.2.1: the same tag and TSN as in our own INIT, whoever came first.
 * What is optional is said to those alone who have said it themselves: there are stacks that drop
 * whole packets for a parameter they do not know (Pion before its SCTP 1.8.9). */
static int on_init(oc_sctp_assoc_t *assoc, const oc_sctp_chunk_t *chunk, int64_t now_us) {
    oc_sctp_init_chunk_t init;
    oc_sctp_cookie_t cookie = {.made_us = now_us};
    uint8_t bytes[OC_SCTP_COOKIE_LEN];
    if (oc_sctp_setup_init(chunk, &init) != OC_OK || !takes_init(assoc, &init.setup))
        return OC_END;
    if (!assoc->init_ack && !(assoc->init_ack = oc_pool_take(assoc->pool)))
        return OC_END;
    cookie.local_tag = assoc->local.tag;
    cookie.local_tsn = assoc->local.tsn;
    cookie.tie_tag = assoc->peer_known ? assoc->peer.tag : 0;
    cookie.peer = init.setup;
    oc_sctp_cookie_write(&cookie, assoc->key, bytes);
    assoc->init_ack_tag = init.setup.tag;
    assoc->init_ack_len = (uint16_t)oc_sctp_setup_write(
        assoc->init_ack, OC_SCTP_CONTROL_MAX, OC_SCTP_INIT_ACK, &assoc->local, init.options,
        oc_span(bytes, sizeof bytes), init.unknown, init.unknown_count);
    if (!assoc->init_ack_len) /* the reports are too long: without them */
        assoc->init_ack_len = (uint16_t)oc_sctp_setup_write(
            assoc->init_ack, OC_SCTP_CONTROL_MAX, OC_SCTP_INIT_ACK, &assoc->local, init.options,
            oc_span(bytes, sizeof bytes), NULL, 0);
    return OC_END; /* it has to be alone (4.1) */
}

/* RFC 9260 5.1 C. */
static int on_init_ack(oc_sctp_assoc_t *assoc, const oc_sctp_chunk_t *chunk) {
    oc_sctp_init_chunk_t init;
    if (assoc->state != OC_SCTP_COOKIE_WAIT)
        return OC_OK; /* 5.2.3: a duplicate */
    if (oc_sctp_setup_parse(chunk, &init) != OC_OK)
        return OC_END;
    assoc->peer = init.setup;
    oc_sctp_setup_limit(&assoc->peer, assoc->offered);
    assoc->peer_known = true;
    if (!init.cookie.len || init.cookie.len > OC_SCTP_COOKIE_MAX || !init.setup.out_streams ||
        !init.setup.in_streams) {
        oc_sctp_assoc_abort(assoc, OC_SCTP_DOWN_VIOLATION,
                            init.cookie.len > OC_SCTP_COOKIE_MAX ? OC_SCTP_CAUSE_NO_RESOURCE
                                                                 : OC_SCTP_CAUSE_MISSING_PARAM,
                            true);
        return OC_END;
    }
    assoc->cookie = oc_pool_take(assoc->pool);
    if (!assoc->cookie)
        return OC_END; /* T1 asks again */
    memcpy(assoc->cookie, init.cookie.data, init.cookie.len);
    assoc->cookie_len = (uint16_t)init.cookie.len;
    assoc->state = OC_SCTP_COOKIE_ECHOED;
    assoc->pending &= (uint8_t)~OC_SCTP_SEND_INIT;
    assoc->pending |= OC_SCTP_SEND_COOKIE;
    restart_timer(assoc);
    for (unsigned i = 0; i < init.unknown_count; i++) { /* 3.2.2: reported behind the cookie */
        uint32_t len = (uint32_t)init.unknown[i].len;
        uint8_t *p = oc_sctp_control_add(&assoc->control, OC_SCTP_ERROR, 0, 4 + len);
        if (!p)
            break;
        oc_sctp_put16(p, OC_SCTP_CAUSE_UNRECOGNIZED_PARAM);
        oc_sctp_put16(p + 2, (uint16_t)(4 + len));
        memcpy(p + 4, init.unknown[i].data, len);
    }
    return OC_OK;
}

static void report_stale(oc_sctp_assoc_t *assoc, int64_t late_us) {
    uint8_t *p = oc_sctp_control_add(&assoc->control, OC_SCTP_ERROR, 0, 8);
    assoc->stale_cookies++;
    if (!p)
        return;
    oc_sctp_put16(p, OC_SCTP_CAUSE_STALE_COOKIE);
    oc_sctp_put16(p + 2, 8);
    oc_sctp_put32(p + 4, late_us < UINT32_MAX ? (uint32_t)late_us : UINT32_MAX);
}

/* RFC 9260 5.2.4. Our tag is always the same, so of its table only rows B (another peer tag: it
 * began after it had answered us) and D (the same) are left; row A is a restart. */
static int on_cookie_echo(oc_sctp_assoc_t *assoc, const oc_sctp_header_t *header,
                          const oc_sctp_chunk_t *chunk, int64_t now_us) {
    oc_sctp_cookie_t cookie;
    bool same;
    if (oc_sctp_cookie_read(chunk->value, assoc->key, &cookie) != OC_OK ||
        cookie.local_tag != header->tag || cookie.local_tsn != assoc->local.tsn) {
        assoc->bad_cookies++;
        return OC_END;
    }
    same = assoc->peer_known && cookie.peer.tag == assoc->peer.tag;
    if (assoc->state > OC_SCTP_COOKIE_ECHOED && !only_assumed(assoc)) {
        if (!same) {
            assoc->restarts++;
            return OC_END;
        }
        if (assoc->state != OC_SCTP_ENDED)
            assoc->pending |= OC_SCTP_SEND_COOKIE_ACK;
        return assoc->state == OC_SCTP_ENDED ? OC_END : OC_OK;
    }
    if (!same && now_us - cookie.made_us > OC_SCTP_COOKIE_LIFE_US) {
        assoc->peer.tag = assoc->peer_known ? assoc->peer.tag : cookie.peer.tag;
        report_stale(assoc, now_us - cookie.made_us - OC_SCTP_COOKIE_LIFE_US);
        return OC_END;
    }
    assoc->peer = cookie.peer;
    assoc->peer_known = true;
    assoc->assumed = false;
    establish(assoc);
    assoc->pending |= OC_SCTP_SEND_COOKIE_ACK;
    return OC_OK;
}

/* A stack whose application has not opened its end yet aborts what it does not know (usrsctp): the
 * first INITs are only sent again. With the T bit it knows no association (RFC 9260 8.4): its
 * description promised one, so the handshake makes it. */
static int on_abort(oc_sctp_assoc_t *assoc, const oc_sctp_chunk_t *chunk) {
    uint16_t cause = chunk->value.len >= 4 ? oc_sctp_be16(chunk->value.data) : 0;
    if (assoc->state == OC_SCTP_COOKIE_WAIT && assoc->tries < OC_SCTP_T1_PATIENCE)
        return OC_END;
    if (only_assumed(assoc) && chunk->flags & OC_SCTP_FLAG_T)
        oc_sctp_assoc_fall_back(assoc);
    else
        end(assoc, OC_SCTP_DOWN_ABORTED, cause);
    return OC_END;
}

/* Only a stale cookie matters: the handshake begins again (5.2.6). */
static int on_error(oc_sctp_assoc_t *assoc, const oc_sctp_chunk_t *chunk) {
    oc_rd_t r = oc_rd(chunk->value);
    oc_sctp_param_t cause;
    while (oc_sctp_param_next(&r, &cause) == OC_OK) {
        if (cause.type != OC_SCTP_CAUSE_STALE_COOKIE || assoc->state != OC_SCTP_COOKIE_ECHOED)
            continue;
        give(assoc, &assoc->cookie);
        assoc->state = OC_SCTP_COOKIE_WAIT;
        assoc->pending &= (uint8_t)~OC_SCTP_SEND_COOKIE;
        assoc->pending |= OC_SCTP_SEND_INIT;
        restart_timer(assoc);
    }
    return OC_OK;
}

static int on_heartbeat(oc_sctp_assoc_t *assoc, const oc_sctp_chunk_t *chunk) {
    uint32_t len = (uint32_t)chunk->value.len;
    uint8_t *p;
    if (assoc->state < OC_SCTP_ESTABLISHED || assoc->state == OC_SCTP_ENDED)
        return OC_OK;
    p = oc_sctp_control_add(&assoc->control, OC_SCTP_HEARTBEAT_ACK, 0, len);
    if (p && len)
        memcpy(p, chunk->value.data, len);
    return OC_OK;
}

/* RFC 9260 9.2. The cumulative TSN in it is the sender's to read. */
static int on_shutdown(oc_sctp_assoc_t *assoc) {
    switch (assoc->state) {
    case OC_SCTP_ESTABLISHED:
    case OC_SCTP_SHUTDOWN_PENDING:
        assoc->state = OC_SCTP_SHUTDOWN_RECEIVED;
        break;
    case OC_SCTP_SHUTDOWN_SENT:
        assoc->state = OC_SCTP_SHUTDOWN_ACK_SENT;
        assoc->pending &= (uint8_t)~OC_SCTP_SEND_SHUTDOWN;
        assoc->pending |= OC_SCTP_SEND_SHUTDOWN_ACK;
        restart_timer(assoc);
        break;
    case OC_SCTP_SHUTDOWN_ACK_SENT:
        assoc->pending |= OC_SCTP_SEND_SHUTDOWN_ACK;
        break;
    default:
        break;
    }
    return OC_OK;
}

static int on_shutdown_ack(oc_sctp_assoc_t *assoc, const oc_sctp_header_t *header) {
    bool ending =
        assoc->state == OC_SCTP_SHUTDOWN_SENT || assoc->state == OC_SCTP_SHUTDOWN_ACK_SENT;
    if (!ending && assoc->state != OC_SCTP_ENDED)
        return OC_OK;
    assoc->reflected = !ending; /* 8.4: our end of it is gone */
    assoc->reflect_tag = ending ? assoc->peer.tag : header->tag;
    end(assoc, OC_SCTP_DOWN_SHUTDOWN, 0);
    assoc->pending |= OC_SCTP_SEND_COMPLETE;
    return OC_END;
}

int oc_sctp_assoc_chunk(oc_sctp_assoc_t *assoc, const oc_sctp_header_t *header,
                        const oc_sctp_chunk_t *chunk, int64_t now_us) {
    switch (chunk->type) {
    case OC_SCTP_INIT:
        return on_init(assoc, chunk, now_us);
    case OC_SCTP_INIT_ACK:
        return on_init_ack(assoc, chunk);
    case OC_SCTP_COOKIE_ECHO:
        return on_cookie_echo(assoc, header, chunk, now_us);
    case OC_SCTP_COOKIE_ACK:
        oc_sctp_assoc_proven(assoc);
        return OC_OK;
    case OC_SCTP_ABORT:
        return on_abort(assoc, chunk);
    case OC_SCTP_ERROR:
        return on_error(assoc, chunk);
    case OC_SCTP_HEARTBEAT:
        return on_heartbeat(assoc, chunk);
    case OC_SCTP_SHUTDOWN:
        return on_shutdown(assoc);
    case OC_SCTP_SHUTDOWN_ACK:
        return on_shutdown_ack(assoc, header);
    case OC_SCTP_SHUTDOWN_COMPLETE:
        if (assoc->state == OC_SCTP_SHUTDOWN_ACK_SENT)
            end(assoc, OC_SCTP_DOWN_SHUTDOWN, 0);
        return OC_END;
    case OC_SCTP_PAD:
        return OC_OK;
    default:
        return OC_AGAIN;
    }
}

void oc_sctp_assoc_advance(oc_sctp_assoc_t *assoc, int64_t now_us) {
    if (assoc->timer_us > now_us)
        return;
    assoc->timer_us = INT64_MAX;
    switch (assoc->state) {
    case OC_SCTP_COOKIE_WAIT:
        assoc->pending |= OC_SCTP_SEND_INIT;
        break;
    case OC_SCTP_COOKIE_ECHOED:
        assoc->pending |= OC_SCTP_SEND_COOKIE;
        break;
    case OC_SCTP_SHUTDOWN_SENT:
    case OC_SCTP_SHUTDOWN_ACK_SENT:
        if (assoc->tries >= OC_SCTP_T2_TRIES)
            oc_sctp_assoc_abort(assoc, OC_SCTP_DOWN_TIMEOUT, 0, true);
        else
            assoc->pending |= assoc->state == OC_SCTP_SHUTDOWN_SENT ? OC_SCTP_SEND_SHUTDOWN
                                                                    : OC_SCTP_SEND_SHUTDOWN_ACK;
        break;
    default:
        break;
    }
}
