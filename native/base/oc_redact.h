/* oc_redact - addresses of sources for people and logs: user and password are hidden, and behind
 * the host everything that is not known to be harmless, since cameras take passwords in paths and
 * under many names. One rule for the whole program: modules/config/redact.ts is its twin, and
 * tests/corpora/redact/vectors.tsv binds both. Pure. */
#ifndef OC_REDACT_H
#define OC_REDACT_H

#include <stddef.h>

/* Overwrites with '*' the bytes of an address that are not shown; its length stays. len: bytes at
 * url, which needs no NUL. A path of a file, or an address of a local source (file:, v4l2:, alsa:,
 * fake:, test:, camera:, replay:, scale:), is left as it is. */
void oc_redact_stars(char *url, size_t len);

/* Writes the address with "***" in place of each part that is not shown, cut to size - 1 bytes,
 * with NUL. size: > 0. out and url do not overlap. */
void oc_redact_url(const char *url, char *out, size_t size);

#endif
