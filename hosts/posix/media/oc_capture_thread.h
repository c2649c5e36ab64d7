/* oc_capture_thread - the threads, sleep and files of captures (oc_capture_run) on POSIX. */
#ifndef OC_CAPTURE_THREAD_H
#define OC_CAPTURE_THREAD_H

#include "oc_capture_run.h"

/* Everything but commanded and context. */
extern const oc_capture_run_env_t oc_capture_thread;

#endif
