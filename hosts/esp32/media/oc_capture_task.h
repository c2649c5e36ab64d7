/* oc_capture_task - the tasks, sleep and files (none) of captures (oc_capture_run) on FreeRTOS. */
#ifndef OC_CAPTURE_TASK_H
#define OC_CAPTURE_TASK_H

#include "oc_capture_run.h"

/* All of it. */
extern const oc_capture_run_env_t oc_capture_task;

#endif
