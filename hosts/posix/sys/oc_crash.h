/* oc_crash - what is known of ends: lines in <data>/crash/ends when the process starts, ends, or
 * dies by a fault of its own, and when a script ends. A start that no end follows was cut off:
 * power, or a signal that cannot be caught. One per process. */
#ifndef OC_CRASH_H
#define OC_CRASH_H

#include <stdint.h>

#define OC_CRASH_FOLDER "crash"
#define OC_CRASH_NAME   "ends"
#define OC_CRASH_BYTES  (64 * 1024) /* of each of two files */

/* Opens it below the data directory. OC_OK | OC_ERR_*; without it notes are lost. */
int oc_crash_open(int root);

/* From now on SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS and SIGABRT leave a line there and on stderr:
 * signal, address, thread, and where in the program (offset for addr2line). They end the process as
 * before. Does nothing under a sanitizer, which reports by itself. */
void oc_crash_catch(void);

/* A core file would hold keys, passwords and pictures: none is written (RLIMIT_CORE 0), and no
 * other process of the same user may attach or dump this one (PR_SET_DUMPABLE 0). Programs that it
 * starts inherit the limit. With OCELLUS_CORE_DUMPS=1 in the environment, for developers, nothing
 * is changed. Before anything secret is read; one thread. */
void oc_crash_no_core(void);

/* A line: time and text, whose control characters become blanks. Any thread. */
void oc_crash_note(const char *text);

/* Notes of later are lost. */
void oc_crash_close(void);

#endif
