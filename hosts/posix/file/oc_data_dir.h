/* oc_data_dir - the folder that holds recordings: made when missing, locked so that two processes
 * never write into it, and set right after an earlier run that ended in the middle of a recording.
 */
#ifndef OC_DATA_DIR_H
#define OC_DATA_DIR_H

#include <stddef.h>

#include "oc_file_store.h"

#define OC_DATA_DIR_RECORDINGS "recordings"

/* Makes (0700, with parents), checks (oc_data_trust), opens and locks it (lock NULL: it is not). *lock: a
 * descriptor owned by the caller, who gives up the lock by closing it, after all files below are
 * closed. >= 0 descriptor, owned by caller | OC_ERR_*; `why` gets one line. */
int oc_data_dir_open(const char *path, int *lock, char *why, size_t why_size);

/* A folder that was deleted and made again, or a disk that came back: when another folder is found
 * at `path` than the one behind `root`, it is locked, and both descriptors lead to it from then on,
 * under their numbers. held -1: no lock. File thread.
 * OC_OK as before | OC_AGAIN another folder now | OC_ERR_NOENT the folder was deleted and there is
 * no other | OC_ERR_* another cannot be used; `why` gets one line. */
int oc_data_dir_follow(const char *path, int root, int held, char *why, size_t why_size);

/* Root becomes the user and group the folder belongs to, for good: what a command writes there must
 * be readable by the service. Anybody else, and where root owns it or it is not there, stays as is.
 * OC_OK | OC_ERR_*. */
int oc_data_dir_as_owner(const char *path);

/* Repairs every recording that was left open: cut to its last whole fragment and given its true
 * end, or removed when nothing of it plays. One log line each. Before recording begins. */
void oc_data_dir_recover(int root);

/* The same for one file, `path` relative to the store's root; *record: what it is called then, when
 * *bytes, its length, is not 0. File thread; the file is not open. OC_OK | OC_AGAIN it needs no
 * repair | OC_ERR_NOENT it is not there | OC_ERR_*. */
int oc_data_dir_recover_file(oc_file_store_t *store, const char *path,
                             char record[OC_FILE_PATH_MAX], uint64_t *bytes);

#endif
