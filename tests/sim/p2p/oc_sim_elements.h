/* oc_sim_elements - what a message is made of, for peers of the virtual network that drop it whole
 * for one of its elements: types and attributes of STUN, records, messages and extensions of DTLS,
 * chunks, parameters and flags of SCTP, payload identifiers and messages of DCEP, lines of SDP. */
#ifndef OC_SIM_ELEMENTS_H
#define OC_SIM_ELEMENTS_H

#include "oc_span.h"

/* Where an element is found; with its number on the wire it is a key. */
enum oc_sim_place {
    OC_SIM_STUN = 1,     /* an attribute */
    OC_SIM_STUN_TYPE,    /* a message type: class and method as on the wire */
    OC_SIM_RECORD,       /* a content type of DTLS */
    OC_SIM_HANDSHAKE,    /* a message type of its handshake, in the clear */
    OC_SIM_CLIENT_HELLO, /* an extension */
    OC_SIM_SERVER_HELLO, /* an extension */
    OC_SIM_CHUNK,        /* a type of SCTP */
    OC_SIM_INIT,         /* a parameter of INIT */
    OC_SIM_INIT_ACK,     /* a parameter of INIT ACK */
    OC_SIM_PARAM,        /* a parameter of HEARTBEAT or RE-CONFIG */
    OC_SIM_CAUSE,        /* of ABORT or ERROR */
    OC_SIM_DATA_FLAG,    /* one of DATA */
    OC_SIM_PPID,         /* of DATA */
    OC_SIM_DCEP,         /* a message type */
    OC_SIM_DCEP_CHANNEL, /* a channel type of OPEN */
};
#define OC_SIM_KEY(place, number) ((uint32_t)(place) << 16 | (number))

/* Gets each element's key; name: NULL, but of SDP, whose key is 0: the line up to ":" or "=". */
typedef void oc_sim_element_fn(void *context, uint32_t key, const char *name);

/* A datagram of STUN or DTLS; of what is sealed only the record. Others: nothing. */
void oc_sim_elements_datagram(oc_span_t datagram, oc_sim_element_fn *each, void *context);
/* An SCTP packet. */
void oc_sim_elements_sctp(oc_span_t packet, oc_sim_element_fn *each, void *context);
/* A description. */
void oc_sim_elements_sdp(oc_span_t text, oc_sim_element_fn *each, void *context);

#endif
