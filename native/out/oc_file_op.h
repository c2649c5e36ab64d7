/* oc_file_op - what an output wants done to files, carried out by the host's file thread.
 * An output never touches a file: it emits operations, the host performs them in order per handle
 * (number) and hands each result back. After a failed operation those already under way are done
 * all the same: the output cuts off what they leave. So the same output runs on a disk, on flash,
 * and in a test on a disk that forgets unsynced writes. */
#ifndef OC_FILE_OP_H
#define OC_FILE_OP_H

#include "oc_span.h"

#define OC_FILE_PATH_MAX 256 /* bytes with NUL, relative to the data directory, '/' separated */

typedef enum oc_file_kind {
    OC_FILE_MKDIR,    /* path, with parents; existing is fine; new entries are synced */
    OC_FILE_CREATE,   /* path must not exist, else OC_ERR_EXIST; handle is the number all later
                         operations use; the directory is synced when it is done */
    OC_FILE_WRITE,    /* spans at offset */
    OC_FILE_SYNC,     /* data and length are on the disk when it is done (fdatasync) */
    OC_FILE_TRUNCATE, /* to offset bytes; path (no handle open); data and length are synced */
    OC_FILE_CLOSE,    /* also after a failed operation; a handle whose CREATE failed is fine */
    OC_FILE_RENAME,   /* path -> to, also while it is open by `handle`, never over an existing file
                         (OC_ERR_EXIST); both directories are synced when it is done */
    OC_FILE_UNLINK,   /* path; missing is fine; need not be synced */
    OC_FILE_PATCH,    /* spans at offset of the file path, which exists (no handle open); data and
                         length are synced */
} oc_file_kind_t;

typedef struct oc_file_op {
    oc_file_kind_t kind;
    uint32_t id;            /* number of the operation, unique within the output; comes back */
    uint32_t handle;        /* the file; MKDIR, TRUNCATE ...: the file it is done for (order) */
    uint64_t offset;        /* WRITE, PATCH, TRUNCATE: bytes */
    const oc_span_t *spans; /* WRITE, PATCH: borrowed until the operation's result is handed back */
    uint32_t spans_len;
    char path[OC_FILE_PATH_MAX];
    char to[OC_FILE_PATH_MAX];
} oc_file_op_t;

#endif
