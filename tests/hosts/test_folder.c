#define _GNU_SOURCE
#include "test_folder.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int test_folder_make(char *path) {
    strcpy(path, "/tmp/ocellus-test-XXXXXX");
    return mkdtemp(path) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

static int remove_entry(const char *path, const struct stat *about, int type, struct FTW *walk) {
    return remove(path);
}

void test_folder_remove(const char *path) {
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void test_folder_write(int root, const char *name, const char *text) {
    int fd = openat(root, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        abort();
    close(fd);
}

off_t test_folder_size(int root, const char *name) {
    struct stat about;
    return fstatat(root, name, &about, AT_SYMLINK_NOFOLLOW) == 0 ? about.st_size : -1;
}
