#define _GNU_SOURCE
#include "oc_reset.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_app_folder.h"
#include "oc_crash.h"
#include "oc_data_dir.h"
#include "oc_desired_file.h"
#include "oc_event_line.h"
#include "oc_index_db.h"
#include "oc_log.h"
#include "oc_privacy_file.h"
#include "oc_settings_file.h"
#include "oc_stderr.h"
#include "oc_update.h"
#include "oc_update_disk.h"

#define DEPTH 24 /* folders in folders; those of an application are OC_APP_FOLDER_DEPTH deep */

enum { DONE = 0, FAILED = 1, REFUSED = 2 };

/* What was found. */
typedef struct tally {
    unsigned files, left;
    unsigned long long bytes;
    bool wipe; /* overwrite before */
} tally_t;

static void fail(tally_t *tally, const char *name) {
    char line[OC_LOG_LINE_MAX];
    tally->left++;
    snprintf(line, sizeof(line), "reset: cannot remove %.200s: %s", name, strerror(errno));
    oc_stderr_report(line);
}

/* Zeros over a file's bytes; a file system that writes elsewhere keeps the old ones for a while. */
static void overwrite(int folder, const char *name, off_t size) {
    static const char zeros[4096];
    int fd = openat(folder, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    for (off_t at = 0; at < size;) {
        size_t len = size - at < (off_t)sizeof(zeros) ? (size_t)(size - at) : sizeof(zeros);
        ssize_t put = pwrite(fd, zeros, len, at);
        if (put <= 0 && errno != EINTR)
            break;
        at += put > 0 ? put : 0;
    }
    (void)fsync(fd);
    close(fd);
}

static void remove_file(int folder, const char *name, tally_t *tally) {
    struct stat about;
    if (fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT)
            fail(tally, name);
        return;
    }
    if (tally->wipe && S_ISREG(about.st_mode))
        overwrite(folder, name, about.st_size);
    if (unlinkat(folder, name, 0) != 0) {
        fail(tally, name);
        return;
    }
    tally->files++;
    tally->bytes += S_ISREG(about.st_mode) ? (unsigned long long)about.st_size : 0;
}

/* Everything in a folder, and it unless depth is 0; links are removed, never followed. */
static void remove_folder(int parent, const char *name, unsigned depth, tally_t *tally) {
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    if (!entries) {
        if (errno == ENOTDIR || errno == ELOOP)
            remove_file(parent, name, tally); /* a link or a file in its place */
        else if (errno != ENOENT)
            fail(tally, name);
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(entries));) {
        struct stat about;
        const char *inner = entry->d_name;
        if (strcmp(inner, ".") == 0 || strcmp(inner, "..") == 0)
            continue;
        bool folder = fstatat(dirfd(entries), inner, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
                      S_ISDIR(about.st_mode);
        if (folder && depth < DEPTH)
            remove_folder(dirfd(entries), inner, depth + 1, tally);
        else
            remove_file(dirfd(entries), inner, tally); /* too deep a folder: cannot be, is said */
    }
    (void)fsync(dirfd(entries));
    closedir(entries);
    if (depth > 0 && unlinkat(parent, name, AT_REMOVEDIR) != 0) /* the first may be a mount */
        fail(tally, name);
}

static unsigned report(int root, const char *what, const tally_t *tally) {
    (void)fsync(root);
    printf("%s: %u files removed, %llu bytes\n", what, tally->files, tally->bytes);
    return tally->left;
}

static unsigned wipe_keys(int root) {
    tally_t tally = {.wipe = true};
    remove_folder(root, "access", 0, &tally);
    remove_folder(root, "p2p", 0, &tally);
    return report(root, "keys", &tally);
}

/* The application of the program runs again; counter and revoked keys stay. */
static void empty_slots(int root, tally_t *tally) {
    if (faccessat(root, OC_UPDATE_FOLDER, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    int result = oc_update_reset(root);
    if (result != OC_OK) {
        errno = EIO;
        fail(tally, OC_UPDATE_FOLDER);
    }
}

static unsigned wipe_settings(int root) {
    tally_t tally = {.wipe = true};
    remove_file(root, "settings.json", &tally);
    remove_file(root, "settings.json.bad", &tally);
    remove_file(root, OC_DESIRED_FILE, &tally);  /* what shall run, with its addresses */
    remove_file(root, "recordnow.json", &tally); /* which channels are recorded by hand */
    remove_file(root, OC_PRIVACY_FILE, &tally);
    remove_folder(root, OC_LOG_FOLDER, 0, &tally);
    remove_folder(root, OC_CRASH_FOLDER, 0, &tally);
    remove_folder(root, OC_APP_FOLDER, 0, &tally);
    remove_folder(root, OC_SETTINGS_COPY, 0, &tally);
    remove_folder(root, OC_SETTINGS_PREVIOUS, 0, &tally);
    remove_file(root, OC_UPDATE_HISTORY, &tally);
    empty_slots(root, &tally);
    return report(root, "settings", &tally);
}

static unsigned wipe_footage(int root) {
    tally_t tally = {0};
    remove_folder(root, OC_DATA_DIR_RECORDINGS, 0, &tally);
    remove_folder(root, OC_EVENT_LINE_FOLDER, 0, &tally); /* pictures too */
    remove_folder(root, OC_INDEX_FOLDER, 0, &tally);
    return report(root, "footage", &tally);
}

/* Only a typed "yes" is one. */
static bool confirmed(const char *path, const oc_reset_what_t *what) {
    char line[16] = "";
    if (!isatty(STDIN_FILENO)) {
        oc_stderr_report(
            "reset: nobody can confirm here, as this is no terminal; add --yes if you are sure");
        return false;
    }
    fprintf(stderr, "Remove%s%s%s of %s for good? Type yes: ", what->settings ? " settings" : "",
            what->keys ? " keys" : "", what->footage ? " footage" : "", path);
    if (fgets(line, sizeof(line), stdin) && strcmp(line, "yes\n") == 0)
        return true;
    oc_stderr_report("reset: not confirmed; nothing was removed");
    return false;
}

int oc_reset_run(int root, const char *path, const oc_reset_what_t *what, bool yes) {
    unsigned left = 0;
    if (!yes && !confirmed(path, what))
        return REFUSED;
    left += what->keys ? wipe_keys(root) : 0;
    left += what->settings ? wipe_settings(root) : 0;
    left += what->footage ? wipe_footage(root) : 0;
    fflush(stdout);
    return left > 0 ? FAILED : DONE;
}
