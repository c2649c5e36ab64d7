/* oc_hls_query - the delivery directives in the query of a playlist's address
 * (draft-pantos-hls-rfc8216bis-16 section 6.2.5). Bounded, allocates nothing. */
#ifndef OC_HLS_QUERY_H
#define OC_HLS_QUERY_H

#include <stdbool.h>
#include <stdint.h>

typedef struct oc_hls_query {
    bool has_msn, has_part; /* _HLS_msn, _HLS_part */
    uint64_t msn;           /* media sequence number */
    uint32_t part;          /* index of a part in that segment */
    bool skip;              /* _HLS_skip=YES or v2: a delta update is welcome */
} oc_hls_query_t;

/* Reads a query ("a=1&b=2", without '?', NUL-terminated; "" = none). What is not a directive is
 * passed over. A number beyond its type is its largest value: too far ahead in any case.
 * OC_OK | OC_ERR_FORMAT a directive that is no number, twice, or _HLS_part without _HLS_msn. */
int oc_hls_query_read(const char *query, oc_hls_query_t *out);

#endif
