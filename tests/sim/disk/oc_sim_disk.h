/* oc_sim_disk - a disk for tests: carries out oc_file_op_t in memory, in virtual time, with faults
 * and power cuts.
 *
 * What survives a power cut (the guarantees of ext4, XFS or F2FS and no more):
 *  - what a finished SYNC or TRUNCATE covered, byte for byte, and a length of at least that;
 *  - a directory entry whose CREATE, RENAME or MKDIR was finished (their contract syncs the
 * folder). Everything else is left to chance, drawn from the seed:
 *  - each write that no SYNC covers, also the one under way, is kept, lost, cut at any byte, kept
 *    only from some byte on, or kept in single 512-byte sectors; each on its own, so later ones may
 *    survive earlier ones; what is lost inside the file reads as zeros or as garbage;
 *  - the length is that of what was kept, or already that of everything written;
 *  - CREATE and RENAME under way: the old or the new state, never both;
 *  - a finished UNLINK may be undone as long as no later CREATE or RENAME has synced the folder.
 * Operations are done one after the other, each after its delay. A write's bytes are read from its
 * spans when it is done, not when it is handed in: bytes that changed meanwhile are noticed. */
#ifndef OC_SIM_DISK_H
#define OC_SIM_DISK_H

#include "oc_file_op.h"
#include "oc_mp4_read.h"

#define OC_SIM_DISK_KINDS (OC_FILE_PATCH + 1)

typedef struct oc_sim_disk oc_sim_disk_t;

/* Faults and delays; may be changed at any time, they act on operations as they are done. */
typedef struct oc_sim_disk_faults {
    int64_t delay_us[OC_SIM_DISK_KINDS]; /* how long an operation of the kind takes */
    uint64_t capacity_bytes;             /* of all files together; 0 = no limit */
    int code[OC_SIM_DISK_KINDS];         /* < 0: operations of the kind fail with it */
    uint32_t passes[OC_SIM_DISK_KINDS];  /* so many succeed before they fail */
    bool tear_writes;                    /* a write that fails writes half of its bytes first */
} oc_sim_disk_faults_t;

oc_sim_disk_t *oc_sim_disk_create(uint64_t seed);
void oc_sim_disk_destroy(oc_sim_disk_t *disk);
oc_sim_disk_faults_t *oc_sim_disk_faults(oc_sim_disk_t *disk);

/* Hands an operation in. op: borrowed until its result is out. */
void oc_sim_disk_submit(oc_sim_disk_t *disk, const oc_file_op_t *op, int64_t now_us);
/* When the oldest operation is done; INT64_MAX = none under way. */
int64_t oc_sim_disk_due(const oc_sim_disk_t *disk);
/* Does the oldest operation when it is due. False: none is. */
bool oc_sim_disk_done(oc_sim_disk_t *disk, int64_t now_us, uint32_t *id, int *result);

/* The power goes: operations under way are dropped, what was not synced is left to chance. */
void oc_sim_disk_power_cut(oc_sim_disk_t *disk);

/* Carries out one operation at once (recovery at the next start). */
int oc_sim_disk_do(oc_sim_disk_t *disk, const oc_file_op_t *op);

/* Files in the order of their paths. Borrowed until the next change of the disk. */
size_t oc_sim_disk_files(const oc_sim_disk_t *disk);
const char *oc_sim_disk_path(const oc_sim_disk_t *disk, size_t file);
oc_span_t oc_sim_disk_bytes(const oc_sim_disk_t *disk, size_t file);
void oc_sim_disk_source(const oc_sim_disk_t *disk, size_t file, oc_mp4_source_t *source);
/* The file's number by its path; -1 = no such file. */
int oc_sim_disk_find(const oc_sim_disk_t *disk, const char *path);

/* Puts a file there, synced. */
void oc_sim_disk_put(oc_sim_disk_t *disk, const char *path, oc_span_t bytes);
/* Takes a folder with everything in it away, as a person would. */
void oc_sim_disk_remove_folder(oc_sim_disk_t *disk, const char *path);

#endif
