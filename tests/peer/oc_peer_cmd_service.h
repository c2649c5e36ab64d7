/* oc_peer_cmd_service - where the HTTP thread of `ocellus-peer` asks the thread of the peers: an
 * offer for an answer, or the statistics. Two bounded lists under one lock; nobody waits in it. */
#ifndef OC_PEER_CMD_SERVICE_H
#define OC_PEER_CMD_SERVICE_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define OC_PEER_CMD_SERVICE_REQUESTS 64 /* under way at a time; more: OC_ERR_BUSY */

/* What is asked. */
typedef enum oc_peer_cmd_request_kind {
    OC_PEER_CMD_REQUEST_OFFER,
    OC_PEER_CMD_REQUEST_REOFFER,
    OC_PEER_CMD_REQUEST_STATS
} oc_peer_cmd_request_kind_t;

/* One question, then its answer. */
typedef struct oc_peer_cmd_request {
    struct oc_peer_cmd_request *next;
    uint32_t id; /* the asker's own, > 0 */
    oc_peer_cmd_request_kind_t kind;
    uint32_t peer; /* question: of REOFFER; answer: the peer that was made, 0 = none */
    char *open; /* malloc, owned; question: a line "ID LABEL" for each channel that the offering end
                   makes by itself; NULL none */
    int status; /* answer: of HTTP */
    char *body; /* malloc, owned; question: the offer; answer: what is sent. May be NULL */
    size_t len; /* bytes of body */
} oc_peer_cmd_request_t;

typedef struct oc_peer_cmd_service {
    pthread_mutex_t lock;
    oc_peer_cmd_request_t *requested, *answered; /* newest last */
    unsigned count;                              /* taken by neither side yet, and under way */
    void (*wake_peers)(void *context);           /* any thread; an ask is there */
    void (*wake_http)(void *context); /* any thread; an answer is there; NULL: nobody listens */
    void *peers_context, *http_context;
} oc_peer_cmd_service_t;

/* wake_http and its context are set by the server, later. */
void oc_peer_cmd_service_init(oc_peer_cmd_service_t *service, void (*wake_peers)(void *context),
                              void *context);
/* Frees what is left. No thread uses it any more. */
void oc_peer_cmd_service_deinit(oc_peer_cmd_service_t *service);
/* Sets or clears (NULL) who is told of answers. */
void oc_peer_cmd_service_listen(oc_peer_cmd_service_t *service, void (*wake_http)(void *context),
                                void *context);

/* Asks; body, open (may be NULL): owned by callee on OC_OK. OC_OK | OC_ERR_BUSY | OC_ERR_NOMEM. */
int oc_peer_cmd_service_request(oc_peer_cmd_service_t *service, uint32_t id,
                                oc_peer_cmd_request_kind_t kind, uint32_t peer, char *body,
                                size_t len, char *open);
/* The oldest question; owned by caller until oc_peer_cmd_service_answer. NULL: none. */
oc_peer_cmd_request_t *oc_peer_cmd_service_take(oc_peer_cmd_service_t *service);
/* Answers; body: malloc, owned by callee; the question's is freed. */
void oc_peer_cmd_service_answer(oc_peer_cmd_service_t *service, oc_peer_cmd_request_t *req,
                                int status, char *body, size_t len);
/* The oldest answer; owned by caller, ended by oc_peer_cmd_service_free. NULL: none. */
oc_peer_cmd_request_t *oc_peer_cmd_service_collect(oc_peer_cmd_service_t *service);
/* Frees an answer with its body. */
void oc_peer_cmd_service_free(oc_peer_cmd_service_t *service, oc_peer_cmd_request_t *req);

#endif
