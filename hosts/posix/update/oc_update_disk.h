/* oc_update_disk - what updates keep in the folder `update` of the data directory: the slots and
 * the switch record as oc_slots wants them. Files are 0600. One thread. */
#ifndef OC_UPDATE_DISK_H
#define OC_UPDATE_DISK_H

#include "oc_slots.h"

#define OC_UPDATE_FOLDER  "update"
#define OC_UPDATE_HISTORY OC_UPDATE_FOLDER "/history.json"

typedef struct oc_update_disk {
    int root;                   /* descriptor of the data directory, borrowed */
    int files[OC_SLOTS_PLACES]; /* descriptors of slot-a, slot-b and the record; -1: not open */
} oc_update_disk_t;

/* Makes the folder and opens the files. OC_OK | OC_ERR_*; close it in either case. */
int oc_update_disk_open(oc_update_disk_t *disk, int root);
void oc_update_disk_close(oc_update_disk_t *disk);
/* Its functions for oc_slots_open; disk is borrowed. */
oc_slots_io_t oc_update_disk_io(oc_update_disk_t *disk);

#endif
