#include "sctp_net.h"
#include <stdlib.h>
#include <string.h>

void net_init(net_t *net, uint64_t seed) {
    *net = (net_t){.random = seed * 2862933555777941757ull + 3037000493ull};
}

void net_free(net_t *net) {
    for (size_t i = 0; i < net->count; i++)
        free(net->heap[i].packet);
    while (net->spares)
        free(net->spare[--net->spares]);
    free(net->heap);
    *net = (net_t){0};
}

uint32_t net_random(net_t *net, uint32_t below) {
    uint64_t z = net->random += 0x9E3779B97F4A7C15ull; /* splitmix64 */
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return (uint32_t)(((z ^ (z >> 31)) >> 32) * below >> 32);
}

net_packet_t *net_packet(net_t *net) {
    net_packet_t *p = net->spares ? net->spare[--net->spares] : malloc(sizeof *p);
    if (!p)
        abort();
    p->len = p->wire = 0;
    p->fragment = false;
    return p;
}

void net_release(net_t *net, net_packet_t *packet) {
    if (packet && net->spares < sizeof net->spare / sizeof net->spare[0])
        net->spare[net->spares++] = packet;
    else
        free(packet);
}

static bool before(const net_event_t *a, const net_event_t *b) {
    return a->at < b->at || (a->at == b->at && a->order < b->order);
}

void net_post(net_t *net, int64_t at, net_fire_t *fire, void *ctx, net_packet_t *packet) {
    net_event_t e = {at < net->now ? net->now : at, net->order++, fire, ctx, packet};
    size_t i = net->count++;
    if (net->count > net->size) {
        net->size = net->size ? 2 * net->size : 256;
        net->heap = realloc(net->heap, net->size * sizeof *net->heap);
        if (!net->heap)
            abort();
    }
    for (; i && before(&e, &net->heap[(i - 1) / 2]); i = (i - 1) / 2)
        net->heap[i] = net->heap[(i - 1) / 2];
    net->heap[i] = e;
}

static net_event_t pop(net_t *net) {
    net_event_t top = net->heap[0], e = net->heap[--net->count];
    size_t i = 0, child;
    while ((child = 2 * i + 1) < net->count) {
        if (child + 1 < net->count && before(&net->heap[child + 1], &net->heap[child]))
            child++;
        if (!before(&net->heap[child], &e))
            break;
        net->heap[i] = net->heap[child];
        i = child;
    }
    net->heap[i] = e;
    return top;
}

void net_run(net_t *net, int64_t until) {
    while (net->count && net->heap[0].at <= until) {
        net_event_t e = pop(net);
        net->now = e.at;
        e.fire(e.ctx, e.packet);
    }
    net->now = until;
}

static bool dropped(net_link_t *link, const net_packet_t *packet) {
    int64_t now = link->net->now;
    if (now >= link->down_from && now < link->down_to)
        return true;
    if (link->largest && packet->wire > link->largest && !packet->fragment)
        return true;
    return link->loss_ppm && net_random(link->net, 1000000) < link->loss_ppm;
}

void net_send(net_link_t *link, net_packet_t *packet, net_fire_t *fire, void *ctx) {
    net_t *net = link->net;
    int64_t at = net->now;
    link->sent++;
    if (dropped(link, packet)) {
        link->lost++;
        net_release(net, packet);
        return;
    }
    if (link->rate) {
        int64_t start = link->busy_until > at ? link->busy_until : at;
        uint64_t waiting = (uint64_t)(start - at) * link->rate / 1000000u;
        unsigned ms = (unsigned)((start - at) / 1000);
        if (waiting + packet->wire > link->queue) {
            link->overflowed++;
            link->lost++;
            net_release(net, packet);
            return;
        }
        link->wait_hist[ms < 511 ? ms : 511]++;
        link->busy_until = at = start + (int64_t)(packet->wire * 1000000ull / link->rate);
    }
    at += link->delay_us;
    if (link->reorder_ppm && net_random(net, 1000000) < link->reorder_ppm)
        at += link->reorder_us;
    net_post(net, at, fire, ctx, packet);
}

unsigned net_wait_ms(const net_link_t *link, unsigned percent) {
    uint64_t all = 0, sum = 0;
    for (unsigned i = 0; i < 512; i++)
        all += link->wait_hist[i];
    for (unsigned i = 0; i < 512; i++) {
        sum += link->wait_hist[i];
        if (all && 100 * sum >= percent * all)
            return i;
    }
    return 0;
}
