/* The engine's regular expressions, with their scratch memory kept apart from the raised stack
 * floor of a stop request (see oc_xsdtoa.c). */
#include "xsAll.h"
#define stackBottom scratch_bottom
#include "xsre.c" /* NOLINT(bugprone-suspicious-include) */
