/* oc_store - small files below the data directory that are replaced as a whole: the new text is
 * there after it is on the disk, or the old one stays. 0600. Any thread. */
#ifndef OC_STORE_H
#define OC_STORE_H

#include <stdbool.h>
#include <stddef.h>

#define OC_STORE_NAME_MAX 32          /* bytes of a name with NUL; [a-z]+ */
#define OC_STORE_TEXT_MAX (48 * 1024) /* bytes of a text */

/* Writes `len` bytes as the file `path` below root (its folder is there), in one step and durably.
 * OC_OK | OC_ERR_DISK_FULL | other OC_ERR_*: the file is as it was. */
int oc_store_replace(int root, const char *path, const void *data, size_t len);

/* The same for a path that a person gave; a line feed is added. Also OC_ERR_INVAL: something else
 * than a file is there. */
int oc_store_save(const char *path, const char *text, size_t len);

/* Removes what processes left behind that were killed in the middle of a replacement. */
void oc_store_tidy(int root);

/* True for a name that texts are kept under: 1 to 31 of a-z. */
bool oc_store_name(const char *name, size_t len);

/* The text kept as `name` (`<name>.json` below root), NUL added; malloc, owned by the caller; NULL:
 * *result says why: OC_ERR_NOENT nothing is kept | OC_ERR_TOO_BIG or OC_ERR_FORMAT: something is,
 * but no text | other OC_ERR_*. *len: without the NUL. */
char *oc_store_read(int root, const char *name, size_t *len, int *result);
/* Keeps a text of at most OC_STORE_TEXT_MAX bytes. As oc_store_replace, and OC_ERR_TOO_BIG. */
int oc_store_write(int root, const char *name, const void *text, size_t len);
/* Moves what is kept to `<name>.json.bad`, over what is there. OC_OK, also when nothing is kept |
 * OC_ERR_*. */
int oc_store_set_aside(int root, const char *name);

#endif
