/* oc_capture_push_impl - what the two sides of oc_capture_push share: oc_push_sender.c, the calls
 * of a sender, and oc_capture_push.c, the driver. Threads: the sender's (oc_push_*), and the
 * capture thread (the driver's calls). The sender is the producer of `inbox`, the capture thread
 * its consumer and the producer of the host's handoff, so both queues keep one producer and one
 * consumer. A call of the sender marks itself in `inside`; closing withdraws the port first and
 * then waits for that one call, which never blocks. */
#ifndef OC_CAPTURE_PUSH_IMPL_H
#define OC_CAPTURE_PUSH_IMPL_H

#include <stdatomic.h>
#include "oc_capture_push.h"
#include "oc_feeder.h"

/* An item that was passed on. */
typedef struct oc_push_sent {
    uint32_t item; /* its number in the host's handoff */
    bool lent;
} oc_push_sent_t;

/* The driver. */
typedef struct oc_push {
    oc_capture_env_t env;
    oc_handoff_t inbox;
    void *buffer;
    int slot; /* in the table of ports; -1 none */

    /* sender's thread */
    oc_feeder_t feeder;
    bool described[OC_TRACKS_MAX], video[OC_TRACKS_MAX];
    oc_packet_t pending; /* between begin and commit; data NULL: none */
    uint32_t filled;

    /* both */
    _Atomic bool running;
    _Atomic bool lost_untold; /* the sender left while inbox was full */
    _Atomic uint32_t key_requested, desired_bps;

    /* capture thread */
    oc_push_sent_t *sent; /* as many as inbox has slots, behind them in slots_memory */
    void *slots_memory;
    uint32_t first, count;           /* items of inbox passed on and not yet released */
    oc_track_t track[OC_TRACKS_MAX]; /* told again after each start */
    bool untold[OC_TRACKS_MAX];
} oc_push_t;

/* A port by name. What outlives the driver, because senders may look at it at any time. */
typedef struct oc_push_port {
    _Atomic(oc_push_t *) push;   /* NULL: closed */
    _Atomic uint32_t generation; /* of the sender number that is valid */
    _Atomic bool attached, inside;
    _Atomic bool taken; /* by a driver, from publishing to close */
    bool lost;          /* the last sender left; changed while attaching or attached only */
    char name[OC_PUSH_NAME_MAX]; /* changed while push is NULL only */
} oc_push_port_t;

/* All of them; a driver takes one, oc_push_attach finds it by name. */
extern oc_push_port_t oc_push_ports[OC_PUSH_PORTS];

/* A number that no sender had before; older ones are void from now on. */
int oc_push_new_number(unsigned slot);

#endif
