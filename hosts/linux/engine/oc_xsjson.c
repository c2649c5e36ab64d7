/* The engine's JSON, with the text that it builds charged to the machine. */
#include "xsAll.h"

#include "oc_machine_side.h"
#undef c_malloc
#undef c_realloc
#undef c_free
#define c_malloc  oc_machine_side_alloc
#define c_realloc oc_machine_side_realloc
#define c_free    oc_machine_side_free
#include "xsJSON.c" /* NOLINT(bugprone-suspicious-include) */
