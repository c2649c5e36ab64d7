#define _GNU_SOURCE
#include "oc_file_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_posix.h"
#include "oc_record_name.h"

#define BATCH 256 /* spans per system call, 4 KB of stack */

void oc_file_store_init(oc_file_store_t *store, int root) {
    memset(store, 0, sizeof(*store));
    store->root = root;
    pthread_mutex_init(&store->lock, NULL);
}

void oc_file_store_deinit(oc_file_store_t *store) {
    for (unsigned i = 0; i < OC_FILE_STORE_FILES; i++) {
        if (store->files[i].used)
            close(store->files[i].fd);
    }
    pthread_mutex_destroy(&store->lock);
}

/* Only the file thread changes the table, so it may look without the lock. */
static oc_file_store_file_t *find(oc_file_store_t *store, uint32_t owner, uint32_t handle) {
    for (unsigned i = 0; i < OC_FILE_STORE_FILES; i++) {
        oc_file_store_file_t *file = &store->files[i];
        if (file->used && file->owner == owner && file->handle == handle)
            return file;
    }
    return NULL;
}

static oc_file_store_file_t *find_free(oc_file_store_t *store) {
    for (unsigned i = 0; i < OC_FILE_STORE_FILES; i++) {
        if (!store->files[i].used)
            return &store->files[i];
    }
    return NULL;
}

/* Makes a new entry of a folder durable. */
static int sync_folder_of(oc_file_store_t *store, const char *path) {
    const char *name;
    int folder = oc_beneath_parent(store->root, path, &name);
    if (folder < 0)
        return folder;
    int result = fsync(folder) == 0 ? OC_OK : oc_posix_error(errno);
    close(folder);
    return result;
}

static int create(oc_file_store_t *store, uint32_t owner, const oc_file_op_t *op) {
    oc_file_store_file_t *file = find_free(store);
    if (!file || find(store, owner, op->handle))
        return file ? OC_ERR_STATE : OC_ERR_BUSY;
    int fd = oc_beneath_open(store->root, op->path, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0)
        return fd;
    int result = sync_folder_of(store, op->path);
    if (result != OC_OK) {
        close(fd);
        return result;
    }
    pthread_mutex_lock(&store->lock);
    *file = (oc_file_store_file_t){.used = true, .fd = fd, .owner = owner, .handle = op->handle};
    snprintf(file->path, sizeof(file->path), "%s", op->path);
    pthread_mutex_unlock(&store->lock);
    return OC_OK;
}

/* Writes one batch whole, however often the system takes only a part of it. */
static int write_batch(int fd, struct iovec *iov, int count, uint64_t *offset) {
    while (count > 0) {
        ssize_t done = pwritev(fd, iov, count, (off_t)*offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done == 0 ? OC_ERR_DISK_FULL : oc_posix_error(errno);
        *offset += (uint64_t)done;
        while (count > 0 && (size_t)done >= iov->iov_len) {
            done -= (ssize_t)iov->iov_len;
            iov++;
            count--;
        }
        if (count > 0) {
            iov->iov_base = (char *)iov->iov_base + done;
            iov->iov_len -= (size_t)done;
        }
    }
    return OC_OK;
}

static int write_spans(oc_file_store_t *store, oc_file_store_file_t *file, const oc_file_op_t *op) {
    struct iovec iov[BATCH];
    uint64_t offset = op->offset;
    if (file->stale)
        return OC_ERR_NOENT;
    for (uint32_t next = 0; next < op->spans_len;) {
        int count = 0;
        for (; next < op->spans_len && count < BATCH; next++) {
            if (op->spans[next].len > 0)
                iov[count++] =
                    (struct iovec){(void *)(uintptr_t)op->spans[next].data, op->spans[next].len};
        }
        int result = write_batch(file->fd, iov, count, &offset);
        if (result != OC_OK)
            return result;
    }
    pthread_mutex_lock(&store->lock);
    if (offset > file->written)
        file->written = offset;
    pthread_mutex_unlock(&store->lock);
    return OC_OK;
}

/* A file that somebody has deleted still takes bytes, and loses them all when it is closed. */
static int sync_file(oc_file_store_t *store, oc_file_store_file_t *file) {
    struct stat about;
    if (file->stale)
        return OC_ERR_NOENT;
    if (fdatasync(file->fd) != 0 || fstat(file->fd, &about) != 0)
        return oc_posix_error(errno);
    if (about.st_nlink == 0)
        return OC_ERR_NOENT;
    pthread_mutex_lock(&store->lock);
    file->synced = file->written;
    pthread_mutex_unlock(&store->lock);
    return OC_OK;
}

static int close_file(oc_file_store_t *store, oc_file_store_file_t *file) {
    int fd = file->fd;
    pthread_mutex_lock(&store->lock);
    file->used = false;
    pthread_mutex_unlock(&store->lock);
    return close(fd) == 0 || errno == EINTR ? OC_OK : oc_posix_error(errno);
}

static int truncate_path(oc_file_store_t *store, const oc_file_op_t *op) {
    int fd = oc_beneath_open(store->root, op->path, O_WRONLY, 0);
    if (fd < 0)
        return fd;
    int failed = ftruncate(fd, (off_t)op->offset) != 0 || fsync(fd) != 0;
    int result = failed ? oc_posix_error(errno) : OC_OK;
    close(fd);
    return result;
}

/* Bytes of a file that is open nowhere. */
static int patch_path(oc_file_store_t *store, const oc_file_op_t *op) {
    int fd = oc_beneath_open(store->root, op->path, O_WRONLY, 0);
    if (fd < 0)
        return fd;
    oc_file_store_file_t file = {.fd = fd};
    int result = write_spans(store, &file, op);
    if (result == OC_OK && fsync(fd) != 0)
        result = oc_posix_error(errno);
    close(fd);
    return result;
}

/* Never over an existing file. File systems without RENAME_NOREPLACE get a link and an unlink;
 * those without hard links a look before the rename, which is enough with one writing process. */
static int rename_new(int from, const char *name, int to, const char *new_name) {
    if (renameat2(from, name, to, new_name, RENAME_NOREPLACE) == 0)
        return OC_OK;
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
        return oc_posix_error(errno);
    if (linkat(from, name, to, new_name, 0) == 0)
        return unlinkat(from, name, 0) == 0 ? OC_OK : oc_posix_error(errno);
    struct stat there;
    if (errno == EEXIST || fstatat(to, new_name, &there, AT_SYMLINK_NOFOLLOW) == 0)
        return OC_ERR_EXIST;
    return renameat(from, name, to, new_name) == 0 ? OC_OK : oc_posix_error(errno);
}

static int rename_path(oc_file_store_t *store, oc_file_store_file_t *file, const oc_file_op_t *op) {
    const char *name, *new_name;
    int from = oc_beneath_parent(store->root, op->path, &name);
    if (from < 0)
        return from;
    int to = oc_beneath_parent(store->root, op->to, &new_name);
    if (to < 0) {
        close(from);
        return to;
    }
    int result = rename_new(from, name, to, new_name);
    if (result == OC_OK && file) { /* still open: readers ask for it by its new path */
        pthread_mutex_lock(&store->lock);
        snprintf(file->path, sizeof(file->path), "%s", op->to);
        pthread_mutex_unlock(&store->lock);
    }
    if (result == OC_OK && (fsync(to) != 0 || fsync(from) != 0))
        result = oc_posix_error(errno);
    close(from);
    close(to);
    return result;
}

static int unlink_path(oc_file_store_t *store, const oc_file_op_t *op) {
    const char *name;
    int folder = oc_beneath_parent(store->root, op->path, &name);
    if (folder < 0)
        return folder == OC_ERR_NOENT ? OC_OK : folder;
    int result = unlinkat(folder, name, 0) == 0 || errno == ENOENT ? OC_OK : oc_posix_error(errno);
    if (result == OC_OK && fsync(folder) != 0)
        result = oc_posix_error(errno);
    close(folder);
    return result;
}

/* ---- files that keep the name of an open one ---- */

static void leave(oc_file_store_t *store, const char *path) {
    const char *slash = strrchr(path, '/');
    oc_record_name_t record;
    if (!slash || oc_record_name_parse(slash + 1, strlen(slash + 1), &record) != OC_OK ||
        !record.open)
        return;
    for (unsigned i = 0; i < store->left_count; i++)
        if (strcmp(store->left[i].path, path) == 0)
            return; /* tried again, in vain */
    if (store->left_count == OC_FILE_STORE_LEFT)
        oc_file_store_left_next(store, true);
    oc_file_store_left_t *left = &store->left[store->left_count++];
    *left = (oc_file_store_left_t){.missed = 0};
    snprintf(left->path, sizeof(left->path), "%s", path);
}

void oc_file_store_left_next(oc_file_store_t *store, bool gone) {
    oc_file_store_left_t first = store->left[0];
    if (store->left_count == 0)
        return;
    memmove(&store->left[0], &store->left[1], (store->left_count - 1) * sizeof(first));
    if (gone)
        store->left_count--;
    else
        store->left[store->left_count - 1] = first;
}

void oc_file_store_moved(oc_file_store_t *store) {
    for (unsigned i = 0; i < OC_FILE_STORE_FILES; i++)
        store->files[i].stale = store->files[i].used;
    if (store->changed)
        store->changed(store->context, "", "");
}

static int run(oc_file_store_t *store, uint32_t owner, const oc_file_op_t *op) {
    oc_file_store_file_t *file = find(store, owner, op->handle);
    switch (op->kind) {
    case OC_FILE_MKDIR:
        return oc_beneath_mkdir(store->root, op->path);
    case OC_FILE_CREATE:
        return create(store, owner, op);
    case OC_FILE_WRITE:
        return file ? write_spans(store, file, op) : OC_ERR_STATE;
    case OC_FILE_SYNC:
        return file ? sync_file(store, file) : OC_ERR_STATE;
    case OC_FILE_CLOSE:
        return file ? close_file(store, file) : OC_ERR_STATE;
    case OC_FILE_TRUNCATE:
        return truncate_path(store, op);
    case OC_FILE_RENAME:
        return rename_path(store, file, op);
    case OC_FILE_UNLINK:
        return unlink_path(store, op);
    case OC_FILE_PATCH:
        return patch_path(store, op);
    }
    return OC_ERR_INVAL;
}

static void notify(const oc_file_store_t *store, const oc_file_op_t *op) {
    bool renamed = op->kind == OC_FILE_RENAME;
    if (store->changed && (renamed || op->kind == OC_FILE_CREATE || op->kind == OC_FILE_TRUNCATE ||
                           op->kind == OC_FILE_UNLINK))
        store->changed(store->context, op->path, renamed ? op->to : "");
}

int oc_file_store_run(oc_file_store_t *store, uint32_t owner, const oc_file_op_t *op) {
    int result = run(store, owner, op);
    if (result == OC_OK)
        notify(store, op);
    bool ends = op->kind == OC_FILE_TRUNCATE || op->kind == OC_FILE_RENAME ||
                op->kind == OC_FILE_UNLINK || op->kind == OC_FILE_PATCH;
    if (ends && result < 0 && result != OC_ERR_EXIST && !find(store, owner, op->handle))
        leave(store, op->path);
    return result;
}

bool oc_file_store_synced(oc_file_store_t *store, const char *path, uint64_t *bytes) {
    bool open = false;
    pthread_mutex_lock(&store->lock);
    for (unsigned i = 0; i < OC_FILE_STORE_FILES && !open; i++) {
        const oc_file_store_file_t *file = &store->files[i];
        open = file->used && strcmp(file->path, path) == 0;
        if (open)
            *bytes = file->synced;
    }
    pthread_mutex_unlock(&store->lock);
    return open;
}
