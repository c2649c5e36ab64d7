/* oc_object_place - where an input or output of a command is: a path, http(s)://..., or
 * s3://bucket/key with the endpoint of its store. Pure. */
#ifndef OC_OBJECT_PLACE_H
#define OC_OBJECT_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#define OC_OBJECT_KEY_MAX   1024 /* bytes of a key, as S3 limits it */
#define OC_OBJECT_URL_MAX   8192 /* bytes with NUL of an address; presigned ones have up to 4 KB */
#define OC_OBJECT_HOST_MAX  320  /* bytes with NUL */
#define OC_OBJECT_PATH_MAX  3200 /* bytes with NUL of a key, percent-encoded, behind its bucket */
#define OC_OBJECT_SHOWN_MAX 160  /* bytes with NUL of an address as people see it */

/* What an address names. */
typedef enum oc_object_kind {
    OC_OBJECT_FILE,
    OC_OBJECT_HTTP, /* presigned, or public */
    OC_OBJECT_S3,   /* requests are signed */
} oc_object_kind_t;

/* Which store; borrowed until return. */
typedef struct oc_object_store {
    const char *endpoint; /* "https://s3.example.org"; NULL: Amazon's of the region */
    const char *region;   /* "us-east-1" */
    int path_style;       /* 1: https://host/bucket/key, 0: https://bucket.host/key, -1: as usual:
                             the first with an endpoint, the second at Amazon */
} oc_object_store_t;

/* One place; about 12 KB. */
typedef struct oc_object_place {
    oc_object_kind_t kind;
    bool secure;                     /* TLS */
    char url[OC_OBJECT_URL_MAX];     /* a path; an address with its query: a secret; S3: its origin */
    char host[OC_OBJECT_HOST_MAX];   /* S3: as it is sent */
    char path[OC_OBJECT_PATH_MAX];   /* S3: percent-encoded */
    char shown[OC_OBJECT_SHOWN_MAX]; /* without query, user and password */
} oc_object_place_t;

/* OC_OK | OC_ERR_FORMAT, why says in one line what is allowed. */
int oc_object_place_parse(const char *text, const oc_object_store_t *store, oc_object_place_t *out,
                          char *why, size_t size);

#endif
