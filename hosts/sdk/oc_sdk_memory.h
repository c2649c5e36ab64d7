/* oc_sdk_memory - the SDK's C files take their memory from oc_machine_side: the compiler includes
 * this before each of them (C_FLAGS in manifest.json), and the SDK's platform leaves names alone
 * that are defined. Our own C files use the C library's. With it comes oc_sdk_lines.h, which adds
 * lines to the engine's stacks. */
#ifndef OC_SDK_MEMORY_H
#define OC_SDK_MEMORY_H

#include "oc_machine_side.h"
#include "oc_sdk_lines.h"

#define c_malloc        oc_machine_side_alloc_or_end
#define c_calloc        oc_machine_side_calloc_or_end
#define c_realloc       oc_machine_side_realloc_or_end
#define c_free          oc_machine_side_free
#define c_malloc_uint32 oc_machine_side_alloc_or_end
#define c_free_uint32   oc_machine_side_free

#endif
