#include "oc_turn_impl.h"

#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_random.h"
#include "oc_stun_key.h"
#include "oc_stun_write.h"

static uint32_t first_rto(const oc_turn_t *turn) {
    uint32_t rto = turn->srtt_us ? turn->srtt_us + 4 * turn->rttvar_us : OC_TURN_RTO_FIRST_US;
    return rto < OC_TURN_RTO_MIN_US   ? OC_TURN_RTO_MIN_US
           : rto > OC_TURN_RTO_MAX_US ? OC_TURN_RTO_MAX_US
                                      : rto;
}

static void make(oc_turn_txn_t *txn, oc_turn_txn_kind_t kind, int64_t now_us) {
    *txn = (oc_turn_txn_t){.kind = kind, .begun_us = now_us, .due_us = now_us};
    oc_random(txn->id, sizeof txn->id);
}

void oc_turn_txn_begin(oc_turn_t *turn, oc_turn_txn_kind_t kind, int64_t now_us) {
    make(&turn->txn[0], kind, now_us);
    turn->deadline_us = now_us;
}

/* Peers that need a permission, up to OC_TURN_PERMIT_MAX in one request. */
static bool collect(oc_turn_t *turn, oc_turn_txn_t *txn, int64_t now_us) {
    oc_turn_need_t need = OC_TURN_NEED_NOTHING;
    unsigned count = 0;
    bool full = false;
    for (unsigned i = 0; i < OC_TURN_PEERS && !full; i++) {
        oc_turn_peer_t *p = &turn->peer[i];
        oc_turn_need_t wants = oc_turn_peer_need(p, now_us);
        if (wants == OC_TURN_NEED_NOTHING || (count && (wants != need || p->alone)))
            continue;
        if (!count) {
            need = wants;
            make(txn, need == OC_TURN_NEED_BIND ? OC_TURN_TXN_BIND : OC_TURN_TXN_PERMIT, now_us);
        }
        p->asking = true;
        txn->peer[count++] = (uint8_t)i;
        full = need == OC_TURN_NEED_BIND || p->alone || count == OC_TURN_PERMIT_MAX;
        if (need == OC_TURN_NEED_BIND)
            oc_turn_peer_number(turn, p);
    }
    txn->count = (uint8_t)count;
    return count != 0;
}

void oc_turn_txn_serve_peers(oc_turn_t *turn, int64_t now_us) {
    if (turn->state != OC_TURN_ALLOCATED)
        return;
    for (unsigned i = 1; i < OC_TURN_TXNS; i++)
        if (turn->txn[i].kind == OC_TURN_TXN_NONE && !collect(turn, &turn->txn[i], now_us))
            return;
}

bool oc_turn_txn_has_room(const oc_turn_t *turn) {
    for (unsigned i = 1; i < OC_TURN_TXNS; i++)
        if (turn->txn[i].kind == OC_TURN_TXN_NONE)
            return true;
    return false;
}

static enum oc_stun_method method_of(oc_turn_txn_kind_t kind) {
    switch (kind) {
    case OC_TURN_TXN_ALLOCATE:
        return OC_STUN_ALLOCATE;
    case OC_TURN_TXN_PERMIT:
        return OC_STUN_CREATE_PERMISSION;
    case OC_TURN_TXN_BIND:
        return OC_STUN_CHANNEL_BIND;
    default:
        return OC_STUN_REFRESH;
    }
}

oc_turn_txn_t *oc_turn_txn_find(oc_turn_t *turn, const oc_stun_msg_t *msg) {
    if (msg->cls != OC_STUN_SUCCESS && msg->cls != OC_STUN_ERROR)
        return NULL;
    for (unsigned i = 0; i < OC_TURN_TXNS; i++) {
        oc_turn_txn_t *t = &turn->txn[i];
        if (t->kind != OC_TURN_TXN_NONE && t->sends &&
            memcmp(t->id, msg->txid, sizeof t->id) == 0 && method_of(t->kind) == msg->method)
            return t;
    }
    return NULL;
}

void oc_turn_txn_end(oc_turn_t *turn, oc_turn_txn_t *txn) {
    for (unsigned i = 0; i < txn->count; i++)
        turn->peer[txn->peer[i]].asking = false;
    txn->kind = OC_TURN_TXN_NONE;
    txn->count = 0;
}

void oc_turn_txn_end_all(oc_turn_t *turn) {
    for (unsigned i = 0; i < OC_TURN_TXNS; i++)
        oc_turn_txn_end(turn, &turn->txn[i]);
}

void oc_turn_txn_renew(oc_turn_txn_t *txn, int64_t now_us) {
    txn->sends = 0;
    txn->due_us = now_us;
    oc_random(txn->id, sizeof txn->id);
}

void oc_turn_txn_renew_all(oc_turn_t *turn, int64_t now_us) {
    for (unsigned i = 0; i < OC_TURN_TXNS; i++)
        if (turn->txn[i].kind != OC_TURN_TXN_NONE && turn->txn[i].sends)
            oc_turn_txn_renew(&turn->txn[i], now_us);
}

void oc_turn_txn_measure(oc_turn_t *turn, const oc_turn_txn_t *txn, int64_t now_us) {
    if (txn->sends != 1)
        return;
    uint32_t rtt = (uint32_t)(now_us - txn->sent_us);
    if (!rtt)
        rtt = 1;
    if (!turn->srtt_us) {
        turn->srtt_us = rtt;
        turn->rttvar_us = rtt / 2;
        return;
    }
    uint32_t off = rtt > turn->srtt_us ? rtt - turn->srtt_us : turn->srtt_us - rtt;
    turn->rttvar_us += (uint32_t)(((int64_t)off - turn->rttvar_us) / 4); /* RFC 6298 section 2 */
    turn->srtt_us += (uint32_t)(((int64_t)rtt - turn->srtt_us) / 8);
}

static void write_body(const oc_turn_t *turn, const oc_turn_txn_t *txn, oc_wr_t *w) {
    switch (txn->kind) {
    case OC_TURN_TXN_ALLOCATE:
        oc_stun_wr_u32(w, OC_STUN_REQUESTED_TRANSPORT, 17u << 24);
        if (turn->family == 6) /* no such attribute means IPv4, also to servers that know none */
            oc_stun_wr_u32(w, OC_STUN_REQUESTED_ADDRESS_FAMILY, 2u << 24);
        break;
    case OC_TURN_TXN_RELEASE:
        oc_stun_wr_u32(w, OC_STUN_LIFETIME, 0);
        break;
    case OC_TURN_TXN_BIND:
        oc_stun_wr_u32(w, OC_STUN_CHANNEL_NUMBER, (uint32_t)turn->peer[txn->peer[0]].channel << 16);
        oc_stun_wr_addr(w, OC_STUN_XOR_PEER_ADDRESS, &turn->peer[txn->peer[0]].addr);
        break;
    case OC_TURN_TXN_PERMIT:
        for (unsigned i = 0; i < txn->count; i++)
            oc_stun_wr_addr(w, OC_STUN_XOR_PEER_ADDRESS, &turn->peer[txn->peer[i]].addr);
        break;
    default:
        break;
    }
}

size_t oc_turn_txn_write(oc_turn_t *turn, oc_turn_txn_t *txn, int64_t now_us, uint8_t *buffer,
                         size_t size) {
    oc_wr_t w = oc_wr(buffer, size);
    oc_stun_wr_begin(&w, method_of(txn->kind), OC_STUN_REQUEST, txn->id);
    write_body(turn, txn, &w);
    txn->signed_ = oc_turn_auth_ready(turn);
    if (txn->signed_)
        oc_turn_auth_sign(turn, &w);
    oc_stun_wr_fingerprint(&w);
    int64_t wait = OC_TURN_STREAM_US;
    if (turn->transport == OC_TURN_UDP) {
        wait = (int64_t)first_rto(turn) << (txn->sends < 8 ? txn->sends : 8);
        wait = wait > OC_TURN_RTO_MAX_US ? OC_TURN_RTO_MAX_US : wait;
    }
    turn->stats.requests++;
    turn->stats.repeated += txn->sends != 0;
    txn->sent_us = now_us;
    txn->due_us = now_us + wait;
    if (txn->sends < UINT8_MAX)
        txn->sends++;
    return oc_stun_wr_end(&w);
}

int64_t oc_turn_txn_deadline(const oc_turn_t *turn) {
    int64_t deadline = INT64_MAX;
    for (unsigned i = 0; i < OC_TURN_TXNS; i++)
        if (turn->txn[i].kind != OC_TURN_TXN_NONE && turn->txn[i].due_us < deadline)
            deadline = turn->txn[i].due_us;
    return deadline;
}

/* ---- long-term credentials (RFC 8489 section 9.2) ---- */

static oc_span_t text(const char *s) {
    return oc_span(s, strlen(s));
}

static oc_span_t realm(const oc_turn_t *turn) {
    return oc_span(turn->auth.realm, turn->auth.realm_len);
}

static bool same(oc_span_t a, const uint8_t *data, size_t len) {
    return a.len == len && (!len || memcmp(a.data, data, len) == 0);
}

static void make_key(oc_turn_t *turn) {
    oc_turn_auth_t *a = &turn->auth;
    a->key_len = (uint8_t)oc_stun_key((enum oc_stun_algorithm)a->algorithm, text(turn->username),
                                      realm(turn), text(turn->password), a->key);
}

int oc_turn_auth_challenge(oc_turn_t *turn, const oc_stun_msg_t *msg) {
    oc_turn_auth_t *a = &turn->auth;
    uint32_t features = oc_stun_nonce_features(msg->nonce);
    bool stale = msg->error == OC_STUN_STALE_NONCE;
    oc_span_t name = msg->realm.len || !stale ? msg->realm : realm(turn);
    oc_span_t algorithms = msg->algorithms;
    if (!msg->nonce.len || !OC_STUN_HAS(msg, OC_STUN_F_NONCE) || !name.len)
        return OC_ERR_FORMAT;
    if ((features & OC_STUN_FEATURE_ALGORITHMS) && !algorithms.len)
        return OC_ERR_FORMAT; /* a bid-down: RFC 8489 section 9.2.5 */
    if (name.len > sizeof a->realm || msg->nonce.len > sizeof a->nonce)
        return OC_ERR_TOO_BIG;
    enum oc_stun_algorithm algorithm = OC_STUN_MD5;
    if (algorithms.len && (algorithm = oc_stun_choose(algorithms)) == OC_STUN_ALGORITHM_NONE)
        return OC_ERR_NOTSUP;
    if (algorithms.len > sizeof a->algorithms)
        return OC_ERR_TOO_BIG;
    if (!stale && a->nonce_len && same(name, a->realm, a->realm_len) &&
        same(msg->nonce, a->nonce, a->nonce_len) && a->algorithm == algorithm)
        return OC_ERR_EXIST;
    memmove(a->realm, name.data, name.len); /* may be our own */
    a->realm_len = (uint16_t)name.len;
    memcpy(a->nonce, msg->nonce.data, msg->nonce.len);
    a->nonce_len = (uint16_t)msg->nonce.len;
    if (algorithms.len)
        memcpy(a->algorithms, algorithms.data, algorithms.len);
    a->algorithms_len = (uint8_t)algorithms.len;
    a->algorithm = (uint8_t)algorithm;
    a->userhash = (features & OC_STUN_FEATURE_USERHASH) != 0;
    make_key(turn);
    return OC_OK;
}

void oc_turn_auth_forget(oc_turn_t *turn) {
    oc_crypto_wipe(&turn->auth, sizeof turn->auth);
}

bool oc_turn_auth_ready(const oc_turn_t *turn) {
    return turn->auth.nonce_len != 0;
}

void oc_turn_auth_sign(const oc_turn_t *turn, oc_wr_t *w) {
    const oc_turn_auth_t *a = &turn->auth;
    oc_span_t key = oc_span(a->key, a->key_len);
    if (a->userhash) {
        uint8_t hash[OC_STUN_HASHED];
        oc_stun_userhash(text(turn->username), realm(turn), hash);
        oc_stun_wr_bytes(w, OC_STUN_USERHASH, hash, sizeof hash);
    } else {
        oc_stun_wr_bytes(w, OC_STUN_USERNAME, turn->username, strlen(turn->username));
    }
    oc_stun_wr_bytes(w, OC_STUN_REALM, a->realm, a->realm_len);
    oc_stun_wr_bytes(w, OC_STUN_NONCE, a->nonce, a->nonce_len);
    if (!a->algorithms_len) {
        oc_stun_wr_integrity(w, key);
        return;
    }
    oc_stun_wr_bytes(w, OC_STUN_PASSWORD_ALGORITHMS, a->algorithms, a->algorithms_len);
    oc_stun_wr_algorithm(w, (enum oc_stun_algorithm)a->algorithm);
    oc_stun_wr_integrity256(w, key); /* only this one then: RFC 8489 section 9.2.5, at its end */
}

int oc_turn_auth_check(const oc_turn_t *turn, const oc_stun_msg_t *msg) {
    oc_span_t key = oc_span(turn->auth.key, turn->auth.key_len);
    if (!key.len)
        return OC_ERR_NOENT;
    if (OC_STUN_HAS(msg, OC_STUN_F_INTEGRITY256))
        return oc_stun_check_integrity256(msg, key);
    if (turn->auth.algorithms_len && OC_STUN_HAS(msg, OC_STUN_F_INTEGRITY))
        return OC_ERR_FORMAT; /* the weaker one is not taken from a server that has the other */
    return oc_stun_check_integrity(msg, key);
}
