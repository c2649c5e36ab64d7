/* oc_sdk_internal - a machine's record as the parts for the Moddable SDK's engine (XS 17) see it.
 * Only hosts/sdk/oc_sdk_*.c include it. */
#ifndef OC_SDK_INTERNAL_H
#define OC_SDK_INTERNAL_H

#include "oc_machine_impl.h"
#include "screen.h"

#include <setjmp.h>

typedef struct {
    oc_machine_t common; /* first */
    txScreen screen;  /* only for its abort: the SDK's fxAbort takes the machine's host for one */
    jmp_buf creating; /* where an abort goes before there is a machine */
    void *floor;      /* the stack's true one */
    struct _GSource *samples; /* its instrumentation, each second; NULL: a build without */
} oc_sdk_machine_t;

/* What the SDK's fxAbort calls. */
void oc_sdk_abort(txScreen *screen, int status);

/* The code that may be left from a signal handler; before the first oc_machine_engine_interrupt. */
void oc_sdk_find_leavable(void);

/* Takes the idle sources off the loop that the SDK's platform has attached for this machine. */
void oc_sdk_drop_sources(const oc_sdk_machine_t *machine);

#endif
