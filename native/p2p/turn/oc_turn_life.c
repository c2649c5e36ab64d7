#include "oc_turn_life.h"

#include "oc_random.h"
#include "oc_turn_auth.h"
#include "oc_turn_frame.h"
#include "oc_turn_peer.h"
#include "oc_turn_txn.h"

#define SECOND_US 1000000

static bool has_stream(const oc_turn_t *turn) {
    return turn->transport != OC_TURN_UDP &&
           (turn->state == OC_TURN_ALLOCATING || turn->state == OC_TURN_ALLOCATED ||
            turn->state == OC_TURN_RELEASING ||
            (turn->state == OC_TURN_CONNECTING && !turn->tell_connect));
}

/* Closes what is open or asked for. */
static void drop_stream(oc_turn_t *turn) {
    turn->tell_disconnect |= has_stream(turn);
    turn->tell_connect = false;
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
    turn->tell_connect = true;
    turn->wait_us = now_us + OC_TURN_STREAM_US;
}

void oc_turn_life_begin(oc_turn_t *turn, int64_t now_us) {
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
    oc_turn_life_plan(turn, now_us);
}

void oc_turn_life_redirect(oc_turn_t *turn, const oc_addr_t *server, oc_span_t domain,
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

void oc_turn_life_up(oc_turn_t *turn, const oc_addr_t *relayed, const oc_addr_t *mapped,
                     uint32_t lifetime_s, int64_t now_us) {
    turn->state = OC_TURN_ALLOCATED;
    turn->relayed = *relayed;
    turn->mapped = *mapped;
    turn->failures = 0;
    turn->granted_us = now_us;
    turn->doubt_us = INT64_MAX;
    turn->tell_up = true;
    turn->stats.allocations++;
    oc_turn_peer_clear(turn);
    oc_turn_life_extend(turn, lifetime_s, now_us);
}

void oc_turn_life_extend(oc_turn_t *turn, uint32_t lifetime_s, int64_t now_us) {
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

void oc_turn_life_down(oc_turn_t *turn, oc_turn_reason_t reason, unsigned code, int64_t wait_us,
                       int64_t now_us) {
    oc_addr_t none = {0}, was = turn->tell_up ? none : turn->relayed;
    if (turn->tell_down && !was.family)
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
    turn->tell_up = false;
    oc_turn_txn_end_all(turn);
    oc_turn_peer_clear(turn);
    turn->down = (oc_turn_event_t){.kind = OC_TURN_DOWN,
                                   .relayed = was,
                                   .reason = reason,
                                   .code = (uint16_t)code,
                                   .retry_us = wait_us == INT64_MAX ? INT64_MAX : now_us + wait_us};
    turn->tell_down = true;
    turn->state = wait_us == INT64_MAX ? OC_TURN_IDLE : OC_TURN_WAITING;
    turn->wait_us = turn->down.retry_us;
    if (here && turn->transport != OC_TURN_UDP) { /* the stream is good */
        turn->state = OC_TURN_ALLOCATING;
        turn->released = false;
        oc_turn_txn_begin(turn, OC_TURN_TXN_ALLOCATE, now_us);
    } else if (wait_us == 0) {
        oc_turn_life_begin(turn, now_us);
    }
}

void oc_turn_life_release(oc_turn_t *turn, bool again, int64_t now_us) {
    oc_turn_txn_end_all(turn);
    turn->state = OC_TURN_RELEASING;
    turn->again = again;
    oc_turn_txn_begin(turn, OC_TURN_TXN_RELEASE, now_us);
}

void oc_turn_life_released(oc_turn_t *turn, int64_t now_us) {
    oc_turn_txn_end_all(turn);
    if (turn->again) {
        turn->state = OC_TURN_ALLOCATING;
        oc_turn_txn_begin(turn, OC_TURN_TXN_ALLOCATE, now_us);
        return;
    }
    drop_stream(turn);
    turn->state = OC_TURN_IDLE;
}

void oc_turn_life_plan(oc_turn_t *turn, int64_t now_us) {
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
