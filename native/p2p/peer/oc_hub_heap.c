#include "oc_hub_heap.h"

size_t oc_hub_heap_bytes(unsigned members) {
    return members * sizeof(int64_t) + (members * 2 * sizeof(uint16_t) + 7) / 8 * 8;
}

void oc_hub_heap_init(oc_hub_heap_t *heap, void *memory, unsigned members) {
    heap->time = memory;
    heap->place = (uint16_t *)(heap->time + members);
    heap->heap = heap->place + members;
    heap->len = 0;
    for (unsigned i = 0; i < members; i++)
        heap->time[i] = INT64_MAX;
}

static void put(oc_hub_heap_t *heap, unsigned place, unsigned member) {
    heap->heap[place] = (uint16_t)member;
    heap->place[member] = (uint16_t)place;
}

static void up(oc_hub_heap_t *heap, unsigned place, unsigned member) {
    while (place && heap->time[member] < heap->time[heap->heap[(place - 1) / 2]]) {
        put(heap, place, heap->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(heap, place, member);
}

static void down(oc_hub_heap_t *heap, unsigned place, unsigned member) {
    unsigned child;
    while ((child = 2 * place + 1) < heap->len) {
        if (child + 1 < heap->len &&
            heap->time[heap->heap[child + 1]] < heap->time[heap->heap[child]])
            child++;
        if (heap->time[member] <= heap->time[heap->heap[child]])
            break;
        put(heap, place, heap->heap[child]);
        place = child;
    }
    put(heap, place, member);
}

void oc_hub_heap_set(oc_hub_heap_t *heap, unsigned member, int64_t time_us) {
    int64_t before = heap->time[member];
    heap->time[member] = time_us;
    if (before == time_us)
        return;
    if (before == INT64_MAX)
        up(heap, heap->len++, member);
    else if (time_us == INT64_MAX) {
        unsigned place = heap->place[member], last = heap->heap[--heap->len];
        if (last == member)
            return;
        up(heap, place, last);
        down(heap, heap->place[last], last);
    } else if (time_us < before)
        up(heap, heap->place[member], member);
    else
        down(heap, heap->place[member], member);
}

int64_t oc_hub_heap_due(const oc_hub_heap_t *heap) {
    return heap->len ? heap->time[heap->heap[0]] : INT64_MAX;
}

unsigned oc_hub_heap_first(const oc_hub_heap_t *heap) {
    return heap->heap[0];
}
