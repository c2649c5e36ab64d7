/* p2p_foreign - how long it takes to connect over a bad network, with an offering end that is as
 * other people's peers are: it repeats its checks after 500 ms and its flights after 1 s (libjuice,
 * OpenSSL), answers no repeated ClientHello, and drops DTLS until a check of its own was answered.
 */
#ifndef P2P_FOREIGN_H
#define P2P_FOREIGN_H

#include "p2p_pair.h"

#define FOREIGN_CHECK_US  500000  /* between the checks of a foreign peer */
#define FOREIGN_PACE_US   50000   /* before one that a check of ours asks for */
#define FOREIGN_FLIGHT_US 1000000 /* between its flights */
#define FOREIGN_READY_US  3000    /* from the answer to its check until its DTLS is there */

typedef struct foreign {
    bool foreign; /* false: both ends are ours */
    bool print;   /* what is sent */
    bool plain;   /* no end knows SNAP */
    uint32_t loss_ppm;
    int64_t delay_us;      /* one way */
    int64_t start_us;      /* the answer was there */
    unsigned flights_lost; /* second flights of the foreign peer: nobody but itself repeats them */
    int64_t check_us, requested_us, answered_us, flight_us; /* its last ones; 0: none */
    bool used;                                              /* it sent USE-CANDIDATE */
} foreign_t;

/* One connection: microseconds from the answer until both ends are UP, -1: not within 20 s. */
int64_t foreign_connect(foreign_t *f, uint64_t seed);

#endif
