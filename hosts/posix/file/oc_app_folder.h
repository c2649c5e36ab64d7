/* oc_app_folder - the application's own folder `<data>/app`: made when first used (0700, files
 * 0600), bounded in bytes, in depth and in what is open at once, never left (oc_beneath: links are
 * not followed). Calls are synchronous and belong to the script's thread; none takes a lock or
 * waits for another thread. Paths are relative to an open folder, names separated by '/'. */
#ifndef OC_APP_FOLDER_H
#define OC_APP_FOLDER_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "oc_file_op.h"

#define OC_APP_FOLDER "app" /* in the data directory */

/* Bytes of all files; the disk is shared with the recordings. */
#define OC_APP_FOLDER_BYTES (256u * 1024 * 1024)
/* What each file and each folder counts beside its bytes. It bounds their number to 65,536, which
 * are counted once for each script that writes: about 0.1 s when the disk's tables are in memory.
 */
#define OC_APP_FOLDER_ENTRY 4096u
/* Files, folders, scans and stores open at once: a descriptor and some 100 bytes each. */
#define OC_APP_FOLDER_OPEN 64u
/* Folders in folders; a level costs a stack frame of 500 bytes when they are counted. */
#define OC_APP_FOLDER_DEPTH 16u

/* What an open place is used for; a file is known by its inode, to refuse that it is removed. */
typedef struct oc_app_place {
    bool used;
    dev_t device;
    ino_t inode;
} oc_app_place_t;

/* The folder as one script has it. Its fields are private to oc_app_*.c. */
typedef struct oc_app_folder {
    int data_root;  /* descriptor of the data directory, borrowed; -1: there is none */
    uint64_t quota; /* bytes */
    uint64_t used;  /* valid when counted */
    bool counted;
    bool tidied; /* what a store left half written is gone */
    oc_app_place_t places[OC_APP_FOLDER_OPEN];
} oc_app_folder_t;

/* How a file is opened: "r", "r+", "w", "w+" of ECMA-419. The two latter make it, or empty it. */
typedef enum oc_app_mode {
    OC_APP_READ = 0,
    OC_APP_UPDATE = 1,
    OC_APP_WRITE = 2,
    OC_APP_REWRITE = 3,
} oc_app_mode_t;

/* Begins for a new script: nothing is open. data_root: borrowed, -1: every call answers
 * OC_ERR_STATE. quota: 0 is OC_APP_FOLDER_BYTES. */
void oc_app_folder_init(oc_app_folder_t *folder, int data_root, uint64_t quota);

/* The folder itself, made if it is not there. >= 0 descriptor, owned by caller | OC_ERR_STATE no
 * data directory | OC_ERR_*. */
int oc_app_folder_root(const oc_app_folder_t *folder);

/* A place for something open. >= 0 its number | OC_ERR_BUSY all are taken. fd: the regular file
 * that it is for, -1 anything else. */
int oc_app_folder_take(oc_app_folder_t *folder, int fd);
/* Gives it back; negative numbers are left alone. */
void oc_app_folder_give(oc_app_folder_t *folder, int place);

/* Before bytes and entries are added. Counts the whole folder at the first call of a script.
 * OC_OK | OC_ERR_DISK_FULL it would hold more than the quota. */
int oc_app_folder_charge(oc_app_folder_t *folder, uint64_t bytes);
/* After they have gone, or were not added after all. */
void oc_app_folder_refund(oc_app_folder_t *folder, uint64_t bytes);

/* What is there; a link itself, never where it leads. */
typedef struct oc_app_status {
    uint64_t size;
    uint32_t mode; /* as in struct stat; 0: nothing */
} oc_app_status_t;

/* Opens a regular file below the folder `at`. >= 0 descriptor, owned by caller | OC_ERR_NOENT |
 * OC_ERR_INVAL the path is not allowed, or no regular file is there | OC_ERR_BUSY it would be
 * emptied while it is open | OC_ERR_DISK_FULL | OC_ERR_*. */
int oc_app_file_open(oc_app_folder_t *folder, int at, const char *path, oc_app_mode_t mode);
/* Writes at an offset, whole. OC_OK | OC_ERR_DISK_FULL, also above the quota | OC_ERR_*. */
int oc_app_file_write(oc_app_folder_t *folder, int fd, const void *data, size_t len, uint64_t at);
/* Cuts or extends with zeros. As above. */
int oc_app_file_resize(oc_app_folder_t *folder, int fd, uint64_t size);

/* Of an open file. OC_OK | OC_ERR_IO. */
int oc_app_file_status(int fd, oc_app_status_t *status);
/* Its bytes and its length are on the disk when it is done. OC_OK | OC_ERR_*. */
int oc_app_file_flush(int fd);

/* Opens a folder below `at`; "" is that one again. >= 0 descriptor, owned by caller | OC_ERR_*. */
int oc_app_folder_open(int at, const char *path);
/* Makes a folder; depth: of `at` below the application's folder. OC_OK | OC_AGAIN it is there |
 * OC_ERR_EXIST something else is | OC_ERR_TOO_BIG deeper than OC_APP_FOLDER_DEPTH | OC_ERR_*. */
int oc_app_folder_make(oc_app_folder_t *folder, int at, unsigned depth, const char *path);
/* Removes a file, a link or an empty folder. OC_OK | OC_AGAIN it is not there | OC_ERR_BUSY the
 * file is open | OC_ERR_EXIST the folder is not empty | OC_ERR_*. */
int oc_app_folder_remove(oc_app_folder_t *folder, int at, const char *path);
/* Renames; a file or an empty folder of that name is replaced. to_depth: of `to_at`.
 * OC_OK | OC_ERR_BUSY the replaced file is open | OC_ERR_TOO_BIG too deep | OC_ERR_*. */
int oc_app_folder_move(oc_app_folder_t *folder, int at, const char *path, int to_at,
                       unsigned to_depth, const char *to);

/* Of a path, "" is the folder. OC_OK, also when nothing is there | OC_ERR_*. */
int oc_app_folder_status(int at, const char *path, oc_app_status_t *status);

/* Folders that `path` is long: 1 for a single name, 0 for "". */
unsigned oc_app_path_depth(const char *path);

/* The next entry's name, borrowed until the next call or closedir; NULL: no more. Names that these
 * calls would not take (control characters, a backslash) are left out; any other bytes may be in
 * one. */
const char *oc_app_folder_next(DIR *entries);

#endif
