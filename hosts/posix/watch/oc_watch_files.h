/* oc_watch_files - where a recording of `ocellus watch` goes: a folder of its own, which the file
 * output of the plane takes for a data directory, and a name of the caller's for what it writes
 * there. A file has that name from its first byte on (a hard link), so it is there, and can be
 * played, whatever ends the process. */
#ifndef OC_WATCH_FILES_H
#define OC_WATCH_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "oc_file_op.h"

#define OC_WATCH_PATH_MAX 4096 /* bytes with NUL */

typedef struct oc_watch_files {
    int root; /* descriptor of the folder; -1: none */
    char folder[OC_WATCH_PATH_MAX];
    const char *record; /* the name that is wanted; NULL: nothing is recorded. Borrowed */
    char linked[OC_FILE_PATH_MAX]; /* file thread: the newest file in the folder that has a name */
    char name[OC_WATCH_PATH_MAX];  /* file thread: its name outside */
    unsigned count;                /* file thread: files that were given names */
    int failure;                   /* file thread: errno of the first that got none; 0: none */
} oc_watch_files_t;

/* Makes the folder, beside `record` or among temporary files. OC_OK | OC_ERR_EXIST | OC_ERR_*; why
 * is set then. */
int oc_watch_files_open(oc_watch_files_t *files, const char *record, char *why, size_t size);
/* As oc_file_store_t.changed; context: the files. */
void oc_watch_files_changed(void *context, const char *path, const char *to);
/* Removes the folder, when nothing writes there any more. */
void oc_watch_files_close(oc_watch_files_t *files);

#endif
