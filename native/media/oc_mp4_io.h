/* oc_mp4_io - bytes and boxes of an MP4 source through small windows. Inside of the reader.
 * ISO/IEC 14496-12 4.2. Every number read is checked against the source's size. */
#ifndef OC_MP4_IO_H
#define OC_MP4_IO_H

#include "oc_mp4_source.h"
#include "oc_packet.h"
#include "oc_span.h"

#define OC_MP4_WINDOW 4096 /* bytes; a sample entry and a run of 256 samples fit */

/* The part of the source seen last through this window. */
typedef struct oc_mp4_window {
    uint64_t start;
    uint32_t len;
    uint8_t bytes[OC_MP4_WINDOW];
} oc_mp4_window_t;

/* Lends n (1 .. OC_MP4_WINDOW) bytes at offset: borrowed until the window's next use.
 * OC_OK | OC_ERR_TRUNC beyond the end | OC_ERR_IO. */
int oc_mp4_io_lend(const oc_mp4_source_t *source, oc_mp4_window_t *window, uint64_t offset,
                   uint32_t n, oc_span_t *out);

/* One box: [at, end) with its content at [body, end). */
typedef struct oc_mp4_box {
    uint64_t at, body, end;
    uint32_t type;
} oc_mp4_box_t;

/* Reads the head of the box at `at` inside [.., limit).
 * OC_OK | OC_END at is the limit | OC_ERR_TRUNC it goes beyond the limit | OC_ERR_FORMAT smaller
 * than its head | OC_ERR_IO. */
int oc_mp4_io_box(const oc_mp4_source_t *source, oc_mp4_window_t *window, uint64_t at,
                  uint64_t limit, oc_mp4_box_t *box);

/* A table of fixed-size entries inside a box. */
typedef struct oc_mp4_table {
    uint64_t at;    /* of the first entry */
    uint32_t count; /* entries; all of them lie inside the source */
} oc_mp4_table_t;

/* Takes a table with `count` entries of entry_bytes at `at` if it lies inside the box.
 * OC_OK | OC_ERR_FORMAT. */
int oc_mp4_io_table(const oc_mp4_box_t *box, uint64_t at, uint32_t count, uint32_t entry_bytes,
                    oc_mp4_table_t *out);

#endif
