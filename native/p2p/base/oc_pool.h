/* oc_pool - blocks of one size from one piece of memory of the caller; take and give are O(1).
 * Shared by all peers of a hub: nobody is served first, so each user bounds what it holds itself.
 * One thread. */
#ifndef OC_POOL_H
#define OC_POOL_H

#include <stddef.h>
#include <stdint.h>

#define OC_POOL_BLOCK 1280                           /* bytes of payload: one packet fits */
#define OC_POOL_HEAD  48                             /* bytes before it for the user's own fields */
#define OC_POOL_EACH  (OC_POOL_HEAD + OC_POOL_BLOCK) /* bytes of RAM of each block */

/* Read the counts; write by the functions below only. */
typedef struct oc_pool {
    uint8_t *memory;  /* borrowed until the last use */
    void *free;       /* the first free block, each holds the next */
    unsigned count;   /* blocks in all */
    unsigned used;    /* taken now */
    unsigned maximum; /* taken at a time since the start */
    unsigned refused; /* times that none was free */
    unsigned fresh;   /* blocks from here on were never taken: their memory is untouched */
} oc_pool_t;

/* A pool of `count` blocks in count * OC_POOL_EACH bytes, aligned for a uint64_t; count may be 0.
 * The memory is not touched before a block is first taken. */
void oc_pool_init(oc_pool_t *pool, void *memory, unsigned count);

/* A block of OC_POOL_EACH bytes, aligned for a uint64_t, of any content; NULL when all are taken.
 * Owned by caller after return, until oc_pool_give. */
void *oc_pool_take(oc_pool_t *pool);

/* Gives a block back; NULL is allowed. */
void oc_pool_give(oc_pool_t *pool, void *block);

#endif
