/* oc_p2p_ownership - whether the transport of viewers is open, who has it and who waits for it:
 * what the P2P service of every host answers P2P_OPEN, CLOSE and RESTART. Sockets, certificates and
 * timers are the service's; one thread. */
#ifndef OC_P2P_OWNERSHIP_H
#define OC_P2P_OWNERSHIP_H

#include <stdbool.h>
#include "oc_mailbox.h"
#include "oc_p2p_command.h"

typedef enum oc_p2p_phase {
    OC_P2P_CLOSED,
    OC_P2P_OPENING, /* a certificate or a task is waited for */
    OC_P2P_OPEN,
    OC_P2P_CLOSING, /* so are sockets and tasks */
} oc_p2p_phase_t;

/* Zero but for the mailbox: closed. The service sets `phase` as what it waits for comes. */
typedef struct oc_p2p_ownership {
    oc_mailbox_t *mailbox; /* for answers; borrowed */
    oc_p2p_phase_t phase;
    int owner;           /* oc_p2p_owner_t, unless CLOSED */
    bool stopping;       /* the host ends: nothing is opened any more */
    oc_command_t opener; /* who waits, without its parcel; request 0: nobody */
    oc_command_t closer;
} oc_p2p_ownership_t;

/* Answers a command with a code and a text, "" for none; one without a request hears nothing. */
void oc_p2p_ownership_reply(const oc_p2p_ownership_t *life, const oc_command_t *command, int code,
                            const char *text);
/* Answers whoever waits, once: &life->opener or &life->closer. */
void oc_p2p_ownership_settle(const oc_p2p_ownership_t *life, oc_command_t *waiting, int code,
                             const char *text);

/* Is the transport free for this owner? OC_OK | OC_ERR_EXIST it has it | OC_ERR_BUSY the other one
 * has it (B13), or it is not yet open or closed | OC_ERR_INVAL no such owner. *why: static. */
int oc_p2p_ownership_judge(const oc_p2p_ownership_t *life, int owner, const char **why);
/* It opens for P2P_OPEN that was judged: who asked is the owner, and waits. */
void oc_p2p_ownership_opening(oc_p2p_ownership_t *life, const oc_command_t *command);
/* Takes P2P_CLOSE: who asked waits for the end, who asked before is told. False: it is closed, and
 * the command is answered. */
bool oc_p2p_ownership_close(oc_p2p_ownership_t *life, const oc_command_t *command);
/* True: it is open. False: a command that needs it so is answered. */
bool oc_p2p_ownership_need(const oc_p2p_ownership_t *life, const oc_command_t *command);

#endif
