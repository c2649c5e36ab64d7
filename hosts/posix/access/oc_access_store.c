#define _GNU_SOURCE
#include "oc_access_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_posix.h"
#include "oc_random.h"
#include "oc_store.h"

static int open_file(int root, const char *path) {
    int fd = root == AT_FDCWD ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
                              : oc_beneath_open(root, path, O_RDONLY | O_NONBLOCK, 0);
    return fd < 0 && root == AT_FDCWD ? oc_posix_error(errno) : fd;
}

static oc_access_stamp_t stamp_of(const struct stat *about) {
    return (oc_access_stamp_t){about->st_dev, about->st_ino, (uint64_t)about->st_size,
                               about->st_mode,
                               about->st_mtim.tv_sec * 1000000000LL + about->st_mtim.tv_nsec};
}

int oc_access_store_read(int root, const char *path, char *out, size_t size,
                         oc_access_stamp_t *stamp) {
    struct stat about;
    size_t used = 0;
    ssize_t got = 0;
    int fd = open_file(root, path), result = OC_OK;
    *stamp = (oc_access_stamp_t){0};
    if (fd < 0)
        return fd;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
        result = OC_ERR_INVAL;
    else if ((uint64_t)about.st_size >= size)
        result = OC_ERR_TOO_BIG;
    while (result == OC_OK && used < size - 1 && (got = read(fd, out + used, size - 1 - used)) > 0)
        used += (size_t)got;
    if (result == OC_OK && got < 0)
        result = OC_ERR_IO;
    if (result == OC_OK) {
        out[used] = '\0';
        *stamp = stamp_of(&about);
    }
    close(fd);
    return result == OC_OK ? (int)used : result;
}

oc_access_stamp_t oc_access_store_stamp(int root, const char *path) {
    struct stat about;
    int fd = open_file(root, path);
    oc_access_stamp_t stamp = {0};
    if (fd >= 0 && fstat(fd, &about) == 0)
        stamp = stamp_of(&about);
    if (fd >= 0)
        close(fd);
    return stamp;
}

int oc_access_store_write(int root, const char *path, const void *data, size_t len) {
    int result = oc_beneath_mkdir(root, "access");
    return result == OC_OK ? oc_store_replace(root, path, data, len) : result;
}

int oc_access_store_remove(int root, const char *path) {
    const char *name;
    int folder = oc_beneath_parent(root, path, &name), result = OC_OK;
    if (folder < 0)
        return folder == OC_ERR_NOENT ? OC_OK : folder;
    if (unlinkat(folder, name, 0) != 0 && errno != ENOENT)
        result = oc_posix_error(errno);
    else if (fsync(folder) != 0)
        result = oc_posix_error(errno);
    close(folder);
    return result;
}

int oc_access_store_users(int root, oc_access_users_t *users, char *why, size_t why_size) {
    char text[OC_ACCESS_USERS_TEXT];
    oc_access_stamp_t stamp;
    unsigned line = 0;
    memset(users, 0, sizeof(*users));
    int result = oc_access_store_read(root, OC_ACCESS_STORE_USERS, text, sizeof(text), &stamp);
    if (result == OC_ERR_NOENT)
        return OC_OK;
    if (result < 0) {
        snprintf(why, why_size, OC_ACCESS_STORE_USERS ": %s", oc_err_text(result));
        return result;
    }
    result = oc_access_user_parse(text, users, &line);
    if (result != OC_OK) {
        memset(users, 0, sizeof(*users));
        snprintf(why, why_size, OC_ACCESS_STORE_USERS ", line %u: malformed", line);
    }
    return result;
}

int oc_access_store_keep_users(int root, const oc_access_users_t *users) {
    char text[OC_ACCESS_USERS_TEXT];
    size_t len = oc_access_user_print(users, text);
    int result = oc_access_store_write(root, OC_ACCESS_STORE_USERS, text, len);
    oc_crypto_wipe(text, sizeof(text));
    return result;
}

int oc_access_store_key(int root, const char *path, int fresh, uint8_t key[OC_CRYPTO_HASH]) {
    char text[OC_CRYPTO_HASH + 1];
    oc_access_stamp_t stamp;
    int result = OC_ERR_NOENT;
    if (!fresh)
        result = oc_access_store_read(root, path, text, sizeof(text), &stamp);
    if (result == OC_CRYPTO_HASH) {
        memcpy(key, text, OC_CRYPTO_HASH);
        return OC_OK;
    }
    if (result < 0 && result != OC_ERR_NOENT && result != OC_ERR_TOO_BIG)
        return result;
    oc_random(key, OC_CRYPTO_HASH);
    return oc_access_store_write(root, path, key, OC_CRYPTO_HASH);
}

int oc_access_store_links(int root, const oc_access_users_t *users, oc_access_links_t *links) {
    oc_access_stamp_t stamp;
    char *text = malloc(OC_ACCESS_LINKS_TEXT);
    memset(links, 0, sizeof(*links));
    if (!text)
        return OC_ERR_NOMEM;
    int result =
        oc_access_store_read(root, OC_ACCESS_STORE_LINKS, text, OC_ACCESS_LINKS_TEXT, &stamp);
    if (result >= 0)
        result = oc_access_link_parse(text, users, links);
    free(text);
    return result == OC_ERR_NOENT ? OC_OK : result;
}

int oc_access_store_keep_links(int root, const oc_access_links_t *links) {
    if (links->count == 0)
        return oc_access_store_remove(root, OC_ACCESS_STORE_LINKS);
    char *text = malloc(OC_ACCESS_LINKS_TEXT);
    if (!text)
        return OC_ERR_NOMEM;
    size_t len = oc_access_link_print(links, text);
    int result = oc_access_store_write(root, OC_ACCESS_STORE_LINKS, text, len);
    free(text);
    return result;
}
