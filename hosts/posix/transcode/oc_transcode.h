/* oc_transcode - one input into one output through the process that has the codecs. The keys and
 * the connections are of this process, the parsers of that one (ADR 72). One at a time: it
 * takes over SIGINT, SIGTERM and SIGHUP. */
#ifndef OC_TRANSCODE_H
#define OC_TRANSCODE_H

#include "oc_convert_wire.h"
#include "oc_object_reader.h"
#include "oc_object_writer.h"

/* How far it is. */
typedef struct oc_transcode_state {
    oc_convert_state_t codec; /* its texts are printable and have their NUL */
    uint64_t bytes;           /* of the result */
    uint32_t broken;          /* at the end: packets that could not be decoded */
    bool cut;                 /* at the end: the input ends before what its header says */
    uint32_t repeats;         /* at the end: requests of the output that were tried again */
} oc_transcode_state_t;

typedef struct oc_transcode {
    const oc_object_place_t *in, *out;
    oc_object_access_t access; /* stop: set by oc_transcode_run */
    oc_convert_order_t order;
    /* Twice a second at most; borrowed until return. */
    void (*progress)(void *context, const oc_transcode_state_t *state);
    void *context;
} oc_transcode_t;

/* OC_OK: the output is there under its name | OC_ERR_CLOSED a signal came, *signal_number is set |
 * OC_ERR_*; why says what failed, and what may be left. transcode: borrowed until return. */
int oc_transcode_run(oc_transcode_t *transcode, oc_transcode_state_t *state, int *signal_number,
                     char *why, size_t size);

#endif
