/* oc_net_task - a task that waits until a socket can be read, so that the media task need not: lwIP
 * wakes who waits in select and nobody else. It reads nothing itself. Told once, it rests until the
 * media task has read all. */
#ifndef OC_NET_TASK_H
#define OC_NET_TASK_H

#include <stdbool.h>

#define OC_NET_TASK_SOCKETS 2
#define OC_NET_TASK_LOOK_MS 250 /* it looks so often whether it is to end */

typedef struct oc_net_task oc_net_task_t; /* opaque */

typedef struct oc_net_task_config {
    int fd[OC_NET_TASK_SOCKETS]; /* open until the task has ended; -1: none */
    void (*wake)(void *context); /* on this task; must not block */
    void *context;
} oc_net_task_config_t;

/* OC_OK | OC_ERR_NOMEM. */
int oc_net_task_start(oc_net_task_t **out, const oc_net_task_config_t *config);
/* True: something may be there to read. It stays so until oc_net_task_wait. */
bool oc_net_task_ready(oc_net_task_t *net);
/* Everything was read: tell of what comes from now on. */
void oc_net_task_wait(oc_net_task_t *net);
/* It is to end; oc_net_task_ended says when, at most OC_NET_TASK_LOOK_MS later and with a wake. */
void oc_net_task_stop(oc_net_task_t *net);
bool oc_net_task_ended(oc_net_task_t *net);
/* After it has ended; NULL is allowed. */
void oc_net_task_delete(oc_net_task_t *net);

#endif
