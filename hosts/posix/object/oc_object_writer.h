/* oc_object_writer - an object, an address or a file that is written from its beginning to its end.
 * Nothing is there under its name before oc_object_writer_finish, and nothing remains when it is
 * given up. At a store: one PUT up to a part, else a multipart upload, whose parts a thread sends
 * out of memory, again when that fails. One thread at a time. */
#ifndef OC_OBJECT_WRITER_H
#define OC_OBJECT_WRITER_H

#include "oc_object_call.h"

#define OC_OBJECT_PART       (8u * 1024u * 1024u)  /* bytes of a part; two are held */
#define OC_OBJECT_SINGLE_MAX (32u * 1024u * 1024u) /* bytes to an address, which has no parts; held */

typedef struct oc_object_writer oc_object_writer_t; /* opaque; 16 MB and a thread */

/* place, access: borrowed until close. A file must not exist yet. OC_OK | OC_ERR_EXIST | OC_ERR_*;
 * why. */
int oc_object_writer_open(oc_object_writer_t **out, const oc_object_place_t *place,
                          const oc_object_access_t *access, char *why, size_t size);

/* Appends, copied before return; waits for the store to take a part. OC_OK | OC_ERR_TOO_BIG |
 * OC_ERR_*: it is to be closed. */
int oc_object_writer_write(oc_object_writer_t *writer, const void *bytes, size_t len);

/* Sends the rest and gives it its name. OC_OK | OC_ERR_*. */
int oc_object_writer_finish(oc_object_writer_t *writer);

/* Requests that were tried again. After finish or a failure. */
uint32_t oc_object_writer_repeats(const oc_object_writer_t *writer);

/* Why a call failed, "" when none did. Borrowed until close. */
const char *oc_object_writer_why(const oc_object_writer_t *writer);

/* Without a finish that was OC_OK everything is taken back, also when access->stop is true; false:
 * that failed, and why says what may be left. NULL is fine. */
bool oc_object_writer_close(oc_object_writer_t *writer, char *why, size_t size);

#endif
