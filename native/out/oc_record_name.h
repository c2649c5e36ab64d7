/* oc_record_name - the file name of a recording: name_start_end.mp4 (docs/formats-recordings.md).
 * start and end are UTC (20261121T025100.123Z) or, when the wall clock was never set, monotonic
 * milliseconds behind an "m" (m0000000123456); the end of a file being written reads "open".
 * Invariant: what format writes, parse reads back to the same fields, and nothing else is read. */
#ifndef OC_RECORD_NAME_H
#define OC_RECORD_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OC_RECORD_NAME_MAX 64  /* bytes with NUL of the name part */
#define OC_RECORD_FILE_MAX 112 /* bytes with NUL of any file name: 63 + 20 + 20 + "__.mp4" */

typedef struct oc_record_name {
    char name[OC_RECORD_NAME_MAX]; /* [A-Za-z0-9-]{1,63} */
    int64_t start_us;              /* whole milliseconds, in microseconds; >= 0 */
    int64_t end_us;                /* same clock as start_us; 0 when open */
    bool monotonic;                /* times count from an unknown origin, not from 1970 */
    bool open;                     /* still being written, or cut off by a power cut */
} oc_record_name_t;

/* True: 1 to 63 of A-Z a-z 0-9 and '-'. name: NUL-terminated, borrowed until return. */
bool oc_record_name_valid(const char *name);

/* Writes the NUL-terminated file name; times are cut to milliseconds and clamped to what the text
 * can hold. OC_OK | OC_ERR_INVAL name part not valid | OC_ERR_NOMEM (OC_RECORD_FILE_MAX bytes are
 * always enough). */
int oc_record_name_format(const oc_record_name_t *record, char *out, size_t out_size);

/* The same behind "directory/" (directory: NUL-terminated, borrowed until return).
 * OC_OK | OC_ERR_INVAL name part not valid | OC_ERR_NOMEM. */
int oc_record_name_path(const oc_record_name_t *record, const char *directory, char *out,
                        size_t out_size);

/* Reads `len` bytes at `file` (a base name without directory; borrowed until return).
 * OC_OK | OC_ERR_FORMAT not the name of a recording: *out is then undefined. */
int oc_record_name_parse(const char *file, size_t len, oc_record_name_t *out);

#endif
