/* Glue of console.ts: one line to the host's log. */
#include "oc_xs.h"

void xs_console_print(xsMachine *the);

/* print(level, text) */
void xs_console_print(xsMachine *the) {
    oc_xs_log(the, xsmcToInteger(xsArg(0)), xsmcToString(xsArg(1)));
}
