/* oc_random - unpredictable bytes. Linked like oc_crypto: hosts/posix/sys/oc_random.c asks the system;
 * tests link tests/native/support/oc_random_seeded.c, which gives the same bytes for the same seed.
 */
#ifndef OC_RANDOM_H
#define OC_RANDOM_H

#include <stddef.h>

/* Fills len bytes, good for keys. Ends the program when the system has none. Any thread. */
void oc_random(void *out, size_t len);

#endif
