/* oc_nal - what H.264 and H.265 share: finding NAL units in a byte stream or in a
 * length-prefixed access unit. Rec. ITU-T H.264 Annex B; ISO/IEC 14496-15 4-byte lengths. */
#ifndef OC_NAL_H
#define OC_NAL_H

#include "oc_span.h"

/* Walks NAL units. annexb: start codes, else 4-byte lengths. Start with *offset = 0; *nal points
 * into unit. Zero-length units are passed over; trailing zero bytes of a byte stream are left out.
 * OC_OK | OC_END | OC_ERR_TRUNC a length beyond the data | OC_ERR_FORMAT no start code where one
 * has to be. */
int oc_nal_next(oc_span_t unit, bool annexb, size_t *offset, oc_span_t *nal);

/* True when a length-prefixed access unit is NAL units to its last byte. */
bool oc_nal_fills(const uint8_t *unit, size_t bytes);

/* Copies one NAL unit behind a 4-byte length to out + *used (of out_size bytes) and adds to *used.
 * OC_OK | OC_ERR_NOMEM. */
int oc_nal_put(oc_span_t nal, uint8_t *out, size_t out_size, size_t *used);

#endif
