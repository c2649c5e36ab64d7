/* The seam to the common part: making, entering and deleting a machine of XS 17. */
#include "xsAll.h"

#include "oc_sdk_internal.h"

#include "mc.xs.h"
#include "oc_err.h"

#include <glib.h>
#include <signal.h>

#define OC_SDK_SIDE_SHARE 8u /* of the heap: one part for work beside it */

oc_machine_t *oc_machine_of(xsMachine *the) {
    txScreen *screen = the->host;
    return &((oc_sdk_machine_t *)(void *)((char *)screen - offsetof(oc_sdk_machine_t, screen)))
                ->common;
}

#ifdef mxInstrument
#define OC_SDK_SAMPLE_S 1

/* What the SDK does for its own machine, for xsbug: engine's counters, those of the last second. */
static gboolean sample(gpointer data) {
    txMachine *the = data;
    fxSampleInstrumentation(the, 0, NULL);
    the->garbageCollectionCount = 0;
    the->stackPeak = the->stack;
    the->floatingPointOps = 0;
    the->promisesSettledCount = 0;
    return G_SOURCE_CONTINUE;
}

static void begin_samples(oc_sdk_machine_t *machine, txMachine *the) {
    fxDescribeInstrumentation(the, 0, NULL, NULL);
    machine->samples = g_timeout_source_new_seconds(OC_SDK_SAMPLE_S);
    g_source_set_callback(machine->samples, sample, the, NULL);
    g_source_attach(machine->samples, g_main_context_get_thread_default());
}

static void end_samples(oc_sdk_machine_t *machine) {
    if (machine->samples) {
        g_source_destroy(machine->samples);
        g_clear_pointer(&machine->samples, g_source_unref);
    }
}
#else
static void begin_samples(oc_sdk_machine_t *machine, txMachine *the) {}
static void end_samples(oc_sdk_machine_t *machine) {}
#endif

oc_machine_t *oc_machine_engine_alloc(void) {
    return calloc(1, sizeof(oc_sdk_machine_t));
}

/* Nothing grows: the SDK's platform allocates without a limit, so the limit is what it gets. */
static void size_heap(txCreation *creation, const oc_machine_config_t *config) {
    size_t heap = config->heap_bytes - config->stack_slots * sizeof(txSlot);
    heap -= heap / OC_SDK_SIDE_SHARE;
    size_t chunks = OC_MACHINE_CHUNKS(heap);
    creation->initialChunkSize = (txSize)(chunks - 64);
    creation->initialHeapCount = (txSize)((heap - chunks) / sizeof(txSlot)) - 4;
}

int oc_machine_engine_make(oc_machine_t *common) {
    oc_sdk_machine_t *machine = (oc_sdk_machine_t *)common;
    const oc_machine_config_t *config = &common->config;
    txPreparation *preparation = xsPreparation();
    txCreation creation = {
        .stackCount = (txSize)config->stack_slots,
        .initialKeyCount = (txSize)config->key_count,
        .nameModulo = (txSize)preparation->nameModulo,
        .symbolModulo = (txSize)preparation->symbolModulo,
        .parserBufferSize = 1024,
        .parserTableModulo = 1,
    };
    size_heap(&creation, config);
    oc_sdk_find_leavable();
    machine->screen.abort = oc_sdk_abort;
    if (setjmp(machine->creating)) /* memory is short; what there was of the machine is lost */
        return OC_ERR_NOMEM;
    txMachine *the =
        fxPrepareMachine(&creation, preparation, (txString)config->name, &machine->screen, NULL);
    if (!the)
        return OC_ERR_NOMEM;
#ifdef mxDebug
    signal(SIGPIPE, SIG_IGN); /* the SDK's fxConnect has set what kills the process */
#endif
    the->host = &machine->screen;
    machine->screen.machine = the;
    machine->floor = the->stackBottom;
    common->xs = (xsMachine *)the;
    oc_machine_charge(common,
                      (size_t)the->maximumChunksSize +
                          (size_t)the->maximumHeapCount * sizeof(txSlot) +
                          config->stack_slots * sizeof(txSlot),
                      0);
    begin_samples(machine, the);
    return 0;
}

void oc_machine_engine_delete(oc_machine_t *common) {
    oc_sdk_machine_t *machine = (oc_sdk_machine_t *)common;
    txMachine *the = (txMachine *)common->xs;
    if (!the)
        return;
    the->stackBottom = machine->floor;
    end_samples(machine);
    fxDeleteMachine(the);
    oc_machine_side_clear(common);
    oc_sdk_drop_sources(machine);
}

/* Promise jobs until none is left, then what nobody handled. */
static void run_jobs(const oc_sdk_machine_t *machine, txMachine *the) {
    do {
        while (mxPendingJobs.value.reference->next) {
            fxRunPromiseJobs(the);
            oc_sdk_drop_sources(machine); /* one for each batch, and batches may be without end */
        }
        fxEndJob(the); /* may call back finalization registries, which may queue more */
    } while (mxPendingJobs.value.reference->next);
    fxCheckUnhandledRejections(the, 1);
}

static void run_nested(txMachine *the, oc_xs_body_t body, void *data) {
    fxBeginHost(the);
    body((xsMachine *)the, data);
    fxEndHost(the);
}

/* xsBeginHost would do for the outermost frame, but its end calls fxAbort once more. */
static void run_outermost(oc_machine_t *machine, oc_xs_body_t body, void *data) {
    txMachine *the = (txMachine *)machine->xs;
    txJump jump = {.nextJump = the->firstJump,
                   .stack = the->stack,
                   .scope = the->scope,
                   .frame = the->frame,
                   .code = the->code};
    the->firstJump = &jump;
    if (c_setjmp(jump.buffer) == 0) {
        fxBeginHost(the);
        mxTry(the) {
            body((xsMachine *)the, data);
            run_jobs((oc_sdk_machine_t *)machine, the);
        }
        mxCatch(the) {
            oc_machine_report(machine,
                              machine->starting ? OC_MACHINE_THREW_AT_START : OC_MACHINE_THREW);
            oc_machine_unwind(machine);
        }
        fxEndHost(the);
    }
    the->stack = jump.stack;
    the->scope = jump.scope;
    the->frame = jump.frame;
    the->code = jump.code;
    the->firstJump = jump.nextJump;
    oc_sdk_drop_sources((oc_sdk_machine_t *)machine);
}

void oc_machine_engine_enter(oc_machine_t *machine, oc_xs_body_t body, void *data) {
    if (machine->depth > 1) /* an exception is the caller's: it goes on to the outermost frame */
        run_nested((txMachine *)machine->xs, body, data);
    else
        run_outermost(machine, body, data);
}

bool oc_machine_engine_one_realm(void) {
    return false;
}

bool oc_machine_engine_held(const oc_machine_t *machine) {
#ifdef mxDebug
    return fxIsConnected((txMachine *)machine->xs);
#else
    return false;
#endif
}

void oc_machine_engine_trace(xsMachine *the, const char *text) {
    fxReport((txMachine *)the, "%s\n", (txString)text); /* xsbug alone: mxNoConsole */
}

void oc_machine_memory(const oc_machine_t *machine, oc_machine_memory_t *memory) {
    const txMachine *the = (const txMachine *)machine->xs;
    memory->used_bytes =
        (size_t)the->currentChunksSize + (size_t)the->currentHeapCount * sizeof(txSlot);
    memory->allocated_bytes = machine->allocated_bytes;
    memory->peak_bytes = machine->peak_bytes;
    memory->keys = (unsigned)(the->keyIndex - the->keyOffset);
}

void oc_machine_collect(oc_machine_t *machine) {
    fxCollectGarbage((txMachine *)machine->xs);
}
