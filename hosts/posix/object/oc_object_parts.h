/* oc_object_parts - a multipart upload to a store: begun with its first part, completed, or aborted
 * so that no part remains. One thread at a time. */
#ifndef OC_OBJECT_PARTS_H
#define OC_OBJECT_PARTS_H

#include "oc_object_call.h"

#define OC_OBJECT_PARTS      10000u /* of an upload, as S3 limits it: 80 GB of 8 MB each */
#define OC_OBJECT_UPLOAD_MAX 1025   /* bytes with NUL of the store's name of an upload */

typedef struct oc_object_parts {
    oc_object_link_t *link;
    char upload[3 * OC_OBJECT_UPLOAD_MAX]; /* percent-encoded; "": not begun */
    char (*etags)[OC_OBJECT_ETAG_MAX];     /* one for each part; at most 1.6 MB */
    size_t count, room;
} oc_object_parts_t;

/* link: borrowed until free. */
void oc_object_parts_init(oc_object_parts_t *parts, oc_object_link_t *link);

/* Sends the next part; the first begins the upload. All but the last have 5 MB or more. part:
 * borrowed until return. OC_OK | OC_ERR_TOO_BIG there are 10,000 | OC_ERR_*; why. */
int oc_object_parts_send(oc_object_parts_t *parts, oc_span_t part, char *why, size_t size);

/* Makes the object of its parts. bytes: of all. OC_OK | OC_ERR_*; why. */
int oc_object_parts_complete(oc_object_parts_t *parts, uint64_t bytes, char *why, size_t size);

/* Has the store forget what was sent, also when access->stop is true. False: it could not be
 * reached; why. True when nothing was begun. */
bool oc_object_parts_abort(oc_object_parts_t *parts, char *why, size_t size);

/* Frees its memory; the upload stays as it is. Twice is fine. */
void oc_object_parts_free(oc_object_parts_t *parts);

#endif
