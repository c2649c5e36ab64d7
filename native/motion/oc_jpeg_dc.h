/* oc_jpeg_dc - a small grey picture out of a baseline JPEG without decoding it: the DC value of
 * each block of brightness is the mean of its 8x8 pixels. Huffman codes are read, nothing is
 * transformed. Pure, allocates nothing, bounded by the length of the picture. */
#ifndef OC_JPEG_DC_H
#define OC_JPEG_DC_H

#include <stddef.h>
#include <stdint.h>

#define OC_JPEG_DC_CELLS 8192 /* of the small picture, at most */
#define OC_JPEG_DC_SIDE  8192 /* pixels of the JPEG, at most */

typedef struct oc_jpeg_dc_code {
    uint16_t fast[256]; /* by the next 8 bits: length << 8 | symbol; 0: it is longer */
    int32_t last[17];   /* last code of each length; -1: none */
    int32_t first[17];  /* and its place: symbol[code - first] */
    uint8_t symbol[256];
    uint8_t known;
} oc_jpeg_dc_code_t;

/* Memory of a call; nothing is kept in it. About 55 KB. */
typedef struct oc_jpeg_dc_work {
    oc_jpeg_dc_code_t dc[2], ac[2];
    uint32_t sum[OC_JPEG_DC_CELLS];
    uint16_t count[OC_JPEG_DC_CELLS];
} oc_jpeg_dc_work_t;

/* out: width * height bytes, row by row; at most OC_JPEG_DC_CELLS, and not more in a row or in rows
 * than there are blocks. OC_OK | OC_ERR_FORMAT damaged or cut off | OC_ERR_NOTSUP not baseline,
 * larger, or brightness is not in the first scan | OC_ERR_INVAL that size is not possible. */
int oc_jpeg_dc(const uint8_t *jpeg, size_t len, uint8_t *out, unsigned width, unsigned height,
               oc_jpeg_dc_work_t *work);

#endif
