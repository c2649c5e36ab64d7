#include "fake_push_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "oc_err.h"

#define FILE_MAX (64u * 1024 * 1024)

fake_server_t fake_server;

void fake_server_reset(void) {
    for (unsigned i = 0; i < fake_server.links; i++)
        free(fake_server.link[i].file);
    memset(&fake_server, 0, sizeof fake_server);
}

static void give_back(oc_push_link_t *link) {
    const uint8_t *data = link->given;
    link->given = NULL;
    if (data)
        link->release(link->release_context, data);
}

static void take(oc_push_link_t *link) {
    if (link->len + link->bytes > FILE_MAX)
        abort();
    if (!link->file)
        link->file = malloc(FILE_MAX); /* of the system's when it is written */
    memcpy(link->file + link->len, link->given, link->bytes);
    link->len += link->bytes;
    give_back(link);
    link->config.wake(link->config.context);
}

void fake_server_turn(void) {
    for (unsigned i = 0; i < fake_server.links; i++) {
        oc_push_link_t *link = &fake_server.link[i];
        if (link->closed || link->state == OC_PUSH_LINK_ENDED)
            continue;
        if (link->state == OC_PUSH_LINK_CONNECTING && !fake_server.slow) {
            link->state = fake_server.refuses ? OC_PUSH_LINK_ENDED : OC_PUSH_LINK_OPEN;
            link->code = fake_server.refuses;
            link->config.wake(link->config.context);
        } else if (link->given && !fake_server.stuck) {
            take(link);
        }
    }
}

void fake_server_end(int code) {
    for (unsigned i = 0; i < fake_server.links; i++) {
        oc_push_link_t *link = &fake_server.link[i];
        if (link->closed)
            continue;
        link->state = OC_PUSH_LINK_ENDED;
        link->code = code;
        give_back(link);
        link->config.wake(link->config.context);
    }
}

unsigned fake_server_open(void) {
    unsigned open = 0;
    for (unsigned i = 0; i < fake_server.links; i++)
        open += !fake_server.link[i].closed && fake_server.link[i].state != OC_PUSH_LINK_ENDED;
    return open;
}

/* ---- oc_push_link.h ---- */

int oc_push_link_open(oc_push_link_t **out, const oc_push_link_config_t *config, char *why,
                      size_t size) {
    if (fake_server.open_result != OC_OK) {
        snprintf(why, size, "no such protocol");
        return fake_server.open_result;
    }
    if (fake_server.links == FAKE_LINKS)
        abort();
    oc_push_link_t *link = &fake_server.link[fake_server.links++];
    *link = (oc_push_link_t){.config = *config};
    snprintf(link->url, sizeof link->url, "%s", config->url);
    *out = link;
    return OC_OK;
}

oc_push_link_state_t oc_push_link_state(oc_push_link_t *link, int *code, char *why, size_t size) {
    if (link->closed)
        abort();
    *code = link->code;
    snprintf(why, size, "%s", link->state == OC_PUSH_LINK_ENDED ? "the server says no" : "");
    return link->state;
}

int oc_push_link_give(oc_push_link_t *link, const uint8_t *data, size_t bytes,
                      void (*release)(void *context, const uint8_t *data), void *release_context) {
    if (link->closed)
        abort();
    if (link->state != OC_PUSH_LINK_OPEN || link->given)
        return OC_AGAIN;
    link->given = data;
    link->bytes = bytes;
    link->release = release;
    link->release_context = release_context;
    return OC_OK;
}

size_t oc_push_link_queued(oc_push_link_t *link) {
    return link->given ? link->bytes : 0;
}

void oc_push_link_close(oc_push_link_t *link) {
    if (link->closed)
        abort();
    give_back(link);
    link->closed = true;
}
