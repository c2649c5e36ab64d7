/* oc_check_desk - HTTP_CHECK: whether a start of the program could listen as settings want it,
 * tried by the file thread before they are stored. */
#ifndef OC_CHECK_DESK_H
#define OC_CHECK_DESK_H

#include "oc_media_thread.h"

/* Media thread. running: where the process listens now, its port in use; copied; NULL: nowhere.
 * path: of the data directory, borrowed for the process's life, NULL: not known. Answers the
 * command now or later; its parcel stays the caller's. */
void oc_check_desk_take(oc_media_thread_t *media, const oc_command_t *command,
                        const oc_listen_config_t *running, unsigned port, const char *path);

#endif
