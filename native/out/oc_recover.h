/* oc_recover - what to do at the next start with a recording that was never finished (its name ends
 * in _open.mp4). Pure logic: it reads the file through a source and answers with file operations.
 * Invariant: everything that a finished SYNC covered is kept; nothing is kept whose bytes do not
 * match their check sums (docs/formats-recordings.md, "After a power cut"). */
#ifndef OC_RECOVER_H
#define OC_RECOVER_H

#include "oc_file_op.h"
#include "oc_limits.h" /* OC_OUT_FILE_KEYS */
#include "oc_mp4_read.h"
#include "oc_record_name.h"
#include "oc_seek_index.h"

#define OC_RECOVER_OPS 3
/* Bytes of work memory: the reader's, a window for check sums, the index. */
#define OC_RECOVER_BYTES (OC_MP4_READ_BYTES + 4096 + OC_SEEK_PLACE_BYTES(OC_OUT_FILE_KEYS))

typedef struct oc_recover {
    oc_file_op_t op[OC_RECOVER_OPS]; /* in order; TRUNCATE, PATCH, RENAME or UNLINK */
    uint32_t ops;
    oc_span_t index;         /* of PATCH; borrowed from the work memory */
    bool needs_index;        /* without PATCH the file cannot be read */
    uint64_t valid_bytes;    /* 0: nothing playable in it, it is removed */
    uint64_t lost_bytes;     /* cut off */
    oc_record_name_t record; /* under its final name */
} oc_recover_t;

/* Plans the repair of directory/file. directory: relative to the data directory, as in
 * oc_out_file_config_t; file: base name; both borrowed until return. memory: OC_RECOVER_BYTES,
 * aligned to 16, borrowed until the last operation is done. Reads each box header of the file, and
 * the payload of those fragments only that were not known to be synced. OC_OK | OC_AGAIN a
 * recording that is finished: nothing to do | OC_ERR_FORMAT not the name of a recording |
 * OC_ERR_NOMEM path too long | OC_ERR_IO the file could not be read: leave it alone. */
int oc_recover_plan(oc_recover_t *plan, const char *directory, const char *file,
                    const oc_mp4_source_t *source, void *memory);

/* When the last operation (RENAME) failed with OC_ERR_EXIST: another name, one millisecond later.
 * OC_OK, the operation has changed | OC_ERR_STATE the plan has no RENAME. */
int oc_recover_other_name(oc_recover_t *plan);

#endif
