#define _GNU_SOURCE
#include "oc_beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_file_op.h"
#include "oc_posix.h"

#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static bool allowed_name(const char *name, size_t len) {
    if (len == 0 || (len == 1 && name[0] == '.') || (len == 2 && name[0] == '.' && name[1] == '.'))
        return false;
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f || name[i] == '\\')
            return false;
    }
    return true;
}

bool oc_beneath_allowed(const char *path) {
    if (strlen(path) >= OC_FILE_PATH_MAX)
        return false;
    for (;;) {
        size_t len = strcspn(path, "/");
        if (!allowed_name(path, len))
            return false;
        if (path[len] == '\0')
            return true;
        path += len + 1;
    }
}

/* The folder `name` (len bytes, a part of a checked path) in `at`. */
static int open_folder(int at, const char *name, size_t len, bool make) {
    char text[OC_FILE_PATH_MAX];
    memcpy(text, name, len);
    text[len] = '\0';
    if (make) {
        if (mkdirat(at, text, 0700) == 0) {
            if (fsync(at) != 0)
                return oc_posix_error(errno);
        } else if (errno != EEXIST) {
            return oc_posix_error(errno);
        }
    }
    int folder = openat(at, text, FOLDER_FLAGS);
    return folder >= 0 ? folder : oc_posix_error(errno);
}

/* Walks all parts, or all but the last one; *rest then points at that. */
static int walk(int root, const char *path, bool whole, bool make, const char **rest) {
    if (!oc_beneath_allowed(path))
        return OC_ERR_INVAL;
    int at = openat(root, ".", FOLDER_FLAGS);
    if (at < 0)
        return oc_posix_error(errno);
    for (;;) {
        size_t len = strcspn(path, "/");
        bool last = path[len] == '\0';
        if (last && !whole) {
            *rest = path;
            return at;
        }
        int next = open_folder(at, path, len, make);
        close(at);
        if (next < 0 || last)
            return next;
        at = next;
        path += len + 1;
    }
}

int oc_beneath_parent(int root, const char *path, const char **name) {
    return walk(root, path, false, false, name);
}

int oc_beneath_open(int root, const char *path, int flags, mode_t mode) {
    const char *name;
    int folder = oc_beneath_parent(root, path, &name);
    if (folder < 0)
        return folder;
    int fd = openat(folder, name, flags | O_CLOEXEC | O_NOFOLLOW, mode);
    int result = fd >= 0 ? fd : oc_posix_error(errno);
    close(folder);
    return result;
}

int oc_beneath_mkdir(int root, const char *path) {
    int folder = walk(root, path, true, true, NULL);
    if (folder < 0)
        return folder;
    close(folder);
    return OC_OK;
}

int oc_beneath_lock(int root, const char *path) {
    int result = oc_beneath_mkdir(root, path);
    int folder = result == OC_OK ? oc_beneath_open(root, path, O_RDONLY | O_DIRECTORY, 0) : result;
    while (folder >= 0 && flock(folder, LOCK_EX) != 0) {
        if (errno == EINTR)
            continue;
        result = oc_posix_error(errno);
        close(folder);
        return result;
    }
    return folder;
}
