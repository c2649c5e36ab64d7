/* oc_login_thread - checks and sets passwords one at a time, away from everything that serves: a
 * check takes about 0.2 s and 32 MB. */
#ifndef OC_LOGIN_THREAD_H
#define OC_LOGIN_THREAD_H

#include "oc_access_edit.h"
#include "oc_access_rate.h"
#include "oc_access_user.h"

#define OC_LOGIN_JOBS 5 /* one under way and four that wait */

/* One check; on the heap, wiped when freed. */
typedef struct oc_login_job {
    unsigned slot;         /* of its owner */
    bool login;            /* a login, not Basic */
    bool known;            /* `user` is one */
    bool right;            /* the answer */
    oc_access_user_t user; /* known: its row */
    bool by_device;        /* it came with `device` */
    oc_access_peer_t peer, device;
    char name[OC_ACCESS_USER_MAX], password[OC_ACCESS_PASSWORD_MAX];
    oc_access_edit_kind_t edit; /* NONE: a check; else `password` is the old one */
    int root;                   /* edit: the data directory, borrowed */
    int result;                 /* edit: of oc_access_edit_run */
    char fresh[OC_ACCESS_PASSWORD_MAX];
    oc_access_right_t want; /* edit: as in oc_access_edit_t, with scope and keeps */
    oc_access_scope_t scope;
    bool keeps;
} oc_login_job_t;

/* The thread; opaque. */
typedef struct oc_login_thread oc_login_thread_t;

/* Starts it. done: on its thread, after each check; takes the job over. OC_OK | OC_ERR_NOMEM. */
int oc_login_thread_start(oc_login_thread_t **out, void (*done)(void *context, oc_login_job_t *job),
                          void *context);
/* Takes the job over. OC_OK | OC_ERR_BUSY: OC_LOGIN_JOBS are there | OC_ERR_NOMEM no thread: the
 * job stays the caller's. */
int oc_login_thread_post(oc_login_thread_t *login, oc_login_job_t *job);
/* Ends it after the check under way; forgets the others. NULL is allowed. */
void oc_login_thread_stop(oc_login_thread_t *login);

/* Wipes and frees. NULL is allowed. */
void oc_login_job_free(oc_login_job_t *job);

#endif
