/* oc_store_desk - STORE_READ and STORE_WRITE: what a script keeps, read and written by the file
 * thread in the order of the commands, so that a script reads what the one before it wrote. */
#ifndef OC_STORE_DESK_H
#define OC_STORE_DESK_H

#include "oc_media_thread.h"

/* Media thread. Answers the command now or later; its parcel stays the caller's. */
void oc_store_desk_take(oc_media_thread_t *media, const oc_command_t *command);

#endif
