/* oc_label - what a channel's label asks for: `[name?]query`, the query in the form
 * application/x-www-form-urlencoded as URLSearchParams of browsers writes it:
 *   action=live&channel=0&stream=main     source?bytes=1000000&size=16384     echo
 * A label without '?', '=' and '&' is a name alone. A label is seen by everybody on the way and in
 * logs: nothing secret belongs into it. No allocation. */
#ifndef OC_LABEL_H
#define OC_LABEL_H

#include "oc_span.h"

#define OC_LABEL_MAX      1024u /* bytes of a label */
#define OC_LABEL_KEYS     16u   /* keys of a query */
#define OC_LABEL_NAME_MAX 32u   /* characters of a name: letters, digits, '-', '_', '.' */

/* A label taken apart. About 1.2 KB; texts end with NUL and are UTF-8. */
typedef struct oc_label {
    char name[OC_LABEL_NAME_MAX + 1]; /* "" = none */
    unsigned keys;
    uint16_t key[OC_LABEL_KEYS], value[OC_LABEL_KEYS]; /* offsets into text */
    char text[OC_LABEL_MAX + OC_LABEL_KEYS + 1];
    const char *error; /* after an error: what is wrong, static; NULL = nothing */
} oc_label_t;

/* Takes a label apart. OC_OK | OC_ERR_TOO_BIG label, name or keys beyond the limits |
 * OC_ERR_FORMAT not UTF-8, a NUL, a '%' without two hex digits, a key twice or without a name, a
 * name of other characters. out->error says what. */
int oc_label_parse(oc_span_t text, oc_label_t *out);

/* The value of a key; NULL = absent. Borrowed: part of *label. */
const char *oc_label_get(const oc_label_t *label, const char *key);

/* The other end sends on this channel: its action is voice. */
bool oc_label_receives(const oc_label_t *label);

#endif
