/* oc_key_commands - RECORDING_KEYS: where the key frames of a recording are, for a script that sends
 * it on in pieces. Read by a thread of its own: a walk over the fragments of a long file waits for
 * the disk. */
#ifndef OC_KEY_COMMANDS_H
#define OC_KEY_COMMANDS_H

#include "oc_command.h"
#include "oc_file_thread.h"
#include "oc_mailbox.h"

#define OC_KEY_COMMANDS_ROWS 200u /* key frames of one reply */

typedef struct oc_key_commands oc_key_commands_t; /* opaque; 45 KB for each of 8 files it has read */

/* root: descriptor of the data directory, -1: there is none, and *out is NULL; files: knows what is
 * on the disk of a file that grows. All borrowed until stopped. The thread begins with the first
 * command. OC_OK | OC_ERR_NOMEM. */
int oc_key_commands_start(oc_key_commands_t **out, int root, oc_file_thread_t *files,
                          oc_mailbox_t *mailbox);
/* Commands that wait get no reply. until_us: of oc_pulse. True: freed, NULL is allowed; false: the
 * disk hangs, and nothing it uses may be freed. */
bool oc_key_commands_stop(oc_key_commands_t *keys, int64_t until_us);

/* Script thread. True: the command is RECORDING_KEYS and answered later, from its thread; its parcel
 * is owned by callee. keys NULL: there is no data directory, and it is refused. */
bool oc_key_commands_take(oc_key_commands_t *keys, oc_mailbox_t *mailbox,
                          const oc_command_t *command);

#endif
