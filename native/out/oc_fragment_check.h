/* oc_fragment_check - the 'free' box in front of every fragment of a recording: the check sum of
 * the fragment and how much of the file was safely on the disk when it was made. Players pass it
 * over (ISO/IEC 14496-12 8.1.2). A power cut can leave a fragment whose headers are whole and whose
 * payload is not; with this box the repair at the next start sees it, and has to read the payload
 * of the last, unsynced fragments only (docs/formats-recordings.md). */
#ifndef OC_FRAGMENT_CHECK_H
#define OC_FRAGMENT_CHECK_H

#include "oc_span.h"

#define OC_FRAGMENT_CHECK_BYTES 32 /* of the box */

typedef struct oc_fragment_check {
    uint32_t crc;          /* CRC-32 over the moof and mdat that follow the box */
    uint32_t bytes;        /* length of both together */
    uint64_t synced_bytes; /* the file's first bytes known to be on the disk; 0 = none yet */
} oc_fragment_check_t;

/* Continues a CRC-32; start with 0. */
uint32_t oc_fragment_check_add(uint32_t crc, oc_span_t bytes);

/* Writes the box; it carries a check sum of its own. */
void oc_fragment_check_write(const oc_fragment_check_t *check,
                             uint8_t out[OC_FRAGMENT_CHECK_BYTES]);

/* Reads a box of OC_FRAGMENT_CHECK_BYTES. OC_OK | OC_ERR_FORMAT not this box, or damaged. */
int oc_fragment_check_read(oc_span_t box, oc_fragment_check_t *out);

#endif
