/* oc_script_memory - what a script takes of its limits, for whoever shows it. */
#ifndef OC_SCRIPT_MEMORY_H
#define OC_SCRIPT_MEMORY_H

#include <stdint.h>

/* Of the running script, when it was woken last; zeros: none runs. */
typedef struct oc_script_memory {
    uint32_t used_bytes;      /* live when last collected, and allocated since */
    uint32_t allocated_bytes; /* taken from the system; at limit_bytes the script ends */
    uint32_t limit_bytes;
    uint32_t keys, keys_max; /* identifiers; at keys_max the script ends */
} oc_script_memory_t;

#endif
