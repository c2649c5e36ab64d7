/* oc_check_command - HTTP_CHECK: whether a start of the program could listen as settings want it,
 * tried by the file thread before they are stored. */
#ifndef OC_CHECK_COMMAND_H
#define OC_CHECK_COMMAND_H

#include "oc_command.h"
#include "oc_file_thread.h"
#include "oc_mailbox.h"

/* Script thread. running: where the process listens now, its port in use; copied; NULL: nowhere.
 * path: of the data directory, borrowed for the process's life, NULL: not known. Answers the
 * command later, from the file thread; its parcel is owned by callee. */
void oc_check_command_take(oc_file_thread_t *files, oc_mailbox_t *mailbox,
                           const oc_command_t *command, const oc_listen_config_t *running,
                           unsigned port, const char *path);

/* True: the parcel of HTTP_LISTEN or HTTP_CHECK, copied to *out. Any thread. */
bool oc_check_command_read(const oc_command_t *command, oc_listen_config_t *out);

#endif
