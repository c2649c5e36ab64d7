#define _GNU_SOURCE
#include "oc_ff_talk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static _Thread_local oc_ff_talk_t *current;

void oc_ff_talk_use(oc_ff_talk_t *talk) {
    current = talk;
}

oc_ff_talk_t *oc_ff_talk_current(void) {
    return current;
}

bool oc_ff_talk_say(oc_ff_talk_t *talk, const oc_source_message_t *message, int flags) {
    size_t bytes = oc_source_message_bytes(message->kind);
    if (sendto(talk->socket, message, bytes, MSG_NOSIGNAL | flags, NULL, 0) != (ssize_t)bytes)
        return false;
    if (talk->sent)
        talk->sent(talk->context);
    return true;
}

int oc_ff_talk_hear(oc_ff_talk_t *talk, oc_source_message_t *message, int *fd, int flags) {
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec part = {message, sizeof(*message)};
    struct msghdr head = {.msg_iov = &part,
                          .msg_iovlen = 1,
                          .msg_control = control.bytes,
                          .msg_controllen = sizeof(control.bytes)};
    ssize_t n;
    *fd = -1;
    do
        n = recvmsg(talk->socket, &head, flags | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return 0;
    struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&head) : NULL;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
        memcpy(fd, CMSG_DATA(c), sizeof(*fd));
    return n > 0 && (size_t)n == oc_source_message_bytes(message->kind) ? 1 : -1;
}

bool oc_ff_talk_ask(oc_ff_talk_t *talk, const oc_source_message_t *question,
                    oc_source_message_t *answer, int *fd) {
    if (!oc_ff_talk_say(talk, question, 0))
        return false;
    while (oc_ff_talk_hear(talk, answer, fd, 0) > 0) {
        if (answer->kind == OC_SOURCE_ANSWER)
            return true;
        if (talk->pending)
            break;
        talk->pending = true; /* the program waits for its end before it commands again */
        talk->command = *answer;
    }
    talk->over = true;
    return false;
}

void oc_ff_talk_log(oc_log_level_t level, const char *line) {
    oc_source_message_t message = {.kind = OC_SOURCE_LOG};
    if (!current)
        return;
    message.log.level = level;
    snprintf(message.log.text, sizeof(message.log.text), "%s", line);
    oc_ff_talk_say(current, &message, MSG_DONTWAIT);
}

const char *oc_ff_talk_variable(const char *name) {
    size_t bytes = strlen(name);
    const char *at = current ? current->variables : NULL;
    for (; at && *at; at += strlen(at) + 1) {
        if (strncmp(at, name, bytes) == 0 && at[bytes] == '=')
            return at + bytes + 1;
    }
    return NULL;
}
