/* oc_privacy_file - privacy mode by command, kept in the data directory over restarts and power
 * cuts: privacy.json, 0600. No file, or exactly {"on":false} in it, is off; anything else is on:
 * what was broken off or damaged lets nobody look. Hence "on" needs no more than a name in the
 * folder, which a full disk may still take, and "off" takes the file away. A file that cannot be
 * read just now (no descriptor, no memory, no permission, a disk error) says neither. Any thread;
 * waits for the disk. */
#ifndef OC_PRIVACY_FILE_H
#define OC_PRIVACY_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define OC_PRIVACY_FILE "privacy.json"

/* What the file says. */
typedef enum oc_privacy_file {
    OC_PRIVACY_FILE_OFF = 0,
    OC_PRIVACY_FILE_ON,
    OC_PRIVACY_FILE_UNKNOWN, /* it cannot be read now: a start counts it as on, a running program
                              * keeps what it knew; both read again */
} oc_privacy_file_t;

/* Reads the file. root: descriptor of the data directory. why: gets one line for UNKNOWN, and for
 * ON when the file does not say exactly that; else "". */
oc_privacy_file_t oc_privacy_file_read(int root, char *why, size_t why_size);

/* Durably. OC_OK | OC_ERR_DISK_FULL | OC_ERR_READ_ONLY | other OC_ERR_*: nothing has changed, or
 * the file says on. */
int oc_privacy_file_write(int root, bool on);

#endif
