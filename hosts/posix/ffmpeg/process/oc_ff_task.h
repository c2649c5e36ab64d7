/* oc_ff_task - one conversion in this process (oc_ff_convert), on a thread of its own. */
#ifndef OC_FF_TASK_H
#define OC_FF_TASK_H

#include <stdbool.h>

/* input, output: sockets, owned by callee. The order comes on output. False: it does not begin. */
bool oc_ff_task_begin(int input, int output);

#endif
