/* The engine's regular expressions, with their scratch memory kept apart from the raised stack
 * floor of a stop request (see oc_xsdtoa.c) and their other memory charged to the machine. Without
 * memory the engine would say "no match": the machine ends instead. */
#include "xsAll.h"

#include "oc_machine_side.h"
#define stackBottom scratch_bottom
#undef c_malloc
#undef c_free
#define c_malloc oc_machine_side_alloc_or_end
#define c_free   oc_machine_side_free
#include "xsre.c" /* NOLINT(bugprone-suspicious-include) */
