#include "oc_turn.h"

#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_random.h"
#include "oc_stun_key.h"
#include "oc_turn_impl.h"

static bool fits(const char *text, size_t size, bool optional) {
    return text ? strlen(text) < size && (optional || *text) : optional;
}

int oc_turn_init(oc_turn_t *turn, const oc_turn_config_t *config) {
    const oc_turn_config_t *c = config;
    if (!c->server.family || !c->server.port || oc_addr_is_zero(&c->server) ||
        oc_addr_is_multicast(&c->server) || oc_addr_is_broadcast(&c->server) ||
        (c->family && c->family != 4 && c->family != 6) || c->transport > OC_TURN_TLS ||
        !fits(c->username, sizeof turn->username, false) ||
        !fits(c->password, sizeof turn->password, false) ||
        !fits(c->domain, sizeof turn->home_domain, true))
        return OC_ERR_INVAL;
    memset(turn, 0, sizeof *turn);
    turn->home = turn->server = c->server;
    turn->transport = c->transport;
    turn->home_family = turn->family = c->family ? c->family : c->server.family;
    memcpy(turn->username, c->username, strlen(c->username));
    memcpy(turn->password, c->password, strlen(c->password));
    if (c->domain)
        memcpy(turn->home_domain, c->domain, strlen(c->domain));
    oc_random(&turn->seed, sizeof turn->seed);
    oc_turn_peer_clear(turn);
    turn->deadline_us = INT64_MAX;
    turn->doubt_us = INT64_MAX;
    return OC_OK;
}

void oc_turn_deinit(oc_turn_t *turn) {
    oc_crypto_wipe(turn, sizeof *turn);
}

void oc_turn_start(oc_turn_t *turn, int64_t now_us) {
    if (turn->state == OC_TURN_RELEASING) {
        turn->again = true;
    } else if (turn->state == OC_TURN_IDLE || turn->state == OC_TURN_WAITING) {
        turn->failures = 0;
        oc_turn_lifetime_begin(turn, now_us);
    }
}

void oc_turn_stop(oc_turn_t *turn, int64_t now_us) {
    bool held = turn->state == OC_TURN_ALLOCATED;
    bool requested = turn->state == OC_TURN_ALLOCATING && turn->transport == OC_TURN_UDP &&
                     oc_turn_auth_ready(turn);
    if (turn->state == OC_TURN_RELEASING)
        turn->again = false;
    if (turn->state == OC_TURN_IDLE || turn->state == OC_TURN_RELEASING)
        return;
    if (turn->state == OC_TURN_WAITING) {
        turn->state = OC_TURN_IDLE;
    } else if (held || requested) { /* what was asked for may be there */
        bool notified = !turn->notify_up;
        oc_addr_t was = turn->relayed, none = {0};
        turn->notify_up = false;
        turn->relayed = turn->mapped = none;
        oc_turn_lifetime_release(turn, false, now_us);
        oc_turn_peer_clear(turn);
        if (held && notified) {
            turn->down = (oc_turn_event_t){.kind = OC_TURN_DOWN,
                                           .relayed = was,
                                           .reason = OC_TURN_STOPPED,
                                           .retry_us = INT64_MAX};
            turn->notify_down = true;
        }
    } else {
        oc_turn_lifetime_release(turn, false, now_us);
        oc_turn_lifetime_released(turn, now_us);
    }
    oc_turn_lifetime_plan(turn, now_us);
}

int oc_turn_credentials(oc_turn_t *turn, const char *username, const char *password) {
    if (!fits(username, sizeof turn->username, false) ||
        !fits(password, sizeof turn->password, false))
        return OC_ERR_INVAL;
    if (turn->state == OC_TURN_ALLOCATED)
        return OC_ERR_STATE;
    oc_crypto_wipe(turn->username, sizeof turn->username);
    oc_crypto_wipe(turn->password, sizeof turn->password);
    memcpy(turn->username, username, strlen(username));
    memcpy(turn->password, password, strlen(password));
    oc_turn_auth_forget(turn);
    return OC_OK;
}

void oc_turn_moved(oc_turn_t *turn, int64_t now_us) {
    if (turn->transport == OC_TURN_UDP && turn->state == OC_TURN_ALLOCATED) {
        oc_turn_lifetime_down(turn, OC_TURN_MOVED, 0, 0, now_us);
        oc_turn_lifetime_plan(turn, now_us);
    }
}

void oc_turn_connected(oc_turn_t *turn, int64_t now_us) {
    if (turn->state != OC_TURN_CONNECTING || turn->notify_connect)
        return;
    turn->state = OC_TURN_ALLOCATING;
    oc_turn_txn_begin(turn, OC_TURN_TXN_ALLOCATE, now_us);
    oc_turn_lifetime_plan(turn, now_us);
}

void oc_turn_disconnected(oc_turn_t *turn, int64_t now_us) {
    if (turn->transport == OC_TURN_UDP || turn->state == OC_TURN_IDLE ||
        turn->state == OC_TURN_WAITING || turn->notify_connect || turn->notify_disconnect)
        return; /* of a stream we gave up ourselves */
    if (turn->state == OC_TURN_RELEASING && !turn->again) {
        oc_turn_lifetime_released(turn, now_us);
    } else {
        int64_t wait = turn->state == OC_TURN_ALLOCATED ? 0 : -1;
        oc_turn_lifetime_down(turn, OC_TURN_NO_STREAM, 0, wait, now_us);
    }
    turn->notify_disconnect = false; /* it is closed */
    oc_turn_lifetime_plan(turn, now_us);
}

/* What was not answered in time. */
static void give_up(oc_turn_t *turn, oc_turn_txn_t *txn, int64_t now_us) {
    int64_t age = now_us - txn->begun_us;
    if (txn->kind == OC_TURN_TXN_NONE || !txn->sends || txn->due_us > now_us)
        return;
    if (txn->kind == OC_TURN_TXN_RELEASE) {
        if (age >= (turn->again ? OC_TURN_GIVE_UP_US : OC_TURN_RELEASE_US))
            oc_turn_lifetime_released(turn, now_us);
    } else if (turn->transport != OC_TURN_UDP) {
        oc_turn_lifetime_down(turn, OC_TURN_NO_ANSWER, 0, -1, now_us);
    } else if (txn->kind == OC_TURN_TXN_ALLOCATE) {
        if (age >= OC_TURN_GIVE_UP_US)
            oc_turn_lifetime_down(turn, OC_TURN_NO_ANSWER, 0, -1, now_us);
    } else if (txn->kind != OC_TURN_TXN_REFRESH && age >= OC_TURN_GIVE_UP_US) {
        oc_turn_txn_end(turn, txn); /* a refresh goes on until the lifetime is over */
    }
}

void oc_turn_advance(oc_turn_t *turn, int64_t now_us) {
    if (now_us < turn->deadline_us)
        return;
    for (unsigned i = 0; i < OC_TURN_TXNS; i++)
        give_up(turn, &turn->txn[i], now_us);
    if (turn->state == OC_TURN_WAITING && now_us >= turn->wait_us)
        oc_turn_lifetime_begin(turn, now_us);
    else if (turn->state == OC_TURN_CONNECTING && now_us >= turn->wait_us)
        oc_turn_lifetime_down(turn, OC_TURN_NO_STREAM, 0, -1, now_us);
    else if (turn->state == OC_TURN_ALLOCATED && now_us >= turn->expires_us)
        oc_turn_lifetime_down(turn, OC_TURN_NO_ANSWER, 0, 0, now_us);
    else if (turn->state == OC_TURN_ALLOCATED && turn->txn[0].kind == OC_TURN_TXN_NONE &&
             (now_us >= turn->refresh_us || now_us >= turn->doubt_us)) {
        turn->doubt_us = INT64_MAX;
        oc_turn_txn_begin(turn, OC_TURN_TXN_REFRESH, now_us);
    }
    oc_turn_txn_serve_peers(turn, now_us);
    oc_turn_lifetime_plan(turn, now_us);
}

int64_t oc_turn_next_deadline(const oc_turn_t *turn) {
    return turn->deadline_us;
}

int oc_turn_poll_output(oc_turn_t *turn, int64_t now_us, uint8_t *buffer, size_t size) {
    if (now_us < turn->deadline_us)
        return 0;
    if (size < OC_TURN_REQUEST_MAX)
        return OC_ERR_NOMEM;
    oc_turn_txn_serve_peers(turn, now_us);
    for (unsigned i = 0; i < OC_TURN_TXNS; i++) {
        oc_turn_txn_t *t = &turn->txn[i];
        bool late = t->sends && turn->transport != OC_TURN_UDP; /* streams lose nothing */
        if (t->kind == OC_TURN_TXN_NONE || t->due_us > now_us || late)
            continue;
        size_t len = oc_turn_txn_write(turn, t, now_us, buffer, size);
        oc_turn_lifetime_plan(turn, now_us);
        if (len)
            return (int)len;
    }
    oc_turn_lifetime_plan(turn, now_us); /* woken, and it was nothing that can be asked now */
    return 0;
}

int oc_turn_poll_event(oc_turn_t *turn, oc_turn_event_t *event) {
    oc_addr_t none = {0};
    if (turn->notify_down) {
        *event = turn->down;
        turn->down.relayed = none;
        turn->notify_down = false;
    } else if (turn->notify_disconnect) {
        *event = (oc_turn_event_t){.kind = OC_TURN_DISCONNECT};
        turn->notify_disconnect = false;
    } else if (turn->notify_connect) {
        *event = (oc_turn_event_t){.kind = OC_TURN_CONNECT, .server = turn->server};
        turn->notify_connect = false;
    } else if (turn->notify_up) {
        *event =
            (oc_turn_event_t){.kind = OC_TURN_UP, .relayed = turn->relayed, .mapped = turn->mapped};
        turn->notify_up = false;
    } else {
        return OC_AGAIN;
    }
    return OC_OK;
}

bool oc_turn_is_up(const oc_turn_t *turn) {
    return turn->state == OC_TURN_ALLOCATED;
}

void oc_turn_stats(const oc_turn_t *turn, oc_turn_stats_t *stats) {
    *stats = turn->stats;
    stats->rtt_us = turn->srtt_us;
}

/* ---- changes of state ---- */

#define SECOND_US 1000000

static bool has_stream(const oc_turn_t *turn) {
    return turn->transport != OC_TURN_UDP &&
           (turn->state == OC_TURN_ALLOCATING || turn->state == OC_TURN_ALLOCATED ||
            turn->state == OC_TURN_RELEASING ||
            (turn->state == OC_TURN_CONNECTING && !turn->notify_connect));
}

/* Closes what is open or asked for. */
static void drop_stream(oc_turn_t *turn) {
    turn->notify_disconnect |= has_stream(turn);
    turn->notify_connect = false;
    oc_turn_frame_reset(&turn->frame);
}

/* At turn->server, which was not asked in this try. */
static void begin_there(oc_turn_t *turn, int64_t now_us) {
    oc_turn_txn_end_all(turn);
    oc_turn_frame_reset(&turn->frame);
    turn->tried[turn->hops] = turn->server;
    if (turn->transport == OC_TURN_UDP) {
        turn->state = OC_TURN_ALLOCATING;
        oc_turn_txn_begin(turn, OC_TURN_TXN_ALLOCATE, now_us);
        return;
    }
    turn->state = OC_TURN_CONNECTING;
    turn->notify_connect = true;
    turn->wait_us = now_us + OC_TURN_STREAM_US;
}

void oc_turn_lifetime_begin(oc_turn_t *turn, int64_t now_us) {
    if (!oc_addr_equal(&turn->server, &turn->home)) {
        oc_turn_auth_forget(turn);
        turn->srtt_us = 0;
    }
    turn->server = turn->home;
    turn->family = turn->home_family;
    memcpy(turn->domain, turn->home_domain, sizeof turn->domain);
    turn->hops = 0;
    turn->released = false;
    begin_there(turn, now_us);
    oc_turn_lifetime_plan(turn, now_us);
}

void oc_turn_lifetime_redirect(oc_turn_t *turn, const oc_addr_t *server, oc_span_t domain,
                               int64_t now_us) {
    drop_stream(turn);
    turn->server = *server;
    turn->hops++;
    if (domain.len && domain.len < sizeof turn->domain) {
        memcpy(turn->domain, domain.data, domain.len);
        turn->domain[domain.len] = 0;
    }
    oc_turn_auth_forget(turn);
    turn->srtt_us = 0;
    begin_there(turn, now_us);
}

void oc_turn_lifetime_up(oc_turn_t *turn, const oc_addr_t *relayed, const oc_addr_t *mapped,
                         uint32_t lifetime_s, int64_t now_us) {
    turn->state = OC_TURN_ALLOCATED;
    turn->relayed = *relayed;
    turn->mapped = *mapped;
    turn->failures = 0;
    turn->granted_us = now_us;
    turn->doubt_us = INT64_MAX;
    turn->notify_up = true;
    turn->stats.allocations++;
    oc_turn_peer_clear(turn);
    oc_turn_lifetime_extend(turn, lifetime_s, now_us);
}

void oc_turn_lifetime_extend(oc_turn_t *turn, uint32_t lifetime_s, int64_t now_us) {
    int64_t life = (int64_t)lifetime_s * SECOND_US, wait = life - 60 * (int64_t)SECOND_US;
    if (wait < life / 2)
        wait = life / 2;
    if (turn->transport == OC_TURN_UDP && wait > OC_TURN_REFRESH_US)
        wait = OC_TURN_REFRESH_US;
    turn->expires_us = now_us + life;
    turn->refresh_us = now_us + wait;
}

static int64_t backoff(const oc_turn_t *turn) {
    int64_t wait = OC_TURN_RETRY_US << (turn->failures < 6 ? turn->failures : 6);
    return wait > OC_TURN_RETRY_MAX_US ? OC_TURN_RETRY_MAX_US : wait;
}

void oc_turn_lifetime_down(oc_turn_t *turn, oc_turn_reason_t reason, unsigned code, int64_t wait_us,
                           int64_t now_us) {
    oc_addr_t none = {0}, was = turn->notify_up ? none : turn->relayed;
    if (turn->notify_down && !was.family)
        was = turn->down.relayed; /* of one that was not told yet */
    if (wait_us == 0 && turn->state == OC_TURN_ALLOCATED &&
        now_us - turn->granted_us < OC_TURN_RETRY_US)
        wait_us = OC_TURN_RETRY_US; /* given and taken at once: no circle */
    bool here = wait_us == 0 && turn->state == OC_TURN_ALLOCATED && reason != OC_TURN_NO_STREAM;
    if (wait_us < 0)
        wait_us = backoff(turn);
    if (turn->failures < UINT8_MAX)
        turn->failures++;
    if (!here || turn->transport == OC_TURN_UDP)
        drop_stream(turn);
    turn->relayed = turn->mapped = none;
    turn->notify_up = false;
    oc_turn_txn_end_all(turn);
    oc_turn_peer_clear(turn);
    turn->down = (oc_turn_event_t){.kind = OC_TURN_DOWN,
                                   .relayed = was,
                                   .reason = reason,
                                   .code = (uint16_t)code,
                                   .retry_us = wait_us == INT64_MAX ? INT64_MAX : now_us + wait_us};
    turn->notify_down = true;
    turn->state = wait_us == INT64_MAX ? OC_TURN_IDLE : OC_TURN_WAITING;
    turn->wait_us = turn->down.retry_us;
    if (here && turn->transport != OC_TURN_UDP) { /* the stream is good */
        turn->state = OC_TURN_ALLOCATING;
        turn->released = false;
        oc_turn_txn_begin(turn, OC_TURN_TXN_ALLOCATE, now_us);
    } else if (wait_us == 0) {
        oc_turn_lifetime_begin(turn, now_us);
    }
}

void oc_turn_lifetime_release(oc_turn_t *turn, bool again, int64_t now_us) {
    oc_turn_txn_end_all(turn);
    turn->state = OC_TURN_RELEASING;
    turn->again = again;
    oc_turn_txn_begin(turn, OC_TURN_TXN_RELEASE, now_us);
}

void oc_turn_lifetime_released(oc_turn_t *turn, int64_t now_us) {
    oc_turn_txn_end_all(turn);
    if (turn->again) {
        turn->state = OC_TURN_ALLOCATING;
        oc_turn_txn_begin(turn, OC_TURN_TXN_ALLOCATE, now_us);
        return;
    }
    drop_stream(turn);
    turn->state = OC_TURN_IDLE;
}

void oc_turn_lifetime_plan(oc_turn_t *turn, int64_t now_us) {
    int64_t deadline = oc_turn_txn_deadline(turn), peers;
    switch (turn->state) {
    case OC_TURN_WAITING:
    case OC_TURN_CONNECTING:
        deadline = turn->wait_us;
        break;
    case OC_TURN_ALLOCATED:
        peers = oc_turn_txn_has_room(turn) ? oc_turn_peer_deadline(turn, now_us) : INT64_MAX;
        deadline = peers < deadline ? peers : deadline;
        deadline = turn->expires_us < deadline ? turn->expires_us : deadline;
        if (turn->txn[0].kind == OC_TURN_TXN_NONE && turn->refresh_us < deadline)
            deadline = turn->refresh_us;
        if (turn->txn[0].kind == OC_TURN_TXN_NONE && turn->doubt_us < deadline)
            deadline = turn->doubt_us;
        break;
    default:
        break;
    }
    turn->deadline_us = deadline;
}

/* Answers of the server. RFC 8656 sections 7.4, 8.3, 10.3, 12.3; RFC 8489 sections 9.2.5 and 10. */

#define CHALLENGES 4 /* 401 and 438 in a row that one request answers */

static bool usable(const oc_addr_t *addr) {
    return addr->family && addr->port && !oc_addr_is_zero(addr) && !oc_addr_is_multicast(addr) &&
           !oc_addr_is_broadcast(addr);
}

static void allocated(oc_turn_t *turn, const oc_stun_msg_t *msg, int64_t now_us) {
    oc_turn_txn_end(turn, &turn->txn[0]);
    if (!usable(&msg->relayed) || !msg->lifetime_s) {
        oc_turn_lifetime_down(turn, OC_TURN_BAD_ANSWER, 0, -1, now_us);
        return;
    }
    oc_turn_lifetime_up(turn, &msg->relayed, &msg->mapped, msg->lifetime_s, now_us);
}

static void peers_granted(oc_turn_t *turn, oc_turn_txn_t *txn, int64_t now_us) {
    for (unsigned i = 0; i < txn->count; i++) {
        oc_turn_peer_t *p = &turn->peer[txn->peer[i]];
        p->permit_us = now_us;
        p->alone = false;
        if (txn->kind == OC_TURN_TXN_BIND)
            p->bound_us = now_us;
    }
    oc_turn_txn_end(turn, txn);
}

static void succeeded(oc_turn_t *turn, oc_turn_txn_t *txn, const oc_stun_msg_t *msg,
                      int64_t now_us) {
    switch (txn->kind) {
    case OC_TURN_TXN_ALLOCATE:
        allocated(turn, msg, now_us);
        break;
    case OC_TURN_TXN_REFRESH:
        oc_turn_txn_end(turn, txn);
        if (msg->lifetime_s)
            oc_turn_lifetime_extend(turn, msg->lifetime_s, now_us);
        else
            oc_turn_lifetime_down(turn, OC_TURN_MISMATCH, 0, 0, now_us);
        break;
    case OC_TURN_TXN_RELEASE:
        oc_turn_lifetime_released(turn, now_us);
        break;
    default:
        peers_granted(turn, txn, now_us);
        break;
    }
}

/* 401, 438: signed anew when the challenge is another one. */
static void challenged(oc_turn_t *turn, oc_turn_txn_t *txn, const oc_stun_msg_t *msg,
                       int64_t now_us) {
    bool was_signed = txn->signed_;
    uint8_t rounds = ++txn->challenges;
    int err = oc_turn_auth_challenge(turn, msg);
    if (err == OC_ERR_EXIST && !was_signed)
        err = OC_OK; /* it was sent before we had the nonce */
    if (err == OC_OK && rounds <= CHALLENGES) {
        oc_turn_txn_renew_all(turn, now_us);
        oc_turn_txn_renew(txn, now_us);
        return;
    }
    if (txn->kind == OC_TURN_TXN_RELEASE) {
        oc_turn_lifetime_released(turn, now_us);
        return;
    }
    bool refused = err == OC_ERR_EXIST || rounds > CHALLENGES;
    oc_turn_auth_forget(turn);
    oc_turn_lifetime_down(turn, refused ? OC_TURN_UNAUTHORIZED : OC_TURN_BAD_ANSWER, msg->error,
                          refused ? OC_TURN_RETRY_MAX_US : -1, now_us);
}

/* 300: another server. RFC 8489 section 14.8 wants it signed; servers of RFC 5389 (coturn) send it
 * instead of their challenge. So an unsigned one is taken as answer to an unsigned request, and
 * only then. */
static void redirected(oc_turn_t *turn, const oc_stun_msg_t *msg, bool was_signed, int64_t now_us) {
    const oc_addr_t *to = &msg->alternate;
    bool fresh = turn->hops < OC_TURN_HOPS && usable(to) && to->family == turn->server.family &&
                 (!was_signed || oc_turn_auth_check(turn, msg) == OC_OK);
    for (unsigned i = 0; fresh && i <= turn->hops; i++)
        fresh = !oc_addr_equal(&turn->tried[i], to);
    if (fresh)
        oc_turn_lifetime_redirect(turn, to, msg->alternate_domain, now_us);
    else
        oc_turn_lifetime_down(turn, OC_TURN_BAD_ANSWER, msg->error, -1, now_us);
}

static void allocate_refused(oc_turn_t *turn, const oc_stun_msg_t *msg, bool was_signed,
                             int64_t now_us) {
    switch (msg->error) {
    case OC_STUN_TRY_ALTERNATE:
        redirected(turn, msg, was_signed, now_us);
        return;
    case OC_STUN_ALLOCATION_MISMATCH: /* one of an earlier life of this socket stands in the way */
        if (!turn->released) {
            turn->released = true;
            oc_turn_lifetime_release(turn, true, now_us);
            return;
        }
        break;
    case OC_STUN_UNSUPPORTED_FAMILY:
        if (turn->family == turn->home_family) {
            turn->family = turn->family == 6 ? 4 : 6;
            oc_turn_txn_begin(turn, OC_TURN_TXN_ALLOCATE, now_us);
            return;
        }
        break;
    default:
        break;
    }
    bool later = msg->error == 486 || msg->error == OC_STUN_INSUFFICIENT_CAPACITY ||
                 msg->error == OC_STUN_FORBIDDEN || msg->error == OC_STUN_WRONG_CREDENTIALS;
    oc_turn_lifetime_down(
        turn, msg->error == OC_STUN_WRONG_CREDENTIALS ? OC_TURN_UNAUTHORIZED : OC_TURN_REFUSED,
        msg->error, later ? OC_TURN_RETRY_MAX_US : -1, now_us);
}

/* A whole CreatePermission fails with one bad peer in it: then each is asked for alone. */
static void peers_refused(oc_turn_t *turn, oc_turn_txn_t *txn, int64_t now_us) {
    for (unsigned i = 0; i < txn->count; i++) {
        oc_turn_peer_t *p = &turn->peer[txn->peer[i]];
        if (txn->kind == OC_TURN_TXN_BIND)
            p->unbound_us = now_us; /* Send indications do as well */
        else if (txn->count > 1)
            p->alone = true;
        else
            p->refused_us = now_us;
    }
    oc_turn_txn_end(turn, txn);
}

static void failed(oc_turn_t *turn, oc_turn_txn_t *txn, const oc_stun_msg_t *msg, int64_t now_us) {
    if (msg->error == OC_STUN_UNAUTHENTICATED || msg->error == OC_STUN_STALE_NONCE) {
        challenged(turn, txn, msg, now_us);
        return;
    }
    switch (txn->kind) {
    case OC_TURN_TXN_ALLOCATE:
        oc_turn_txn_end(turn, txn);
        allocate_refused(turn, msg, txn->signed_, now_us);
        break;
    case OC_TURN_TXN_RELEASE:
        oc_turn_lifetime_released(turn, now_us);
        break;
    case OC_TURN_TXN_REFRESH: /* 437, 441: not ours, or no more */
        oc_turn_lifetime_down(turn, OC_TURN_MISMATCH, msg->error, 0, now_us);
        break;
    default:
        if (msg->error == OC_STUN_ALLOCATION_MISMATCH || msg->error == OC_STUN_WRONG_CREDENTIALS)
            oc_turn_lifetime_down(turn, OC_TURN_MISMATCH, msg->error, 0, now_us);
        else
            peers_refused(turn, txn, now_us);
        break;
    }
}

/* RFC 8489 section 9.2.5: what is not signed with our key is discarded, but for the answers that
 * ask for a signature. Deviation: other errors without any signature count, as several servers do
 * not sign them; a 96-bit transaction id stands against strangers. */
static bool credible(const oc_turn_t *turn, const oc_turn_txn_t *txn, const oc_stun_msg_t *msg) {
    int signature = oc_turn_auth_check(turn, msg);
    bool challenge = msg->error == OC_STUN_UNAUTHENTICATED || msg->error == OC_STUN_STALE_NONCE;
    bool cut =
        (oc_stun_nonce_features(msg->nonce) & OC_STUN_FEATURE_ALGORITHMS) && !msg->algorithms.len;
    if (msg->cls == OC_STUN_SUCCESS)
        return !cut && (signature == OC_OK || !txn->signed_);
    if (challenge)
        return true;
    if (!msg->error || cut ||
        (msg->error == OC_STUN_BAD_REQUEST && txn->signed_ && signature != OC_OK))
        return false;
    return signature != OC_ERR_FORMAT;
}

int oc_turn_reply(oc_turn_t *turn, const oc_stun_msg_t *msg, int64_t now_us) {
    oc_turn_txn_t *txn = oc_turn_txn_find(turn, msg);
    if (!txn)
        return OC_ERR_NOENT;
    if (oc_stun_check_fingerprint(msg) == OC_ERR_FORMAT || !credible(turn, txn, msg)) {
        turn->stats.dropped++;
        return OC_OK;
    }
    turn->doubt_us = INT64_MAX;
    oc_turn_txn_measure(turn, txn, now_us);
    if (msg->cls == OC_STUN_SUCCESS)
        succeeded(turn, txn, msg, now_us);
    else
        failed(turn, txn, msg, now_us);
    oc_turn_lifetime_plan(turn, now_us);
    return OC_OK;
}
