/* oc_update_disk - what updates keep in the folder `update` of the data directory: the slots and
 * the switch record as oc_slots wants them, and copies of the settings. Files are 0600. One thread.
 */
#ifndef OC_UPDATE_DISK_H
#define OC_UPDATE_DISK_H

#include "oc_slots.h"

#define OC_UPDATE_FOLDER  "update"
#define OC_UPDATE_HISTORY OC_UPDATE_FOLDER "/history.json"
/* Copies of the settings: as they were before the trial, and those of the previous application. */
#define OC_UPDATE_COPY     OC_UPDATE_FOLDER "/settings"
#define OC_UPDATE_PREVIOUS OC_UPDATE_FOLDER "/settings-previous"

typedef struct oc_update_disk {
    int root;                   /* descriptor of the data directory, borrowed */
    int files[OC_SLOTS_PLACES]; /* descriptors of slot-a, slot-b and the record; -1: not open */
} oc_update_disk_t;

/* Makes the folder and opens the files. OC_OK | OC_ERR_*; close it in either case. */
int oc_update_disk_open(oc_update_disk_t *disk, int root);
void oc_update_disk_close(oc_update_disk_t *disk);
/* Its functions for oc_slots_open; disk is borrowed. */
oc_slots_io_t oc_update_disk_io(oc_update_disk_t *disk);

/* Copies the stores of the data directory ([a-z]+.json) to the folder `to`, in place of an older
 * copy: complete on the disk when it returns OC_OK; with an error the copy is no use. */
int oc_update_disk_copy(const oc_update_disk_t *disk, const char *to);
/* Takes into the complete copy `to` what was written or removed since the stores were those of the
 * copy `like`. Each store is replaced as a whole. OC_OK | OC_ERR_NOENT there is no such copy |
 * OC_ERR_*: some are taken. */
int oc_update_disk_follow(const oc_update_disk_t *disk, const char *to, const char *like);
/* Puts a copy back: stores that are not in it go. OC_OK | OC_ERR_NOENT there is no complete copy,
 * and nothing was changed | OC_ERR_*: some are back, ask again. */
int oc_update_disk_put_back(const oc_update_disk_t *disk, const char *from);
/* The copy `from` becomes `to`, in place of an older one. OC_OK, also when there is none |
 * OC_ERR_*.
 */
int oc_update_disk_move(const oc_update_disk_t *disk, const char *from, const char *to);

#endif
