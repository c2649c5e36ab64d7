#define _GNU_SOURCE
#include "oc_update_disk.h"

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
#include "oc_store.h"

#define RECORD_STEP 4096       /* bytes between the two copies: no sector holds both */
#define COMPLETE    "complete" /* a file that says so of a copy */

/* ---- slots and record ---- */

static int open_file(const oc_update_disk_t *disk, const char *name, int *out) {
    char path[64];
    snprintf(path, sizeof(path), OC_UPDATE_FOLDER "/%s", name);
    *out = oc_beneath_open(disk->root, path, O_RDWR | O_CREAT, 0600);
    return *out < 0 ? *out : OC_OK;
}

int oc_update_disk_open(oc_update_disk_t *disk, int root) {
    disk->root = root;
    for (unsigned i = 0; i < OC_SLOTS_PLACES; i++)
        disk->files[i] = -1;
    int result = oc_beneath_mkdir(root, OC_UPDATE_FOLDER);
    if (result == OC_OK)
        result = open_file(disk, "record", &disk->files[OC_SLOTS_RECORD_0]);
    if (result == OC_OK)
        result = open_file(disk, "slot-a", &disk->files[OC_SLOTS_A]);
    if (result == OC_OK)
        result = open_file(disk, "slot-b", &disk->files[OC_SLOTS_B]);
    return result;
}

void oc_update_disk_close(oc_update_disk_t *disk) {
    for (unsigned i = 0; i < OC_SLOTS_PLACES; i++) {
        if (disk->files[i] >= 0)
            close(disk->files[i]);
        disk->files[i] = -1;
    }
}

static bool is_record(enum oc_slots_place place) {
    return place == OC_SLOTS_RECORD_0 || place == OC_SLOTS_RECORD_1;
}

static int file_of(const oc_update_disk_t *disk, enum oc_slots_place place) {
    return disk->files[is_record(place) ? OC_SLOTS_RECORD_0 : place];
}

static off_t begin_of(enum oc_slots_place place) {
    return place == OC_SLOTS_RECORD_1 ? RECORD_STEP : 0;
}

static int read_place(void *context, enum oc_slots_place place, uint32_t offset, void *to,
                      size_t size) {
    const oc_update_disk_t *disk = context;
    uint8_t *at = to;
    off_t from = begin_of(place) + offset;
    while (size > 0) {
        ssize_t got = pread(file_of(disk, place), at, size, from);
        if (got < 0 && errno != EINTR)
            return OC_ERR_IO;
        if (got == 0)
            return OC_ERR_TRUNC;
        at += got > 0 ? got : 0;
        from += got > 0 ? got : 0;
        size -= got > 0 ? (size_t)got : 0;
    }
    return OC_OK;
}

/* The blocks are reserved before anything is written: a disk that is full refuses here. */
static int erase_place(void *context, enum oc_slots_place place, uint32_t size) {
    const oc_update_disk_t *disk = context;
    if (is_record(place))
        return OC_OK;
    if (ftruncate(file_of(disk, place), 0) != 0)
        return oc_posix_error(errno);
    int error = size > 0 ? posix_fallocate(file_of(disk, place), 0, size) : 0;
    if (error != 0 && error != EOPNOTSUPP && error != EINVAL) {
        int result = oc_posix_error(error);
        return ftruncate(file_of(disk, place), 0) == 0 ? result : OC_ERR_IO;
    }
    return OC_OK;
}

static int write_place(void *context, enum oc_slots_place place, uint32_t offset, const void *from,
                       size_t size) {
    const oc_update_disk_t *disk = context;
    const uint8_t *at = from;
    off_t to = begin_of(place) + offset;
    while (size > 0) {
        ssize_t put = pwrite(file_of(disk, place), at, size, to);
        if (put < 0 && errno != EINTR)
            return oc_posix_error(errno);
        at += put > 0 ? put : 0;
        to += put > 0 ? put : 0;
        size -= put > 0 ? (size_t)put : 0;
    }
    return OC_OK;
}

static int flush_place(void *context, enum oc_slots_place place) {
    const oc_update_disk_t *disk = context;
    return fdatasync(file_of(disk, place)) == 0 ? OC_OK : oc_posix_error(errno);
}

oc_slots_io_t oc_update_disk_io(oc_update_disk_t *disk) {
    return (oc_slots_io_t){.context = disk,
                           .read = read_place,
                           .erase = erase_place,
                           .write = write_place,
                           .flush = flush_place};
}

/* ---- copies of the settings ---- */

/* "[a-z]+.json", a store: its name. */
static bool store_of(const char *file, char name[OC_STORE_NAME_MAX]) {
    size_t len = strcspn(file, ".");
    if (!oc_store_name(file, len) || strcmp(file + len, ".json") != 0)
        return false;
    memcpy(name, file, len);
    name[len] = '\0';
    return true;
}

/* Calls `each` for every store of a folder until it fails. */
static int each_store(int folder, int (*each)(void *context, const char *name), void *context) {
    char name[OC_STORE_NAME_MAX];
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), result = OC_OK;
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    if (!entries) {
        int error = errno;
        if (fd >= 0)
            close(fd);
        return oc_posix_error(error);
    }
    for (struct dirent *entry; result == OC_OK && (entry = readdir(entries));) {
        if (store_of(entry->d_name, name))
            result = each(context, name);
    }
    closedir(entries);
    return result;
}

/* From one folder to another. */
typedef struct way {
    int from, to;
} way_t;

static int copy_store(void *context, const char *name) {
    const way_t *way = context;
    size_t len;
    int result;
    char *text = oc_store_read(way->from, name, &len, &result);
    if (!text) /* what is no text is none to a script either */
        return result == OC_ERR_FORMAT || result == OC_ERR_TOO_BIG ? OC_OK : result;
    result = oc_store_write(way->to, name, text, len);
    free(text);
    return result;
}

static int remove_store(void *context, const char *name) {
    const way_t *way = context;
    char path[OC_STORE_NAME_MAX + 8];
    snprintf(path, sizeof(path), "%s.json", name);
    return unlinkat(way->to, path, 0) == 0 || errno == ENOENT ? OC_OK : oc_posix_error(errno);
}

/* Who the device is in a store, and what it encrypts with there: made once, of no version of the
 * application. */
static bool is_identity(const char *name) {
    return strcmp(name, "clouddevice") == 0 || strcmp(name, "cloudsecret") == 0;
}

/* Removes what is not there any more. */
static int remove_new(void *context, const char *name) {
    const way_t *way = context;
    char path[OC_STORE_NAME_MAX + 8];
    snprintf(path, sizeof(path), "%s.json", name);
    return faccessat(way->from, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? OC_OK
                                                                      : remove_store(context, name);
}

/* Removes what was not there yet. */
static int put_away(void *context, const char *name) {
    return is_identity(name) ? OC_OK : remove_new(context, name);
}

static int open_folder(const oc_update_disk_t *disk, const char *path) {
    return oc_beneath_open(disk->root, path, O_RDONLY | O_DIRECTORY, 0);
}

/* Makes a folder that holds no copy. */
static int empty_folder(const oc_update_disk_t *disk, const char *path) {
    int result = oc_beneath_mkdir(disk->root, path);
    int fd = result == OC_OK ? open_folder(disk, path) : result;
    if (fd < 0)
        return fd;
    way_t way = {.from = -1, .to = fd};
    if (unlinkat(fd, COMPLETE, 0) != 0 && errno != ENOENT)
        result = oc_posix_error(errno);
    else if (fsync(fd) != 0)
        result = oc_posix_error(errno);
    else
        result = each_store(fd, remove_store, &way);
    if (result == OC_OK)
        return fd;
    close(fd);
    return result;
}

int oc_update_disk_copy(const oc_update_disk_t *disk, const char *to) {
    int fd = empty_folder(disk, to);
    if (fd < 0)
        return fd;
    way_t way = {.from = disk->root, .to = fd};
    int result = each_store(disk->root, copy_store, &way);
    if (result == OC_OK)
        result = oc_store_replace(fd, COMPLETE, "", 0);
    close(fd);
    return result;
}

/* What a store of the data directory is compared with, and where it goes when it is another one. */
typedef struct follow {
    int like;
    way_t way;
} follow_t;

static int follow_store(void *context, const char *name) {
    const follow_t *follow = context;
    size_t len, before_len;
    int result;
    char *text = oc_store_read(follow->way.from, name, &len, &result);
    char *before = oc_store_read(follow->like, name, &before_len, &result);
    bool same = text && before && len == before_len && memcmp(text, before, len) == 0;
    free(before);
    result = !text || same ? OC_OK : oc_store_write(follow->way.to, name, text, len);
    free(text);
    return result;
}

int oc_update_disk_follow(const oc_update_disk_t *disk, const char *to, const char *like) {
    follow_t follow = {open_folder(disk, like), {disk->root, open_folder(disk, to)}};
    int fd = follow.like < 0 ? follow.like : follow.way.to, result = fd < 0 ? fd : OC_OK;
    if (result == OC_OK)
        result = each_store(disk->root, follow_store, &follow);
    if (result == OC_OK)
        result = each_store(follow.like, remove_new, &follow.way);
    if (follow.like >= 0)
        close(follow.like);
    if (follow.way.to >= 0)
        close(follow.way.to);
    return result;
}

int oc_update_disk_put_back(const oc_update_disk_t *disk, const char *from) {
    int fd = open_folder(disk, from);
    if (fd < 0)
        return fd;
    way_t way = {.from = fd, .to = disk->root};
    int result = faccessat(fd, COMPLETE, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? OC_OK : OC_ERR_NOENT;
    if (result == OC_OK)
        result = each_store(fd, copy_store, &way);
    if (result == OC_OK)
        result = each_store(disk->root, put_away, &way);
    if (result == OC_OK && fsync(disk->root) != 0)
        result = oc_posix_error(errno);
    close(fd);
    return result;
}

int oc_update_disk_move(const oc_update_disk_t *disk, const char *from, const char *to) {
    int fd = empty_folder(disk, to);
    if (fd < 0)
        return fd;
    close(fd);
    if (renameat(disk->root, from, disk->root, to) != 0 && errno != ENOENT)
        return oc_posix_error(errno);
    fd = open_folder(disk, OC_UPDATE_FOLDER);
    int result = fd < 0 ? fd : fsync(fd) == 0 ? OC_OK : oc_posix_error(errno);
    if (fd >= 0)
        close(fd);
    return result;
}
