/* Shared memory between machines: there is none. A script has one thread, Atomics.wait would block
 * it where no stop reaches, and a SharedArrayBuffer would lie outside of the memory cap. */
#include "xsAll.h"

void fxInitializeSharedCluster(void);
void fxTerminateSharedCluster(void);

void fxInitializeSharedCluster(void) {}
void fxTerminateSharedCluster(void) {}
void *fxCreateSharedChunk(txInteger size) {
    return NULL;
}
void fxLinkSharedChunk(txMachine *the) {
    mxTypeError("no shared memory in this host");
}
void fxLockSharedChunk(void *data) {}
txInteger fxMeasureSharedChunk(void *data) {
    return 0;
}
txInteger fxNotifySharedChunk(txMachine *the, void *data, txInteger offset, txInteger count) {
    return 0;
}
void *fxRetainSharedChunk(void *data) {
    return NULL;
}
void fxReleaseSharedChunk(void *data) {}
void fxUnlockSharedChunk(void *data) {}
void fxUnlinkSharedChunk(txMachine *the) {}
txInteger fxWaitSharedChunk(txMachine *the, void *address, txNumber timeout) {
    return 0;
}
