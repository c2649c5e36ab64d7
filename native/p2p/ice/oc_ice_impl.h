/* oc_ice_impl - between the files of oc_ice; nobody else includes it. Every function that takes an
 * index takes a valid one. */
#ifndef OC_ICE_IMPL_H
#define OC_ICE_IMPL_H

#include "oc_ice.h"

#define OC_ICE_NONE 0xFF

/* States of a pair. */
enum {
    OC_ICE_IS_FREE,
    OC_ICE_IS_WAITING,  /* not checked yet */
    OC_ICE_IS_CHECKING, /* RFC 8445: In-Progress */
    OC_ICE_IS_FAILED,   /* nothing is sent, a late response or a request still counts */
    OC_ICE_IS_VALID,    /* RFC 8445: Succeeded */
    OC_ICE_IS_GONE,     /* until event PAIR_GONE was polled */
};

/* Flags of a pair. */
enum {
    OC_ICE_RECEIVED = 1,  /* a verified request came from it */
    OC_ICE_TRIGGERED = 2, /* a check is to leave at once */
    OC_ICE_ANNOUNCE = 4,  /* event PAIR_VALID is due */
    OC_ICE_AWAITING = 8,  /* valid, and its last check is not answered */
    OC_ICE_MUTE = 16,     /* valid, and OC_ICE_QUICK were not answered */
};

/* Flags of a check that was sent. */
enum { OC_ICE_SENT_PAID = 1, OC_ICE_SENT_USE = 2, OC_ICE_SENT_CONTROLLING = 4 };

/* What a remote address has proved. */
enum {
    OC_ICE_PROOF_NONE,
    OC_ICE_PROOF_REQUEST,  /* a verified request came from it: its source may be forged */
    OC_ICE_PROOF_RESPONSE, /* it answered a check: whoever is there wants us */
};

/* Something changed: what is due must be found anew. */
static inline void oc_ice_touch(oc_ice_t *ice, int64_t now_us) {
    ice->idle_us = INT64_MIN;
    if (now_us > ice->now_us)
        ice->now_us = now_us;
}

/* ---- oc_ice_pair.c: the tables ---- */

/* The credentials that it came with. */
static inline unsigned oc_ice_pair_generation(const oc_ice_t *ice, uint8_t pair) {
    return ice->remote[ice->pair[pair].remote].generation;
}
/* Its state says that a check was answered. */
static inline bool oc_ice_is_valid(const oc_ice_t *ice, uint8_t pair) {
    return pair != OC_ICE_NONE && ice->pair[pair].state == OC_ICE_IS_VALID;
}
/* One end of it is a relay. */
bool oc_ice_is_relayed(const oc_ice_t *ice, uint8_t pair);
/* RFC 8445 section 6.1.2.3. */
uint64_t oc_ice_pair_priority(const oc_ice_t *ice, uint8_t pair);
void oc_ice_pair_path(const oc_ice_t *ice, uint8_t pair, oc_path_t *out);
/* The pair of a path in a generation (2: any), a valid one first; OC_ICE_NONE. */
uint8_t oc_ice_find_pair(const oc_ice_t *ice, const oc_path_t *path, unsigned generation);
/* What we send from on that path; OC_ICE_NONE. */
uint8_t oc_ice_find_local(const oc_ice_t *ice, const oc_path_t *path);
uint8_t oc_ice_find_remote(const oc_ice_t *ice, const oc_addr_t *addr, unsigned generation);
/* New entries, OC_ICE_NONE when nothing may give way. A pair that exists already is returned.
 * heard: for a verified request, before everything that only waits. */
uint8_t oc_ice_make_remote(oc_ice_t *ice, const oc_ice_remote_t *remote);
uint8_t oc_ice_make_pair(oc_ice_t *ice, uint8_t local, uint8_t remote, bool seen);
/* Pairs of one local or one remote candidate with all the others. */
void oc_ice_pair_local(oc_ice_t *ice, uint8_t local);
void oc_ice_pair_remote(oc_ice_t *ice, uint8_t remote);
/* Frees it, with event PAIR_GONE when it was valid; selected and nominating forget it. */
void oc_ice_drop_pair(oc_ice_t *ice, uint8_t pair);
/* An empty place. */
void oc_ice_free_pair(oc_ice_t *ice, uint8_t pair);
/* PAIR_GONE was told: free, or what the description named stays for when the selected one fails. */
void oc_ice_notified_gone(oc_ice_t *ice, uint8_t pair);
/* Drops valid pairs that nobody uses any more, and what they alone held. */
void oc_ice_sweep(oc_ice_t *ice, int64_t now_us);
/* Forgets remote candidates that no pair holds and no present description named. */
void oc_ice_forget_remotes(oc_ice_t *ice);

/* ---- oc_ice_pair.c: selection, nomination, role, consent ---- */

/* The pair answered a check, flags of it as sent; first: it became valid by that. */
void oc_ice_answered(oc_ice_t *ice, uint8_t pair, unsigned sent_flags, bool first, int64_t now_us);
/* The peer nominated the pair. */
void oc_ice_nominated(oc_ice_t *ice, uint8_t pair, int64_t now_us);
/* Our checks of the pair carry USE-CANDIDATE: never those of two pairs at a time, as the peer
 * follows the latest. */
bool oc_ice_uses(const oc_ice_t *ice, uint8_t pair);
/* Data goes there from now on. */
void oc_ice_select(oc_ice_t *ice, uint8_t pair, int64_t now_us);
/* The other role from now on. */
void oc_ice_switch_role(oc_ice_t *ice);
/* Nothing is selected: another pair with consent is, or consent is lost. */
void oc_ice_reselect(oc_ice_t *ice, int64_t now_us);
/* A check of the selected pair just left. */
void oc_ice_selected_checked(oc_ice_t *ice, int64_t now_us);
/* All pairs but the selected one that ever worked are asked, others tried that were not needed. */
void oc_ice_wake_pairs(oc_ice_t *ice, int64_t now_us);
/* Since the selected pair was heard of, another one was. */
bool oc_ice_in_doubt(const oc_ice_t *ice);
/* Consent, silence and nomination by time. */
void oc_ice_select_advance(oc_ice_t *ice, int64_t now_us);
int64_t oc_ice_select_deadline(const oc_ice_t *ice);
/* When the selected pair is checked next, which answered at answered_us. */
int64_t oc_ice_consent_time(const oc_ice_t *ice, int64_t answered_us);
/* `us` times 0.8 .. 1.2 at random. */
int64_t oc_ice_jitter(int64_t us);

/* ---- oc_ice_check.c: checks ---- */

/* One datagram more may go to the pair's remote address, and `kept` of the rest stay. Over all its
 * pairs an address gets OC_ICE_SENDS until it answers, OC_ICE_RECEIVED_SENDS after each verified
 * request; all ports of an IP together OC_ICE_HOST_SENDS. */
bool oc_ice_allowed(const oc_ice_t *ice, uint8_t pair, unsigned kept);
/* Consent is there: what is sent is not counted. */
bool oc_ice_has_consent(const oc_ice_t *ice, uint8_t pair, int64_t now_us);
/* Counts len bytes of payload to a tuple without consent; pair OC_ICE_NONE: of none. False: do not.
 */
bool oc_ice_afford(oc_ice_t *ice, uint8_t pair, size_t len);

/* ---- oc_ice_check.c: STUN ---- */

/* > 0 length | OC_ERR_NOMEM. */
int oc_ice_write_check(const oc_ice_t *ice, uint8_t pair, const uint8_t txid[12], uint8_t *buffer,
                       size_t size);
int oc_ice_write_reply(const oc_ice_t *ice, const oc_ice_reply_t *reply, uint8_t *buffer,
                       size_t size);

#endif
