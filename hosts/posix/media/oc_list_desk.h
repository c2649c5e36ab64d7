/* oc_list_desk - RECORDINGS_LIST: pages of recordings, read by the file thread. */
#ifndef OC_LIST_DESK_H
#define OC_LIST_DESK_H

#include "oc_media_thread.h"

/* Media thread. Answers the command now or later; its parcel stays the caller's. */
void oc_list_desk_take(oc_media_thread_t *media, const oc_command_t *command);

#endif
