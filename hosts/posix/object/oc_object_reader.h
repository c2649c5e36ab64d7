/* oc_object_reader - the bytes of an object or a file from any place in it, read ahead by a thread.
 * An error is an error and never the end: every range is compared with what the first reply
 * promised, and an object that changed meanwhile is refused. One thread at a time. */
#ifndef OC_OBJECT_READER_H
#define OC_OBJECT_READER_H

#include "oc_object_call.h"

typedef struct oc_object_reader oc_object_reader_t; /* opaque; 8 MB and a thread, a file: neither */

/* place, access: borrowed until close. OC_OK: it exists and its size is known | OC_ERR_NOENT |
 * OC_ERR_*; why. */
int oc_object_reader_open(oc_object_reader_t **out, const oc_object_place_t *place,
                          const oc_object_access_t *access, char *why, size_t size);

/* Bytes of the whole. */
uint64_t oc_object_reader_bytes(const oc_object_reader_t *reader);

/* Waits for bytes from `at` on, and copies up to len of them, at least one. > 0 bytes | 0 the end:
 * `at` is behind the last byte | OC_ERR_STALE the object has changed | OC_ERR_*. */
int64_t oc_object_reader_read(oc_object_reader_t *reader, uint64_t at, void *out, size_t len);

/* Why the last read failed; "" when none did. Borrowed until the next read. */
const char *oc_object_reader_why(oc_object_reader_t *reader);

/* Waits until a request under way has ended: access->stop makes that soon. NULL is fine. */
void oc_object_reader_close(oc_object_reader_t *reader);

#endif
