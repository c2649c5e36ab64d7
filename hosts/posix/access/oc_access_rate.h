/* oc_access_rate - how often passwords may be tried: by address with growing delay, and by all
 * together. Bounded, in virtual time. One thread. */
#ifndef OC_ACCESS_RATE_H
#define OC_ACCESS_RATE_H

#include <stdbool.h>
#include <stdint.h>

#define OC_ACCESS_RATE_PEERS     256 /* addresses remembered; the one quiet for longest makes room */
#define OC_ACCESS_RATE_KNOWN     16  /* addresses that logged in */
#define OC_ACCESS_RATE_FREE      5   /* tries before an address has to wait */
#define OC_ACCESS_RATE_FIRST_US  1000000ll   /* first wait; doubles */
#define OC_ACCESS_RATE_MAX_US    300000000ll /* longest wait */
#define OC_ACCESS_RATE_FORGET_US 900000000ll /* of quiet: forgotten */
#define OC_ACCESS_RATE_ALL       30          /* tries of all together, at once */
#define OC_ACCESS_RATE_EACH_US   2000000ll   /* one more of them each */
#define OC_ACCESS_RATE_DAY_US    86400000000ll

/* An address: IPv4 as ::ffff:a.b.c.d, IPv6 by its /64. */
typedef struct oc_access_peer {
    uint8_t bytes[16];
} oc_access_peer_t;

typedef struct oc_access_rate_row {
    oc_access_peer_t peer;
    uint32_t tries;     /* 0 = free row */
    int64_t last_us;    /* of the last try */
    int64_t allowed_us; /* of the next */
} oc_access_rate_row_t;

/* Zeroed: nobody has tried. */
typedef struct oc_access_rate {
    oc_access_rate_row_t peers[OC_ACCESS_RATE_PEERS];
    oc_access_rate_row_t known[OC_ACCESS_RATE_KNOWN]; /* tries = 1; last_us: of its login */
    int64_t full_us; /* when all together have their OC_ACCESS_RATE_ALL tries again */
} oc_access_rate_t;

/* The address of 4 or 16 bytes as a peer. */
oc_access_peer_t oc_access_rate_peer(const uint8_t *address, unsigned bytes);

/* Asks for a try and charges it. 0: go on | > 0: refused, microseconds until it is worth trying
 * again. */
int64_t oc_access_rate_try(oc_access_rate_t *rate, oc_access_peer_t peer, int64_t now_us);
/* The same where others keep nobody out: it waits for its own tries, not for all together. id: of a
 * device that logged in before (oc_access_device), which does not wait for its address either; or
 * the address that tries a claim code, which costs nothing and is too long to be found by many. */
int64_t oc_access_rate_try_alone(oc_access_rate_t *rate, oc_access_peer_t id, int64_t now_us);

/* True for an address that logged in within a day. */
bool oc_access_rate_knows(const oc_access_rate_t *rate, oc_access_peer_t peer, int64_t now_us);

/* The try was right: its address is known and owes nothing. */
void oc_access_rate_good(oc_access_rate_t *rate, oc_access_peer_t peer, int64_t now_us);
/* Such a try was right: id owes nothing, and its address is known; what another address owes stays,
 * others may have tried from there. */
void oc_access_rate_good_alone(oc_access_rate_t *rate, oc_access_peer_t id, oc_access_peer_t peer,
                               int64_t now_us);

#endif
