/* oc_candidate_line - one ICE candidate as text (RFC 8839 section 5.1), the value of the SDP
 * attribute `candidate` and of the trickle messages of browsers. No allocation.
 *   candidate:3599295632 1 udp 2113937151 10.1.0.2 42040 typ host generation 0 ufrag LvkC */
#ifndef OC_CANDIDATE_LINE_H
#define OC_CANDIDATE_LINE_H

#include "oc_candidate.h"
#include "oc_span.h"

#define OC_CANDIDATE_LINE_MAX 512 /* bytes of a line; longer: OC_ERR_TOO_BIG */
#define OC_CANDIDATE_TEXT_MAX 256 /* bytes that are always enough for what is printed, with NUL */

/* Reads one candidate; "a=" and "candidate:" in front of it may be there or not. *out is written on
 * OC_OK only: type, addr, component, priority and foundation, or with addr.family 0 the `.local`
 * name in mdns (its port in addr.port); base: the related address, family 0 when it is hidden.
 * *ufrag (may be NULL): the value of the extension `ufrag`, which says for which generation it is;
 * a view of text, empty when absent. Other extensions are passed over. OC_OK | OC_ERR_FORMAT
 * against the grammar, or a number out of its range | OC_ERR_TOO_BIG | OC_ERR_NOTSUP well formed
 * but of no use here: not UDP, another component than 1, a host name that is not UUID.local, a type
 * that nobody knows. */
int oc_candidate_line_parse(oc_span_t text, oc_candidate_t *out, oc_span_t *ufrag);

/* Prints "candidate:..." with NUL; a candidate that is not of type host names its base as related
 * address; 0.0.0.0 port 9 when there is none, or it is the same (a relay's). ufrag (may be NULL):
 * added as the extension. > 0 length without NUL | OC_ERR_NOMEM out_size too small | OC_ERR_INVAL
 * no address. */
int oc_candidate_line_print(const oc_candidate_t *candidate, const char *ufrag, char *out,
                            size_t out_size);

#endif
