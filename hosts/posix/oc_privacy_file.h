/* oc_privacy_file - privacy mode by command, kept in the data directory over restarts and power
 * cuts: privacy.json, 0600. No file, or exactly {"on":false} in it, is off; anything else is on,
 * and so is a file that cannot be read: what was broken off or damaged lets nobody look. Hence "on"
 * needs no more than a name in the folder, which a full disk may still take, and "off" takes the
 * file away. Any thread; waits for the disk. */
#ifndef OC_PRIVACY_FILE_H
#define OC_PRIVACY_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define OC_PRIVACY_FILE "privacy.json"

/* Whether it is on. root: descriptor of the data directory. why: gets one line when that was taken
 * for granted because the file does not say it, else "". */
bool oc_privacy_file_read(int root, char *why, size_t why_size);

/* Durably. OC_OK | OC_ERR_DISK_FULL | OC_ERR_READ_ONLY | other OC_ERR_*: nothing has changed, or
 * the file says on. */
int oc_privacy_file_write(int root, bool on);

#endif
