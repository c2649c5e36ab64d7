/* oc_body_file - a regular file as a body: opened once beneath a folder, read by offset. The
 * descriptor stays with the body, so a file that is renamed or deleted is read to its end; one that
 * is cut short gives OC_ERR_CLOSED where bytes are missing, never other bytes in their place. */
#ifndef OC_BODY_FILE_H
#define OC_BODY_FILE_H

#include <stdatomic.h>
#include <stdint.h>

#include "oc_body.h"

#define OC_BODY_FILES_MAX 64 /* open at a time: each has a descriptor */

/* What those of one owner share; zeroed at the start, outlives every body. */
typedef struct oc_body_files {
    _Atomic unsigned count;
} oc_body_files_t;

/* A body of the first `limit` bytes of the file, or of all that it has now. root: folder, borrowed
 * until return. path: as oc_beneath_open has it. type: media type, static. Any thread; may wait for
 * the disk. OC_OK with a reference in *out, owned by the caller | OC_ERR_INVAL no allowed path, a
 * link or no regular file | OC_ERR_NOENT | OC_ERR_BUSY OC_BODY_FILES_MAX are open | OC_ERR_*. */
int oc_body_file_open(oc_body_files_t *files, int root, const char *path, uint64_t limit,
                      const char *type, oc_body_ref_t *out);

#endif
