/* The engine's number formatting, with the stack floor it may use as scratch memory taken from
 * scratch_bottom: a stop request raises stackBottom from a signal, and a block of the stack would
 * then be given to free(). */
#include "xsAll.h"
#define stackBottom scratch_bottom
#include "xsdtoa.c" /* NOLINT(bugprone-suspicious-include) */
