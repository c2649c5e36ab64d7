#include "oc_turn_auth.h"

#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_stun_key.h"

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
