#include "oc_err.h"
#include "oc_ice_impl.h"
#include "oc_stun_write.h"

#define USERNAME_MAX (OC_ICE_UFRAG_MAX + 1 + OC_ICE_OUR_UFRAG)

/* The priority that the peer is to give us if this check makes our address known to it: of type
 * peer-reflexive with the local preference of the base (RFC 8445 section 7.1.1). */
static uint32_t reflexive_priority(const oc_ice_t *ice, uint8_t pair) {
    return (uint32_t)OC_CANDIDATE_PREFER_PRFLX << 24 |
           (ice->local[ice->pair[pair].local].priority & 0xFFFFFF);
}

static int finish(oc_wr_t *w, oc_span_t key) {
    oc_stun_wr_integrity(w, key);
    oc_stun_wr_fingerprint(w);
    size_t len = oc_stun_wr_end(w);
    return len ? (int)len : OC_ERR_NOMEM;
}

int oc_ice_write_check(const oc_ice_t *ice, uint8_t pair, const uint8_t txid[12], uint8_t *buffer,
                       size_t size) {
    const oc_ice_generation_t *gen = &ice->gen[oc_ice_pair_generation(ice, pair)];
    char username[USERNAME_MAX];
    size_t theirs = strlen(gen->remote_ufrag), ours = strlen(gen->ufrag);
    oc_wr_t w = oc_wr(buffer, size);
    memcpy(username, gen->remote_ufrag, theirs);
    username[theirs] = ':';
    memcpy(username + theirs + 1, gen->ufrag, ours);
    oc_stun_wr_begin(&w, OC_STUN_BINDING, OC_STUN_REQUEST, txid);
    oc_stun_wr_bytes(&w, OC_STUN_USERNAME, username, theirs + 1 + ours);
    oc_stun_wr_u32(&w, OC_STUN_PRIORITY, reflexive_priority(ice, pair));
    oc_stun_wr_u64(&w, ice->controlling ? OC_STUN_ICE_CONTROLLING : OC_STUN_ICE_CONTROLLED,
                   ice->tie_breaker);
    if (oc_ice_uses(ice, pair))
        oc_stun_wr_flag(&w, OC_STUN_USE_CANDIDATE);
    return finish(&w, oc_span(gen->remote_key, gen->remote_key_len));
}

int oc_ice_write_reply(const oc_ice_t *ice, const oc_ice_reply_t *reply, uint8_t *buffer,
                       size_t size) {
    const char *pwd = ice->gen[reply->generation].pwd;
    oc_wr_t w = oc_wr(buffer, size);
    oc_stun_wr_begin(&w, OC_STUN_BINDING, reply->code ? OC_STUN_ERROR : OC_STUN_SUCCESS,
                     reply->txid);
    if (!reply->code)
        oc_stun_wr_addr(&w, OC_STUN_XOR_MAPPED_ADDRESS, &reply->to.remote);
    else
        oc_stun_wr_error(&w, reply->code,
                         reply->code == OC_STUN_ROLE_CONFLICT ? "Role Conflict"
                                                              : "Unknown Attribute");
    if (reply->code == OC_STUN_UNKNOWN_ATTRIBUTE) {
        oc_stun_msg_t of = {.unknown_count = 1, .unknown = {reply->unknown}};
        oc_stun_wr_unknown(&w, &of);
    }
    return finish(&w, oc_span(pwd, strlen(pwd)));
}
