/* oc_sdk_lines - files and lines in stacks of a release build. There the engine of the SDK skips
 * the lines in bytecode; they are found again where a stack is taken, from the place that each
 * frame executes. It costs a running script nothing but the skipping. */
#ifndef OC_SDK_LINES_H
#define OC_SDK_LINES_H

/* What the engine calls after it has taken a stack (the macro below, before each of its files).
 * machine: txMachine; error: the txSlot whose reference is the list of frames; frame: the txSlot
 * that the list began with. Allocates nothing. */
void oc_sdk_lines_fill(void *machine, void *error, void *frame);

/* gxDefaults.captureErrorStack(the, error, frame): each of the engine's calls */
#define captureErrorStack(the, error, frame)                                                       \
    captureErrorStack(the, error, frame), oc_sdk_lines_fill(the, error, frame)

#endif
