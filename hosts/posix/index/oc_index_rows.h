/* oc_index_rows - rows of `recording` as the files are: added, renamed, removed, and what grows
 * while it is written. Index thread. */
#ifndef OC_INDEX_ROWS_H
#define OC_INDEX_ROWS_H

#include "oc_index_db.h"
#include "oc_index_keys.h"
#include "oc_limits.h"
#include "oc_record_name.h"

#define OC_INDEX_OPEN (2 * OC_STREAMS_MAX) /* recordings that are written at once: two split */

/* The folder and the name of a recording. */
typedef struct oc_index_name {
    char channel[32];
    oc_record_name_t record;
} oc_index_name_t;

/* Takes "recordings/CHANNEL/FILE" apart. False: it is no recording. */
bool oc_index_name_parse(const char *path, oc_index_name_t *out);

/* Column: whether a protected event keeps a recording: what touches its span, with the pre-roll
 * (?20, OC_INDEX_PREROLL) before it and 10 s behind. Of events that are over, those that began too
 * early for the longest one to reach the recording are not looked at. */
#define OC_INDEX_PROTECTED                                                                         \
    "recording.monotonic = 0 AND (EXISTS(SELECT 1 FROM event INDEXED BY event_protected WHERE "    \
    "protected = 1 AND event.channel = recording.channel AND event.start_ms < recording.end_ms "   \
    "+ ?20 AND event.start_ms > recording.start_ms - 10000 - (SELECT ifnull(max(end_ms - "         \
    "start_ms), 0) FROM event INDEXED BY event_protected_length WHERE protected = 1) AND "         \
    "event.end_ms + 10000 > recording.start_ms) OR EXISTS(SELECT 1 FROM event INDEXED BY "         \
    "event_protected_open WHERE protected = 1 AND end_ms IS NULL AND event.channel = "             \
    "recording.channel AND event.start_ms < recording.end_ms + ?20))"

/* One recording that is written: how far it has been read. */
typedef struct oc_index_growing {
    char path[OC_FILE_PATH_MAX]; /* "": free */
    oc_index_keys_t *keys;
} oc_index_growing_t;

/* Of all that are written. */
typedef struct oc_index_rows {
    oc_index_growing_t growing[OC_INDEX_OPEN];
} oc_index_rows_t;

/* Makes the row of a file agree with it: added, changed, or removed when it is not there. OC_OK |
 * OC_ERR_*: of the database. */
int oc_index_rows_take(oc_index_db_t *db, const char *path);
/* The file is called `to` now; what is known of it stays. */
int oc_index_rows_rename(oc_index_rows_t *rows, oc_index_db_t *db, const char *path,
                         const char *to);
int oc_index_rows_remove(oc_index_db_t *db, const char *path);

/* Length, end and key frames of what is written just now. */
void oc_index_rows_grow(oc_index_rows_t *rows, oc_index_db_t *db);
/* Reads the key frames of one closed recording that has none, the newest first. False: all have
 * theirs. */
bool oc_index_rows_read_one(oc_index_db_t *db);
/* Reads those of this one. keys: made by the caller; empty for a file that is not ours. */
int oc_index_rows_read(oc_index_db_t *db, int64_t id, const char *path, oc_index_keys_t *keys);
/* Forgets what is read of recordings that are written. */
void oc_index_rows_clear(oc_index_rows_t *rows);

#endif
