/* oc_access_store - the files of access below the data directory: users, certificate, keys. Folder
 * 0700, files 0600, replaced as a whole. Any thread. */
#ifndef OC_ACCESS_STORE_H
#define OC_ACCESS_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "oc_access_link.h"
#include "oc_access_user.h"

#define OC_ACCESS_STORE_USERS  "access/users"
#define OC_ACCESS_STORE_CERT   "access/cert.pem"
#define OC_ACCESS_STORE_KEY    "access/key.pem"
#define OC_ACCESS_STORE_LINKS  "access/links"
#define OC_ACCESS_STORE_DEVICE "access/device.key"

/* When and how large a file is, to notice that it was replaced, and who may use it; zeroed: there
 * is none. */
typedef struct oc_access_stamp {
    uint64_t device, inode, size, mode;
    int64_t changed_ns;
} oc_access_stamp_t;

/* Reads a file of at most size - 1 bytes; NUL is added. root: descriptor of the folder, or AT_FDCWD
 * for a path given by a person. Length | OC_ERR_NOENT | OC_ERR_INVAL no regular file |
 * OC_ERR_TOO_BIG | OC_ERR_*. */
int oc_access_store_read(int root, const char *path, char *out, size_t size,
                         oc_access_stamp_t *stamp);

/* The stamp of a file; zeroed when it cannot be read. */
oc_access_stamp_t oc_access_store_stamp(int root, const char *path);

/* Writes a file below root, 0600, in one step and durably. OC_OK | OC_ERR_*. */
int oc_access_store_write(int root, const char *path, const void *data, size_t len);
/* Removes a file below root; one that is not there is fine. OC_OK | OC_ERR_*. */
int oc_access_store_remove(int root, const char *path);

/* Reads the users. OC_OK, also when there is no file: nobody | OC_ERR_*; `why` gets a line. */
int oc_access_store_users(int root, oc_access_users_t *users, char *why, size_t why_size);

/* Writes them. OC_OK | OC_ERR_*. */
int oc_access_store_keep_users(int root, const oc_access_users_t *users);

/* Reads a key (OC_ACCESS_STORE_DEVICE); made when there is none, or anew when `fresh`. OC_OK
 * | OC_ERR_*. */
int oc_access_store_key(int root, const char *path, int fresh, uint8_t key[OC_CRYPTO_HASH]);
/* Reads the watch links of those who made them and still may. OC_OK, also when there are none |
 * OC_ERR_STALE: others have ended | OC_ERR_FORMAT | OC_ERR_*; links is empty then. */
int oc_access_store_links(int root, const oc_access_users_t *users, oc_access_links_t *links);
/* Writes them; none: the file is removed. OC_OK | OC_ERR_*. */
int oc_access_store_keep_links(int root, const oc_access_links_t *links);

#endif
