/* oc_file_store - carries out the file operations of outputs below the data directory, at once and
 * blocking; the file thread runs it. Files are made 0600, folders 0700; nothing leaves the folder
 * (oc_beneath). Knows how much of each open file is safely on the disk, for readers elsewhere. */
#ifndef OC_FILE_STORE_H
#define OC_FILE_STORE_H

#include <pthread.h>

#include "oc_file_op.h"

#define OC_FILE_STORE_FILES                                                                        \
    128 /* open at once: two for each channel while one splits; 300 bytes                          \
         */

/* One file being written. */
typedef struct oc_file_store_file {
    bool used;
    bool stale; /* the data directory has become another one: it takes nothing more */
    int fd;
    uint32_t owner, handle; /* whose it is: the output, and its number for it */
    uint64_t written, synced;
    char path[OC_FILE_PATH_MAX];
} oc_file_store_file_t;

/* Files that were closed, but could not be cut or renamed: they have the name of an open one. */
#define OC_FILE_STORE_LEFT 16 /* beyond, the oldest waits for the next start; 260 bytes */

typedef struct oc_file_store_left {
    char path[OC_FILE_PATH_MAX];
    uint32_t missed; /* how often it was not there */
} oc_file_store_left_t;

typedef struct oc_file_store {
    int root;             /* descriptor of the data directory, borrowed */
    pthread_mutex_t lock; /* around `files`; never held across a system call */
    oc_file_store_file_t files[OC_FILE_STORE_FILES];
    oc_file_store_left_t left[OC_FILE_STORE_LEFT]; /* oldest first; file thread */
    unsigned left_count;
    /* File thread: a file has been made, cut, removed or (to: not "") renamed just now.
     * path "": `root` leads to another folder. Must not block. NULL: nobody wants to know. */
    void (*changed)(void *context, const char *path, const char *to);
    void *context;
} oc_file_store_t;

/* root: descriptor of the data directory, borrowed for the store's life. */
void oc_file_store_init(oc_file_store_t *store, int root);
/* Closes what is open. */
void oc_file_store_deinit(oc_file_store_t *store);

/* Does one operation of output `owner` (op: borrowed until return). OC_OK | OC_ERR_NOENT |
 * OC_ERR_EXIST | OC_ERR_DISK_FULL | OC_ERR_READ_ONLY | OC_ERR_IO | OC_ERR_INVAL path not allowed |
 * OC_ERR_STATE unknown handle | OC_ERR_BUSY too many open files. */
int oc_file_store_run(oc_file_store_t *store, uint32_t owner, const oc_file_op_t *op);

/* File thread: `root` leads to another folder now. Files that are open take nothing more: they
 * answer OC_ERR_NOENT until they are closed. */
void oc_file_store_moved(oc_file_store_t *store);

/* File thread: the oldest file that was left goes to the end of the list, or (gone) off it. */
void oc_file_store_left_next(oc_file_store_t *store, bool gone);

/* Any thread. Bytes of the open file `path` that are on the disk for certain; false: not open. */
bool oc_file_store_synced(oc_file_store_t *store, const char *path, uint64_t *bytes);

#endif
