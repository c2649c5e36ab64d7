/* oc_index_commands - what a script asks of the index: from the script thread to the index thread,
 * and answered there. */
#ifndef OC_INDEX_COMMANDS_H
#define OC_INDEX_COMMANDS_H

#include "oc_index.h"
#include "oc_mailbox.h"

/* Script thread. True: the command is the index's and answered later; its parcel is owned by
 * callee. index NULL: there is none, and it is refused. */
bool oc_index_commands_take(oc_index_t *index, oc_mailbox_t *mailbox, const oc_command_t *command);

#endif
