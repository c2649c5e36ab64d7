#include "oc_p2p_ownership.h"

#include <string.h>

#include "oc_err.h"

static const char not_open[] = "the transport is not open";

void oc_p2p_ownership_reply(const oc_p2p_ownership_t *life, const oc_command_t *command, int code,
                            const char *text) {
    if (command->request != 0)
        oc_mailbox_reply_text(life->mailbox, command->request, command->generation, code, 0, 0,
                              text, strlen(text));
}

void oc_p2p_ownership_settle(const oc_p2p_ownership_t *life, oc_command_t *waiting, int code,
                             const char *text) {
    oc_p2p_ownership_reply(life, waiting, code, text);
    waiting->request = 0;
}

int oc_p2p_ownership_judge(const oc_p2p_ownership_t *life, int owner, const char **why) {
    *why = "the owner is 0 or 1";
    if (owner != OC_P2P_RAW && owner != OC_P2P_HUB)
        return OC_ERR_INVAL;
    *why = "the transport is being closed";
    if (life->phase == OC_P2P_CLOSING || life->stopping)
        return OC_ERR_BUSY;
    *why = life->owner == OC_P2P_HUB ? "the sessions of the camera use the transport"
                                     : "the raw interface uses the transport";
    if (life->phase != OC_P2P_CLOSED && life->owner != owner)
        return OC_ERR_BUSY;
    *why = "it is being opened";
    if (life->phase == OC_P2P_OPENING)
        return OC_ERR_BUSY;
    *why = "";
    return life->phase == OC_P2P_OPEN ? OC_ERR_EXIST : OC_OK;
}

void oc_p2p_ownership_opening(oc_p2p_ownership_t *life, const oc_command_t *command) {
    life->phase = OC_P2P_OPENING;
    life->owner = command->arg[0];
    life->opener = *command;
    life->opener.parcel = (oc_parcel_t){0};
}

bool oc_p2p_ownership_close(oc_p2p_ownership_t *life, const oc_command_t *command) {
    if (life->phase == OC_P2P_CLOSED) {
        oc_p2p_ownership_reply(life, command, OC_ERR_STATE, not_open);
        return false;
    }
    oc_p2p_ownership_settle(life, &life->closer, OC_ERR_BUSY, "closed by another request");
    life->closer = *command;
    life->closer.parcel = (oc_parcel_t){0};
    return true;
}

bool oc_p2p_ownership_need(const oc_p2p_ownership_t *life, const oc_command_t *command) {
    if (life->phase != OC_P2P_OPEN)
        oc_p2p_ownership_reply(life, command, OC_ERR_STATE, not_open);
    return life->phase == OC_P2P_OPEN;
}
