/* oc_base64 - bytes as text in a description, RFC 4648 section 4, with padding. No allocation. */
#ifndef OC_BASE64_H
#define OC_BASE64_H

#include "oc_span.h"

/* Reads a text whose unused bits are 0. Returns the bytes, 0 of an empty text | OC_ERR_FORMAT |
 * OC_ERR_TOO_BIG more than size. */
int oc_base64_read(oc_span_t text, uint8_t *out, size_t size);
/* Writes the bytes as text; w->bad when there is no room. */
void oc_base64_write(oc_wr_t *w, oc_span_t bytes);

#endif
