/* oc_script_sandbox - what the kernel lets a script's process do: memory, time, its descriptors;
 * with the capability network also sockets of the Internet and what names need of /etc, with
 * files also its own folder. */
#ifndef OC_SCRIPT_SANDBOX_H
#define OC_SCRIPT_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "oc_app_folder.h"

/* Private memory that is written, beside its heap: the engine's tables, the C library, curl. */
#define OC_SCRIPT_SANDBOX_BYTES (64ULL * 1024 * 1024)

/* Shuts the process in, before the application's first line. about: says which part is missing,
 * "" = none. False: it must not go on. */
bool oc_script_sandbox_enter(bool network, const oc_app_folder_t *folder, size_t heap_bytes,
                             char *about, size_t size);

#endif
