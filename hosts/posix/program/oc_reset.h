/* oc_reset - `ocellus reset`: wipes what a device has learnt, each kind by itself. For a process
 * without other threads that holds the lock of the data directory. */
#ifndef OC_RESET_H
#define OC_RESET_H

#include <stdbool.h>

/* What is wiped. */
typedef struct oc_reset_what {
    bool settings; /* settings.json, what was set aside of it, what shall run, privacy mode by
                      command */
    bool keys;     /* access/: password, certificate and its key, key of watch links; p2p/: that of
                      viewers by UDP */
    bool footage;  /* recordings/, events/ with their pictures, index/ */
} oc_reset_what_t;

/* Asks on the terminal unless `yes`; then wipes: keys, settings, footage. Files that hold secrets
 * are overwritten before they go. root: descriptor of the data directory, path: its name for
 * messages. A line for each thing wiped on stdout, for each that cannot be on stderr. 0 done, also
 * when there was nothing | 1 something is left | 2 not confirmed. */
int oc_reset_run(int root, const char *path, const oc_reset_what_t *what, bool yes);

#endif
