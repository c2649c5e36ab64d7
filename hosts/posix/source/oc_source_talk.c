#include "oc_source_talk.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_log.h"
#include "oc_posix.h"

int oc_source_talk_send(oc_source_talk_t *talk, const oc_source_message_t *message, int fd) {
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {{0}};
    struct iovec part = {(void *)message, oc_source_message_bytes(message->kind)};
    struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        head.msg_control = control.bytes;
        head.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *c = CMSG_FIRSTHDR(&head);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &fd, sizeof(int));
    }
    ssize_t n = sendmsg(talk->socket, &head, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n == (ssize_t)part.iov_len)
        return OC_OK;
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? OC_ERR_FORMAT : OC_ERR_CLOSED;
}

/* True: there is room for one more in this stretch of time. */
static bool count(oc_source_talk_t *talk, unsigned *counter, unsigned maximum) {
    int64_t now_us = oc_posix_now_us();
    if (now_us - talk->window_us > OC_SOURCE_WINDOW_US) {
        talk->window_us = now_us;
        talk->requests = talk->lines = 0;
    }
    return (*counter)++ < maximum;
}

static void take_line(oc_source_talk_t *talk, oc_source_message_t *message) {
    char *text = message->log.text;
    text[sizeof(message->log.text) - 1] = 0;
    for (char *p = text; *p; p++)
        *p = (unsigned char)*p < ' ' || *p == 0x7F ? '?' : *p;
    oc_log_level_t level = message->log.level <= OC_LOG_DEBUG && message->log.level >= OC_LOG_WARN
                               ? (oc_log_level_t)message->log.level
                               : OC_LOG_WARN;
    if (count(talk, &talk->lines, OC_SOURCE_LINES))
        oc_log(level, "ffmpeg", "%s", text);
}

/* OC_GAP it was a question, and has its answer | OC_OK it is none | OC_ERR_*. */
static int answer_question(oc_source_talk_t *talk, oc_source_message_t *message) {
    oc_source_message_t answer = {.kind = OC_SOURCE_ANSWER, .answer = {.error = EACCES}};
    int fd = -1;
    if (message->kind < OC_SOURCE_REQUEST_NAME)
        return OC_OK;
    if (count(talk, &talk->requests, OC_SOURCE_REQUESTS_MAX))
        oc_source_broker_answer(&talk->broker, message, &answer, &fd);
    int rc = oc_source_talk_send(talk, &answer, fd);
    if (fd >= 0)
        close(fd);
    return rc == OC_OK ? OC_GAP : rc;
}

int oc_source_talk_receive(oc_source_talk_t *talk, oc_source_message_t *message) {
    ssize_t n = recv(talk->socket, message, sizeof(*message), MSG_DONTWAIT | MSG_TRUNC);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return OC_AGAIN;
    if (n <= 0)
        return OC_ERR_CLOSED;
    if (n < (ssize_t)sizeof(message->kind) || (size_t)n != oc_source_message_bytes(message->kind))
        return OC_ERR_FORMAT;
    if (message->kind == OC_SOURCE_LOG) {
        take_line(talk, message);
        return OC_GAP;
    }
    return answer_question(talk, message);
}
