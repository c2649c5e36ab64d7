/* oc_index - the thread that finds recordings and events: it owns the database, compares it with
 * the files at its start and when a note was lost, answers queries, and deletes what retention
 * gives up (docs/design/recordings-index.md, ADR 57). Recording never waits for it: what happens to
 * files is noted in a bounded queue, and a folder whose note found no room is compared again. */
#ifndef OC_INDEX_H
#define OC_INDEX_H

#include "oc_index_retain.h"

#define OC_INDEX_NOTES    256 /* not yet looked at; 512 bytes each */
#define OC_INDEX_REQUESTS 64  /* not yet begun */

typedef struct oc_index oc_index_t; /* opaque */

/* Starts it. root: descriptor of the data directory, borrowed until stopped; -1: there is none, and
 * nothing is found. OC_OK | OC_ERR_NOMEM. */
int oc_index_start(oc_index_t **out, int root);

/* A file was made, renamed, cut or removed: `path`, relative to the data directory, and where it is
 * now ("" or NULL: it was not renamed). What is no recording is passed over. Any thread, never
 * waits. NULL index: nothing. */
void oc_index_note(oc_index_t *index, const char *path, const char *to);
/* Another folder has taken the place of the data directory. Any thread, never waits. */
void oc_index_moved(oc_index_t *index);

/* Gives work: it is run once on the index thread, when the index agrees with the files, in order;
 * also while the index ends. db: borrowed until return. Any thread. OC_OK | OC_ERR_BUSY. */
int oc_index_request(oc_index_t *index, void (*work)(oc_index_db_t *db, void *context),
                     void *context);

/* Whether it agrees with the files just now, so that requests do not wait for a comparison. Any
 * thread. NULL: false. */
bool oc_index_agrees(const oc_index_t *index);

/* Work of oc_index_request that concerns retention: another configuration, one deletion. Index
 * thread. */
void oc_index_keep(oc_index_t *index, const oc_retention_config_t *config);
int oc_index_delete(oc_index_t *index, const char *path);
/* How it stands, for STORAGE_READ; borrowed. Index thread. */
const oc_index_retain_t *oc_index_retention(const oc_index_t *index);

/* What was deleted since the last call. Any thread. False: nothing. */
bool oc_index_notice(oc_index_t *index, oc_index_notice_t *notice);
/* Bytes behind which recordings are to be split; 0: not known yet. Any thread. */
uint64_t oc_index_file_bytes(const oc_index_t *index);
/* Any thread: room is short, and no recording may be deleted. */
bool oc_index_blocked(const oc_index_t *index);
/* Any thread: the disk has less room, in bytes, than one that works ever has: half of what
 * retention keeps free. 0: not known. */
uint64_t oc_index_low_bytes(const oc_index_t *index);

/* Does what was asked for, then ends the thread. until_us: of oc_pulse; a disk that hangs longer is
 * left behind. NULL is allowed. True: ended and freed; false: still hanging, must never be freed.
 */
bool oc_index_stop(oc_index_t *index, int64_t until_us);

#endif
