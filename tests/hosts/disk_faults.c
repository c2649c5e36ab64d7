/* disk_faults - for tests, loaded with LD_PRELOAD: makes the disk fail as the file named by
 * OCELLUS_TEST_FAULTS says at that moment. Words in it: "full" (writes: ENOSPC), "slow" (a sync
 * takes two seconds), "held" (once an update has copied the settings, a sync beside that copy takes
 * as long as the word is there), "hung" (a sync or a read takes a minute), "readonly" (nothing can
 * be created: EROFS), "immutable" (no file can be written, cut or renamed: EPERM). Files outside of
 * recordings are left alone as far as a descriptor shows.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static bool expected(const char *word) {
    char text[64] = "";
    const char *path = getenv("OCELLUS_TEST_FAULTS");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return false;
    ssize_t got = read(fd, text, sizeof(text) - 1);
    close(fd);
    return got > 0 && strstr(text, word);
}

ssize_t pwritev(int fd, const struct iovec *iov, int count, off_t offset);
ssize_t pwritev64(int fd, const struct iovec *iov, int count, off_t offset);

static ssize_t write_to(const char *name, int fd, const struct iovec *iov, int count,
                        off_t offset) {
    ssize_t (*real)(int, const struct iovec *, int, off_t) =
        (ssize_t(*)(int, const struct iovec *, int, off_t))dlsym(RTLD_NEXT, name);
    if (expected("full")) {
        errno = ENOSPC;
        return -1;
    }
    if (expected("immutable")) {
        errno = EPERM;
        return -1;
    }
    return real(fd, iov, count, offset);
}

ssize_t pwritev(int fd, const struct iovec *iov, int count, off_t offset) {
    return write_to("pwritev", fd, iov, count, offset);
}

ssize_t pwritev64(int fd, const struct iovec *iov, int count, off_t offset) {
    return write_to("pwritev64", fd, iov, count, offset);
}

static int reserve(const char *name, int fd, off_t offset, off_t len) {
    int (*real)(int, off_t, off_t) = (int (*)(int, off_t, off_t))dlsym(RTLD_NEXT, name);
    return expected("full") ? ENOSPC : real(fd, offset, len);
}

int posix_fallocate(int fd, off_t offset, off_t len) {
    return reserve("posix_fallocate", fd, offset, len);
}

int posix_fallocate64(int fd, off_t offset, off_t len);
int posix_fallocate64(int fd, off_t offset, off_t len) {
    return reserve("posix_fallocate64", fd, offset, len);
}

int renameat2(int from, const char *name, int to, const char *new_name, unsigned flags) {
    int (*real)(int, const char *, int, const char *, unsigned) =
        (int (*)(int, const char *, int, const char *, unsigned))dlsym(RTLD_NEXT, "renameat2");
    if (expected("immutable")) {
        errno = EPERM;
        return -1;
    }
    return real(from, name, to, new_name, flags);
}

static int cut(const char *name, int fd, off_t len) {
    int (*real)(int, off_t) = (int (*)(int, off_t))dlsym(RTLD_NEXT, name);
    if (expected("immutable")) {
        errno = EPERM;
        return -1;
    }
    return real(fd, len);
}

int ftruncate(int fd, off_t len) {
    return cut("ftruncate", fd, len);
}

int ftruncate64(int fd, off_t len);
int ftruncate64(int fd, off_t len) {
    return cut("ftruncate64", fd, len);
}

static void hang(void) {
    if (expected("hung"))
        nanosleep(&(struct timespec){.tv_sec = 60}, NULL);
}

static void path_of(int fd, char *path, size_t size) {
    char link[32];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, size - 1);
    path[len > 0 ? len : 0] = '\0';
}

/* The file is one of update/, and the copy of the settings in there is complete. */
static bool copied(int fd) {
    char path[512], copy[600];
    path_of(fd, path, sizeof(path));
    char *name = strrchr(path, '/');
    if (!name)
        return false;
    *name = '\0';
    snprintf(copy, sizeof(copy), "%s/settings/complete", path);
    return access(copy, F_OK) == 0;
}

int fdatasync(int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    if (expected("slow"))
        nanosleep(&(struct timespec){.tv_sec = 2}, NULL);
    while (expected("held") && copied(fd))
        nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
    hang();
    return real(fd);
}

static ssize_t read_from(const char *name, int fd, void *buffer, size_t len, off_t offset) {
    ssize_t (*real)(int, void *, size_t, off_t) =
        (ssize_t(*)(int, void *, size_t, off_t))dlsym(RTLD_NEXT, name);
    char path[512];
    path_of(fd, path, sizeof(path));
    if (strstr(path, "/recordings/"))
        hang();
    return real(fd, buffer, len, offset);
}

ssize_t pread(int fd, void *buffer, size_t len, off_t offset) {
    return read_from("pread", fd, buffer, len, offset);
}

ssize_t pread64(int fd, void *buffer, size_t len, off_t offset);
ssize_t pread64(int fd, void *buffer, size_t len, off_t offset) {
    return read_from("pread64", fd, buffer, len, offset);
}

int openat(int folder, const char *path, int flags, ...) {
    int (*real)(int, const char *, int, mode_t) =
        (int (*)(int, const char *, int, mode_t))dlsym(RTLD_NEXT, "openat");
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if ((flags & O_CREAT) && strstr(path, ".mp4") && expected("readonly")) {
        errno = EROFS;
        return -1;
    }
    return real(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...);
int openat64(int folder, const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return openat(folder, path, flags, mode);
}
