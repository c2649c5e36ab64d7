/* oc_journal - a file that only grows, up to a limit: then it becomes NAME.1, whose former content
 * is gone, and a new one begins. For the log and for what is noted of ends. Files 0600, folder
 * 0700.
 */
#ifndef OC_JOURNAL_H
#define OC_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One file; all zero: closed. One thread at a time. */
typedef struct oc_journal {
    bool open;
    int folder, fd;          /* while open; fd keeps its number */
    int root;                /* borrowed until closed */
    const char *folder_name; /* borrowed until closed */
    uint64_t bytes, limit;
    const char *name; /* borrowed until closed */
    bool lost;        /* the last write failed */
    bool between;     /* what was written last ended with a line */
} oc_journal_t;

/* Opens FOLDER/NAME below root, both made when they are missing. limit: bytes of each of the two
 * files, one write more at most. OC_OK | OC_ERR_FORMAT one of them is a link, or no folder and no
 * file | OC_ERR_* of the file system. */
int oc_journal_open(oc_journal_t *run_journal, int root, const char *folder, const char *name,
                    uint64_t limit);

/* Appends. A file that was deleted, or cannot be written any more, is made again below root first.
 * What the disk does not take is lost; nothing waits for it to be synced. Closed: nothing happens.
 */
void oc_journal_write(oc_journal_t *run_journal, const char *text, size_t bytes);

/* Closes it; may be called again. */
void oc_journal_close(oc_journal_t *run_journal);

#endif
