/* oc_host_archive - what the build embeds in an executable: the host's archive (bindings and the
 * runtime library) and the C functions that it names. Made by tools/bundle; one per executable. */
#ifndef OC_HOST_ARCHIVE_H
#define OC_HOST_ARCHIVE_H

#include "oc_machine.h"

/* The archive's bytes, aligned for the engine. */
extern const uint8_t oc_host_archive[];
/* Bytes in oc_host_archive. */
extern const size_t oc_host_archive_size;

/* Sorted by name. A C function that a binding names and nobody defines is a link error. */
extern const oc_machine_native_t oc_host_natives[];
extern const size_t oc_host_native_count;

#endif
