/* oc_peer_cmd_service - see the header. */
#include "oc_peer_cmd_service.h"

#include <stdbool.h>
#include <stdlib.h>

#include "oc_err.h"

void oc_peer_cmd_service_init(oc_peer_cmd_service_t *service, void (*wake_peers)(void *context),
                              void *context) {
    *service = (oc_peer_cmd_service_t){.wake_peers = wake_peers, .peers_context = context};
    pthread_mutex_init(&service->lock, NULL);
}

static void free_one(oc_peer_cmd_request_t *req) {
    free(req->body);
    free(req->open);
    free(req);
}

static void free_all(oc_peer_cmd_request_t *req) {
    while (req) {
        oc_peer_cmd_request_t *next = req->next;
        free_one(req);
        req = next;
    }
}

void oc_peer_cmd_service_deinit(oc_peer_cmd_service_t *service) {
    free_all(service->requested);
    free_all(service->answered);
    pthread_mutex_destroy(&service->lock);
}

void oc_peer_cmd_service_listen(oc_peer_cmd_service_t *service, void (*wake_http)(void *context),
                                void *context) {
    pthread_mutex_lock(&service->lock);
    service->wake_http = wake_http;
    service->http_context = context;
    pthread_mutex_unlock(&service->lock);
}

static void append(oc_peer_cmd_request_t **list, oc_peer_cmd_request_t *req) {
    req->next = NULL;
    while (*list)
        list = &(*list)->next;
    *list = req;
}

static oc_peer_cmd_request_t *pop(oc_peer_cmd_service_t *service, oc_peer_cmd_request_t **list) {
    pthread_mutex_lock(&service->lock);
    oc_peer_cmd_request_t *req = *list;
    if (req)
        *list = req->next;
    pthread_mutex_unlock(&service->lock);
    return req;
}

int oc_peer_cmd_service_request(oc_peer_cmd_service_t *service, uint32_t id,
                                oc_peer_cmd_request_kind_t kind, uint32_t peer, char *body,
                                size_t len, char *open) {
    oc_peer_cmd_request_t *req = malloc(sizeof *req);
    if (!req)
        return OC_ERR_NOMEM;
    *req = (oc_peer_cmd_request_t){
        .id = id, .kind = kind, .peer = peer, .body = body, .len = len, .open = open};
    pthread_mutex_lock(&service->lock);
    bool room = service->count < OC_PEER_CMD_SERVICE_REQUESTS;
    if (room) {
        service->count++;
        append(&service->requested, req);
    }
    pthread_mutex_unlock(&service->lock);
    if (room)
        service->wake_peers(service->peers_context);
    else
        free(req);
    return room ? OC_OK : OC_ERR_BUSY;
}

oc_peer_cmd_request_t *oc_peer_cmd_service_take(oc_peer_cmd_service_t *service) {
    return pop(service, &service->requested);
}

void oc_peer_cmd_service_answer(oc_peer_cmd_service_t *service, oc_peer_cmd_request_t *req,
                                int status, char *body, size_t len) {
    free(req->body);
    req->status = status;
    req->body = body;
    req->len = len;
    pthread_mutex_lock(&service->lock);
    append(&service->answered, req);
    if (service->wake_http)
        service->wake_http(service->http_context);
    pthread_mutex_unlock(&service->lock);
}

oc_peer_cmd_request_t *oc_peer_cmd_service_collect(oc_peer_cmd_service_t *service) {
    return pop(service, &service->answered);
}

void oc_peer_cmd_service_free(oc_peer_cmd_service_t *service, oc_peer_cmd_request_t *req) {
    pthread_mutex_lock(&service->lock);
    service->count--;
    pthread_mutex_unlock(&service->lock);
    free_one(req);
}
