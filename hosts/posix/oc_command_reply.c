#include "oc_command_reply.h"

#include <string.h>

#include "oc_err.h"

void oc_command_reply(oc_media_thread_t *media, const oc_command_t *command, int code, int value0,
                      int value1, const char *text, size_t len) {
    oc_mailbox_t *mailbox = oc_media_thread_mailbox(media);
    oc_parcel_t parcel = {0};
    if (len > 0 && (parcel.data = oc_mailbox_parcel_alloc(mailbox, (uint32_t)len))) {
        memcpy(parcel.data, text, len);
        parcel.len = (uint32_t)len;
    } else if (len > 0 && code == OC_OK) {
        code = OC_ERR_NOMEM;
    }
    oc_mailbox_reply(mailbox, command->request, command->generation, code, value0, value1, parcel);
}

void oc_command_refuse(oc_media_thread_t *media, const oc_command_t *command, int code,
                       const char *why) {
    oc_command_reply(media, command, code, 0, 0, why, strlen(why));
}
