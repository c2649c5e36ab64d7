#define _GNU_SOURCE
#include "oc_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_posix.h"

#define OPEN_FLAGS (O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

/* What could not be opened, by errno: O_DIRECTORY and O_NOFOLLOW refuse a link by these two. */
static int refusal(void) {
    return errno == ENOTDIR || errno == ELOOP ? OC_ERR_FORMAT : oc_posix_error(errno);
}

int oc_journal_open(oc_journal_t *run_journal, int root, const char *folder, const char *name,
                    uint64_t limit) {
    struct stat about;
    *run_journal = (oc_journal_t){.folder = -1,
                                  .fd = -1,
                                  .root = root,
                                  .folder_name = folder,
                                  .limit = limit,
                                  .name = name,
                                  .between = true};
    if (mkdirat(root, folder, 0700) != 0 && errno != EEXIST)
        return oc_posix_error(errno);
    run_journal->folder = openat(root, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (run_journal->folder >= 0)
        run_journal->fd = openat(run_journal->folder, name, OPEN_FLAGS, 0600);
    int result = run_journal->fd < 0                   ? refusal()
                 : fstat(run_journal->fd, &about) != 0 ? oc_posix_error(errno)
                 : !S_ISREG(about.st_mode)             ? OC_ERR_FORMAT
                 : fchmod(run_journal->fd, 0600) != 0  ? oc_posix_error(errno)
                                                       : OC_OK;
    run_journal->open = true;
    if (result != OC_OK)
        oc_journal_close(run_journal);
    else
        run_journal->bytes = (uint64_t)about.st_size;
    return result;
}

/* The next file gets the descriptor's number: a handler of signals may know it. */
static void turn_over(oc_journal_t *run_journal) {
    char old[64];
    snprintf(old, sizeof(old), "%.60s.1", run_journal->name);
    if (renameat(run_journal->folder, run_journal->name, run_journal->folder, old) != 0)
        return;
    int fd = openat(run_journal->folder, run_journal->name, OPEN_FLAGS | O_EXCL, 0600);
    if (fd < 0)
        return;
    if (dup3(fd, run_journal->fd, O_CLOEXEC) >= 0)
        run_journal->bytes = 0;
    close(fd);
}

/* Made anew under the numbers that the descriptors have. */
static void open_again(oc_journal_t *run_journal) {
    oc_journal_t fresh;
    if (oc_journal_open(&fresh, run_journal->root, run_journal->folder_name, run_journal->name,
                        run_journal->limit) != OC_OK)
        return;
    if (dup3(fresh.folder, run_journal->folder, O_CLOEXEC) >= 0 &&
        dup3(fresh.fd, run_journal->fd, O_CLOEXEC) >= 0)
        run_journal->bytes = fresh.bytes;
    oc_journal_close(&fresh);
}

void oc_journal_write(oc_journal_t *run_journal, const char *text, size_t bytes) {
    struct stat about;
    if (!run_journal->open || bytes == 0)
        return;
    if (run_journal->between &&
        (run_journal->lost || (fstat(run_journal->fd, &about) == 0 && about.st_nlink == 0)))
        open_again(run_journal);
    run_journal->lost = false;
    if (run_journal->between && run_journal->bytes >= run_journal->limit)
        turn_over(run_journal);
    run_journal->between = text[bytes - 1] == '\n';
    while (bytes > 0) {
        ssize_t put = write(run_journal->fd, text, bytes);
        if (put < 0 && errno == EINTR)
            continue;
        run_journal->lost = put <= 0;
        if (run_journal->lost)
            return;
        text += put;
        bytes -= (size_t)put;
        run_journal->bytes += (uint64_t)put;
    }
}

void oc_journal_close(oc_journal_t *run_journal) {
    if (run_journal->open && run_journal->fd >= 0)
        close(run_journal->fd);
    if (run_journal->open && run_journal->folder >= 0)
        close(run_journal->folder);
    run_journal->open = false;
}
