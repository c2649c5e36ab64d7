#include "oc_p2p_servers.h"

#include "oc_err.h"
#include "oc_log.h"

#define WAIT_US  (5 * 1000 * 1000LL)
#define WAIT_MAX (60 * 1000 * 1000LL)

void oc_p2p_servers_stop(oc_p2p_servers_t *servers) {
    if (!servers->open)
        return;
    for (unsigned i = 0; i < OC_GATHER_SERVERS; i++)
        if (servers->pending[i])
            servers->env.drop(servers->env.context, i);
    oc_p2p_open_wipe(servers->open);
    *servers = (oc_p2p_servers_t){0};
}

static void use(oc_p2p_servers_t *servers, unsigned index, const oc_p2p_found_t *found) {
    const oc_p2p_server_t *named = &servers->open->server[index];
    oc_gather_server_t server = {.turn = named->turn,
                                 .transport = named->transport,
                                 .username = named->user,
                                 .password = named->password,
                                 .domain = named->host};
    if (servers->open->ipv4 && found->addr4.family)
        server.addr4 = found->addr4;
    if (servers->open->ipv6 && found->addr6.family)
        server.addr6 = found->addr6;
    server.addr4.port = server.addr6.port = named->port;
    int result = oc_hub_pump_set_server(servers->env.pump, index, &server);
    if (result != OC_OK)
        oc_log(OC_LOG_WARN, "p2p", "server %.100s: %s", named->host,
               result == OC_ERR_INVAL ? "no address of the families in use" : oc_err_text(result));
}

void oc_p2p_servers_found(oc_p2p_servers_t *servers, unsigned index, const oc_p2p_found_t *found) {
    unsigned pending = 0, unknown = 0;
    if (!servers->open || !servers->pending[index])
        return;
    servers->pending[index] = false;
    servers->unknown[index] = found->why != NULL;
    if (found->why)
        oc_log(OC_LOG_WARN, "p2p", "server %.100s: %s", servers->open->server[index].host,
               found->why);
    else
        use(servers, index, found);
    for (unsigned i = 0; i < servers->open->servers; i++) {
        pending += servers->pending[i];
        unknown += servers->unknown[i];
    }
    if (pending > 0)
        return;
    oc_p2p_servers_env_t env = servers->env;
    if (unknown > 0) {
        servers->again_us = env.loop.now_us(env.loop.context) + servers->wait_us;
        servers->wait_us = servers->wait_us * 2 < WAIT_MAX ? servers->wait_us * 2 : WAIT_MAX;
    } else {
        oc_p2p_servers_stop(servers);
    }
    env.tried(env.owner, unknown);
}

void oc_p2p_servers_again(oc_p2p_servers_t *servers) {
    if (!servers->open)
        return;
    servers->again_us = INT64_MAX;
    for (unsigned i = 0; i < servers->open->servers; i++) {
        if (!servers->unknown[i] || servers->pending[i])
            continue;
        const char *host = servers->open->server[i].host;
        servers->pending[i] = servers->env.look_up(servers->env.context, i, host) == OC_OK;
        if (!servers->pending[i])
            servers->again_us =
                servers->env.loop.now_us(servers->env.loop.context) + servers->wait_us;
    }
}

int64_t oc_p2p_servers_advance(oc_p2p_servers_t *servers, int64_t now_us) {
    if (servers->open && servers->again_us <= now_us)
        oc_p2p_servers_again(servers);
    return servers->open ? servers->again_us : INT64_MAX;
}

void oc_p2p_servers_start(oc_p2p_servers_t *servers, const oc_p2p_servers_env_t *env,
                          oc_p2p_open_t *open) {
    *servers = (oc_p2p_servers_t){.env = *env, .open = open, .wait_us = WAIT_US};
    for (unsigned i = 0; i < open->servers; i++)
        servers->unknown[i] = true;
    if (open->servers > 0)
        oc_p2p_servers_again(servers);
    else
        oc_p2p_servers_stop(servers);
}
