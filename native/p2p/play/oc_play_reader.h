/* oc_play_reader - makes messages of recordings: JSON, the init segment, fragments; one file after
 * the other on one time line, which begins at the playback's base. Reading may wait for a disk: it
 * runs where that is allowed, never on the media thread. Memory is the caller's; no number of a
 * file is trusted (oc_mp4_read). */
#ifndef OC_PLAY_READER_H
#define OC_PLAY_READER_H

#include "oc_fmp4.h"
#include "oc_mp4_read.h"
#include "oc_play_chunk.h"

#define OC_PLAY_FILES    64u   /* known at a time; a host that finds more goes on behind them */
#define OC_PLAY_PATH_MAX 256u  /* bytes with NUL */
#define OC_PLAY_FOUND    8192u /* bytes of a list that a host finds */
#define OC_PLAY_GROUP    16u   /* samples of one fragment */
#define OC_PLAY_GROUP_US (250 * 1000)
#define OC_PLAY_BASE_MAX 40u /* bytes with NUL of the base as text */

/* How files are opened; on the reader's thread. */
typedef struct oc_play_files {
    /* The file of a path: OC_OK and *out, borrowed until close | OC_ERR_NOENT | OC_ERR_*. */
    int (*open)(void *context, const char *path, oc_mp4_source_t *out);
    void (*close)(void *context, oc_mp4_source_t *source);
    /* The bytes that an open file has now. NULL: files do not grow. */
    uint64_t (*size)(void *context, const oc_mp4_source_t *source);
    /* The files of the channel that `path` is of, in order of time, from the one on that ends
     * behind at_ms (from `base` on): lines of a list, in OC_PLAY_FOUND bytes at out, as many as
     * fit. Returns bytes, 0: none | OC_ERR_*. NULL: there are no others than those of the list. */
    int (*find)(void *context, const char *base, const char *path, int64_t at_ms, char *out);
    void *context;
} oc_play_files_t;

typedef struct oc_play_reader oc_play_reader_t; /* opaque, oc_play_reader_bytes() of memory */

/* About 150 KB: the reader of files, two lists, 16 KB of samples. */
size_t oc_play_reader_bytes(void);
/* list: first line "BASE AT_MS" (BASE: the instant 0 of the time line as text for the viewer,
 * AT_MS: where to begin, from it on), then one line "OFFSET_MS PATH" per file in order of time,
 * OFFSET_MS from the base, 0 .. 2^31 - 1; copied. files: copied. memory: aligned to 16, borrowed
 * until closed.
 * OC_OK | OC_ERR_FORMAT | OC_ERR_TOO_BIG more than OC_PLAY_FILES, or a path too long. */
int oc_play_reader_init(oc_play_reader_t **out, void *memory, oc_span_t list,
                        const oc_play_files_t *files, int64_t *at_us);
/* Fills a chunk as ordered; blocks. The result is in the chunk. Behind the last file that the host
 * finds it ends; a file whose name says that it is written (..._open.mp4) is waited for. */
void oc_play_reader_fill(oc_play_reader_t *reader, oc_play_chunk_t *chunk);
/* Closes the file that is open. */
void oc_play_reader_close(oc_play_reader_t *reader);

#endif
