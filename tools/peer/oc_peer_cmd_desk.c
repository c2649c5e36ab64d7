/* oc_peer_cmd_desk - see the header. */
#include "oc_peer_cmd_desk.h"

#include <stdbool.h>
#include <stdlib.h>

#include "oc_err.h"

void oc_peer_cmd_desk_init(oc_peer_cmd_desk_t *desk, void (*wake_peers)(void *context),
                           void *context) {
    *desk = (oc_peer_cmd_desk_t){.wake_peers = wake_peers, .peers_context = context};
    pthread_mutex_init(&desk->lock, NULL);
}

static void free_one(oc_peer_cmd_ask_t *ask) {
    free(ask->body);
    free(ask->open);
    free(ask);
}

static void free_all(oc_peer_cmd_ask_t *ask) {
    while (ask) {
        oc_peer_cmd_ask_t *next = ask->next;
        free_one(ask);
        ask = next;
    }
}

void oc_peer_cmd_desk_deinit(oc_peer_cmd_desk_t *desk) {
    free_all(desk->asked);
    free_all(desk->answered);
    pthread_mutex_destroy(&desk->lock);
}

void oc_peer_cmd_desk_listen(oc_peer_cmd_desk_t *desk, void (*wake_http)(void *context),
                             void *context) {
    pthread_mutex_lock(&desk->lock);
    desk->wake_http = wake_http;
    desk->http_context = context;
    pthread_mutex_unlock(&desk->lock);
}

static void append(oc_peer_cmd_ask_t **list, oc_peer_cmd_ask_t *ask) {
    ask->next = NULL;
    while (*list)
        list = &(*list)->next;
    *list = ask;
}

static oc_peer_cmd_ask_t *pop(oc_peer_cmd_desk_t *desk, oc_peer_cmd_ask_t **list) {
    pthread_mutex_lock(&desk->lock);
    oc_peer_cmd_ask_t *ask = *list;
    if (ask)
        *list = ask->next;
    pthread_mutex_unlock(&desk->lock);
    return ask;
}

int oc_peer_cmd_desk_ask(oc_peer_cmd_desk_t *desk, uint32_t id, oc_peer_cmd_ask_kind_t kind,
                         uint32_t peer, char *body, size_t len, char *open) {
    oc_peer_cmd_ask_t *ask = malloc(sizeof *ask);
    if (!ask)
        return OC_ERR_NOMEM;
    *ask = (oc_peer_cmd_ask_t){
        .id = id, .kind = kind, .peer = peer, .body = body, .len = len, .open = open};
    pthread_mutex_lock(&desk->lock);
    bool room = desk->count < OC_PEER_CMD_DESK_ASKS;
    if (room) {
        desk->count++;
        append(&desk->asked, ask);
    }
    pthread_mutex_unlock(&desk->lock);
    if (room)
        desk->wake_peers(desk->peers_context);
    else
        free(ask);
    return room ? OC_OK : OC_ERR_BUSY;
}

oc_peer_cmd_ask_t *oc_peer_cmd_desk_take(oc_peer_cmd_desk_t *desk) {
    return pop(desk, &desk->asked);
}

void oc_peer_cmd_desk_answer(oc_peer_cmd_desk_t *desk, oc_peer_cmd_ask_t *ask, int status,
                             char *body, size_t len) {
    free(ask->body);
    ask->status = status;
    ask->body = body;
    ask->len = len;
    pthread_mutex_lock(&desk->lock);
    append(&desk->answered, ask);
    if (desk->wake_http)
        desk->wake_http(desk->http_context);
    pthread_mutex_unlock(&desk->lock);
}

oc_peer_cmd_ask_t *oc_peer_cmd_desk_collect(oc_peer_cmd_desk_t *desk) {
    return pop(desk, &desk->answered);
}

void oc_peer_cmd_desk_free(oc_peer_cmd_desk_t *desk, oc_peer_cmd_ask_t *ask) {
    pthread_mutex_lock(&desk->lock);
    desk->count--;
    pthread_mutex_unlock(&desk->lock);
    free_one(ask);
}
