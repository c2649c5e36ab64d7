/* oc_ff_sandbox - what the kernel lets this process do: memory, threads, its descriptors; no
 * files, no new connections, no programs, no look at other processes (ADR 21). */
#ifndef OC_FF_SANDBOX_H
#define OC_FF_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

/* Private memory that is written: sources, their threads' stacks, what libraries keep.
 * Passing through: 16 sources, each at most 4 MB probed and two packets of 8 MB, beside 60 MB of
 * libraries; a stream that wants more ends the process, not the machine. */
#define OC_FF_SANDBOX_PASS_BYTES (448ULL * 1024 * 1024)
/* Decoding: 17 pictures of 4096x4096 that a decoder may keep (26 MB each), as many again scaled or
 * waiting in an encoder's look-ahead at usual sizes, stacks of decoder threads. */
#define OC_FF_SANDBOX_DECODE_BYTES (896ULL * 1024 * 1024)
/* Pushing: one connection, at most 8 MB of its packets and libsrt's queues, beside libraries and
 * the stacks of libsrt's threads. */
#define OC_FF_SANDBOX_PUSH_BYTES (128ULL * 1024 * 1024)
#define OC_FF_SANDBOX_FILES      256 /* descriptors: 16 sources with some sockets each */

/* What a process does, which is what it may. */
typedef enum oc_ff_sandbox_kind {
    OC_FF_SANDBOX_PASS,   /* reads streams */
    OC_FF_SANDBOX_DECODE, /* the same with codecs */
    OC_FF_SANDBOX_DEVICE, /* it may read files, and open what is below /dev for writing; it writes
                             nowhere else (calls are looked at, and Landlock where the kernel has
                             it), and has no network */
    OC_FF_SANDBOX_PUSH,   /* writes one stream; it may wait for many descriptors at once (epoll) */
} oc_ff_sandbox_kind_t;

/* Shuts the process in; before other threads start. about: says which part is missing, "" = none.
 * False: it must not go on. */
bool oc_ff_sandbox_enter(oc_ff_sandbox_kind_t kind, char *about, size_t size);

/* For the test of it: tries one of "open", "stat", "create" (the file created here), "empty",
 * "change", "remove" (the file kept here), "device" (for writing), "socket", "connect", "exec",
 * "ptrace", "kill", "fork", "memory", "shared", "stack", "send", "message", "bind", "listen" by
 * system call. 0 refused | 1 let
 * through | 2 no such name. */
int oc_ff_sandbox_try(const char *what);

#endif
