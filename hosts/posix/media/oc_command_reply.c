#include "oc_command_reply.h"

#include <string.h>

void oc_command_reply(oc_media_thread_t *media, const oc_command_t *command, int code, int value0,
                      int value1, const char *text, size_t len) {
    oc_mailbox_reply_text(oc_media_thread_mailbox(media), command->request, command->generation,
                          code, value0, value1, text, len);
}

void oc_command_refuse(oc_media_thread_t *media, const oc_command_t *command, int code,
                       const char *why) {
    oc_command_reply(media, command, code, 0, 0, why, strlen(why));
}
