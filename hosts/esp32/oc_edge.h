/* oc_edge - the way from the media task to the XS task: a notification that never blocks, however
 * often it is given, becomes at most one message under way. The SDK's message queue may be full and
 * then makes its caller wait; that caller is a task of this file, never the media task. */
#ifndef OC_EDGE_H
#define OC_EDGE_H

/* post(context): hands one message to the XS task, may wait. False: it could not; tried again. */
typedef struct oc_edge_config {
    int (*post)(void *context);
    void *context;
} oc_edge_config_t;

/* The task and what it must still do; opaque. */
typedef struct oc_edge oc_edge_t;

/* OC_OK | OC_ERR_NOMEM. */
int oc_edge_start(oc_edge_t **out, const oc_edge_config_t *config);
/* Any task, never blocks: something waits for the script. */
void oc_edge_raise(oc_edge_t *edge);
/* XS task, as the message arrives: what is raised from now on is a new message. */
void oc_edge_taken(oc_edge_t *edge);
/* Ends the task while no post is under way. */
void oc_edge_stop(oc_edge_t *edge);

#endif
