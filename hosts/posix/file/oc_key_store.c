#define _GNU_SOURCE
#include "oc_key_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_log.h"
#include "oc_posix.h"
#include "oc_store.h"

#define BAD ".bad"

int oc_key_store_init(oc_key_store_t *store, oc_app_folder_t *folder, const char *domain) {
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t len = strlen(domain), bad = strlen(BAD);
    if (len == 0 || len > OC_KEY_STORE_NAME || domain[0] == '.' || strspn(domain, allowed) != len ||
        (len >= bad && strcmp(domain + len - bad, BAD) == 0))
        return OC_ERR_INVAL;
    store->folder = folder;
    store->inode = 0;
    store->values.size = 0;
    snprintf(store->path, sizeof store->path, OC_KEY_STORE_FOLDER "/%s", domain);
    return OC_OK;
}

static void remember(oc_key_store_t *store, const struct stat *about) {
    store->inode = about ? about->st_ino : 0;
    store->size = about ? about->st_size : 0;
    store->changed = about ? about->st_ctim : (struct timespec){0};
}

static bool same(const oc_key_store_t *store, const struct stat *about) {
    return store->inode == about->st_ino && store->size == about->st_size &&
           store->changed.tv_sec == about->st_ctim.tv_sec &&
           store->changed.tv_nsec == about->st_ctim.tv_nsec;
}

static int read_all(int fd, uint8_t *data, size_t len) {
    for (size_t used = 0; used < len;) {
        ssize_t got = read(fd, data + used, len - used);
        if (got == 0)
            return OC_ERR_FORMAT; /* it became shorter */
        if (got < 0 && errno != EINTR)
            return oc_posix_error(errno);
        used += got > 0 ? (size_t)got : 0;
    }
    return OC_OK;
}

/* The open file. OC_ERR_FORMAT: it is damaged. */
static int load(oc_key_store_t *store, int fd, const struct stat *about) {
    if (!S_ISREG(about->st_mode) || about->st_size > (off_t)OC_KEY_VALUES_FILE)
        return OC_ERR_FORMAT;
    uint8_t *data = malloc((size_t)about->st_size + 1);
    int result = data ? read_all(fd, data, (size_t)about->st_size) : OC_ERR_NOMEM;
    if (result == OC_OK)
        result = oc_key_values_parse(&store->values, data, (size_t)about->st_size);
    free(data);
    return result;
}

static int set_aside(oc_key_store_t *store, int root) {
    char bad[sizeof store->path + sizeof BAD];
    snprintf(bad, sizeof bad, "%s" BAD, store->path);
    remember(store, NULL);
    store->values.size = 0;
    oc_log(OC_LOG_WARN, "script", "%s/%s is damaged: it is %s/%s now, the domain is empty",
           OC_APP_FOLDER, store->path, OC_APP_FOLDER, bad);
    (void)oc_app_folder_remove(store->folder, root, bad); /* an earlier one */
    int result = oc_app_folder_move(store->folder, root, store->path, root, 0, bad);
    return result == OC_ERR_NOENT ? OC_OK : result;
}

int oc_key_store_refresh(oc_key_store_t *store) {
    struct stat about;
    int root = oc_app_folder_root(store->folder);
    int fd = root < 0 ? root : oc_beneath_open(root, store->path, O_RDONLY | O_NONBLOCK, 0);
    int result = fd < 0 ? fd : fstat(fd, &about) == 0 ? OC_OK : OC_ERR_IO;
    if (result == OC_OK && !same(store, &about)) {
        store->values.size = 0;
        result = load(store, fd, &about);
        remember(store, result == OC_OK ? &about : NULL);
    }
    if (fd >= 0)
        close(fd);
    if (root >= 0 && result == OC_ERR_NOENT) {
        remember(store, NULL);
        store->values.size = 0;
        result = OC_OK;
    } else if (root >= 0 && (result == OC_ERR_FORMAT || result == OC_ERR_INVAL)) {
        result = set_aside(store, root); /* a link in its place, too */
    }
    if (root >= 0)
        close(root);
    return result;
}

/* Removes what a process that was ended left half written. */
static void tidy(int root) {
    int fd = oc_beneath_open(root, OC_KEY_STORE_FOLDER, O_RDONLY | O_DIRECTORY, 0);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    if (!entries && fd >= 0)
        close(fd);
    for (struct dirent *entry; entries && (entry = readdir(entries));)
        if (entry->d_name[0] == '.' && entry->d_name[1] != '\0' && entry->d_name[1] != '.')
            (void)unlinkat(dirfd(entries), entry->d_name, 0);
    if (entries)
        closedir(entries);
}

static int replace(oc_key_store_t *store, int root, const uint8_t *data, size_t len) {
    struct stat about;
    size_t before = (size_t)store->size;
    int result = oc_app_folder_make(store->folder, root, 0, OC_KEY_STORE_FOLDER);
    if (result < 0)
        return result;
    if (!store->folder->tidied) {
        tidy(root);
        store->folder->tidied = true;
    }
    uint64_t more = store->inode == 0 ? OC_APP_FOLDER_ENTRY + len : len > before ? len - before : 0;
    result = oc_app_folder_charge(store->folder, more);
    if (result != OC_OK)
        return result;
    result = oc_store_replace(root, store->path, data, len);
    int fd = result == OC_OK ? oc_beneath_open(root, store->path, O_RDONLY | O_NONBLOCK, 0) : -1;
    bool known = fd >= 0 && fstat(fd, &about) == 0;
    if (fd >= 0)
        close(fd);
    if (result != OC_OK)
        oc_app_folder_refund(store->folder, more);
    else if (len < before)
        oc_app_folder_refund(store->folder, before - len);
    if (result == OC_OK)
        remember(store, known ? &about : NULL);
    return result;
}

int oc_key_store_save(oc_key_store_t *store) {
    int root = oc_app_folder_root(store->folder);
    uint8_t *data = root < 0 ? NULL : malloc(OC_KEY_VALUES_FILE);
    int result = root < 0 ? root : OC_ERR_NOMEM;
    if (data)
        result = replace(store, root, data, oc_key_values_write(&store->values, data));
    free(data);
    if (root >= 0)
        close(root);
    if (result != OC_OK) {
        remember(store, NULL);
        store->inode = (ino_t)-1; /* no file is that: it is read again */
        (void)oc_key_store_refresh(store);
    }
    return result;
}
