/* oc_command_reply - the answers of host commands, with a text. Media thread only. */
#ifndef OC_COMMAND_REPLY_H
#define OC_COMMAND_REPLY_H

#include "oc_media_thread.h"

/* Answers a command; len bytes of text (copied) become its parcel, 0 = none. Without memory for a
 * result OC_ERR_NOMEM is the answer. The command's parcel stays the caller's. */
void oc_command_reply(oc_media_thread_t *media, const oc_command_t *command, int code, int value0,
                      int value1, const char *text, size_t len);
/* The same with an error and its line. */
void oc_command_refuse(oc_media_thread_t *media, const oc_command_t *command, int code,
                       const char *why);

#endif
