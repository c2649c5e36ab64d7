/* oc_key_store - one domain of an application's store: the file `kv/<domain>` of its folder. A
 * change is on the disk when its call returns: written beside, synced, renamed. What another store
 * of the same domain wrote is read before the next call. Script thread; waits for the disk. */
#ifndef OC_KEY_STORE_H
#define OC_KEY_STORE_H

#include <time.h>

#include "oc_app_folder.h"
#include "oc_key_values.h"

#define OC_KEY_STORE_FOLDER "kv" /* in the application's folder */
#define OC_KEY_STORE_NAME   48u  /* bytes of a domain's name */

typedef struct oc_key_store {
    oc_app_folder_t *folder; /* borrowed */
    char path[64];           /* "kv/<domain>" */
    /* Of the file that `values` is, all 0: there is none. */
    ino_t inode;
    off_t size;
    struct timespec changed;
    oc_key_values_t values; /* as it was last read or written */
} oc_key_store_t;

/* Names no file yet. OC_OK | OC_ERR_INVAL no name of a domain: 1 to OC_KEY_STORE_NAME of
 * A-Z a-z 0-9 . _ -, not beginning with a dot nor ending with ".bad". */
int oc_key_store_init(oc_key_store_t *store, oc_app_folder_t *folder, const char *domain);

/* Before `values` is looked at. A damaged file is named `<domain>.bad`, which is logged, and there
 * are no values. OC_OK | OC_ERR_*. */
int oc_key_store_refresh(oc_key_store_t *store);

/* After `values` was changed. When it fails the change is taken back. OC_OK | OC_ERR_DISK_FULL |
 * OC_ERR_*. */
int oc_key_store_save(oc_key_store_t *store);

#endif
