/* oc_source_broker - does for a source, or a push, what its helper may not do itself: looks names
 * up, connects, makes sockets for datagrams, opens its file; each only where the input leads
 * (oc_connect_policy). On the source's capture thread; names are looked up there and may take as
 * long as the resolver takes. */
#ifndef OC_SOURCE_BROKER_H
#define OC_SOURCE_BROKER_H

#include "oc_connect_policy.h"
#include "oc_ff_url.h"
#include "oc_source_wire.h"

#define OC_SOURCE_GRANTS  32 /* addresses that may be connected to; the oldest goes first */
#define OC_SOURCE_SOCKETS 64 /* for datagrams, of one input; one more is refused */

typedef struct oc_source_broker {
    oc_plugin_kind_t kind;
    bool datagrams;                /* RTSP with media by UDP, SRT */
    char path[OC_SOURCE_PATH_MAX]; /* of a file input, or of an object */
    oc_ff_object_place_t place;    /* of an object */
    void *object;                  /* what serves it (oc_source_object); NULL: nothing does */
    oc_connect_own_t own;
    struct {
        oc_source_address_t address;
        bool datagrams;
    } grant[OC_SOURCE_GRANTS];      /* circular */
    int sockets[OC_SOURCE_SOCKETS]; /* by number: 1 + descriptor; 0 = none */
    unsigned grants;
    char refused[OC_CAPTURE_WHY_MAX]; /* reason of the last refusal, "" = none */
} oc_source_broker_t;

/* target: the input's address with its variables filled in; copied. */
void oc_source_broker_init(oc_source_broker_t *broker, oc_plugin_kind_t kind, bool datagrams,
                           const char *target);

/* in: of an object; copied. After oc_source_broker_init. */
void oc_source_broker_object(oc_source_broker_t *broker, const oc_ff_input_t *in);

/* Answers what the helper asks: *answer is filled in, *fd is a descriptor to send along (owned by
 * caller) or -1. ask: its size was checked. False: that is no question. */
bool oc_source_broker_answer(oc_source_broker_t *broker, oc_source_message_t *req,
                             oc_source_message_t *answer, int *fd);

/* Forgets what was granted; the source is opened again, or closed. Twice is fine. */
void oc_source_broker_clear(oc_source_broker_t *broker);

#endif
