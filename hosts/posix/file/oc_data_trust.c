#include "oc_data_trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_posix.h"

typedef struct look {
    const char *path; /* of the data directory */
    char *why;
    size_t why_size;
} look_t;

/* inside: the name below the data directory, "" is itself. */
static int judge(const look_t *look, const char *inside, const struct stat *about) {
    const char *it = inside[0] ? inside : "it";
    if (about->st_uid != geteuid() && about->st_uid != 0)
        snprintf(look->why, look->why_size,
                 "data directory %s: %s belongs to user %u, who could replace what is in it: run "
                 "ocellus as that user, or \"chown -R %u %s\"",
                 look->path, it, (unsigned)about->st_uid, (unsigned)geteuid(), look->path);
    else if (about->st_mode & (S_IWGRP | S_IWOTH))
        snprintf(look->why, look->why_size,
                 "data directory %s: others can write to %s (mode %04o): run \"chmod -R go-w %s\"",
                 look->path, it, about->st_mode & 07777u, look->path);
    else
        return OC_OK;
    return OC_ERR_STATE;
}

static int judge_below(const look_t *look, const char *inside, int folder, unsigned levels);

/* One name in the folder that is called `inside`. */
static int judge_name(const look_t *look, const char *inside, int folder, const char *name,
                      unsigned levels) {
    char below[PATH_MAX];
    struct stat about;
    if (fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? OC_OK : oc_posix_error(errno); /* it went meanwhile */
    if (!S_ISDIR(about.st_mode) && !S_ISREG(about.st_mode))
        return OC_OK;
    snprintf(below, sizeof(below), "%s%s%s", inside, inside[0] ? "/" : "", name);
    int result = judge(look, below, &about);
    if (result != OC_OK || !S_ISDIR(about.st_mode) || levels == 1)
        return result;
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return OC_OK; /* it went, or is none that this user reads */
    return judge_below(look, below, fd, levels - 1);
}

/* Takes the descriptor over. */
static int judge_below(const look_t *look, const char *inside, int folder, unsigned levels) {
    DIR *entries = fdopendir(folder);
    if (!entries) {
        int number = errno;
        close(folder);
        return oc_posix_error(number);
    }
    int result = OC_OK;
    for (struct dirent *entry; result == OC_OK && (entry = readdir(entries));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            result = judge_name(look, inside, dirfd(entries), entry->d_name, levels);
    closedir(entries);
    return result;
}

int oc_data_trust(int root, const char *path, char *why, size_t why_size) {
    look_t look = {path, why, why_size};
    struct stat about;
    why[0] = '\0';
    int result = fstat(root, &about) == 0 ? judge(&look, "", &about) : oc_posix_error(errno);
    if (result == OC_OK) {
        int fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        result = fd >= 0 ? judge_below(&look, "", fd, OC_DATA_TRUST_LEVELS) : oc_posix_error(errno);
    }
    if (result != OC_OK && !why[0])
        snprintf(why, why_size, "data directory %s: %s", path, oc_err_text(result));
    return result;
}
