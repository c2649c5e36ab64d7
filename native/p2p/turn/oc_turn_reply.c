/* Answers of the server. RFC 8656 sections 7.4, 8.3, 10.3, 12.3; RFC 8489 sections 9.2.5 and 10. */
#include "oc_err.h"
#include "oc_stun_key.h"
#include "oc_turn_auth.h"
#include "oc_turn_life.h"
#include "oc_turn_peer.h"
#include "oc_turn_txn.h"

#define CHALLENGES 4 /* 401 and 438 in a row that one request answers */

static bool usable(const oc_addr_t *addr) {
    return addr->family && addr->port && !oc_addr_is_zero(addr) && !oc_addr_is_multicast(addr) &&
           !oc_addr_is_broadcast(addr);
}

static void allocated(oc_turn_t *turn, const oc_stun_msg_t *msg, int64_t now_us) {
    oc_turn_txn_end(turn, &turn->txn[0]);
    if (!usable(&msg->relayed) || !msg->lifetime_s) {
        oc_turn_life_down(turn, OC_TURN_BAD_ANSWER, 0, -1, now_us);
        return;
    }
    oc_turn_life_up(turn, &msg->relayed, &msg->mapped, msg->lifetime_s, now_us);
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
            oc_turn_life_extend(turn, msg->lifetime_s, now_us);
        else
            oc_turn_life_down(turn, OC_TURN_MISMATCH, 0, 0, now_us);
        break;
    case OC_TURN_TXN_RELEASE:
        oc_turn_life_released(turn, now_us);
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
        oc_turn_life_released(turn, now_us);
        return;
    }
    bool refused = err == OC_ERR_EXIST || rounds > CHALLENGES;
    oc_turn_auth_forget(turn);
    oc_turn_life_down(turn, refused ? OC_TURN_UNAUTHORIZED : OC_TURN_BAD_ANSWER, msg->error,
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
        oc_turn_life_redirect(turn, to, msg->alternate_domain, now_us);
    else
        oc_turn_life_down(turn, OC_TURN_BAD_ANSWER, msg->error, -1, now_us);
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
            oc_turn_life_release(turn, true, now_us);
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
    oc_turn_life_down(
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
        oc_turn_life_released(turn, now_us);
        break;
    case OC_TURN_TXN_REFRESH: /* 437, 441: not ours, or no more */
        oc_turn_life_down(turn, OC_TURN_MISMATCH, msg->error, 0, now_us);
        break;
    default:
        if (msg->error == OC_STUN_ALLOCATION_MISMATCH || msg->error == OC_STUN_WRONG_CREDENTIALS)
            oc_turn_life_down(turn, OC_TURN_MISMATCH, msg->error, 0, now_us);
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
    oc_turn_life_plan(turn, now_us);
    return OC_OK;
}
