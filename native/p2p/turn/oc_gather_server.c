/* The servers of oc_gather, and what is known through them. */
#include "oc_crypto.h"
#include "oc_err.h"
#include "oc_gather_impl.h"

static const char *text(const char *s) {
    return s ? s : "";
}

static bool good_addr(const oc_addr_t *addr, unsigned family) {
    return !addr->family || (addr->family == family && addr->port && !oc_addr_is_zero(addr) &&
                             !oc_addr_is_multicast(addr) && !oc_addr_is_broadcast(addr));
}

static bool good(const oc_gather_server_t *s) {
    size_t user = strlen(text(s->username)), password = strlen(text(s->password));
    if (!good_addr(&s->addr4, 4) || !good_addr(&s->addr6, 6) ||
        (!s->addr4.family && !s->addr6.family))
        return false;
    if (!s->turn)
        return true;
    return s->transport <= OC_TURN_TLS && user && user < OC_TURN_USERNAME_MAX && password &&
           password < OC_TURN_PASSWORD_MAX && strlen(text(s->domain)) < OC_TURN_DOMAIN_MAX;
}

static bool same_place(const oc_gather_slot_t *slot, const oc_gather_server_t *s) {
    return slot->used && slot->turn == s->turn && oc_addr_equal(&slot->addr[0], &s->addr4) &&
           oc_addr_equal(&slot->addr[1], &s->addr6) &&
           (!s->turn ||
            (slot->transport == s->transport && !strcmp(slot->domain, text(s->domain))));
}

static bool same_user(const oc_gather_slot_t *slot, const oc_gather_server_t *s) {
    return !s->turn ||
           (!strcmp(slot->username, s->username) && !strcmp(slot->password, s->password));
}

static void copy_text(char *to, size_t size, const char *from) {
    oc_crypto_wipe(to, size);
    memcpy(to, from, strlen(from));
}

static void set_user(oc_gather_slot_t *slot, const oc_gather_server_t *s) {
    copy_text(slot->username, sizeof slot->username, s->turn ? s->username : "");
    copy_text(slot->password, sizeof slot->password, s->turn ? s->password : "");
}

static void fill(oc_gather_slot_t *slot, const oc_gather_server_t *s) {
    slot->used = true;
    slot->turn = s->turn;
    slot->transport = s->turn ? s->transport : OC_TURN_UDP;
    slot->addr[0] = s->addr4;
    slot->addr[1] = s->addr6;
    copy_text(slot->domain, sizeof slot->domain, s->turn ? text(s->domain) : "");
    set_user(slot, s);
}

/* An allocation that is being given back makes room: its server will see it end by its lifetime. */
static void make_room(oc_gather_t *gather, unsigned expected) {
    unsigned free_places = 0;
    for (unsigned i = 0; i < OC_GATHER_RELAYS; i++)
        free_places += !gather->relay[i].used;
    for (unsigned i = 0; i < OC_GATHER_RELAYS && free_places < expected; i++) {
        oc_gather_relay_t *r = &gather->relay[i];
        oc_gather_event_t event = {.kind = OC_GATHER_DISCONNECT,
                                   .candidate = {.via = (uint8_t)(i + 1)}};
        if (!r->used || !r->removed)
            continue;
        if (r->turn.transport != OC_TURN_UDP)
            oc_gather_notify(gather, &event);
        oc_turn_deinit(&r->turn);
        r->used = false;
        free_places++;
    }
}

static void take_away(oc_gather_t *gather, unsigned index, int64_t now_us) {
    for (unsigned i = 0; i < OC_GATHER_PROBES; i++)
        if (gather->probe[i].used && gather->probe[i].server == index)
            oc_gather_probe_remove(gather, &gather->probe[i]);
    for (unsigned i = 0; i < OC_GATHER_RELAYS; i++)
        if (gather->relay[i].used && !gather->relay[i].removed && gather->relay[i].server == index)
            oc_gather_relay_remove(gather, &gather->relay[i], now_us);
    oc_crypto_wipe(&gather->server[index], sizeof gather->server[index]);
}

static void change_user(oc_gather_t *gather, unsigned index, const oc_gather_server_t *s,
                        int64_t now_us) {
    set_user(&gather->server[index], s);
    for (unsigned i = 0; i < OC_GATHER_RELAYS; i++)
        if (gather->relay[i].used && !gather->relay[i].removed && gather->relay[i].server == index)
            oc_gather_relay_renew(gather, &gather->relay[i], now_us);
}

int oc_gather_set_server(oc_gather_t *gather, unsigned index, const oc_gather_server_t *server,
                         int64_t now_us) {
    if (index >= OC_GATHER_SERVERS)
        return OC_ERR_RANGE;
    if (!server) {
        take_away(gather, index, now_us);
        return OC_OK;
    }
    if (!good(server))
        return OC_ERR_INVAL;
    if (same_place(&gather->server[index], server)) {
        if (!same_user(&gather->server[index], server))
            change_user(gather, index, server, now_us);
        return OC_OK;
    }
    unsigned others = 0, expected = server->turn
                                        ? (server->addr4.family != 0) + (server->addr6.family != 0)
                                        : 0;
    for (unsigned i = 0; i < OC_GATHER_RELAYS; i++)
        others +=
            gather->relay[i].used && !gather->relay[i].removed && gather->relay[i].server != index;
    if (others + expected > OC_GATHER_RELAYS)
        return OC_ERR_BUSY;
    take_away(gather, index, now_us);
    fill(&gather->server[index], server);
    make_room(gather, expected);
    for (unsigned i = 0; i < 2; i++) {
        const oc_gather_slot_t *slot = &gather->server[index];
        if (slot->addr[i].family && slot->transport == OC_TURN_UDP)
            oc_gather_probe_add(gather, index, &slot->addr[i], now_us);
        if (slot->addr[i].family && slot->turn)
            (void)oc_gather_relay_add(gather, index, &slot->addr[i], now_us); /* checked above */
    }
    return OC_OK;
}

unsigned oc_gather_candidates(const oc_gather_t *gather, oc_gather_candidate_t *out, unsigned max) {
    unsigned n = 0;
    for (unsigned i = 0; i < OC_GATHER_PROBES; i++) {
        const oc_gather_probe_t *p = &gather->probe[i];
        bool again = !p->used || !p->mapped.family;
        for (unsigned k = 0; k < n && !again; k++)
            again = oc_addr_equal(&out[k].addr, &p->mapped);
        if (!again && n < max)
            out[n++] = (oc_gather_candidate_t){
                .kind = OC_GATHER_REFLEXIVE, .server = p->server, .addr = p->mapped};
    }
    for (unsigned i = 0; i < OC_GATHER_RELAYS && n < max; i++) {
        const oc_gather_relay_t *r = &gather->relay[i];
        if (r->used && r->relayed.family)
            out[n++] = (oc_gather_candidate_t){.kind = OC_GATHER_RELAYED,
                                               .via = (uint8_t)(i + 1),
                                               .server = r->server,
                                               .addr = r->relayed,
                                               .related = r->mapped};
    }
    return n;
}

bool oc_gather_settled(const oc_gather_t *gather) {
    for (unsigned i = 0; i < OC_GATHER_PROBES; i++)
        if (gather->probe[i].used && !gather->probe[i].settled)
            return false;
    for (unsigned i = 0; i < OC_GATHER_RELAYS; i++)
        if (gather->relay[i].used && !gather->relay[i].removed && !gather->relay[i].settled)
            return false;
    return true;
}
