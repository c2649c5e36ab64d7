/* sctp_tcp - a bulk TCP flow in the virtual network, the other side of the fairness runs: cubic
 * (RFC 9438) or NewReno (RFC 5681), loss by three later arrivals, every packet acknowledged. */
#ifndef SCTP_TCP_H
#define SCTP_TCP_H

#include "sctp_net.h"

#define TCP_PACKET 1448 /* payload */
#define TCP_WIRE   1500
#define TCP_FLIGHT 16384 /* packets under way at most */

typedef struct tcp {
    net_t *net;
    net_link_t *there, *back;
    bool cubic;
    uint8_t state[TCP_FLIGHT]; /* of a transmission: 1 under way */
    int64_t sent_us[TCP_FLIGHT];
    uint64_t next, oldest, recover, highest;
    double cwnd, ssthresh, w_max, k, w_est;
    int64_t epoch_us, srtt_us, last_ack_us;
    uint32_t in_flight;
    uint64_t acked; /* packets */
    uint64_t timer_id;
    bool stopped;
} tcp_t;

void tcp_open(tcp_t *tcp, net_t *net, net_link_t *there, net_link_t *back, bool cubic);

#endif
