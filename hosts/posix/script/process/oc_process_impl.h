/* oc_process_impl - a machine whose script is a process of its own, as its files share it:
 *   oc_machine_process.c  oc_machine.h: life, death, the watch for runaways
 *   oc_process_letters.c  letters in both directions
 *   oc_process_calls.c    what the process waits for; bodies
 *   oc_process_start.c    what it begins with, and its start
 * Script thread, except where noted. */
#ifndef OC_PROCESS_IMPL_H
#define OC_PROCESS_IMPL_H

#include <pthread.h>
#include <sys/types.h>
#include <time.h>

#include "oc_app_needs.h"
#include "oc_loop_parts.h"
#include "oc_machine.h"
#include "oc_script_ring.h"

#define OC_PROCESS_BODIES   64 /* of a script, open at a time; 32 bytes each */
#define OC_PROCESS_REQUESTS OC_MAILBOX_REPLIES

struct oc_machine {
    oc_machine_config_t config;
    oc_machine_end_t end;
    bool end_notified;
    const uint8_t *app;
    size_t app_size;
    unsigned capabilities;
    char refusal[OC_APP_NEEDS_TEXT];
    oc_script_share_t *share;
    int share_fd, boot_fd, up_fd, down_fd, pid_fd;
    pid_t pid;
    _Atomic bool stop;
    pthread_mutex_t lock; /* stop_text, pid_fd */
    char stop_text[128];
    oc_loop_watch_t *up, *death;
    oc_loop_timer_t *look;
    clockid_t cpu;
    int64_t look_cpu_us,
        look_us; /* what it had computed, and time awake, when last asked to look */
    bool looks;
    bool wakes;      /* the process is to be woken at the end of the turn */
    oc_reply_t held; /* a reply that found no room in `down` */
    bool holds;
    struct {
        uint32_t host, script;
    } request[OC_PROCESS_REQUESTS]; /* host 0: free */
    oc_body_ref_t body[OC_PROCESS_BODIES];
    uint8_t *made[OC_PROCESS_BODIES]; /* of a body that the script fills: where its bytes go */
    _Alignas(16) uint8_t scratch[OC_PARCEL_MAX + 1];
};

/* What the supervisor has attached. */
static inline oc_script_context_t *oc_process_context(const oc_machine_t *machine) {
    return machine->config.host;
}

/* The first end of a machine is its end. */
void oc_process_end(oc_machine_t *machine, oc_machine_reason_t reason, const char *text);

/* Sealed memory that can be given to a process. >= 0 a descriptor, owned by caller | -1. */
int oc_process_memory(const char *name, size_t bytes);
/* Makes the process. OC_OK, pid is set | OC_ERR_*, errno says why. */
int oc_process_start(oc_machine_t *machine);

/* Puts a letter without bytes into the ring. False: no room. oc_process_wake follows. */
bool oc_process_send(oc_machine_t *machine, const oc_letter_t *letter);
/* Wakes the process if it may be asleep and something was sent. */
void oc_process_wake(oc_machine_t *machine);
/* Replies and edges that wait in the mailbox, as many as find room. */
void oc_process_carry_down(oc_machine_t *machine);
/* Letters that the process has sent. True: there are more, and the loop is woken for them. */
bool oc_process_take_letters(oc_machine_t *machine);

/* Carries out a call and lets the process go on. bytes: letter->bytes of them, one more writable.
 */
void oc_process_answer(oc_machine_t *machine, const oc_letter_t *letter, uint8_t *bytes);
/* The process has dropped its last reference to a body. */
void oc_process_drop_body(oc_machine_t *machine, uint32_t number);

#endif
