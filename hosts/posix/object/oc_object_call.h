/* oc_object_call - requests about one object, signed where its place has keys, each tried again
 * with growing pauses while the other end is not there, or is busy. One thread at a time. */
#ifndef OC_OBJECT_CALL_H
#define OC_OBJECT_CALL_H

#include "oc_object_http.h"
#include "oc_object_keys.h"
#include "oc_object_place.h"

#define OC_OBJECT_TRIES    10   /* of one request */
#define OC_OBJECT_PAUSE_MS 200  /* before the second; doubled for each further one ... */
#define OC_OBJECT_PAUSE_MAX_MS 5000 /* ... up to this: 30 s in all */
#define OC_OBJECT_WHY_MAX  400  /* bytes with NUL of a failure, one line */

/* How a place is reached; borrowed by what is opened with it, until that is closed. */
typedef struct oc_object_access {
    const oc_object_keys_t *keys; /* of S3 */
    const char *region;           /* of S3 */
    const char *ca;               /* a file of authorities (PEM); NULL: those of the system */
    const atomic_bool *stop;      /* true: what is under way ends within a second, if not `whole` */
} oc_object_access_t;

/* One thread's way to a place; about 64 KB. */
typedef struct oc_object_link {
    const oc_object_place_t *place;
    const oc_object_access_t *access;
    oc_object_http_t *http;
    int64_t ahead_s; /* what the store's clock is ahead of this one, once it refused the time */
    uint32_t repeats; /* requests that were tried again */
} oc_object_link_t;

/* What is to be done with it. */
typedef struct oc_object_call {
    const char *method;
    const char *query;     /* of S3, encoded and in order of names; NULL: none */
    const char *line[2];   /* further header lines, not signed; NULL: none */
    bool uploads;          /* `body` is sent */
    bool whole;            /* as of oc_object_request_t */
    oc_span_t body;        /* borrowed until return */
} oc_object_call_t;

/* place, access: borrowed until close. OC_OK | OC_ERR_NOTSUP no libcurl | OC_ERR_NOMEM; why. */
int oc_object_link_open(oc_object_link_t *link, const oc_object_place_t *place,
                        const oc_object_access_t *access, char *why, size_t size);

/* reply: room is set by the caller. OC_OK: status 2xx | OC_ERR_NOENT 404 | OC_ERR_STALE 412 |
 * OC_ERR_RANGE 416 | OC_ERR_READ_ONLY 401, 403 | OC_ERR_CLOSED stopped | OC_ERR_IO all else; why
 * holds no secret. */
int oc_object_call(oc_object_link_t *link, const oc_object_call_t *call, oc_object_reply_t *reply,
                   char *why, size_t size);

/* True: the object is there with so many bytes; reply has its tag. For a write whose answer does not
 * say that it was carried out. */
bool oc_object_holds(oc_object_link_t *link, uint64_t bytes, oc_object_reply_t *reply);

/* Twice is fine. */
void oc_object_link_close(oc_object_link_t *link);

/* The text of an element of an XML document ("Error/Code"), "" when it has none or is none; cut to
 * size - 1 bytes of printable ASCII. */
void oc_object_document(oc_span_t document, const char *path, char *out, size_t size);

#endif
