#define _GNU_SOURCE
#include "oc_update_part.h"

#include <dirent.h>
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
#include "oc_update_disk.h"

#define NAME_MAX_ 48 /* "part-" and half of the hash in hex */

static void name_of(const oc_update_part_t *part, char name[NAME_MAX_]) {
    int len = snprintf(name, NAME_MAX_, "part-");
    for (unsigned i = 0; i < OC_CRYPTO_HASH / 2; i++)
        len += snprintf(name + len, NAME_MAX_ - (size_t)len, "%02x", part->sha256[i]);
}

static int open_part(const oc_update_part_t *part, int root, int flags) {
    char path[NAME_MAX_ + 16], name[NAME_MAX_];
    name_of(part, name);
    snprintf(path, sizeof(path), OC_UPDATE_FOLDER "/%s", name);
    return oc_beneath_open(root, path, flags, 0600);
}

/* Removes every part but that of this name; NULL: all. */
static void remove_others(int root, const char *keep) {
    int fd = oc_beneath_open(root, OC_UPDATE_FOLDER, O_RDONLY | O_DIRECTORY, 0);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    if (!entries) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(entries));) {
        const char *name = entry->d_name;
        if (strncmp(name, "part-", 5) == 0 && (!keep || strcmp(name, keep) != 0))
            unlinkat(fd, name, 0);
    }
    closedir(entries);
}

int oc_update_part_begin(oc_update_part_t *part, int root, const uint8_t sha256[OC_CRYPTO_HASH],
                         uint32_t bytes) {
    char name[NAME_MAX_];
    struct stat about;
    *part = (oc_update_part_t){.bytes = bytes};
    memcpy(part->sha256, sha256, OC_CRYPTO_HASH);
    name_of(part, name);
    remove_others(root, name);
    int result = oc_beneath_mkdir(root, OC_UPDATE_FOLDER);
    int fd = result == OC_OK ? open_part(part, root, O_RDWR | O_CREAT) : result;
    if (fd < 0)
        return fd;
    result = fstat(fd, &about) == 0 ? OC_OK : oc_posix_error(errno);
    if (result == OC_OK && about.st_size > (off_t)bytes && ftruncate(fd, 0) != 0)
        result = oc_posix_error(errno);
    close(fd);
    part->have = result == OC_OK && about.st_size <= (off_t)bytes ? (uint32_t)about.st_size : 0;
    part->begun = result == OC_OK;
    return result;
}

int oc_update_part_write(oc_update_part_t *part, int root, uint32_t offset, oc_span_t bytes) {
    if (!part->begun)
        return OC_ERR_STATE;
    if (offset != part->have || bytes.len > part->bytes - part->have)
        return OC_ERR_RANGE;
    int fd = open_part(part, root, O_RDWR | O_CREAT), result = OC_OK;
    if (fd < 0)
        return fd;
    for (size_t at = 0; result == OC_OK && at < bytes.len;) {
        ssize_t put = pwrite(fd, bytes.data + at, bytes.len - at, (off_t)(offset + at));
        if (put < 0 && errno != EINTR)
            result = oc_posix_error(errno);
        at += put > 0 ? (size_t)put : 0;
    }
    if (result != OC_OK && ftruncate(fd, (off_t)offset) != 0)
        part->begun = false; /* what is here is not known any more */
    if (result == OC_OK)
        part->have += (uint32_t)bytes.len;
    close(fd);
    return result;
}

static int read_all(int fd, uint8_t *data, size_t size) {
    for (size_t at = 0; at < size;) {
        ssize_t got = pread(fd, data + at, size - at, (off_t)at);
        if (got == 0)
            return OC_ERR_TRUNC;
        if (got < 0 && errno != EINTR)
            return oc_posix_error(errno);
        at += got > 0 ? (size_t)got : 0;
    }
    return OC_OK;
}

uint8_t *oc_update_part_take(oc_update_part_t *part, int root, int *result) {
    uint8_t hash[OC_CRYPTO_HASH];
    *result = part->begun && part->have == part->bytes ? OC_OK : OC_ERR_STATE;
    int fd = *result == OC_OK ? open_part(part, root, O_RDONLY) : -1;
    if (fd < 0) {
        *result = *result == OC_OK ? fd : *result;
        return NULL;
    }
    uint8_t *data = malloc(part->bytes ? part->bytes : 1);
    *result = data ? read_all(fd, data, part->bytes) : OC_ERR_NOMEM;
    close(fd);
    if (*result == OC_OK) {
        oc_span_t all = oc_span(data, part->bytes);
        oc_hash(OC_HASH_SHA256, &all, 1, hash);
        *result = memcmp(hash, part->sha256, sizeof(hash)) == 0 ? OC_OK : OC_ERR_FORMAT;
    }
    if (*result == OC_OK)
        return data;
    free(data);
    if (*result == OC_ERR_FORMAT || *result == OC_ERR_TRUNC)
        oc_update_part_drop(part, root);
    return NULL;
}

void oc_update_part_drop(oc_update_part_t *part, int root) {
    *part = (oc_update_part_t){0};
    remove_others(root, NULL);
}
