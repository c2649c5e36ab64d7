/* oc_beneath - opens files below one folder and never outside of it: a path is walked name by name
 * with openat, symbolic links and ".." are refused. Shared by recordings and HTTP. Any thread. */
#ifndef OC_BENEATH_H
#define OC_BENEATH_H

#include <stdbool.h>
#include <sys/types.h>

/* True for a relative path of names only: no empty, "." or ".." part, no backslash, no control
 * character, shorter than OC_FILE_PATH_MAX. */
bool oc_beneath_allowed(const char *path);

/* Opens the folder that holds the last name of `path` (relative to the folder `root`) and points
 * *name at that name. >= 0 descriptor, owned by caller | OC_ERR_INVAL not allowed or a link |
 * OC_ERR_NOENT | other OC_ERR_*. */
int oc_beneath_parent(int root, const char *path, const char **name);

/* openat below root; O_CLOEXEC and O_NOFOLLOW are added. Same answers. */
int oc_beneath_open(int root, const char *path, int flags, mode_t mode);

/* Makes the folder `path` with its parents, 0700; existing ones are fine. Each new entry is synced.
 * OC_OK | OC_ERR_*. */
int oc_beneath_mkdir(int root, const char *path);

/* Makes the folder as above and holds it: nobody else has its lock until the descriptor is closed;
 * waits for who has. >= 0 | OC_ERR_*. */
int oc_beneath_lock(int root, const char *path);

#endif
