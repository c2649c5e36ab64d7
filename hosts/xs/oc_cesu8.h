/* oc_cesu8 - between UTF-8 and the engine's strings, where NUL is C0 80 and, in CESU-8 (mxCESU8, XS
 * 13), a character outside the basic plane is two surrogates of three bytes each. No allocation, no XS.
 * Call once with out == NULL to measure, then again to write. */
#ifndef OC_CESU8_H
#define OC_CESU8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* UTF-8 of an engine's string (NUL-ended, borrowed until return); a lone surrogate becomes U+FFFD.
 * Returns the bytes written or needed, without a closing NUL. */
size_t oc_cesu8_to_utf8(uint8_t *out, const char *text);

/* An engine's string of UTF-8 bytes (borrowed until return); malformed sequences become U+FFFD, one
 * for each maximal part, as in the Encoding Standard (section 8.1.1), and set *malformed.
 * Returns the bytes written or needed, without the closing NUL that the caller adds. */
size_t oc_cesu8_from_utf8(char *out, const uint8_t *bytes, size_t size, bool *malformed);

/* Bytes at the end that begin a well-formed sequence which is cut short: 0 to 3. */
size_t oc_cesu8_tail(const uint8_t *bytes, size_t size);

#endif
