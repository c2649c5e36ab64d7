/* oc_gather_impl - what the files of oc_gather share. */
#ifndef OC_GATHER_IMPL_H
#define OC_GATHER_IMPL_H

#include "oc_gather.h"
#include "oc_stun.h"

/* Whether servers are asked at all. */
bool oc_gather_is_active(const oc_gather_t *gather);

/* Probes in a row without an answer that make a server unreachable, >= 1. */
unsigned oc_gather_limit(const oc_gather_t *gather);

/* Queues an event; when OC_GATHER_EVENTS wait, the oldest is lost (a hub polls after every call).
 */
void oc_gather_notify(oc_gather_t *gather, const oc_gather_event_t *event);

/* A place for Binding requests to one address of a server, and away again. */
void oc_gather_probe_add(oc_gather_t *gather, unsigned server, const oc_addr_t *to, int64_t now_us);
void oc_gather_probe_remove(oc_gather_t *gather, oc_gather_probe_t *probe);

/* Asks at once | asks no more, and its candidate is lost. */
void oc_gather_probe_start(oc_gather_probe_t *probe, int64_t now_us);
void oc_gather_probe_rest(oc_gather_t *gather, oc_gather_probe_t *probe);

/* When the next probe is due, after a change of the interval. */
void oc_gather_probe_plan(const oc_gather_t *gather, oc_gather_probe_t *probe, int64_t now_us);

/* A datagram of its server. OC_AGAIN it was the answer | OC_ERR_NOENT. */
int oc_gather_probe_input(oc_gather_t *gather, oc_gather_probe_t *probe, oc_span_t datagram,
                          int64_t now_us);
void oc_gather_probe_advance(oc_gather_t *gather, oc_gather_probe_t *probe, int64_t now_us);
/* > 0 length | 0 nothing is due. */
int oc_gather_probe_output(oc_gather_probe_t *probe, int64_t now_us, uint8_t *buffer, size_t size);

/* An allocation at one address of a server. OC_OK | OC_ERR_BUSY | OC_ERR_INVAL. */
int oc_gather_relay_add(oc_gather_t *gather, unsigned server, const oc_addr_t *to, int64_t now_us);
void oc_gather_relay_remove(oc_gather_t *gather, oc_gather_relay_t *relay, int64_t now_us);

/* User name and password of its server changed. */
void oc_gather_relay_renew(oc_gather_t *gather, oc_gather_relay_t *relay, int64_t now_us);

/* Passes on what happened to it. */
void oc_gather_relay_pump(oc_gather_t *gather, oc_gather_relay_t *relay);

/* The server sees our UDP socket at this address now: an allocation of another one is of no use. */
void oc_gather_relay_seen(oc_gather_t *gather, unsigned server, const oc_addr_t *mapped,
                          int64_t now_us);

#endif
