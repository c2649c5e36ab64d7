/* sctp_receiver - the model receiver of sctp_flow. */
#ifndef SCTP_RECEIVER_H
#define SCTP_RECEIVER_H

#include "sctp_flow.h"

#define PATTERN_BYTES 65536

/* The bytes of message ref from offset on, at least NET_PACKET_MAX of them. */
const uint8_t *flow_pattern(uint64_t ref, uint32_t offset);
void flow_receiver_init(flow_t *flow, uint32_t first_tsn, uint32_t window);
void flow_receiver_free(flow_t *flow);
net_fire_t sctp_flow_receive; /* ctx: flow; a packet of the sender */
net_fire_t flow_acknowledge;  /* ctx: flow; a SACK of the receiver */

#endif
