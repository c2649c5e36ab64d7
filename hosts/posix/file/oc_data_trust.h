/* oc_data_trust - whether a data directory may be believed: users, keys, links and settings in it are
 * taken as they are, so nobody else may be able to replace one. */
#ifndef OC_DATA_TRUST_H
#define OC_DATA_TRUST_H

#include <stddef.h>

#define OC_DATA_TRUST_LEVELS 2 /* below the folder: access/ and access/users, recordings/cam1 */

/* Whether nobody but this process's user and root owns or can write to the open folder `root`, the
 * folders and files in it, and those in its folders. Recordings, one level deeper, are not looked
 * at: whoever has none of their folders cannot put another in place of one. No link is followed.
 * path: for the line that `why` gets. OC_OK | OC_ERR_STATE others can write | OC_ERR_*. */
int oc_data_trust(int root, const char *path, char *why, size_t why_size);

#endif
