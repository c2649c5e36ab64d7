#define _GNU_SOURCE
#include "oc_watch_files.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_posix.h"

#define FOLDER    ".ocellus-watch-XXXXXX"
#define OPEN_MAX_ 8 /* descriptors of a walk through the folder */

static int fail(int code, const char *record, const char *what, char *why, size_t size) {
    snprintf(why, size, "%.300s: %s", record, what);
    return code;
}

int oc_watch_files_open(oc_watch_files_t *files, const char *record, char *why, size_t size) {
    const char *temporary = getenv("TMPDIR"), *slash = record ? strrchr(record, '/') : NULL;
    memset(files, 0, sizeof(*files));
    files->root = -1;
    files->record = record;
    if (record && strlen(record) >= sizeof(files->name) - 16)
        return fail(OC_ERR_TOO_BIG, record, "the path is too long", why, size);
    if (record && access(record, F_OK) == 0)
        return fail(OC_ERR_EXIST, record, "is there already, and is not written over", why, size);
    if (record)
        snprintf(files->folder, sizeof(files->folder), "%.*s" FOLDER,
                 slash ? (int)(slash - record) + 1 : 0, record);
    else
        snprintf(files->folder, sizeof(files->folder), "%.1000s/" FOLDER,
                 temporary && temporary[0] ? temporary : "/tmp");
    if (!mkdtemp(files->folder)) {
        int error = errno;
        files->folder[0] = '\0';
        return fail(oc_posix_error(error), record ? record : "TMPDIR", strerror(error), why, size);
    }
    files->root = open(files->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return files->root >= 0
               ? OC_OK
               : fail(oc_posix_error(errno), files->folder, strerror(errno), why, size);
}

/* FILE.mp4, FILE-2.mp4, ... */
static void make_name(oc_watch_files_t *files) {
    const char *record = files->record, *dot = strrchr(record, '.'), *slash = strrchr(record, '/');
    const char *end = dot && dot > (slash ? slash + 1 : record) ? dot : record + strlen(record);
    if (files->count == 0)
        snprintf(files->name, sizeof(files->name), "%s", record);
    else
        snprintf(files->name, sizeof(files->name), "%.*s-%u%s", (int)(end - record), record,
                 files->count + 1, end);
}

void oc_watch_files_changed(void *context, const char *path, const char *to) {
    oc_watch_files_t *files = context;
    size_t len = strlen(path);
    bool known = strcmp(path, files->linked) == 0;
    if (!files->record || to[0] || len < 4 || strcmp(path + len - 4, ".mp4") != 0)
        return;
    if (faccessat(files->root, path, F_OK, 0) != 0) { /* nothing of it plays: it was removed */
        if (known && unlink(files->name) == 0) {
            files->linked[0] = '\0';
            files->count--;
        }
        return;
    }
    if (known)
        return;
    make_name(files);
    if (linkat(files->root, path, AT_FDCWD, files->name, 0) != 0) {
        files->failure = files->failure ? files->failure : errno;
        return;
    }
    snprintf(files->linked, sizeof(files->linked), "%s", path);
    files->count++;
}

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *where) {
    return remove(path);
}

void oc_watch_files_close(oc_watch_files_t *files) {
    if (files->root >= 0)
        close(files->root);
    files->root = -1;
    if (files->folder[0] && !files->failure) /* or the only name of a recording would go */
        nftw(files->folder, remove_entry, OPEN_MAX_, FTW_DEPTH | FTW_PHYS);
}
