/* oc_reply_head - the headers that an application gives an answer: names and values, each with a
 * NUL behind it. What a script may not say is refused here: what frames the message, what belongs
 * to the connection, cookies, and what the host itself says. Pure functions. */
#ifndef OC_REPLY_HEAD_H
#define OC_REPLY_HEAD_H

#include <stddef.h>

#define OC_REPLY_HEAD_MAX 2048 /* bytes of all names and values with their NULs */

/* NULL: all are allowed; else a line that says what is not, static. head: `len` bytes. */
const char *oc_reply_head_check(const char *head, size_t len);

/* The next header of a checked head. at: 0 at first, moved on. NULL: no more; else its name in
 * lower case, and *value; both borrowed. */
const char *oc_reply_head_next(const char *head, size_t len, size_t *at, const char **value);

/* The value of a checked head's header `name`; NULL: it has none. */
const char *oc_reply_head_find(const char *head, size_t len, const char *name);

#endif
