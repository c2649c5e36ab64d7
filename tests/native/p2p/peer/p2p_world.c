#include "p2p_world.h"

#include <stdio.h>
#include <stdlib.h>
#include "oc_err.h"
#include "oc_random_seeded.h"

#define PORT         40000
#define STEPS_AT_NOW 1000000 /* of one instant: more is a machine that never comes to rest */
#define MS           1000LL

typedef struct tag {
    oc_addr_t source, target;
} tag_t;
_Static_assert(sizeof(tag_t) <= OC_SIM_NET_TAG, "fits");

static oc_certificate_t *certificate(unsigned i) {
    static oc_certificate_t *made[3];
    i = i < 2 ? i : 2;
    if (!made[i] && oc_certificate_make(&made[i]) != OC_OK)
        abort();
    return made[i];
}

world_t *world_create(uint64_t seed) {
    world_t *world = calloc(1, sizeof *world);
    if (!world)
        abort();
    oc_random_seed(seed);
    world->net = oc_sim_net_create(seed ^ 0x5EED);
    world->now_us = 1000000;
    return world;
}

static void drain_hub(world_hub_t *hub);

void world_destroy(world_t *world) {
    oc_hub_peer_t peers[OC_HUB_PEERS_MAX];
    for (unsigned i = 0; i < world->hubs; i++) {
        world_hub_t *hub = &world->hub[i];
        hub->frozen = false;
        unsigned n = oc_hub_list(hub->hub, peers, OC_HUB_PEERS_MAX);
        for (unsigned k = 0; k < n; k++)
            (void)oc_hub_close(hub->hub, peers[k], world->now_us);
    }
    world_run(world, world->now_us + (WORLD_JOBS + 1) * world->job_us + 1, NULL, NULL);
    for (unsigned i = 0; i < world->hubs; i++) {
        world_hub_t *hub = &world->hub[i];
        drain_hub(hub);
        if (hub->alive)
            abort(); /* a peer did not end */
        oc_hub_deinit(hub->hub);
        free(hub->memory);
    }
    oc_sim_net_destroy(world->net);
    free(world);
}

oc_hub_config_t world_config(unsigned peers) {
    return (oc_hub_config_t){
        .peers = peers, .pool_blocks = 16384, .profile = oc_peer_profile_program()};
}

static unsigned new_addr(world_hub_t *hub, oc_addr_t addr) {
    char name[OC_ADDR_TEXT];
    unsigned i = hub->addrs++;
    if (i == WORLD_ADDRS)
        abort();
    oc_addr_print(&addr, name, sizeof name);
    hub->addr[i] = addr;
    hub->end[i] = oc_sim_net_end(hub->world->net, name);
    oc_hub_set_local(hub->hub, hub->addr, hub->addrs, hub->world->now_us);
    return i;
}

world_hub_t *world_add(world_t *world, const oc_hub_config_t *config) {
    unsigned i = world->hubs++;
    world_hub_t *hub = &world->hub[i];
    oc_hub_config_t copy = *config;
    if (i == WORLD_HUBS)
        abort();
    if (!copy.certificate)
        copy.certificate = certificate(i);
    hub->world = world;
    if (posix_memalign(&hub->memory, 16, oc_hub_bytes(&copy)) != 0 ||
        oc_hub_init(&hub->hub, &copy, hub->memory, world->now_us) != OC_OK)
        abort();
    (void)new_addr(hub, oc_addr4((const uint8_t[]){10, 0, 0, (uint8_t)(i + 1)}, PORT));
    return hub;
}

unsigned world_add_addr(world_hub_t *hub) {
    uint8_t n = (uint8_t)(hub - hub->world->hub + 1);
    return new_addr(hub, oc_addr4((const uint8_t[]){10, 1, n, (uint8_t)hub->addrs}, PORT));
}

void world_renumber(world_hub_t *hub, bool notified) {
    hub->addr[0].ip[1] = 2;
    hub->addr[0].ip[2] = (uint8_t)(hub - hub->world->hub + 1);
    hub->addr[0].ip[3]++;
    if (notified)
        oc_hub_set_local(hub->hub, hub->addr, hub->addrs, hub->world->now_us);
    world_settle(hub->world);
}

static bool has_addr(const world_hub_t *hub, const oc_addr_t *addr) {
    for (unsigned i = 0; i < hub->addrs; i++)
        if (oc_addr_equal(&hub->addr[i], addr))
            return true;
    return false;
}

void world_link(world_t *world, const world_hub_t *a, const world_hub_t *b, oc_sim_link_t link) {
    for (unsigned i = 0; i < a->addrs; i++)
        for (unsigned k = 0; k < b->addrs; k++) {
            *oc_sim_net_link(world->net, a->end[i], b->end[k]) = link;
            *oc_sim_net_link(world->net, b->end[k], a->end[i]) = link;
        }
}

/* ---- one hub ---- */

static void default_event(world_hub_t *self, oc_hub_event_t *event) {
    if (event->kind != OC_HUB_EVENT_PEER)
        return;
    oc_peer_t *peer = oc_hub_peer(self->hub, event->id);
    if (event->peer.kind == OC_PEER_EVENT_MESSAGE)
        oc_peer_message_release(peer, &event->peer);
    else if (event->peer.kind == OC_PEER_EVENT_CHANNEL)
        (void)oc_peer_refuse(peer, event->peer.sid, "no");
}

static void take_events(world_hub_t *hub) {
    oc_hub_event_t event;
    while (oc_hub_poll_event(hub->hub, hub->world->now_us, &event) == OC_OK) {
        (hub->on_event ? hub->on_event : default_event)(hub, &event);
        if (event.memory) {
            hub->alive--;
            free(event.memory);
        }
    }
}

static void take_jobs(world_hub_t *hub) {
    world_t *world = hub->world;
    oc_hub_peer_t id;
    oc_hs_job_t *job;
    while (world->jobs < WORLD_JOBS &&
           (job = oc_hub_poll_job(hub->hub, world->now_us, &id)) != NULL) {
        oc_handshake_run(job->handshake, job);
        if (!world->job_us) {
            oc_hub_job_done(hub->hub, id, world->now_us);
            continue;
        }
        if (hub->worker_us < world->now_us)
            hub->worker_us = world->now_us;
        hub->worker_us += world->job_us;
        world->job[world->jobs++] = (world_job_t){hub, id, hub->worker_us};
    }
}

/* From one of our ends to whoever has that address. False: nobody. */
static bool send_from(world_t *world, unsigned end, const tag_t *tag, const uint8_t *data,
                      size_t len) {
    const oc_addr_t *to = &tag->target;
    if (world->server.input &&
        (oc_addr_same_ip(&world->server.addr, to) || oc_addr_same_ip(&world->server.other, to))) {
        oc_sim_net_send(world->net, end, world->server.end, tag, sizeof *tag, data, len,
                        world->now_us);
        return true;
    }
    for (unsigned i = 0; i < world->hubs; i++)
        for (unsigned k = 0; k < world->hub[i].addrs; k++)
            if (oc_addr_equal(&world->hub[i].addr[k], to)) {
                oc_sim_net_send(world->net, end, world->hub[i].end[k], tag, sizeof *tag, data, len,
                                world->now_us);
                return true;
            }
    return false;
}

static bool send_one(world_hub_t *hub, const oc_path_t *to, const uint8_t *data, size_t len) {
    unsigned at = 0;
    for (unsigned i = 0; i < hub->addrs; i++)
        if (to->local.family && oc_addr_same_ip(&to->local, &hub->addr[i]))
            at = i;
    tag_t tag = {hub->addr[at], to->remote};
    if (oc_hub_may_fragment(hub->hub))
        oc_sim_net_fragment_next(hub->world->net);
    return send_from(hub->world, hub->end[at], &tag, data, len);
}

void world_add_server(world_t *world, oc_addr_t addr, oc_addr_t other,
                      void (*input)(world_t *world, const oc_addr_t *from, const oc_addr_t *to,
                                    oc_span_t bytes),
                      void *context) {
    world->server =
        (world_server_t){addr, other, oc_sim_net_end(world->net, "server"), input, context};
}

void world_server_send(world_t *world, const oc_addr_t *from, const oc_addr_t *to,
                       oc_span_t bytes) {
    tag_t tag = {*from, *to};
    (void)send_from(world, world->server.end, &tag, bytes.data, bytes.len);
}

static void send_all(world_hub_t *hub) {
    uint8_t data[OC_HUB_DATAGRAM];
    oc_path_t to;
    int n;
    while ((n = oc_hub_poll_output(hub->hub, hub->world->now_us, data, sizeof data, &to)) > 0) {
        size_t len = (size_t)n;
        if (hub->world->tap && !hub->world->tap(hub->world, hub, &to, data, &len))
            continue;
        if (!send_one(hub, &to, data, len))
            hub->unsent++;
    }
}

static void drain_hub(world_hub_t *hub) {
    unsigned turns = 0;
    if (hub->frozen)
        return;
    do {
        take_events(hub);
        take_jobs(hub);
        send_all(hub);
        take_events(hub);
        if (++turns > STEPS_AT_NOW)
            abort();
    } while (oc_hub_next_deadline(hub->hub) == 0);
}

/* ---- time ---- */

static world_hub_t *owner_of(world_t *world, unsigned end) {
    for (unsigned i = 0; i < world->hubs; i++)
        for (unsigned k = 0; k < world->hub[i].addrs; k++)
            if (world->hub[i].end[k] == end)
                return &world->hub[i];
    return NULL;
}

static void deliver(world_t *world) {
    static oc_sim_datagram_t d;
    while (oc_sim_net_receive(world->net, world->now_us, &d)) {
        world_hub_t *hub = owner_of(world, d.to);
        tag_t tag;
        memcpy(&tag, d.tag, sizeof tag);
        if (world->server.input && d.to == world->server.end)
            world->server.input(world, &tag.source, &tag.target, oc_span(d.data, d.len));
        if (!hub || hub->frozen || !has_addr(hub, &tag.target))
            continue;
        oc_path_t from = {.local = tag.target, .remote = tag.source};
        oc_hub_input(hub->hub, &from, d.data, d.len, world->now_us);
        drain_hub(hub);
    }
}

static void finish_jobs(world_t *world) {
    for (unsigned i = 0; i < world->jobs;) {
        world_job_t job = world->job[i];
        if (job.done_us > world->now_us) {
            i++;
            continue;
        }
        world->job[i] = world->job[--world->jobs];
        oc_hub_job_done(job.hub->hub, job.id, world->now_us);
        drain_hub(job.hub);
    }
}

void world_settle(world_t *world) {
    for (unsigned i = 0; i < world->hubs; i++)
        drain_hub(&world->hub[i]);
}

static int64_t next_time(const world_t *world) {
    int64_t t = oc_sim_net_due(world->net);
    for (unsigned i = 0; i < world->hubs; i++) {
        if (world->hub[i].frozen)
            continue;
        int64_t due = oc_hub_next_deadline(world->hub[i].hub);
        t = due < t ? due : t;
    }
    for (unsigned i = 0; i < world->jobs; i++)
        t = world->job[i].done_us < t ? world->job[i].done_us : t;
    return t;
}

bool world_run(world_t *world, int64_t until_us, bool (*done)(void *context), void *context) {
    world_settle(world);
    while (!done || !done(context)) {
        int64_t t = next_time(world);
        if (t > until_us) {
            world->now_us = until_us > world->now_us ? until_us : world->now_us;
            return false;
        }
        if (t > world->now_us)
            world->now_us = t;
        world->steps++;
        deliver(world);
        finish_jobs(world);
        for (unsigned i = 0; i < world->hubs; i++) {
            world_hub_t *hub = &world->hub[i];
            if (hub->frozen || oc_hub_next_deadline(hub->hub) > world->now_us)
                continue;
            oc_hub_advance(hub->hub, world->now_us);
            drain_hub(hub);
        }
    }
    return true;
}

/* ---- signalling ---- */

void *world_peer_memory(world_hub_t *hub) {
    void *memory;
    if (posix_memalign(&memory, 16, oc_hub_peer_bytes(hub->hub)) != 0)
        abort();
    return memory;
}

static oc_span_t describe(world_hub_t *hub, oc_hub_peer_t id, oc_span_t offer, char *out) {
    int n = oc_hub_description(hub->hub, id, offer, out, OC_HUB_DESCRIPTION);
    if (n <= 0) {
        fprintf(stderr, "description: %s\n", oc_err_name(n));
        abort();
    }
    if (hub->world->edit)
        hub->world->edit(hub->world, hub, offer.len > 0, out);
    return oc_span(out, strlen(out));
}

void world_change_line(char *text, const char *begins, const char *line) {
    char *at = text;
    while ((at = strstr(at, begins)) != NULL) {
        char *end = strstr(at, "\r\n");
        size_t len = line ? strlen(line) : 0;
        if (!end || strlen(text) + len >= OC_HUB_DESCRIPTION)
            abort();
        end += 2;
        memmove(at + len, end, strlen(end) + 1);
        memcpy(at, line ? line : "", len);
        at += len;
    }
}

void world_without_snap(world_t *world, const world_hub_t *from, bool answer, char *text) {
    (void)world, (void)from, (void)answer;
    world_change_line(text, "a=sctp-init:", NULL);
}

int world_connect(world_hub_t *from, world_hub_t *to, oc_hub_peer_t *a, oc_hub_peer_t *b) {
    char offer[OC_HUB_DESCRIPTION], answer[OC_HUB_DESCRIPTION];
    int64_t now = from->world->now_us;
    void *memory = world_peer_memory(from);
    int rc = oc_hub_connect(from->hub, memory, now, a);
    if (rc != OC_OK) {
        free(memory);
        return rc;
    }
    from->alive++;
    oc_span_t sdp = describe(from, *a, (oc_span_t){0}, offer);
    memory = world_peer_memory(to);
    rc = oc_hub_offer(to->hub, sdp, memory, now, b, NULL);
    if (rc != OC_OK) {
        free(memory);
        (void)oc_hub_close(from->hub, *a, now);
        return rc;
    }
    to->alive++;
    return oc_hub_answer(from->hub, *a, describe(to, *b, sdp, answer), now, NULL);
}

int world_restart(world_hub_t *from, oc_hub_peer_t a, world_hub_t *to, oc_hub_peer_t b) {
    char offer[OC_HUB_DESCRIPTION], answer[OC_HUB_DESCRIPTION];
    int64_t now = from->world->now_us;
    int rc = oc_hub_restart(from->hub, a, now);
    if (rc != OC_OK)
        return rc;
    oc_span_t sdp = describe(from, a, (oc_span_t){0}, offer);
    rc = oc_hub_reoffer(to->hub, b, sdp, now, NULL);
    if (rc != OC_OK)
        return rc;
    return oc_hub_answer(from->hub, a, describe(to, b, sdp, answer), now, NULL);
}

oc_peer_state_t world_state(world_hub_t *hub, oc_hub_peer_t id) {
    return oc_hub_peer_state(hub->hub, id);
}
