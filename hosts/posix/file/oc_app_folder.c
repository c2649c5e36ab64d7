#define _GNU_SOURCE
#include "oc_app_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* renameat */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_posix.h"

#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

void oc_app_folder_init(oc_app_folder_t *folder, int data_root, uint64_t quota) {
    *folder =
        (oc_app_folder_t){.data_root = data_root, .quota = quota ? quota : OC_APP_FOLDER_BYTES};
}

int oc_app_folder_root(const oc_app_folder_t *folder) {
    if (folder->data_root < 0)
        return OC_ERR_STATE;
    int fd = openat(folder->data_root, OC_APP_FOLDER, FOLDER_FLAGS);
    if (fd < 0 && errno == ENOENT) {
        int result = oc_beneath_mkdir(folder->data_root, OC_APP_FOLDER);
        if (result < 0)
            return result;
        fd = openat(folder->data_root, OC_APP_FOLDER, FOLDER_FLAGS);
    }
    return fd >= 0 ? fd : oc_posix_error(errno);
}

/* ---- what is open ---- */

int oc_app_folder_take(oc_app_folder_t *folder, int fd) {
    struct stat about;
    for (unsigned i = 0; i < OC_APP_FOLDER_OPEN; i++) {
        if (folder->places[i].used)
            continue;
        folder->places[i] = (oc_app_place_t){.used = true};
        if (fd >= 0 && fstat(fd, &about) == 0) {
            folder->places[i].device = about.st_dev;
            folder->places[i].inode = about.st_ino;
        }
        return (int)i;
    }
    return OC_ERR_BUSY;
}

void oc_app_folder_give(oc_app_folder_t *folder, int place) {
    if (place >= 0)
        folder->places[place] = (oc_app_place_t){0};
}

/* A removed file keeps its bytes on the disk while it is open: nothing would count them. */
static bool is_open(const oc_app_folder_t *folder, const struct stat *about) {
    for (unsigned i = 0; i < OC_APP_FOLDER_OPEN; i++) {
        const oc_app_place_t *place = &folder->places[i];
        if (place->used && place->inode == about->st_ino && place->device == about->st_dev)
            return true;
    }
    return false;
}

/* ---- what it holds ---- */

static uint64_t cost(const struct stat *about) {
    uint64_t bytes = S_ISREG(about->st_mode) ? (uint64_t)about->st_size : 0;
    return OC_APP_FOLDER_ENTRY + bytes;
}

static bool is_dots(const char *name) {
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Levels of folders in `at`, which is taken over, and what is in them; false: too deep, or it
 * cannot be read. used: NULL to measure the levels alone. */
static bool walk(int at, unsigned left, unsigned *levels, uint64_t *used) {
    DIR *entries = at >= 0 ? fdopendir(at) : NULL;
    bool whole = entries != NULL;
    unsigned deepest = 0;
    if (!entries && at >= 0)
        close(at);
    for (struct dirent *entry; whole && (entry = readdir(entries));) {
        struct stat about;
        unsigned below = 0;
        if (is_dots(entry->d_name) ||
            fstatat(dirfd(entries), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (used)
            *used += cost(&about);
        if (!S_ISDIR(about.st_mode))
            continue;
        whole = left > 0 &&
                walk(openat(dirfd(entries), entry->d_name, FOLDER_FLAGS), left - 1, &below, used);
        if (below + 1 > deepest)
            deepest = below + 1;
    }
    if (entries)
        closedir(entries);
    *levels = deepest;
    return whole;
}

static void count(oc_app_folder_t *folder) {
    unsigned levels;
    folder->used = 0;
    if (!walk(oc_app_folder_root(folder), OC_APP_FOLDER_DEPTH, &levels, &folder->used))
        folder->used = folder->quota; /* what cannot be counted is full */
    folder->counted = true;
}

int oc_app_folder_charge(oc_app_folder_t *folder, uint64_t bytes) {
    if (!folder->counted)
        count(folder);
    if (folder->used > folder->quota || bytes > folder->quota - folder->used)
        return OC_ERR_DISK_FULL;
    folder->used += bytes;
    return OC_OK;
}

void oc_app_folder_refund(oc_app_folder_t *folder, uint64_t bytes) {
    if (folder->counted)
        folder->used -= bytes < folder->used ? bytes : folder->used;
}

/* ---- files ---- */

static const int open_flags[] = {[OC_APP_READ] = O_RDONLY,
                                 [OC_APP_UPDATE] = O_RDWR,
                                 [OC_APP_WRITE] = O_WRONLY,
                                 [OC_APP_REWRITE] = O_RDWR};

static int empty(oc_app_folder_t *folder, int fd, const struct stat *about) {
    if (about->st_size == 0)
        return OC_OK;
    if (ftruncate(fd, 0) != 0)
        return oc_posix_error(errno);
    oc_app_folder_refund(folder, (uint64_t)about->st_size);
    return OC_OK;
}

/* What is at `name` may be opened: a device or a FIFO does something when it is. */
static int look(int at, const char *name, struct stat *about) {
    if (fstatat(at, name, about, AT_SYMLINK_NOFOLLOW) != 0)
        return oc_posix_error(errno);
    return S_ISREG(about->st_mode) ? OC_OK : OC_ERR_INVAL;
}

static int open_at(oc_app_folder_t *folder, int at, const char *name, oc_app_mode_t mode) {
    struct stat about;
    int flags = open_flags[mode] | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    int result = look(at, name, &about);
    bool make = result == OC_ERR_NOENT && mode >= OC_APP_WRITE;
    if (make) {
        flags |= O_CREAT | O_EXCL;
        result = oc_app_folder_charge(folder, OC_APP_FOLDER_ENTRY);
    }
    if (result != OC_OK)
        return result;
    int fd = openat(at, name, flags, 0600);
    if (fd < 0) {
        result = oc_posix_error(errno);
        if (make)
            oc_app_folder_refund(folder, OC_APP_FOLDER_ENTRY);
        return result;
    }
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
        result = OC_ERR_INVAL; /* it was exchanged in between */
    else if (mode >= OC_APP_WRITE)
        result = empty(folder, fd, &about);
    if (result == OC_OK)
        return fd;
    close(fd);
    return result;
}

int oc_app_file_open(oc_app_folder_t *folder, int at, const char *path, oc_app_mode_t mode) {
    const char *name;
    int parent = oc_beneath_parent(at, path, &name);
    if (parent < 0)
        return parent;
    int fd = open_at(folder, parent, name, mode);
    close(parent);
    return fd;
}

/* Takes what a file grows by. */
static int grow(oc_app_folder_t *folder, int fd, uint64_t end, uint64_t *before) {
    struct stat about;
    if (fstat(fd, &about) != 0)
        return oc_posix_error(errno);
    *before = (uint64_t)about.st_size;
    return end > *before ? oc_app_folder_charge(folder, end - *before) : OC_OK;
}

/* What was taken for `end`, but the file did not become. */
static void settle(oc_app_folder_t *folder, int fd, uint64_t before, uint64_t end) {
    struct stat about;
    uint64_t now = fstat(fd, &about) == 0 ? (uint64_t)about.st_size : before;
    if (end > before && now < end)
        oc_app_folder_refund(folder, end - (now > before ? now : before));
}

int oc_app_file_write(oc_app_folder_t *folder, int fd, const void *data, size_t len, uint64_t at) {
    const char *from = data;
    uint64_t before = 0, end = at + len;
    if (at > folder->quota || len > folder->quota)
        return OC_ERR_DISK_FULL;
    int result = len ? grow(folder, fd, end, &before) : OC_OK;
    if (result != OC_OK)
        return result;
    while (len > 0 && result == OC_OK) {
        ssize_t put = pwrite(fd, from, len, (off_t)at);
        if (put < 0 && errno != EINTR)
            result = oc_posix_error(errno);
        from += put > 0 ? put : 0;
        at += put > 0 ? (uint64_t)put : 0;
        len -= put > 0 ? (size_t)put : 0;
    }
    if (result != OC_OK)
        settle(folder, fd, before, end);
    return result;
}

int oc_app_file_resize(oc_app_folder_t *folder, int fd, uint64_t size) {
    uint64_t before = 0;
    if (size > folder->quota)
        return OC_ERR_DISK_FULL;
    int result = grow(folder, fd, size, &before);
    if (result != OC_OK)
        return result;
    if (ftruncate(fd, (off_t)size) != 0) {
        result = oc_posix_error(errno);
        settle(folder, fd, before, size);
    } else if (size < before) {
        oc_app_folder_refund(folder, before - size);
    }
    return result;
}

static void fill(oc_app_status_t *status, const struct stat *about) {
    *status = (oc_app_status_t){(uint64_t)about->st_size, about->st_mode};
}

int oc_app_file_status(int fd, oc_app_status_t *status) {
    struct stat about;
    if (fstat(fd, &about) != 0)
        return OC_ERR_IO;
    fill(status, &about);
    return OC_OK;
}

int oc_app_file_flush(int fd) {
    return fdatasync(fd) == 0 ? OC_OK : oc_posix_error(errno);
}

/* ---- folders ---- */

unsigned oc_app_path_depth(const char *path) {
    unsigned depth = path[0] ? 1 : 0;
    for (; *path; path++)
        depth += *path == '/';
    return depth;
}

int oc_app_folder_open(int at, const char *path) {
    if (path[0])
        return oc_beneath_open(at, path, FOLDER_FLAGS, 0);
    int fd = openat(at, ".", FOLDER_FLAGS);
    return fd >= 0 ? fd : oc_posix_error(errno);
}

int oc_app_folder_make(oc_app_folder_t *folder, int at, unsigned depth, const char *path) {
    const char *name;
    struct stat about;
    if (depth + oc_app_path_depth(path) > OC_APP_FOLDER_DEPTH)
        return OC_ERR_TOO_BIG;
    int parent = oc_beneath_parent(at, path, &name);
    if (parent < 0)
        return parent;
    int result;
    if (fstatat(parent, name, &about, AT_SYMLINK_NOFOLLOW) == 0)
        result = S_ISDIR(about.st_mode) ? OC_AGAIN : OC_ERR_EXIST;
    else
        result = oc_app_folder_charge(folder, OC_APP_FOLDER_ENTRY);
    if (result == OC_OK && mkdirat(parent, name, 0700) != 0) {
        result = oc_posix_error(errno);
        oc_app_folder_refund(folder, OC_APP_FOLDER_ENTRY);
    }
    close(parent);
    return result;
}

static int remove_at(oc_app_folder_t *folder, int at, const char *name) {
    struct stat about;
    if (fstatat(at, name, &about, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? OC_AGAIN : oc_posix_error(errno);
    if (is_open(folder, &about))
        return OC_ERR_BUSY;
    if (unlinkat(at, name, S_ISDIR(about.st_mode) ? AT_REMOVEDIR : 0) != 0)
        return oc_posix_error(errno);
    oc_app_folder_refund(folder, cost(&about));
    return OC_OK;
}

int oc_app_folder_remove(oc_app_folder_t *folder, int at, const char *path) {
    const char *name;
    int parent = oc_beneath_parent(at, path, &name);
    if (parent == OC_ERR_NOENT)
        return OC_AGAIN;
    if (parent < 0)
        return parent;
    int result = remove_at(folder, parent, name);
    close(parent);
    return result;
}

/* A folder takes what is in it along; depth: of its new place. */
static bool fits(int at, const char *name, unsigned depth) {
    struct stat about;
    unsigned levels = 0;
    if (fstatat(at, name, &about, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(about.st_mode))
        return depth <= OC_APP_FOLDER_DEPTH + 1; /* a file in the deepest folder */
    return depth <= OC_APP_FOLDER_DEPTH &&
           walk(openat(at, name, FOLDER_FLAGS), OC_APP_FOLDER_DEPTH - depth, &levels, NULL);
}

static int move_at(oc_app_folder_t *folder, int from_at, const char *from, int to_at,
                   const char *to, unsigned depth) {
    struct stat source, target;
    bool replaces = fstatat(to_at, to, &target, AT_SYMLINK_NOFOLLOW) == 0;
    if (fstatat(from_at, from, &source, AT_SYMLINK_NOFOLLOW) != 0)
        return oc_posix_error(errno);
    bool same = replaces && source.st_ino == target.st_ino && source.st_dev == target.st_dev;
    if (replaces && !same && is_open(folder, &target))
        return OC_ERR_BUSY;
    if (!fits(from_at, from, depth))
        return OC_ERR_TOO_BIG;
    if (renameat(from_at, from, to_at, to) != 0)
        return oc_posix_error(errno);
    if (replaces && !same)
        oc_app_folder_refund(folder, cost(&target));
    return OC_OK;
}

int oc_app_folder_move(oc_app_folder_t *folder, int at, const char *path, int to_at,
                       unsigned to_depth, const char *to) {
    const char *from_name, *to_name;
    int from_parent = oc_beneath_parent(at, path, &from_name);
    int to_parent = from_parent < 0 ? from_parent : oc_beneath_parent(to_at, to, &to_name);
    int result = to_parent < 0 ? to_parent
                               : move_at(folder, from_parent, from_name, to_parent, to_name,
                                         to_depth + oc_app_path_depth(to));
    if (from_parent >= 0)
        close(from_parent);
    if (to_parent >= 0)
        close(to_parent);
    return result;
}

int oc_app_folder_status(int at, const char *path, oc_app_status_t *status) {
    struct stat about;
    const char *name = ".";
    *status = (oc_app_status_t){0};
    int parent = path[0] ? oc_beneath_parent(at, path, &name) : oc_app_folder_open(at, "");
    if (parent == OC_ERR_NOENT)
        return OC_OK;
    if (parent < 0)
        return parent;
    int result =
        fstatat(parent, name, &about, AT_SYMLINK_NOFOLLOW) == 0 ? OC_OK : oc_posix_error(errno);
    close(parent);
    if (result == OC_OK)
        fill(status, &about);
    return result == OC_ERR_NOENT ? OC_OK : result;
}

const char *oc_app_folder_next(DIR *entries) {
    for (struct dirent *entry; (entry = readdir(entries));)
        if (oc_beneath_allowed(entry->d_name))
            return entry->d_name;
    return NULL;
}
