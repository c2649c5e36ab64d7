/* oc_slot_record - the switch record: which bundle runs, and what must never be forgotten. Two
 * copies exist, each of OC_SLOT_RECORD_BYTES (docs/formats-update.md). Pure functions over bytes;
 * any thread. */
#ifndef OC_SLOT_RECORD_H
#define OC_SLOT_RECORD_H

#include "oc_trust.h"

#define OC_SLOT_RECORD_BYTES 512
#define OC_SLOT_DIGEST       12 /* bytes kept of what names an update (oc_bundle_t.digest) */
#define OC_SLOT_FAILED_MAX   4  /* updates whose trial failed, the newest */
#define OC_SLOT_TRIES        3 /* trials that may be interrupted before the update counts as failed */

/* Where an application comes from. */
enum oc_slot {
    OC_SLOT_FACTORY, /* inside of the host */
    OC_SLOT_A,
    OC_SLOT_B,
    OC_SLOT_NONE
};
#define OC_SLOT_BUNDLES 2 /* A and B */

/* "factory", "a", "b", "none"; static. */
const char *oc_slot_name(enum oc_slot slot);

/* An update that is not tried again by itself. */
typedef struct oc_slot_failed {
    uint8_t digest[OC_SLOT_DIGEST];
    uint8_t tries; /* interrupted trials; OC_SLOT_TRIES and above: it has failed. 0: no entry */
} oc_slot_failed_t;

/* The record. New on a device: all zero but previous and trial, which are OC_SLOT_NONE. */
typedef struct oc_slot_record {
    uint32_t sequence;     /* of this write; the higher one counts */
    enum oc_slot active;   /* runs at a boot; never OC_SLOT_NONE */
    enum oc_slot previous; /* runs when active cannot */
    enum oc_slot trial;    /* is being tried; not OC_SLOT_NONE at a boot: that was interrupted */
    uint32_t counter;      /* nothing below it is taken */
    uint8_t ends;          /* early ends of what runs, one behind the other */
    uint32_t bytes[OC_SLOT_BUNDLES];                 /* of the bundles in A and B */
    uint8_t digest[OC_SLOT_BUNDLES][OC_SLOT_DIGEST]; /* of the same */
    uint8_t factory[OC_SLOT_DIGEST];             /* the factory application at the last commit */
    oc_slot_failed_t failed[OC_SLOT_FAILED_MAX]; /* newest first */
    uint32_t revoked_count;
    uint8_t revoked[OC_TRUST_REVOKED_MAX][OC_KEY_ID];
} oc_slot_record_t;

/* Reads a copy. OC_OK | OC_ERR_NOENT nothing was written there (all 0, or all 0xFF) |
 * OC_ERR_FORMAT torn or damaged. */
int oc_slot_record_read(oc_slot_record_t *record, const uint8_t bytes[OC_SLOT_RECORD_BYTES]);
/* Writes a copy. */
void oc_slot_record_write(const oc_slot_record_t *record, uint8_t bytes[OC_SLOT_RECORD_BYTES]);

#endif
