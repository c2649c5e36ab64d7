#define _GNU_SOURCE
#include "oc_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_posix.h"

static int write_all(int fd, const char *data, size_t len) {
    off_t at = 0;
    while (len > 0) {
        struct iovec part = {(void *)data, len};
        ssize_t put = pwritev(fd, &part, 1, at);
        if (put < 0 && errno != EINTR)
            return oc_posix_error(errno);
        data += put > 0 ? put : 0;
        at += put > 0 ? put : 0;
        len -= put > 0 ? (size_t)put : 0;
    }
    return fchmod(fd, 0600) == 0 && fsync(fd) == 0 ? OC_OK : oc_posix_error(errno);
}

/* Writes `temporary` of a folder and gives it the name; what is half done is removed. */
static int replace_at(int folder, const char *temporary, const char *name, const void *data,
                      size_t len) {
    unlinkat(folder, temporary, 0);
    int fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    int result = fd < 0 ? oc_posix_error(errno) : write_all(fd, data, len);
    if (fd >= 0)
        close(fd);
    if (result == OC_OK && renameat(folder, temporary, folder, name) != 0)
        result = oc_posix_error(errno);
    if (result != OC_OK)
        unlinkat(folder, temporary, 0);
    return result;
}

int oc_store_replace(int root, const char *path, const void *data, size_t len) {
    char temporary[128];
    const char *name;
    int folder = oc_beneath_parent(root, path, &name);
    if (folder < 0)
        return folder;
    snprintf(temporary, sizeof(temporary), ".%s.%d", name, (int)getpid());
    int result = replace_at(folder, temporary, name, data, len);
    if (result == OC_OK && fsync(folder) != 0)
        result = oc_posix_error(errno);
    close(folder);
    return result;
}

int oc_store_save(const char *path, const char *text, size_t len) {
    char temporary[PATH_MAX], *line = malloc(len + 1);
    int chars = snprintf(temporary, sizeof(temporary), "%s.%d", path, (int)getpid());
    int result = !line ? OC_ERR_NOMEM : chars >= PATH_MAX ? OC_ERR_INVAL : OC_OK;
    struct stat about;
    if (lstat(path, &about) == 0 && !S_ISREG(about.st_mode))
        result = OC_ERR_INVAL; /* a device would be replaced by a file */
    if (result == OC_OK) {
        memcpy(line, text, len);
        line[len] = '\n';
        result = replace_at(AT_FDCWD, temporary, path, line, len + 1);
    }
    free(line);
    return result;
}

/* "." name "." kind "." number: the process that wrote it, 0: another file. */
static long writer_of(const char *name) {
    static const char *const kinds[] = {".json.", ".list."};
    const char *end = NULL;
    for (unsigned i = 0; name[0] == '.' && !end && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        end = strstr(name, kinds[i]);
    size_t digits = end ? strspn(end + 6, "0123456789") : 0;
    return digits > 0 && digits < 10 && end[6 + digits] == '\0' ? atol(end + 6) : 0;
}

void oc_store_tidy(int root) {
    int fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    if (!entries) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(entries));) {
        long writer = writer_of(entry->d_name);
        if (writer > 0 && (writer == getpid() || (kill((pid_t)writer, 0) != 0 && errno == ESRCH)))
            unlinkat(root, entry->d_name, 0);
    }
    closedir(entries);
}

bool oc_store_name(const char *name, size_t len) {
    return len > 0 && len < OC_STORE_NAME_MAX && strspn(name, "abcdefghijklmnopqrstuvwxyz") >= len;
}

static void file_of(const char *name, const char *end, char path[64]) {
    snprintf(path, 64, "%.31s.json%s", name, end);
}

/* OC_OK with everything read, a NUL behind it. */
static int read_all(int fd, char *text, size_t size) {
    size_t used = 0;
    ssize_t got = 1;
    while (used < size && (got = read(fd, text + used, size - used)) > 0)
        used += (size_t)got;
    text[used] = '\0';
    if (got < 0)
        return oc_posix_error(errno);
    return strlen(text) == size ? OC_OK : OC_ERR_FORMAT; /* a NUL, or it became shorter */
}

char *oc_store_read(int root, const char *name, size_t *len, int *result) {
    char path[64], *text = NULL;
    struct stat about;
    file_of(name, "", path);
    int fd = oc_beneath_open(root, path, O_RDONLY | O_NONBLOCK, 0);
    *result = fd < 0 ? fd : OC_OK;
    if (fd < 0)
        return NULL;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
        *result = OC_ERR_FORMAT;
    else if (about.st_size > OC_STORE_TEXT_MAX)
        *result = OC_ERR_TOO_BIG;
    else if (!(text = malloc((size_t)about.st_size + 1)))
        *result = OC_ERR_NOMEM;
    else
        *result = read_all(fd, text, (size_t)about.st_size);
    close(fd);
    if (*result != OC_OK) {
        free(text);
        return NULL;
    }
    *len = (size_t)about.st_size;
    return text;
}

int oc_store_write(int root, const char *name, const void *text, size_t len) {
    char path[64];
    file_of(name, "", path);
    return len > OC_STORE_TEXT_MAX ? OC_ERR_TOO_BIG : oc_store_replace(root, path, text, len);
}

int oc_store_set_aside(int root, const char *name) {
    char path[64], aside[64];
    file_of(name, "", path);
    file_of(name, ".bad", aside);
    if (renameat(root, path, root, aside) != 0)
        return errno == ENOENT ? OC_OK : oc_posix_error(errno);
    return fsync(root) == 0 ? OC_OK : oc_posix_error(errno);
}
