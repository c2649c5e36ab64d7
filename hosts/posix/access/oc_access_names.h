/* oc_access_names - which names and addresses this machine answers to, and which other sites may
 * read from it. Pure. */
#ifndef OC_ACCESS_NAMES_H
#define OC_ACCESS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#define OC_ACCESS_NAMES    32
#define OC_ACCESS_NAME_MAX 128 /* bytes with NUL */

/* A bounded set of host names and addresses, or of origins; zeroed: empty. */
typedef struct oc_access_names {
    unsigned count;
    char rows[OC_ACCESS_NAMES][OC_ACCESS_NAME_MAX];
} oc_access_names_t;

/* Adds one, in lower case and IPv6 in its short form, unless it is there. False: too long, or no
 * room. */
bool oc_access_names_add(oc_access_names_t *names, const char *name);
/* Adds each line of `lines`. False: one did not fit. */
bool oc_access_names_add_lines(oc_access_names_t *names, const char *lines);
/* True when it is there as it is (case apart). */
bool oc_access_names_has(const oc_access_names_t *names, const char *name);

/* Splits a Host (or authority): the name or address without port and brackets goes to name. False:
 * malformed. */
bool oc_access_names_split(const char *host, char name[OC_ACCESS_NAME_MAX]);

/* True when a Host is one of the names; "*.example.com" stands for one label before. */
bool oc_access_names_host(const oc_access_names_t *names, const char *host);

/* True when an Origin is `scheme` ("https://") and this Host, case apart. */
bool oc_access_names_own(const char *origin, const char *scheme, const char *host);

#endif
