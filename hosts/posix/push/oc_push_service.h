/* oc_push_service - live pushes on the media thread: does what oc_push_list says, with a client of
 * a stream's progressive output (oc_plane_pull) and a connection (oc_push_link) for each. One piece
 * of a push is under way; while it is, nothing is made, and what lies too far behind is left out
 * where pieces are made. The list outlives scripts. Media thread only, except where noted. */
#ifndef OC_PUSH_SERVICE_H
#define OC_PUSH_SERVICE_H

#include "oc_loop_env.h"
#include "oc_plane.h"
#include "oc_push_list.h"

#define OC_PUSH_PUBLISH_US (250 * 1000) /* rows of those that run are written so often */
/* Packets are gathered for so long, and then until the next one comes, unless a piece is full: each
 * costs turns of three threads, and what a server's viewers see is seconds old. */
#define OC_PUSH_GATHER_US (50 * 1000)

typedef struct oc_push_service oc_push_service_t; /* opaque */

typedef struct oc_push_service_env {
    oc_loop_env_t loop;    /* its memory holds what is sent */
    oc_plane_t *plane;     /* borrowed, as the mailbox, until freed */
    oc_mailbox_t *mailbox; /* for answers and edges */
    uint64_t seed;         /* of the jitter between tries */
} oc_push_service_env_t;

/* Any thread, before the first command. OC_OK | OC_ERR_NOMEM. */
int oc_push_service_create(oc_push_service_t **out, const oc_push_service_env_t *env);
/* When it is stopped and the media thread has ended. NULL is allowed. */
void oc_push_service_free(oc_push_service_t *service);

/* Carries out PUSHES and answers it. True: it was that, and its parcel is owned by callee. */
bool oc_push_service_command(oc_push_service_t *service, const oc_command_t *command,
                             int64_t now_us);
/* The plane has advanced, or a link has called. When to be called again; INT64_MAX: not by time. */
int64_t oc_push_service_advance(oc_push_service_t *service, int64_t now_us);
/* Ends everything at once, for good. */
void oc_push_service_stop(oc_push_service_t *service, int64_t now_us);

/* What a place is called, and why it does not run; "": it does, or its row says all. */
typedef struct oc_push_text {
    char name[OC_PUSH_LABEL_MAX], why[OC_PUSH_WHY_MAX];
} oc_push_text_t;
/* Copies of what is published of a place below OC_PUSHES_MAX; any thread. False: the writer was at
 * work each time, or there is no such place. */
bool oc_push_service_row(const oc_push_service_t *service, unsigned place, oc_push_row_t *row);
bool oc_push_service_text(const oc_push_service_t *service, unsigned place, oc_push_text_t *text);

#endif
