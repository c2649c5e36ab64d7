#include "oc_access_rate.h"

#include <string.h>

oc_access_peer_t oc_access_rate_peer(const uint8_t *address, unsigned bytes) {
    static const uint8_t four[12] = {[10] = 0xFF, [11] = 0xFF};
    oc_access_peer_t peer = {{0}};
    if (bytes == 4) {
        memcpy(peer.bytes, four, sizeof(four));
        memcpy(peer.bytes + 12, address, 4);
    } else if (bytes == 16) {
        memcpy(peer.bytes, address, memcmp(address, four, sizeof(four)) == 0 ? 16 : 8);
    }
    return peer;
}

/* The row of a peer, NULL: none. *oldest: a free one, or the one quiet for longest. */
static oc_access_rate_row_t *find(oc_access_rate_row_t *rows, unsigned count, oc_access_peer_t peer,
                                  oc_access_rate_row_t **oldest) {
    *oldest = &rows[0];
    for (unsigned i = 0; i < count; i++) {
        oc_access_rate_row_t *row = &rows[i];
        if (row->tries > 0 && memcmp(&row->peer, &peer, sizeof(peer)) == 0)
            return row;
        if ((*oldest)->tries > 0 && (row->tries == 0 || row->last_us < (*oldest)->last_us))
            *oldest = row;
    }
    return NULL;
}

bool oc_access_rate_knows(const oc_access_rate_t *rate, oc_access_peer_t peer, int64_t now_us) {
    for (unsigned i = 0; i < OC_ACCESS_RATE_KNOWN; i++) {
        const oc_access_rate_row_t *row = &rate->known[i];
        if (row->tries > 0 && memcmp(&row->peer, &peer, sizeof(peer)) == 0)
            return now_us - row->last_us < OC_ACCESS_RATE_DAY_US;
    }
    return false;
}

static int64_t try(oc_access_rate_t *rate, oc_access_peer_t peer, bool alone, int64_t now_us) {
    oc_access_rate_row_t *oldest, *row = find(rate->peers, OC_ACCESS_RATE_PEERS, peer, &oldest);
    if (row && now_us - row->last_us >= OC_ACCESS_RATE_FORGET_US) {
        memset(row, 0, sizeof(*row));
        oldest = row;
        row = NULL;
    }
    if (row && now_us < row->allowed_us)
        return row->allowed_us - now_us;
    if (!alone && !oc_access_rate_knows(rate, peer, now_us)) {
        int64_t full = rate->full_us > now_us ? rate->full_us : now_us;
        int64_t late =
            full + OC_ACCESS_RATE_EACH_US - now_us - OC_ACCESS_RATE_ALL * OC_ACCESS_RATE_EACH_US;
        if (late > 0)
            return late;
        rate->full_us = full + OC_ACCESS_RATE_EACH_US;
    }
    if (!row) {
        row = oldest;
        *row = (oc_access_rate_row_t){.peer = peer};
    }
    row->tries++;
    row->last_us = row->allowed_us = now_us;
    if (row->tries >= OC_ACCESS_RATE_FREE) {
        unsigned shift = row->tries - OC_ACCESS_RATE_FREE;
        int64_t wait = shift < 20 ? OC_ACCESS_RATE_FIRST_US << shift : OC_ACCESS_RATE_MAX_US;
        row->allowed_us += wait < OC_ACCESS_RATE_MAX_US ? wait : OC_ACCESS_RATE_MAX_US;
    }
    return 0;
}

int64_t oc_access_rate_try(oc_access_rate_t *rate, oc_access_peer_t peer, int64_t now_us) {
    return try(rate, peer, false, now_us);
}

int64_t oc_access_rate_try_alone(oc_access_rate_t *rate, oc_access_peer_t id, int64_t now_us) {
    return try(rate, id, true, now_us);
}

static void forget(oc_access_rate_t *rate, oc_access_peer_t peer) {
    oc_access_rate_row_t *oldest, *row = find(rate->peers, OC_ACCESS_RATE_PEERS, peer, &oldest);
    if (row)
        memset(row, 0, sizeof(*row));
}

static void know(oc_access_rate_t *rate, oc_access_peer_t peer, int64_t now_us) {
    oc_access_rate_row_t *oldest, *row = find(rate->known, OC_ACCESS_RATE_KNOWN, peer, &oldest);
    if (!row)
        row = oldest;
    *row = (oc_access_rate_row_t){.peer = peer, .tries = 1, .last_us = now_us};
}

void oc_access_rate_good(oc_access_rate_t *rate, oc_access_peer_t peer, int64_t now_us) {
    forget(rate, peer);
    if (!oc_access_rate_knows(rate, peer, now_us) && rate->full_us >= OC_ACCESS_RATE_EACH_US)
        rate->full_us -= OC_ACCESS_RATE_EACH_US; /* what the try took */
    know(rate, peer, now_us);
}

void oc_access_rate_good_alone(oc_access_rate_t *rate, oc_access_peer_t id, oc_access_peer_t peer,
                               int64_t now_us) {
    forget(rate, id);
    know(rate, peer, now_us);
}
