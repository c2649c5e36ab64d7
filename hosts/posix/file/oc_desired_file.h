/* oc_desired_file - what shall run, as the next start of the process finds it: desired.list in the
 * data directory, 0600. It holds the list that was handed over last (oc_desired_record.h) with the
 * addresses and their passwords, the hours of privacy mode, a digest of what both were made from,
 * and a checksum over everything. Monotonic times are kept as time from the writing on. Everything
 * but the two last functions is pure; those wait for the disk. */
#ifndef OC_DESIRED_FILE_H
#define OC_DESIRED_FILE_H

#include "oc_crypto.h"
#include "oc_desired_record.h"
#include "oc_plane.h"

#define OC_DESIRED_FILE "desired.list"
#define OC_DESIRED_FILE_LETTER                                                                     \
    (sizeof(oc_desired_head_t) + OC_CHANNELS_MAX * sizeof(oc_desired_entry_t))
/* Bytes in front of the letter: mark, version, lengths, what follows, checksum. */
#define OC_DESIRED_FILE_HEAD (8 + 4 + 4 + OC_CRYPTO_HASH + 8 + 8 + 8 + OC_CRYPTO_HASH)
#define OC_DESIRED_FILE_MAX  (OC_DESIRED_FILE_HEAD + OC_DESIRED_FILE_LETTER)

/* What is kept. */
typedef struct oc_desired_kept {
    uint8_t causes[OC_CRYPTO_HASH]; /* digest of what the list was made from */
    int64_t wall_us;                /* when it was written, UTC; 0: nobody knew */
    oc_plane_hours_t hours;         /* begins_us: from then on; INT64_MAX: not */
    void *letter; /* inside of the file, aligned as its head; until: ms from then on, 0 = none */
    size_t bytes; /* of it; not more than OC_DESIRED_FILE_LETTER */
} oc_desired_kept_t;

/* Moves the ends of recordings by so many ms; one that would be over is at 1, which is over too. */
void oc_desired_file_move(void *letter, int64_t ms);

/* Writes kept with its letter to `file` (OC_DESIRED_FILE_HEAD + kept->bytes), whose letter may be
 * there already. The length. */
size_t oc_desired_file_pack(const oc_desired_kept_t *kept, uint8_t *file);
/* Reads that; kept->letter is lent from file, which is aligned to 8. OC_OK | OC_ERR_FORMAT not such
 * a file, of another version, or damaged. The list itself is not looked at. */
int oc_desired_file_parse(uint8_t *file, size_t bytes, oc_desired_kept_t *kept);
/* What is wanted now of what was kept: times become monotonic ones. Hours whose beginning nobody
 * can tell, since a clock was never set or was set back, are taken for begun. */
void oc_desired_file_resume(oc_desired_kept_t *kept, const oc_clock_t *clock, int64_t now_us);

/* A digest of `base` and of the settings that are kept now. root: of the data directory. */
void oc_desired_file_causes(int root, const uint8_t base[OC_CRYPTO_HASH],
                            uint8_t out[OC_CRYPTO_HASH]);
/* The file's bytes; malloc, owned by the caller; NULL: there is none that could be read. */
uint8_t *oc_desired_file_read(int root, size_t *bytes);

#endif
