/* oc_export_read - the bytes of a planned MP4, from any offset. One reader for each who reads; it
 * costs least when it goes on where it was. */
#ifndef OC_EXPORT_READ_H
#define OC_EXPORT_READ_H

#include "oc_export.h"

/* About 50 KB. */
typedef struct oc_export_reader {
    const oc_export_t *plan;
    bool open; /* a recording is */
    uint32_t file;
    oc_mp4_source_t source;
    uint32_t piece; /* box is in this one */
    uint64_t box;   /* of the file: a boundary between boxes */
    oc_mp4_window_t window;
    uint8_t moof[OC_EXPORT_HEAD_MAX];
} oc_export_reader_t;

/* plan: borrowed until closed. */
void oc_export_reader_init(oc_export_reader_t *reader, const oc_export_t *plan);
/* Copies exactly len bytes at offset; both within plan->bytes. OC_OK | OC_ERR_NOENT a recording is
 * gone | OC_ERR_TRUNC | OC_ERR_FORMAT | OC_ERR_IO. */
int oc_export_reader_read(oc_export_reader_t *reader, uint64_t offset, void *out, size_t len);
void oc_export_reader_close(oc_export_reader_t *reader);

#endif
