/* oc_stderr - the log of a process: one line per entry on stderr, and results on stdout.
 *
 * Whoever reads them may stop reading, and a pipe that is full holds up who writes to it: lines are
 * queued, and a thread for each of the two writes them; a third writes the log file, whose disk may
 * be slow. What finds its queue full is left out and counted. */
#ifndef OC_STDERR_H
#define OC_STDERR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oc_log.h"
#include "oc_journal.h"

#define OC_LOG_FOLDER     "log"        /* of the data directory, with the file of this name */
#define OC_LOG_FILE_BYTES (512 * 1024) /* of each of its two files */
#define OC_STDERR_QUEUE_BYTES                                                                      \
    (128 * 1024) /* of lines waiting, for each of stdout, stderr, file                             \
                  */

/* Takes over oc_log: "2026-11-21T02:51:01.123Z info  out/file  line"; where stderr leads to
 * systemd's journal "<6>out/file  line" (sd-daemon(3)), which has times of its own and keeps the
 * level. What was said before is forgotten. Before other threads start. */
void oc_stderr_log(oc_log_level_t threshold);
/* Lines of stderr also go there, which is borrowed for the process's life; NULL: no longer. Before
 * other threads start. */
void oc_stderr_journal(oc_journal_t *run_journal);
/* From now on lines are queued, no call below waits for their readers; until then they are written
 * at once. Before other threads start. OC_OK | OC_ERR_NOMEM. */
int oc_stderr_start(void);
/* Ends the threads when everything queued is written, until_us (monotonic) at most; lines are then
 * written at once again, and another start may follow. False: a reader holds a thread up, which
 * goes on. After all other threads that print have ended. */
bool oc_stderr_stop(int64_t until_us);
/* Lines above this level are dropped from now on. Any thread. */
void oc_stderr_level(oc_log_level_t threshold);
/* "ocellus: line" to stderr whatever the level: what a person must read. Any thread. */
void oc_stderr_report(const char *line);
/* The same, but for the terminal or journal alone: neither the log file nor a display has it. */
void oc_stderr_whisper(const char *line);
/* Copies what was said last, cut to `size` bytes with NUL; "" when nothing was. For a display. Any
 * thread. */
void oc_stderr_reported(char *text, size_t size);
/* One line to stdout, `bytes` long, newline added. Any thread. */
void oc_stderr_print(const char *text, size_t bytes);
/* Waits until everything queued is written, until_us (monotonic) at most. Any thread. */
void oc_stderr_flush(int64_t until_us);

#endif
