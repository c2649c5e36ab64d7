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

/* A line: time and text, whose control characters become blanks. Any thread. */
void oc_crash_note(const char *text);

/* Notes of later are lost. */
void oc_crash_close(void);

#endif
