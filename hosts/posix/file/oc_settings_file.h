/* oc_settings_file - settings.json of the data directory, and the copies of it that updates keep:
 * as it is for the application before (docs/design/update.md, "Settings"). What a person changes
 * goes into the copies too; what a program writes by itself, as a migration, does not, and puts the
 * keys that it changed out of their reach: they have another form there. So a copy that is put back
 * undoes the writes of a program and nothing else. Any thread; waits for the disk. */
#ifndef OC_SETTINGS_FILE_H
#define OC_SETTINGS_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define OC_SETTINGS_STORE "settings" /* its name for scripts */
/* Folders of the copies: for the application that ran before the trial, and for the previous one.
 */
#define OC_SETTINGS_COPY     "update/settings"
#define OC_SETTINGS_PREVIOUS "update/settings-previous"

/* Who changes them. */
typedef enum oc_settings_by {
    OC_SETTINGS_BY_PROGRAM = 0, /* an application by itself */
    OC_SETTINGS_BY_PERSON       /* an application at somebody's request */
} oc_settings_by_t;

/* Keeps a text, as oc_store_write; the copies are on the disk before it. After an error nobody may
 * rely on either text. */
int oc_settings_write(int root, const char *text, size_t len, oc_settings_by_t by);
/* oc_store_set_aside, by a program. */
int oc_settings_set_aside(int root);

/* Counts what this process has done to the file; any thread. */
unsigned oc_settings_changes(void);

/* Copies what is kept, in place of an older copy: complete on the disk when it returns OC_OK.
 * owner: whose settings they are, one word. OC_OK | OC_ERR_*: the copy is no use. */
int oc_settings_copy(int root, const char *to, const char *owner);
/* Puts a copy back, which is no copy from then on. Needs no room on the disk. What no program has
 * changed stays as it is. lost: gets the keys that people changed since, in a form that only the
 * other application knows, as "app.seconds, port"; "": none.
 * OC_OK | OC_ERR_NOENT there is no complete copy, nothing has changed | OC_ERR_*: ask again. */
int oc_settings_put_back(int root, const char *from, char *lost, size_t lost_size);
/* The same, and the copy stays; as a write by a program. */
int oc_settings_use(int root, const char *from);
/* OC_SETTINGS_COPY becomes OC_SETTINGS_PREVIOUS: a trial was good. OC_OK, also when there is none.
 */
int oc_settings_keep(int root);
/* At a start outside of a trial: does what the end of the process left to be done. running,
 * previous: owners, who runs now and the application before it. lost: as above. OC_OK | OC_ERR_*.
 */
int oc_settings_settle(int root, const char *running, const char *previous, char *lost,
                       size_t lost_size);
/* There is no such copy any more. OC_OK, also when there was none. */
int oc_settings_drop(int root, const char *folder);

#endif
