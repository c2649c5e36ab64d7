/* oc_slots - two slots for bundles and the switch record, over writes and flushes of a host. Holds
 * against a power cut at any byte of any write: what a call has returned OC_OK for is kept, a boot
 * finds a bundle that is complete and verifies, or the factory application. One thread; allocates
 * nothing. docs/formats-update.md has the layout, docs/design/update.md the order of writes.
 *
 *     oc_slots_open, oc_slots_boot       at a start: what runs
 *     oc_slots_admit, oc_slots_stage     a new bundle, into the slot that is free
 *     oc_slots_try ... oc_slots_commit   its trial, from before the hand-over to its end
 *                  ... oc_slots_give_up  or back to what ran
 */
#ifndef OC_SLOTS_H
#define OC_SLOTS_H

#include "oc_bundle.h"
#include "oc_slot_record.h"

#define OC_SLOTS_ENDS    3  /* early ends until the application before runs */
#define OC_SLOTS_EARLY_S 60 /* seconds behind its start until an end is not early */

/* What a host keeps: two copies of the record, and the slots. On flash each begins an erase block.
 */
enum oc_slots_place {
    OC_SLOTS_RECORD_0,
    OC_SLOTS_RECORD_1,
    OC_SLOTS_A, /* room for OC_BUNDLE_BYTES_MAX */
    OC_SLOTS_B
};
#define OC_SLOTS_PLACES 4

/* Input and output of a host. Each function returns OC_OK or an error (OC_ERR_IO, OC_ERR_DISK_FULL,
 * OC_ERR_READ_ONLY), and is called in the call of oc_slots_* only, from its thread. Writes may
 * reach the medium in any order, in part or not at all until the flush of their place has returned.
 */
typedef struct oc_slots_io {
    void *context; /* for the functions */
    /* Reads `size` bytes; a place that was never written that far: OC_ERR_TRUNC. */
    int (*read)(void *context, enum oc_slots_place place, uint32_t offset, void *to, size_t size);
    /* Before the first of the writes to a place: its content is of no more use, `size` bytes follow
     * (0: none). Flash is erased; a file may be truncated, or kept. */
    int (*erase)(void *context, enum oc_slots_place place, uint32_t size);
    int (*write)(void *context, enum oc_slots_place place, uint32_t offset, const void *from,
                 size_t size);
    /* Returns when everything written to the place is on the medium. */
    int (*flush)(void *context, enum oc_slots_place place);
} oc_slots_io_t;

/* What oc_slots_open found. */
enum oc_slots_found {
    OC_SLOTS_FRESH, /* no record: a new device */
    OC_SLOTS_FOUND,
    OC_SLOTS_LOST /* both copies are damaged: counter and revocations are lost; say so */
};

/* 584 bytes. Read its members only. */
typedef struct oc_slots {
    oc_slots_io_t io;
    oc_trust_t *trust; /* borrowed from open on; its revoked keys are those of the record */
    oc_slot_record_t record;
    enum oc_slots_found found;
    enum oc_slot running;            /* by oc_slots_boot or oc_slots_commit */
    enum oc_slot staged;             /* by oc_slots_stage; OC_SLOT_NONE: nothing */
    uint8_t factory[OC_SLOT_DIGEST]; /* the factory application of this host */
    uint8_t copy;                    /* 0 or 1: the record's newest copy */
} oc_slots_t;

/* Reads the record. io is copied, trust is borrowed as long as slots is used; the record's revoked
 * keys take the place of those in trust.
 * OC_OK, slots->found says what was found | OC_ERR_IO cannot be read: run the factory application,
 * without updates; slots is not to be used. */
int oc_slots_open(oc_slots_t *slots, const oc_slots_io_t *io, oc_trust_t *trust);

/* Memory for a bundle: OC_BUNDLE_BYTES_MAX, or what the host's slots can hold. Owned by the caller.
 */
typedef struct oc_slots_memory {
    uint8_t *data;
    size_t size;
} oc_slots_memory_t;

/* Reads a slot (OC_SLOT_A or OC_SLOT_B) into memory and verifies it: signature, hashes, and that it
 * is the bundle that was put there. *bundle borrows from memory.
 * OC_OK | OC_ERR_NOENT the slot is not in use | what oc_bundle_read and oc_bundle_verify return |
 * OC_ERR_IO; *why says what. */
int oc_slots_load(const oc_slots_t *slots, enum oc_slot slot, oc_slots_memory_t memory,
                  oc_bundle_t *bundle, oc_bundle_why_t *why);

/* What runs. */
typedef struct oc_slots_choice {
    enum oc_slot run;   /* never OC_SLOT_NONE */
    oc_bundle_t bundle; /* of a slot, in the memory; nothing for the factory application */
    /* True: a trial was interrupted. Put the settings back, then call oc_slots_give_up with
     * OC_SLOTS_INTERRUPTED, then start what runs. */
    bool settings_back;
    bool factory_newer;                   /* the host was updated: its application runs */
    oc_bundle_why_t why[OC_SLOT_BUNDLES]; /* of A and B: why it does not run; FINE: no reason */
} oc_slots_choice_t;

/* Chooses: the active slot if its bundle verifies and fits to the host, else the previous one, else
 * the factory application; and that also where it has the same name as the slot, a higher version,
 * and was not there at the slot's commit. factory_name, factory_version: of the factory application
 * (borrowed until return). Writes nothing. */
void oc_slots_boot(oc_slots_t *slots, const char *factory_name, const char *factory_version,
                   const oc_bundle_host_t *host, oc_slots_memory_t memory,
                   oc_slots_choice_t *choice);

/* Whether a verified bundle may be staged, when an application of this name and version runs. One
 * without an archive always may be used. older: an earlier version may come with the counter of
 * now, as who follows an index of releases brings it after a recall; else it needs a higher one.
 * OC_OK | OC_ERR_STALE its counter is lower, or that | OC_ERR_EXIST that version runs |
 * OC_ERR_STATE its trial has failed before; *why says what. */
int oc_slots_admit(const oc_slots_t *slots, const oc_bundle_t *bundle, const char *name,
                   const char *version, bool older, oc_bundle_why_t *why);

/* Writes a verified bundle into the slot that is free, flushes it and compares what is there. The
 * slot that runs stays as it is; the previous one goes where its slot is needed.
 * OC_OK, slots->staged is the slot | OC_ERR_STATE in a trial | what the host returns | OC_ERR_IO
 * the medium holds something else. */
int oc_slots_stage(oc_slots_t *slots, const oc_bundle_t *bundle);

/* Begins the trial of what was staged: call it before the hand-over, when the copy of the settings
 * is complete on the disk. OC_OK | OC_ERR_STATE nothing is staged, or in a trial | what the host
 * returns: no trial. */
int oc_slots_try(oc_slots_t *slots);
/* The same for the application before, which is then the one that is tried.
 * OC_OK | OC_ERR_STATE in a trial | OC_ERR_NOENT there is none | what the host returns. */
int oc_slots_try_previous(oc_slots_t *slots);

/* The trial went well: what was tried is active from here on, and what ran is the previous one.
 * bundle: what was tried, for counter and revoked keys; NULL: oc_slots_try_previous.
 * OC_OK | OC_ERR_STATE no trial | what the host returns: still in the trial; give up. */
int oc_slots_commit(oc_slots_t *slots, const oc_bundle_t *bundle);

/* Why a trial is given up. */
enum oc_slots_verdict {
    OC_SLOTS_FAILED,      /* the application is not healthy: it is not tried again by itself */
    OC_SLOTS_INTERRUPTED, /* the program ended: counts; OC_SLOT_TRIES of them: as OC_SLOTS_FAILED */
    OC_SLOTS_STOPPED      /* it was stopped when all had been well: counts for nothing */
};
/* The trial is over, what ran before it is active as it was. Call it when the settings were put
 * back, before the application before starts: a power cut between them puts them back again.
 * OC_OK | OC_ERR_STATE no trial | what the host returns: the next boot gives up again. */
int oc_slots_give_up(oc_slots_t *slots, enum oc_slots_verdict verdict);

/* The application that runs (not in a trial) has ended within OC_SLOTS_EARLY_S of its start.
 * OC_OK counted: start it again | OC_END that was one too many: the application before is active
 * from here on, choose with oc_slots_boot | OC_ERR_STATE it is the factory application: there is
 * none behind it | what the host returns: counted until the process ends. */
int oc_slots_ended(oc_slots_t *slots);
/* The application that runs has lived for OC_SLOTS_EARLY_S. Writes only when ends were counted.
 * OC_OK | what the host returns. */
int oc_slots_lived(oc_slots_t *slots);

/* Keeps the keys that a verified bundle revokes. For a bundle without an archive; those of another
 * one count from its commit on. OC_OK: kept over every power cut from now on | what
 * oc_trust_revoke or the host returns: nothing is revoked. */
int oc_slots_revoke(oc_slots_t *slots, const oc_bundle_t *bundle);

/* The host keeps them in another place from now on, an empty one or one that was in use before:
 * what is here goes there, and the counter and the revoked keys of there count too. The record
 * comes last. to: copied; memory as for oc_slots_boot, what was in it is lost.
 * OC_OK `to` is used | what either place returns: the one of now is used; ask again. */
int oc_slots_move(oc_slots_t *slots, const oc_slots_io_t *to, oc_slots_memory_t memory);

/* Factory reset: both slots are empty, the factory application is active; counter and revoked keys
 * stay. OC_OK | what the host returns. */
int oc_slots_reset(oc_slots_t *slots);

#endif
