#include "oc_p2p_servers.h"

#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_log.h"
#include "oc_posix.h"

#define WAIT_US  (5 * 1000 * 1000LL)
#define WAIT_MAX (60 * 1000 * 1000LL)

void oc_p2p_servers_stop(oc_p2p_servers_t *servers) {
    for (unsigned i = 0; i < servers->count; i++) {
        if (servers->lookup[i])
            oc_p2p_lookup_drop(servers->lookup[i]);
        servers->lookup[i] = NULL;
    }
    oc_crypto_wipe(servers->server, sizeof servers->server);
    servers->count = 0;
    servers->again_us = INT64_MAX;
}

static void use(oc_p2p_servers_t *servers, unsigned index, const oc_p2p_lookup_result_t *found) {
    const oc_p2p_server_t *named = &servers->server[index];
    oc_gather_server_t server = {.turn = named->turn,
                                 .transport = named->transport,
                                 .username = named->user,
                                 .password = named->password,
                                 .domain = named->host};
    if (servers->ipv4 && found->addr4.family)
        server.addr4 = found->addr4;
    if (servers->ipv6 && found->addr6.family)
        server.addr6 = found->addr6;
    server.addr4.port = server.addr6.port = named->port;
    int result = oc_p2p_pump_set_server(servers->pump, index, &server);
    if (result != OC_OK)
        oc_log(OC_LOG_WARN, "p2p", "server %.100s: %s", named->host,
               result == OC_ERR_INVAL ? "no address of the families in use" : oc_err_text(result));
}

static void on_found(void *context, unsigned index, const oc_p2p_lookup_result_t *found) {
    oc_p2p_servers_t *servers = context;
    unsigned pending = 0, unknown = 0;
    servers->lookup[index] = NULL;
    servers->unknown[index] = found->why != NULL;
    if (found->why)
        oc_log(OC_LOG_WARN, "p2p", "server %.100s: %s", servers->server[index].host, found->why);
    else
        use(servers, index, found);
    for (unsigned i = 0; i < servers->count; i++) {
        pending += servers->lookup[i] != NULL;
        unknown += servers->unknown[i];
    }
    if (pending > 0)
        return;
    if (unknown > 0) {
        servers->again_us = oc_posix_now_us() + servers->wait_us;
        servers->wait_us = servers->wait_us * 2 < WAIT_MAX ? servers->wait_us * 2 : WAIT_MAX;
    } else {
        oc_p2p_servers_stop(servers);
    }
    servers->tried(servers->context, unknown);
}

void oc_p2p_servers_again(oc_p2p_servers_t *servers) {
    servers->again_us = INT64_MAX;
    for (unsigned i = 0; i < servers->count; i++) {
        if (!servers->unknown[i] || servers->lookup[i])
            continue;
        if (oc_p2p_lookup_start(&servers->lookup[i], servers->media, servers->server[i].host, i,
                                on_found, servers) != OC_OK) {
            servers->lookup[i] = NULL;
            servers->again_us = oc_posix_now_us() + servers->wait_us;
        }
    }
}

int64_t oc_p2p_servers_advance(oc_p2p_servers_t *servers, int64_t now_us) {
    if (servers->count > 0 && servers->again_us <= now_us)
        oc_p2p_servers_again(servers);
    return servers->count > 0 ? servers->again_us : INT64_MAX;
}

void oc_p2p_servers_start(oc_p2p_servers_t *servers, oc_media_thread_t *media, oc_p2p_pump_t *pump,
                          const oc_p2p_open_t *open, void (*tried)(void *context, unsigned failed),
                          void *context) {
    *servers = (oc_p2p_servers_t){.media = media,
                                  .pump = pump,
                                  .ipv4 = open->ipv4,
                                  .ipv6 = open->ipv6,
                                  .count = open->servers,
                                  .wait_us = WAIT_US,
                                  .tried = tried,
                                  .context = context};
    for (unsigned i = 0; i < open->servers; i++) {
        servers->server[i] = open->server[i];
        servers->unknown[i] = true;
    }
    oc_p2p_servers_again(servers);
}
