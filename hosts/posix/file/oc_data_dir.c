#define _GNU_SOURCE
#include "oc_data_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_data_trust.h"
#include "oc_err.h"
#include "oc_file_store.h"
#include "oc_log.h"
#include "oc_mp4_file.h"
#include "oc_posix.h"
#include "oc_recover.h"

#define LOCK_NAME ".lock"
#define SAME_NAME 1000 /* tries to find a free name for a repaired file */

static int make_folders(const char *path) {
    char part[PATH_MAX];
    if (strlen(path) >= sizeof(part))
        return ENAMETOOLONG;
    snprintf(part, sizeof(part), "%s", path);
    for (char *slash = part; (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST && errno != EROFS && errno != EACCES)
            return errno;
        *slash = '/';
    }
    return mkdir(part, 0700) == 0 || errno == EEXIST ? 0 : errno;
}

/* 0, *held is locked until it is closed | errno. */
static int lock(int root, int *held) {
    int fd = openat(root, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return errno;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        *held = fd;
        return 0;
    }
    int number = errno;
    close(fd);
    return number;
}

int oc_data_dir_open(const char *path, int *held, char *why, size_t why_size) {
    int number = make_folders(path);
    int root = number == 0 ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (number == 0 && root < 0)
        number = errno;
    int result = number == 0 ? oc_data_trust(root, path, why, why_size) : OC_OK;
    if (result != OC_OK) {
        close(root);
        return result;
    }
    if (number == 0 && held && (number = lock(root, held)) != 0)
        close(root);
    if (number == 0)
        return root;
    snprintf(why, why_size, "data directory %s: %s: choose another one with --data", path,
             number == EWOULDBLOCK ? "another ocellus is using it" : strerror(number));
    return oc_posix_error(number);
}

/* Another folder takes the places of root and held. 0 or errno. */
static int move_to(int folder, int root, int held) {
    int fresh = -1, number = 0;
    if (held >= 0)
        number = lock(folder, &fresh);
    if (number == 0 && held >= 0 && dup3(fresh, held, O_CLOEXEC) < 0)
        number = errno;
    if (number == 0 && dup3(folder, root, O_CLOEXEC) < 0)
        number = errno;
    if (fresh >= 0)
        close(fresh);
    return number;
}

int oc_data_dir_follow(const char *path, int root, int held, char *why, size_t why_size) {
    struct stat here, there;
    why[0] = '\0';
    if (fstat(root, &here) != 0)
        return oc_posix_error(errno);
    if (stat(path, &there) != 0)
        return here.st_nlink == 0 ? OC_ERR_NOENT : OC_OK;
    if (here.st_dev == there.st_dev && here.st_ino == there.st_ino)
        return OC_OK;
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), number = folder < 0 ? errno : 0;
    int result = folder < 0 ? OC_OK : oc_data_trust(folder, path, why, why_size);
    if (folder >= 0 && result == OC_OK)
        number = move_to(folder, root, held);
    if (folder >= 0)
        close(folder);
    if (number == 0)
        return result == OC_OK ? OC_AGAIN : result;
    snprintf(why, why_size, "data directory %s: it was replaced by another folder: %s", path,
             number == EWOULDBLOCK ? "another ocellus is using it" : strerror(number));
    return oc_posix_error(number);
}

int oc_data_dir_as_owner(const char *path) {
    struct stat about;
    if (geteuid() != 0 || stat(path, &about) != 0 || about.st_uid == 0)
        return OC_OK;
    bool done = setgroups(0, NULL) == 0 && setgid(about.st_gid) == 0 && setuid(about.st_uid) == 0;
    return done ? OC_OK : oc_posix_error(errno);
}

/* Carries the plan out. A name that is taken is left for the next millisecond's. */
static int apply(oc_file_store_t *store, oc_recover_t *plan) {
    int result = OC_OK;
    for (uint32_t i = 0; i < plan->ops && result == OC_OK; i++) {
        result = oc_file_store_run(store, 0, &plan->op[i]);
        for (int n = 0; n < SAME_NAME && result == OC_ERR_EXIST; n++) {
            if (oc_recover_other_name(plan) != OC_OK)
                break;
            result = oc_file_store_run(store, 0, &plan->op[i]);
        }
        bool index = plan->op[i].kind == OC_FILE_PATCH && !plan->needs_index;
        if (index && result == OC_ERR_DISK_FULL) /* on some systems also where bytes are */
            result = OC_OK;
    }
    return result;
}

/* Plans and carries out. OC_OK: plan says what was done | OC_AGAIN nothing to do | OC_ERR_*. */
static int repair(oc_file_store_t *store, const char *folder, const char *file, void *memory,
                  oc_recover_t *plan) {
    char path[OC_FILE_PATH_MAX];
    oc_mp4_source_t source;
    int len = snprintf(path, sizeof(path), "%s/%s", folder, file);
    if (len < 0 || (size_t)len >= sizeof(path))
        return OC_ERR_FORMAT;
    int fd = oc_beneath_open(store->root, path, O_RDONLY | O_NONBLOCK, 0);
    int result = fd < 0 ? fd : oc_mp4_file_open(&source, fd);
    if (result != OC_OK)
        return result;
    result = oc_recover_plan(plan, folder, file, &source, memory);
    if (result == OC_OK)
        result = apply(store, plan);
    oc_mp4_file_close(NULL, &source);
    if (result == OC_OK && plan->valid_bytes > 0)
        oc_log(OC_LOG_INFO, "out/file", "recovered %s: kept %llu bytes, cut %llu",
               plan->op[plan->ops - 1].to, (unsigned long long)plan->valid_bytes,
               (unsigned long long)plan->lost_bytes);
    else if (result == OC_OK)
        oc_log(OC_LOG_INFO, "out/file", "removed %s: it contains nothing playable", path);
    return result;
}

static void *recover_memory(void) {
    return aligned_alloc(16, (OC_RECOVER_BYTES + 15) / 16 * 16);
}

static void recover_file(oc_file_store_t *store, const char *folder, const char *file,
                         void *memory) {
    oc_recover_t *plan = malloc(sizeof(*plan));
    int result = plan ? repair(store, folder, file, memory, plan) : OC_ERR_NOMEM;
    if (result < 0 && result != OC_ERR_FORMAT)
        oc_log(OC_LOG_WARN, "out/file", "cannot repair %s/%s: %s", folder, file,
               oc_err_text(result));
    free(plan);
}

int oc_data_dir_recover_file(oc_file_store_t *store, const char *path,
                             char record[OC_FILE_PATH_MAX], uint64_t *bytes) {
    char folder[OC_FILE_PATH_MAX];
    const char *slash = strrchr(path, '/');
    oc_recover_t *plan = malloc(sizeof(*plan));
    void *memory = recover_memory();
    int result = !slash ? OC_ERR_FORMAT : !plan || !memory ? OC_ERR_NOMEM : OC_OK;
    *bytes = 0;
    if (result == OC_OK) {
        snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
        result = repair(store, folder, slash + 1, memory, plan);
    }
    if (result == OC_OK && plan->valid_bytes > 0) {
        *bytes = plan->valid_bytes;
        memcpy(record, plan->op[plan->ops - 1].to, OC_FILE_PATH_MAX);
    }
    free(memory);
    free(plan);
    return result;
}

static void recover_folder(oc_file_store_t *store, const char *name, void *memory) {
    char folder[OC_FILE_PATH_MAX];
    int len = snprintf(folder, sizeof(folder), OC_DATA_DIR_RECORDINGS "/%s", name);
    int fd = len > 0 && (size_t)len < sizeof(folder)
                 ? oc_beneath_open(store->root, folder, O_RDONLY | O_DIRECTORY, 0)
                 : -1;
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    if (!entries) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(entries));) {
        oc_record_name_t record;
        size_t length = strlen(entry->d_name);
        if (oc_record_name_parse(entry->d_name, length, &record) == OC_OK && record.open)
            recover_file(store, folder, entry->d_name, memory);
    }
    closedir(entries);
}

void oc_data_dir_recover(int root) {
    oc_file_store_t *store = malloc(sizeof(*store));
    void *memory = recover_memory();
    int fd = oc_beneath_open(root, OC_DATA_DIR_RECORDINGS, O_RDONLY | O_DIRECTORY, 0);
    DIR *entries = fd >= 0 && store && memory ? fdopendir(fd) : NULL;
    if (entries) {
        oc_file_store_init(store, root);
        for (struct dirent *entry; (entry = readdir(entries));) {
            if (entry->d_name[0] != '.')
                recover_folder(store, entry->d_name, memory);
        }
        oc_file_store_deinit(store);
        closedir(entries);
    } else if (fd >= 0) {
        close(fd);
    }
    free(memory);
    free(store);
}
