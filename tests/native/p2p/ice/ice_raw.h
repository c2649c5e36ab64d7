/* ice_raw - the other end of one agent by hand: writes the checks and answers that a browser would,
 * and wrong ones. */
#ifndef ICE_RAW_H
#define ICE_RAW_H

#include "oc_ice.h"
#include "oc_stun.h"

#define RAW_UFRAG "theirs00"
#define RAW_PWD   "theirpasswordtheirpassword"

/* What a check says; all zero is an ordinary one of a controlling peer. */
typedef struct raw_check {
    const char *username; /* NULL: "ours:theirs" */
    const char *pwd;      /* NULL: the agent's */
    bool use;             /* USE-CANDIDATE */
    bool controlled;      /* the sender's role */
    uint64_t tie_breaker;
    bool no_fingerprint, bad_fingerprint, no_integrity;
    uint16_t unknown; /* an attribute of this type is added */
    uint8_t txid;     /* first byte of the id */
} raw_check_t;

/* An agent at `local` with its candidate and our credentials; time starts at 0. */
void raw_init(oc_ice_t *ice, const oc_ice_config_t *config, const oc_addr_t *local);

size_t raw_write_check(const oc_ice_t *ice, const raw_check_t *check, uint8_t *out, size_t size);

/* Gives the agent a check from that address; what oc_ice_input says. */
int raw_check(oc_ice_t *ice, const raw_check_t *check, const oc_addr_t *from, int64_t now_us);

/* The next datagram of the agent, read; false: none. */
bool raw_poll(oc_ice_t *ice, int64_t now_us, oc_path_t *to, oc_stun_msg_t *msg);

/* Answers a check of the agent from the address that it went to; code 0: success. */
int raw_answer(oc_ice_t *ice, const oc_stun_msg_t *msg, const oc_path_t *to, unsigned code,
               int64_t now_us);

/* Answers all that the agent has to send now; how many. */
unsigned raw_answer_all(oc_ice_t *ice, int64_t now_us);

/* Events that wait, by kind; *last (may be NULL): the latest of `kind`. */
unsigned raw_events(oc_ice_t *ice, oc_ice_event_kind_t kind, oc_ice_event_t *last);

#endif
