/* What a stop does to a running script. The SDK builds its engine without metering. Where the
 * interrupted instruction is the interpreter's or the regular-expression matcher's, which hold
 * nothing but the machine's own memory, the signal handler leaves to the host at once. Elsewhere,
 * in a built-in or in the allocator, it raises the stack's floor, so that the next push fails, and
 * asks for another signal. */
#define _GNU_SOURCE
#include "xsAll.h"

#include "oc_sdk_internal.h"

#include <dlfcn.h>
#include <link.h>
#include <ucontext.h>

static struct { uintptr_t begin, end; } leavable[2];

static void find_code(size_t index, void *function) {
    Dl_info info;
    const ElfW(Sym) *symbol = NULL;
    if (dladdr1(function, &info, (void **)&symbol, RTLD_DL_SYMENT) && symbol) {
        leavable[index].begin = (uintptr_t)info.dli_saddr;
        leavable[index].end = (uintptr_t)info.dli_saddr + symbol->st_size;
    }
}

static void find_both(void) {
    find_code(0, (void *)fxRunID);
    find_code(1, (void *)fxMatchRegExp);
}

void oc_sdk_find_leavable(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_both);
}

static uintptr_t interrupted(const ucontext_t *context) {
#if defined(__x86_64__)
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)context->uc_mcontext.pc;
#else
    return 0; /* then a bare loop is not stopped, only calls and built-ins are */
#endif
}

void oc_machine_engine_interrupt(oc_machine_t *machine, const void *context) {
    txMachine *the = (txMachine *)machine->xs;
    uintptr_t at = interrupted(context);
    for (size_t i = 0; i < sizeof leavable / sizeof *leavable; i++)
        if (at >= leavable[i].begin && at < leavable[i].end) {
            oc_machine_set_end(machine, OC_MACHINE_STOPPED, machine->stop_text);
            oc_machine_unwind(machine);
        }
    the->stackBottom = the->stackTop;
    oc_machine_stop_again(machine);
}
