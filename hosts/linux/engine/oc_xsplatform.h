/* oc_xsplatform - what the XS engine has to know about Linux; included by the engine itself
 * (INCLUDE_XSPLATFORM, XSPLATFORM) and, through xs.h, by every file that sees a machine.
 * Invariant: mx32bitID stays undefined, because archives hold 16-bit identifiers. */
#ifndef OC_XSPLATFORM_H
#define OC_XSPLATFORM_H

#undef mxLinux
#define mxLinux              1
#define mxExport             extern
#define mxImport             extern
#define XS_FUNCTION_NORETURN __attribute__((noreturn))

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define mxUseGCCAtomics   1
#define mxUsePOSIXThreads 1

/* Our record of the machine (oc_machine_internal.h). */
struct oc_engine;

/* Our part of the machine record. scratch_bottom is the true floor of the stack: stackBottom is
 * raised to stop a script, while number formatting and regular expressions use the free stack as
 * scratch memory and must not see that (oc_xsdtoa.c, oc_xsre.c). */
#define mxMachinePlatform                                                                          \
    struct oc_engine *oc;                                                                          \
    void *scratch_bottom;

#define mxUseDefaultBuildKeys 1
#if defined(mxDebug) && !defined(OC_XSBUG)
#define mxUseDefaultDebug 1 /* lines without a debugger: the connection is never made */
#endif

#endif
