/* oc_index_folders - whether somebody else has changed a folder of recordings: what the program
 * does itself is noted, and everything else shows in the time of the folder. Index thread. */
#ifndef OC_INDEX_FOLDERS_H
#define OC_INDEX_FOLDERS_H

#include <stdint.h>

#include "oc_index_scan.h"

typedef struct oc_index_folders {
    unsigned count;
    struct {
        char channel[32];
        int64_t changed_ns; /* of the folder, when it was compared last; 0: whatever it is */
    } folder[OC_INDEX_SCAN_CHANNELS];
    int64_t top_ns; /* of the folder of all channels */
} oc_index_folders_t;

/* The folder of a channel is about to be compared. */
void oc_index_folders_compared(oc_index_folders_t *folders, int root, const char *channel);
/* The program has changed it itself. */
void oc_index_folders_noted(oc_index_folders_t *folders, const char *channel);
/* Bits of channels (oc_index_scan_bit) whose folders have to be compared. */
uint64_t oc_index_folders_changed(oc_index_folders_t *folders, int root);

#endif
