#include "oc_turn.h"

#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_random.h"
#include "oc_turn_auth.h"
#include "oc_turn_life.h"
#include "oc_turn_peer.h"
#include "oc_turn_txn.h"

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
        oc_turn_life_begin(turn, now_us);
    }
}

void oc_turn_stop(oc_turn_t *turn, int64_t now_us) {
    bool held = turn->state == OC_TURN_ALLOCATED;
    bool asked = turn->state == OC_TURN_ALLOCATING && turn->transport == OC_TURN_UDP &&
                 oc_turn_auth_ready(turn);
    if (turn->state == OC_TURN_RELEASING)
        turn->again = false;
    if (turn->state == OC_TURN_IDLE || turn->state == OC_TURN_RELEASING)
        return;
    if (turn->state == OC_TURN_WAITING) {
        turn->state = OC_TURN_IDLE;
    } else if (held || asked) { /* what was asked for may be there */
        bool told = !turn->tell_up;
        oc_addr_t was = turn->relayed, none = {0};
        turn->tell_up = false;
        turn->relayed = turn->mapped = none;
        oc_turn_life_release(turn, false, now_us);
        oc_turn_peer_clear(turn);
        if (held && told) {
            turn->down = (oc_turn_event_t){.kind = OC_TURN_DOWN,
                                           .relayed = was,
                                           .reason = OC_TURN_STOPPED,
                                           .retry_us = INT64_MAX};
            turn->tell_down = true;
        }
    } else {
        oc_turn_life_release(turn, false, now_us);
        oc_turn_life_released(turn, now_us);
    }
    oc_turn_life_plan(turn, now_us);
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
        oc_turn_life_down(turn, OC_TURN_MOVED, 0, 0, now_us);
        oc_turn_life_plan(turn, now_us);
    }
}

void oc_turn_connected(oc_turn_t *turn, int64_t now_us) {
    if (turn->state != OC_TURN_CONNECTING || turn->tell_connect)
        return;
    turn->state = OC_TURN_ALLOCATING;
    oc_turn_txn_begin(turn, OC_TURN_TXN_ALLOCATE, now_us);
    oc_turn_life_plan(turn, now_us);
}

void oc_turn_disconnected(oc_turn_t *turn, int64_t now_us) {
    if (turn->transport == OC_TURN_UDP || turn->state == OC_TURN_IDLE ||
        turn->state == OC_TURN_WAITING || turn->tell_connect || turn->tell_disconnect)
        return; /* of a stream we gave up ourselves */
    if (turn->state == OC_TURN_RELEASING && !turn->again) {
        oc_turn_life_released(turn, now_us);
    } else {
        int64_t wait = turn->state == OC_TURN_ALLOCATED ? 0 : -1;
        oc_turn_life_down(turn, OC_TURN_NO_STREAM, 0, wait, now_us);
    }
    turn->tell_disconnect = false; /* it is closed */
    oc_turn_life_plan(turn, now_us);
}

/* What was not answered in time. */
static void give_up(oc_turn_t *turn, oc_turn_txn_t *txn, int64_t now_us) {
    int64_t age = now_us - txn->begun_us;
    if (txn->kind == OC_TURN_TXN_NONE || !txn->sends || txn->due_us > now_us)
        return;
    if (txn->kind == OC_TURN_TXN_RELEASE) {
        if (age >= (turn->again ? OC_TURN_GIVE_UP_US : OC_TURN_RELEASE_US))
            oc_turn_life_released(turn, now_us);
    } else if (turn->transport != OC_TURN_UDP) {
        oc_turn_life_down(turn, OC_TURN_NO_ANSWER, 0, -1, now_us);
    } else if (txn->kind == OC_TURN_TXN_ALLOCATE) {
        if (age >= OC_TURN_GIVE_UP_US)
            oc_turn_life_down(turn, OC_TURN_NO_ANSWER, 0, -1, now_us);
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
        oc_turn_life_begin(turn, now_us);
    else if (turn->state == OC_TURN_CONNECTING && now_us >= turn->wait_us)
        oc_turn_life_down(turn, OC_TURN_NO_STREAM, 0, -1, now_us);
    else if (turn->state == OC_TURN_ALLOCATED && now_us >= turn->expires_us)
        oc_turn_life_down(turn, OC_TURN_NO_ANSWER, 0, 0, now_us);
    else if (turn->state == OC_TURN_ALLOCATED && turn->txn[0].kind == OC_TURN_TXN_NONE &&
             (now_us >= turn->refresh_us || now_us >= turn->doubt_us)) {
        turn->doubt_us = INT64_MAX;
        oc_turn_txn_begin(turn, OC_TURN_TXN_REFRESH, now_us);
    }
    oc_turn_txn_serve_peers(turn, now_us);
    oc_turn_life_plan(turn, now_us);
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
        oc_turn_life_plan(turn, now_us);
        if (len)
            return (int)len;
    }
    oc_turn_life_plan(turn, now_us); /* woken, and it was nothing that can be asked now */
    return 0;
}

int oc_turn_poll_event(oc_turn_t *turn, oc_turn_event_t *event) {
    oc_addr_t none = {0};
    if (turn->tell_down) {
        *event = turn->down;
        turn->down.relayed = none;
        turn->tell_down = false;
    } else if (turn->tell_disconnect) {
        *event = (oc_turn_event_t){.kind = OC_TURN_DISCONNECT};
        turn->tell_disconnect = false;
    } else if (turn->tell_connect) {
        *event = (oc_turn_event_t){.kind = OC_TURN_CONNECT, .server = turn->server};
        turn->tell_connect = false;
    } else if (turn->tell_up) {
        *event =
            (oc_turn_event_t){.kind = OC_TURN_UP, .relayed = turn->relayed, .mapped = turn->mapped};
        turn->tell_up = false;
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

const char *oc_turn_reason_text(oc_turn_reason_t reason) {
    static const char *const texts[] = {
        [OC_TURN_STOPPED] = "stopped",
        [OC_TURN_NO_ANSWER] = "the server does not answer",
        [OC_TURN_NO_STREAM] = "no connection to the server",
        [OC_TURN_BAD_STREAM] = "the server does not speak TURN",
        [OC_TURN_UNAUTHORIZED] = "user name or password refused",
        [OC_TURN_MISMATCH] = "the server does not know the allocation",
        [OC_TURN_MOVED] = "our address changed",
        [OC_TURN_REFUSED] = "refused by the server",
        [OC_TURN_BAD_ANSWER] = "the server's answer cannot be used",
    };
    return (unsigned)reason < sizeof texts / sizeof texts[0] ? texts[reason] : "unknown";
}
