/* oc_source_talk - the socket of a source or of a push in a helper, seen from here: messages go
 * out, and what the helper asks or logs is answered (oc_source_broker) and counted. One thread. */
#ifndef OC_SOURCE_TALK_H
#define OC_SOURCE_TALK_H

#include "oc_source_broker.h"

#define OC_SOURCE_REQUESTS_MAX 400 /* in OC_SOURCE_WINDOW_US; more are refused */
#define OC_SOURCE_LINES        20  /* of the log in that time; more are left out */
#define OC_SOURCE_WINDOW_US    (10 * 1000 * 1000)

typedef struct oc_source_talk {
    int socket; /* SOCK_SEQPACKET; -1: none */
    oc_source_broker_t broker;
    int64_t window_us; /* begin of the time over which these are counted */
    unsigned requests, lines;
} oc_source_talk_t;

/* Sends it, with a descriptor unless that is -1. OC_OK | OC_ERR_CLOSED the helper has ended |
 * OC_ERR_FORMAT it does not read. */
int oc_source_talk_send(oc_source_talk_t *talk, const oc_source_message_t *message, int fd);

/* One message, if there is one. OC_OK *message is of another kind than what is answered here, of
 * the size of that kind | OC_AGAIN none | OC_GAP another one was dealt with | OC_ERR_CLOSED |
 * OC_ERR_FORMAT it breaks the rules. */
int oc_source_talk_receive(oc_source_talk_t *talk, oc_source_message_t *message);

#endif
