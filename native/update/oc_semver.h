/* oc_semver - versions as in Semantic Versioning 2.0.0 (semver.org): whether a text is one, and
 * which of two is newer. Numbers have any length. Any thread; allocates nothing. */
#ifndef OC_SEMVER_H
#define OC_SEMVER_H

#include "oc_span.h"

#define OC_SEMVER_MAX 64 /* bytes of a version here */

/* OC_OK | OC_ERR_FORMAT no version (section 2, 9 and 10) | OC_ERR_TOO_BIG above OC_SEMVER_MAX. */
int oc_semver_check(oc_span_t version);

/* Precedence (section 11; build metadata does not count): below 0 a is older, 0 the same, above 0 a
 * is newer. Both were accepted by oc_semver_check. */
int oc_semver_compare(oc_span_t a, oc_span_t b);

#endif
