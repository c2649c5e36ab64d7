/* oc_sim_net - see the header. */
#include "oc_sim_net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct flight {
    int64_t at_us;
    uint64_t order; /* of sending: datagrams of the same instant arrive in it */
    unsigned from, to;
    size_t tag_len, len;
    uint8_t bytes[]; /* tag, data */
} flight_t;

typedef struct link {
    oc_sim_link_t set;
    oc_sim_link_stats_t stats;
    int64_t free_us; /* when the rate has room again */
    int64_t last_us; /* arrival of the last datagram that kept its place */
} link_t;

struct oc_sim_net {
    uint64_t random, order;
    oc_sim_link_t standard;
    char name[OC_SIM_NET_ENDS][32];
    unsigned ends;
    bool fragment; /* the next datagram may be cut */
    link_t *links[OC_SIM_NET_ENDS][OC_SIM_NET_ENDS];
    flight_t **heap;
    size_t heap_len, heap_room;
};

static uint64_t draw64(oc_sim_net_t *net) { /* splitmix64 */
    uint64_t z = net->random += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

uint64_t oc_sim_net_draw(oc_sim_net_t *net, uint64_t n) {
    return draw64(net) % n;
}

static bool chance(oc_sim_net_t *net, uint32_t ppm) {
    return ppm && draw64(net) % 1000000 < ppm;
}

oc_sim_net_t *oc_sim_net_create(uint64_t seed) {
    oc_sim_net_t *net = calloc(1, sizeof *net);
    if (!net)
        abort();
    net->random = seed;
    return net;
}

void oc_sim_net_destroy(oc_sim_net_t *net) {
    for (unsigned i = 0; i < net->ends; i++)
        for (unsigned k = 0; k < net->ends; k++)
            free(net->links[i][k]);
    for (size_t i = 0; i < net->heap_len; i++)
        free(net->heap[i]);
    free(net->heap);
    free(net);
}

unsigned oc_sim_net_end(oc_sim_net_t *net, const char *name) {
    if (net->ends == OC_SIM_NET_ENDS)
        abort();
    snprintf(net->name[net->ends], sizeof net->name[0], "%s", name);
    return net->ends++;
}

static link_t *link_of(oc_sim_net_t *net, unsigned from, unsigned to) {
    if (from >= net->ends || to >= net->ends)
        abort();
    link_t **l = &net->links[from][to];
    if (!*l) {
        *l = calloc(1, sizeof **l);
        if (!*l)
            abort();
        (*l)->set = net->standard;
    }
    return *l;
}

oc_sim_link_t *oc_sim_net_link(oc_sim_net_t *net, unsigned from, unsigned to) {
    return &link_of(net, from, to)->set;
}

oc_sim_link_t *oc_sim_net_default(oc_sim_net_t *net) {
    return &net->standard;
}

const oc_sim_link_stats_t *oc_sim_net_stats(oc_sim_net_t *net, unsigned from, unsigned to) {
    return &link_of(net, from, to)->stats;
}

static bool before(const flight_t *a, const flight_t *b) {
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void heap_push(oc_sim_net_t *net, flight_t *f) {
    if (net->heap_len == net->heap_room) {
        net->heap_room = net->heap_room ? 2 * net->heap_room : 256;
        net->heap = realloc(net->heap, net->heap_room * sizeof *net->heap);
        if (!net->heap)
            abort();
    }
    size_t i = net->heap_len++;
    for (; i && before(f, net->heap[(i - 1) / 2]); i = (i - 1) / 2)
        net->heap[i] = net->heap[(i - 1) / 2];
    net->heap[i] = f;
}

static flight_t *heap_pop(oc_sim_net_t *net) {
    flight_t *top = net->heap[0], *last = net->heap[--net->heap_len];
    size_t i = 0, k;
    while ((k = 2 * i + 1) < net->heap_len) {
        if (k + 1 < net->heap_len && before(net->heap[k + 1], net->heap[k]))
            k++;
        if (!before(net->heap[k], last))
            break;
        net->heap[i] = net->heap[k];
        i = k;
    }
    net->heap[i] = last;
    return top;
}

/* When the last bit has left, or -1: the queue is full. */
static int64_t departure(link_t *l, size_t len, int64_t now_us) {
    if (!l->set.rate_bps)
        return now_us;
    int64_t start = l->free_us > now_us ? l->free_us : now_us;
    uint64_t waiting = (uint64_t)(start - now_us) * l->set.rate_bps / 8000000;
    if (l->set.queue_bytes && waiting + len > l->set.queue_bytes)
        return -1;
    uint64_t bits = 8 * ((uint64_t)len + l->set.overhead);
    l->free_us = start + (int64_t)((bits * 1000000 + l->set.rate_bps - 1) / l->set.rate_bps);
    return l->free_us;
}

static int64_t arrival(oc_sim_net_t *net, link_t *l, int64_t left_us) {
    int64_t at = left_us + l->set.delay_us;
    if (l->set.jitter_us)
        at += (int64_t)(draw64(net) % (uint64_t)(l->set.jitter_us + 1));
    if (l->set.reorder_us && chance(net, l->set.reorder_ppm)) {
        l->stats.reordered++;
        return at + 1 + (int64_t)(draw64(net) % (uint64_t)l->set.reorder_us);
    }
    if (at < l->last_us)
        at = l->last_us;
    l->last_us = at;
    return at;
}

static void corrupt(oc_sim_net_t *net, uint8_t *data, size_t len) {
    for (uint64_t n = 1 + draw64(net) % 8; n && len; n--)
        data[draw64(net) % len] ^= (uint8_t)(1u << draw64(net) % 8);
}

void oc_sim_net_send(oc_sim_net_t *net, unsigned from, unsigned to, const void *tag, size_t tag_len,
                     const void *data, size_t len, int64_t now_us) {
    link_t *l = link_of(net, from, to);
    if (tag_len > OC_SIM_NET_TAG || len > OC_SIM_NET_DATA)
        abort();
    bool fragment = net->fragment;
    net->fragment = false;
    l->stats.sent++;
    l->stats.bytes += len;
    if (l->set.mtu && len > l->set.mtu && !fragment) {
        l->stats.over_mtu++;
        return;
    }
    int64_t left = departure(l, len, now_us);
    if (left < 0) {
        l->stats.over_queue++;
        return;
    }
    if (l->set.down || chance(net, l->set.loss_ppm)) {
        l->stats.lost++;
        return;
    }
    bool twice = chance(net, l->set.duplicate_ppm);
    l->stats.duplicated += twice;
    for (int copies = twice ? 2 : 1; copies; copies--) {
        flight_t *f = malloc(sizeof *f + tag_len + len);
        if (!f)
            abort();
        *f = (flight_t){arrival(net, l, left), net->order++, from, to, tag_len, len};
        if (tag_len)
            memcpy(f->bytes, tag, tag_len);
        if (len)
            memcpy(f->bytes + tag_len, data, len);
        if (chance(net, l->set.corrupt_ppm)) {
            l->stats.corrupted++;
            corrupt(net, f->bytes + tag_len, len);
        }
        heap_push(net, f);
    }
}

void oc_sim_net_fragment_next(oc_sim_net_t *net) {
    net->fragment = true;
}

int64_t oc_sim_net_due(const oc_sim_net_t *net) {
    return net->heap_len ? net->heap[0]->at_us : INT64_MAX;
}

bool oc_sim_net_receive(oc_sim_net_t *net, int64_t now_us, oc_sim_datagram_t *out) {
    if (oc_sim_net_due(net) > now_us)
        return false;
    flight_t *f = heap_pop(net);
    link_of(net, f->from, f->to)->stats.delivered++;
    out->from = f->from;
    out->to = f->to;
    out->tag_len = f->tag_len;
    out->len = f->len;
    memcpy(out->tag, f->bytes, f->tag_len);
    memcpy(out->data, f->bytes + f->tag_len, f->len);
    free(f);
    return true;
}
