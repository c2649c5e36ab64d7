/* oc_turn_auth - long-term credentials of one allocation: challenges in, signatures out and
 * checked. RFC 8489 section 9.2. Private to oc_turn. */
#ifndef OC_TURN_AUTH_H
#define OC_TURN_AUTH_H

#include "oc_stun_write.h"
#include "oc_turn_state.h"

/* Takes realm, nonce and algorithms of a 401 or 438 over and makes the key. OC_OK
 * | OC_ERR_EXIST it asks again for what was given: user name or password are wrong
 * | OC_ERR_NOTSUP none of its password algorithms is known | OC_ERR_TOO_BIG realm or nonce
 * | OC_ERR_FORMAT no challenge, or one whose algorithms were taken out on the way. */
int oc_turn_auth_challenge(oc_turn_t *turn, const oc_stun_msg_t *msg);

/* Forgets the challenge; user name and password stay. */
void oc_turn_auth_forget(oc_turn_t *turn);

/* Whether requests can be signed. */
bool oc_turn_auth_ready(const oc_turn_t *turn);

/* Adds user, realm, nonce and integrity to a request. */
void oc_turn_auth_sign(const oc_turn_t *turn, oc_wr_t *w);

/* Whether an answer was signed with our key. OC_OK | OC_ERR_NOENT not signed | OC_ERR_FORMAT
 * wrongly. */
int oc_turn_auth_check(const oc_turn_t *turn, const oc_stun_msg_t *msg);

#endif
