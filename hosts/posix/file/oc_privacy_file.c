#define _GNU_SOURCE
#include "oc_privacy_file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_posix.h"

#define TEXT_MAX 256 /* bytes; nobody writes more white space into it */

/* Of the file without its white space. Length or OC_ERR_*; more than size - 1: cut. */
static int read_text(int root, char *out, size_t size) {
    char raw[TEXT_MAX];
    int fd = oc_beneath_open(root, OC_PRIVACY_FILE, O_RDONLY | O_NONBLOCK, 0);
    if (fd < 0)
        return fd;
    ssize_t got = read(fd, raw, sizeof(raw));
    int result = got >= 0 ? 0 : errno == EISDIR ? OC_ERR_INVAL : oc_posix_error(errno);
    size_t len = 0;
    for (ssize_t i = 0; i < got && len < size - 1; i++)
        if (!isspace((unsigned char)raw[i]))
            out[len++] = raw[i];
    out[len] = '\0';
    close(fd);
    return result < 0 ? result : (int)len;
}

/* The code is about what stands there (a link, a folder), not about reading it now. */
static bool is_content(int code) {
    return code == OC_ERR_INVAL;
}

oc_privacy_file_t oc_privacy_file_read(int root, char *why, size_t why_size) {
    char text[TEXT_MAX];
    int len = read_text(root, text, sizeof(text));
    why[0] = '\0';
    if (len == OC_ERR_NOENT || (len > 0 && strcmp(text, "{\"on\":false}") == 0))
        return OC_PRIVACY_FILE_OFF;
    if (len < 0 && !is_content(len)) {
        snprintf(why, why_size, OC_PRIVACY_FILE ": cannot be read: %s", oc_err_text(len));
        return OC_PRIVACY_FILE_UNKNOWN;
    }
    if (len < 0)
        snprintf(why, why_size, OC_PRIVACY_FILE ": not a regular file: privacy mode is on");
    else if (strcmp(text, "{\"on\":true}") != 0)
        snprintf(why, why_size,
                 OC_PRIVACY_FILE ": %s instead of {\"on\":true} or {\"on\":false}: privacy mode is "
                                 "on",
                 len == 0 ? "nothing" : "something else");
    return OC_PRIVACY_FILE_ON;
}

/* The folder's entries are on the disk. */
static int sync_folder(int root) {
    int folder = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = folder >= 0 && fsync(folder) == 0 ? OC_OK : oc_posix_error(errno);
    if (folder >= 0)
        close(folder);
    return result;
}

static int write_on(int root) {
    static const char text[] = "{\"on\":true}\n";
    int fd =
        oc_beneath_open(root, OC_PRIVACY_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK, 0600);
    if (fd < 0)
        return fd;
    /* What does not fit is not missed: see the header. */
    bool whole = fchmod(fd, 0600) == 0 && write(fd, text, sizeof(text) - 1) == sizeof(text) - 1;
    bool synced = fsync(fd) == 0;
    int result = synced || !whole ? OC_OK : oc_posix_error(errno);
    close(fd);
    return result == OC_OK ? sync_folder(root) : result;
}

int oc_privacy_file_write(int root, bool on) {
    if (on)
        return write_on(root);
    if (unlinkat(root, OC_PRIVACY_FILE, 0) != 0 && errno != ENOENT)
        return oc_posix_error(errno);
    return sync_folder(root);
}
