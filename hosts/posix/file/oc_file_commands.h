/* oc_file_commands - STORE_READ and STORE_WRITE: from the script thread to the file thread and
 * back, in the order of the commands, so that a script reads what the one before it wrote. A text to
 * keep is written from the parcel that it came in. */
#ifndef OC_FILE_COMMANDS_H
#define OC_FILE_COMMANDS_H

#include "oc_command.h"
#include "oc_file_thread.h"
#include "oc_mailbox.h"

/* Script thread. Answers the command later, from the file thread; its parcel is owned by callee. */
void oc_file_commands_take(oc_file_thread_t *files, oc_mailbox_t *mailbox,
                           const oc_command_t *command);

/* Any thread. Answers a command with an error and its line; its parcel stays the caller's. */
void oc_file_commands_refuse(oc_mailbox_t *mailbox, const oc_command_t *command, int code,
                             const char *why);

/* A STORE_WRITE by which a person changes the settings. */
bool oc_file_commands_by_person(const oc_command_t *command);

#endif
