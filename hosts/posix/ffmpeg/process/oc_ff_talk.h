/* oc_ff_talk - the socket of one source or push inside of ocellus-ffmpeg: what it says there, and
 * what it asks this program for (oc_source_wire.h). */
#ifndef OC_FF_TALK_H
#define OC_FF_TALK_H

#include <stdbool.h>

#include "oc_source_wire.h"

typedef struct oc_ff_talk {
    int socket;
    void (*sent)(void *context); /* after each message; NULL: nobody wants to know */
    void *context;
    const char *variables; /* NAME=value, each with its NUL; an empty one ends. NULL: none */
    bool over;             /* the program is gone, or wants nothing more */
    bool pending;          /* a command came while an answer was waited for: */
    oc_source_message_t command;
} oc_ff_talk_t;

/* That of the calling thread from now on, borrowed until the thread ends. */
void oc_ff_talk_use(oc_ff_talk_t *talk);
/* That of the calling thread; NULL: one of a library's, which may ask for nothing. */
oc_ff_talk_t *oc_ff_talk_current(void);

/* Sends it; flags: of send. False: the program is gone. */
bool oc_ff_talk_say(oc_ff_talk_t *talk, const oc_source_message_t *message, int flags);

/* One message. *fd: what came with it, owned by caller, or -1. >0 it came | 0 none (flags:
 * MSG_DONTWAIT) | <0 the program is gone. */
int oc_ff_talk_hear(oc_ff_talk_t *talk, oc_source_message_t *message, int *fd, int flags);

/* Asks this program for what the process may not do itself; waits for the answer. *fd: as above.
 * False: it is gone. */
bool oc_ff_talk_ask(oc_ff_talk_t *talk, const oc_source_message_t *question,
                    oc_source_message_t *answer, int *fd);

/* One line to the program's log; by a thread that has a talk, else nowhere. */
void oc_ff_talk_log(oc_log_level_t level, const char *line);

/* A variable that the source's address names; NULL: not given. */
const char *oc_ff_talk_variable(const char *name);

#endif
