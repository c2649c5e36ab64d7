/* oc_stderr - the log of a process: one line per entry on stderr, and results on stdout. */
#ifndef OC_STDERR_H
#define OC_STDERR_H

#include <stddef.h>

#include "oc_log.h"

/* Takes over oc_log: "2026-11-21T02:51:01.123Z info  out/file  line". Before other threads start.
 */
void oc_stderr_log(oc_log_level_t threshold);
/* Lines above this level are dropped from now on. Any thread. */
void oc_stderr_level(oc_log_level_t threshold);
/* "ocellus: line" to stderr whatever the level: what a person must read. Any thread. */
void oc_stderr_say(const char *line);
/* One line to stdout, `bytes` long, newline added. Any thread. */
void oc_stderr_print(const char *text, size_t bytes);

#endif
