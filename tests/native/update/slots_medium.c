#include "slots_medium.h"

#include <stdlib.h>
#include "oc_err.h"

uint32_t medium_random(medium_t *medium, uint32_t n) {
    medium->seed ^= medium->seed << 13;
    medium->seed ^= medium->seed >> 17;
    medium->seed ^= medium->seed << 5;
    return medium->seed % n;
}

void medium_init(medium_t *medium, bool flash, uint32_t seed) {
    memset(medium, 0, sizeof *medium);
    medium->flash = flash;
    medium->seed = seed;
    if (flash)
        memset(medium->places, 0xFF, sizeof medium->places);
}

static void write_part(medium_t *medium, const medium_op_t *op, uint32_t from, uint32_t to) {
    uint8_t *place = medium->places[op->place] + op->offset;
    for (uint32_t i = from; i < to; i++)
        place[i] = medium->flash ? place[i] & op->bytes[i] : op->bytes[i];
    if (to > from && medium->len[op->place] < op->offset + to)
        medium->len[op->place] = op->offset + to;
}

static void erase_part(medium_t *medium, const medium_op_t *op, uint32_t to) {
    if (medium->flash)
        memset(medium->places[op->place], 0xFF, to);
    else
        medium->len[op->place] = 0; /* the bytes are still there when it grows again */
}

/* The bytes that an erasure takes. */
static uint32_t span_of(const medium_op_t *op) {
    uint32_t blocks = (op->size + MEDIUM_BLOCK - 1) / MEDIUM_BLOCK;
    return op->erase ? (blocks ? blocks : 1) * MEDIUM_BLOCK : op->size;
}

static void apply(medium_t *medium, const medium_op_t *op) {
    if (op->erase)
        erase_part(medium, op, span_of(op));
    else
        write_part(medium, op, 0, op->size);
}

/* Of flash: an erasure that is cut leaves a block with anything in it. */
static void tear(medium_t *medium, const medium_op_t *op) {
    uint32_t a = medium_random(medium, span_of(op) + 1), b = medium_random(medium, span_of(op) + 1);
    if (op->erase && medium->flash) {
        erase_part(medium, op, a / MEDIUM_BLOCK * MEDIUM_BLOCK);
        for (uint32_t i = a / MEDIUM_BLOCK * MEDIUM_BLOCK; i < a; i++)
            medium->places[op->place][i] |= (uint8_t)medium_random(medium, 256);
    } else if (op->erase)
        erase_part(medium, op, 0);
    else if (medium->flash)
        write_part(medium, op, 0, a);
    else
        write_part(medium, op, a < b ? a : b, a < b ? b : a);
}

static void cut_flash(medium_t *medium) {
    unsigned whole = medium->count ? medium_random(medium, medium->count + 1) : 0;
    for (unsigned i = 0; i < whole; i++)
        apply(medium, &medium->waiting[i]);
    if (whole < medium->count)
        tear(medium, &medium->waiting[whole]);
}

/* Each is dropped, torn or whole; in any order. */
static void cut_disk(medium_t *medium) {
    while (medium->count) {
        unsigned at = medium_random(medium, medium->count), fate = medium_random(medium, 3);
        if (fate == 1)
            tear(medium, &medium->waiting[at]);
        if (fate == 2)
            apply(medium, &medium->waiting[at]);
        medium->waiting[at] = medium->waiting[--medium->count];
    }
}

void medium_cut(medium_t *medium) {
    if (medium->flash)
        cut_flash(medium);
    else
        cut_disk(medium);
    medium->count = 0;
    medium->fuse = medium->fail = 0;
    medium->off = false;
}

/* Whether an operation goes wrong. */
static int spend(medium_t *medium) {
    medium->operations++;
    if (medium->off || (medium->fuse && --medium->fuse == 0)) {
        medium->off = true;
        return OC_ERR_IO;
    }
    return medium->fail && --medium->fail == 0 ? OC_ERR_DISK_FULL : OC_OK;
}

static int flush(void *context, enum oc_slots_place place) {
    medium_t *medium = context;
    unsigned left = 0;
    int result = spend(medium);
    if (result != OC_OK || medium->drop_flush)
        return result;
    for (unsigned i = 0; i < medium->count; i++) {
        if (medium->waiting[i].place == place)
            apply(medium, &medium->waiting[i]);
        else
            medium->waiting[left++] = medium->waiting[i];
    }
    medium->count = left;
    return OC_OK;
}

static int wait_for_flush(medium_t *medium, enum oc_slots_place place, bool erase, uint32_t offset,
                          const void *from, size_t size) {
    if (offset + size > MEDIUM_BYTES || medium->count == MEDIUM_WAITING)
        return OC_ERR_DISK_FULL;
    medium_op_t *op = &medium->waiting[medium->count++];
    op->place = place;
    op->erase = erase;
    op->offset = offset;
    op->size = (uint32_t)size;
    if (from)
        memcpy(op->bytes, from, size);
    return spend(medium); /* one that fails may arrive all the same */
}

static int erase(void *context, enum oc_slots_place place, uint32_t size) {
    return wait_for_flush(context, place, true, 0, NULL, size);
}

static int write(void *context, enum oc_slots_place place, uint32_t offset, const void *from,
                 size_t size) {
    return wait_for_flush(context, place, false, offset, from, size);
}

/* What a process sees: everything that waits is there, in its order. */
static int read(void *context, enum oc_slots_place place, uint32_t offset, void *to, size_t size) {
    static medium_t seen;
    medium_t *medium = context;
    if (medium->off)
        return OC_ERR_IO;
    seen.flash = medium->flash;
    memcpy(seen.places[place], medium->places[place], MEDIUM_BYTES);
    seen.len[place] = medium->len[place];
    for (unsigned i = 0; i < medium->count; i++)
        if (medium->waiting[i].place == place)
            apply(&seen, &medium->waiting[i]);
    if (offset + size > (medium->flash ? MEDIUM_BYTES : seen.len[place]))
        return OC_ERR_TRUNC;
    memcpy(to, seen.places[place] + offset, size);
    return OC_OK;
}

oc_slots_io_t medium_io(medium_t *medium) {
    return (oc_slots_io_t){medium, read, erase, write, flush};
}
